/* SPDX-License-Identifier: Apache-2.0 */
#include "common/input.h"
#include "manifest/manifest.h"

static int run(struct aw_ctx *ctx, const void *values)
{
    struct manifest_file *f = aw_pool_alloc(&ctx->pool, 1, sizeof(*f));
    struct aw_diag diag = {.where = NULL};
    struct aw_wr work = manifest_work(ctx);

    (void)values;
    f->path = ctx->operands.item[0];
    int code = aw_input_read(ctx, f->path, AW_MANIFEST_MAX, &f->data);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_bytes text = f->data;

    f->is_signed = aw_note_split(f->data, &f->note, NULL) == AW_OK;
    if (f->is_signed) {
        text = f->note.text;
    }
    aw_err err = aw_manifest_parse(text, &work, &f->manifest, &diag);

    if (err != AW_OK) {
        return manifest_report(ctx, f->path, f->data, err, AW_ON_INPUT, &diag);
    }
    aw_warn(ctx, "%s: %s", aw_input_name(f->path),
            f->is_signed ? "signatures were not checked; aw manifest verify "
                           "does that"
                         : "has no signature");
    aw_out_line(&ctx->out, "NOT VERIFIED: anybody can write such a file.");
    aw_out_bool(&ctx->out, "verified", false);
    manifest_put(ctx, f);
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_manifest_show = {
    .name = "show",
    .summary = "print what a manifest says, without checking it",
    .prose = "Prints what a manifest says. Nothing is verified: anybody can "
             "write such a file. FILE is a signed manifest or its bare JSON "
             "text, or - for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
