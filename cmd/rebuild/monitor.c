/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/monitor.h"

#include <string.h>
#include <time.h>

#include "common/stop.h"
#include "rebuild/state.h"

void rebuild_beat(struct rebuild_monitor *m)
{
    m->pulse.time = (int64_t)time(NULL);
    if (m->view != NULL && m->view->state != NULL) {
        aw_err err = aw_rebuilds_beat(m->view->state, m->view->state_log.id,
                                      &m->pulse, NULL);

        (void)err; /* what matters is saved elsewhere */
    }
}

/* --- Again or not ---------------------------------------------------------- */

/* How often a verdict is worth a try: docs/formats/rebuild-state.md. */
static uint64_t tries_of(enum aw_rb_verdict verdict)
{
    switch (verdict) {
    case AW_RB_FAILED:
        return 3;
    case AW_RB_TIMED_OUT:
        return 2;
    case AW_RB_UNAVAILABLE:
        return 10;
    default:
        return 1; /* it would be the same */
    }
}

static int64_t next_try(const struct rebuild_monitor *m,
                        enum aw_rb_verdict verdict, uint64_t tries, int64_t now)
{
    enum { DAY_MS = 24 * 3600 * 1000 };

    if (tries >= tries_of(verdict)) {
        return 0;
    }
    uint64_t ms = m->retry_ms;

    for (uint64_t i = 1; i < tries && ms < DAY_MS; i++) {
        ms *= 2;
    }
    return now + (int64_t)((ms < DAY_MS ? ms : DAY_MS) / 1000);
}

/* --- Saying it once -------------------------------------------------------- */

static void put_event(struct rebuild_monitor *m, uint64_t index,
                      const struct rebuild_done *done)
{
    bool good = done->result.verdict == AW_RB_REPRODUCED;

    aw_events_put(&m->engine->ctx->events,
                  &(struct aw_event){
                      .step = "rebuild",
                      .state = good ? "done" : "failed",
                      .counted = true,
                      .done = index,
                      .total = m->pulse.size,
                      .unit = "leaves",
                      .code = aw_rb_verdict_name(done->result.verdict),
                      .detail = good ? NULL : done->reason,
                  });
}

/* Marked before it is said: what was said is never said again, and what was
 * not is in the findings. */
static int tell(struct rebuild_monitor *m, const struct aw_rebuilds_due *leaf,
                const struct rebuild_done *done)
{
    struct aw_ctx *ctx = m->engine->ctx;
    struct log_view *view = m->view;
    struct aw_host_diag why = {.network = false};
    bool first = false;
    aw_err err = aw_rebuilds_tell(view->state, view->state_log.id, leaf->index,
                                  &first, &why);

    if (err != AW_OK) {
        return rebuild_state_fail(view, err, &why);
    }
    if (!first) {
        return AW_EXIT_OK;
    }
    aw_out_begin(&ctx->out, NULL);
    aw_out_u64(&ctx->out, "index", leaf->index);
    aw_out_u64(&ctx->out, "tries", leaf->tries);
    rebuild_show(ctx, done);
    aw_out_end(&ctx->out);
    m->unread = !aw_out_flush(&ctx->out);
    put_event(m, leaf->index, done);
    if (done->result.verdict != AW_RB_REPRODUCED) {
        (void)rebuild_report(ctx,
                             aw_pool_printf(&ctx->pool, "entry %llu",
                                            (unsigned long long)leaf->index),
                             done);
    }
    return AW_EXIT_OK;
}

/* Leaves that a run before this one saved, and ended before it said so. */
struct left {
    struct aw_pool *pool;
    size_t n;
    size_t cap;
    struct rebuild_left {
        struct aw_rebuilds_due leaf;
        struct rebuild_done done;
    } * item;
};

/* The result that a row has, and its reason. */
static void take_row(struct aw_pool *pool, const struct aw_rebuilds_row *row,
                     struct rebuild_done *done)
{
    aw_bytes kept = aw_text(aw_pool_bytes(pool, row->note));

    memset(done, 0, sizeof(*done));
    done->is_release = aw_rb_result_kept(kept, &done->result, NULL) == AW_OK;
    done->by_statement = true;
    done->result.verdict = (enum aw_rb_verdict)row->verdict;
    aw_rb_reason(aw_pool_bytes(pool, row->detail), done->reason);
}

