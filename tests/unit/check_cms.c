/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cms.h"

#include <openssl/cms.h>
#include <openssl/x509.h>
#include <string.h>

#include "aw/hab/cert.h"
#include "aw/hab/csf.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

enum { CST_TIME = 1735689600 };

/* The signature object at an offset of a CSF. */
static aw_bytes signature_at(const char *stem, uint32_t offset)
{
    struct aw_hab_object o = {0};
    aw_bytes file = hab_csf(stem);

    ck_assert_int_eq(
        aw_hab_object_parse((aw_bytes){file.p + offset, file.n - offset}, &o,
                            NULL),
        AW_OK);
    ck_assert_uint_eq(o.tag, AW_HAB_SIG_TAG);
    return o.body;
}

/* A second opinion: OpenSSL, with the certificate that signed. */
static bool openssl_verifies(aw_bytes der, const char *cert_name, aw_bytes data)
{
    const unsigned char *p = der.p;
    aw_bytes cert_der = hab_cert(cert_name);
    const unsigned char *q = cert_der.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
    X509 *cert = d2i_X509(NULL, &q, (long)cert_der.n);
    STACK_OF(X509) *certs = sk_X509_new_null();
    BIO *bio = BIO_new_mem_buf(data.p, (int)data.n);

    ck_assert_ptr_nonnull(cms);
    ck_assert_ptr_nonnull(cert);
    ck_assert_int_eq(sk_X509_push(certs, cert), 1);
    bool ok =
        CMS_verify(cms, certs, NULL, bio, NULL,
                   CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) == 1;

    BIO_free(bio);
    sk_X509_free(certs);
    X509_free(cert);
    CMS_ContentInfo_free(cms);
    return ok;
}

/* Signatures over the commands of CSFs, and who made them. */
static const struct {
    const char *stem;
    const char *cert;
    uint32_t offset;
    bool certificates;
} vectors[] = {
    {"flash.cst331", "CSF1_1", 0x7c0, false},
    {"flash.cst401", "CSF1_1", 0xd04, false},
    {"flash.habtool", "CSF1_1", 0x7c0, true},
    {"flash-srk2.cst331", "CSF2_1", 0x7c0, false},
    {"flash-4096.cst331", "CSFB1", 0x794, false},
    {"flash-fast.cst331", "SRKN1", 0x7a8, false},
    {"flash-dcp.habtool", "CSF1_1", 0x7c0, true},
};

static aw_bytes commands_of(const char *stem)
{
    struct aw_csf csf;

    ck_assert_int_eq(aw_csf_open(hab_csf(stem), &csf, NULL), AW_OK);
    return csf.commands;
}

START_TEST(vector_table)
{
    struct aw_hab_cert cert;
    struct aw_hab_cert other;
    struct aw_hab_cms cms;
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes data = commands_of(vectors[_i].stem);
    aw_bytes der = signature_at(vectors[_i].stem, vectors[_i].offset);

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert(vectors[_i].cert), &cert, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("IMG1_1"), &other, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_hab_cms_parse(der, &cms, NULL), AW_OK);
    CK_ASSERT_BYTES(cms.issuer, cert.issuer);
    CK_ASSERT_BYTES(cms.serial, cert.serial);
    ck_assert(cms.timed);
    ck_assert_int_eq(cms.signing_time, CST_TIME);
    ck_assert_int_eq(cms.certificates, vectors[_i].certificates);
    aw_sha256(data, digest);
    ck_assert_int_eq(
        aw_hab_cms_verify(&cms, cert.modulus, cert.exponent, digest), AW_OK);
    ck_assert_int_eq(
        aw_hab_cms_verify(&cms, other.modulus, other.exponent, digest),
        AW_ERR_SIG);
    ck_assert(openssl_verifies(der, vectors[_i].cert, data));
    digest[0] ^= 1;
    ck_assert_int_eq(
        aw_hab_cms_verify(&cms, cert.modulus, cert.exponent, digest),
        AW_ERR_DIGEST);
}
END_TEST

