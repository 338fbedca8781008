/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/clock.h"
#include "common/stop.h"
#include "rebuild/run.h"

/*
 * aw bench rebuild: what it takes to rebuild the history of a log, and what a
 * second run over the same history takes, which finds all results.
 */
static const struct aw_opt rebuild_opts[] = {
    REBUILD_PLAN_OPT,
    REBUILD_JOBS_OPT("2"),
    {.name = "results",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct rebuild_run_args, results),
     .arg = "DIR",
     .required = true,
     .help = "New folder for the results."},
    REBUILD_OPTS(offsetof(struct rebuild_run_args, rebuild)),
};

static size_t cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : (size_t)n;
}

static void show(struct aw_ctx *ctx, const struct rebuild_ran ran[2],
                 const uint64_t ns[2])
{
    struct aw_out *out = &ctx->out;
    uint64_t jobs = ran[0].jobs == 0 ? 1 : ran[0].jobs;
    uint64_t ms = ns[0] / 1000000 == 0 ? 1 : ns[0] / 1000000;

    aw_out_u64(out, "leaves", ran[0].jobs);
    aw_out_u64(out, "builds", ran[0].builds);
    aw_out_u64(out, "reproduced", ran[0].reproduced);
    aw_out_count(out, "processors", cpus());
    aw_out_u64(out, "first_ms", ms);
    aw_out_u64(out, "builds_per_minute", ran[0].builds * 60000 / ms);
    aw_out_u64(out, "ms_per_leaf", ms / jobs);
    aw_out_u64(out, "second_found", ran[1].found);
    aw_out_u64(out, "second_us_per_leaf", ns[1] / 1000 / jobs);
}

static int run_rebuild(struct aw_ctx *ctx, const void *values)
{
    struct rebuild_run_args args = *(const struct rebuild_run_args *)values;
    struct rebuild_ran ran[2];
    uint64_t ns[2] = {0, 0};
    int code = AW_EXIT_OK;

    args.all = true;
    if (access(args.results, F_OK) == 0) {
        return aw_usage(ctx, "--results: %s is there already", args.results);
    }
    for (size_t i = 0; i < 2 && code == AW_EXIT_OK; i++) {
        uint64_t began = bench_wall_ns();

        code = rebuild_run_all(ctx, &args, &ran[i]);
        ns[i] = bench_wall_ns() - began;
    }
    if (aw_cancelled()) {
        return aw_stop_exit();
    }
    if (code == AW_EXIT_OK) {
        show(ctx, ran, ns);
    }
    return code;
}

const struct aw_cmd bench_cmd_rebuild = {
    .name = "rebuild",
    .summary = "rebuilding the history of a log",
    .prose = "Does all jobs of a plan, then asks for all of them again, and "
             "says how long both took. Verdicts do not matter here.",
    .opts = rebuild_opts,
    .n_opts = sizeof(rebuild_opts) / sizeof(rebuild_opts[0]),
    .size = sizeof(struct rebuild_run_args),
    .run = run_rebuild,
};
