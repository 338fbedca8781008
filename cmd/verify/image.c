/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "aw/hostio/image.h"
#include "common/stop.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/proof.h"
#include "verify/device_part.h"
#include "verify/known.h"
#include "verify/verify.h"

/* A medium that cannot be opened: a wrong name or missing rights do not mend
 * by trying again, a failing device may. */
static int open_fail(struct aw_ctx *ctx, const char *path, aw_err err,
                     const struct aw_host_diag *why)
{
    bool failing = err == AW_ERR_IO && why->diag.at == EIO;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = failing                  ? AW_EXIT_STORAGE
                    : err == AW_ERR_RESOURCE ? AW_EXIT_RESOURCE
                                             : AW_EXIT_REFUSED,
            .subject = path,
            .expected = "a file or block device that you may read",
            .remedy = failing ? NULL : "check the name and your rights to it",
            .host = why,
        });
}

static int read_fail(struct aw_ctx *ctx, const char *path, aw_err err,
                     const struct aw_diag *why)
{
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_DEVICE,
            .exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : AW_EXIT_STORAGE,
            .subject = path,
            .diag = why,
            .remedy = err == AW_ERR_CANCELLED ? NULL
                                              : "check cable and medium, then "
                                                "try again",
        });
}

/* What becomes of a boot partition. */
struct boot_partition {
    const char *name; /* member of the result */
    const char *path; /* NULL: not given */
    const char *content;
};

/* A boot partition holds nothing but zeros on these devices. */
static int check_boot_partition(struct aw_ctx *ctx, struct boot_partition *p)
{
    struct aw_image *image = NULL;
    struct aw_medium medium = {0};
    struct aw_host_diag why = {0};
    struct device_audit *audit = aw_pool_alloc(&ctx->pool, 1, sizeof(*audit));
    uint64_t first = 0;

    p->content = "not checked";
    if (p->path == NULL) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_image_open(p->path, &image, &medium, &why);

    if (err != AW_OK) {
        return open_fail(ctx, p->path, err, &why);
    }
    audit->ctx = ctx;
    audit->medium = &medium;
    audit->step = aw_pool_alloc(&ctx->pool, DEVICE_STEP, 1);
    err = device_first_data(audit, 0, medium.size, &first, &why.diag);
    aw_image_close(image);
    if (err != AW_OK) {
        return read_fail(ctx, p->path, err, &why.diag);
    }
    if (first == medium.size) {
        p->content = "zero";
        return AW_EXIT_OK;
    }
    p->content = "unknown";
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_CONTENT,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_UNKNOWN,
                 .subject = p->path,
                 .expected = "zeros: these devices do not use boot partitions",
                 .got = aw_pool_printf(&ctx->pool,
                                       "other bytes from 0x%" PRIx64, first),
             });
}

/* The whole job, with all that the result says. */
struct job {
    const struct verify_args *args;
    const struct aw_trust *trust;
    struct aw_medium medium;
    struct log_view log;
    bool online; /* log is open */
    struct device_audit audit;
    struct history history[DEVICE_PARTS]; /* of the parts that verified */
    struct boot_partition boot[2];
};

static void show_part(struct aw_ctx *ctx, const struct job *job, size_t i)
{
    struct aw_out *out = &ctx->out;
    const struct device_part *part = &job->audit.part[i];

    aw_out_begin(out, NULL);
    aw_out_text(out, "record", part->config->name);
    aw_out_bool(out, "verified", part->verified);
    if (part->slot != NULL) {
        aw_out_text(out, "place", part->slot->name);
        aw_out_u64(out, "bytes", part->size);
    }
    if (!part->verified) {
        aw_out_text(out, "stopped_at", part->stopped_at);
        aw_out_end(out);
        return;
    }
    if (part->hab_size > 0) {
        aw_out_u64(out, "hab_signature_bytes", part->hab_size);
    }
    judge_show(ctx, &part->verdict, &part->rom);
    history_show(ctx, &job->history[i]);
    aw_out_end(out);
}

