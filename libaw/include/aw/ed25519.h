/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_ED25519_H
#define AW_ED25519_H

#include "aw/bytes.h"

/* Ed25519, RFC 8032, plain (not prehashed). Sizes in bytes. */
enum { AW_ED25519_SEED = 32, AW_ED25519_PUBLIC = 32, AW_ED25519_SIG = 64 };

/**
 * Verifies a signature. S >= L, small-order keys and points not in canonical
 * form are refused.
 *
 * @return AW_OK or AW_ERR_SIG.
 */
AW_MUST_CHECK aw_err
aw_ed25519_verify(const uint8_t public_key[AW_ED25519_PUBLIC], aw_bytes message,
                  const uint8_t sig[AW_ED25519_SIG]);

/** Public key of a 32-byte seed. */
void aw_ed25519_public(const uint8_t seed[AW_ED25519_SEED],
                       uint8_t public_key[AW_ED25519_PUBLIC]);

/** Signs; deterministic. */
void aw_ed25519_sign(const uint8_t seed[AW_ED25519_SEED], aw_bytes message,
                     uint8_t sig[AW_ED25519_SIG]);

#endif
