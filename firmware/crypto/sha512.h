/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA512_H
#define SHA512_H

#include "aw/bytes.h"

/*
 * SHA-512, FIPS 180-4, in few instructions: the bootloader needs it for
 * Ed25519 only, over notes of a few kilobytes, and libsodium's takes 11 KB.
 */
enum { SHA512_SIZE = 64, SHA512_BLOCK = 128 };

struct sha512 {
    uint64_t state[8];
    uint64_t count; /* bytes */
    uint8_t block[SHA512_BLOCK];
};

void sha512_init(struct sha512 *h);
void sha512_update(struct sha512 *h, const uint8_t *bytes, size_t n);
/** Ends and wipes the hash. */
void sha512_final(struct sha512 *h, uint8_t digest[SHA512_SIZE]);

#endif
