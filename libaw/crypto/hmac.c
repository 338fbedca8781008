/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hmac.h"

#include <string.h>

#include "aw/ct.h"

enum { SHA256_BLOCK = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5c };

static void start(struct aw_sha256 *h, const uint8_t key[SHA256_BLOCK],
                  uint8_t pad)
{
    uint8_t block[SHA256_BLOCK];

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = (uint8_t)(key[i] ^ pad);
    }
    aw_sha256_init(h);
    aw_sha256_update(h, (aw_bytes){block, sizeof(block)});
    aw_wipe(block, sizeof(block));
}

void aw_hmac_init(struct aw_hmac *h, aw_bytes key)
{
    uint8_t block[SHA256_BLOCK] = {0};

    if (key.n > sizeof(block)) {
        aw_sha256(key, block);
    } else if (key.n > 0) {
        memcpy(block, key.p, key.n);
    }
    start(&h->inner, block, INNER_PAD);
    start(&h->outer, block, OUTER_PAD);
    aw_wipe(block, sizeof(block));
}

void aw_hmac_update(struct aw_hmac *h, aw_bytes data)
{
    aw_sha256_update(&h->inner, data);
}

void aw_hmac_final(struct aw_hmac *h, uint8_t mac[AW_HMAC_SIZE])
{
    uint8_t inner[AW_SHA256_SIZE];

    aw_sha256_final(&h->inner, inner);
    aw_sha256_update(&h->outer, (aw_bytes){inner, sizeof(inner)});
    aw_sha256_final(&h->outer, mac);
    aw_wipe(inner, sizeof(inner));
    aw_wipe(h, sizeof(*h));
}

void aw_hmac_sha256(aw_bytes key, aw_bytes data, uint8_t mac[AW_HMAC_SIZE])
{
    struct aw_hmac h;

    aw_hmac_init(&h, key);
    aw_hmac_update(&h, data);
    aw_hmac_final(&h, mac);
}

aw_err aw_hkdf_sha256(aw_bytes ikm, aw_bytes salt, aw_bytes info, uint8_t *okm,
                      size_t n)
{
    uint8_t prk[AW_HMAC_SIZE];
    uint8_t t[AW_HMAC_SIZE];
    uint8_t counter = 0;

    if (n > AW_HKDF_MAX) {
        return AW_ERR_RANGE;
    }
    aw_hmac_sha256(salt, ikm, prk);
    for (size_t at = 0; at < n; at += sizeof(t)) {
        size_t part = n - at < sizeof(t) ? n - at : sizeof(t);
        struct aw_hmac h;

        aw_hmac_init(&h, (aw_bytes){prk, sizeof(prk)});
        aw_hmac_update(&h, (aw_bytes){t, counter == 0 ? 0 : sizeof(t)});
        aw_hmac_update(&h, info);
        counter++;
        aw_hmac_update(&h, (aw_bytes){&counter, 1});
        aw_hmac_final(&h, t);
        memcpy(okm + at, t, part);
    }
    aw_wipe(prk, sizeof(prk));
    aw_wipe(t, sizeof(t));
    return AW_OK;
}

/* Block i of PBKDF2, counted from 1: U1 xor U2 xor ... */
static void pbkdf2_block(const struct aw_hmac *keyed, aw_bytes salt,
                         uint32_t iterations, uint32_t i,
                         uint8_t out[AW_HMAC_SIZE])
{
    const uint8_t number[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16),
                               (uint8_t)(i >> 8), (uint8_t)i};
    uint8_t u[AW_HMAC_SIZE];
    struct aw_hmac h = *keyed;

    aw_hmac_update(&h, salt);
    aw_hmac_update(&h, (aw_bytes){number, sizeof(number)});
    aw_hmac_final(&h, u);
    memcpy(out, u, sizeof(u));
    for (uint32_t k = 1; k < iterations; k++) {
        h = *keyed;
        aw_hmac_update(&h, (aw_bytes){u, sizeof(u)});
        aw_hmac_final(&h, u);
        for (size_t b = 0; b < sizeof(u); b++) {
            out[b] ^= u[b];
        }
    }
    aw_wipe(u, sizeof(u));
}

void aw_pbkdf2_sha256(aw_bytes password, aw_bytes salt, uint32_t iterations,
                      uint8_t *key, size_t n)
{
    struct aw_hmac keyed;
    uint8_t block[AW_HMAC_SIZE];
    uint32_t i = 1;

    AW_BUG_ON(iterations == 0);
    aw_hmac_init(&keyed, password);
    for (size_t at = 0; at < n; at += sizeof(block)) {
        size_t part = n - at < sizeof(block) ? n - at : sizeof(block);

        pbkdf2_block(&keyed, salt, iterations, i++, block);
        memcpy(key + at, block, part);
    }
    aw_wipe(&keyed, sizeof(keyed));
    aw_wipe(block, sizeof(block));
}
