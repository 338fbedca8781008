/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "aw/hostio/image.h"
#include "bundle/history.h"
#include "bundle/proof.h"
#include "log/view.h"
#include "verify/device_part.h"
#include "verify/known.h"
#include "verify/verify.h"

static int image_fail(struct aw_ctx *ctx, const char *path, aw_err err,
                      const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_DEVICE,
                              .exit = err == AW_ERR_NOT_FOUND ? AW_EXIT_REFUSED
                                                              : AW_EXIT_STORAGE,
                              .subject = path,
                              .diag = diag,
                          });
}

/* A boot partition holds nothing but zeros on these devices. */
static int check_boot_partition(struct aw_ctx *ctx, const char *name,
                                const char *path)
{
    struct aw_image *image = NULL;
    struct aw_medium medium = {0};
    struct aw_diag diag = {0};
    struct device_audit audit = {.ctx = ctx, .medium = &medium};
    uint64_t first = 0;

    if (path == NULL) {
        aw_out_text(&ctx->out, name, "not checked: no image of it was given");
        return AW_EXIT_OK;
    }
    aw_err err = aw_image_open(path, &image, &medium, &diag);

    if (err == AW_OK) {
        err = device_first_data(&audit, 0, medium.size, &first, &diag);
    }
    aw_image_close(image);
    if (err != AW_OK) {
        return image_fail(ctx, path, err, &diag);
    }
    aw_out_text(&ctx->out, name, first == medium.size ? "zero" : "unknown");
    if (first == medium.size) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_CONTENT,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_UNKNOWN,
                 .subject = path,
                 .expected = "zeros",
                 .got = aw_pool_printf(&ctx->pool, "other bytes from 0x%llx",
                                       (unsigned long long)first),
             });
}

static void show_part(struct aw_ctx *ctx, const struct device_part *part)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, NULL);
    aw_out_text(out, "component", aw_component_name(part->component));
    aw_out_text(out, "record", part->config->name);
    aw_out_bool(out, "verified", part->verified);
    if (part->version == NULL) {
        aw_out_text(out, "stopped_at", aw_bundle_step_name(part->step));
        aw_out_end(out);
        return;
    }
    aw_out_text(out, "slot", part->slot->name);
    aw_out_text(out, "version", part->version);
    aw_out_u64(out, "index", part->index);
    aw_out_u64(out, "bytes", part->size);
    aw_out_hex(
        out, "firmware_sha256",
        (aw_bytes){part->firmware_sha256, sizeof(part->firmware_sha256)});
    aw_out_u64(out, "log_size", part->tree.size);
    if (part->hab_target != NULL) {
        aw_out_text(out, "hab_target", part->hab_target);
        aw_out_text(out, "hab_signature_digest",
                    part->hab_size > 0 ? "checked" : "differs");
        aw_out_u64(out, "hab_signature_bytes", part->hab_size);
        aw_out_text(out, "hab", "not checked");
    }
    aw_out_end(out);
}

static void show_area(struct aw_ctx *ctx, const struct device_area *area)
{
    struct aw_out *out = &ctx->out;

    if (area->content == DEVICE_ZERO && !aw_out_is_json(out)) {
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "area", area->name);
    aw_out_text(out, "content", device_content_name(area->content));
    aw_out_u64(out, "offset", area->offset);
    aw_out_u64(out, "bytes", area->size);
    if (area->content == DEVICE_RESIDUE || area->content == DEVICE_UNKNOWN) {
        aw_out_u64(out, "first", area->first);
    }
    if (area->note != NULL) {
        aw_out_text(out, "note", area->note);
    }
    aw_out_end(out);
    if (area->content == DEVICE_RESIDUE) {
        aw_warn(ctx,
                "%s: bytes left by an update, or unknown ones, from 0x%llx",
                area->name, (unsigned long long)area->first);
    }
}

