/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/folder.h"
#include "bench/make_log.h"
#include "log/audit.h"

/*
 * aw bench log: makes a log, audits it with 1 to n jobs, each in a process of
 * its own, so that memory and CPU time belong to the audit alone.
 */
struct log_args {
    uint64_t leaves;
    uint64_t size;
    uint64_t jobs;
    uint64_t runs;
    struct bench_place where;
};

static const struct aw_opt log_opts[] = {
    {.name = "leaves",
     .type = AW_OPT_U64,
     .at = offsetof(struct log_args, leaves),
     .arg = "N",
     .fallback = "1000000",
     .help = "Leaves of the log that is made."},
    {.name = "size",
     .type = AW_OPT_U64,
     .at = offsetof(struct log_args, size),
     .arg = "BYTES",
     .fallback = "240",
     .help = "Bytes of one leaf, 16 to 65535."},
    {.name = "jobs",
     .type = AW_OPT_U64,
     .at = offsetof(struct log_args, jobs),
     .arg = "N",
     .help = "Audit with 1 to N jobs. Default: the number of cores."},
    {.name = "runs",
     .type = AW_OPT_U64,
     .at = offsetof(struct log_args, runs),
     .arg = "N",
     .fallback = "3",
     .help = "Runs for each number of jobs; the best counts."},
    BENCH_PLACE_OPTS(offsetof(struct log_args, where)),
};

/* What one audit took, sent from the process that did it. */
struct run_figures {
    aw_err err;
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t peak_kib;
    aw_hash root;
};

/* In the child: one audit, its figures into the pipe. */
static AW_NORETURN void audit_child(const struct audit_plan *plan, int fd)
{
    struct audit_result result;
    struct run_figures f = {0};
    uint64_t start = bench_wall_ns();

    f.err = audit_run(plan, &result);
    f.wall_ns = bench_wall_ns() - start;
    f.root = result.root;
    bool sent = write(fd, &f, sizeof(f)) == (ssize_t)sizeof(f);

    _exit(sent ? 0 : 1);
}

static aw_err audit_once(const struct audit_plan *plan, struct run_figures *f)
{
    int fds[2];
    struct rusage usage;
    int status = 0;

    if (pipe(fds) != 0) {
        return AW_ERR_RESOURCE;
    }
    pid_t child = fork();

    if (child == 0) {
        audit_child(plan, fds[1]);
    }
    (void)close(fds[1]);
    bool ok = child > 0 && read(fds[0], f, sizeof(*f)) == (ssize_t)sizeof(*f);

    (void)close(fds[0]);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !ok) {
        return AW_ERR_RESOURCE;
    }
    f->cpu_ns =
        bench_timeval_ns(usage.ru_utime) + bench_timeval_ns(usage.ru_stime);
    f->peak_kib = (uint64_t)usage.ru_maxrss;
    return f->err;
}

static void show_run(struct aw_ctx *ctx, const struct log_args *args,
                     unsigned jobs, const struct run_figures *f)
{
    double leaves = (double)args->leaves;
    double rate = leaves * 1e9 / (double)f->wall_ns;

    aw_out_begin(&ctx->out, NULL);
    aw_out_count(&ctx->out, "jobs", jobs);
    aw_out_u64(&ctx->out, "leaves_per_second", (uint64_t)rate);
    aw_out_u64(&ctx->out, "mib_per_second",
               (uint64_t)(rate * (double)args->size / 1048576.0));
    aw_out_u64(&ctx->out, "cpu_ns_per_leaf",
               (uint64_t)((double)f->cpu_ns / leaves));
    aw_out_u64(&ctx->out, "wall_ms", f->wall_ns / 1000000U);
    aw_out_u64(&ctx->out, "peak_memory_kib", f->peak_kib);
    aw_out_end(&ctx->out);
}

/* The best of several runs; the root of each must be right. */
static aw_err best_of(const struct audit_plan *plan, uint64_t runs,
                      struct run_figures *best)
{
    *best = (struct run_figures){.wall_ns = UINT64_MAX};
    for (uint64_t i = 0; i < runs; i++) {
        struct run_figures f = {0};
        aw_err err = audit_once(plan, &f);

        if (err == AW_OK && !aw_hash_equal(&f.root, &plan->tree.root)) {
            err = AW_ERR_ROOT;
        }
        if (err != AW_OK) {
            return err;
        }
        if (f.wall_ns < best->wall_ns) {
            *best = f;
        }
    }
    return AW_OK;
}

