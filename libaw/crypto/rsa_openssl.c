/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>

#include "rsa_backend.h"

aw_err rsa_public(aw_bytes modulus, aw_bytes exponent, aw_bytes sig,
                  uint8_t *block)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
    BIGNUM *e = BN_bin2bn(exponent.p, (int)exponent.n, NULL);
    BIGNUM *s = BN_bin2bn(sig.p, (int)sig.n, NULL);
    BIGNUM *r = BN_new();
    aw_err err = AW_ERR_RESOURCE;

    if (ctx == NULL || n == NULL || e == NULL || s == NULL || r == NULL) {
        goto out;
    }
    if (BN_cmp(s, n) >= 0) {
        err = AW_ERR_SIG;
        goto out;
    }
    if (BN_mod_exp(r, s, e, n, ctx) == 1 &&
        BN_bn2binpad(r, block, (int)modulus.n) == (int)modulus.n) {
        err = AW_OK;
    }
out:
    BN_free(r);
    BN_free(s);
    BN_free(e);
    BN_free(n);
    BN_CTX_free(ctx);
    return err;
}
