/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine saw of a log before, and what it remembers of it now. */
#include <string.h>

#include "common/input.h"
#include "common/stop.h"
#include "log/view.h"

static int state_fail(struct log_view *view, aw_err err, const char *subject,
                      const struct aw_host_diag *why)
{
    return aw_report(view->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_LOCAL,
                         .exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : 0,
                         .subject = subject,
                         .host = why,
                         .diag = &why->diag,
                         .remedy = err == AW_ERR_TIMEOUT
                                       ? "see which other aw is at work, and "
                                         "try again when it is done"
                                       : NULL,
                     });
}

static struct aw_tree seen_tree(const struct log_view *view)
{
    struct aw_tree tree = {.size = view->seen.size};

    memcpy(tree.root.b, view->seen.root, sizeof(tree.root.b));
    return tree;
}

static bool is_known(const struct log_view *view)
{
    return view->seen.baseline == AW_BASELINE_KNOWN;
}

bool log_view_seen(const struct log_view *view, struct aw_tree *tree)
{
    *tree = seen_tree(view);
    return is_known(view);
}

/* What to do next, once the evidence is kept or is not. */
static const char *remedy_of(struct log_view *view, bool kept, int64_t id)
{
    const char *first =
        view->remedy == NULL ? "do not trust this log" : view->remedy;

    return kept ? aw_pool_printf(log_view_pool(view),
                                 "%s; both signed notes are kept as finding "
                                 "%lld (aw log findings)",
                                 first, (long long)id)
                : aw_pool_printf(log_view_pool(view),
                                 "%s; keep the checkpoint yourself: it could "
                                 "not be saved as evidence",
                                 first);
}

int log_view_conflict(struct log_view *view,
                      const struct log_conflict *conflict)
{
    struct aw_host_diag why = {0};
    struct aw_state_finding evidence = {
        .kind = conflict->kind,
        .saved = conflict->saved,
        .shown = conflict->shown,
        .origin = view->state_log.origin,
        .detail = conflict->detail,
    };
    int64_t id = 0;

    memcpy(evidence.log_id, view->state_log.id, sizeof(evidence.log_id));
    aw_err kept = aw_state_report(view->state, &evidence, &id, NULL, &why);

    if (kept != AW_OK) {
        (void)state_fail(view, kept, "evidence of the finding", &why);
    }
    return aw_report(view->ctx,
                     &(struct aw_finding){
                         .err = conflict->err,
                         .on = AW_ON_LOG,
                         .exit = AW_EXIT_LOG,
                         .subject = conflict->subject,
                         .expected = conflict->expected,
                         .got = conflict->detail,
                         .remedy = remedy_of(view, kept == AW_OK, id),
                     });
}

int log_view_finding(struct log_view *view, enum aw_finding_kind kind,
                     aw_err err, const char *detail)
{
    return log_view_conflict(
        view, &(struct log_conflict){
                  .kind = kind,
                  .err = err,
                  .saved = aw_blob_bytes(&view->seen.note),
                  .shown = view->note,
                  .subject = view->name,
                  .expected = aw_pool_printf(
                      log_view_pool(view),
                      "a continuation of the tree of size %llu seen before",
                      (unsigned long long)view->seen.size),
                  .detail = detail,
              });
}

static int fork_found(struct log_view *view)
{
    return log_view_finding(
        view, AW_FINDING_FORK, AW_ERR_FORK,
        aw_pool_printf(log_view_pool(view),
                       "a fork: another root is signed for the same size %llu",
                       (unsigned long long)view->tree.size));
}

int log_view_state_again(struct log_view *view)
{
    struct aw_host_diag why = {0};

    aw_blob_free(&view->seen.note);
    memset(&view->seen, 0, sizeof(view->seen));
    aw_err err =
        aw_state_load(view->state, &view->state_log, &view->seen, &why);

    return err == AW_OK ? AW_EXIT_OK
                        : state_fail(view, err, view->state_dir, &why);
}

int log_view_state(struct aw_ctx *ctx, const struct aw_trust *trust,
                   bool accept, struct log_view *view)
{
    struct aw_state_options options = {.accept_new_baseline = accept,
                                       .cancelled = aw_stop_asked};
    struct aw_host_diag why = {0};
    uint8_t text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    int code = aw_input_dir(ctx, AW_DIR_STATE, &view->state_dir);

    view->ctx = ctx;
    view->trust = trust;
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_vkey_write(&trust->use.policy.log, &w);
    aw_state_log_init(
        &view->state_log,
        aw_pool_bytes(log_view_pool(view), trust->use.policy.origin),
        aw_pool_bytes(log_view_pool(view), aw_wr_done(&w)));
    aw_err err = aw_state_open(view->state_dir, &options, &view->state, &why);

    if (err != AW_OK) {
        return state_fail(view, err, view->state_dir, &why);
    }
    code = log_view_state_again(view);
    view->baseline = view->seen.baseline;
    view->seen_size = view->seen.size;
    return code;
}

