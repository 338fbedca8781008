/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_DCP_H
#define FW_DCP_H

#include "aw/err.h"

#include <stdint.h>

/* Data co-processor of the i.MX6ULL and 6ULZ. Source: MCIMX28RM, chapter 13. */
enum { DCP_BLOCK = 16, DCP_DATA_MAX = 64 };

/* What one use of it needs in OCRAM; whoever uses it wipes it. */
struct dcp_work {
    uint32_t packet[8];
    uint8_t iv[DCP_BLOCK];
    uint8_t data[DCP_DATA_MAX]; /* in, and out again */
};

/**
 * AES-128-CBC encryption of work->data with the part's unique key, which is
 * all zeros on an open part.
 *
 * @param n  bytes, a multiple of DCP_BLOCK up to DCP_DATA_MAX
 *
 * @return AW_OK; AW_ERR_RANGE; AW_ERR_TIMEOUT; AW_ERR_IO when it says so.
 */
AW_MUST_CHECK aw_err dcp_encrypt(struct dcp_work *work, uint32_t n,
                                 struct aw_diag *diag);

#endif
