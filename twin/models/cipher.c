/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's low-level functions: the state of a hash can be taken out. */
#define OPENSSL_API_COMPAT 0x10101000L
#include "models/cipher.h"

#include <openssl/aes.h>
#include <openssl/sha.h>
#include <string.h>

static void schedule(const uint8_t *key, size_t key_n, bool encrypt, AES_KEY *k)
{
    if (encrypt) {
        (void)AES_set_encrypt_key(key, (int)key_n * 8, k);
    } else {
        (void)AES_set_decrypt_key(key, (int)key_n * 8, k);
    }
}

void tw_aes_ecb(const uint8_t *key, size_t key_n, bool encrypt, uint8_t *data,
                size_t n)
{
    AES_KEY k;

    schedule(key, key_n, encrypt, &k);
    for (size_t at = 0; at < n; at += TW_AES_BLOCK) {
        AES_ecb_encrypt(&data[at], &data[at], &k,
                        encrypt ? AES_ENCRYPT : AES_DECRYPT);
    }
}

void tw_aes_cbc(const uint8_t *key, size_t key_n, bool encrypt,
                uint8_t iv[TW_AES_BLOCK], uint8_t *data, size_t n)
{
    AES_KEY k;

    schedule(key, key_n, encrypt, &k);
    AES_cbc_encrypt(data, data, n, &k, iv, encrypt ? AES_ENCRYPT : AES_DECRYPT);
}

/* Doubling in GF(2^128), SP 800-38B 6.1. */
static void twice(uint8_t b[TW_AES_BLOCK])
{
    unsigned carry = 0;

    for (size_t i = TW_AES_BLOCK; i-- > 0;) {
        unsigned v = (unsigned)b[i] << 1 | carry;

        b[i] = (uint8_t)v;
        carry = v >> 8 & 1;
    }
    if (carry != 0) {
        b[TW_AES_BLOCK - 1] ^= 0x87;
    }
}

void tw_aes_cmac(const uint8_t *key, size_t key_n, const uint8_t *data,
                 size_t n, uint8_t mac[TW_AES_BLOCK])
{
    uint8_t sub[TW_AES_BLOCK] = {0};
    uint8_t last[TW_AES_BLOCK] = {0};
    uint8_t sum[TW_AES_BLOCK] = {0};
    size_t whole = n == 0 ? 0 : (n - 1) / TW_AES_BLOCK;
    size_t tail = n - whole * TW_AES_BLOCK;

    tw_aes_ecb(key, key_n, true, sub, sizeof(sub));
    twice(sub);
    if (tail > 0) {
        memcpy(last, &data[whole * TW_AES_BLOCK], tail);
    }
    if (tail < TW_AES_BLOCK) {
        last[tail] = 0x80;
        twice(sub);
    }
    for (size_t b = 0; b <= whole; b++) {
        const uint8_t *block = b == whole ? last : &data[b * TW_AES_BLOCK];

        for (size_t i = 0; i < TW_AES_BLOCK; i++) {
            sum[i] ^= (uint8_t)(block[i] ^ (b == whole ? sub[i] : 0));
        }
        tw_aes_ecb(key, key_n, true, sum, sizeof(sum));
    }
    memcpy(mac, sum, sizeof(sum));
}

static SHA_CTX sha1_at(const struct tw_hash *hash)
{
    SHA_CTX c;

    (void)SHA1_Init(&c);
    c.h0 = hash->h[0];
    c.h1 = hash->h[1];
    c.h2 = hash->h[2];
    c.h3 = hash->h[3];
    c.h4 = hash->h[4];
    c.Nl = (uint32_t)(hash->bytes << 3);
    c.Nh = (uint32_t)(hash->bytes >> 29);
    return c;
}

static SHA256_CTX sha256_at(const struct tw_hash *hash)
{
    SHA256_CTX c;

    (void)SHA256_Init(&c);
    memcpy(c.h, hash->h, sizeof(hash->h));
    c.Nl = (uint32_t)(hash->bytes << 3);
    c.Nh = (uint32_t)(hash->bytes >> 29);
    return c;
}

static void keep_sha1(struct tw_hash *hash, const SHA_CTX *c)
{
    const uint32_t h[8] = {c->h0, c->h1, c->h2, c->h3, c->h4};

    memcpy(hash->h, h, sizeof(h));
}

void tw_hash_init(struct tw_hash *hash, enum tw_hash_kind kind)
{
    SHA_CTX sha1;
    SHA256_CTX sha256;

    memset(hash, 0, sizeof(*hash));
    if (kind == TW_SHA1) {
        (void)SHA1_Init(&sha1);
        keep_sha1(hash, &sha1);
    } else {
        (void)SHA256_Init(&sha256);
        memcpy(hash->h, sha256.h, sizeof(hash->h));
    }
}

void tw_hash_blocks(struct tw_hash *hash, enum tw_hash_kind kind,
                    const uint8_t *data, size_t n)
{
    if (kind == TW_SHA1) {
        SHA_CTX c = sha1_at(hash);

        (void)SHA1_Update(&c, data, n);
        keep_sha1(hash, &c);
    } else {
        SHA256_CTX c = sha256_at(hash);

        (void)SHA256_Update(&c, data, n);
        memcpy(hash->h, c.h, sizeof(hash->h));
    }
    hash->bytes += n;
}

size_t tw_hash_end(const struct tw_hash *hash, enum tw_hash_kind kind,
                   const uint8_t *tail, size_t n, uint8_t digest[32])
{
    if (kind == TW_SHA1) {
        SHA_CTX c = sha1_at(hash);

        (void)SHA1_Update(&c, tail, n);
        (void)SHA1_Final(digest, &c);
        return SHA_DIGEST_LENGTH;
    }
    SHA256_CTX c = sha256_at(hash);

    (void)SHA256_Update(&c, tail, n);
    (void)SHA256_Final(digest, &c);
    return SHA256_DIGEST_LENGTH;
}
