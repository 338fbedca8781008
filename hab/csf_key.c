/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "aw/hab/key.h"

/* A library never asks on the terminal: an encrypted key is no key. */
static int no_password(char *buf, int size, int rwflag, void *ctx)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)ctx;
    return -1;
}

aw_err aw_hab_key_read(aw_bytes file, struct aw_hab_key *key,
                       struct aw_diag *diag)
{
    if (file.n == 0 || file.n > AW_HAB_PEM_MAX) {
        return aw_fail(diag, AW_ERR_KEY, "key: size", file.n);
    }
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.n);

    if (bio == NULL) {
        return aw_fail(diag, AW_ERR_RESOURCE, "key", 0);
    }
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

    BIO_free(bio);
    if (pkey == NULL) {
        return aw_fail(diag, AW_ERR_KEY, "key: no plain PEM private key", 0);
    }
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
        EVP_PKEY_free(pkey);
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "key: not RSA", 0);
    }
    key->handle = pkey;
    return AW_OK;
}

aw_err aw_hab_key_make(unsigned bits, struct aw_hab_key *key)
{
    if (bits != 2048 && bits != 3072 && bits != 4096) {
        return AW_ERR_RANGE;
    }
    EVP_PKEY *pkey = EVP_RSA_gen(bits);

    if (pkey == NULL) {
        return AW_ERR_RESOURCE;
    }
    key->handle = pkey;
    return AW_OK;
}

/* Content of a memory BIO into a cursor. */
static aw_err take_bio(BIO *bio, struct aw_wr *w)
{
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);

    if (n <= 0) {
        return AW_ERR_RESOURCE;
    }
    aw_wr_put(w, (aw_bytes){(const uint8_t *)data, (size_t)n});
    return w->failed ? AW_ERR_SPACE : AW_OK;
}

aw_err aw_hab_key_write(const struct aw_hab_key *key, struct aw_wr *w)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    aw_err err = AW_ERR_RESOURCE;

    if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(
                           bio, key->handle, NULL, NULL, 0, NULL, NULL) == 1) {
        err = take_bio(bio, w);
    }
    BIO_free(bio);
    return err;
}

void aw_hab_key_close(struct aw_hab_key *key)
{
    EVP_PKEY_free(key->handle);
    key->handle = NULL;
}

static aw_err sign_digest(void *ctx, const uint8_t digest[AW_SHA256_SIZE],
                          uint8_t *sig, size_t n, struct aw_diag *diag)
{
    EVP_PKEY *pkey = ctx;
    EVP_PKEY_CTX *op = NULL;
    size_t made = n;
    aw_err err = AW_ERR_RESOURCE;

    if ((size_t)EVP_PKEY_get_size(pkey) != n) {
        return aw_fail(diag, AW_ERR_KEY,
                       "key: size differs from its certificate", n);
    }
    op = EVP_PKEY_CTX_new(pkey, NULL);
    if (op != NULL && EVP_PKEY_sign_init(op) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(op, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(op, EVP_sha256()) == 1 &&
        EVP_PKEY_sign(op, sig, &made, digest, AW_SHA256_SIZE) == 1 &&
        made == n) {
        err = AW_OK;
    }
    EVP_PKEY_CTX_free(op);
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "key: signing", 0);
}

struct aw_hab_signer aw_hab_key_signer(struct aw_hab_key *key)
{
    return (struct aw_hab_signer){key->handle, sign_digest};
}

/* DER as it is, if it is one SEQUENCE with nothing behind it. */
static bool is_der(aw_bytes file)
{
    const unsigned char *p = file.p;
    long n = 0;
    int tag = 0;
    int class = 0;

    if (file.n == 0 || file.p[0] != 0x30 || file.n > AW_HAB_CERT_MAX) {
        return false;
    }
    int kind = ASN1_get_object(&p, &n, &tag, &class, (long)file.n);

    return kind == V_ASN1_CONSTRUCTED && n >= 0 &&
           (size_t)n == file.n - (size_t)(p - file.p);
}

aw_err aw_hab_cert_read(aw_bytes file, struct aw_wr *der, struct aw_diag *diag)
{
    char *name = NULL;
    unsigned char *data = NULL;
    long n = 0;

    if (is_der(file)) {
        aw_wr_put(der, file);
        return der->failed ? aw_fail(diag, AW_ERR_SPACE, "certificate", file.n)
                           : AW_OK;
    }
    if (file.n == 0 || file.n > AW_HAB_PEM_MAX) {
        return aw_fail(diag, AW_ERR_FORMAT, "certificate: size", file.n);
    }
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.n);

    if (bio == NULL) {
        return aw_fail(diag, AW_ERR_RESOURCE, "certificate", 0);
    }
    int found = PEM_bytes_read_bio(&data, &n, &name, PEM_STRING_X509, bio,
                                   no_password, NULL);

    BIO_free(bio);
    OPENSSL_free(name);
    if (found != 1) {
        return aw_fail(diag, AW_ERR_FORMAT, "certificate: neither PEM nor DER",
                       0);
    }
    aw_wr_put(der, (aw_bytes){data, (size_t)n});
    OPENSSL_free(data);
    return der->failed ? aw_fail(diag, AW_ERR_SPACE, "certificate", (size_t)n)
                       : AW_OK;
}

aw_err aw_hab_cert_pem(aw_bytes der, struct aw_wr *w)
{
    BIO *bio = BIO_new(BIO_s_mem());
    aw_err err = AW_ERR_RESOURCE;

    if (bio != NULL && der.n <= AW_HAB_CERT_MAX &&
        PEM_write_bio(bio, PEM_STRING_X509, "", der.p, (long)der.n) > 0) {
        err = take_bio(bio, w);
    }
    BIO_free(bio);
    return err;
}
