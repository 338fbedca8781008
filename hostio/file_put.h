/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FILE_PUT_H
#define FILE_PUT_H

#include "aw/hostio/file.h"

/* A file on its way to its place: opened, filled, placed, closed. */
struct host_put {
    int dir;          /* its folder; -1: none */
    int fd;           /* the temporary file; -1: none */
    const char *path; /* as the caller says it, for messages */
    char *target;     /* symbolic links followed */
    const char *base; /* name inside the folder, a part of target */
    char temp[32];    /* name of the temporary file, "" when there is none */
};

/** Finds the place. Close it, also after a failure.
 *  @return errors of aw_file_write */
AW_MUST_CHECK aw_err host_put_open(const char *path, enum aw_file_how how,
                                   struct host_put *put,
                                   struct aw_host_diag *host);

/** Writes the temporary file, durably. */
AW_MUST_CHECK aw_err host_put_fill(struct host_put *put, aw_bytes data,
                                   unsigned mode, struct aw_host_diag *host);

/** Gives it its name. */
AW_MUST_CHECK aw_err host_put_place(struct host_put *put, enum aw_file_how how,
                                    struct aw_host_diag *host);

/** Removes what was not placed. */
void host_put_close(struct host_put *put);

#endif
