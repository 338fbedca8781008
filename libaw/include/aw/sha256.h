/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SHA256_H
#define AW_SHA256_H

#include "aw/bytes.h"

/* SHA-256, FIPS 180-4. Digests are 32 bytes, big-endian words. */
enum { AW_SHA256_SIZE = 32 };

/* Running hash. May be copied to fork a hash; holds no pointers. */
struct aw_sha256 {
    uint64_t opaque[16]; /* private, owned by the backend */
};

void aw_sha256_init(struct aw_sha256 *h);
void aw_sha256_update(struct aw_sha256 *h, aw_bytes data);
/** Ends the hash; init again before the next use. */
void aw_sha256_final(struct aw_sha256 *h, uint8_t digest[AW_SHA256_SIZE]);

/** Hash of one run of bytes. */
void aw_sha256(aw_bytes data, uint8_t digest[AW_SHA256_SIZE]);

/**
 * Hashes n messages, each as one byte `prefix` followed by the message: the
 * leaf (0x00) and node (0x01) hashes of RFC 6962 in bulk. Same results as
 * one hash at a time, faster where the machine can overlap them.
 *
 * @param digests  n digests of 32 bytes; must not overlap the messages
 */
void aw_sha256_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                        uint8_t (*digests)[AW_SHA256_SIZE]);

/**
 * Hashes n pairs of adjacent digests to n parents: 0x01 || left || right.
 *
 * @param children  2n digests; parents may be the same array: parent i is
 *                  written after children 2i and 2i+1 were read
 */
void aw_sha256_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                     uint8_t (*parents)[AW_SHA256_SIZE]);

#endif
