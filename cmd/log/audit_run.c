/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "common/stop.h"
#include "log/audit_merge.h"

/* How much work a crash can cost. */
enum { SAVE_EVERY_S = 2 };

/* Workers take units in order and put them into a ring; the caller's thread
 * merges in order. A worker never runs ahead further than the ring. */
struct pool_run {
    const struct audit_plan *plan;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t next;   /* unit to be taken */
    uint64_t merged; /* units merged */
    uint64_t units;  /* in total */
    bool stop;
    unsigned slots;
    struct slot {
        bool done;
        struct audit_unit unit;
    } * slot;
    aw_err open_err;
    struct aw_host_diag open_why;
};

/* Next unit to work on; false when there is none left. */
static bool take(struct pool_run *run, uint64_t *number)
{
    bool taken = false;

    (void)pthread_mutex_lock(&run->lock);
    while (!run->stop && run->next < run->units &&
           run->next >= run->merged + run->slots) {
        (void)pthread_cond_wait(&run->changed, &run->lock);
    }
    if (!run->stop && run->next < run->units) {
        *number = run->next++;
        taken = true;
    }
    (void)pthread_mutex_unlock(&run->lock);
    return taken;
}

static void fail_open(struct pool_run *run, aw_err err,
                      const struct aw_host_diag *why)
{
    (void)pthread_mutex_lock(&run->lock);
    run->open_err = err;
    run->open_why = *why;
    run->stop = true;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

static void *work(void *ctx)
{
    struct pool_run *run = ctx;
    struct audit_reader *reader = aw_alloc(1, sizeof(*reader));
    struct aw_host_diag why = {0};
    uint64_t number = 0;
    aw_err err = audit_reader_open(run->plan, reader, &why);

    if (err != AW_OK) {
        fail_open(run, err, &why);
    }
    while (err == AW_OK && take(run, &number)) {
        struct slot *slot = &run->slot[number % run->slots];

        audit_unit_run(reader, number, &slot->unit);
        (void)pthread_mutex_lock(&run->lock);
        slot->done = true;
        (void)pthread_cond_broadcast(&run->changed);
        (void)pthread_mutex_unlock(&run->lock);
    }
    audit_reader_close(reader);
    free(reader);
    return NULL;
}

static void release(struct pool_run *run, struct slot *slot)
{
    (void)pthread_mutex_lock(&run->lock);
    slot->done = false;
    run->merged++;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

static size_t count_findings(struct aw_ctx *ctx)
{
    (void)pthread_mutex_lock(&ctx->found.lock);
    size_t n = ctx->found.n;

    (void)pthread_mutex_unlock(&ctx->found.lock);
    return n;
}

static bool has_findings(struct aw_ctx *ctx)
{
    return count_findings(ctx) > 0;
}

bool audit_enough(struct aw_ctx *ctx)
{
    return count_findings(ctx) >= AW_FINDINGS_MAX;
}

/* What a later run goes on from, and when it is saved. */
struct saver {
    const struct audit_plan *plan;
    const struct audit_merge *merge;
    const struct audit_gaps *missing;
    bool unsaved; /* units were merged since the last time */
    struct timespec due;
};

static struct timespec after_s(time_t seconds)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += seconds;
    return t;
}

static bool is_due(const struct saver *saver)
{
    struct timespec now = after_s(0);

    return now.tv_sec != saver->due.tv_sec ? now.tv_sec > saver->due.tv_sec
                                           : now.tv_nsec >= saver->due.tv_nsec;
}

/* With findings nothing is saved: the later run shall find them again. */
static void save(struct saver *saver)
{
    const struct audit_plan *plan = saver->plan;

    saver->due = after_s(SAVE_EVERY_S);
    if (!saver->unsaved || plan->save == NULL || has_findings(plan->ctx)) {
        return;
    }
    saver->unsaved = false;
    uint8_t *buf = aw_alloc(AUDIT_RESUME_MAX, 1);
    struct aw_wr w = aw_wr_init(buf, AUDIT_RESUME_MAX);

    audit_merge_save(saver->merge, saver->missing, &w);
    AW_BUG_ON(w.failed);
    plan->save(plan->save_ctx, aw_wr_done(&w));
    free(buf);
}

/* Waits for unit `merged`; NULL when the run has to stop. What is done is
 * saved in time even where the next unit takes long. */
static struct slot *wait_next(struct pool_run *run, struct saver *saver)
{
    struct slot *slot = &run->slot[run->merged % run->slots];

    (void)pthread_mutex_lock(&run->lock);
    while (!run->stop && !slot->done) {
        if (pthread_cond_timedwait(&run->changed, &run->lock, &saver->due) ==
            ETIMEDOUT) {
            (void)pthread_mutex_unlock(&run->lock);
            save(saver);
            (void)pthread_mutex_lock(&run->lock);
        }
    }
    bool stop = run->stop;

    (void)pthread_mutex_unlock(&run->lock);
    return stop ? NULL : slot;
}

static aw_err merge_unit(struct audit_reader *reader, struct audit_merge *merge,
                         const struct audit_unit *unit,
                         struct audit_result *result)
{
    aw_err err = unit->err;

    if (err != AW_OK) {
        result->why = unit->why;
        memcpy(result->path, unit->path, sizeof(result->path));
        return err;
    }
    err = audit_merge_add(merge, reader, unit);
    if (err != AW_OK) {
        result->why = *aw_store_why(reader->store);
        memcpy(result->path, reader->path, sizeof(result->path));
        return err;
    }
    result->tiles += unit->tiles;
    audit_gaps_join(&result->missing, &unit->missing);
    return AW_OK;
}

static aw_err merge_units(struct pool_run *run, struct audit_reader *reader,
                          struct audit_merge *merge,
                          struct audit_result *result)
{
    struct saver saver = {
        .plan = run->plan,
        .merge = merge,
        .missing = &result->missing,
        .due = after_s(SAVE_EVERY_S),
    };
    aw_err err = AW_OK;

    while (run->merged < run->units && err == AW_OK) {
        struct slot *slot = wait_next(run, &saver);

        if (slot == NULL) {
            result->why = run->open_why;
            return run->open_err;
        }
        err = merge_unit(reader, merge, &slot->unit, result);
        if (err == AW_OK) {
            saver.unsaved = slot->unit.full;
            release(run, slot);
        }
        if (err != AW_OK || is_due(&saver)) {
            save(&saver);
        }
    }
    return err;
}

static void stop_workers(struct pool_run *run, pthread_t *threads, unsigned n)
{
    (void)pthread_mutex_lock(&run->lock);
    run->stop = true;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    for (unsigned i = 0; i < n; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

static aw_err run_workers(struct pool_run *run, struct audit_reader *reader,
                          struct audit_merge *merge,
                          struct audit_result *result)
{
    pthread_t threads[AUDIT_JOBS_MAX];
    unsigned started = 0;
    aw_err err = AW_OK;

    while (started < run->plan->jobs &&
           pthread_create(&threads[started], NULL, work, run) == 0) {
        started++;
    }
    if (started == 0) {
        return aw_fail(aw_host_say(&result->why, "no thread can be started"),
                       AW_ERR_RESOURCE, "audit: threads", 0);
    }
    err = merge_units(run, reader, merge, result);
    stop_workers(run, threads, started);
    return err;
}

/* The computed root, and the finding when it is not the signed one. */
static void check_root(const struct audit_plan *plan,
                       const struct audit_merge *merge,
                       struct audit_result *result)
{
    aw_range_root(&merge->range, &result->root);
    result->leaves = merge->range.size;
    if (!has_findings(plan->ctx) &&
        !aw_hash_equal(&result->root, &plan->tree.root)) {
        (void)aw_report(
            plan->ctx,
            &(struct aw_finding){
                .err = AW_ERR_ROOT,
                .on = AW_ON_STATEMENT,
                .exit = plan->remote ? AW_EXIT_LOG : AW_EXIT_MISMATCH,
                .subject = plan->name,
                .remedy = "keep the checkpoint and the log's files: together "
                          "they show what the log did",
            });
    }
}

/* Goes on from where an earlier run stopped, if that fits this tree. */
static void resume(const struct audit_plan *plan, struct audit_merge *merge,
                   struct audit_result *result)
{
    struct audit_gaps missing;

    audit_merge_init(merge);
    if (plan->resume.n == 0 ||
        audit_merge_load(merge, &missing, plan->resume) != AW_OK) {
        return;
    }
    if (merge->range.size > plan->tree.size) {
        audit_merge_init(merge);
        return;
    }
    result->resumed_from = merge->range.size;
    result->missing = missing;
    if (plan->progress != NULL) {
        aw_progress_skip(plan->progress, merge->range.size);
    }
}

/* Waits with a limit go by the clock that nobody sets back. */
static void clock_init(struct pool_run *run)
{
    pthread_condattr_t attr;
    bool ok = pthread_condattr_init(&attr) == 0 &&
              pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(&run->changed, &attr) == 0;

    AW_BUG_ON(!ok);
    (void)pthread_condattr_destroy(&attr);
}

aw_err audit_run(const struct audit_plan *plan, struct audit_result *result)
{
    struct audit_merge *merge = aw_alloc(1, sizeof(*merge));
    struct audit_reader *reader = aw_alloc(1, sizeof(*reader));
    struct pool_run run = {
        .plan = plan,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .units = plan->tree.size / AUDIT_UNIT_LEAVES +
                 (plan->tree.size % AUDIT_UNIT_LEAVES != 0 ? 1 : 0),
        .slots = 2 * plan->jobs,
    };

    AW_BUG_ON(plan->jobs == 0 || plan->jobs > AUDIT_JOBS_MAX);
    memset(result, 0, sizeof(*result));
    clock_init(&run);
    resume(plan, merge, result);
    run.next = merge->next;
    run.merged = merge->next;
    run.slot = aw_alloc(run.slots, sizeof(*run.slot));
    aw_err err = audit_reader_open(plan, reader, &result->why);

    if (err == AW_OK) {
        err = run_workers(&run, reader, merge, result);
    }
    if (err == AW_OK) {
        err = audit_merge_end(merge, reader);
        result->why = *aw_store_why(reader->store);
        memcpy(result->path, reader->path, sizeof(result->path));
    }
    if (err == AW_OK) {
        result->tiles += reader->tiles;
        check_root(plan, merge, result);
    }
    audit_reader_close(reader);
    (void)pthread_cond_destroy(&run.changed);
    free(run.slot);
    free(reader);
    free(merge);
    return err;
}
