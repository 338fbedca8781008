/* SPDX-License-Identifier: Apache-2.0 */
/* For processors without a faster way of hashing: sha256_bulk.h. */
#include "sha256_bulk.h"

bool sha256_fast_usable(void)
{
    return false;
}

void sha256_fast_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                          uint8_t (*digests)[AW_SHA256_SIZE])
{
    sha256_plain_prefixed(prefix, messages, n, digests);
}

void sha256_fast_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                       uint8_t (*parents)[AW_SHA256_SIZE])
{
    sha256_plain_pairs(children, n, parents);
}
