/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "aw/hostio/rebuilds.h"
#include "aw/reprobuild/result.h"
#include "aw/text.h"
#include "rebuild/rebuild.h"
#include "rebuild/state.h"

struct findings_args {
    struct aw_trust_args trust;
    struct aw_list acknowledge;
    struct aw_list again;
    bool all;
    bool accept;
};

static const struct aw_opt findings_opts[] = {
    {.name = "acknowledge",
     .type = AW_OPT_LIST,
     .at = offsetof(struct findings_args, acknowledge),
     .arg = "INDEX",
     .help = "Mark what became of an entry as seen. It is kept."},
    {.name = "again",
     .type = AW_OPT_LIST,
     .at = offsetof(struct findings_args, again),
     .arg = "INDEX",
     .help = "Have continuous build an entry again."},
    {.name = "all",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct findings_args, all),
     .help = "Show entries that were reproduced, that wait, and that are "
             "acknowledged, too."},
    {.name = "accept-new-baseline",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct findings_args, accept),
     .help = "Start anew when the saved state of the log is missing or "
             "damaged."},
    AW_TRUST_LOG_OPTS(offsetof(struct findings_args, trust)),
};

int rebuild_state_fail(struct log_view *view, aw_err err,
                       const struct aw_host_diag *why)
{
    return aw_report(view->ctx, &(struct aw_finding){
                                    .err = err,
                                    .on = AW_ON_LOCAL,
                                    .what = "the queue of rebuilds cannot be "
                                            "used",
                                    .subject = view->state_dir,
                                    .host = why,
                                });
}

static void count(struct rebuild_counts *c, const struct aw_rebuilds_row *row)
{
    if (row->verdict < 0) {
        c->pending++;
    } else if (row->verdict == AW_RB_REPRODUCED) {
        c->reproduced++;
    } else if (!row->acknowledged) {
        c->open++;
    }
}

static aw_err count_one(void *ctx, const struct aw_rebuilds_row *row)
{
    count(ctx, row);
    return AW_OK;
}

int rebuild_count(struct aw_ctx *ctx, const struct aw_trust *trust,
                  struct rebuild_counts *counts)
{
    struct log_view view = {0};
    struct aw_host_diag why = {.network = false};
    int code = log_view_state(ctx, trust, false, &view);

    if (code == AW_EXIT_OK) {
        aw_err err = aw_rebuilds_list(view.state, view.state_log.id, NULL,
                                      count_one, counts, &why);

        code = err == AW_OK ? AW_EXIT_OK : rebuild_state_fail(&view, err, &why);
    }
    log_view_close(&view);
    return code;
}

/* A list under way. */
struct listing {
    struct aw_ctx *ctx;
    bool all;
    struct rebuild_counts counts;
};

static const char *verdict_name(int64_t verdict)
{
    return verdict < 0 || verdict > AW_RB_REFUSED
               ? "pending"
               : aw_rb_verdict_name((enum aw_rb_verdict)verdict);
}

static aw_err show(void *ctx, const struct aw_rebuilds_row *row)
{
    struct listing *l = ctx;
    struct aw_out *out = &l->ctx->out;
    bool open = row->verdict > AW_RB_REPRODUCED && !row->acknowledged;

    count(&l->counts, row);
    if (!open && !l->all) {
        return AW_OK;
    }
    aw_out_begin(out, NULL);
    aw_out_u64(out, "index", row->index);
    aw_out_text(out, "verdict", verdict_name(row->verdict));
    aw_out_u64(out, "tries", row->tries);
    if (row->time > 0) {
        aw_out_time(out, "time", (uint64_t)row->time);
    }
    if (row->next_time > 0) {
        aw_out_time(out, "next_time", (uint64_t)row->next_time);
    }
    aw_out_bool(out, "told", row->told);
    aw_out_bool(out, "notified", row->notified);
    aw_out_bool(out, "acknowledged", row->acknowledged);
    if (row->evidence.n > 0) {
        aw_out_bytes(out, "evidence", row->evidence);
    }
    aw_out_bytes(out, "detail", row->detail);
    if (row->note.n > 0 && aw_out_is_json(out)) {
        aw_out_bytes(out, "result", row->note);
    }
    aw_out_end(out);
    return AW_OK;
}

/* Does with an entry what an option says. */
static int mark(struct log_view *view, const char *option, const char *text)
{
    struct aw_host_diag why = {.network = false};
    const uint8_t *id = view->state_log.id;
    uint64_t index = 0;

    if (aw_dec_parse(aw_text(text), &index) != AW_OK) {
        return aw_usage(view->ctx, "%s: %s is no index", option, text);
    }
    aw_err err = strcmp(option, "--again") == 0
                     ? aw_rebuilds_again(view->state, id, index,
                                         (int64_t)time(NULL), &why)
                     : aw_rebuilds_acknowledge(view->state, id, index, &why);

    if (err == AW_ERR_NOT_FOUND) {
        return aw_report(
            view->ctx,
            &(struct aw_finding){
                .err = err,
                .on = AW_ON_INPUT,
                .exit = AW_EXIT_REFUSED,
                .subject = aw_pool_printf(&view->ctx->pool, "entry %s", text),
                .expected = "an entry that was rebuilt",
                .remedy = "see aw verify-build findings --all",
            });
    }
    return err == AW_OK ? AW_EXIT_OK : rebuild_state_fail(view, err, &why);
}

static int with_view(struct log_view *view, const struct findings_args *args)
{
    struct aw_host_diag why = {.network = false};
    struct listing l = {.ctx = view->ctx, .all = args->all};
    struct aw_out *out = &view->ctx->out;
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < args->acknowledge.n && code == AW_EXIT_OK; i++) {
        code = mark(view, "--acknowledge", args->acknowledge.item[i]);
    }
    for (size_t i = 0; i < args->again.n && code == AW_EXIT_OK; i++) {
        code = mark(view, "--again", args->again.item[i]);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_begin_list(out, "leaves");
    aw_err err =
        aw_rebuilds_list(view->state, view->state_log.id, NULL, show, &l, &why);

    aw_out_end_list(out);
    aw_out_u64(out, "unacknowledged", l.counts.open);
    aw_out_u64(out, "pending", l.counts.pending);
    aw_out_u64(out, "reproduced", l.counts.reproduced);
    return err == AW_OK ? AW_EXIT_OK : rebuild_state_fail(view, err, &why);
}

static int run_findings(struct aw_ctx *ctx, const void *values)
{
    const struct findings_args *args = values;
    struct aw_trust *trust = NULL;
    struct log_view view = {0};
    int code = aw_trust_load(ctx, &args->trust, &trust);

    if (code == AW_EXIT_OK) {
        code = log_view_state(ctx, trust, args->accept, &view);
    }
    if (code == AW_EXIT_OK) {
        code = with_view(&view, args);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_findings = {
    .name = "findings",
    .summary = "what became of the entries that continuous rebuilt",
    .prose = "Lists the entries of a log that were not reproduced, until they "
             "are acknowledged. Nothing is built, and the log is not asked.",
    .opts = findings_opts,
    .n_opts = sizeof(findings_opts) / sizeof(findings_opts[0]),
    .size = sizeof(struct findings_args),
    .run = run_findings,
};
