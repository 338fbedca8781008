/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/key.h"

#include <string.h>

#include "aw/hab/cert.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

enum { NOW = 1735689600 };

static const struct {
    const char *file;
    aw_err want;
} reads[] = {
    {"pki/keys/TEST-CSF1_1_key.pem", AW_OK},
    {"pki-habtool/TEST-CSF_1_key.pem", AW_OK},
    {"pki/crts/CSF1_1_crt.pem", AW_ERR_KEY},
    {"image/test.dcd.bin", AW_ERR_KEY},
};

START_TEST(read_table)
{
    struct aw_hab_key key = {NULL};
    aw_err err = aw_hab_key_read(hab_file(reads[_i].file), &key, NULL);

    ck_assert_msg(err == reads[_i].want, "%s: %s", reads[_i].file,
                  aw_err_text(err));
    ck_assert_int_eq(key.handle == NULL, err != AW_OK);
    aw_hab_key_close(&key);
    ck_assert_ptr_null(key.handle);
}
END_TEST

/* An EC key; a key behind a password, which nobody is asked for; nothing. */
START_TEST(other_keys)
{
    static const char ec[] =
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAQEBAQEBAQEBAQEB\n"
        "AQEBAQEBAQEBAQEBAQEBAQEBAQGhRANCAARv8DsUxEVJK74Tgu/+eQpH7FiXJVi7\n"
        "hOfr3vNGqeHsJT2FcTPqJk1m0QNhtztDCxY7SPoS7R9LRmXXYxpDZeNF\n"
        "-----END PRIVATE KEY-----\n";
    static const char locked[] =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg5rRz3ktnd6QICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDj3xZ0G4Ys1hU6wCyL2A6kEQIsH\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    static uint8_t large[AW_HAB_PEM_MAX + 1];
    struct aw_hab_key key = {NULL};

    ck_assert_int_ne(aw_hab_key_read(aw_text(ec), &key, NULL), AW_OK);
    ck_assert_int_eq(aw_hab_key_read(aw_text(locked), &key, NULL), AW_ERR_KEY);
    ck_assert_int_eq(aw_hab_key_read(aw_text(""), &key, NULL), AW_ERR_KEY);
    ck_assert_int_eq(
        aw_hab_key_read((aw_bytes){large, sizeof(large)}, &key, NULL),
        AW_ERR_KEY);
    ck_assert_ptr_null(key.handle);
}
END_TEST

START_TEST(certificates)
{
    static uint8_t buf[AW_HAB_CERT_MAX];
    static uint8_t text[AW_HAB_CERT_MAX];
    aw_bytes pem = hab_file("pki/crts/CSF1_1_crt.pem");
    aw_bytes der = hab_cert("CSF1_1");
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_wr t = aw_wr_init(text, sizeof(text));

    ck_assert_int_eq(aw_hab_cert_read(pem, &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), der);
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_int_eq(aw_hab_cert_read(der, &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), der);
    ck_assert_int_eq(aw_hab_cert_pem(der, &t), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&t), pem);
    w = aw_wr_init(buf, der.n - 1);
    ck_assert_int_eq(aw_hab_cert_read(pem, &w, NULL), AW_ERR_SPACE);
    w = aw_wr_init(buf, der.n - 1);
    ck_assert_int_eq(aw_hab_cert_read(der, &w, NULL), AW_ERR_SPACE);
    w = aw_wr_init(buf, sizeof(buf));
    der.n--;
    ck_assert_int_eq(aw_hab_cert_read(der, &w, NULL), AW_ERR_FORMAT);
    ck_assert_int_eq(
        aw_hab_cert_read(hab_file("pki/keys/TEST-CSF1_1_key.pem"), &w, NULL),
        AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hab_cert_read(aw_text(""), &w, NULL), AW_ERR_FORMAT);
    ck_assert_uint_eq(w.n, 0);
    t = aw_wr_init(text, 10);
    ck_assert_int_eq(aw_hab_cert_pem(hab_cert("CSF1_1"), &t), AW_ERR_SPACE);
}
END_TEST

static struct aw_hab_cert_plan plan_of(const char *common, bool ca, int path)
{
    struct aw_hab_cert_plan plan = {
        .organization = "Example",
        .unit = "Test",
        .common_name = common,
        .not_before = NOW,
        .not_after = NOW + 1000,
        .ca = ca,
        .path_length = path,
    };

    memset(plan.serial, 0x5a, sizeof(plan.serial));
    return plan;
}

