/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/rsa.h"

#include <openssl/rsa.h>
#include <string.h>

#include "aw/hab/cert.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

/* sign(block) without any padding of its own: RSA's private operation. */
static void raw_sign(EVP_PKEY *key, aw_bytes block, uint8_t *sig)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t n = block.n;

    ck_assert_ptr_nonnull(ctx);
    ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    ck_assert_int_eq(EVP_PKEY_sign(ctx, sig, &n, block.p, block.n), 1);
    ck_assert_uint_eq(n, block.n);
    EVP_PKEY_CTX_free(ctx);
}

static void good_block(uint8_t block[256], const uint8_t *digest)
{
    struct aw_wr w = aw_wr_init(block + 256 - 51, 51);

    memset(block, 0xff, 256);
    block[0] = 0;
    block[1] = 1;
    block[256 - 52] = 0;
    aw_rsa_digest_info(digest, &w);
    ck_assert_uint_eq(w.n, 51);
    ck_assert(!w.failed);
}

/* A padded block with one byte changed. */
static const struct {
    const char *name;
    size_t at;
    uint8_t to;
    aw_err want;
} blocks[] = {
    {"as made", 0, 0x00, AW_OK},
    {"block type 2", 1, 0x02, AW_ERR_SIG},
    {"block type 0", 1, 0x00, AW_ERR_SIG},
    {"padding byte", 2, 0xfe, AW_ERR_SIG},
    {"zero in the padding", 100, 0x00, AW_ERR_SIG},
    {"no zero behind the padding", 204, 0xff, AW_ERR_SIG},
    {"DigestInfo of SHA-512", 204 + 15, 0x03, AW_ERR_SIG},
    {"last byte of the digest", 255, 0x5a, AW_ERR_SIG},
};

START_TEST(block_table)
{
    static const uint8_t digest[AW_SHA256_SIZE] = {1, 2, 3};
    uint8_t block[256];
    uint8_t sig[256];
    struct aw_hab_cert cert;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("CSF1_1"), &cert, NULL), AW_OK);
    good_block(block, digest);
    block[blocks[_i].at] = blocks[_i].to;
    raw_sign(hab_key("CSF1_1"), (aw_bytes){block, sizeof(block)}, sig);
    aw_err err = aw_rsa_verify(cert.modulus, cert.exponent, digest,
                               (aw_bytes){sig, sizeof(sig)});

    ck_assert_msg(err == blocks[_i].want, "%s: %s", blocks[_i].name,
                  aw_err_text(err));
}
END_TEST

/* A digest put behind a short padding, garbage behind it: the forgery that
 * works against verifiers which search for the zero. */
START_TEST(short_padding)
{
    static const uint8_t digest[AW_SHA256_SIZE] = {9};
    uint8_t block[256] = {0,    1,    0xff, 0xff, 0xff, 0xff,
                          0xff, 0xff, 0xff, 0xff, 0};
    uint8_t sig[256];
    struct aw_wr w = aw_wr_init(block + 11, 51);
    struct aw_hab_cert cert;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("CSF1_1"), &cert, NULL), AW_OK);
    aw_rsa_digest_info(digest, &w);
    raw_sign(hab_key("CSF1_1"), (aw_bytes){block, sizeof(block)}, sig);
    ck_assert_int_eq(aw_rsa_verify(cert.modulus, cert.exponent, digest,
                                   (aw_bytes){sig, sizeof(sig)}),
                     AW_ERR_SIG);
}
END_TEST

START_TEST(signature_range)
{
    static const uint8_t digest[AW_SHA256_SIZE] = {1, 2, 3};
    uint8_t block[256];
    uint8_t sig[257];
    struct aw_hab_cert cert;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("CSF1_1"), &cert, NULL), AW_OK);
    good_block(block, digest);
    raw_sign(hab_key("CSF1_1"), (aw_bytes){block, sizeof(block)}, sig);
    ck_assert_int_eq(aw_rsa_verify(cert.modulus, cert.exponent, digest,
                                   (aw_bytes){sig, 255}),
                     AW_ERR_SIG);
    ck_assert_int_eq(aw_rsa_verify(cert.modulus, cert.exponent, digest,
                                   (aw_bytes){sig, 257}),
                     AW_ERR_SIG);
    memcpy(sig, cert.modulus.p, 256); /* s = n */
    ck_assert_int_eq(aw_rsa_verify(cert.modulus, cert.exponent, digest,
                                   (aw_bytes){sig, 256}),
                     AW_ERR_SIG);
    memset(sig, 0, 256);
    ck_assert_int_eq(aw_rsa_verify(cert.modulus, cert.exponent, digest,
                                   (aw_bytes){sig, 256}),
                     AW_ERR_SIG);
}
END_TEST

START_TEST(keys)
{
    static uint8_t m[600];
    static const uint8_t e[] = {0x01, 0x00, 0x01, 0x00, 0x01};
    static const uint8_t one[] = {1};
    static const uint8_t three[] = {3};
    static const uint8_t zero_first[] = {0, 3};
    static const uint8_t even[] = {4};

    memset(m, 0x81, sizeof(m));
    ck_assert(aw_rsa_key_valid((aw_bytes){m, 128}, (aw_bytes){e, 3}));
    ck_assert(aw_rsa_key_valid((aw_bytes){m, 512}, (aw_bytes){three, 1}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 127}, (aw_bytes){e, 3}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 513}, (aw_bytes){e, 3}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){NULL, 0}, (aw_bytes){e, 3}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){e, 5}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){NULL, 0}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){one, 1}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){even, 1}));
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){zero_first, 2}));
    m[255] = 0x80;
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){e, 3}));
    m[255] = 0x81;
    m[0] = 0;
    ck_assert(!aw_rsa_key_valid((aw_bytes){m, 256}, (aw_bytes){e, 3}));
    ck_assert_int_eq(aw_rsa_verify((aw_bytes){m, 256}, (aw_bytes){e, 3}, m,
                                   (aw_bytes){m, 256}),
                     AW_ERR_KEY);
}
END_TEST

Suite *suite_rsa(void)
{
    Suite *s = suite_create("rsa");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, block_table, 0, (int)COUNT(blocks));
    tcase_add_test(tc, short_padding);
    tcase_add_test(tc, signature_range);
    tcase_add_test(tc, keys);
    suite_add_tcase(s, tc);
    return s;
}