/* Written again from its parts, each of cst's signatures is the same. */
START_TEST(rewrite)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        static uint8_t buf[2048];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        struct aw_hab_cms cms;
        aw_bytes der = signature_at(vectors[i].stem, vectors[i].offset);

        ck_assert_int_eq(aw_hab_cms_parse(der, &cms, NULL), AW_OK);
        struct aw_hab_cms_parts parts = {.issuer = cms.issuer,
                                         .serial = cms.serial,
                                         .signing_time = cms.signing_time};

        memcpy(parts.digest, cms.digest, sizeof(parts.digest));
        ck_assert_int_eq(aw_hab_cms_write(&parts, cms.signature, &w), AW_OK);
        if (!vectors[i].certificates) {
            CK_ASSERT_BYTES(aw_wr_done(&w), der);
        }
        uint8_t digest[AW_SHA256_SIZE];
        struct aw_hab_cert cert;

        ck_assert_int_eq(aw_hab_cms_to_be_signed(&parts, digest), AW_OK);
        ck_assert_int_eq(
            aw_hab_cert_parse(hab_cert(vectors[i].cert), &cert, NULL), AW_OK);
        ck_assert_int_eq(
            aw_rsa_verify(cert.modulus, cert.exponent, digest, cms.signature),
            AW_OK);
    }
}
END_TEST

/* One byte of the signature of flash.cst331 changed (offsets of `openssl
 * asn1parse`); what does not parse must say so, what parses must not verify. */
static const struct {
    const char *name;
    size_t at;
    uint8_t to;
    aw_err want;
} bytes[] = {
    {"as made", 0, 0x30, AW_OK},
    {"outer tag", 0, 0x31, AW_ERR_FORMAT},
    {"content type", 14, 0x03, AW_ERR_FORMAT},
    {"version", 25, 0x03, AW_ERR_FORMAT},
    {"digest algorithm SHA-512", 40, 0x03, AW_ERR_UNSUPPORTED},
    {"encapsulated content type", 53, 0x02, AW_ERR_FORMAT},
    {"signer version 3", 64, 0x03, AW_ERR_FORMAT},
    {"signer digest SHA-512", 136, 0x03, AW_ERR_UNSUPPORTED},
    {"contentType attribute gone", 151, 0x05, AW_ERR_FORMAT},
    {"contentType is another", 164, 0x02, AW_ERR_FORMAT},
    {"signingTime attribute gone", 177, 0x02, AW_OK},
    {"signingTime is no time", 182, 0x5a, AW_ERR_FORMAT},
    {"messageDigest attribute gone", 207, 0x06, AW_ERR_FORMAT},
    {"messageDigest short", 211, 0x1f, AW_ERR_FORMAT},
    {"signature algorithm SHA-1 with RSA", 256, 0x05, AW_ERR_UNSUPPORTED},
    {"signature algorithm SHA-256 with RSA", 256, 0x0b, AW_OK},
    {"signature tag", 259, 0x03, AW_ERR_FORMAT},
};

START_TEST(byte_table)
{
    static uint8_t buf[1024];
    aw_bytes der = signature_at("flash.cst331", 0x7c0);
    struct aw_hab_cms cms = {.timed = true};

    memcpy(buf, der.p, der.n);
    buf[bytes[_i].at] = bytes[_i].to;
    aw_err err = aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL);

    ck_assert_msg(err == bytes[_i].want, "%s: %s", bytes[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(cms.signature.n != 0, err == AW_OK);
}
END_TEST

/* contentType and signingTime in the other order, and one of them twice. */
START_TEST(attribute_order)
{
    static uint8_t buf[1024];
    aw_bytes der = signature_at("flash.cst331", 0x7c0);
    struct aw_hab_cms cms;

    memcpy(buf, der.p, der.n);
    memcpy(buf + 139, der.p + 165, 30);
    memcpy(buf + 169, der.p + 139, 26);
    ck_assert_int_eq(aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL),
                     AW_ERR_FORMAT);
    memcpy(buf, der.p, der.n);
    ck_assert_int_eq(aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL),
                     AW_OK);
    /* signingTime turned into a second contentType */
    buf[177] = 0x03;
    ck_assert_int_eq(aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL),
                     AW_ERR_FORMAT);
}
END_TEST

/* Cuts, padding, and every flipped bit. */
START_TEST(mutations)
{
    static uint8_t buf[1024];
    aw_bytes der = signature_at("flash.cst331", 0x7c0);
    struct aw_hab_cms cms;
    struct aw_hab_cert cert;
    uint8_t digest[AW_SHA256_SIZE];
    size_t accepted = 0;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("CSF1_1"), &cert, NULL), AW_OK);
    aw_sha256(commands_of("flash.cst331"), digest);
    for (size_t n = 0; n < der.n; n++) {
        aw_bytes cut = {der.p, n};

        ck_assert_int_eq(aw_hab_cms_parse(cut, &cms, NULL), AW_ERR_FORMAT);
    }
    memcpy(buf, der.p, der.n);
    ck_assert_int_eq(aw_hab_cms_parse((aw_bytes){buf, der.n + 3}, &cms, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_hab_cms_parse((aw_bytes){buf, der.n + 4}, &cms, NULL),
                     AW_ERR_FORMAT);
    for (size_t i = 0; i < 8 * der.n; i++) {
        buf[i / 8] ^= (uint8_t)(1U << (i % 8));
        if (aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL) == AW_OK &&
            aw_hab_cms_verify(&cms, cert.modulus, cert.exponent, digest) ==
                AW_OK) {
            /* Issuer and serial number are not compared with anything. */
            ck_assert_msg(i / 8 >= 67 && i / 8 < 124, "bit %zu", i);
            accepted++;
        }
        buf[i / 8] = der.p[i / 8];
    }
    ck_assert_uint_gt(accepted, 0);
}
END_TEST

