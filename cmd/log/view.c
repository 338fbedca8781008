/* SPDX-License-Identifier: Apache-2.0 */
#include "log/view.h"

#include <string.h>
#include <time.h>

#include "common/explain.h"
#include "common/input.h"
#include "common/stop.h"

/* True for errors that mean: the bytes are there, but wrong. */
static bool is_content(aw_err err)
{
    return err == AW_ERR_SHORT || err == AW_ERR_FORMAT || err == AW_ERR_RANGE ||
           err == AW_ERR_DIGEST || err == AW_ERR_ROOT;
}

/* What the errors mean that depend on the file. */
static void explain(const struct log_view *view, aw_err err, const char *path,
                    struct aw_finding *finding)
{
    bool remote = view->store != NULL && aw_store_is_remote(view->store);
    bool checkpoint = path != NULL && strcmp(path, AW_LOG_CHECKPOINT) == 0;

    if (err == AW_ERR_CANCELLED) {
        finding->exit = aw_stop_exit();
    } else if (err == AW_ERR_NOT_FOUND && checkpoint) {
        finding->exit = AW_EXIT_NETWORK;
        finding->expected = "a log, which has its signed checkpoint here";
        finding->remedy = "check the folder or address: it is the one that "
                          "has the file \"checkpoint\" in it";
    } else if (err == AW_ERR_NOT_FOUND) {
        finding->exit = AW_EXIT_NETWORK;
        finding->expected = "a file that the signed checkpoint asks for";
        finding->remedy = "try again later or with another copy of the log; "
                          "aw log audit --from-tiles does without leaves";
    } else if (err == AW_ERR_SPACE && !remote) {
        finding->exit = checkpoint ? AW_EXIT_LOG : AW_EXIT_MISMATCH;
        finding->expected = "a file of at most the size that a log's file has";
    } else if (is_content(err)) {
        finding->exit = remote ? AW_EXIT_LOG : AW_EXIT_MISMATCH;
    }
}

static const char *place_of(struct log_view *view, const char *path)
{
    size_t n = strlen(view->name);
    bool slash = n > 0 && view->name[n - 1] == '/';

    return aw_pool_printf(log_view_pool(view), "%s%s%s", view->name,
                          slash ? "" : "/", path);
}

int log_view_fail(struct log_view *view, aw_err err, const char *path,
                  const struct aw_host_diag *why)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_LOG,
        .subject = view->name,
        .host = why,
    };

    if (path != NULL && path[0] != '\0') {
        finding.subject = place_of(view, path);
    }
    explain(view, err, path, &finding);
    return aw_report(view->ctx, &finding);
}

int log_view_read_fail(struct log_view *view, aw_err err,
                       const struct aw_host_diag *why)
{
    bool content = is_content(err) || err == AW_ERR_PROOF;

    return log_view_fail(view, err, view->log->path.text,
                         content ? why : aw_store_why(view->store));
}

/* Reads and verifies the checkpoint note. */
static int open_checkpoint(struct log_view *view, const char *file)
{
    struct aw_ctx *ctx = view->ctx;
    const struct aw_policy *policy = &view->trust->use.policy;
    uint8_t *buf = aw_pool_alloc(log_view_pool(view), AW_CHECKPOINT_MAX, 1);
    struct aw_wr w = aw_wr_init(buf, AW_CHECKPOINT_MAX);
    struct aw_diag diag = {0};

    if (file != NULL) {
        int code = aw_input_checkpoint(ctx, file, &view->note);

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
        struct aw_finding f = {
            .err = err,
            .on = AW_ON_LOG,
            .exit = AW_EXIT_LOG,
            .subject = file != NULL ? file : place_of(view, AW_LOG_CHECKPOINT),
            .diag = &diag,
        };

        aw_explain_checkpoint(ctx, view->note, policy, &f);
        return aw_report(ctx, &f);
    }
    view->tree.size = view->checkpoint.size;
    view->tree.root = view->checkpoint.root;
    return AW_EXIT_OK;
}

/* An address without what stands before its '@'. */
static const char *without_password(struct log_view *view, const char *source)
{
    const char *host = strstr(source, "://");

    if (host == NULL) {
        return source;
    }
    host += strlen("://");
    size_t n = strcspn(host, "/?#");
    size_t at = n;

    while (at > 0 && host[at - 1] != '@') {
        at--;
    }
    return aw_pool_printf(log_view_pool(view), "%.*s%s", (int)(host - source),
                          source, host + at);
}

static int open_store(struct log_view *view, const struct aw_net_args *net)
{
    struct aw_host_diag why = {0};
    int code = aw_net_options(view->ctx, net, &view->store_options);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err =
        aw_store_open(view->source, &view->store_options, &view->store, &why);

    if (err != AW_OK) {
        return aw_report(view->ctx, &(struct aw_finding){
                                        .err = err,
                                        .on = AW_ON_INPUT,
                                        .subject = view->name,
                                        .host = &why,
                                    });
    }
    return AW_EXIT_OK;
}

