/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_H
#define HOST_H

#include "aw/hostio/diag.h"
#include "aw/hostio/wait.h"

/* Small helpers shared by the files of this folder. */

/* Name of a temporary file: what is between them is a random number. */
#define HOST_TEMP_HEAD ".aw-"
#define HOST_TEMP_TAIL ".tmp"

/** Ends the program with exit code 24. */
_Noreturn void host_out_of_memory(size_t n, size_t size);

/** Copy of a text; free it. */
char *host_strdup(const char *text);
/** "folder/path"; free it. */
char *host_strjoin(const char *folder, const char *path);

/** Writes a folder's entries to the disk, where the file system can. */
AW_MUST_CHECK aw_err host_sync_dir(int dir, const char *name,
                                   struct aw_host_diag *host);

/**
 * Locks a folder against other writers. The lock goes with the descriptor.
 *
 * @param where  static name of the place, for the diagnosis
 * @param path   of the folder, for people
 * @param wait   may be NULL
 *
 * @return AW_OK; AW_ERR_TIMEOUT when another process keeps it too long;
 *         AW_ERR_CANCELLED when the caller is told to stop; AW_ERR_RESOURCE or
 *         AW_ERR_IO otherwise.
 */
AW_MUST_CHECK aw_err host_lock_dir(int dir, const char *where, const char *path,
                                   const struct aw_lock_wait *wait,
                                   struct aw_host_diag *host);

/**
 * Gives a file its name if nothing has that name yet.
 *
 * @param dir  folder to which relative names belong, or AT_FDCWD
 * @return     0, or -1 with errno set
 */
int host_rename_new(int dir, const char *from, const char *to);

#endif
