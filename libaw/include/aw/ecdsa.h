/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_ECDSA_H
#define AW_ECDSA_H

#include "aw/bytes.h"
#include "aw/sha256.h"

/* DER SubjectPublicKeyInfo of an uncompressed P-256 point, in bytes. */
enum { AW_P256_SPKI = 91 };

/** True when spki is the DER form of a point on P-256. */
bool aw_p256_spki_valid(aw_bytes spki);

/**
 * Verifies ECDSA over P-256.
 *
 * @param spki    DER SubjectPublicKeyInfo; untrusted
 * @param digest  SHA-256 of the message
 * @param sig     ASN.1 DER signature; untrusted
 *
 * @return AW_OK; AW_ERR_KEY if spki is not a P-256 key; AW_ERR_SIG.
 */
AW_MUST_CHECK aw_err aw_p256_verify(aw_bytes spki,
                                    const uint8_t digest[AW_SHA256_SIZE],
                                    aw_bytes sig);

#endif
