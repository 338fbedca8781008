/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/stop.h"
#include "log/audit.h"
#include "log/audit_strays.h"
#include "log/log.h"
#include "log/view.h"

struct audit_args {
    struct log_view_args view;
    uint64_t jobs;
    bool from_leaves;
    bool from_tiles;
    bool restart;
};

static const struct aw_opt audit_opts[] = {
    LOG_VIEW_OPTS(offsetof(struct audit_args, view)),
    {.name = "jobs",
     .type = AW_OPT_U64,
     .at = offsetof(struct audit_args, jobs),
     .arg = "N",
     .help = "Workers, 1 to 64. Default: the number of cores, at most 64."},
    {.name = "from-leaves",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct audit_args, from_leaves),
     .help = "Hash every leaf (the default). A missing leaf ends the audit "
             "with exit code 20."},
    {.name = "from-tiles",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct audit_args, from_tiles),
     .help = "Take the leaf hashes from the tiles. Leaves of a local log are "
             "compared where they are there, missing ones are named."},
    {.name = "restart",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct audit_args, restart),
     .help = "Do not go on where an interrupted audit stopped."},
};

/* Where a later run finds what this one did. */
struct resume {
    struct log_view *view;
    struct aw_state_progress name;
    bool warned;
};

static void save_progress(void *ctx, aw_bytes value)
{
    struct resume *resume = ctx;
    struct aw_host_diag why = {0};
    aw_err err =
        aw_state_progress_put(resume->view->state, &resume->name, value, &why);

    if (err != AW_OK && !resume->warned) {
        resume->warned = true;
        aw_warn(resume->view->ctx, "progress cannot be saved: %s", why.text);
    }
}

static aw_bytes load_progress(struct resume *resume)
{
    struct aw_pool *pool = &resume->view->ctx->pool;
    uint8_t *buf = aw_pool_alloc(pool, AUDIT_RESUME_MAX, 1);
    struct aw_wr w = aw_wr_init(buf, AUDIT_RESUME_MAX);

    if (aw_state_progress_get(resume->view->state, &resume->name, &w, NULL) !=
        AW_OK) {
        return (aw_bytes){NULL, 0};
    }
    return aw_wr_done(&w);
}

static void show_missing(struct aw_ctx *ctx, const struct audit_gaps *missing)
{
    aw_out_u64(&ctx->out, "missing_leaves", missing->leaves);
    if (missing->n == 0) {
        return;
    }
    aw_out_begin_list(&ctx->out, "missing");
    for (size_t i = 0; i < missing->n; i++) {
        aw_out_begin(&ctx->out, NULL);
        aw_out_u64(&ctx->out, "first", missing->run[i].first);
        aw_out_u64(&ctx->out, "last", missing->run[i].last);
        aw_out_end(&ctx->out);
    }
    aw_out_end_list(&ctx->out);
    if (missing->more) {
        aw_warn(ctx, "more runs of leaves are missing than are listed");
    }
}

/* NULL: a server lists no files. */
static void show_strays(struct aw_ctx *ctx, const struct audit_strays *strays)
{
    aw_out_begin(&ctx->out, "other_files");
    aw_out_bool(&ctx->out, "listed", strays != NULL);
    if (strays == NULL) {
        aw_out_end(&ctx->out);
        return;
    }
    aw_out_u64(&ctx->out, "older", strays->older);
    aw_out_u64(&ctx->out, "newer", strays->newer);
    aw_out_u64(&ctx->out, "beyond", strays->beyond);
    aw_out_u64(&ctx->out, "foreign", strays->foreign);
    aw_out_u64(&ctx->out, "dangling", strays->dangling);
    aw_out_end(&ctx->out);
    if (strays->foreign > 0) {
        aw_warn(ctx,
                "%llu files below tile/ have no name of this layout, %s "
                "is one of them",
                (unsigned long long)strays->foreign, strays->first_foreign);
    }
    if (strays->dangling > 0) {
        aw_warn(ctx,
                "%llu names of old partial tiles are links to nothing: copies "
                "of the log that were moved have such links",
                (unsigned long long)strays->dangling);
    }
    if (strays->newer > 0) {
        aw_warn(ctx,
                "%llu files below tile/ are of a larger tree: of these only "
                "what the checkpoint covers was audited",
                (unsigned long long)strays->newer);
    }
    if (strays->beyond > 0) {
        aw_warn(ctx,
                "%llu files below tile/ lie beyond the checkpoint and "
                "were not audited, %s is one of them",
                (unsigned long long)strays->beyond, strays->first_beyond);
    }
}

static const char *leaves_text(const struct audit_plan *plan, bool remote)
{
    if (!plan->from_tiles) {
        return "hashed";
    }
    return remote ? "not checked" : "hashed where present";
}

static void show_result(struct log_view *view, const struct audit_plan *plan,
                        const struct audit_result *result)
{
    struct aw_out *out = &view->ctx->out;
    bool remote = aw_store_is_remote(view->store);

    aw_out_text(out, "layout",
                plan->layout == AW_LAYOUT_TILES ? "tiles" : "serverless");
    aw_out_base64(out, "computed_root",
                  (aw_bytes){result->root.b, sizeof(result->root.b)});
    aw_out_text(out, "leaves", leaves_text(plan, remote));
    aw_out_u64(out, "tiles_read", result->tiles);
    aw_out_u64(out, "resumed_from", result->resumed_from);
    if (result->resumed_from > 0) {
        aw_warn(view->ctx,
                "the first %" PRIu64 " leaves were audited by an earlier run "
                "that was interrupted, and not read again; --restart reads all",
                result->resumed_from);
    }
    if (plan->from_tiles && !remote) {
        show_missing(view->ctx, &result->missing);
    }
    if (plan->layout == AW_LAYOUT_SERVERLESS) {
        aw_out_text(out, "leaf_index",
                    plan->check_index ? "checked" : "not checked");
    }
}

