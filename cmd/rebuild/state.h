/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_STATE_H
#define REBUILD_STATE_H

#include "log/view.h"

/* The queue of a log in the state directory, as commands see it. */
struct rebuild_counts {
    uint64_t open; /* not reproduced, and not acknowledged */
    uint64_t pending;
    uint64_t reproduced;
};

/** Counts the leaves of the trust's log.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
AW_MUST_CHECK int rebuild_count(struct aw_ctx *ctx,
                                const struct aw_trust *trust,
                                struct rebuild_counts *counts);

/** Reports a failure of the queue. @return exit code */
int rebuild_state_fail(struct log_view *view, aw_err err,
                       const struct aw_host_diag *why);

#endif
