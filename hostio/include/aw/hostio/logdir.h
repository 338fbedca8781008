/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_LOGDIR_H
#define AW_HOSTIO_LOGDIR_H

#include "aw/files.h"
#include "aw/hostio/diag.h"

/*
 * The folder of a log that is being written, as struct aw_files: each file
 * appears whole, by rename, after its bytes are on the disk; sync also writes
 * the folders. Everything that is not part of the log lies in .state/ below
 * it: two lock files with the names that Tessera uses, and temporary files in
 * .state/tmp.
 *
 * Writers exclude each other. A writer that was killed leaves its temporary
 * files and changes that no disk has seen: the next one removes the former
 * and writes out the latter before it begins.
 */
struct aw_logdir;

struct aw_logdir_options {
    unsigned wait_ms; /* how long to wait for another writer; 0: 30 s */
    /* Asked while waiting, and before each file is written: true ends it with
     * AW_ERR_CANCELLED. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
};

/**
 * Opens a folder for writing and waits until no one else writes.
 *
 * @param path     exists
 * @param options  may be NULL
 * @param dir      the caller closes it; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is no such folder;
 *         AW_ERR_TIMEOUT when another writer did not end in time;
 *         AW_ERR_CANCELLED; AW_ERR_RESOURCE; AW_ERR_IO otherwise.
 */
AW_MUST_CHECK aw_err aw_logdir_open(const char *path,
                                    const struct aw_logdir_options *options,
                                    struct aw_logdir **dir,
                                    struct aw_host_diag *host);

/** The interface for the portable code, borrowed from dir. After a failure
 *  all that follows fails in the same way. */
const struct aw_files *aw_logdir_files(const struct aw_logdir *dir);

/** Diagnosis of the last call that failed, borrowed from dir. */
const struct aw_host_diag *aw_logdir_why(const struct aw_logdir *dir);

/** Lets others write, and frees. What was not synced may get lost. NULL is
 *  allowed. */
void aw_logdir_close(struct aw_logdir *dir);

#endif
