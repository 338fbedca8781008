/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/attest.h"

#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "support.h"

static aw_bytes ledger_file(const char *folder, aw_bytes serial,
                            const char *suffix)
{
    char path[200];

    ck_assert_int_lt(snprintf(path, sizeof(path),
                              "transparency/devices/%s/%s%s", folder,
                              vec_cstr(serial), suffix),
                     (int)sizeof(path));
    return vec_file(path);
}

static void check_vkey(const struct aw_vkey *key, aw_bytes want)
{
    char buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_vkey_write(key, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), want);
}

/* Number of attestations of the device; each is also written again. */
static size_t check_device(const char *folder, const cJSON *row)
{
    aw_bytes serial = vec_str(row, "serial");
    aw_bytes message = ledger_file(folder, serial, ".witness.0");
    struct aw_device_key device;
    struct aw_vkey witness;
    struct aw_note note;
    uint8_t bastion[32];
    char buf[AW_ATTEST_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    ck_assert_int_eq(aw_device_key_parse(ledger_file(folder, serial, ".pub"),
                                         serial, &device, NULL),
                     AW_OK);
    ck_assert(!device.unfused);
    CK_ASSERT_BYTES(device.serial, serial);
    check_vkey(&device.key, vec_str(row, "attestation_vkey"));
    ck_assert_int_eq(
        aw_attest_witness_open(message, &device, 0, &witness, NULL), AW_OK);
    check_vkey(&witness, vec_str(row, "witness"));
    ck_assert_int_eq(
        aw_attest_witness_open(message, &device, 1, &witness, NULL),
        AW_ERR_POLICY);
    ck_assert_int_eq(aw_attest_bastion_open(message, &device, 0, bastion, NULL),
                     AW_ERR_POLICY);
    ck_assert_int_eq(aw_note_split(message, &note, NULL), AW_OK);
    aw_attest_witness_text(serial, 0, &witness, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), note.text);
    if (vec_str(row, "bastion").n == 0) {
        return 1;
    }
    message = ledger_file(folder, serial, ".bastion.0");
    ck_assert_int_eq(aw_attest_bastion_open(message, &device, 0, bastion, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(((aw_bytes){bastion, 32}),
                    vec_unhex(vec_str(row, "bastion")));
    ck_assert_int_eq(aw_note_split(message, &note, NULL), AW_OK);
    w = aw_wr_init(buf, sizeof(buf));
    aw_attest_bastion_text(serial, 0, bastion, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), note.text);
    return 2;
}

START_TEST(ledger)
{
    static const char *const folders[] = {"ci", "removed"};
    const cJSON *expected = vec_json("transparency/devices/expected.json");
    size_t devices = 0;
    size_t attestations = 0;

    for (size_t i = 0; i < COUNT(folders); i++) {
        const cJSON *row = NULL;

        cJSON_ArrayForEach(
            row, cJSON_GetObjectItemCaseSensitive(expected, folders[i]))
        {
            attestations += check_device(folders[i], row);
            devices++;
        }
    }
    ck_assert_uint_eq(devices, 9);
    ck_assert_uint_eq(attestations, 15);
}
END_TEST

/* A device of our own, to sign what a real one would not. */
#define SERIAL "0123456789ABCDEF"
#define WITNESS                            \
    "ArmoredWitness-black-paper+2098422d+" \
    "AReXvQmqY5qnUZQCsds1Pk90VuOb9a5iDaqLxHiTsW4o"
#define BASTION \
    "76d180a9d59ea2165ba4417d96ff26f79f938116129519ec85f2a39473c65cb9"
#define W_HEAD "ArmoredWitness ID attestation v1\n"
#define B_HEAD "ArmoredWitness BastionID attestation v1\n"

static const uint8_t seed[32] = {3};

static void own_device(const char *name, struct aw_skey *secret,
                       struct aw_device_key *device)
{
    ck_assert_int_eq(
        aw_skey_init(aw_text(name), AW_KEY_ED25519, seed, secret, NULL), AW_OK);
    aw_skey_public(secret, &device->key);
    device->serial = aw_text(SERIAL);
}

static aw_bytes own_note(const char *text, const struct aw_skey *secret)
{
    static char buf[AW_ATTEST_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, text);
    aw_wr_u8(&w, '\n');
    ck_assert_int_eq(aw_note_sign(aw_text(text), secret, 0, &w), AW_OK);
    return aw_wr_done(&w);
}

static const struct {
    const char *text;
    uint64_t counter;
    aw_err want;
} cases[] = {
    {W_HEAD SERIAL "\n0\n" WITNESS "\n", 0, AW_OK},
    {W_HEAD SERIAL "\n12\n" WITNESS "\n", 12, AW_OK},
    {W_HEAD SERIAL "\n0\n" WITNESS "\n", 1, AW_ERR_POLICY},
    {W_HEAD SERIAL "\n00\n" WITNESS "\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n\n" WITNESS "\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n+0\n" WITNESS "\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n18446744073709551616\n" WITNESS "\n", 0, AW_ERR_FORMAT},
    {W_HEAD "1123456789ABCDEF\n0\n" WITNESS "\n", 0, AW_ERR_POLICY},
    {W_HEAD "0123456789abcdef\n0\n" WITNESS "\n", 0, AW_ERR_POLICY},
    {"ArmoredWitness ID attestation v2\n" SERIAL "\n0\n" WITNESS "\n", 0,
     AW_ERR_POLICY},
    {B_HEAD SERIAL "\n0\n" WITNESS "\n", 0, AW_ERR_POLICY},
    {W_HEAD SERIAL "\n0\n" WITNESS "\n\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n0\n" WITNESS "\nmore\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n0\n", 0, AW_ERR_FORMAT},
    {W_HEAD SERIAL "\n", 0, AW_ERR_FORMAT},
    {W_HEAD, 0, AW_ERR_POLICY},
    {W_HEAD SERIAL "\n0\nArmoredWitness-black-paper+2098422e+AReXvQmqY5qnUZQCs"
                   "ds1Pk90VuOb9a5iDaqLxHiTsW4o\n",
     0, AW_ERR_KEY},
    {W_HEAD SERIAL "\n0\nwitness.example/w1+8541b17b+"
                   "BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI\n",
     0, AW_ERR_KEY},
};

START_TEST(witness)
{
    struct aw_skey secret;
    struct aw_device_key device = {0};
    struct aw_vkey got = {.id = 77};

    own_device("AW-ID-Attestation-" SERIAL, &secret, &device);
    aw_err err = aw_attest_witness_open(own_note(cases[_i].text, &secret),
                                        &device, cases[_i].counter, &got, NULL);

    ck_assert_msg(err == cases[_i].want, "%s: %s", cases[_i].text,
                  aw_err_text(err));
    ck_assert((err == AW_OK) == (got.id != 77));
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
} bastions[] = {
    {B_HEAD SERIAL "\n0\n" BASTION "\n", AW_OK},
    {W_HEAD SERIAL "\n0\n" BASTION "\n", AW_ERR_POLICY},
    {B_HEAD SERIAL "\n0\n" BASTION "\n\n", AW_ERR_FORMAT},
    {B_HEAD SERIAL "\n0\n" BASTION "00\n", AW_ERR_FORMAT},
    {B_HEAD SERIAL "\n0\n00\n", AW_ERR_FORMAT},
    {B_HEAD SERIAL "\n0\n\n", AW_ERR_FORMAT},
    {B_HEAD SERIAL "\n0\n"
                   "76D180A9D59EA2165BA4417D96FF26F7"
                   "9F938116129519EC85F2A39473C65CB9\n",
     AW_ERR_FORMAT},
    {B_HEAD SERIAL "\n0\n"
                   "g6d180a9d59ea2165ba4417d96ff26f7"
                   "9f938116129519ec85f2a39473c65cb9\n",
     AW_ERR_FORMAT},
};

START_TEST(bastion)
{
    struct aw_skey secret;
    struct aw_device_key device = {0};
    uint8_t got[32] = {0};

    own_device("AW-ID-Attestation-" SERIAL, &secret, &device);
    aw_err err = aw_attest_bastion_open(own_note(bastions[_i].text, &secret),
                                        &device, 0, got, NULL);

    ck_assert_msg(err == bastions[_i].want, "%s: %s", bastions[_i].text,
                  aw_err_text(err));
    ck_assert_uint_eq(got[0], err == AW_OK ? 0x76 : 0);
}
END_TEST

START_TEST(signatures)
{
    static uint8_t big[AW_ATTEST_MAX + 1];
    struct aw_skey secret;
    struct aw_skey other;
    struct aw_device_key device = {0};
    struct aw_vkey got;
    aw_bytes message;

    own_device("AW-ID-Attestation-" SERIAL, &secret, &device);
    ck_assert_int_eq(aw_skey_init(aw_text("AW-ID-Attestation-FFFFFFFFFFFFFFFF"),
                                  AW_KEY_ED25519, seed, &other, NULL),
                     AW_OK);
    message = own_note(cases[0].text, &other);
    ck_assert_int_eq(aw_attest_witness_open(message, &device, 0, &got, NULL),
                     AW_ERR_NO_SIG);
    message = own_note(cases[0].text, &secret);
    memcpy(big, message.p, message.n);
    big[0] ^= 1;
    ck_assert_int_eq(aw_attest_witness_open((aw_bytes){big, message.n}, &device,
                                            0, &got, NULL),
                     AW_ERR_SIG);
    ck_assert_int_eq(aw_attest_witness_open((aw_bytes){big, sizeof(big)},
                                            &device, 0, &got, NULL),
                     AW_ERR_SPACE);
}
END_TEST

static const struct {
    const char *name;
    const char *serial;
    aw_err want;
    bool unfused;
} names[] = {
    {"AW-ID-Attestation-" SERIAL, SERIAL, AW_OK, false},
    {"DEV:AW-ID-Attestation-" SERIAL, SERIAL, AW_OK, true},
    {"AW-ID-Attestation-" SERIAL, "1123456789ABCDEF", AW_ERR_POLICY, false},
    {"AW-ID-Attestation-" SERIAL, "0123456789abcdef", AW_ERR_FORMAT, false},
    {"AW-ID-Attestation-" SERIAL, "0123456789ABCDE", AW_ERR_FORMAT, false},
    {"AW-ID-Attestation-" SERIAL, "0123456789ABCDEF0", AW_ERR_FORMAT, false},
    {"AW-ID-Attestation-" SERIAL, "", AW_ERR_FORMAT, false},
    {"DEV:DEV:AW-ID-Attestation-" SERIAL, SERIAL, AW_ERR_POLICY, false},
    {"AW-ID-Attestation-" SERIAL "0", SERIAL, AW_ERR_POLICY, false},
    {"ID-Attestation-" SERIAL, SERIAL, AW_ERR_POLICY, false},
    {SERIAL, SERIAL, AW_ERR_POLICY, false},
};

START_TEST(device_key)
{
    struct aw_skey secret;
    struct aw_device_key device = {0};
    struct aw_device_key got = {.key = {.id = 77}};
    char buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    own_device(names[_i].name, &secret, &device);
    aw_vkey_write(&device.key, &w);
    aw_err err = aw_device_key_parse(aw_wr_done(&w), aw_text(names[_i].serial),
                                     &got, NULL);

    ck_assert_msg(err == names[_i].want, "%s: %s", names[_i].name,
                  aw_err_text(err));
    ck_assert((err == AW_OK) == (got.key.id != 77));
    ck_assert(got.unfused == names[_i].unfused);
}
END_TEST

START_TEST(device_key_type)
{
    struct aw_device_key got;

    ck_assert_int_eq(
        aw_device_key_parse(
            aw_text("witness.example/w1+8541b17b+"
                    "BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI"),
            aw_text(SERIAL), &got, NULL),
        AW_ERR_KEY);
    ck_assert_int_eq(
        aw_device_key_parse(aw_text("x"), aw_text(SERIAL), &got, NULL),
        AW_ERR_KEY);
}
END_TEST

Suite *suite_attest(void)
{
    Suite *s = suite_create("attest");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, ledger);
    tcase_add_loop_test(tc, witness, 0, (int)COUNT(cases));
    tcase_add_loop_test(tc, bastion, 0, (int)COUNT(bastions));
    tcase_add_test(tc, signatures);
    tcase_add_loop_test(tc, device_key, 0, (int)COUNT(names));
    tcase_add_test(tc, device_key_type);
    suite_add_tcase(s, tc);
    return s;
}
