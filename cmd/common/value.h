/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_VALUE_H
#define COMMON_VALUE_H

#include "aw/bytes.h"

/* Values of options in text. Outputs stay untouched on failure. */

/** 1 t T TRUE true True 0 f F FALSE false False, as Go's ParseBool.
 *  @return AW_OK; AW_ERR_FORMAT. */
AW_MUST_CHECK aw_err aw_value_bool(aw_bytes text, bool *v);

/**
 * Duration as Go's ParseDuration without sign: 300ms, 1.5h, 2h45m.
 *
 * @param ms  milliseconds, rounded up
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_RANGE above 2^63-1 nanoseconds.
 */
AW_MUST_CHECK aw_err aw_value_duration(aw_bytes text, uint64_t *ms);

/**
 * Number of bytes: digits, then nothing, B, K, KiB, kB, M, MiB, MB, G, GiB,
 * GB, T, TiB or TB. A letter alone counts in steps of 1024.
 *
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_RANGE above 2^64-1.
 */
AW_MUST_CHECK aw_err aw_value_size(aw_bytes text, uint64_t *bytes);

/** Index of text in choices, which are separated by bars.
 *  @return AW_OK; AW_ERR_NOT_FOUND. */
AW_MUST_CHECK aw_err aw_value_choice(aw_bytes text, const char *choices,
                                     unsigned *index);

#endif
