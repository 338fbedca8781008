/* SPDX-License-Identifier: Apache-2.0 */
/* What the trusted OS signs, with the keys of vector d: each signature is
 * checked as those check it who rely on it. */
#include "os/identity/identity.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "aw/ftlog/attest.h"
#include "aw/ftlog/note.h"
#include "fw/scratch.h"
#include "key_rig.h"
#include "os/identity/certificate.h"
#include "suites.h"
#include "support.h"

#define NOW UINT64_C(1735689600) /* 2025-01-01 */

static struct identity id;

static void setup(void)
{
    key_rig_setup();
    key_rig_be_ul(true);
    key_rig_be_closed(true, true);
    identity_init(&id, 0);
}

START_TEST(vector_d)
{
    ck_assert_int_eq(id.kind, IDENTITY_OWN);
    ck_assert_str_eq(id.who.serial, "720A9DEAD4390330");
    ck_assert_str_eq(id.witness,
                     "ArmoredWitness-restless-frost+8f8fed76+"
                     "AWMCIIY7NwKp3b+fYJ7hZRGUNNe6cgT6MmU87rKDuIiv");
    ck_assert_str_eq(id.attestation,
                     "AW-ID-Attestation-720A9DEAD4390330+94e4bc84+"
                     "AW7/fwcs91rv89YfpvyUmuLO+GOLqZiROIaDkrZBeF3o");
    ck_assert_str_eq(id.bastion, "2e02b1d2a053313daf63dc4f587d2f9e203f00554f12"
                                 "d3266c4d105ce4e9542a");
}
END_TEST

/* Another number is another witness of the same device. */
START_TEST(next_number)
{
    struct identity next;

    identity_init(&next, 1);
    ck_assert_str_ne(next.witness, id.witness);
    ck_assert_str_eq(next.attestation, id.attestation);
    ck_assert_str_eq(next.bastion, id.bastion);
}
END_TEST

static const char checkpoint[] =
    "example.com/log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

START_TEST(cosignature)
{
    const aw_bytes text = aw_text(checkpoint);
    uint8_t signature[AW_ED25519_SIG] = {0};
    uint8_t message[256];
    struct aw_wr w = aw_wr_init(message, sizeof(message));
    struct aw_vkey key;

    ck_assert_int_eq(identity_cosign(&id, text, NOW, signature), AW_OK);
    ck_assert_int_eq(aw_vkey_parse(aw_text(id.witness), &key, NULL), AW_OK);
    aw_wr_text(&w, "cosignature/v1\ntime 1735689600\n");
    aw_wr_put(&w, text);
    ck_assert_int_eq(
        aw_ed25519_verify(key.public_key, aw_wr_done(&w), signature), AW_OK);
    /* Nothing but a checkpoint, and no time that has a sign. */
    memset(signature, 0, sizeof(signature));
    ck_assert_int_eq(identity_cosign(&id, aw_text("hello\n"), NOW, signature),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(identity_cosign(&id, text, UINT64_C(1) << 63, signature),
                     AW_ERR_RANGE);
    for (size_t i = 0; i < sizeof(signature); i++) {
        ck_assert_uint_eq(signature[i], 0);
    }
}
END_TEST

START_TEST(attestations)
{
    static uint8_t note[4096];
    const aw_bytes serial = aw_text("720A9DEAD4390330");
    struct aw_wr w = aw_wr_init(note, sizeof(note));
    struct aw_device_key device;
    struct aw_vkey witness;
    uint8_t bastion[AW_SHA256_SIZE];

    ck_assert_int_eq(
        aw_device_key_parse(aw_text(id.attestation), serial, &device, NULL),
        AW_OK);
    ck_assert_int_eq(identity_attest(&id, ABI_ATTEST_IDENTITY, &w), AW_OK);
    ck_assert_int_eq(
        aw_attest_witness_open(aw_wr_done(&w), &device, 0, &witness, NULL),
        AW_OK);
    w.n = 0;
    ck_assert_int_eq(identity_attest(&id, ABI_ATTEST_BASTION, &w), AW_OK);
    ck_assert_int_eq(
        aw_attest_bastion_open(aw_wr_done(&w), &device, 0, bastion, NULL),
        AW_OK);
    CK_ASSERT_BYTES(((aw_bytes){bastion, sizeof(bastion)}),
                    vec_unhex(aw_text(id.bastion)));
    /* No room: nothing is written. */
    struct aw_wr small = aw_wr_init(note, 100);

    ck_assert_int_eq(identity_attest(&id, ABI_ATTEST_BASTION, &small),
                     AW_ERR_SPACE);
    ck_assert_uint_eq(small.n, 0);
}
END_TEST

static void check_extensions(X509 *cert)
{
    ck_assert_uint_eq(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
    ck_assert_uint_eq(X509_get_extended_key_usage(cert), XKU_SSL_CLIENT);
}

START_TEST(certificate)
{
    uint8_t der[512];
    struct aw_wr w = aw_wr_init(der, sizeof(der));
    char name[64];
    time_t then = 0;

    ck_assert_int_eq(identity_certificate(&id, NOW, &w), AW_OK);
    const uint8_t *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)w.n);

    ck_assert_ptr_nonnull(cert);
    ck_assert_ptr_eq(p, der + w.n);
    ck_assert_int_eq(X509_verify(cert, X509_get0_pubkey(cert)), 1);
    ck_assert_int_eq(X509_get_version(cert), X509_VERSION_3);
    ck_assert_int_eq(ASN1_INTEGER_get(X509_get0_serialNumber(cert)), 1);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName,
                                    name, sizeof(name));
    ck_assert_str_eq(name, "Bastion backend");
    ck_assert_int_eq(
        X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)),
        0);
    then = (time_t)NOW - 3600;
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notBefore(cert), then), 0);
    then = (time_t)NOW + 86400;
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(cert), then), 0);
    check_extensions(cert);
    X509_free(cert);
}
END_TEST

