/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_BULK_H
#define SHA256_BULK_H

#include "aw/sha256.h"

/*
 * Two ways to hash many short messages, behind aw_sha256_prefixed and
 * aw_sha256_pairs, whose arguments they take.
 */

/** One message after the other, by the library of the running hash. */
void sha256_plain_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                           uint8_t (*digests)[AW_SHA256_SIZE]);
void sha256_plain_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                        uint8_t (*parents)[AW_SHA256_SIZE]);

/** True when this machine has a faster way; only then the next two may be
 *  called. */
bool sha256_fast_usable(void);

/** Two messages at a time: one hash alone waits for itself most of the
 *  time. */
void sha256_fast_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                          uint8_t (*digests)[AW_SHA256_SIZE]);
void sha256_fast_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                       uint8_t (*parents)[AW_SHA256_SIZE]);

#endif