/* Audits with 1 to n jobs; a first run warms the page cache. */
static int measure(struct aw_ctx *ctx, const struct log_args *args,
                   const char *dir, const aw_hash *root)
{
    unsigned most = args->jobs != 0 ? (unsigned)args->jobs : audit_jobs();
    struct audit_plan plan = {
        .source = dir,
        .name = dir,
        .layout = AW_LAYOUT_TILES,
        .tree = {.size = args->leaves, .root = *root},
        .ctx = ctx,
        .jobs = 1,
    };
    struct run_figures f;
    aw_err err = best_of(&plan, 1, &f);

    aw_out_begin_list(&ctx->out, "runs");
    while (err == AW_OK && plan.jobs <= most) {
        err = best_of(&plan, args->runs, &f);
        if (err == AW_OK) {
            show_run(ctx, args, plan.jobs, &f);
        }
        plan.jobs++;
    }
    aw_out_end_list(&ctx->out);
    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(ctx, &(struct aw_finding){.err = err,
                                                              .on = AW_ON_LOCAL,
                                                              .subject = dir});
}

static void count_leaves(void *progress, uint64_t leaves)
{
    aw_progress_add(progress, leaves);
}

static int run_in(struct aw_ctx *ctx, const struct log_args *args,
                  const char *dir)
{
    struct aw_step step = {
        .name = "make log", .unit = "leaves", .total = args->leaves};
    struct aw_progress *progress = aw_progress_begin(ctx, &step);
    struct bench_log log = {
        .dir = dir,
        .leaves = args->leaves,
        .entry_size = (size_t)args->size,
        .progress = count_leaves,
        .progress_ctx = progress,
    };
    struct aw_host_diag why = {0};
    aw_hash root;
    aw_err err = bench_make_log(&log, &root, &why);

    aw_progress_end(progress, err == AW_OK);
    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_LOCAL,
                                  .subject = dir,
                                  .got = why.text[0] == '\0' ? NULL : why.text,
                              });
    }
    aw_out_u64(&ctx->out, "leaves", args->leaves);
    aw_out_u64(&ctx->out, "leaf_bytes", args->size);
    aw_out_base64(&ctx->out, "root", (aw_bytes){root.b, sizeof(root.b)});
    if (args->where.keep) {
        aw_out_text(&ctx->out, "dir", dir);
        aw_out_text(&ctx->out, "origin", BENCH_ORIGIN);
        aw_out_text(&ctx->out, "vkey", bench_vkey);
    }
    return measure(ctx, args, dir, &root);
}

static int run_log(struct aw_ctx *ctx, const void *values)
{
    const struct log_args *args = values;
    const char *dir = NULL;

    if (args->leaves == 0 || args->runs == 0 || args->size < BENCH_ENTRY_MIN ||
        args->size > AW_ENTRY_MAX || args->jobs > AUDIT_JOBS_MAX) {
        return aw_usage(ctx, "--leaves and --runs are at least 1, --size 16 "
                             "to 65535, --jobs at most 64");
    }
    int code = bench_folder_make(ctx, &args->where, &dir);

    if (code != AW_EXIT_OK) {
        return code;
    }
    /* With its length in a bundle, and its hash in a tile. */
    code = bench_folder_room(ctx, dir, args->leaves,
                             args->size + sizeof(uint16_t) + AW_HASH_SIZE);
    if (code == AW_EXIT_OK) {
        code = run_in(ctx, args, dir);
    }
    bench_folder_end(&args->where, dir);
    return code;
}

const struct aw_cmd bench_cmd_log = {
    .name = "log",
    .summary = "make a log and audit it",
    .prose = "Makes a log of equal leaves in the tiled layout and audits it "
             "with 1 to N jobs, each run in a process of its own. Prints "
             "leaves a second, CPU time a leaf and peak memory of the audit. "
             "Figures are of this machine at this moment.",
    .opts = log_opts,
    .n_opts = sizeof(log_opts) / sizeof(log_opts[0]),
    .size = sizeof(struct log_args),
    .run = run_log,
};
