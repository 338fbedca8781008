/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cert.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "hab.h"
#include "suites.h"
#include "support.h"

/* Every certificate of the test PKI. */
static const struct {
    const char *name;
    const char *issuer; /* that verifies */
    const char *other;  /* that does not */
    bool ca;
    bool eku;
    size_t usage; /* content bytes of keyUsage */
    const char *common;
} certs[] = {
    {"CA1", "CA1", "SRK1", true, false, 1, "TEST CA1"},
    {"SRK1", "CA1", "SRK2", true, false, 1, "TEST SRK1"},
    {"SRK2", "CA1", "SRK2", true, false, 1, "TEST SRK2"},
    {"SRK3", "CA1", "SRK2", true, false, 1, "TEST SRK3"},
    {"SRK4", "CA1", "SRK2", true, false, 1, "TEST SRK4"},
    {"CSF1_1", "SRK1", "SRK2", false, false, 0, "TEST CSF1_1"},
    {"IMG1_1", "SRK1", "SRK2", false, false, 0, "TEST IMG1_1"},
    {"CSF2_1", "SRK2", "SRK1", false, false, 0, "TEST CSF2_1"},
    {"IMG2_1", "SRK2", "SRK1", false, false, 0, "TEST IMG2_1"},
    {"CSFL", "SRK1", "SRK2", false, false, 0, "TEST CSF long"},
    {"CSFKU", "SRK1", "SRK2", false, false, 40, "TEST CSFKU"},
    {"CSFEKU", "SRK1", "SRK2", false, true, 0, "TEST CSFEKU"},
    {"IMGCA", "SRK1", "SRK2", true, false, 1, "TEST IMGCA"},
    {"SRKN1", "CA1", "SRKN1", false, false, 0, "TEST SRKN1"},
    {"SRKB1", "CA1", "SRKB1", true, false, 1, "TEST SRKB1"},
    {"CSFB1", "SRKB1", "SRK1", false, false, 0, "TEST CSFB1"},
    {"ATT", "ATT", "SRK1", false, false, 0, "TEST IMG1_1"},
};

static aw_err verify(const struct aw_hab_cert *cert, const char *issuer)
{
    struct aw_hab_cert by;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert(issuer), &by, NULL), AW_OK);
    return aw_hab_cert_verify(cert, by.modulus, by.exponent);
}

/* OpenSSL reads the same names, number and key. */
static void compare(const struct aw_hab_cert *cert)
{
    const unsigned char *p = cert->der.p;
    X509 *x = d2i_X509(NULL, &p, (long)cert->der.n);
    unsigned char *der = NULL;

    ck_assert_ptr_nonnull(x);
    int n = i2d_X509_NAME(X509_get_issuer_name(x), &der);

    CK_ASSERT_BYTES(cert->issuer, ((aw_bytes){der, (size_t)n}));
    OPENSSL_free(der);
    der = NULL;
    n = i2d_X509_NAME(X509_get_subject_name(x), &der);
    CK_ASSERT_BYTES(cert->subject, ((aw_bytes){der, (size_t)n}));
    OPENSSL_free(der);
    der = NULL;
    n = i2d_ASN1_INTEGER(X509_get_serialNumber(x), &der);
    CK_ASSERT_BYTES(cert->serial, ((aw_bytes){der, (size_t)n}));
    OPENSSL_free(der);
    ck_assert_int_eq(EVP_PKEY_get_size(X509_get0_pubkey(x)),
                     (int)cert->modulus.n);
    ck_assert_int_eq(X509_check_ca(x) == 1, cert->ca);
    X509_free(x);
}

