/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/history.h"

#include <string.h>

static const char *size_text(struct aw_ctx *ctx, const char *format,
                             uint64_t size)
{
    return aw_pool_printf(&ctx->pool, "%s of size %llu", format,
                          (unsigned long long)size);
}

/* Two roots for one size: both notes are kept. */
static int fork_found(struct aw_ctx *ctx, const struct history_ask *ask,
                      struct history *h, const char *what, aw_bytes other)
{
    struct log_view view = {0};
    int code = log_view_state(ctx, ask->trust, ask->accept_new_baseline, &view);

    if (code == AW_EXIT_OK) {
        code = log_view_conflict(
            &view, &(struct log_conflict){
                       .kind = AW_FINDING_FORK,
                       .err = AW_ERR_FORK,
                       .saved = other,
                       .shown = h->note,
                       .subject = h->subject,
                       .expected = size_text(ctx, what, h->tree.size),
                       .detail = "a fork: the log has signed another root for "
                                 "the same size",
                   });
    }
    h->seen_before = "fork";
    log_view_close(&view);
    return code;
}

static bool is_fork(const struct aw_tree *a, const struct aw_tree *b)
{
    return a->size == b->size && !aw_hash_equal(&a->root, &b->root);
}

/* First use: the largest tree becomes what the log has to continue. A larger
 * one than is saved does not, since nothing proves here that it does. */
static int save_first(struct log_view *saved, const struct history *list,
                      size_t n)
{
    const struct history *largest = &list[0];

    for (size_t i = 1; i < n; i++) {
        largest = list[i].tree.size > largest->tree.size ? &list[i] : largest;
    }
    saved->name = largest->subject;
    saved->tree = largest->tree;
    saved->note = largest->note;
    return log_view_compare(saved);
}

/* What is saved of the log; only an equal size can be compared without it. */
static int compare_state(struct aw_ctx *ctx, const struct history_ask *ask,
                         struct history *list, size_t n)
{
    struct log_view saved = {0};
    int code = n == 0 ? AW_EXIT_OK
                      : log_view_state(ctx, ask->trust,
                                       ask->accept_new_baseline, &saved);
    struct aw_tree held = {.size = saved.seen.size};

    memcpy(held.root.b, saved.seen.root, sizeof(held.root.b));
    for (size_t i = 0; i < n && saved.baseline == AW_BASELINE_KNOWN; i++) {
        struct history *h = &list[i];

        h->seen_before =
            held.size == h->tree.size ? "this tree" : "another size";
        if (is_fork(&held, &h->tree)) {
            int found = fork_found(ctx, ask, h, "the tree seen before",
                                   aw_blob_bytes(&saved.seen.note));

            code = aw_exit_join(code, found);
        }
    }
    if (code == AW_EXIT_OK && n > 0 && saved.baseline != AW_BASELINE_KNOWN) {
        code = save_first(&saved, list, n);
    }
    log_view_close(&saved);
    return code;
}

/* One checkpoint against those before it in the list. */
static int compare_earlier(struct aw_ctx *ctx, const struct history_ask *ask,
                           const struct history *list, struct history *h)
{
    int code = AW_EXIT_OK;

    for (const struct history *other = list; other < h; other++) {
        if (is_fork(&other->tree, &h->tree)) {
            int found = fork_found(
                ctx, ask, h,
                aw_pool_printf(&ctx->pool, "the tree of %s", other->subject),
                other->note);

            code = aw_exit_join(code, found);
        }
    }
    return code;
}

/* The tree must be a beginning of the log's, or the same. */
static int compare_log(struct log_view *log, struct history *h)
{
    struct aw_proof proof;
    struct aw_host_diag why = {0};
    struct log_conflict conflict = {
        .kind = AW_FINDING_FORK,
        .saved = h->note,
        .shown = log->note,
        .subject = log->name,
        .expected = aw_pool_printf(
            &log->ctx->pool, "a continuation of the tree of size %llu in %s",
            (unsigned long long)h->tree.size, h->subject),
    };

    h->log_size = log->tree.size;
    if (h->tree.size > log->tree.size) {
        conflict.kind = AW_FINDING_ROLLBACK;
        conflict.err = AW_ERR_ROLLBACK;
        conflict.detail =
            size_text(log->ctx, "a rollback: a tree", log->tree.size);
        return log_view_conflict(log, &conflict);
    }
    if (h->tree.size == log->tree.size) {
        conflict.err = is_fork(&h->tree, &log->tree) ? AW_ERR_FORK : AW_OK;
    } else if (h->tree.size > 0) {
        conflict.err =
            aw_log_prove_consistency(log->log, &h->tree, &proof, &why.diag);
    }
    if (conflict.err == AW_OK) {
        return AW_EXIT_OK;
    }
    if (conflict.err != AW_ERR_FORK && conflict.err != AW_ERR_PROOF) {
        return log_view_read_fail(log, conflict.err, &why);
    }
    conflict.detail =
        size_text(log->ctx, "another history, now", log->tree.size);
    return log_view_conflict(log, &conflict);
}

/* The log itself, which has been found to continue what is saved of it. */
static int compare_with_log(struct log_view *log, struct history *list,
                            size_t n)
{
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < n; i++) {
        struct history *h = &list[i];
        bool same = log->seen_size == h->tree.size;
        int found = compare_log(log, h);

        if (log->baseline == AW_BASELINE_KNOWN) {
            h->seen_before = !same                 ? "another size"
                             : found == AW_EXIT_OK ? "this tree"
                                                   : "fork";
        }
        h->consistency = found == AW_EXIT_OK ? "checked" : "refused";
        code = aw_exit_join(code, found);
    }
    return code;
}

int history_check(struct aw_ctx *ctx, const struct history_ask *ask,
                  struct history *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        list[i].seen_before = "no";
        list[i].consistency = "not checked";
    }
    int code = ask->log != NULL ? compare_with_log(ask->log, list, n)
                                : compare_state(ctx, ask, list, n);

    for (size_t i = 1; i < n; i++) {
        code = aw_exit_join(code, compare_earlier(ctx, ask, list, &list[i]));
    }
    return code;
}

void history_show(struct aw_ctx *ctx, const struct history *history)
{
    aw_out_text(&ctx->out, "seen_before", history->seen_before);
    aw_out_text(&ctx->out, "consistency", history->consistency);
    if (strcmp(history->consistency, "not checked") != 0) {
        aw_out_u64(&ctx->out, "log_size", history->log_size);
    }
}
