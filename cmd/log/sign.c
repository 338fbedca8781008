/* SPDX-License-Identifier: Apache-2.0 */
#include "common/offline.h"
#include "log/log.h"
#include "log/witnessing.h"

struct sign_args {
    const char *key;
    const char *key_name;
    const char *vkey;
    const char *origin;
    const char *prepare;
    const char *attach;
    const char *policy;
    struct aw_list witnesses;
    struct aw_net_args net;
    bool accept_new_baseline;
};

static const struct aw_opt sign_opts[] = {
    {.name = "key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, key),
     .arg = AW_KEY_ARG,
     .help = AW_KEY_HELP},
    AW_KEY_NAME_OPT(offsetof(struct sign_args, key_name)),
    {.name = "origin",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, origin),
     .arg = "TEXT",
     .help = "Origin line of the checkpoint. By default that of the last "
             "checkpoint, or for a new log the key's name."},
    {.name = "accept-new-baseline",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct sign_args, accept_new_baseline),
     .help = "Start anew when the saved state of the log is missing or "
             "damaged."},
    {.name = "prepare",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, prepare),
     .arg = "FILE",
     .group = "Signing elsewhere",
     .help = "Write the text that is to be signed to a new file, and sign "
             "nothing. Needs --vkey."},
    {.name = "attach",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, attach),
     .arg = "NOTE",
     .group = "Signing elsewhere",
     .help = "Take the checkpoint that was signed elsewhere, verify it and "
             "put it into the log. Needs --vkey."},
    {.name = "vkey",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, vkey),
     .arg = "KEY",
     .group = "Signing elsewhere",
     .help = "Verifier key of the log: a key string or a file with one."},
    {.name = "policy",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct sign_args, policy),
     .arg = "NAME|FILE",
     .group = "Witnesses",
     .help = "Policy whose witnesses must cosign the checkpoint before it is "
             "published. A log that it names must be this one."},
    LOG_WITNESS_OPT(offsetof(struct sign_args, witnesses)),
    LOG_WITNESS_NET_OPTS(offsetof(struct sign_args, net)),
};

struct sign_run {
    struct aw_ctx *ctx;
    const struct sign_args *args;
    struct aw_signer_use by;
    struct log_writer writer;
    struct log_signing signing;
    const struct aw_policy *policy; /* NULL: no witnesses */
    struct log_witnessing witnessing;
};

static int check_args(struct aw_ctx *ctx, const struct sign_args *args)
{
    int ways = (args->key != NULL ? 1 : 0) + (args->prepare != NULL ? 1 : 0) +
               (args->attach != NULL ? 1 : 0);

    if (ways != 1) {
        return aw_usage(ctx, "give one of --key, --prepare and --attach");
    }
    if (args->key_name != NULL && args->key == NULL) {
        return aw_usage(ctx, "--key-name needs --key");
    }
    if ((args->key == NULL) != (args->vkey != NULL)) {
        return aw_usage(ctx, "--vkey is for --prepare and --attach, and needed "
                             "there");
    }
    return AW_EXIT_OK;
}

/* A policy for another log would have others' witnesses cosign this one. */
static int check_log(struct sign_run *r)
{
    const struct aw_policy *policy = r->policy;

    if (policy == NULL || !policy->has_log) {
        return AW_EXIT_OK;
    }
    if (!aw_vkey_same(&policy->log, &r->signing.key)) {
        return aw_usage(r->ctx, "--policy names another log, whose key is %s",
                        aw_key_label(r->ctx, policy->log.name, policy->log.id));
    }
    if (r->signing.origin.n == 0) {
        r->signing.origin = policy->origin;
    }
    return aw_bytes_equal(r->signing.origin, policy->origin)
               ? AW_EXIT_OK
               : aw_usage(r->ctx, "--origin is not the policy's");
}

static int read_policy(struct sign_run *r)
{
    const struct aw_policy_use *use = NULL;

    if (r->args->policy == NULL) {
        return r->args->witnesses.n == 0
                   ? AW_EXIT_OK
                   : aw_usage(r->ctx, "--witness needs --policy, which has the "
                                      "witnesses' keys");
    }
    int code = aw_policy_read(r->ctx, r->args->policy, &use);

    if (code != AW_EXIT_OK) {
        return code;
    }
    r->policy = &use->policy;
    r->witnessing.policy = r->policy;
    r->witnessing.urls = &r->args->witnesses;
    r->witnessing.net = &r->args->net;
    return log_witnessing_check(r->ctx, &r->witnessing);
}

