/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_KEYS_H
#define FW_KEYS_H

#include <stdint.h>

#include "aw/err.h"
#include "fw/derive.h"

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
 * @return AW_OK; AW_ERR_PRECONDITION for a closed part that is not in a trusted
 *         or secure state; AW_ERR_IO when the engine has made none; errors of
 *         caam_derive, dcp_encrypt.
 */
AW_MUST_CHECK aw_err keys_rpmb(const uint8_t **key, struct aw_diag *diag);

/**
 * Key of a role of the witness. What the part's own key is derived for is the
 * verifier of the applet's manifest, as compiled in, and the role's label: a
 * device that trusts another applet key is another witness. Source:
 * armored-witness-os, trusted_os/rpc.go.
 *
 * @param derived  set to memory in OCRAM: wipe it with keys_wipe
 *
 * @return AW_OK; AW_ERR_PRECONDITION if no applet key is compiled in, or for a
 *         part that is closed and not in a trusted or secure state, or for
 *         another one of the two kinds than `who` says; errors of caam_derive,
 *         dcp_encrypt.
 */
AW_MUST_CHECK aw_err keys_role(const struct derive_who *who,
                               enum derive_role role,
                               const struct derived **derived,
                               struct aw_diag *diag);

/** Wipes all of the scratch memory. */
void keys_wipe(void);

#endif
