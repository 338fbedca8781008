/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HMAC_H
#define AW_HMAC_H

#include "aw/sha256.h"

/*
 * HMAC-SHA-256 (RFC 2104) and the two key derivations on it: HKDF (RFC 5869)
 * and PBKDF2 (RFC 8018). All results are big-endian bytes; nothing secret
 * stays behind on the stack.
 */
enum {
    AW_HMAC_SIZE = AW_SHA256_SIZE,
    AW_HKDF_MAX = 255 * AW_HMAC_SIZE /* bytes of one output */
};

/* Running MAC. May be copied to fork it; holds no pointers. */
struct aw_hmac {
    struct aw_sha256 inner; /* private */
    struct aw_sha256 outer; /* private */
};

/** Begins with a key of any length. */
void aw_hmac_init(struct aw_hmac *h, aw_bytes key);
void aw_hmac_update(struct aw_hmac *h, aw_bytes data);
/** Ends and wipes the MAC; init again before the next use. */
void aw_hmac_final(struct aw_hmac *h, uint8_t mac[AW_HMAC_SIZE]);

/** MAC of one run of bytes. */
void aw_hmac_sha256(aw_bytes key, aw_bytes data, uint8_t mac[AW_HMAC_SIZE]);

/**
 * HKDF, extract then expand.
 *
 * @param salt  may be empty: the RFC's zero salt
 * @param info  may be empty
 * @param okm   n bytes; may not overlap an input; untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if n exceeds AW_HKDF_MAX.
 */
AW_MUST_CHECK aw_err aw_hkdf_sha256(aw_bytes ikm, aw_bytes salt, aw_bytes info,
                                    uint8_t *okm, size_t n);

/**
 * PBKDF2 with HMAC-SHA-256.
 *
 * @param iterations  at least 1
 * @param key         n bytes; may not overlap an input
 */
void aw_pbkdf2_sha256(aw_bytes password, aw_bytes salt, uint32_t iterations,
                      uint8_t *key, size_t n);

#endif
