/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/rsa.h"

#include <string.h>

#include "rsa_backend.h"

enum { DIGEST_INFO = 51 };

bool aw_rsa_key_valid(aw_bytes modulus, aw_bytes exponent)
{
    if (modulus.n < AW_RSA_MIN || modulus.n > AW_RSA_MAX || exponent.n < 1 ||
        exponent.n > AW_RSA_EXPONENT_MAX) {
        return false;
    }
    return modulus.p[0] != 0 && (modulus.p[modulus.n - 1] & 1) == 1 &&
           exponent.p[0] != 0 && (exponent.p[exponent.n - 1] & 1) == 1 &&
           (exponent.n > 1 || exponent.p[0] > 1);
}

void aw_rsa_digest_info(const uint8_t digest[AW_SHA256_SIZE], struct aw_wr *w)
{
    /* RFC 8017 section 9.2, note 1: SEQUENCE of SHA-256 and OCTET STRING */
    static const uint8_t head[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                   0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                   0x01, 0x05, 0x00, 0x04, 0x20};

    aw_wr_put(w, (aw_bytes){head, sizeof(head)});
    aw_wr_put(w, (aw_bytes){digest, AW_SHA256_SIZE});
}

/* 00 01 ff.. 00 DigestInfo, as long as the modulus. */
static void padded_block(const uint8_t *digest, uint8_t *block, size_t n)
{
    struct aw_wr w = aw_wr_init(block + n - DIGEST_INFO, DIGEST_INFO);

    memset(block, 0xff, n);
    block[0] = 0;
    block[1] = 1;
    block[n - DIGEST_INFO - 1] = 0;
    aw_rsa_digest_info(digest, &w);
    AW_BUG_ON(w.failed || w.n != DIGEST_INFO);
}

aw_err aw_rsa_verify(aw_bytes modulus, aw_bytes exponent,
                     const uint8_t digest[AW_SHA256_SIZE], aw_bytes sig)
{
    uint8_t got[AW_RSA_MAX];
    uint8_t want[AW_RSA_MAX];

    if (!aw_rsa_key_valid(modulus, exponent)) {
        return AW_ERR_KEY;
    }
    if (sig.n != modulus.n) {
        return AW_ERR_SIG;
    }
    aw_err err = rsa_public(modulus, exponent, sig, got);

    if (err != AW_OK) {
        return err;
    }
    padded_block(digest, want, modulus.n);
    return memcmp(got, want, modulus.n) == 0 ? AW_OK : AW_ERR_SIG;
}
