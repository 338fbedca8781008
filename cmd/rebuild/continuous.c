/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/post.h"
#include "common/stop.h"
#include "rebuild/monitor.h"
#include "rebuild/rebuild.h"
#include "rebuild/state.h"

struct continuous_args {
    struct rebuild_args rebuild;
    uint64_t interval_ms;
    uint64_t retry_ms;
    uint64_t start_index;
    uint64_t rounds;
    const char *state_file;
    const char *hook_exec;
    const char *hook_url;
    bool once;
};

static const struct aw_opt continuous_opts[] = {
    {.name = "poll-interval",
     .alias = "interval",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct continuous_args, interval_ms),
     .arg = "DURATION",
     .fallback = "1m",
     .help = "Pause between two looks at the log."},
    {.name = "retry-pause",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct continuous_args, retry_ms),
     .arg = "DURATION",
     .fallback = "5m",
     .help = "Pause before a leaf is tried again that could not be built; "
             "doubled each time, at most a day."},
    {.name = "start-index",
     .type = AW_OPT_U64,
     .at = offsetof(struct continuous_args, start_index),
     .arg = "N",
     .help = "First leaf, when the state knows of none yet."},
    {.name = "state-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct continuous_args, state_file),
     .arg = "FILE",
     .help = "Checkpoint up to which all was rebuilt, as upstream keeps it: "
             "read when the state knows of no leaf yet, written after each "
             "look. Our own state is in --state."},
    {.name = "hook-exec",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct continuous_args, hook_exec),
     .arg = "PROGRAM",
     .help = "Run this program for each finding, as JSON on its standard "
             "input, until it has succeeded once."},
    {.name = "hook-url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct continuous_args, hook_url),
     .arg = "URL",
     .help = "Send each finding as JSON to this address by POST, until it "
             "was taken once."},
    {.name = "rounds",
     .type = AW_OPT_U64,
     .at = offsetof(struct continuous_args, rounds),
     .arg = "N",
     .help = "Ends after N looks. Default: goes on until stopped."},
    {.name = "once",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct continuous_args, once),
     .help = "One look, as --rounds=1."},
    REBUILD_OPTS(offsetof(struct continuous_args, rebuild)),
};

struct watch {
    const struct continuous_args *args;
    struct rebuild_monitor m;
    uint64_t first; /* where a new queue begins */
};

/* Sleeps, in steps short enough to be stopped. */
static void pause_ms(uint64_t ms)
{
    enum { STEP_MS = 100 };

    for (uint64_t at = 0; at < ms && !aw_cancelled(); at += STEP_MS) {
        struct timespec t = {0, STEP_MS * 1000000L};

        (void)nanosleep(&t, NULL);
    }
}

/* --- Upstream's state ------------------------------------------------------ */

static int bad_state_file(struct watch *w, aw_err err)
{
    return aw_report(w->m.engine->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_LOCAL,
                         .exit = AW_EXIT_STATE,
                         .subject = w->args->state_file,
                         .expected = "an earlier checkpoint of this log",
                         .remedy = "remove it, and say where to begin with "
                                   "--start-index",
                     });
}

static enum aw_finding_kind kind_of(aw_err err)
{
    return err == AW_ERR_FORK       ? AW_FINDING_FORK
           : err == AW_ERR_ROLLBACK ? AW_FINDING_ROLLBACK
                                    : AW_FINDING_PROOF;
}