/* Saves the tree if nobody else has moved the state meanwhile. */
static int save(struct log_view *view, bool *saved)
{
    struct aw_host_diag why = {0};
    struct aw_state_checkpoint next = {
        .size = view->tree.size,
        .root = view->tree.root.b,
        .note = view->note,
    };
    aw_err err = aw_state_advance(view->state, &view->state_log, &view->seen,
                                  &next, &why);

    *saved = err == AW_OK;
    if (err == AW_OK || err == AW_ERR_EXISTS) {
        return AW_EXIT_OK;
    }
    return state_fail(view, err, view->state_dir, &why);
}

int log_view_compare(struct log_view *view)
{
    struct aw_tree held = seen_tree(view);
    bool saved = false;

    if (is_known(view)) {
        switch (aw_tree_compare(&held, &view->tree, NULL)) {
        case AW_ERR_FORK:
            return fork_found(view);
        case AW_ERR_ROLLBACK:
            return log_view_finding(
                view, AW_FINDING_ROLLBACK, AW_ERR_ROLLBACK,
                aw_pool_printf(log_view_pool(view),
                               "a rollback: a tree of size %llu is signed",
                               (unsigned long long)view->tree.size));
        default:
            return AW_EXIT_OK;
        }
    }
    /* First use: the signature is all that a baseline needs. It is kept
     * before any tile is read, so that another tree under the same key shows
     * even where the tiles of the first are not at hand. */
    int code = save(view, &saved);

    if (code == AW_EXIT_OK) {
        code = log_view_state_again(view);
    }
    /* Another process may have been faster with another tree; of another
     * size, only log_view_advance can tell. */
    held = seen_tree(view);
    if (code == AW_EXIT_OK &&
        aw_tree_compare(&held, &view->tree, NULL) == AW_ERR_FORK) {
        return fork_found(view);
    }
    return code;
}

/* The saved tree is larger, since another process was faster: this one must
 * be its beginning. */
static int prove_older(struct log_view *view)
{
    const struct aw_policy *policy = &view->trust->use.policy;
    struct aw_log *log = aw_pool_alloc(log_view_pool(view), 1, sizeof(*log));
    struct aw_checkpoint newer;
    struct aw_host_diag why = {0};
    struct aw_proof proof = {0};
    enum aw_layout layout = AW_LAYOUT_SERVERLESS;
    int code = log_view_layout(view, &layout);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err =
        aw_checkpoint_open(aw_blob_bytes(&view->seen.note), policy->origin,
                           &policy->log, 1, &newer, &why.diag);

    if (err != AW_OK) {
        return state_fail(view, AW_ERR_STATE, view->state_dir, &why);
    }
    err =
        aw_log_open(aw_store_face(view->store), layout, &newer, log, &why.diag);
    if (err == AW_OK) {
        err = aw_log_follow(log, &view->tree, &proof, &why.diag);
    }
    if (err == AW_ERR_PROOF) {
        return log_view_finding(view, AW_FINDING_PROOF, err,
                                "a smaller tree that is no beginning of the "
                                "one that another process saw meanwhile");
    }
    view->log = log;
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}

/* Proves that saved tree and this one are one log. */
static int prove_same_log(struct log_view *view)
{
    struct aw_tree held = seen_tree(view);
    struct aw_host_diag why = {0};
    struct aw_proof proof = {0};

    if (!is_known(view)) {
        return AW_EXIT_OK;
    }
    if (held.size == view->tree.size) {
        return aw_hash_equal(&held.root, &view->tree.root) ? AW_EXIT_OK
                                                           : fork_found(view);
    }
    if (held.size > view->tree.size) {
        return prove_older(view);
    }
    int code = view->log == NULL ? log_view_tiles(view) : AW_EXIT_OK;

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_log_follow(view->log, &held, &proof, &why.diag);

    if (err == AW_ERR_PROOF) {
        return log_view_finding(view, AW_FINDING_PROOF, err,
                                "a larger tree that does not begin with the "
                                "one seen before");
    }
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}

int log_view_check(struct log_view *view)
{
    int code = is_known(view) ? log_view_compare(view) : AW_EXIT_OK;

    return code == AW_EXIT_OK ? prove_same_log(view) : code;
}

int log_view_advance(struct log_view *view)
{
    enum { TRIES = 8 };

    for (unsigned i = 0; i < TRIES; i++) {
        bool saved = false;
        int code = i == 0 ? AW_EXIT_OK : log_view_state_again(view);

        if (code == AW_EXIT_OK) {
            code = prove_same_log(view);
        }
        if (code == AW_EXIT_OK && view->seen.size <= view->tree.size) {
            code = save(view, &saved);
        } else {
            saved = true; /* or never will be */
        }
        if (code != AW_EXIT_OK || saved) {
            return code;
        }
    }
    return aw_report(view->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_TIMEOUT,
                         .on = AW_ON_LOCAL,
                         .subject = view->state_dir,
                         .got = "other processes keep moving this log's state",
                         .remedy = "try again",
                     });
}