static int open_key(struct sign_run *r)
{
    if (r->args->vkey != NULL) {
        return aw_input_vkey(r->ctx, "--vkey", r->args->vkey, &r->signing.key);
    }
    int code = aw_signer_open(r->ctx, r->args->key, r->args->key_name, &r->by);

    r->signing.key = r->by.by.key;
    return code;
}

static int get_note(struct sign_run *r, aw_bytes *note, const char **subject)
{
    if (r->args->attach != NULL) {
        *subject = aw_input_name(r->args->attach);
        return aw_input_checkpoint(r->ctx, r->args->attach, note);
    }
    *subject = "the new checkpoint";
    if (log_signing_unchanged(&r->signing)) {
        *note = log_signing_last_note(&r->signing);
        return AW_EXIT_OK;
    }
    return log_signing_sign(&r->signing, &r->by, note);
}

static int cosign(struct sign_run *r, aw_bytes *note)
{
    if (r->policy == NULL) {
        return AW_EXIT_OK;
    }
    r->witnessing.signing = &r->signing;
    r->signing.renew = log_witnessing_begin(&r->witnessing);
    return r->signing.renew ? log_witnessing_run(&r->witnessing, *note, note)
                            : AW_EXIT_OK;
}

static int sign(struct sign_run *r)
{
    aw_bytes note = {NULL, 0};
    const char *subject = NULL;
    int code = log_signing_begin(&r->signing);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (r->args->prepare != NULL) {
        return aw_offline_prepare(r->ctx, r->args->prepare,
                                  log_signing_text(&r->signing));
    }
    code = get_note(r, &note, &subject);
    if (code == AW_EXIT_OK) {
        code = cosign(r, &note);
    }
    return code == AW_EXIT_OK ? log_signing_publish(&r->signing, note, subject)
                              : code;
}

static void show(struct sign_run *r)
{
    struct aw_out *out = &r->ctx->out;
    const struct log_signing *s = &r->signing;

    log_writer_show(&r->writer);
    aw_out_bytes(out, "origin", s->origin);
    aw_out_text(out, "key", aw_key_label(r->ctx, s->key.name, s->key.id));
    if (r->args->prepare != NULL) {
        aw_out_text(out, "prepared", r->args->prepare);
    } else {
        aw_out_bool(out, "changed", !log_signing_unchanged(s) || s->renew);
        log_witnessing_show(&r->witnessing);
    }
}

static int run_sign(struct aw_ctx *ctx, const void *values)
{
    struct sign_run *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));

    r->ctx = ctx;
    r->args = values;
    r->signing.writer = &r->writer;
    r->signing.accept_new_baseline = r->args->accept_new_baseline;
    if (r->args->origin != NULL) {
        r->signing.origin = aw_text(r->args->origin);
    }
    int code = check_args(ctx, r->args);

    if (code == AW_EXIT_OK) {
        code = read_policy(r);
    }
    if (code == AW_EXIT_OK) {
        code = open_key(r);
    }
    if (code == AW_EXIT_OK) {
        code = check_log(r);
    }
    if (code == AW_EXIT_OK) {
        code = log_writer_open(ctx, ctx->operands.item[0], &r->writer);
        if (code == AW_EXIT_OK) {
            code = sign(r);
        }
        if (code == AW_EXIT_OK) {
            show(r);
        }
        log_signing_close(&r->signing);
        log_writer_close(&r->writer);
    }
    aw_signer_close(&r->by);
    return code;
}

const struct aw_cmd aw_cmd_log_sign = {
    .name = "sign",
    .summary = "sign the tree of a log",
    .prose = "Signs the checkpoint of the integrated tree and puts it into "
             "the log. Before that the tree is proven to go on from the last "
             "checkpoint in the folder and from the last one that this machine "
             "saw of the log: a log whose folder was restored from an old copy "
             "is not signed.\n\nWhere the key is on another machine, --prepare "
             "writes the text; sign it there with aw note sign and bring the "
             "note back with --attach.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = sign_opts,
    .n_opts = sizeof(sign_opts) / sizeof(sign_opts[0]),
    .size = sizeof(struct sign_args),
    .run = run_sign,
};
