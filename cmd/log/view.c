/* SPDX-License-Identifier: Apache-2.0 */
#include "log/view.h"

#include <string.h>
#include <time.h>

#include "common/input.h"
#include "common/stop.h"

static bool stop_asked(void *ctx)
{
    (void)ctx;
    return aw_cancelled();
}

/* True for errors that mean: the bytes are there, but wrong. */
static bool is_content(aw_err err)
{
    return err == AW_ERR_SHORT || err == AW_ERR_FORMAT || err == AW_ERR_RANGE ||
           err == AW_ERR_DIGEST || err == AW_ERR_ROOT;
}

int log_view_fail(struct log_view *view, aw_err err, const char *path,
                  const struct aw_host_diag *why)
{
    const char *subject = view->source;
    bool remote = view->store != NULL && aw_store_is_remote(view->store);
    struct aw_finding finding = {.err = err, .on = AW_ON_LOG};

    if (path != NULL && path[0] != '\0') {
        subject = aw_pool_printf(&view->ctx->pool, "%s/%s", view->source, path);
    }
    finding.subject = subject;
    finding.host = why;
    if (err == AW_ERR_CANCELLED) {
        finding.exit = aw_stop_exit();
    } else if (err == AW_ERR_NOT_FOUND) {
        finding.exit = AW_EXIT_NETWORK;
        finding.expected = "a file that the signed checkpoint asks for";
        finding.remedy = "try again later or with another copy of the log; aw "
                         "log audit --from-tiles does without leaves";
    } else if (is_content(err)) {
        finding.exit = remote ? AW_EXIT_LOG : AW_EXIT_MISMATCH;
    }
    return aw_report(view->ctx, &finding);
}

int log_view_read_fail(struct log_view *view, aw_err err,
                       const struct aw_host_diag *why)
{
    bool content = is_content(err) || err == AW_ERR_PROOF;

    return log_view_fail(view, err, view->log->path.text,
                         content ? why : aw_store_why(view->store));
}

int log_view_finding(struct log_view *view, enum aw_finding_kind kind,
                     aw_err err, const char *detail)
{
    struct aw_host_diag why = {0};
    struct aw_state_finding evidence = {
        .kind = kind,
        .saved = aw_blob_bytes(&view->seen.note),
        .shown = view->note,
        .origin = view->state_log.origin,
        .detail = detail,
    };

    memcpy(evidence.log_id, view->state_log.id, sizeof(evidence.log_id));
    int64_t id = 0;
    aw_err kept = aw_state_report(view->state, &evidence, &id, NULL, &why);

    if (kept != AW_OK) {
        (void)aw_report(view->ctx, &(struct aw_finding){
                                       .err = kept,
                                       .on = AW_ON_LOCAL,
                                       .subject = "evidence of the finding",
                                       .host = &why,
                                   });
    }
    return aw_report(
        view->ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_LOG,
            .exit = AW_EXIT_LOG,
            .subject = view->source,
            .expected = aw_pool_printf(&view->ctx->pool,
                                       "a continuation of the tree of size "
                                       "%llu seen before",
                                       (unsigned long long)view->seen.size),
            .got = detail,
            .remedy = aw_pool_printf(
                &view->ctx->pool,
                "do not trust this log; both signed notes are kept as finding "
                "%lld (aw log findings)",
                (long long)id),
        });
}

/* Reads and verifies the checkpoint note. */
static int open_checkpoint(struct log_view *view, const char *file)
{
    struct aw_ctx *ctx = view->ctx;
    const struct aw_policy *policy = &view->trust->use.policy;
    uint8_t *buf = aw_pool_alloc(&ctx->pool, AW_CHECKPOINT_MAX, 1);
    struct aw_wr w = aw_wr_init(buf, AW_CHECKPOINT_MAX);
    struct aw_diag diag = {0};

    if (file != NULL) {
        int code = aw_input_read(ctx, file, AW_CHECKPOINT_MAX, &view->note);

        if (code != AW_EXIT_OK) {
            return code;
        }
    } else {
        const struct aw_store *store = aw_store_face(view->store);
        aw_err err = store->get(store->ctx, AW_LOG_CHECKPOINT, &w, &diag);

        if (err != AW_OK) {
            return log_view_fail(view, err, AW_LOG_CHECKPOINT,
                                 aw_store_why(view->store));
        }
        view->note = aw_wr_done(&w);
    }
    aw_err err = aw_checkpoint_open(view->note, policy->origin, &policy->log, 1,
                                    &view->checkpoint, &diag);

    if (err == AW_OK) {
        err = aw_policy_check_quorum(policy, view->note, (uint64_t)time(NULL),
                                     &diag);
    }
    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_LOG,
                                  .exit = AW_EXIT_LOG,
                                  .subject = file != NULL ? file : "checkpoint",
                                  .diag = &diag,
                              });
    }
    view->tree.size = view->checkpoint.size;
    view->tree.root = view->checkpoint.root;
    return AW_EXIT_OK;
}

