/* SPDX-License-Identifier: Apache-2.0 */
/* 60,000 calls with arguments from a generator: the OS lives on, and answers
 * the control interface; its code, its translation tables, the keys' memory,
 * the fuses, and all of the eMMC that is not the applet's are what they were. */
#include "suites.h"

#include <string.h>

#include "control_support.h"
#include "os_card.h"
#include "os_state.h"
#include "support.h"

enum { FUZZ_BOOT_MS = 3000, FUZZ_MS = 600000 };

/* A host at its cable gets an answer. */
static void expect_status(void)
{
    struct aw_ctl_status status;

    usb_host_control(&control_host, &d);
    control_open();
    ck_assert_int_eq(aw_control_status(&control, &status, NULL), AW_OK);
    ck_assert_str_eq(status.serial, CONTROL_SERIAL);
    ck_assert_int_eq(strncmp(status.witness.identity, "DEV:", 4), 0);
}

START_TEST(calls_at_random)
{
    struct os_state before;
    uint8_t card[AW_SHA256_SIZE];
    uint8_t card_now[AW_SHA256_SIZE];
    uint32_t fuses[sizeof(d.board.fuses.fuse) / sizeof(uint32_t)];

    device_init(&d, TW_ULL);
    device_put(&d, 2, device_file("tests/os_fuzz.imx"));
    card_mark(&d);
    ck_assert_msg(device_boot(&d, "fuzz: begin", FUZZ_BOOT_MS), "%s",
                  d.console);
    os_state_take(&d, "os_fuzz", &before);
    memcpy(fuses, d.board.fuses.fuse, sizeof(fuses));
    card_hash(&d, card);
    ck_assert_uint_eq(card_own_blocks(&d), 0);
    ck_assert_msg(device_run(&d, "fuzz: end", FUZZ_MS), "%.3000s", d.console);
    os_state_expect(&d, "os_fuzz", &before);
    card_hash(&d, card_now);
    ck_assert_mem_eq(card_now, card, sizeof(card));
    ck_assert_mem_eq(d.board.fuses.fuse, fuses, sizeof(fuses));
    /* It did write, where it may. */
    ck_assert_uint_gt(card_own_blocks(&d), 0);
    ck_assert(!device_said(&d, "applet: "));
    ck_assert(!device_said(&d, "panic"));
    ck_assert_uint_eq(d.resets, 0);
    /* The white LED goes on blinking. */
    uint64_t led_at = d.led_at;

    ck_assert(!device_run(&d, NULL, FUZZ_BOOT_MS));
    ck_assert(d.led_at > led_at);
    expect_status();
    device_free(&d);
}
END_TEST

Suite *os_fuzz_suite(void)
{
    Suite *s = suite_create("os_fuzz");
    TCase *tc = tcase_create("calls");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, calls_at_random);
    suite_add_tcase(s, tc);
    return s;
}
