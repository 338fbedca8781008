/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PROGRESS_H
#define COMMON_PROGRESS_H

#include "common/cmd.h"

/*
 * Progress of a step that may take long: on a terminal a bar with rate and
 * time left, else one line when the step ends; events in both cases. Worker
 * threads only add to a counter, a thread of the step's own draws.
 */
struct aw_step {
    const char *name;   /* "audit leaves"; must outlive the step */
    const char *device; /* NULL: none; must outlive the step */
    const char *unit;   /* "leaves"; "bytes" is shown as kB, MB, GB */
    uint64_t total;     /* 0: unknown */
};

/* A step under way. Opaque. */
struct aw_progress;

/** Starts a step. End it with aw_progress_end, on every path. */
struct aw_progress *aw_progress_begin(struct aw_ctx *ctx,
                                      const struct aw_step *step);
/** Counts n more as done. Any thread; cheap, but not free: count in bundles
 *  where an element takes less than a microsecond. */
void aw_progress_add(struct aw_progress *progress, uint64_t n);
/** Sets what is done already, of a step that goes on where it was. It does
 *  not count for the rate. */
void aw_progress_skip(struct aw_progress *progress, uint64_t n);
/** Sets the total when it becomes known. Any thread. */
void aw_progress_total(struct aw_progress *progress, uint64_t total);
/** Ends the step and frees it. @param ok  false: it failed or was stopped */
void aw_progress_end(struct aw_progress *progress, bool ok);

#endif