static int open_state(struct log_view *view, bool accept)
{
    struct aw_ctx *ctx = view->ctx;
    const char *dir = NULL;
    struct aw_state_options options = {.accept_new_baseline = accept};
    struct aw_host_diag why = {0};
    uint8_t text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    int code = aw_input_dir(ctx, AW_DIR_STATE, &dir);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_vkey_write(&view->trust->use.policy.log, &w);
    aw_state_log_init(&view->state_log,
                      aw_pool_bytes(&ctx->pool, view->trust->use.policy.origin),
                      aw_pool_bytes(&ctx->pool, aw_wr_done(&w)));
    aw_err err = aw_state_open(dir, &options, &view->state, &why);

    if (err == AW_OK) {
        err = aw_state_load(view->state, &view->state_log, &view->seen, &why);
    }
    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_LOCAL,
                                  .subject = dir,
                                  .host = &why,
                                  .diag = &why.diag,
                              });
    }
    return AW_EXIT_OK;
}

static struct aw_tree seen_tree(const struct log_view *view)
{
    struct aw_tree tree = {.size = view->seen.size};

    memcpy(tree.root.b, view->seen.root, sizeof(tree.root.b));
    return tree;
}

static bool has_baseline(const struct log_view *view)
{
    return view->seen.baseline == AW_BASELINE_KNOWN;
}

/* What can be said without reading tiles. */
static int compare_seen(struct log_view *view)
{
    struct aw_tree held = seen_tree(view);

    if (!has_baseline(view)) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_tree_compare(&held, &view->tree, NULL);

    if (err == AW_ERR_FORK) {
        return log_view_finding(
            view, AW_FINDING_FORK, err,
            "a fork: another root is signed for a size seen before");
    }
    if (err == AW_ERR_ROLLBACK) {
        return log_view_finding(
            view, AW_FINDING_ROLLBACK, err,
            aw_pool_printf(&view->ctx->pool,
                           "a rollback: the log shows a tree of size %llu",
                           (unsigned long long)view->tree.size));
    }
    return AW_EXIT_OK;
}

static int open_store(struct log_view *view)
{
    struct aw_host_diag why = {0};

    view->store_options = (struct aw_store_options){
        .offline = view->ctx->global.offline,
        .deadline_ms = view->ctx->global.timeout_ms,
        .cancelled = stop_asked,
    };
    aw_err err =
        aw_store_open(view->source, &view->store_options, &view->store, &why);

    if (err != AW_OK) {
        return aw_report(view->ctx, &(struct aw_finding){
                                        .err = err,
                                        .on = AW_ON_INPUT,
                                        .subject = view->source,
                                        .host = &why,
                                    });
    }
    return AW_EXIT_OK;
}

int log_view_state(struct aw_ctx *ctx, const struct aw_trust *trust,
                   struct log_view *view)
{
    view->ctx = ctx;
    view->trust = trust;
    return open_state(view, false);
}

/* The steps behind log_view_open, for a trust that is there already. */
static int open_with(struct log_view *view, const struct log_view_args *args,
                     const char *source)
{
    int code = aw_trust_need_log(view->ctx, view->trust);

    if (code != AW_EXIT_OK) {
        return code;
    }
    view->source = source != NULL ? source : view->trust->log_url;
    if (view->source == NULL) {
        return aw_usage(view->ctx, "the log's place is missing: give a folder "
                                   "or address, or a policy that names one");
    }
    code = open_store(view);
    if (code == AW_EXIT_OK) {
        code = open_state(view, args->accept_new_baseline);
    }
    if (code == AW_EXIT_OK) {
        code = open_checkpoint(view, args->checkpoint);
    }
    return code == AW_EXIT_OK ? compare_seen(view) : code;
}

int log_view_open(struct aw_ctx *ctx, const struct log_view_args *args,
                  const char *source, struct log_view *view)
{
    struct aw_trust *trust = NULL;

    memset(view, 0, sizeof(*view));
    view->ctx = ctx;
    int code = aw_trust_load(ctx, &args->trust, &trust);

    view->trust = trust;
    return code == AW_EXIT_OK ? open_with(view, args, source) : code;
}