START_TEST(vectors)
{
    struct aw_hab_cert cert = {0};
    const char *name = certs[_i].name;
    aw_bytes der = hab_cert(name);

    ck_assert_int_eq(aw_hab_cert_parse(der, &cert, NULL), AW_OK);
    CK_ASSERT_BYTES(cert.der, der);
    compare(&cert);
    ck_assert_msg(cert.ca == certs[_i].ca, "%s", name);
    ck_assert_msg(cert.ext_key_usage == certs[_i].eku, "%s", name);
    ck_assert_msg(cert.key_usage.n == certs[_i].usage, "%s: %zu", name,
                  cert.key_usage.n);
    ck_assert(!cert.unknown_critical);
    ck_assert_msg(verify(&cert, certs[_i].issuer) == AW_OK, "%s", name);
    ck_assert_msg(verify(&cert, certs[_i].other) != AW_OK, "%s", name);
    ck_assert_msg(
        aw_bytes_starts(aw_hab_name_common(cert.subject), certs[_i].common),
        "%s: %s", name, vec_cstr(aw_hab_name_common(cert.subject)));
}
END_TEST

/* Zeros behind a certificate: habtool's padding, and no more. */
START_TEST(padding)
{
    static uint8_t buf[2048];
    aw_bytes der = hab_cert("CSF1_1");
    struct aw_hab_cert cert;

    memcpy(buf, der.p, der.n);
    for (size_t n = 0; n <= 3; n++) {
        ck_assert_int_eq(
            aw_hab_cert_parse((aw_bytes){buf, der.n + n}, &cert, NULL), AW_OK);
        ck_assert_uint_eq(cert.der.n, der.n);
    }
    ck_assert_int_eq(aw_hab_cert_parse((aw_bytes){buf, der.n + 4}, &cert, NULL),
                     AW_ERR_FORMAT);
    buf[der.n] = 1;
    ck_assert_int_eq(aw_hab_cert_parse((aw_bytes){buf, der.n + 1}, &cert, NULL),
                     AW_ERR_FORMAT);
}
END_TEST

/* Every cut and every flipped bit is refused, or does not verify. */
START_TEST(mutations)
{
    static uint8_t buf[2048];
    aw_bytes der = hab_cert("CSF1_1");
    struct aw_hab_cert cert;
    struct aw_hab_cert by;

    ck_assert_int_eq(aw_hab_cert_parse(hab_cert("SRK1"), &by, NULL), AW_OK);
    for (size_t n = 0; n < der.n; n++) {
        aw_bytes cut = {der.p, n};

        ck_assert_int_eq(aw_hab_cert_parse(cut, &cert, NULL), AW_ERR_FORMAT);
    }
    memcpy(buf, der.p, der.n);
    for (size_t i = 0; i < der.n; i++) {
        aw_bytes in = {buf, der.n};

        buf[i] ^= (uint8_t)(1U << (i % 8));
        if (aw_hab_cert_parse(in, &cert, NULL) == AW_OK) {
            ck_assert_msg(aw_hab_cert_verify(&cert, by.modulus, by.exponent) !=
                              AW_OK,
                          "byte %zu", i);
        }
        buf[i] = der.p[i];
    }
}
END_TEST

/* DER that OpenSSL or a lenient reader would take. Offsets in CSF1_1:
 * 4 TBSCertificate, 8 version, 13 serial; the length forms are made longer. */
START_TEST(strictness)
{
    static uint8_t buf[2048];
    aw_bytes der = hab_cert("CSF1_1");
    struct aw_hab_cert cert;
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    /* length with a leading zero byte */
    aw_wr_u8(&w, 0x30);
    aw_wr_u8(&w, 0x83);
    aw_wr_u8(&w, 0);
    aw_wr_put(&w, (aw_bytes){der.p + 2, der.n - 2});
    ck_assert_int_eq(aw_hab_cert_parse(aw_wr_done(&w), &cert, NULL),
                     AW_ERR_FORMAT);
    /* indefinite length */
    w = aw_wr_init(buf, sizeof(buf));
    aw_wr_u8(&w, 0x30);
    aw_wr_u8(&w, 0x80);
    aw_wr_put(&w, (aw_bytes){der.p + 4, der.n - 4});
    aw_wr_zeros(&w, 2);
    ck_assert_int_eq(aw_hab_cert_parse(aw_wr_done(&w), &cert, NULL),
                     AW_ERR_FORMAT);
    /* version 2, then version 1 written out */
    for (uint8_t v = 0; v <= 1; v++) {
        memcpy(buf, der.p, der.n);
        ck_assert_uint_eq(buf[12], 2);
        buf[12] = v;
        ck_assert_int_eq(aw_hab_cert_parse((aw_bytes){buf, der.n}, &cert, NULL),
                         AW_ERR_FORMAT);
    }
}
END_TEST

