/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_KEYS_H
#define FW_KEYS_H

#include "aw/err.h"

#include <stdint.h>

/*
 * Keys that follow from the part's own key, as upstream's firmware derives
 * them (armored-witness-os, trusted_os/rpmb.go): a device keeps its keys when
 * it changes between the two. Results lie in OCRAM (fw/scratch.h).
 */

/**
 * Key of the eMMC's RPMB: PBKDF2-HMAC-SHA-256 over what the CAAM (32 bytes) or
 * the DCP (16 bytes) makes of "ArmoryWitnessMAC", salt the unique id, 4096
 * iterations. The same for anybody on an open part.
 *
 * @param key  set to 32 bytes in OCRAM: wipe them with keys_wipe
 *
 * @return AW_OK; errors of caam_derive, dcp_encrypt.
 */
AW_MUST_CHECK aw_err keys_rpmb(const uint8_t **key, struct aw_diag *diag);

/** Wipes all of the scratch memory. */
void keys_wipe(void);

#endif
