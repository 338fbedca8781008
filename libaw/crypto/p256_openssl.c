/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "aw/ecdsa.h"

/* Parses spki; NULL unless it is exactly a P-256 key. */
static EVP_PKEY *p256_key(aw_bytes spki)
{
    const unsigned char *p = spki.p;
    char group[32] = {0};
    size_t n = 0;

    if (spki.n != AW_P256_SPKI) {
        return NULL;
    }
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);

    if (key == NULL || p != spki.p + spki.n ||
        EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1 ||
        strcmp(group, "prime256v1") != 0) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

bool aw_p256_spki_valid(aw_bytes spki)
{
    EVP_PKEY *key = p256_key(spki);

    EVP_PKEY_free(key);
    return key != NULL;
}

aw_err aw_p256_verify(aw_bytes spki, const uint8_t digest[AW_SHA256_SIZE],
                      aw_bytes sig)
{
    EVP_PKEY *key = p256_key(spki);
    EVP_PKEY_CTX *ctx = NULL;
    aw_err err = AW_ERR_SIG;

    if (key == NULL) {
        return AW_ERR_KEY;
    }
    ctx = EVP_PKEY_CTX_new(key, NULL);
    if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
        EVP_PKEY_verify(ctx, sig.p, sig.n, digest, AW_SHA256_SIZE) == 1) {
        err = AW_OK;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return err;
}
