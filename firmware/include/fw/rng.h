/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_RNG_H
#define FW_RNG_H

#include "aw/err.h"

#include <stdint.h>

enum { RNG_MAX = 32 };

/**
 * Random bytes from the RNGB or the CAAM, whichever the chip has. Every word
 * passes the repetition count test of NIST SP 800-90B, 4.4.1: two equal ones
 * in a row, which chance brings once in 4 billion, are a failure.
 *
 * @param n  at most RNG_MAX
 *
 * @return AW_OK; AW_ERR_RANGE; AW_ERR_IO when a self-test or the test above
 *         fails; AW_ERR_TIMEOUT.
 */
AW_MUST_CHECK aw_err rng_fill(uint8_t *bytes, uint32_t n, struct aw_diag *diag);

#endif
