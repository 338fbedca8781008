/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/text.h"
#include "common/stop.h"
#include "common/term.h"
#include "rebuild/engine.h"
#include "rebuild/plan.h"
#include "rebuild/rebuild.h"
#include "rebuild/run.h"
#include "rebuild/workers.h"

static const struct aw_opt run_opts[] = {
    REBUILD_PLAN_OPT,
    {.name = "index",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct rebuild_run_args, index),
     .arg = "N",
     .help = "Job to do, from 0. Without --index, --range and --all it comes "
             "from JOB_COMPLETION_INDEX (Kubernetes) or SLURM_ARRAY_TASK_ID "
             "(Slurm)."},
    {.name = "range",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct rebuild_run_args, range),
     .arg = "A-B",
     .help = "Jobs to do, both ends included."},
    {.name = "all",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct rebuild_run_args, all),
     .help = "Do all jobs."},
    REBUILD_JOBS_OPT("1"),
    {.name = "results",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct rebuild_run_args, results),
     .arg = "DIR",
     .fallback = "results",
     .help = "Folder for results. A job whose result is there, and would be "
             "the same again, is not done again."},
    REBUILD_OPTS(offsetof(struct rebuild_run_args, rebuild)),
};

struct running {
    struct aw_ctx *ctx;
    const struct rebuild_run_args *args;
    struct rebuild_plan plan;
    struct aw_keys own; /* the key that signs */
    uint64_t first;
    uint64_t last;
    int *code; /* exit code of each job, from `first` */
    bool *was_there;
    bool ready; /* all of the above is there */
    bool silent;
    uint64_t done; /* jobs that were told */
    struct rebuild_workers workers;
};

/* --- Which jobs ------------------------------------------------------------ */

static const char *index_of(const struct rebuild_run_args *args)
{
    static const char *const names[] = {"JOB_COMPLETION_INDEX",
                                        "SLURM_ARRAY_TASK_ID"};
    const char *value = args->index;

    for (size_t i = 0; i < 2 && value == NULL; i++) {
        value = getenv(names[i]);
    }
    return value;
}

static bool parse_range(const char *text, uint64_t *first, uint64_t *last)
{
    struct aw_rd r = aw_rd_init(aw_text(text));
    aw_bytes a = aw_rd_until(&r, '-');

    return !r.failed && aw_dec_parse(a, first) == AW_OK &&
           aw_dec_parse(aw_rd_rest(&r), last) == AW_OK && *first <= *last;
}

/* The one way in which jobs are named. */
static int count_ways(const struct rebuild_run_args *args, const char *one)
{
    return (args->all ? 1 : 0) + (args->range != NULL ? 1 : 0) +
           (one != NULL ? 1 : 0);
}

static int parse_jobs(struct running *r, const char *one)
{
    const struct rebuild_run_args *args = r->args;

    r->first = 0;
    r->last = r->plan.plan.n == 0 ? 0 : r->plan.plan.n - 1;
    if (args->range != NULL && !parse_range(args->range, &r->first, &r->last)) {
        return aw_usage(r->ctx, "--range: %s is no range", args->range);
    }
    if (one != NULL) {
        if (aw_dec_parse(aw_text(one), &r->first) != AW_OK) {
            return aw_usage(r->ctx, "%s is no number of a job", one);
        }
        r->last = r->first;
    }
    return AW_EXIT_OK;
}

static int choose(struct running *r)
{
    const struct rebuild_run_args *args = r->args;
    const char *one =
        args->all || args->range != NULL ? args->index : index_of(args);

    if (count_ways(args, one) != 1) {
        return aw_usage(r->ctx, "give one of --index, --range and --all");
    }
    if (parse_jobs(r, one) != AW_EXIT_OK) {
        return AW_EXIT_USAGE;
    }
    if (r->last >= r->plan.plan.n && !(args->all && r->plan.plan.n == 0)) {
        return aw_usage(r->ctx, "the plan has %llu jobs",
                        (unsigned long long)r->plan.plan.n);
    }
    if (args->jobs < 1 || args->jobs > 256) {
        return aw_usage(r->ctx, "--jobs: 1 to 256");
    }
    return args->rebuild.key == NULL
               ? aw_usage(r->ctx, "--key is missing: results are signed")
               : AW_EXIT_OK;
}