/* A certificate made by OpenSSL with an extension of ours in it. */
static aw_bytes issue(int nid, const char *value, bool critical, int version)
{
    X509 *x = X509_new();
    EVP_PKEY *key = hab_key("SRK1");
    aw_bytes bytes = vec_unhex(aw_text(value));
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext = NULL;
    unsigned char *der = NULL;

    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(X509_set_version(x, version), 1);
    ck_assert_int_eq(X509_set_pubkey(x, hab_key("CSF1_1")), 1);
    ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), 5), 1);
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(x), 0));
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(x), 1000));
    if (version == X509_VERSION_3) {
        ck_assert_int_eq(ASN1_OCTET_STRING_set(data, bytes.p, (int)bytes.n), 1);
        ext = X509_EXTENSION_create_by_NID(NULL, nid, critical ? 1 : 0, data);
        ck_assert_int_eq(X509_add_ext(x, ext, -1), 1);
    }
    ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
    int n = i2d_X509(x, &der);
    aw_bytes out = vec_keep((aw_bytes){der, (size_t)n});

    OPENSSL_free(der);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(data);
    X509_free(x);
    return out;
}

static const struct {
    const char *name;
    const char *value;
    int nid;
    aw_err want;
    bool critical;
    bool ca;
    bool unknown;
} extensions[] = {
    {"CA:FALSE", "3000", NID_basic_constraints, AW_OK, false, false, false},
    {"CA:TRUE", "30030101ff", NID_basic_constraints, AW_OK, true, true, false},
    {"CA:TRUE, path length", "30060101ff020100", NID_basic_constraints, AW_OK,
     true, true, false},
    {"CA flag in BER", "3003010101", NID_basic_constraints, AW_ERR_FORMAT, true,
     false, false},
    {"CA flag FALSE written out", "3003010100", NID_basic_constraints,
     AW_ERR_FORMAT, true, false, false},
    {"bytes behind basicConstraints", "300000", NID_basic_constraints,
     AW_ERR_FORMAT, false, false, false},
    {"keyUsage of no bits", "030100", NID_key_usage, AW_ERR_FORMAT, false,
     false, false},
    {"keyUsage, 8 unused bits", "03020880", NID_key_usage, AW_ERR_FORMAT, false,
     false, false},
    {"keyUsage is no BIT STRING", "04020780", NID_key_usage, AW_ERR_FORMAT,
     false, false, false},
    {"keyUsage", "03020780", NID_key_usage, AW_OK, true, false, false},
    {"something else", "0500", NID_netscape_comment, AW_OK, false, false,
     false},
    {"something else, critical", "0500", NID_netscape_comment, AW_OK, true,
     false, true},
};

START_TEST(extension_table)
{
    struct aw_hab_cert cert = {0};
    aw_err err =
        aw_hab_cert_parse(issue(extensions[_i].nid, extensions[_i].value,
                                extensions[_i].critical, X509_VERSION_3),
                          &cert, NULL);

    ck_assert_msg(err == extensions[_i].want, "%s: %s", extensions[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(cert.ca, extensions[_i].ca);
    ck_assert_int_eq(cert.unknown_critical, extensions[_i].unknown);
    if (err == AW_OK) {
        ck_assert_int_eq(verify(&cert, "SRK1"), AW_OK);
    }
}
END_TEST

START_TEST(version_1)
{
    struct aw_hab_cert cert;

    ck_assert_int_eq(
        aw_hab_cert_parse(issue(0, "", false, X509_VERSION_1), &cert, NULL),
        AW_ERR_FORMAT);
}
END_TEST

Suite *suite_cert(void)
{
    Suite *s = suite_create("cert");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, vectors, 0, (int)COUNT(certs));
    tcase_add_test(tc, padding);
    tcase_add_test(tc, mutations);
    tcase_add_test(tc, strictness);
    tcase_add_loop_test(tc, extension_table, 0, (int)COUNT(extensions));
    tcase_add_test(tc, version_1);
    suite_add_tcase(s, tc);
    return s;
}
