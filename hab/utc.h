/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UTC_H
#define UTC_H

#include "aw/bytes.h"

enum { UTC_TIME_SIZE = 13, GENERALIZED_TIME_SIZE = 15 };

/**
 * Reads UTCTime (years 1950 to 2049) or GeneralizedTime (later years), both
 * with seconds and Z, as RFC 5652 section 11.3 has them.
 *
 * @param tag   DER_UTC_TIME or DER_GENERALIZED_TIME
 * @param time  seconds since 1970; untouched on failure
 */
bool utc_parse(uint8_t tag, aw_bytes text, int64_t *time);

/**
 * Writes a whole element: UTCTime where the year allows it.
 *
 * @return false when the year is not in 1950 to 9999; nothing is written
 */
bool utc_write(int64_t time, struct aw_wr *w);

#endif
