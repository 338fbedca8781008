/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREPARE_H
#define PREPARE_H

#include <limits.h>

#include "aw/reprobuild/build.h"

/* Inputs of a build, all of them known by hash, ready to be mounted. */
struct rb_prepared {
    const struct aw_rb_setup *setup;
    const struct aw_rb_job *job;
    char work[PATH_MAX];     /* our folder for this build; removed at its end */
    char mirror[PATH_MAX];   /* repository */
    char source[PATH_MAX];   /* what is mounted as SRC */
    char archives[PATH_MAX]; /* of cmake/sources.lock; "" for none */
    char toolchain[PATH_MAX]; /* "" for none */
};

/**
 * Fetches and checks all inputs.
 *
 * @param verdict  set, with AW_OK, when they are not to be had or not
 *                 acceptable: AW_RB_UNAVAILABLE, AW_RB_REFUSED; otherwise
 *                 AW_RB_REPRODUCED. host then says why
 *
 * @return AW_OK; AW_ERR_PRECONDITION; AW_ERR_CANCELLED; AW_ERR_RESOURCE;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_prepare(struct rb_prepared *prepared,
                                enum aw_rb_verdict *verdict,
                                struct aw_host_diag *host);

/** Removes the folder of the build. */
void rb_prepared_end(const struct rb_prepared *prepared);

#endif
