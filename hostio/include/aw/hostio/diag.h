/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_DIAG_H
#define AW_HOSTIO_DIAG_H

#include <stdbool.h>

#include "aw/err.h"

enum { AW_HOST_TEXT_MAX = 512 };

/*
 * What went wrong in the outside world. `diag` is what the portable code
 * fills as well: hand &host->diag to it. `text` is one line for people: path
 * or address, what happened, what the system said. It is valid UTF-8 without
 * control characters and without passwords, cut to its size.
 */
struct aw_host_diag {
    struct aw_diag diag;
    /* The failure came from a network transfer: a time-out or an over-long
     * or cut body then is a failure of the network, not of data or device. */
    bool network;
    char text[AW_HOST_TEXT_MAX]; /* "" when there is nothing to add */
};

/**
 * Notes a failure with its text and returns the code.
 *
 * @param host   may be NULL
 * @param where  static text, as in aw_fail
 * @param format printf format of the text
 */
AW_PRINTF(4, 5)
aw_err aw_host_fail(struct aw_host_diag *host, aw_err err, const char *where,
                    const char *format, ...);

/**
 * Notes a failed system call: code from aw_host_err, text
 * "<subject>: <what the system says>", errno as the value of the place.
 *
 * @param host    may be NULL
 * @param where   static text: "file: open"
 * @param error   value of errno
 * @param subject path or name
 */
aw_err aw_host_fail_errno(struct aw_host_diag *host, const char *where,
                          int error, const char *subject);

/**
 * Code for a value of errno.
 *
 * @return AW_ERR_NOT_FOUND for ENOENT and ENOTDIR; AW_ERR_RESOURCE for no
 *         space, quota, memory, descriptors or a file size limit;
 *         AW_ERR_EXISTS for EEXIST; AW_ERR_IO for all others. Never AW_OK.
 */
aw_err aw_host_err(int error);

#endif
