/* SPDX-License-Identifier: Apache-2.0 */
/* Closed parts: what the ROM starts, and the version record in the RPMB, whose
 * key is that of the vectors of upstream's derivation. */
#include <stdio.h>
#include <string.h>

#include "aw/text.h"
#include "bench.h"
#include "closed.h"
#include "suites.h"
#include "support.h"

/* The OS says it was told of a closed part: cc, trusted, success. */
START_TEST(boots_without_key)
{
    struct making how = good();

    closed_make(&closed_parts[_i], false);
    install(&how, 0);
    expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 1");
    ck_assert_msg(device_said(&d, "OS: HAB 000000cc 00000099 000000f0"), "%s",
                  d.console);
}
END_TEST

static const struct {
    const char *stored;
    const char *running;
    bool passes;
} versions[] = {
    {"", "0.0.1", true},
    {"0.0.0", "0.0.1", true},
    {"1.2.3", "1.2.3", true},
    {"1.2.3", "1.2.3+1-build", true},
    {"1.2.3-rc1", "1.2.3", true},
    {"1.2.3", "1.10.0", true},
    {"1.2.3", "1.2.3-rc1", false},
    {"1.2.3", "1.2.2", false},
    {"1.10.0", "1.9.9", false},
    {"2.0.0", "1.99.99", false},
    {"9223372036854775807.0.0", "1.0.0", false},
};

START_TEST(version_record)
{
    size_t v = (size_t)_i / CLOSED_PARTS;
    const struct part *part = &closed_parts[(size_t)_i % CLOSED_PARTS];
    struct making how = good();

    closed_make(part, true);
    closed_set_version(part, 1, versions[v].stored);
    how.version = versions[v].running;
    install(&how, 0);
    if (versions[v].passes) {
        expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 2");
    } else {
        expect_refusal(9, 1);
    }
}
END_TEST

/* A version of more than 28 characters, as upstream's OS writes it: its own
 * later starts all fail. */
START_TEST(long_record)
{
    static const uint8_t record[] = "\x25\x0c\x00\x22"
                                    "1.2.3-rc.1.of.2024-11-05.12-00-00Z";
    static const char *const running[] = {"1.2.3", "1.2.3-rc.2", "1.2.2"};
    struct making how = good();

    closed_make(&closed_parts[0], true);
    closed_set_record(&closed_parts[0], 1,
                      (aw_bytes){record, sizeof(record) - 1});
    how.version = running[_i];
    install(&how, 0);
    if (_i < 2) {
        expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 2");
    } else {
        expect_refusal(9, 1);
    }
}
END_TEST

/* A good old release in copy 2 does not stand in for a refused one either. */
START_TEST(older_copy)
{
    struct making new = good();
    struct making old = good();

    closed_make(&closed_parts[0], true);
    closed_set_version(&closed_parts[0], 1, "2.0.0");
    new.version = "2.0.0";
    new.slot = 1;
    install(&new, 0);
    install(&old, 1);
    expect_start("OS: slot B copy 1");
    new.bad_digest = true;
    install(&new, 0);
    expect_refusal(8, 6);
}
END_TEST

/* With the fuse blown and no key, the OS is told: it starts no applet. */
START_TEST(flag_without_key)
{
    struct making how = good();

    closed_make(&closed_parts[_i], true);
    install(&how, 0);
    expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 3");
}
END_TEST

/* A card with another key is another card. */
START_TEST(another_card)
{
    struct making how = good();
    const struct part *part = &closed_parts[_i];

    closed_make(part, true);
    install(&how, 0);
    closed_set_version(part, 1, "1.0.0");
    d.board.emmc.nvm.record.key[7] ^= 1;
    ck_assert(tw_nvm_commit(&d.board.emmc.nvm, 0, NULL, 0));
    expect_refusal(9, 3);
}
END_TEST

/* Random numbers are asked for before the card is: it cannot replay an answer
 * of another time. */
START_TEST(no_random_numbers)
{
    const struct part *part = &closed_parts[1];
    struct making how = good();

    closed_make(part, true);
    closed_set_version(part, 1, "1.0.0");
    install(&how, 0);
    d.board.rngb.fail_test = true;
    expect_refusal(5, 0);
}
END_TEST