static void show_area(struct aw_ctx *ctx, const struct device_area *area)
{
    struct aw_out *out = &ctx->out;
    bool found =
        area->content == DEVICE_RESIDUE || area->content == DEVICE_UNKNOWN;

    /* People read what is there, programs also what is not. */
    if (area->content == DEVICE_ZERO && !aw_out_is_json(out)) {
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "area", area->name);
    aw_out_text(out, "content", device_content_name(area->content));
    aw_out_u64(out, "offset", area->offset);
    aw_out_u64(out, "bytes", area->size);
    if (found) {
        aw_out_u64(out, "first", area->first);
    }
    if (area->note != NULL) {
        aw_out_text(out, "note", area->note);
    }
    aw_out_end(out);
}

static void show(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_out *out = &ctx->out;
    const struct device_audit *audit = &job->audit;

    aw_out_bool(out, "verified", ctx->found.exit == AW_EXIT_OK);
    aw_out_text(out, "image", job->args->image);
    aw_out_u64(out, "bytes", job->medium.size);
    aw_policy_put(ctx, &job->trust->use);
    aw_out_begin_list(out, "releases");
    for (size_t i = 0; i < audit->n_parts; i++) {
        show_part(ctx, job, i);
    }
    aw_out_end_list(out);
    aw_out_begin_list(out, "areas");
    for (size_t i = 0; i < audit->n_areas; i++) {
        show_area(ctx, &audit->area[i]);
    }
    aw_out_end_list(out);
    for (size_t i = 0; i < 2; i++) {
        aw_out_text(out, job->boot[i].name, job->boot[i].content);
    }
}

/* What a pass leaves open. */
static void warn(struct aw_ctx *ctx, const struct job *job)
{
    const struct device_audit *audit = &job->audit;

    for (size_t i = 0; i < audit->n_areas; i++) {
        const struct device_area *a = &audit->area[i];

        if (a->content == DEVICE_RESIDUE && !audit->strict_residue) {
            aw_warn(ctx, "%s: %s, from offset 0x%" PRIx64, a->name,
                    a->note != NULL ? a->note
                                    : "bytes left by an update, or unknown "
                                      "ones",
                    a->first);
        }
    }
    if (job->medium.size < device_map_end()) {
        aw_warn(ctx, "the image is not whole: what it lacks was not judged");
    }
    if (job->args->boot0 == NULL || job->args->boot1 == NULL) {
        aw_warn(ctx, "the boot partitions of the eMMC were not all checked: "
                     "give --boot0 and --boot1");
    }
    if (job->trust->use.policy.hab_target.n == 0) {
        aw_warn(ctx, "any HAB target was accepted: give --hab-target");
    }
    judge_warn_rom(ctx, &job->trust->use.policy, audit->skip_hab);
    if (!job->online) {
        aw_warn(ctx, "the log was not asked: old images cannot be named, and "
                     "nothing is known of newer releases");
    } else {
        known_compare(ctx, audit);
    }
}

/* Every verified release against the log's past. */
static int look_back(struct aw_ctx *ctx, struct job *job)
{
    struct history list[DEVICE_PARTS];
    size_t at[DEVICE_PARTS] = {0};
    size_t n = 0;
    struct history_ask ask = {
        .trust = job->trust,
        .accept_new_baseline = job->args->check.accept_new_baseline,
        .log = job->online ? &job->log : NULL,
    };

    for (size_t i = 0; i < job->audit.n_parts; i++) {
        const struct device_part *part = &job->audit.part[i];

        if (part->verified) {
            at[n] = i;
            list[n++] = (struct history){
                .subject = aw_pool_printf(&ctx->pool, "%s, %s",
                                          job->args->image, part->config->name),
                .tree = {part->verdict.checkpoint.size,
                         part->verdict.checkpoint.root},
                .note = part->bundle.checkpoint,
            };
        }
    }
    int code = history_check(ctx, &ask, list, n);

    for (size_t i = 0; i < n; i++) {
        job->history[at[i]] = list[i];
    }
    return code;
}

