/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libsodium, for the device. A state may be that of a MAC, with the
 * key in its block: copies of it are wiped. */
#include <sodium.h>
#include <string.h>

#include "aw/ct.h"
#include "aw/sha256.h"
#include "sha256_bulk.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct aw_sha256),
               "aw_sha256 holds a libsodium state");

void aw_sha256_init(struct aw_sha256 *h)
{
    crypto_hash_sha256_state s;

    (void)crypto_hash_sha256_init(&s);
    memcpy(h->opaque, &s, sizeof(s));
}

void aw_sha256_update(struct aw_sha256 *h, aw_bytes data)
{
    crypto_hash_sha256_state s;

    if (data.n == 0) {
        return;
    }
    memcpy(&s, h->opaque, sizeof(s));
    (void)crypto_hash_sha256_update(&s, data.p, data.n);
    memcpy(h->opaque, &s, sizeof(s));
    aw_wipe(&s, sizeof(s));
}

void aw_sha256_final(struct aw_sha256 *h, uint8_t digest[AW_SHA256_SIZE])
{
    crypto_hash_sha256_state s;

    memcpy(&s, h->opaque, sizeof(s));
    (void)crypto_hash_sha256_final(&s, digest);
}

void aw_sha256(aw_bytes data, uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    aw_sha256_update(&h, data);
    aw_sha256_final(&h, digest);
}

void sha256_plain_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                           uint8_t (*digests)[AW_SHA256_SIZE])
{
    for (size_t i = 0; i < n; i++) {
        struct aw_sha256 h;

        aw_sha256_init(&h);
        aw_sha256_update(&h, (aw_bytes){&prefix, 1});
        aw_sha256_update(&h, messages[i]);
        aw_sha256_final(&h, digests[i]);
    }
}

void sha256_plain_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                        uint8_t (*parents)[AW_SHA256_SIZE])
{
    enum { NODE_DATA = 2 * AW_SHA256_SIZE };
    static const uint8_t node_prefix = 1;

    for (size_t i = 0; i < n; i++) {
        struct aw_sha256 h;

        aw_sha256_init(&h);
        aw_sha256_update(&h, (aw_bytes){&node_prefix, 1});
        aw_sha256_update(&h, (aw_bytes){children[2 * i], NODE_DATA});
        aw_sha256_final(&h, parents[i]);
    }
}
