/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANGE_H
#define RANGE_H

#include "aw/bytes.h"

/* The part of a file that a client asks for. */
struct range {
    bool partial; /* false: all of it */
    uint64_t from;
    uint64_t n; /* bytes; of a part at least 1 */
};

/**
 * Reads a Range header, RFC 9110: bytes=A-B, bytes=A- or bytes=-N. Anything
 * else, several ranges too, counts as if it were not there, as the RFC allows.
 *
 * @param text   untrusted; empty for none
 * @param size   of the file, in bytes
 * @param range  lies inside the file; untouched when false
 *
 * @return false when the range begins behind the end of the file
 */
AW_MUST_CHECK bool range_read(aw_bytes text, uint64_t size,
                              struct range *range);

#endif
