/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_STORE_H
#define AW_STORE_H

#include "aw/bytes.h"

/*
 * Read access to the files of a log or an artefact store, by path relative
 * to its root: raw bytes between single '/', never percent-encoded, no empty
 * part, no "." and no "..". Directory, file:// and http(s):// are implemented
 * in hostio/; tests bring stores of their own. Everything that comes back is
 * untrusted.
 */
struct aw_store {
    void *ctx; /* handed to the functions below */

    /**
     * Reads a whole file and appends it to buf.
     *
     * @param buf   grows by exactly the file on success; on failure its
     *              length is as before, but bytes past it may have changed
     * @param diag  may be NULL
     *
     * @return AW_OK; AW_ERR_NOT_FOUND when there is no such file (HTTP 404
     *         and 410); AW_ERR_SPACE when it does not fit in buf;
     *         AW_ERR_RANGE for a path of another form than above; AW_ERR_NET
     *         when the network or the server failed; AW_ERR_TIMEOUT when a
     *         time limit passed; AW_ERR_RESOURCE without memory or
     *         descriptors; AW_ERR_CANCELLED when the user gave up; AW_ERR_IO
     *         otherwise.
     */
    aw_err (*get)(void *ctx, const char *path, struct aw_wr *buf,
                  struct aw_diag *diag);

    /**
     * Says which files will be asked for soon, in that order, so that they
     * can be fetched at the same time. Only advice: it reports no error and
     * a file that was announced need not be asked for. May be NULL.
     *
     * @param paths  n texts, used during the call only
     */
    void (*hint)(void *ctx, const char *const *paths, size_t n);
};

#endif
