/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CAAM_H
#define FW_CAAM_H

#include "aw/err.h"

#include <stdint.h>

/*
 * Cryptographic accelerator of the i.MX6UL: one job at a time on ring 0.
 * Source: IMX6ULSRM, chapter "CAAM"; NXP AN10922 for the derivation.
 */
enum { CAAM_KEY = 32, CAAM_DATA_MAX = 64 };

/* What a job needs in OCRAM; whoever uses it wipes it. */
struct caam_work {
    uint32_t descriptor[16];
    uint32_t in[2];
    uint32_t out[2];
    uint8_t key[CAAM_KEY];
    uint8_t message[CAAM_DATA_MAX];
    uint8_t result[CAAM_KEY];
};

/**
 * Key of the part for a purpose: AES-256-CMAC of 0x41 and of 0x42 before the
 * diversifier, with the key that the master key verification blob gives.
 *
 * @param n    bytes of the diversifier, at most 32
 * @param key  CAAM_KEY bytes
 *
 * @return AW_OK; AW_ERR_RANGE; AW_ERR_TIMEOUT; AW_ERR_IO with the job's status
 *         in diag.
 */
AW_MUST_CHECK aw_err caam_derive(struct caam_work *work,
                                 const uint8_t *diversifier, uint32_t n,
                                 uint8_t *key, struct aw_diag *diag);

/** Random bytes into work->result, all of it. Errors as caam_derive. */
AW_MUST_CHECK aw_err caam_random(struct caam_work *work, struct aw_diag *diag);

#endif
