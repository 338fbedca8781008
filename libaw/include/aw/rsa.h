/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_RSA_H
#define AW_RSA_H

#include "aw/bytes.h"
#include "aw/sha256.h"

/* RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 section 8.2. Big-endian integers
 * without sign. Sizes in bytes. */
enum { AW_RSA_MIN = 128, AW_RSA_MAX = 512, AW_RSA_EXPONENT_MAX = 4 };

/**
 * True when the numbers can be an RSA key that we work with: odd modulus of
 * AW_RSA_MIN to AW_RSA_MAX bytes, odd exponent of 1 to 4 bytes above 1, both
 * without leading zeros.
 */
bool aw_rsa_key_valid(aw_bytes modulus, aw_bytes exponent);

/**
 * Verifies a signature. The whole padded block is compared, from its first
 * byte on; nothing in it is searched for or skipped.
 *
 * @param digest  SHA-256 of the message
 * @param sig     as long as the modulus and smaller; untrusted
 *
 * @return AW_OK; AW_ERR_KEY if the key is not valid; AW_ERR_SIG;
 *         AW_ERR_RESOURCE if memory ran out.
 */
AW_MUST_CHECK aw_err aw_rsa_verify(aw_bytes modulus, aw_bytes exponent,
                                   const uint8_t digest[AW_SHA256_SIZE],
                                   aw_bytes sig);

/**
 * Writes the DigestInfo of a digest as PKCS #1 signs it: 51 bytes, for
 * signers that only pad and exponentiate.
 */
void aw_rsa_digest_info(const uint8_t digest[AW_SHA256_SIZE], struct aw_wr *w);

#endif
