/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_RUN_H
#define REBUILD_RUN_H

#include "rebuild/engine.h"

/* Jobs of a plan, for aw verify-build run and aw bench rebuild. */
struct rebuild_run_args {
    struct rebuild_args rebuild;
    const char *plan;
    const char *index;
    const char *range;
    const char *results;
    uint64_t jobs;
    bool all;
};

/* Rows of an option table that both have. */
#define REBUILD_PLAN_OPT                                              \
    {                                                                 \
        .name = "plan", .type = AW_OPT_TEXT,                          \
        .at = offsetof(struct rebuild_run_args, plan), .arg = "FILE", \
        .required = true, .help = "Plan of aw verify-build plan."     \
    }

#define REBUILD_JOBS_OPT(number)                                        \
    {                                                                   \
        .name = "jobs", .type = AW_OPT_U64,                             \
        .at = offsetof(struct rebuild_run_args, jobs), .arg = "N",      \
        .fallback = (number), .help = "Do so many at a time, 1 to 256." \
    }

/* What came of them. */
struct rebuild_ran {
    uint64_t jobs;
    uint64_t found;      /* results that were there already */
    uint64_t builds;     /* that gave an image */
    uint64_t reproduced; /* jobs */
};

/**
 * Does all jobs of a plan; args->all is set. Results go into the folder.
 *
 * @return AW_EXIT_OK, whatever the verdicts; or the exit code of what was
 *         reported
 */
AW_MUST_CHECK int rebuild_run_all(struct aw_ctx *ctx,
                                  const struct rebuild_run_args *args,
                                  struct rebuild_ran *ran);

#endif