static int write_proofs(struct aw_ctx *ctx, const struct job *job)
{
    const char *dir = job->args->check.proof_dir;
    int code = AW_EXIT_OK;

    for (size_t i = 0;
         dir != NULL && i < job->audit.n_parts && code == AW_EXIT_OK; i++) {
        const struct device_part *part = &job->audit.part[i];
        const struct aw_manifest *m = &part->verdict.manifest;

        if (part->verified) {
            code = proof_write(
                ctx, dir,
                &(struct proof_files){
                    .component = m->component,
                    .version = aw_pool_bytes(&ctx->pool, m->tag_name),
                    .index = part->bundle.index,
                    .manifest = part->bundle.manifest,
                    .checkpoint = part->bundle.checkpoint,
                    .proof = &part->bundle.proof,
                });
        }
    }
    return code;
}

/* A log that cannot be read does not keep the image from being judged, but
 * the run has failed. */
static int ask_log(struct aw_ctx *ctx, struct job *job)
{
    if (ctx->global.offline || job->trust->log_url == NULL) {
        return AW_EXIT_OK;
    }
    int code = log_view_trusted(
        ctx, job->trust, job->args->check.accept_new_baseline, &job->log);

    if (code == AW_EXIT_OK) {
        code = known_load(ctx, &job->log, &job->audit);
    }
    job->online = code == AW_EXIT_OK;
    return code;
}

static aw_err run_audit(struct aw_ctx *ctx, struct job *job,
                        struct aw_diag *diag)
{
    struct device_audit *audit = &job->audit;

    audit->progress = aw_progress_begin(
        ctx, &(struct aw_step){.name = "read image", .unit = "bytes"});
    aw_err err = device_audit_run(audit, diag);

    aw_progress_end(audit->progress, err == AW_OK);
    return err;
}

static int judge_medium(struct aw_ctx *ctx, struct job *job)
{
    struct aw_diag diag = {0};
    int code = ask_log(ctx, job);

    if (aw_cancelled()) {
        return code;
    }
    aw_err err = run_audit(ctx, job, &diag);

    if (err != AW_OK) {
        return read_fail(ctx, job->args->image, err, &diag);
    }
    for (size_t i = 0; i < 2; i++) {
        code = aw_exit_join(code, check_boot_partition(ctx, &job->boot[i]));
    }
    code = aw_exit_join(code, look_back(ctx, job));
    code = aw_exit_join(code, write_proofs(ctx, job));
    show(ctx, job);
    warn(ctx, job);
    return code;
}

static int refuse_partial(struct aw_ctx *ctx, const struct job *job)
{
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_SHORT,
            .on = AW_ON_DEVICE,
            .exit = AW_EXIT_REFUSED,
            .what = "the image ends before the map of the device does",
            .subject = job->args->image,
            .expected = aw_pool_printf(&ctx->pool, "at least %" PRIu64 " bytes",
                                       device_map_end()),
            .got = aw_pool_printf(&ctx->pool, "%" PRIu64 " bytes",
                                  job->medium.size),
            .remedy = "copy the whole eMMC, or say --partial to leave "
                      "what is missing unjudged",
        });
}

int verify_image(struct aw_ctx *ctx, const struct verify_args *args,
                 const struct aw_trust *trust)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    struct aw_image *image = NULL;
    struct aw_host_diag why = {0};
    aw_err err = aw_image_open(args->image, &image, &job->medium, &why);

    if (err != AW_OK) {
        return open_fail(ctx, args->image, err, &why);
    }
    job->args = args;
    job->trust = trust;
    job->boot[0] = (struct boot_partition){"boot0", args->boot0, NULL};
    job->boot[1] = (struct boot_partition){"boot1", args->boot1, NULL};
    job->audit.ctx = ctx;
    job->audit.medium = &job->medium;
    job->audit.name = args->image;
    job->audit.policy = &trust->use.policy;
    job->audit.strict_residue = args->strict_residue;
    job->audit.skip_hab = args->check.skip_hab;
    int code = job->medium.size < device_map_end() && !args->partial
                   ? refuse_partial(ctx, job)
                   : judge_medium(ctx, job);

    log_view_close(&job->log);
    aw_image_close(image);
    return code;
}
