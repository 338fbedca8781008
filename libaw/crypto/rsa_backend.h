/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RSA_BACKEND_H
#define RSA_BACKEND_H

#include "aw/bytes.h"

/**
 * The one operation that a backend supplies: sig^exponent mod modulus.
 *
 * @param modulus,exponent  valid by aw_rsa_key_valid
 * @param sig               as long as the modulus; untrusted
 * @param block             modulus.n bytes, leading zeros kept
 *
 * @return AW_OK; AW_ERR_SIG if sig is not smaller than the modulus;
 *         AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err rsa_public(aw_bytes modulus, aw_bytes exponent,
                                aw_bytes sig, uint8_t *block);

#endif
