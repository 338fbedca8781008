/* SPDX-License-Identifier: Apache-2.0 */
/* The control interface of the trusted OS, by the host's own client. */
#include "suites.h"

#include <string.h>

#include "control_support.h"
#include "support.h"

static void make(enum tw_soc soc)
{
    device_init(&d, soc);
    control_install(device_file("boot_debug.imx"), "tests/os_srk.elf");
}

START_TEST(status)
{
    static const enum tw_soc socs[] = {TW_UL, TW_ULL, TW_ULZ};
    static struct aw_ctl_information i;
    struct aw_ctl_status s;

    make(socs[_i]);
    control_boot();
    ck_assert_int_eq(aw_control_status(&control, &s, NULL), AW_OK);
    ck_assert_str_eq(s.serial, CONTROL_SERIAL);
    ck_assert_str_eq(control_host.id.serial, CONTROL_SERIAL);
    ck_assert_str_eq(control_host.id.maker, "WithSecure Foundry");
    ck_assert_str_eq(control_host.id.model, "Armory Witness");
    ck_assert_str_eq(s.version, "0.0.0");
    ck_assert_str_eq(s.srk_hash, CONTROL_SRK);
    ck_assert(!s.hab);
    /* The OS says who it is without an applet. */
    ck_assert(s.has_witness);
    ck_assert_int_eq(strncmp(s.witness.identity, "DEV:", 4), 0);
    ck_assert_int_eq(aw_control_information(&control, &i, NULL), AW_OK);
    ck_assert_str_eq(i.rpmb.state, "open");
    ck_assert_uint_eq(i.n_slots, 1);
    ck_assert_str_eq(i.slots[0].component, "TRUSTED_OS");
    ck_assert_str_eq(i.slots[0].name, "A");
    ck_assert_str_eq(i.slots[0].version, "0.0.0");
    ck_assert(i.slots[0].started);
    expect_clean();
}
END_TEST

/* The longest message there and back. A report is served when it comes, not
 * when something else wakes the OS. */
START_TEST(long_messages)
{
    enum { LONG_MS = 1000 };
    static uint8_t bytes[AW_CTL_MESSAGE_MAX];
    static const size_t lengths[] = {0, 57, 58, 1024, 7608, 7609};

    make(TW_ULL);
    control_boot();
    const uint64_t limit = tw_clock_ticks(&d.board.clock, LONG_MS, 1000);

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 37);
    }
    for (size_t i = 0; i < COUNT(lengths); i++) {
        uint64_t began = d.board.clock.now;

        ck_assert_int_eq(
            aw_control_ping(&control, (aw_bytes){bytes, lengths[i]}, NULL),
            AW_OK);
        ck_assert_uint_lt(d.board.clock.now - began, limit);
    }
    expect_clean();
}
END_TEST

Suite *control_suite(void)
{
    Suite *s = suite_create("control");
    TCase *tc = tcase_create("commands");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, status, 0, 3);
    tcase_add_test(tc, long_messages);
    suite_add_tcase(s, tc);
    return s;
}