static aw_err find_left(void *ctx, const struct aw_rebuilds_row *row)
{
    struct left *l = ctx;

    if (row->told || row->verdict < 0 || row->verdict > AW_RB_REFUSED) {
        return AW_OK;
    }
    if (l->n == l->cap) {
        size_t cap = l->cap * 2 + 8;
        struct rebuild_left *more =
            aw_pool_alloc(l->pool, cap, sizeof(*l->item));

        if (l->n > 0) {
            memcpy(more, l->item, l->n * sizeof(*more));
        }
        l->item = more;
        l->cap = cap;
    }
    l->item[l->n].leaf.index = row->index;
    l->item[l->n].leaf.tries = row->tries;
    take_row(l->pool, row, &l->item[l->n].done);
    l->n++;
    return AW_OK;
}

static int tell_left(struct rebuild_monitor *m)
{
    struct log_view *view = m->view;
    struct aw_host_diag why = {.network = false};
    struct left left = {.pool = log_view_pool(view)};
    int code = AW_EXIT_OK;

    if (m->told_left) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_rebuilds_list(view->state, view->state_log.id, NULL,
                                  find_left, &left, &why);

    if (err != AW_OK) {
        return rebuild_state_fail(view, err, &why);
    }
    for (size_t i = 0; i < left.n && code == AW_EXIT_OK; i++) {
        code = tell(m, &left.item[i].leaf, &left.item[i].done);
    }
    m->told_left = code == AW_EXIT_OK;
    return code;
}

/* --- Building -------------------------------------------------------------- */

static aw_bytes name_of(const char *path)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    return path == NULL ? (aw_bytes){NULL, 0}
                        : aw_text(slash == NULL ? path : slash + 1);
}

static int build(struct rebuild_monitor *m, const struct aw_rebuilds_due *due,
                 struct rebuild_done *done)
{
    aw_bytes leaf = {NULL, 0};
    int code = rebuild_get_leaf(m->view, due->index, &m->buf, &leaf);

    return code == AW_EXIT_OK ? rebuild_leaf(m->engine, leaf, due->index, done)
                              : code;
}

static int settle(struct rebuild_monitor *m, const struct aw_rebuilds_due *due,
                  const struct rebuild_done *done)
{
    struct aw_host_diag why = {.network = false};
    const struct aw_rebuilds_due now = {due->index, due->tries + 1};
    enum aw_rb_verdict verdict = done->result.verdict;
    int64_t t = (int64_t)time(NULL);
    const struct aw_rebuilds_row row = {
        .index = due->index,
        .verdict = verdict,
        .tries = now.tries,
        .next_time = next_try(m, verdict, now.tries, t),
        .time = t,
        .detail = aw_text(done->reason),
        .evidence = name_of(done->evidence),
        .note = done->note,
    };
    aw_err err =
        aw_rebuilds_save(m->view->state, m->view->state_log.id, &row, &why);

    if (err != AW_OK) {
        return rebuild_state_fail(m->view, err, &why);
    }
    m->pulse.rebuilt++;
    rebuild_beat(m);
    int code = tell(m, &now, done);

    return code == AW_EXIT_OK ? rebuild_hook_leaf(m, due->index) : code;
}

static int step(struct rebuild_monitor *m, const struct aw_rebuilds_due *due)
{
    struct rebuild_done done;
    int code = build(m, due, &done);

    return code == AW_EXIT_OK ? settle(m, due, &done) : code;
}

int rebuild_work(struct rebuild_monitor *m)
{
    struct log_view *view = m->view;
    int code = tell_left(m);
    int first = AW_EXIT_OK; /* of leaves that were left */
    uint64_t from = 0;

    while (code == AW_EXIT_OK && !aw_cancelled() && !m->unread) {
        struct aw_host_diag why = {.network = false};
        struct aw_rebuilds_due due;
        aw_err err = aw_rebuilds_next(view->state, view->state_log.id,
                                      (int64_t)time(NULL), from, &due, &why);

        if (err == AW_ERR_NOT_FOUND) {
            break;
        }
        code =
            err == AW_OK ? step(m, &due) : rebuild_state_fail(view, err, &why);
        if (err == AW_OK && code != AW_EXIT_OK && aw_exit_row(code)->retry) {
            first = first == AW_EXIT_OK ? code : first;
            from = due.index + 1;
            code = AW_EXIT_OK;
        }
    }
    return code == AW_EXIT_OK ? first : code;
}