/* The steps behind log_view_open, for a trust that is there already. */
static int open_with(struct log_view *view, const struct log_view_args *args,
                     const struct aw_net_args *net, const char *source)
{
    int code = aw_trust_need_log(view->ctx, view->trust);

    view->layout = args->layout;
    if (code != AW_EXIT_OK) {
        return code;
    }
    view->source = source != NULL ? source : view->trust->log_url;
    if (view->source == NULL) {
        return aw_usage(view->ctx, "the log's place is missing: give a folder "
                                   "or address, or a policy that names one");
    }
    view->name = without_password(view, view->source);
    code = open_store(view, net);
    if (code == AW_EXIT_OK) {
        code = log_view_state(view->ctx, view->trust, args->accept_new_baseline,
                              view);
    }
    if (code == AW_EXIT_OK) {
        code = open_checkpoint(view, args->checkpoint);
    }
    return code == AW_EXIT_OK ? log_view_compare(view) : code;
}

int log_view_open(struct aw_ctx *ctx, const struct log_view_args *args,
                  const char *source, struct log_view *view)
{
    struct aw_trust *trust = NULL;

    memset(view, 0, sizeof(*view));
    view->ctx = ctx;
    int code = aw_trust_load(ctx, &args->trust, &trust);

    view->trust = trust;
    return code == AW_EXIT_OK ? open_with(view, args, &args->net, source)
                              : code;
}

int log_view_layout(struct log_view *view, enum aw_layout *layout)
{
    if (view->layout != 0) {
        *layout = view->layout == 1 ? AW_LAYOUT_SERVERLESS : AW_LAYOUT_TILES;
        return AW_EXIT_OK;
    }
    aw_err err = aw_log_detect(aw_store_face(view->store), view->tree.size,
                               layout, NULL);

    if (err == AW_ERR_NOT_FOUND) {
        return aw_report(
            view->ctx,
            &(struct aw_finding){
                .err = err,
                .on = AW_ON_LOG,
                .exit = AW_EXIT_NETWORK,
                .subject = view->name,
                .expected = aw_pool_printf(
                    log_view_pool(view),
                    "the last tile of a tree of size %llu, in either layout",
                    (unsigned long long)view->tree.size),
                .got = "no such file in either layout",
                .remedy = "try again later or with another copy of the log; "
                          "tiles must be as new as the checkpoint",
            });
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : log_view_fail(view, err, NULL, aw_store_why(view->store));
}

int log_view_tiles(struct log_view *view)
{
    struct aw_host_diag why = {0};
    enum aw_layout found = AW_LAYOUT_SERVERLESS;
    int code = log_view_layout(view, &found);

    if (code != AW_EXIT_OK) {
        return code;
    }
    view->log = aw_pool_alloc(log_view_pool(view), 1, sizeof(*view->log));
    aw_err err = aw_log_open(aw_store_face(view->store), found,
                             &view->checkpoint, view->log, &why.diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return log_view_read_fail(view, err, &why);
}

static int make_ready(struct log_view *view)
{
    int code = log_view_tiles(view);

    return code == AW_EXIT_OK ? log_view_advance(view) : code;
}

int log_view_ready(struct aw_ctx *ctx, const struct log_view_args *args,
                   const char *source, struct log_view *view)
{
    int code = log_view_open(ctx, args, source, view);

    return code == AW_EXIT_OK ? make_ready(view) : code;
}

int log_view_look(struct aw_ctx *ctx, const struct log_view_args *args,
                  const struct aw_trust *trust, const char *source,
                  struct log_view *view)
{
    memset(view, 0, sizeof(*view));
    view->ctx = ctx;
    view->trust = trust;
    aw_pool_init(&view->pool);
    view->has_pool = true;
    int code = open_with(view, args, &args->net, source);

    return code == AW_EXIT_OK ? make_ready(view) : code;
}

int log_view_trusted(struct aw_ctx *ctx, const struct aw_trust *trust,
                     bool accept, struct log_view *view)
{
    const struct log_view_args args = {.accept_new_baseline = accept};

    memset(view, 0, sizeof(*view));
    view->ctx = ctx;
    view->trust = trust;
    int code = open_with(view, &args, NULL, NULL);

    return code == AW_EXIT_OK ? make_ready(view) : code;
}

struct aw_pool *log_view_pool(struct log_view *view)
{
    return view->has_pool ? &view->pool : &view->ctx->pool;
}

void log_view_close(struct log_view *view)
{
    aw_blob_free(&view->seen.note);
    aw_state_close(view->state);
    aw_store_close(view->store);
    if (view->has_pool) {
        aw_pool_wipe(&view->pool);
    }
    view->has_pool = false;
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
    aw_out_text(out, "baseline", baselines[view->baseline]);
    if (view->baseline == AW_BASELINE_KNOWN) {
        aw_out_u64(out, "seen_size", view->seen_size);
    }
    aw_policy_put(view->ctx, &view->trust->use);
}