static void show_audit(struct aw_ctx *ctx, const struct device_audit *audit)
{
    aw_out_begin_list(&ctx->out, "releases");
    for (size_t i = 0; i < audit->n_parts; i++) {
        show_part(ctx, &audit->part[i]);
    }
    aw_out_end_list(&ctx->out);
    aw_out_begin_list(&ctx->out, "areas");
    for (size_t i = 0; i < audit->n_areas; i++) {
        show_area(ctx, &audit->area[i]);
    }
    aw_out_end_list(&ctx->out);
}

static int write_proof(struct aw_ctx *ctx, const char *dir,
                       const struct device_part *part)
{
    return proof_write(ctx, dir,
                       &(struct proof_files){
                           .component = part->component,
                           .version = part->version,
                           .index = part->index,
                           .manifest = part->manifest,
                           .checkpoint = part->checkpoint,
                           .proof = &part->proof,
                       });
}

/* Every verified release against the log, and its proof to a file. */
static int follow_up(struct aw_ctx *ctx, const struct verify_args *args,
                     const struct aw_trust *trust,
                     const struct device_audit *audit)
{
    int code = AW_EXIT_OK;

    aw_out_begin_list(&ctx->out, "history");
    for (size_t i = 0; i < audit->n_parts && code == AW_EXIT_OK; i++) {
        const struct device_part *part = &audit->part[i];

        if (!part->verified) {
            continue;
        }
        if (args->check.proof_dir != NULL) {
            code = write_proof(ctx, args->check.proof_dir, part);
        }
        if (code == AW_EXIT_OK) {
            aw_out_begin(&ctx->out, NULL);
            aw_out_text(&ctx->out, "component",
                        aw_component_name(part->component));
            struct history history;

            code = history_check(ctx, trust, &part->tree, part->checkpoint,
                                 !ctx->global.offline, &history);
            history_show(ctx, &history);
            aw_out_end(&ctx->out);
        }
    }
    aw_out_end_list(&ctx->out);
    return code;
}

static int judge_medium(struct aw_ctx *ctx, const struct verify_args *args,
                        const struct aw_trust *trust,
                        const struct aw_medium *medium)
{
    struct device_audit *audit = aw_pool_alloc(&ctx->pool, 1, sizeof(*audit));
    struct aw_diag diag = {0};

    audit->medium = medium;
    audit->policy = &trust->use.policy;
    audit->now = (uint64_t)time(NULL);
    audit->strict_residue = args->strict_residue;
    audit->ctx = ctx;
    int code = known_load(ctx, trust, audit);

    if (code != AW_EXIT_OK) {
        return code;
    }
    audit->progress = aw_progress_begin(
        ctx, &(struct aw_step){.name = "read image", .unit = "bytes"});
    aw_err err = device_audit_run(audit, &diag);

    aw_progress_end(audit->progress, err == AW_OK);
    if (err != AW_OK) {
        return image_fail(ctx, args->image, err, &diag);
    }
    show_audit(ctx, audit);
    code = check_boot_partition(ctx, "boot0", args->boot0);

    if (code == AW_EXIT_OK) {
        code = check_boot_partition(ctx, "boot1", args->boot1);
    }
    if (code == AW_EXIT_OK) {
        known_compare(ctx, audit);
        code = follow_up(ctx, args, trust, audit);
    }
    return code;
}

int verify_image(struct aw_ctx *ctx, const struct verify_args *args,
                 const struct aw_trust *trust)
{
    struct aw_image *image = NULL;
    struct aw_medium medium = {0};
    struct aw_diag diag = {0};
    aw_err err = aw_image_open(args->image, &image, &medium, &diag);

    if (err != AW_OK) {
        return image_fail(ctx, args->image, err, &diag);
    }
    aw_out_text(&ctx->out, "verified", "image");
    aw_out_text(&ctx->out, "image", args->image);
    aw_out_u64(&ctx->out, "bytes", medium.size);
    aw_policy_put(ctx, &trust->use);
    int code = judge_medium(ctx, args, trust, &medium);

    aw_image_close(image);
    return code;
}
