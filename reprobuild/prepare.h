/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREPARE_H
#define PREPARE_H

#include <limits.h>

#include "aw/reprobuild/build.h"

enum { RB_PARTS = 2 };

/* Inputs of a build, all of them known by hash, ready to be mounted. */
struct rb_prepared {
    const struct aw_rb_setup *setup;
    const struct aw_rb_job *job;
    char work[PATH_MAX];     /* our folder for this build; removed at its end */
    int lock;                /* held while there is one; -1: not yet */
    int use;                 /* of the mirror; -1: not yet */
    char mirror[PATH_MAX];   /* repository */
    char source[PATH_MAX];   /* what is mounted as SRC */
    char archives[PATH_MAX]; /* of cmake/sources.lock; "" for none */
    char toolchain[PATH_MAX]; /* "" for none */
    char modules[PATH_MAX];   /* of Go, as a server has them; "" for none */
    char part[RB_PARTS][PATH_MAX]; /* built before; "" for none */
};

/**
 * Collects the modules that a go.sum names in a folder, as a server for
 * modules has them. Their hashes are for the go program of the build to check;
 * what it makes of wrong ones is not the logged image.
 *
 * @param store   of the server; NULL: only what the folder has
 * @param sums    text of go.sum; untrusted
 * @param folder  made when missing
 *
 * @return AW_OK; AW_ERR_NOT_FOUND without a server; AW_ERR_NET;
 *         AW_ERR_FORMAT; AW_ERR_SPACE; AW_ERR_PRECONDITION; AW_ERR_RESOURCE;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_modules(const struct aw_store *store, aw_bytes sums,
                                const char *folder, struct aw_host_diag *host);

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
