/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/state.h"
#include "common/input.h"
#include "log/log.h"

struct findings_args {
    uint64_t acknowledge;
    bool all;
};

static const struct aw_opt findings_opts[] = {
    {.name = "acknowledge",
     .type = AW_OPT_U64,
     .at = offsetof(struct findings_args, acknowledge),
     .arg = "ID",
     .help = "Mark a finding as seen. It is kept."},
    {.name = "all",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct findings_args, all),
     .help = "Show acknowledged findings too."},
};

struct listing {
    struct aw_ctx *ctx;
    bool all;
    uint64_t open;
    uint64_t acknowledged;
};

/* A note is several lines; for people they stay lines. */
static void show_note(struct aw_out *out, const char *key, aw_bytes note)
{
    struct aw_pool pool;
    struct aw_rd r = aw_rd_init(note);

    if (aw_out_is_json(out) || note.n == 0) {
        aw_out_bytes(out, key, note);
        return;
    }
    aw_pool_init(&pool);
    aw_out_begin(out, key);
    while (aw_rd_left(&r) > 0) {
        struct aw_rd probe = r;
        aw_bytes line = aw_rd_until(&probe, '\n');

        if (probe.failed) {
            line = aw_rd_rest(&r);
        } else {
            r = probe;
        }
        aw_out_line(out, "      %s", aw_pool_bytes(&pool, line));
    }
    aw_out_end(out);
    aw_pool_wipe(&pool);
}

static aw_err each_finding(void *ctx, const struct aw_state_finding *f)
{
    struct listing *l = ctx;
    struct aw_out *out = &l->ctx->out;

    l->open += f->acknowledged ? 0 : 1;
    l->acknowledged += f->acknowledged ? 1 : 0;
    if (f->acknowledged && !l->all) {
        return AW_OK;
    }
    aw_out_begin(out, NULL);
    aw_out_u64(out, "id", (uint64_t)f->id);
    aw_out_text(out, "kind", aw_finding_name(f->kind));
    aw_out_text(out, "origin", f->origin);
    aw_out_text(out, "detail", f->detail);
    aw_out_time(out, "first_time", (uint64_t)f->first_time);
    aw_out_time(out, "last_time", (uint64_t)f->last_time);
    aw_out_u64(out, "times", f->times);
    aw_out_bool(out, "acknowledged", f->acknowledged);
    show_note(out, "saved_note", f->saved);
    show_note(out, "shown_note", f->shown);
    aw_out_end(out);
    return AW_OK;
}

static int state_fail(struct aw_ctx *ctx, aw_err err, const char *subject,
                      const struct aw_host_diag *why)
{
    bool number = err == AW_ERR_NOT_FOUND;

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = number ? AW_ON_INPUT : AW_ON_LOCAL,
                 .subject = subject,
                 .host = why,
                 .remedy = number ? "see the numbers with aw log findings "
                                    "--all"
                                  : NULL,
             });
}

static int with_state(struct aw_ctx *ctx, const struct findings_args *args,
                      struct aw_state *state)
{
    struct aw_host_diag why = {0};
    struct listing listing = {.ctx = ctx, .all = args->all};

    if (args->acknowledge != 0) {
        aw_err err =
            aw_state_acknowledge(state, (int64_t)args->acknowledge, &why);

        if (err != AW_OK) {
            return state_fail(
                ctx, err,
                aw_pool_printf(&ctx->pool, "finding %llu",
                               (unsigned long long)args->acknowledge),
                &why);
        }
    }
    aw_out_begin_list(&ctx->out, "evidence");
    aw_err err = aw_state_findings(state, NULL, each_finding, &listing, &why);

    aw_out_end_list(&ctx->out);
    aw_out_u64(&ctx->out, "open", listing.open);
    aw_out_u64(&ctx->out, "acknowledged", listing.acknowledged);
    return err == AW_OK ? AW_EXIT_OK : state_fail(ctx, err, "findings", &why);
}

static int run_findings(struct aw_ctx *ctx, const void *values)
{
    const struct findings_args *args = values;
    const char *dir = NULL;
    struct aw_state *state = NULL;
    struct aw_host_diag why = {0};

    if (args->acknowledge == 0 && aw_opts_given(&ctx->opts, "acknowledge")) {
        return aw_usage(ctx, "--acknowledge wants the number of a finding");
    }
    int code = aw_input_dir(ctx, AW_DIR_STATE, &dir);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_state_open(dir, NULL, &state, &why);

    if (err != AW_OK) {
        return state_fail(ctx, err, dir, &why);
    }
    code = with_state(ctx, args, state);
    aw_state_close(state);
    return code;
}

const struct aw_cmd aw_cmd_log_findings = {
    .name = "findings",
    .summary = "show what logs did wrong, with the evidence",
    .prose = "Lists the findings kept in the state directory: forks, "
             "rollbacks, wrong proofs, each with the signed note seen before "
             "and the one that contradicts it.",
    .opts = findings_opts,
    .n_opts = sizeof(findings_opts) / sizeof(findings_opts[0]),
    .size = sizeof(struct findings_args),
    .run = run_findings,
};