/* The log has signed both checkpoints: one must continue the other. */
static int check_continues(const struct watch *w, struct log_view *view,
                           const struct aw_checkpoint *checkpoint,
                           aw_bytes note)
{
    const struct aw_tree held = {checkpoint->size, checkpoint->root};
    struct aw_proof proof = {0};
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_log_follow(view->log, &held, &proof, &why.diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    if (err != AW_ERR_FORK && err != AW_ERR_ROLLBACK && err != AW_ERR_PROOF) {
        return log_view_read_fail(view, err, &why);
    }
    return log_view_conflict(
        view, &(struct log_conflict){
                  .kind = kind_of(err),
                  .err = err,
                  .saved = note,
                  .shown = view->note,
                  .subject = view->name,
                  .expected = aw_pool_printf(
                      log_view_pool(view),
                      "a continuation of the tree of size %llu in %s",
                      (unsigned long long)held.size, w->args->state_file),
                  .detail = "not a continuation of the checkpoint of "
                            "--state-file",
              });
}

/* The first leaf of a new queue: what upstream's state says, or the option. */
static int find_first(struct watch *w, struct log_view *view)
{
    const struct aw_policy *policy = &w->m.engine->trust->use.policy;
    struct aw_checkpoint checkpoint;
    struct aw_host_diag why = {.network = false};
    aw_bytes note = {NULL, 0};
    uint64_t next = 0;
    aw_err err =
        aw_rebuilds_cursor(view->state, view->state_log.id, &next, &why);

    w->first = w->args->start_index;
    if (err != AW_ERR_NOT_FOUND || w->args->state_file == NULL ||
        access(w->args->state_file, F_OK) != 0) {
        return err == AW_OK || err == AW_ERR_NOT_FOUND
                   ? AW_EXIT_OK
                   : rebuild_state_fail(view, err, &why);
    }
    int code =
        aw_input_checkpoint(w->m.engine->ctx, w->args->state_file, &note);

    if (code != AW_EXIT_OK) {
        return code;
    }
    err = aw_checkpoint_open(note, policy->origin, &policy->log, 1, &checkpoint,
                             &why.diag);
    if (err != AW_OK) {
        return bad_state_file(w, err);
    }
    code = check_continues(w, view, &checkpoint, note);
    if (code != AW_EXIT_OK) {
        return code;
    }
    w->first = checkpoint.size;
    return AW_EXIT_OK;
}

static int put_state_file(const struct watch *w, const struct log_view *view)
{
    struct aw_host_diag why = {.network = false};

    if (w->args->state_file == NULL || aw_cancelled()) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_file_write(w->args->state_file, view->note, 0644,
                               AW_FILE_REPLACE, &why);

    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(w->m.engine->ctx, &(struct aw_finding){
                                                 .err = err,
                                                 .on = AW_ON_LOCAL,
                                                 .subject = w->args->state_file,
                                                 .host = &why,
                                             });
}

/* --- A look ---------------------------------------------------------------- */

static int queue(struct watch *w, struct log_view *view)
{
    struct aw_host_diag why = {.network = false};
    int64_t now = (int64_t)time(NULL);
    int code = find_first(w, view);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_rebuilds_queue(view->state, view->state_log.id, w->first,
                                   view->tree.size, now, &why);

    if (err != AW_OK) {
        return rebuild_state_fail(view, err, &why);
    }
    w->m.pulse.look_time = now;
    w->m.pulse.size = view->tree.size;
    return AW_EXIT_OK;
}

static int look(struct watch *w)
{
    struct log_view view = {0};
    struct rebuild_monitor *m = &w->m;
    int code = log_view_look(m->engine->ctx, &w->args->rebuild.view,
                             m->engine->trust, NULL, &view);

    m->view = &view;
    m->pulse.looks++;
    if (code == AW_EXIT_OK) {
        code = queue(w, &view);
    }
    m->pulse.exit = code;
    rebuild_beat(m);
    if (code == AW_EXIT_OK) {
        int hook = rebuild_hook(m);

        code = rebuild_work(m);
        code = code == AW_EXIT_OK ? hook : code;
    }
    if (code == AW_EXIT_OK) {
        code = put_state_file(w, &view);
    }
    m->pulse.exit = code;
    rebuild_beat(m);
    m->view = NULL;
    log_view_close(&view);
    return code;
}

/* The last word to those who watch the monitor. */
static void say_ended(struct watch *w)
{
    struct log_view view = {0};

    if (log_view_state(w->m.engine->ctx, w->m.engine->trust, false, &view) ==
        AW_EXIT_OK) {
        w->m.pulse.ended = true;
        w->m.view = &view;
        rebuild_beat(&w->m);
        w->m.view = NULL;
    }
    log_view_close(&view);
}

static int follow(struct watch *w)
{
    struct aw_ctx *ctx = w->m.engine->ctx;
    uint64_t rounds = w->args->once ? 1 : w->args->rounds;
    int code = AW_EXIT_OK;

    aw_out_begin_list(&ctx->out, "rebuilds");
    for (uint64_t i = 0; (rounds == 0 || i < rounds) && !aw_cancelled(); i++) {
        if (i > 0) {
            pause_ms(w->args->interval_ms);
        }
        code = aw_cancelled() ? AW_EXIT_OK : look(w);
        if (w->m.unread || (code != AW_EXIT_OK && !aw_exit_row(code)->retry)) {
            break; /* everything but the environment, which passes */
        }
    }
    aw_out_end_list(&ctx->out);
    return code;
}

/* A state that cannot be used is said once, before anything is looked at. */
static int try_state(struct watch *w)
{
    struct log_view view = {0};
    int code = log_view_state(w->m.engine->ctx, w->m.engine->trust,
                              w->args->rebuild.view.accept_new_baseline, &view);

    log_view_close(&view);
    return code;
}

static int make_ready(struct aw_ctx *ctx, struct watch *w)
{
    const struct continuous_args *args = w->args;
    struct rebuild_engine *e = w->m.engine;

    if (args->hook_url != NULL && !aw_post_url_ok(args->hook_url)) {
        return aw_usage(ctx, "--hook-url: http(s)://host/path, without name, "
                             "password, query and fragment");
    }
    int code = rebuild_engine_open(ctx, &args->rebuild, e);

    if (code == AW_EXIT_OK) {
        code = aw_trust_need_log(ctx, e->trust);
    }
    if (code == AW_EXIT_OK) {
        code = try_state(w);
    }
    if (code == AW_EXIT_OK && e->evidence == NULL) {
        const char *state = NULL;

        code = aw_input_dir(ctx, AW_DIR_STATE, &state);
        e->evidence = code == AW_EXIT_OK
                          ? aw_pool_printf(&ctx->pool, "%s/rebuilds", state)
                          : NULL;
    }
    return code;
}

static void show_counts(struct watch *w)
{
    struct aw_ctx *ctx = w->m.engine->ctx;
    struct rebuild_counts counts = {.open = 0};

    if (rebuild_count(ctx, w->m.engine->trust, &counts) == AW_EXIT_OK) {
        aw_out_u64(&ctx->out, "log_size", w->m.pulse.size);
        aw_out_u64(&ctx->out, "rebuilt", w->m.pulse.rebuilt);
        aw_out_u64(&ctx->out, "pending", counts.pending);
        aw_out_u64(&ctx->out, "unacknowledged", counts.open);
    }
}

static int run_continuous(struct aw_ctx *ctx, const void *values)
{
    const struct continuous_args *args = values;
    struct rebuild_engine *e = aw_pool_alloc(&ctx->pool, 1, sizeof(*e));
    struct watch w = {.args = args,
                      .m = {.engine = e,
                            .retry_ms = args->retry_ms,
                            .hook_exec = args->hook_exec,
                            .hook_url = args->hook_url,
                            .pulse = {.started = (int64_t)time(NULL)}}};
    ctx->stop_is_end = true;
    int code = make_ready(ctx, &w);

    w.m.buf = rebuild_leaf_buf(ctx);
    if (code == AW_EXIT_OK) {
        code = follow(&w);
        say_ended(&w);
        show_counts(&w);
    }
    rebuild_engine_close(e);
    /* To be stopped is how it ends, and no failure. */
    return !aw_cancelled()                      ? code
           : aw_stop_exit() == AW_EXIT_DECLINED ? AW_EXIT_OK
                                                : aw_stop_exit();
}

const struct aw_cmd aw_cmd_rebuild_continuous = {
    .name = "continuous",
    .summary = "follow a log and rebuild every release",
    .prose = "Looks at the log again and again, and rebuilds every entry that "
             "it has not rebuilt yet. What became of each is kept in the state "
             "directory, see aw verify-build findings. It may be stopped and "
             "killed at any time: no entry is passed over, and none is "
             "reported twice.",
    .opts = continuous_opts,
    .n_opts = sizeof(continuous_opts) / sizeof(continuous_opts[0]),
    .size = sizeof(struct continuous_args),
    .run = run_continuous,
};