static const struct {
    uint64_t now;
    aw_err want;
} times[] = {
    {0, AW_ERR_RANGE},
    {3599, AW_ERR_RANGE},
    {3600, AW_OK},
    {951782400, AW_OK},  /* 2000-02-29 */
    {1709164800, AW_OK}, /* 2024-02-29 */
    {1767225599, AW_OK}, /* the last second of 2025 */
    {UINT64_C(2524521599), AW_OK},
    {UINT64_C(2524521600), AW_ERR_RANGE},
    {UINT64_MAX, AW_ERR_RANGE},
};

static aw_err no_signature(void *ctx, aw_bytes message,
                           uint8_t signature[AW_ED25519_SIG],
                           struct aw_diag *diag)
{
    (void)ctx;
    (void)message;
    (void)diag;
    memset(signature, 0, AW_ED25519_SIG);
    return AW_OK;
}

START_TEST(certificate_times)
{
    static const uint8_t key[AW_ED25519_PUBLIC] = {1};
    const struct aw_signer by = {NULL, no_signature};
    uint8_t der[512];
    struct aw_wr w = aw_wr_init(der, sizeof(der));

    ck_assert_int_eq(certificate_write(key, times[_i].now, &by, &w),
                     times[_i].want);
    if (times[_i].want != AW_OK) {
        ck_assert_uint_eq(w.n, 0);
        return;
    }
    const uint8_t *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)w.n);

    ck_assert_ptr_nonnull(cert);
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notBefore(cert),
                                          (time_t)times[_i].now - 3600),
                     0);
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(cert),
                                          (time_t)times[_i].now + 86400),
                     0);
    X509_free(cert);
    struct aw_wr small = aw_wr_init(der, w.n - 1);

    ck_assert_int_eq(certificate_write(key, times[_i].now, &by, &small),
                     AW_ERR_SPACE);
}
END_TEST

START_TEST(tls)
{
    static const uint8_t hash[48] = {7};
    uint8_t signature[AW_ED25519_SIG];
    uint8_t message[64 + 34 + 48];
    uint8_t der[512];
    struct aw_wr w = aw_wr_init(der, sizeof(der));

    ck_assert_int_eq(identity_certificate(&id, NOW, &w), AW_OK);
    memset(message, ' ', 64);
    memcpy(message + 64, "TLS 1.3, client CertificateVerify", 34);
    memcpy(message + 98, hash, sizeof(hash));
    for (size_t n = 32; n <= 48; n += 16) {
        ck_assert_int_eq(identity_sign_tls(&id, (aw_bytes){hash, n}, signature),
                         AW_OK);
        /* The key is where put_tbs has it: 4 + 3 + 15 + 28 + 32 + 28 + 12. */
        ck_assert_int_eq(aw_ed25519_verify(
                             der + 122, (aw_bytes){message, 98 + n}, signature),
                         AW_OK);
    }
    ck_assert_int_eq(identity_sign_tls(&id, (aw_bytes){hash, 33}, signature),
                     AW_ERR_RANGE);
}
END_TEST

/* Closed and not trusted: nobody; and from one moment to the next, too. */
START_TEST(nobody)
{
    uint8_t signature[AW_ED25519_SIG];
    uint8_t out[1024];
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    struct identity none;

    key_rig_be_closed(true, false);
    ck_assert_int_eq(identity_cosign(&id, aw_text(checkpoint), NOW, signature),
                     AW_ERR_PRECONDITION);
    identity_init(&none, 0);
    ck_assert_int_eq(none.kind, IDENTITY_NONE);
    ck_assert_int_eq(none.err, AW_ERR_PRECONDITION);
    ck_assert(none.witness[0] == '\0' && none.attestation[0] == '\0' &&
              none.bastion[0] == '\0');
    ck_assert_int_eq(identity_attest(&none, ABI_ATTEST_IDENTITY, &w),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(identity_certificate(&none, NOW, &w), AW_ERR_PRECONDITION);
    ck_assert_uint_eq(w.n, 0);
}
END_TEST

/* After every use. */
START_TEST(nothing_stays)
{
    uint8_t signature[AW_ED25519_SIG];

    ck_assert_int_eq(identity_cosign(&id, aw_text(checkpoint), NOW, signature),
                     AW_OK);
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
}
END_TEST

Suite *suite_os_identity(void)
{
    Suite *s = suite_create("os_identity");
    TCase *tc = tcase_create("identity");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, vector_d);
    tcase_add_test(tc, next_number);
    tcase_add_test(tc, cosignature);
    tcase_add_test(tc, attestations);
    tcase_add_test(tc, certificate);
    tcase_add_loop_test(tc, certificate_times, 0, (int)COUNT(times));
    tcase_add_test(tc, tls);
    tcase_add_test(tc, nobody);
    tcase_add_test(tc, nothing_stays);
    suite_add_tcase(s, tc);
    return s;
}
