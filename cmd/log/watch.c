/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "common/stop.h"
#include "log/log.h"
#include "log/view.h"

struct watch_args {
    struct log_view_args view;
    uint64_t interval_ms;
    uint64_t rounds;
    bool once;
};

static const struct aw_opt watch_opts[] = {
    LOG_VIEW_OPTS(offsetof(struct watch_args, view)),
    {.name = "interval",
     .alias = "poll-interval",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct watch_args, interval_ms),
     .arg = "DURATION",
     .fallback = "1m",
     .help = "Pause between two looks."},
    {.name = "rounds",
     .type = AW_OPT_U64,
     .at = offsetof(struct watch_args, rounds),
     .arg = "N",
     .help = "Ends after N looks. Default: goes on until stopped."},
    {.name = "once",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct watch_args, once),
     .help = "One look, as --rounds=1."},
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

/* A problem of the environment passes; everything else ends the watch. */
static bool passes(int code)
{
    return aw_exit_row(code)->retry;
}

/* A watch under way. */
struct watch {
    const struct watch_args *args;
    const struct aw_trust *trust;
    const char *source;
    uint64_t size; /* seen last */
    bool any;      /* something was shown */
    bool unread;   /* standard output is gone */
};

static int look(struct aw_ctx *ctx, struct watch *watch)
{
    struct log_view view = {0};
    int code = log_view_look(ctx, &watch->args->view, watch->trust,
                             watch->source, &view);

    if (code == AW_EXIT_OK && (watch->size != view.tree.size || !watch->any)) {
        aw_out_begin(&ctx->out, NULL);
        log_view_show(&view);
        aw_out_end(&ctx->out);
        watch->unread = !aw_out_flush(&ctx->out);
        aw_events_put(&ctx->events, &(struct aw_event){.step = "watch",
                                                       .state = "progress",
                                                       .counted = true,
                                                       .done = view.tree.size,
                                                       .unit = "leaves"});
        watch->size = view.tree.size;
        watch->any = true;
    }
    log_view_close(&view);
    return code;
}

static int run_watch(struct aw_ctx *ctx, const void *values)
{
    const struct watch_args *args = values;
    struct aw_trust *trust = NULL;
    uint64_t rounds = args->once ? 1 : args->rounds;
    int code = aw_trust_load(ctx, &args->view.trust, &trust);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct watch watch = {
        .args = args,
        .trust = trust,
        .source = ctx->operands.n > 0 ? ctx->operands.item[0] : NULL,
    };

    aw_out_begin_list(&ctx->out, "checkpoints");
    for (uint64_t i = 0; (rounds == 0 || i < rounds) && !aw_cancelled(); i++) {
        if (i > 0) {
            pause_ms(args->interval_ms);
        }
        code = aw_cancelled() ? AW_EXIT_OK : look(ctx, &watch);
        if (watch.unread || (code != AW_EXIT_OK && !passes(code))) {
            break;
        }
    }
    aw_out_end_list(&ctx->out);
    return aw_cancelled() ? aw_stop_exit() : code;
}

const struct aw_cmd aw_cmd_log_watch = {
    .name = "watch",
    .summary = "follow a log and notice when it misbehaves",
    .prose = "Looks at the log again and again, proves that each checkpoint "
             "continues the last one, and saves it. A fork, a rollback or a "
             "wrong proof ends the watch with exit code 12; both notes are "
             "kept, see aw log findings. Failures of the network are reported "
             "and tried again.",
    .operands = "[SOURCE]",
    .max_operands = 1,
    .opts = watch_opts,
    .n_opts = sizeof(watch_opts) / sizeof(watch_opts[0]),
    .size = sizeof(struct watch_args),
    .run = run_watch,
};
