/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL's low-level functions: the EVP layer costs more than the
 * hash itself on the 65-byte nodes of a Merkle tree. */
#define OPENSSL_API_COMPAT 0x10101000L
#include <openssl/sha.h>
#include <string.h>

#include "aw/sha256.h"
#include "sha256_bulk.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct aw_sha256),
               "aw_sha256 holds an OpenSSL context");

void aw_sha256_init(struct aw_sha256 *h)
{
    SHA256_CTX c;

    (void)SHA256_Init(&c);
    memcpy(h->opaque, &c, sizeof(c));
}

void aw_sha256_update(struct aw_sha256 *h, aw_bytes data)
{
    SHA256_CTX c;

    if (data.n == 0) {
        return;
    }
    memcpy(&c, h->opaque, sizeof(c));
    (void)SHA256_Update(&c, data.p, data.n);
    memcpy(h->opaque, &c, sizeof(c));
}

void aw_sha256_final(struct aw_sha256 *h, uint8_t digest[AW_SHA256_SIZE])
{
    SHA256_CTX c;

    memcpy(&c, h->opaque, sizeof(c));
    (void)SHA256_Final(digest, &c);
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
        SHA256_CTX c;

        (void)SHA256_Init(&c);
        (void)SHA256_Update(&c, &prefix, 1);
        if (messages[i].n > 0) {
            (void)SHA256_Update(&c, messages[i].p, messages[i].n);
        }
        (void)SHA256_Final(digests[i], &c);
    }
}

enum { NODE_DATA = 2 * AW_SHA256_SIZE };

void sha256_plain_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                        uint8_t (*parents)[AW_SHA256_SIZE])
{
    static const uint8_t node_prefix = 1;

    for (size_t i = 0; i < n; i++) {
        SHA256_CTX c;

        (void)SHA256_Init(&c);
        (void)SHA256_Update(&c, &node_prefix, 1);
        (void)SHA256_Update(&c, children[2 * i], NODE_DATA);
        (void)SHA256_Final(parents[i], &c);
    }
}
