/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_WORKERS_H
#define REBUILD_WORKERS_H

#include <sys/types.h>

#include "common/cmd.h"

/* Processes that do jobs of a plan, so many at a time. */
struct rebuild_workers {
    size_t n;
    int (*work)(void *ctx, uint64_t job); /* in the process; its exit code */
    void (*ended)(void *ctx, uint64_t job, int code);
    void *ctx;
    pid_t *pid; /* private: 0: free */
    uint64_t *job;
    bool told; /* to stop */
};

/** Sets the private part; the rest is the caller's. */
void rebuild_workers_init(struct aw_pool *pool, struct rebuild_workers *w);

/** Starts a job, when there is room for it.
 *  @return AW_EXIT_OK; reported otherwise */
AW_MUST_CHECK int rebuild_workers_start(struct aw_ctx *ctx,
                                        struct rebuild_workers *w,
                                        uint64_t job);

/** Waits for all of them. When the run is stopped they are told, and when it
 *  ends in any other way, too. */
void rebuild_workers_wait(struct rebuild_workers *w);

#endif
