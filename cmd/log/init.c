/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"
#include "log/signing.h"

struct init_args {
    unsigned layout;
    const char *origin;
    const char *key;
    const char *key_name;
};

static const struct aw_opt init_opts[] = {
    {.name = "layout",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct init_args, layout),
     .arg = "serverless|tiles",
     .fallback = "serverless",
     .help = "Layout of the log's files. Devices read the serverless one "
             "only."},
    {.name = "key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct init_args, key),
     .arg = AW_KEY_ARG,
     .help = "Sign the checkpoint of the empty log. " AW_KEY_HELP},
    AW_KEY_NAME_OPT(offsetof(struct init_args, key_name)),
    {.name = "origin",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct init_args, origin),
     .arg = "TEXT",
     .help = "Origin line of the checkpoints; the key's name by default."},
};

static int sign_empty(struct log_writer *writer, const struct init_args *args)
{
    struct aw_signer_use by = {.source = NULL};
    struct log_signing s = {.writer = writer};
    aw_bytes note = {NULL, 0};
    int code = aw_signer_open(writer->ctx, args->key, args->key_name, &by);

    if (code != AW_EXIT_OK) {
        return code;
    }
    s.key = by.by.key;
    s.origin = aw_text(args->origin == NULL ? "" : args->origin);
    code = log_signing_begin(&s);
    if (code == AW_EXIT_OK) {
        code = log_signing_sign(&s, &by, &note);
    }
    if (code == AW_EXIT_OK) {
        code = log_signing_publish(&s, note, "the new checkpoint");
    }
    if (code == AW_EXIT_OK) {
        aw_out_bytes(&writer->ctx->out, "origin", s.origin);
    }
    log_signing_close(&s);
    aw_signer_close(&by);
    return code;
}

static int run_init(struct aw_ctx *ctx, const void *values)
{
    const struct init_args *args = values;
    struct log_writer writer;

    if (args->key_name != NULL && args->key == NULL) {
        return aw_usage(ctx, "--key-name needs --key");
    }
    if (args->origin != NULL && args->key == NULL) {
        return aw_usage(ctx, "--origin needs --key; aw log sign takes it, too");
    }
    int code = log_writer_make(
        ctx, ctx->operands.item[0],
        args->layout == 0 ? AW_LAYOUT_SERVERLESS : AW_LAYOUT_TILES, &writer);

    if (code == AW_EXIT_OK && args->key != NULL) {
        code = sign_empty(&writer, args);
    }
    if (code == AW_EXIT_OK) {
        log_writer_show(&writer);
        aw_out_bool(&ctx->out, "signed", args->key != NULL);
    }
    log_writer_close(&writer);
    return code;
}

const struct aw_cmd aw_cmd_log_init = {
    .name = "init",
    .summary = "make a log",
    .prose = "Makes an empty log in a folder, which is made when it is "
             "missing. A log that is there already is never touched.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = init_opts,
    .n_opts = sizeof(init_opts) / sizeof(init_opts[0]),
    .size = sizeof(struct init_args),
    .run = run_init,
};