/* Times, through the writer and back through the reader. */
static const struct {
    int64_t time;
    const char *text; /* NULL: refused */
} times[] = {
    {0, "700101000000Z"},
    {CST_TIME, "250101000000Z"},
    {951782399, "000228235959Z"},
    {951782400, "000229000000Z"},
    {951868800, "000301000000Z"},
    {1709164800, "240229000000Z"},
    {-1, "691231235959Z"},
    {-631152000, "500101000000Z"},
    {-631152001, NULL},
    {2524607999, "491231235959Z"},
    {2524608000, "20500101000000Z"},
    {4102444800, "21000101000000Z"},
    {4107542400, "21000301000000Z"},
    {253402300799, "99991231235959Z"},
    {253402300800, NULL},
    {INT64_MAX, NULL},
    {INT64_MIN, NULL},
};

START_TEST(time_table)
{
    static uint8_t buf[1024];
    static const uint8_t sig[256] = {1};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_hab_cert cert;
    struct aw_hab_cms cms;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("CSF1_1"), &cert, NULL), AW_OK);
    struct aw_hab_cms_parts parts = {.issuer = cert.issuer,
                                     .serial = cert.serial,
                                     .signing_time = times[_i].time};
    aw_err want = times[_i].text == NULL ? AW_ERR_RANGE : AW_OK;

    ck_assert_int_eq(aw_hab_cms_to_be_signed(&parts, digest), want);
    ck_assert_int_eq(aw_hab_cms_write(&parts, (aw_bytes){sig, sizeof(sig)}, &w),
                     want);
    if (want != AW_OK) {
        return;
    }
    aw_bytes der = aw_wr_done(&w);

    ck_assert_int_eq(aw_hab_cms_parse(der, &cms, NULL), AW_OK);
    ck_assert_int_eq(cms.signing_time, times[_i].time);
    ck_assert_ptr_nonnull(
        memmem(der.p, der.n, times[_i].text, strlen(times[_i].text)));
}
END_TEST

START_TEST(bad_times)
{
    static const char *const texts[] = {
        "250229000000Z", "251301000000Z", "250001000000Z", "250100000000Z",
        "250132000000Z", "250101240000Z", "250101006000Z", "250101000060Z",
        "2501010000000", "25010100000aZ", "250431000000Z",
    };
    static uint8_t buf[1024];
    aw_bytes der = signature_at("flash.cst331", 0x7c0);
    struct aw_hab_cms cms;

    memcpy(buf, der.p, der.n);
    for (size_t i = 0; i < COUNT(texts); i++) {
        memcpy(buf + 182, texts[i], 13);
        ck_assert_msg(aw_hab_cms_parse((aw_bytes){buf, der.n}, &cms, NULL) ==
                          AW_ERR_FORMAT,
                      "%s", texts[i]);
    }
}
END_TEST

START_TEST(small_buffers)
{
    static uint8_t buf[1024];
    aw_bytes der = signature_at("flash.cst331", 0x7c0);
    struct aw_hab_cms cms;

    ck_assert_int_eq(aw_hab_cms_parse(der, &cms, NULL), AW_OK);
    struct aw_hab_cms_parts parts = {.issuer = cms.issuer,
                                     .serial = cms.serial};

    for (size_t n = 0; n < der.n; n++) {
        struct aw_wr w = aw_wr_init(buf, n);

        ck_assert_int_eq(aw_hab_cms_write(&parts, cms.signature, &w),
                         AW_ERR_SPACE);
    }
}
END_TEST

Suite *suite_cms(void)
{
    Suite *s = suite_create("cms");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, vector_table, 0, (int)COUNT(vectors));
    tcase_add_test(tc, rewrite);
    tcase_add_loop_test(tc, byte_table, 0, (int)COUNT(bytes));
    tcase_add_test(tc, attribute_order);
    tcase_add_test(tc, mutations);
    tcase_add_loop_test(tc, time_table, 0, (int)COUNT(times));
    tcase_add_test(tc, bad_times);
    tcase_add_test(tc, small_buffers);
    suite_add_tcase(s, tc);
    return s;
}
