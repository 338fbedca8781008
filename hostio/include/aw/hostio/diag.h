/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_DIAG_H
#define AW_HOSTIO_DIAG_H

#include <errno.h>
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
 * Fills in the text, and clears `network`. For use with aw_fail, which is
 * inline, so that analyzers see that a failing path never returns AW_OK:
 *
 *   return aw_fail(aw_host_say(host, "%s: too long", path), AW_ERR_SPACE,
 *                  "file: size", size);
 *
 * @param host    may be NULL
 * @param format  printf format
 *
 * @return the diagnosis inside host; NULL when host is NULL
 */
AW_PRINTF(2, 3)
struct aw_diag *aw_host_say(struct aw_host_diag *host, const char *format, ...);

/**
 * Code for a value of errno.
 *
 * @return AW_ERR_NOT_FOUND for ENOENT and ENOTDIR; AW_ERR_RESOURCE for no
 *         space, quota, memory, descriptors or a file size limit;
 *         AW_ERR_EXISTS for EEXIST; AW_ERR_IO for all others. Never AW_OK.
 */
static inline aw_err aw_host_err(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return AW_ERR_NOT_FOUND;
    case EEXIST:
        return AW_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return AW_ERR_RESOURCE;
    default:
        return AW_ERR_IO;
    }
}

/** As aw_host_say; the text is "<subject>: <what the system says>". */
struct aw_diag *aw_host_say_errno(struct aw_host_diag *host, int error,
                                  const char *subject);

/**
 * Notes a failed system call and returns the code of aw_host_err.
 *
 * @param host     may be NULL
 * @param where    static text: "file: open"
 * @param error    value of errno
 * @param subject  path or name
 */
static inline aw_err aw_host_fail_errno(struct aw_host_diag *host,
                                        const char *where, int error,
                                        const char *subject)
{
    return aw_fail(aw_host_say_errno(host, error, subject), aw_host_err(error),
                   where, (uint64_t)error);
}

#endif
