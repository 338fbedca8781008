/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"
#include "log/signing.h"

struct init_args {
    unsigned layout;
    const char *origin;
    const char *key;
    const char *key_name;
    bool accept_new_baseline;
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
    {.name = "accept-new-baseline",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct init_args, accept_new_baseline),
     .help = "Start anew when the saved state of a log under this key and "
             "origin is missing or damaged."},
};

struct init_run {
    struct aw_ctx *ctx;
    const struct init_args *args;
    struct log_writer writer;
    struct aw_signer_use by;
    struct log_signing signing;
    aw_bytes note; /* signed checkpoint of the empty log */
};

static int check_args(struct aw_ctx *ctx, const struct init_args *args)
{
    if (args->key_name != NULL && args->key == NULL) {
        return aw_usage(ctx, "--key-name needs --key");
    }
    if (args->origin != NULL && args->key == NULL) {
        return aw_usage(ctx, "--origin needs --key; aw log sign takes it, too");
    }
    return AW_EXIT_OK;
}

/* Signs before there is a folder: what is refused here leaves none. */
static int sign_empty(struct init_run *r)
{
    struct log_signing *s = &r->signing;
    int code = aw_signer_open(r->ctx, r->args->key, r->args->key_name, &r->by);

    if (code != AW_EXIT_OK) {
        return code;
    }
    s->writer = &r->writer;
    s->key = r->by.by.key;
    s->accept_new_baseline = r->args->accept_new_baseline;
    s->origin = aw_text(r->args->origin == NULL ? "" : r->args->origin);
    code = log_signing_check_new(s);
    return code == AW_EXIT_OK ? log_signing_sign(s, &r->by, &r->note) : code;
}

static int publish_empty(struct init_run *r)
{
    struct log_signing *s = &r->signing;
    int code = log_signing_begin(s);

    if (code == AW_EXIT_OK) {
        code = log_signing_publish(s, r->note, "the new checkpoint");
    }
    if (code == AW_EXIT_OK) {
        aw_out_bytes(&r->ctx->out, "origin", s->origin);
    }
    return code;
}

static int make_log(struct init_run *r, const char *path)
{
    enum aw_layout layout =
        r->args->layout == 0 ? AW_LAYOUT_SERVERLESS : AW_LAYOUT_TILES;
    int code = aw_input_folder(r->ctx, path);

    log_writer_init(r->ctx, path, layout, &r->writer);
    if (code == AW_EXIT_OK && r->args->key != NULL) {
        code = sign_empty(r);
    }
    if (code == AW_EXIT_OK) {
        code = log_writer_make(&r->writer);
    }
    if (code == AW_EXIT_OK && r->args->key != NULL) {
        code = publish_empty(r);
    }
    return code;
}

static int run_init(struct aw_ctx *ctx, const void *values)
{
    struct init_run *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));

    r->ctx = ctx;
    r->args = values;
    int code = check_args(ctx, r->args);

    if (code != AW_EXIT_OK) {
        return code;
    }
    code = make_log(r, ctx->operands.item[0]);
    if (code == AW_EXIT_OK) {
        log_writer_show(&r->writer);
        aw_out_bool(&ctx->out, "signed", r->args->key != NULL);
    }
    log_signing_close(&r->signing);
    log_writer_close(&r->writer);
    aw_signer_close(&r->by);
    return code;
}

const struct aw_cmd aw_cmd_log_init = {
    .name = "init",
    .summary = "make a log",
    .prose = "Makes an empty log in a folder, which is made when it is "
             "missing. A log that is there already is never touched, and a key "
             "and origin that have signed entries before, as far as this "
             "machine knows, are refused: a second log under them would be a "
             "fork of the first.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = init_opts,
    .n_opts = sizeof(init_opts) / sizeof(init_opts[0]),
    .size = sizeof(struct init_args),
    .run = run_init,
};