/* A serverless log on a disk may have an index of leaf hashes; it is checked
 * when there is one. */
static bool has_index(struct log_view *view, const struct audit_plan *plan)
{
    char path[4096];

    if (plan->layout != AW_LAYOUT_SERVERLESS || plan->from_tiles ||
        aw_store_is_remote(view->store)) {
        return false;
    }
    const char *dir = aw_store_name(view->store);
    struct aw_wr w = aw_wr_init(path, sizeof(path) - 1);

    aw_wr_text(&w, dir);
    aw_wr_text(&w, "/leaves");
    if (w.failed) {
        return false;
    }
    path[w.n] = '\0';
    return access(path, F_OK) == 0;
}

static int do_audit(struct log_view *view, const struct audit_plan *plan)
{
    struct aw_ctx *ctx = view->ctx;
    struct audit_result *result = aw_pool_alloc(&ctx->pool, 1, sizeof(*result));
    struct audit_strays strays = {0};
    aw_err err = audit_run(plan, result);

    if (err == AW_OK && !aw_store_is_remote(view->store)) {
        err = audit_strays_run(plan, &strays, result);
    }
    if (err == AW_ERR_CANCELLED && !aw_cancelled()) {
        aw_warn(ctx, "so much is wrong that the audit stopped early");
    } else if (err != AW_OK) {
        return log_view_fail(view, err, result->path, &result->why);
    }
    show_result(view, plan, result);
    show_strays(ctx, aw_store_is_remote(view->store) ? NULL : &strays);
    aw_out_text(&ctx->out, "verdict",
                ctx->found.exit == 0 ? "passed" : "failed");
    return ctx->found.exit;
}

/* The audited tree becomes the saved one; progress is of no more use. */
static int finish(struct log_view *view)
{
    int code = log_view_advance(view);

    if (code == AW_EXIT_OK) {
        (void)!aw_state_progress_clear(view->state, view->state_log.id, NULL);
    }
    return code;
}

/* Names what was read, and how: what one copy of a log was found to hold says
 * nothing about another copy. */
static const char *progress_key(struct log_view *view,
                                const struct audit_plan *plan)
{
    const char *name = aw_store_name(view->store);
    char *real = plan->remote ? NULL : realpath(name, NULL);
    const char *key = aw_pool_printf(&view->ctx->pool, "audit from %s%s: %s",
                                     plan->from_tiles ? "tiles" : "leaves",
                                     plan->check_index ? " with index" : "",
                                     real == NULL ? name : real);

    free(real);
    return key;
}

static int audit(struct log_view *view, const struct audit_args *args)
{
    struct aw_ctx *ctx = view->ctx;
    struct audit_plan plan = {
        .source = view->source,
        .name = view->name,
        .store_options = &view->store_options,
        .tree = view->tree,
        .from_tiles = args->from_tiles,
        .jobs = (unsigned)args->jobs,
        .ctx = ctx,
        .save = save_progress,
    };
    struct resume resume = {.view = view};
    int code = log_view_layout(view, &plan.layout);

    if (code != AW_EXIT_OK) {
        return code;
    }
    plan.remote = aw_store_is_remote(view->store);
    plan.check_index = has_index(view, &plan);
    resume.name = (struct aw_state_progress){
        .log_id = view->state_log.id,
        .root = view->tree.root.b,
        .layout = plan.layout == AW_LAYOUT_TILES ? "tiles" : "serverless",
        .key = progress_key(view, &plan),
    };
    plan.save_ctx = &resume;
    if (!args->restart) {
        plan.resume = load_progress(&resume);
    }
    plan.progress = aw_progress_begin(
        ctx, &(struct aw_step){
                 .name = "audit", .unit = "leaves", .total = view->tree.size});
    code = do_audit(view, &plan);
    aw_progress_end(plan.progress, code == AW_EXIT_OK);
    return code == AW_EXIT_OK ? finish(view) : code;
}

unsigned audit_jobs(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1) {
        return 1;
    }
    return cores < AUDIT_JOBS_MAX ? (unsigned)cores : (unsigned)AUDIT_JOBS_MAX;
}

static int run_audit(struct aw_ctx *ctx, const void *values)
{
    struct audit_args args = *(const struct audit_args *)values;
    struct log_view view;

    if (args.from_leaves && args.from_tiles) {
        return aw_usage(ctx, "--from-leaves and --from-tiles exclude each "
                             "other");
    }
    if (args.jobs == 0 && !aw_opts_given(&ctx->opts, "jobs")) {
        args.jobs = audit_jobs();
    }
    if (args.jobs == 0 || args.jobs > AUDIT_JOBS_MAX) {
        return aw_usage(ctx, "--jobs is 1 to 64");
    }
    int code = log_view_open(ctx, &args.view,
                             ctx->operands.n > 0 ? ctx->operands.item[0] : NULL,
                             &view);

    if (code == AW_EXIT_OK) {
        log_view_show(&view);
        code = audit(&view, &args);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_log_audit = {
    .name = "audit",
    .summary = "compute every hash of a log again",
    .prose = "Computes every tile and the root of a log again and compares "
             "them with the files and the signed checkpoint. Works in "
             "parallel, in constant memory, and goes on where an interrupted "
             "run stopped. The checkpoint is first compared with the one saved "
             "before. Of a local log every file below tile/ is audited, old "
             "partial tiles too.",
    .operands = "[SOURCE]",
    .max_operands = 1,
    .opts = audit_opts,
    .n_opts = sizeof(audit_opts) / sizeof(audit_opts[0]),
    .size = sizeof(struct audit_args),
    .run = run_audit,
};
