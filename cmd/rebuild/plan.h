/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_PLAN_H
#define REBUILD_PLAN_H

#include "aw/hostio/artefacts.h"
#include "aw/reprobuild/result.h"
#include "aw/reprobuild/shard.h"
#include "common/input.h"
#include "log/view.h"

/* A plan as read; lives as long as the run. */
struct rebuild_plan {
    struct aw_rb_plan plan;
    struct aw_rb_plan_job *job;   /* plan.n of them */
    struct aw_artefact_name name; /* SHA-256 of the file */
};

/** Reads a plan. @return AW_EXIT_OK, or the exit code of what was reported */
AW_MUST_CHECK int rebuild_plan_read(struct aw_ctx *ctx, const char *path,
                                    struct rebuild_plan *plan);

/** Reports that a plan is not what it must be. @return its exit code */
int rebuild_plan_refuse(struct aw_ctx *ctx, const char *what,
                        const char *subject);

/** What a plan says before its rows: policy and origin are those of a log, of
 *  which it has a tree. @return AW_EXIT_OK, or the exit code of what was
 *  reported */
AW_MUST_CHECK int rebuild_plan_check(struct aw_ctx *ctx,
                                     const struct rebuild_plan *plan,
                                     struct log_view *view);

/** True when a result is of a job of the plan. */
bool rebuild_plan_fits(const struct rebuild_plan *plan, uint64_t job,
                       const struct aw_rb_result *result);

/* A result in a folder. */
struct rebuild_found {
    bool is_there;
    aw_err err; /* AW_OK: result and key are set */
    struct aw_diag diag;
    struct aw_rb_result result; /* borrowed from data of the pool */
    size_t key;                 /* number of the key that signed */
    aw_bytes note;              /* the file; the same */
    const char *path;
};

/** Looks for the result of a job below a folder: signed by one of the keys,
 *  of that job, and with a statement beside it that says the same. */
void rebuild_plan_find(struct aw_ctx *ctx, const struct rebuild_plan *plan,
                       uint64_t job, const char *folder,
                       const struct aw_keys *keys, struct rebuild_found *found);

#endif