/* Records that nobody wrote: not a version, another type, too long. */
START_TEST(bad_record)
{
    static const uint8_t records[][12] = {
        {0x06, 0x0c, 0x00, 0x03, '1', '.', '2'},
        {0x08, 0x0c, 0x00, 0x05, '1', '.', 'x', '.', '3'},
        {0x08, 0x0a, 0x00, 0x05, '1', '.', '2', '.', '3'},
        {0x40, 0x0c, 0x00, 0x3d, '1', '.', '2', '.', '3'},
        {0xff, 0xff, 0xff, 0xff},
    };
    struct making how = good();

    closed_make(&closed_parts[0], true);
    closed_set_record(&closed_parts[0], 1,
                      (aw_bytes){records[_i], sizeof(records[_i])});
    install(&how, 0);
    expect_refusal(9, 2);
}
END_TEST

/* Not signed, or one bit changed anywhere: the ROM starts nothing, and waits
 * for serial download. */
START_TEST(tampered)
{
    static const size_t at[] = {0x0,   0x4,    0x20,    0x2c, 0x400,
                                0xc00, 0x4000, 0x12000, 0,    0};
    struct making how = good();
    static uint8_t image[256 * 1024];
    aw_bytes boot = {image, 0};

    closed_make(&closed_parts[_i % 2], false);
    install(&how, 0);
    boot.n = closed_boot("boot_debug.imx").n;
    ck_assert_uint_le(boot.n, sizeof(image));
    memcpy(image, closed_boot("boot_debug.imx").p, boot.n);
    if (_i == 8) {
        boot = device_file("boot_debug.imx");
        device_blank(&d, 2, 0x1000);
    } else if (_i == 9) {
        image[boot.n - 0x4000 + 0x100] ^= 1; /* in the CSF */
    } else {
        image[at[_i]] ^= 1;
    }
    device_put(&d, 2, boot);
    (void)device_boot(&d, NULL, 3000);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    ck_assert_msg(d.console[0] == '\0', "%s", d.console);
    ck_assert(!d.started);
}
END_TEST

/* One bit anywhere: nothing of the program, its header or its DCD is free. Of
 * the CSF there is padding that nobody reads. */
START_TEST(tampered_anywhere)
{
    enum { STEP = 509, CSF = 0x4000 };
    static uint8_t image[256 * 1024];
    struct making how = good();
    unsigned refused = 0;

    closed_make(&closed_parts[_i], false);
    install(&how, 0);
    aw_bytes boot = closed_boot("boot_debug.imx");

    ck_assert_uint_le(boot.n, sizeof(image));
    memcpy(image, boot.p, boot.n);
    boot.p = image;
    for (size_t at = (size_t)_i * 251; at < boot.n; at += STEP) {
        uint8_t bit = (uint8_t)(1U << at % 8);

        image[at] ^= bit;
        device_put(&d, 2, boot);
        (void)device_boot(&d, NULL, 60);
        image[at] ^= bit;
        bool serial = d.board.rom.phase == TW_ROM_SERIAL && !d.started;

        ck_assert_msg(serial || at >= boot.n - CSF, "byte %zx started", at);
        refused += serial ? 1 : 0;
    }
    printf("%u of %zu refused\n", refused, boot.n / STEP);
    ck_assert_uint_gt(refused, (boot.n - CSF) / STEP - 1);
}
END_TEST

/* Instructions with the version record: at most 75 million. */
START_TEST(instructions)
{
    closed_make(&closed_parts[_i], true);
    closed_set_version(&closed_parts[_i], 1, "1.0.0");
    bench_boot_image(_i == 0 ? "i.MX6UL, closed" : "i.MX6ULL, closed",
                     closed_boot("boot.imx"), 75000000);
}
END_TEST

Suite *boot_closed_suite(void)
{
    Suite *s = suite_create("boot_closed");
    TCase *tc = tcase_create("closed");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, boots_without_key, 0, (int)CLOSED_PARTS);
    tcase_add_loop_test(tc, version_record, 0,
                        (int)(CLOSED_PARTS * COUNT(versions)));
    tcase_add_loop_test(tc, long_record, 0, 3);
    tcase_add_test(tc, older_copy);
    tcase_add_loop_test(tc, flag_without_key, 0, (int)CLOSED_PARTS);
    tcase_add_loop_test(tc, another_card, 0, (int)CLOSED_PARTS);
    tcase_add_test(tc, no_random_numbers);
    tcase_add_loop_test(tc, bad_record, 0, 5);
    tcase_add_loop_test(tc, tampered, 0, 10);
    tcase_add_loop_test(tc, tampered_anywhere, 0, (int)CLOSED_PARTS);
    tcase_add_loop_test(tc, instructions, 0, (int)CLOSED_PARTS);
    suite_add_tcase(s, tc);
    return s;
}
