/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/history.h"

#include <string.h>
#include <unistd.h>

#include "common/input.h"
#include "log/view.h"

/* What is saved of the policy's log, without making a state directory. */
static int load_seen(struct aw_ctx *ctx, const struct aw_trust *trust,
                     struct log_view *view)
{
    const char *dir = NULL;
    int code = aw_input_dir(ctx, AW_DIR_STATE, &dir);

    if (code != AW_EXIT_OK || access(dir, F_OK) != 0) {
        return code;
    }
    return log_view_state(ctx, trust, false, view);
}

static struct aw_tree seen_tree(const struct aw_state_seen *seen)
{
    struct aw_tree tree = {.size = seen->size};

    memcpy(tree.root.b, seen->root, sizeof(tree.root.b));
    return tree;
}

/* Against the state: only an equal size can be compared without the log. */
static int compare_state(struct aw_ctx *ctx, const struct aw_trust *trust,
                         const struct aw_tree *tree, aw_bytes note,
                         struct history *history)
{
    struct log_view view = {.ctx = ctx, .note = note, .name = "bundle"};
    int code = load_seen(ctx, trust, &view);

    if (code == AW_EXIT_OK && view.seen.baseline == AW_BASELINE_KNOWN) {
        struct aw_tree held = seen_tree(&view.seen);

        history->seen_before =
            held.size == tree->size ? "this tree" : "another size";
        if (aw_tree_compare(&held, tree, NULL) == AW_ERR_FORK) {
            history->seen_before = "fork";
            code = log_view_finding(
                &view, AW_FINDING_FORK, AW_ERR_FORK,
                "a fork: another root is signed for a size seen before");
        }
    }
    log_view_close(&view);
    return code;
}

/* The bundle's tree must be a beginning of the log's, or the same. */
static int compare_log(struct log_view *view, const struct aw_tree *tree)
{
    struct aw_proof proof;
    struct aw_host_diag why = {0};
    aw_err err = AW_OK;

    if (tree->size > view->tree.size) {
        return log_view_finding(view, AW_FINDING_ROLLBACK, AW_ERR_ROLLBACK,
                                "a rollback: the bundle's checkpoint is of a "
                                "larger tree than the log shows");
    }
    if (tree->size == view->tree.size) {
        err =
            aw_hash_equal(&tree->root, &view->tree.root) ? AW_OK : AW_ERR_FORK;
    } else if (tree->size > 0) {
        err = aw_log_prove_consistency(view->log, tree, &proof, &why.diag);
    }
    if (err == AW_ERR_FORK || err == AW_ERR_PROOF) {
        return log_view_finding(view, AW_FINDING_FORK, err,
                                "the bundle's checkpoint is of another "
                                "history than the log shows");
    }
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}

int history_check(struct aw_ctx *ctx, const struct aw_trust *trust,
                  const struct aw_tree *tree, aw_bytes note, bool online,
                  struct history *history)
{
    struct log_view view = {0};

    *history = (struct history){"no", "not checked", 0};
    int code = compare_state(ctx, trust, tree, note, history);

    if (code != AW_EXIT_OK || !online || trust->log_url == NULL) {
        return code;
    }
    code = log_view_trusted(ctx, trust, &view);
    if (code == AW_EXIT_OK) {
        code = compare_log(&view, tree);
        history->consistency = code == AW_EXIT_OK ? "checked" : "refused";
        history->log_size = view.tree.size;
    }
    log_view_close(&view);
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
