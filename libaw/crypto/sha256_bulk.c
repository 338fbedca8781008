/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256_bulk.h"

/* A single message gains nothing from a second lane. */
enum { LEAST_FOR_FAST = 2 };

void aw_sha256_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                        uint8_t (*digests)[AW_SHA256_SIZE])
{
    if (n >= LEAST_FOR_FAST && sha256_fast_usable()) {
        sha256_fast_prefixed(prefix, messages, n, digests);
    } else {
        sha256_plain_prefixed(prefix, messages, n, digests);
    }
}

void aw_sha256_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                     uint8_t (*parents)[AW_SHA256_SIZE])
{
    if (n >= LEAST_FOR_FAST && sha256_fast_usable()) {
        sha256_fast_pairs(children, n, parents);
    } else {
        sha256_plain_pairs(children, n, parents);
    }
}
