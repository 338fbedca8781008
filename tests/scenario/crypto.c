/* SPDX-License-Identifier: Apache-2.0 */
/* The image that tries the crypto engines of a board: what it prints. */
#include <string.h>

#include "suites.h"
#include "support.h"
#include "usb_device.h"

enum { RUN_MS = 5000, LINE = 7 + 64 };

static struct device d;

/* The next line of random numbers that is there in full. */
static const char *next_line(const char *from)
{
    const char *line = strstr(from, "\nrandom ");

    return line != NULL && strlen(line) > LINE ? line + 1 : NULL;
}

/* Lines that differ from the one before. */
static unsigned different_lines(void)
{
    const char *last = d.console;
    unsigned n = 0;

    for (const char *p = next_line(last); p != NULL; p = next_line(p)) {
        n += memcmp(last, p, LINE) != 0 ? 1 : 0;
        last = p;
    }
    return n;
}

START_TEST(prints)
{
    static const enum tw_soc socs[] = {TW_UL, TW_ULL, TW_ULZ};
    static struct usb_host host;

    device_init(&d, socs[_i]);
    usb_host_init(&host, &d);
    tw_board_switch(&d.board, true);
    (void)device_boot(&d, NULL, 5);
    usb_host_load(&host, device_file("tests/crypto_test.imx"));
    ck_assert_msg(device_run(&d, "done\n", RUN_MS), "%s", d.console);
    ck_assert(!device_said(&d, "FAIL") && !device_said(&d, "panic"));
    ck_assert(device_said(&d, ", open\n"));
    if (socs[_i] == TW_UL) {
        ck_assert(device_said(&d, "\nCAAM ") && device_said(&d, "RDSTA "));
    } else {
        /* Of the Go project's library, for a key of zeros. */
        ck_assert(device_said(&d, "\nDCP 75f9022d5a867ad430440feec6611f0a\n"));
    }
    ck_assert_uint_ge(different_lines(), 64);
    device_free(&d);
}
END_TEST

Suite *crypto_suite(void)
{
    Suite *s = suite_create("crypto");
    TCase *tc = tcase_create("engines");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, prints, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}