/* Root, SRK and leaf: the shape that signing wants. */
START_TEST(chain)
{
    static uint8_t buf[3][AW_HAB_CERT_MAX];
    struct aw_wr w[3];
    struct aw_hab_cert cert[3];
    struct aw_hab_key key = {hab_key("CA1")};
    struct aw_hab_key made;
    struct aw_hab_cert_plan plan = plan_of("root", true, -1);

    ck_assert_int_eq(aw_hab_key_make(AW_HAB_KEY_BITS, &made), AW_OK);
    for (size_t i = 0; i < 3; i++) {
        w[i] = aw_wr_init(buf[i], sizeof(buf[i]));
    }
    ck_assert_int_eq(
        aw_hab_cert_issue(&plan, &key, &key, (aw_bytes){NULL, 0}, &w[0], NULL),
        AW_OK);
    plan = plan_of("srk", true, 0);
    ck_assert_int_eq(
        aw_hab_cert_issue(&plan, &made, &key, aw_wr_done(&w[0]), &w[1], NULL),
        AW_OK);
    plan = plan_of("csf", false, 0);
    ck_assert_int_eq(
        aw_hab_cert_issue(&plan, &key, &made, aw_wr_done(&w[1]), &w[2], NULL),
        AW_OK);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(aw_hab_cert_parse(aw_wr_done(&w[i]), &cert[i], NULL),
                         AW_OK);
        ck_assert_int_eq(cert[i].ca, i < 2);
        ck_assert(!cert[i].ext_key_usage);
        ck_assert(!cert[i].unknown_critical);
        ck_assert_uint_le(cert[i].key_usage.n, AW_HAB_KEY_USAGE_MAX);
    }
    CK_ASSERT_BYTES(cert[2].issuer, cert[1].subject);
    CK_ASSERT_BYTES(aw_hab_name_common(cert[2].subject), aw_text("csf"));
    ck_assert_int_eq(
        aw_hab_cert_verify(&cert[0], cert[0].modulus, cert[0].exponent), AW_OK);
    ck_assert_int_eq(
        aw_hab_cert_verify(&cert[1], cert[0].modulus, cert[0].exponent), AW_OK);
    ck_assert_int_eq(
        aw_hab_cert_verify(&cert[2], cert[1].modulus, cert[1].exponent), AW_OK);

    /* the wrong issuer key, and what is no certificate */
    w[2] = aw_wr_init(buf[2], sizeof(buf[2]));
    ck_assert_int_eq(
        aw_hab_cert_issue(&plan, &key, &key, aw_wr_done(&w[1]), &w[2], NULL),
        AW_ERR_KEY);
    ck_assert_int_eq(
        aw_hab_cert_issue(&plan, &key, &key, aw_text("x"), &w[2], NULL),
        AW_ERR_FORMAT);
    aw_hab_key_close(&made);
}
END_TEST

START_TEST(issue_limits)
{
    static uint8_t buf[AW_HAB_CERT_MAX];
    static char long_name[80];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_key key = {hab_key("CA1")};
    const aw_bytes none = {NULL, 0};
    struct aw_hab_cert_plan plan = plan_of("root", true, -1);

    plan.serial[0] = 0;
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_RANGE);
    plan.serial[0] = 0x80;
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_RANGE);
    plan = plan_of("root", true, 10);
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_RANGE);
    plan = plan_of("root", true, -1);
    plan.not_after = plan.not_before - 1;
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_RANGE);
    memset(long_name, 'a', sizeof(long_name) - 1);
    plan = plan_of(long_name, true, -1);
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_FORMAT);
    plan = plan_of("root", true, -1);
    w = aw_wr_init(buf, 100);
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &key, &key, none, &w, NULL),
                     AW_ERR_SPACE);
}
END_TEST

START_TEST(made_key)
{
    static uint8_t buf[AW_HAB_PEM_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_key key = {NULL};
    struct aw_hab_key back = {NULL};

    ck_assert_int_eq(aw_hab_key_make(1024, &key), AW_ERR_RANGE);
    ck_assert_int_eq(aw_hab_key_make(2049, &key), AW_ERR_RANGE);
    ck_assert_int_eq(aw_hab_key_make(2048, &key), AW_OK);
    ck_assert_int_eq(aw_hab_key_write(&key, &w), AW_OK);
    ck_assert_int_eq(aw_hab_key_read(aw_wr_done(&w), &back, NULL), AW_OK);
    ck_assert_int_eq(EVP_PKEY_eq(key.handle, back.handle), 1);
    w = aw_wr_init(buf, 10);
    ck_assert_int_eq(aw_hab_key_write(&key, &w), AW_ERR_SPACE);
    aw_hab_key_close(&back);
    aw_hab_key_close(&key);
}
END_TEST

Suite *suite_hab_key(void)
{
    Suite *s = suite_create("hab_key");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, read_table, 0, (int)COUNT(reads));
    tcase_add_test(tc, other_keys);
    tcase_add_test(tc, certificates);
    tcase_add_test(tc, chain);
    tcase_add_test(tc, issue_limits);
    tcase_add_test(tc, made_key);
    suite_add_tcase(s, tc);
    return s;
}
