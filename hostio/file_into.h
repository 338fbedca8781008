/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FILE_INTO_H
#define FILE_INTO_H

#include "aw/hostio/diag.h"
#include "aw/hostio/wait.h"

/* Steps of putting several files into a folder that has others. */

/** Opens a folder and waits until nobody else writes into it so. */
AW_MUST_CHECK aw_err file_into_open(const char *path,
                                    const struct aw_lock_wait *wait,
                                    int *folder, struct aw_host_diag *host);

/** Completes what an interrupted run has left whole.
 *  @param completed  there was something; AW_ERR_EXISTS where one of its files
 *                    has got in the way */
AW_MUST_CHECK aw_err file_into_complete(int folder, const char *path,
                                        bool *completed,
                                        struct aw_host_diag *host);

/** Removes what interrupted runs have left that is not whole. */
void file_into_clean(int folder);

/** From now on the files in `temp`, a folder inside, are to be completed. */
AW_MUST_CHECK aw_err file_into_commit(int folder, const char *path,
                                      const char *temp,
                                      struct aw_host_diag *host);

/** Takes back what was committed and could not be completed. */
void file_into_undo(int folder);

#endif