int log_view_layout(struct log_view *view, unsigned choice,
                    enum aw_layout *layout)
{
    if (choice != 0) {
        *layout = choice == 1 ? AW_LAYOUT_SERVERLESS : AW_LAYOUT_TILES;
        return AW_EXIT_OK;
    }
    aw_err err = aw_log_detect(aw_store_face(view->store), view->tree.size,
                               layout, NULL);

    if (err != AW_OK) {
        return log_view_fail(view, err, NULL, aw_store_why(view->store));
    }
    return AW_EXIT_OK;
}

int log_view_tiles(struct log_view *view, unsigned layout)
{
    struct aw_host_diag why = {0};
    enum aw_layout found = AW_LAYOUT_SERVERLESS;
    int code = log_view_layout(view, layout, &found);

    if (code != AW_EXIT_OK) {
        return code;
    }
    view->log = aw_pool_alloc(&view->ctx->pool, 1, sizeof(*view->log));
    aw_err err = aw_log_open(aw_store_face(view->store), found,
                             &view->checkpoint, view->log, &why.diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return log_view_read_fail(view, err, &why);
}

int log_view_advance(struct log_view *view)
{
    struct aw_tree held = seen_tree(view);
    struct aw_host_diag why = {0};
    struct aw_proof proof = {0};
    aw_err err = AW_OK;

    if (has_baseline(view) && held.size != view->tree.size) {
        err = aw_log_follow(view->log, &held, &proof, &why.diag);
    }
    if (err == AW_ERR_PROOF) {
        return log_view_finding(view, AW_FINDING_PROOF, err,
                                "a larger tree that does not begin with the "
                                "one seen before");
    }
    if (err != AW_OK) {
        return log_view_read_fail(view, err, &why);
    }
    struct aw_state_checkpoint next = {
        .size = view->tree.size,
        .root = view->tree.root.b,
        .note = view->note,
    };

    err = aw_state_advance(view->state, &view->state_log, &view->seen, &next,
                           &why);
    if (err == AW_ERR_EXISTS) {
        aw_warn(view->ctx, "another process has saved a newer checkpoint of "
                           "this log meanwhile");
        return AW_EXIT_OK;
    }
    if (err != AW_OK) {
        return aw_report(view->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = err == AW_ERR_FORK || err == AW_ERR_ROLLBACK
                                       ? AW_ON_LOG
                                       : AW_ON_LOCAL,
                             .subject = view->source,
                             .host = &why,
                         });
    }
    return AW_EXIT_OK;
}

static int make_ready(struct log_view *view, unsigned layout)
{
    int code = log_view_tiles(view, layout);

    return code == AW_EXIT_OK ? log_view_advance(view) : code;
}

int log_view_ready(struct aw_ctx *ctx, const struct log_view_args *args,
                   const char *source, struct log_view *view)
{
    int code = log_view_open(ctx, args, source, view);

    return code == AW_EXIT_OK ? make_ready(view, args->layout) : code;
}

int log_view_trusted(struct aw_ctx *ctx, const struct aw_trust *trust,
                     struct log_view *view)
{
    static const struct log_view_args defaults;

    memset(view, 0, sizeof(*view));
    view->ctx = ctx;
    view->trust = trust;
    int code = open_with(view, &defaults, NULL);

    return code == AW_EXIT_OK ? make_ready(view, defaults.layout) : code;
}

void log_view_close(struct log_view *view)
{
    aw_blob_free(&view->seen.note);
    aw_state_close(view->state);
    aw_store_close(view->store);
    view->state = NULL;
    view->store = NULL;
}

void log_view_show(struct log_view *view)
{
    static const char *const baselines[] = {
        [AW_BASELINE_NEW] = "new",
        [AW_BASELINE_ACCEPTED] = "accepted",
        [AW_BASELINE_KNOWN] = "known",
    };
    struct aw_out *out = &view->ctx->out;

    aw_out_text(out, "log", aw_store_name(view->store));
    aw_out_bytes(out, "origin", view->checkpoint.origin);
    aw_out_u64(out, "size", view->tree.size);
    aw_out_base64(out, "root",
                  (aw_bytes){view->tree.root.b, sizeof(view->tree.root.b)});
    aw_out_text(out, "baseline", baselines[view->seen.baseline]);
    if (has_baseline(view)) {
        aw_out_u64(out, "seen_size", view->seen.size);
    }
    aw_policy_put(view->ctx, &view->trust->use);
}