/* --- One job --------------------------------------------------------------- */

static int put_results(struct running *r, uint64_t job,
                       const struct rebuild_done *done)
{
    struct aw_pool *pool = &r->ctx->pool;
    struct aw_host_diag why = {.network = false};
    const char *folder =
        aw_pool_printf(pool, "%s/%s", r->args->results, r->plan.name.text);
    const char *stem =
        aw_pool_printf(pool, "%s/%llu", folder, (unsigned long long)job);
    const char *note = aw_pool_printf(pool, "%s.result", stem);
    const char *dsse = aw_pool_printf(pool, "%s.dsse.json", stem);
    aw_err err = aw_dir_make(folder, 0755, &why);

    /* The note last: where it is, all is. */
    if (err == AW_OK) {
        err = aw_file_write(dsse, done->dsse, 0644, AW_FILE_REPLACE, &why);
    }
    if (err == AW_OK) {
        err = aw_file_write(note, done->note, 0644, AW_FILE_REPLACE, &why);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(r->ctx, &(struct aw_finding){
                                                .err = err,
                                                .on = AW_ON_LOCAL,
                                                .subject = note,
                                                .host = &why,
                                            });
}

static int refuse_row(struct running *r, uint64_t job)
{
    return rebuild_plan_refuse(
        r->ctx, "the plan is not of this log",
        aw_pool_printf(&r->ctx->pool, "entry %llu",
                       (unsigned long long)r->plan.job[job].index));
}

static int check_leaf(struct running *r, uint64_t job, aw_bytes leaf)
{
    aw_hash hash;

    aw_merkle_leaf(leaf, &hash);
    return memcmp(hash.b, r->plan.job[job].leaf, AW_SHA256_SIZE) == 0
               ? AW_EXIT_OK
               : refuse_row(r, job);
}

static int do_job(struct running *r, struct rebuild_engine *e,
                  struct log_view *view, uint64_t job)
{
    struct aw_wr buf = rebuild_leaf_buf(r->ctx);
    struct rebuild_done done;
    aw_bytes leaf = {NULL, 0};
    int code = rebuild_get_leaf(view, r->plan.job[job].index, &buf, &leaf);

    if (code == AW_EXIT_OK) {
        code = check_leaf(r, job, leaf);
    }
    if (code == AW_EXIT_OK) {
        code = rebuild_leaf(e, leaf, r->plan.job[job].index, &done);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!done.is_release) {
        return aw_report(r->ctx, &(struct aw_finding){
                                     .err = AW_ERR_POLICY,
                                     .on = AW_ON_STATEMENT,
                                     .exit = AW_EXIT_REFUSED,
                                     .subject = "the plan",
                                     .what = done.reason,
                                     .remedy = "use the policy that the plan "
                                               "was made with",
                                 });
    }
    if (!rebuild_plan_fits(&r->plan, job, &done.result)) {
        return refuse_row(r, job);
    }
    return put_results(r, job, &done);
}

/* Opens everything anew: also in a process of its own. */
static int do_one(struct running *r, uint64_t job)
{
    struct rebuild_engine *e = aw_pool_alloc(&r->ctx->pool, 1, sizeof(*e));
    struct log_view view = {0};
    int code = rebuild_engine_open(r->ctx, &r->args->rebuild, e);

    if (code == AW_EXIT_OK) {
        code = log_view_look(r->ctx, &r->args->rebuild.view, e->trust, NULL,
                             &view);
    }
    if (code == AW_EXIT_OK) {
        code = rebuild_plan_check(r->ctx, &r->plan, &view);
    }
    if (code == AW_EXIT_OK) {
        code = do_job(r, e, &view, job);
    }
    log_view_close(&view);
    rebuild_engine_close(e);
    return code;
}

/* --- All of them ------------------------------------------------------------ */

/* What became of a job, as soon as it is known: all of them may take hours. */
static void tell(struct running *r, uint64_t job)
{
    struct rebuild_found found;
    bool was_there = r->was_there[job - r->first];
    bool good = false;
    const char *word = "no result";

    if (r->silent) {
        return;
    }
    rebuild_plan_find(r->ctx, &r->plan, job, r->args->results, &r->own, &found);
    if (found.err == AW_OK && r->code[job - r->first] == AW_EXIT_OK) {
        good = found.result.verdict == AW_RB_REPRODUCED;
        word = aw_rb_verdict_name(found.result.verdict);
    }
    r->done++;
    const uint64_t n = r->last - r->first + 1;

    aw_say(0, "job %llu: %s%s, %llu of %llu done", (unsigned long long)job,
           word, was_there ? " before" : "", (unsigned long long)r->done,
           (unsigned long long)n);
    aw_events_put(&r->ctx->events, &(struct aw_event){
                                       .step = "rebuild",
                                       .state = good ? "done" : "failed",
                                       .counted = true,
                                       .done = r->done,
                                       .total = n,
                                       .unit = "jobs",
                                       .code = word,
                                   });
}

static int work(void *ctx, uint64_t job)
{
    return do_one(ctx, job);
}

static void ended(void *ctx, uint64_t job, int code)
{
    struct running *r = ctx;

    r->code[job - r->first] = code;
    tell(r, job);
}

static bool final(enum aw_rb_verdict verdict)
{
    return verdict == AW_RB_REPRODUCED || verdict == AW_RB_DIFFERS ||
           verdict == AW_RB_REFUSED;
}

static int do_all(struct running *r)
{
    int code = AW_EXIT_OK;

    for (uint64_t job = r->first; job <= r->last && job < r->plan.plan.n &&
                                  code == AW_EXIT_OK && !aw_cancelled();
         job++) {
        struct rebuild_found found;

        rebuild_plan_find(r->ctx, &r->plan, job, r->args->results, &r->own,
                          &found);
        if (found.err == AW_OK && final(found.result.verdict)) {
            r->was_there[job - r->first] = true;
            tell(r, job);
        } else if (r->args->jobs > 1) {
            code = rebuild_workers_start(r->ctx, &r->workers, job);
        } else {
            ended(r, job, do_one(r, job));
        }
    }
    rebuild_workers_wait(&r->workers);
    return code;
}

static void report_job(struct running *r, uint64_t job,
                       const struct rebuild_found *found)
{
    struct aw_pool *pool = &r->ctx->pool;
    struct rebuild_done done = {.is_release = true};
    const char *subject =
        aw_pool_printf(pool, "job %llu", (unsigned long long)job);
    int code = r->code[job - r->first];

    if (found->err == AW_OK) {
        done.result = found->result;
        aw_rb_reason(aw_pool_bytes(pool, found->result.reason), done.reason);
        done.by_statement = true;
        (void)rebuild_report(r->ctx, subject, &done);
        return;
    }
    if (r->args->jobs > 1 || code == AW_EXIT_OK) {
        (void)aw_report(
            r->ctx, &(struct aw_finding){
                        .err = AW_ERR_IO,
                        .on = AW_ON_LOCAL,
                        .exit = code == AW_EXIT_OK ? AW_EXIT_INTERNAL : code,
                        .what = "a job could not be done",
                        .subject = subject,
                    });
    }
}

static void show_jobs(struct running *r)
{
    struct aw_out *out = &r->ctx->out;
    uint64_t n[3] = {0};

    aw_out_text(out, "plan", r->plan.name.text);
    aw_out_begin_list(out, "jobs");
    for (uint64_t job = r->first; job <= r->last && job < r->plan.plan.n;
         job++) {
        struct rebuild_found found;

        rebuild_plan_find(r->ctx, &r->plan, job, r->args->results, &r->own,
                          &found);
        bool has = found.err == AW_OK && r->code[job - r->first] == AW_EXIT_OK;
        bool good = has && found.result.verdict == AW_RB_REPRODUCED;

        aw_out_begin(out, NULL);
        aw_out_u64(out, "job", job);
        if (has) {
            aw_out_u64(out, "index", found.result.index);
            aw_out_text(out, "verdict",
                        aw_rb_verdict_name(found.result.verdict));
            aw_out_text(out, "result", found.path);
            aw_out_bool(out, "found", r->was_there[job - r->first]);
        }
        aw_out_count(out, "exit", (size_t)r->code[job - r->first]);
        aw_out_end(out);
        n[good ? 0 : has ? 1 : 2]++;
        if (!good) {
            report_job(r, job, &found);
        }
    }
    aw_out_end_list(out);
    aw_out_u64(out, "reproduced", n[0]);
    aw_out_u64(out, "not_reproduced", n[1]);
    aw_out_u64(out, "no_result", n[2]);
}

/* The public half of the key that signs: results of others do not count as
 * ours. */
static int find_own(struct running *r)
{
    struct rebuild_engine *e = aw_pool_alloc(&r->ctx->pool, 1, sizeof(*e));
    int code = rebuild_engine_open(r->ctx, &r->args->rebuild, e);

    if (code == AW_EXIT_OK) {
        r->own.key = aw_pool_alloc(&r->ctx->pool, 1, sizeof(*r->own.key));
        r->own.key[0] = e->signer.by.key;
        r->own.n = 1;
    }
    rebuild_engine_close(e);
    return code;
}

/* Does the jobs that are asked for. @return as do_all */
static int run_plan(struct running *r)
{
    struct aw_ctx *ctx = r->ctx;
    int code = rebuild_plan_read(ctx, r->args->plan, &r->plan);

    if (code == AW_EXIT_OK) {
        code = choose(r);
    }
    if (code == AW_EXIT_OK) {
        code = find_own(r);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    size_t n = (size_t)(r->last - r->first) + 1;
    r->code = aw_pool_alloc(&ctx->pool, n, sizeof(*r->code));
    r->was_there = aw_pool_alloc(&ctx->pool, n, sizeof(*r->was_there));
    r->workers = (struct rebuild_workers){
        .n = (size_t)r->args->jobs, .work = work, .ended = ended, .ctx = r};
    rebuild_workers_init(&ctx->pool, &r->workers);
    r->ready = true;
    return do_all(r);
}

int rebuild_run_all(struct aw_ctx *ctx, const struct rebuild_run_args *args,
                    struct rebuild_ran *ran)
{
    struct running r = {.ctx = ctx, .args = args, .silent = true};
    int code = run_plan(&r);

    memset(ran, 0, sizeof(*ran));
    for (uint64_t job = r.first; r.ready && job < r.plan.plan.n; job++) {
        struct rebuild_found f;

        ran->jobs++;
        ran->found += r.was_there[job - r.first] ? 1 : 0;
        rebuild_plan_find(ctx, &r.plan, job, args->results, &r.own, &f);
        if (f.err == AW_OK) {
            ran->builds += f.result.passes;
            ran->reproduced += f.result.verdict == AW_RB_REPRODUCED ? 1 : 0;
        }
    }
    return code;
}

static int run_run(struct aw_ctx *ctx, const void *values)
{
    struct running r = {.ctx = ctx, .args = values};
    int code = run_plan(&r);

    if (aw_cancelled()) {
        return aw_stop_exit();
    }
    if (r.ready) {
        show_jobs(&r);
    }
    return code;
}

const struct aw_cmd aw_cmd_rebuild_run = {
    .name = "run",
    .summary = "do jobs of a plan",
    .prose = "Rebuilds releases of a plan and writes signed results into a "
             "folder. Any number of processes may work on one plan, also on "
             "the same job.",
    .opts = run_opts,
    .n_opts = sizeof(run_opts) / sizeof(run_opts[0]),
    .size = sizeof(struct rebuild_run_args),
    .run = run_run,
};
