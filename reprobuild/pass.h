/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PASS_H
#define PASS_H

#include "prepare.h"

/* One sealed build in the surroundings of a pass. */

/* What is built. */
struct rb_work {
    const char *script;
    const char *source; /* folder that is mounted as SRC */
    bool of_job;        /* it sees version, commit and variables of the job */
};

/**
 * Builds once.
 *
 * @param which  0 or 1: the surroundings
 * @param pass   what came of it; end with aw_rb_ran_free of pass->out
 *
 * @return AW_OK, however the build ended; AW_ERR_CANCELLED;
 *         as aw_rb_sandbox_run.
 */
AW_MUST_CHECK aw_err rb_pass(const struct rb_prepared *p,
                             const struct rb_work *work, size_t which,
                             struct aw_rb_pass *pass,
                             struct aw_host_diag *host);

/** True when the second pass has another clock. */
bool rb_pass_clock(void);

/** True when the second pass has fewer processors. */
bool rb_pass_cpus(void);

/**
 * Finds the parts of the recipe that are built already, or builds them, and
 * names them in p->part. A part that cannot be built alone is left out: the
 * release is then built whole, and the verdict is that of the whole build.
 *
 * @return AW_OK; AW_ERR_CANCELLED; AW_ERR_PRECONDITION; AW_ERR_RESOURCE;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_parts(struct rb_prepared *p, struct aw_host_diag *host);

#endif
