/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_STORE_H
#define AW_STORE_H

#include "aw/bytes.h"

/*
 * Read access to the files of a log or an artefact store, by path relative
 * to its root. Directory, file:// and http(s):// are implemented in hostio/.
 * Everything that comes back is untrusted.
 */
struct aw_store {
    void *ctx;
    /**
     * Reads the whole file into buf.
     *
     * @return AW_OK; AW_ERR_NOT_FOUND when there is no such file (HTTP 404);
     *         AW_ERR_SPACE when it is longer than cap; AW_ERR_NET,
     *         AW_ERR_TIMEOUT, AW_ERR_IO otherwise.
     */
    aw_err (*get)(void *ctx, const char *path, struct aw_wr *buf,
                  struct aw_diag *diag);
    /** Says which files will be asked for soon, in that order, so that they
     *  can be fetched at the same time. May be NULL. */
    void (*hint)(void *ctx, const char *const *paths, size_t n);
};

#endif
