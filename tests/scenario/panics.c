/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes that the processor finds, in images made for it, and the code that
 * each blinks. */
#include "boot_support.h"
#include "suites.h"
#include "support.h"
#include "usb_device.h"

static const struct {
    const char *image;
    unsigned code;
    const char *said;
} cases[] = {
    {"tests/fault_null.imx", 1, "fault: address 00000000, status 00000005"},
    {"tests/fault_stack.imx", 3, "exception: data abort"},
};

START_TEST(blinks)
{
    static struct usb_host host;

    tw_board_switch(&d.board, true);
    (void)device_boot(&d, NULL, 5);
    usb_host_init(&host, &d);
    usb_host_load(&host, device_file(cases[_i].image));
    expect_end(cases[_i].code, 0);
    ck_assert_msg(device_said(&d, cases[_i].said), "%s", d.console);
    ck_assert_msg(device_said(&d, "  sp "), "%s", d.console);
}
END_TEST

Suite *panics_suite(void)
{
    Suite *s = suite_create("panics");
    TCase *tc = tcase_create("exceptions");

    tcase_add_checked_fixture(tc, boot_setup, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, blinks, 0, (int)COUNT(cases));
    suite_add_tcase(s, tc);
    return s;
}
