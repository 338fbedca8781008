/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FILES_H
#define AW_FILES_H

#include "aw/bytes.h"

/*
 * Write access to the files of a log, by path relative to its root, of the
 * form that struct aw_store names. A directory is implemented in hostio/;
 * tests bring implementations of their own.
 *
 * Each file appears whole or not at all. Order is made by sync alone: what
 * was asked for before it is on the disk when it returns, and nothing that is
 * asked for afterwards can get there earlier. Between two syncs a crash may
 * leave any part of the work done. A store over the same place sees a change
 * at the latest when sync has returned.
 *
 * All functions return AW_OK; AW_ERR_RANGE for a path of another form;
 * AW_ERR_RESOURCE without disk space, memory or descriptors;
 * AW_ERR_CANCELLED when the user gave up; AW_ERR_IO otherwise.
 */
struct aw_files {
    void *ctx; /* handed to the functions below */

    /** Creates or replaces a file, with the folders above it. */
    aw_err (*put)(void *ctx, const char *path, aw_bytes data,
                  struct aw_diag *diag);

    /** Makes `path` another name of the file `target`, which is there since
     *  the last sync; replaces what `path` was. A copy will do. */
    aw_err (*alias)(void *ctx, const char *path, const char *target,
                    struct aw_diag *diag);

    /** Removes a file; AW_OK also when there is none. */
    aw_err (*remove)(void *ctx, const char *path, struct aw_diag *diag);

    /** Waits until all of the above is on the disk. */
    aw_err (*sync)(void *ctx, struct aw_diag *diag);
};

#endif
