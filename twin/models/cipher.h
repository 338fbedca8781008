/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CIPHER_H
#define TWIN_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the crypto engines compute. */
enum { TW_AES_BLOCK = 16, TW_HASH_BLOCK = 64 };

/* Keys of 16, 24 or 32 bytes; data in place, n a multiple of TW_AES_BLOCK; iv
 * is that of the next block when the call ends. */

void tw_aes_ecb(const uint8_t *key, size_t key_n, bool encrypt, uint8_t *data,
                size_t n);
void tw_aes_cbc(const uint8_t *key, size_t key_n, bool encrypt,
                uint8_t iv[TW_AES_BLOCK], uint8_t *data, size_t n);

/** AES-CMAC, NIST SP 800-38B. */
void tw_aes_cmac(const uint8_t *key, size_t key_n, const uint8_t *data,
                 size_t n, uint8_t mac[TW_AES_BLOCK]);

enum tw_hash_kind { TW_SHA1, TW_SHA256 };

/* A hash between whole blocks: any values are a state, so that one from a
 * file does no harm. */
struct tw_hash {
    uint32_t h[8]; /* five of them for SHA-1 */
    uint64_t bytes;
};

void tw_hash_init(struct tw_hash *hash, enum tw_hash_kind kind);
/** n is a multiple of 64. */
void tw_hash_blocks(struct tw_hash *hash, enum tw_hash_kind kind,
                    const uint8_t *data, size_t n);
/** Ends with the last n < 64 bytes; returns the size of the digest. */
size_t tw_hash_end(const struct tw_hash *hash, enum tw_hash_kind kind,
                   const uint8_t *tail, size_t n, uint8_t digest[32]);

#endif
