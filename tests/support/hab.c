/* SPDX-License-Identifier: Apache-2.0 */
#include "hab.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

aw_bytes hab_file(const char *path)
{
    char full[160];

    ck_assert_int_lt(snprintf(full, sizeof(full), "hab/%s", path),
                     (int)sizeof(full));
    return vec_file(full);
}

aw_bytes hab_csf(const char *stem)
{
    char path[120];

    (void)snprintf(path, sizeof(path), "csf/%s.bin", stem);
    return hab_file(path);
}

static BIO *pem_of(const char *before, const char *name, const char *after)
{
    char path[120];

    (void)snprintf(path, sizeof(path), "%s%s%s", before, name, after);
    aw_bytes pem = hab_file(path);
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);

    ck_assert_ptr_nonnull(bio);
    return bio;
}

aw_bytes hab_cert(const char *name)
{
    BIO *bio = pem_of("pki/crts/", name, "_crt.pem");
    char *kind = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long n = 0;

    ck_assert_int_eq(PEM_read_bio(bio, &kind, &header, &der, &n), 1);
    ck_assert_str_eq(kind, "CERTIFICATE");
    aw_bytes out = vec_keep((aw_bytes){der, (size_t)n});

    OPENSSL_free(kind);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return out;
}

EVP_PKEY *hab_key(const char *name)
{
    static struct {
        const char *name;
        EVP_PKEY *key;
    } known[64];
    static size_t n;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].key;
        }
    }
    BIO *bio = pem_of("pki/keys/TEST-", name, "_key.pem");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    ck_assert_ptr_nonnull(key);
    ck_assert_uint_lt(n, COUNT(known));
    known[n].name = vec_cstr(aw_text(name));
    known[n++].key = key;
    return key;
}

void hab_join(struct aw_wr *w, const char *image, aw_bytes csf, size_t pad)
{
    aw_wr_put(w, hab_file(image));
    aw_wr_put(w, csf);
    if (csf.n < pad) {
        aw_wr_zeros(w, pad - csf.n);
    }
    ck_assert(!w->failed);
}
