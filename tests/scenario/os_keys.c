/* SPDX-License-Identifier: Apache-2.0 */
/* Identities: vectors c and d of upstream's derivation, on an OS that is built
 * for the applet key of vector c; and who has none. */
#include "suites.h"

#include <string.h>

#include "cpu/debug.h"
#include "os_support.h"
#include "support.h"

/* Serial number 3BEE6CDA358F0C33. */
#define UNIT_C UINT64_C(0x330c8f35da6cee3b)

static void make_open(enum tw_soc soc, uint64_t unit)
{
    static const uint8_t seed[TW_RNG_SEED] = {9};
    struct tw_config config;
    struct aw_vfuse fuses;

    tw_config_make(&config, soc, unit, seed);
    ck_assert_int_eq(aw_vfuse_init(&fuses, tw_soc_part(soc), unit), AW_OK);
    device_init_with(&d, &config, &fuses);
    device_put(&d, 2, device_file("boot_debug.imx"));
}

static void put_os(void)
{
    struct making os = os_release("tests/os_vectors.elf", "1.2.0", 0);

    put_release(&os, 1);
}

static void expect_identity(const char *witness, const char *attestation,
                            const char *bastion)
{
    expect_boot("os: ready", UP_MS);
    ck_assert_msg(device_said(&d, witness), "%s", said());
    ck_assert_msg(device_said(&d, attestation), "%s", said());
    ck_assert_msg(device_said(&d, bastion), "%s", said());
    expect_clean();
}

/* Open: everybody can compute it. No applet is needed. */
START_TEST(vector_c)
{
    make_open(_i == 0 ? TW_ULL : TW_ULZ, UNIT_C);
    put_os();
    expect_identity(
        "identity: DEV:ArmoredWitness-wandering-river+ee9a854f+"
        "AVJTFInPB7cdt2Iz+aRVesbn4JxWbyt4fw5lyf0YNWGB\n",
        "identity: DEV:AW-ID-Attestation-3BEE6CDA358F0C33+04d1ba9e+"
        "AXgfhrllRxx3xaoiicxEt9y/6EE+fju7uOjNfXP5fbEm\n",
        "identity: "
        "1fe00779d831bf9327a1367678662941c9fb319b72caebc3a66ea4b217555aa8\n");
}
END_TEST

/* Closed, with BKEK 00..1f. */
START_TEST(vector_d)
{
    closed_make(&closed_parts[0], false);
    put_os();
    expect_identity(
        "identity: ArmoredWitness-restless-frost+8f8fed76+"
        "AWMCIIY7NwKp3b+fYJ7hZRGUNNe6cgT6MmU87rKDuIiv\n",
        "identity: AW-ID-Attestation-720A9DEAD4390330+94e4bc84+"
        "AW7/fwcs91rv89YfpvyUmuLO+GOLqZiROIaDkrZBeF3o\n",
        "identity: "
        "2e02b1d2a053313daf63dc4f587d2f9e203f00554f12d3266c4d105ce4e9542a\n");
}
END_TEST

/* An open i.MX6UL has another key than a closed one, and another name. */
START_TEST(open_ul)
{
    make_open(TW_UL, CLOSED_UNIT);
    put_os();
    expect_boot("os: ready", UP_MS);
    ck_assert_msg(device_said(&d, "identity: DEV:ArmoredWitness-"), "%s",
                  said());
    ck_assert_msg(!device_said(&d, "restless-frost"), "%s", said());
    expect_clean();
}
END_TEST

/* A violation on a closed part: from then on it is nobody. */
START_TEST(violation)
{
    closed_make(&closed_parts[_i], false);
    put_os();
    expect_boot("start: copy 1", UP_MS);
    tw_snvs_violation(&d.board.snvs, "the test");
    expect_text("os: ready", UP_MS);
    ck_assert_msg(device_said(&d, "identity: ERR_PRECONDITION\nidentity: \n"
                                  "identity: \n"),
                  "%s", said());
    ck_assert_msg(!device_said(&d, "ArmoredWitness-"), "%s", said());
}
END_TEST

/* Nothing secret stays in the chip's memory. */
START_TEST(scratch_is_wiped)
{
    enum { BEGIN = 0x00900000, USED = 0x800 };
    uint32_t word = 0;
    uint32_t sum = 0;

    closed_make(&closed_parts[_i], false);
    put_os();
    expect_boot("os: ready", UP_MS);
    for (uint32_t at = BEGIN; at < BEGIN + USED; at += 4) {
        ck_assert_uint_eq(tw_cpu_peek(d.board.cpu, at, &word, sizeof(word)),
                          sizeof(word));
        sum |= word;
    }
    ck_assert_uint_eq(sum, 0);
}
END_TEST

Suite *os_keys_suite(void)
{
    Suite *s = suite_create("os_keys");
    TCase *tc = tcase_create("keys");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, vector_c, 0, 2);
    tcase_add_test(tc, vector_d);
    tcase_add_test(tc, open_ul);
    tcase_add_loop_test(tc, violation, 0, CLOSED_PARTS);
    tcase_add_loop_test(tc, scratch_is_wiped, 0, CLOSED_PARTS);
    suite_add_tcase(s, tc);
    return s;
}
