/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_GUNZIP_H
#define CTL_GUNZIP_H

#include "aw/bytes.h"

/**
 * Unpacks one gzip stream.
 *
 * @param stream  untrusted
 * @param to      room bytes
 * @param n       bytes unpacked; untouched on failure
 *
 * @return false: no such stream, bytes behind its end, or more than room
 */
AW_MUST_CHECK bool ctl_gunzip(aw_bytes stream, uint8_t *to, size_t room,
                              size_t *n);

#endif
