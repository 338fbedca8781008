/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"
#include "bundle/bundle.h"
#include "bundle/load.h"
#include "common/input.h"
#include "manifest/manifest.h"
#include "note/note.h"

/* In place of what cannot be read. */
static void put_problem(struct aw_ctx *ctx, const char *part, aw_err err,
                        const struct aw_diag *diag)
{
    aw_out_text(&ctx->out, "problem", aw_err_text(err));
    aw_warn(ctx, "the %s cannot be read: %s (%s)", part, aw_err_text(err),
            diag->where);
}

static void put_checkpoint(struct aw_ctx *ctx, aw_bytes message)
{
    struct aw_out *out = &ctx->out;
    struct aw_note note;
    struct aw_checkpoint c;
    struct aw_diag diag = {.where = "note"};
    aw_err err = aw_note_split(message, &note, &diag);

    if (err == AW_OK) {
        err = aw_checkpoint_parse(note.text, &c, &diag);
    }
    aw_out_begin(out, "checkpoint");
    if (err != AW_OK) {
        put_problem(ctx, "checkpoint", err, &diag);
    } else {
        aw_out_bytes(out, "origin", c.origin);
        aw_out_u64(out, "size", c.size);
        aw_out_base64(out, "root", (aw_bytes){c.root.b, sizeof(c.root.b)});
        note_put_signers(ctx, &note);
    }
    aw_out_end(out);
}

/* @return true with file->manifest set */
static bool put_manifest(struct aw_ctx *ctx, struct manifest_file *file)
{
    struct aw_diag diag = {.where = "note"};
    struct aw_wr work = manifest_work(ctx);
    aw_err err = aw_note_split(file->data, &file->note, &diag);

    file->is_signed = err == AW_OK;
    if (err == AW_OK) {
        err = aw_manifest_parse(file->note.text, &work, &file->manifest, &diag);
    }
    aw_out_begin(&ctx->out, "manifest");
    if (err != AW_OK) {
        put_problem(ctx, "manifest", err, &diag);
    } else {
        manifest_put(ctx, file);
    }
    aw_out_end(&ctx->out);
    return err == AW_OK;
}

/* Where the record says that its image lies. */
static void put_record(struct aw_ctx *ctx, const struct aw_bootcfg *config,
                       const struct aw_manifest *manifest)
{
    struct aw_out *out = &ctx->out;
    const struct aw_emmc_region *region = NULL;

    aw_out_begin(out, "record");
    aw_out_text(out, "offset",
                aw_pool_printf(&ctx->pool, "%lld", (long long)config->offset));
    aw_out_text(out, "size",
                aw_pool_printf(&ctx->pool, "%lld", (long long)config->size));
    if (manifest != NULL) {
        bool fits = aw_emmc_check(manifest->component, config->offset,
                                  config->size, &region) == AW_OK;

        aw_out_text(out, "place",
                    fits ? region->name : "none for this component");
    }
    aw_out_count(out, "legacy_signatures", config->n_signatures);
    aw_out_end(out);
}

static void put_proof(struct aw_ctx *ctx, const struct aw_bundle *bundle)
{
    aw_out_u64(&ctx->out, "index", bundle->index);
    aw_out_begin_list(&ctx->out, "proof");
    for (size_t i = 0; i < bundle->proof.n; i++) {
        aw_out_base64(&ctx->out, NULL,
                      (aw_bytes){bundle->proof.h[i].b, AW_HASH_SIZE});
    }
    aw_out_end_list(&ctx->out);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const char *path = ctx->operands.item[0];
    struct bundle_loaded *loaded =
        aw_pool_alloc(&ctx->pool, 1, sizeof(*loaded));
    struct manifest_file *file = aw_pool_alloc(&ctx->pool, 1, sizeof(*file));
    int code = bundle_load(ctx, path, AW_EXIT_REFUSED, loaded);
    const struct aw_bundle *b = &loaded->bundle;

    (void)values;
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_warn(ctx, "%s: nothing of this was checked; aw bundle verify does that",
            aw_input_name(path));
    aw_out_line(&ctx->out, "NOT VERIFIED: anybody can write such a file.");
    aw_out_bool(&ctx->out, "verified", false);
    aw_out_text(&ctx->out, "form", bundle_form_name(loaded->form));
    put_checkpoint(ctx, b->checkpoint);
    put_proof(ctx, b);
    file->data = b->manifest;
    bool readable = put_manifest(ctx, file);

    if (loaded->has_place) {
        put_record(ctx, &loaded->config, readable ? &file->manifest : NULL);
    }
    if (b->has_firmware) {
        aw_out_u64(&ctx->out, "firmware_bytes", b->firmware.n);
    }
    if (b->has_hab_signature) {
        aw_out_u64(&ctx->out, "hab_signature_bytes", b->hab_signature.n);
    }
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_bundle_show = {
    .name = "show",
    .summary = "print what a bundle says, without checking it",
    .prose = "Prints what a bundle says. Nothing is verified: anybody can "
             "write such a file. FILE is a configuration record (config), a "
             "proof bundle file (file), the JSON that upstream's verify prints "
             "(json), or - for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
