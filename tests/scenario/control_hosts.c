/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of the control interface that are slow, or go away in the middle. */
#include "suites.h"

#include <string.h>

#include "control_support.h"
#include "support.h"

enum {
    REPORT = AW_CONTROL_REPORT,
    WAIT_MS = 50,
    SLOW_MS = 450,
    TOO_SLOW_MS = 1100, /* the OS may sleep for half a second */
    FIRST = 57,
    MORE = 59,
    PING = 0x81,
    FAULT = 0xbf,
    CUTS = 12
};

static uint8_t got[REPORT];

static void setup(void)
{
    device_init(&d, TW_ULL);
    control_install(device_file("boot_debug.imx"), "tests/os_srk.elf");
    control_boot();
}

static void put(uint32_t channel, uint8_t kind, uint16_t length)
{
    uint8_t report[REPORT] = {0};
    struct aw_wr w = aw_wr_init(report, sizeof(report));
    size_t n = 0;

    aw_wr_be32(&w, channel);
    aw_wr_u8(&w, kind);
    if ((kind & 0x80) != 0) {
        aw_wr_be16(&w, length);
    }
    ck_assert_int_eq(control_host.open.transfer(control_host.open.ctx, 0x03,
                                                report, REPORT, &n, 3000),
                     AW_OK);
}

static bool take(void)
{
    size_t n = 0;
    aw_err err = control_host.open.transfer(control_host.open.ctx, 0x83, got,
                                            REPORT, &n, WAIT_MS);

    ck_assert(err == AW_OK || err == AW_ERR_TIMEOUT);
    return err == AW_OK;
}

static void expect(uint8_t channel, uint8_t kind)
{
    ck_assert(take());
    ck_assert_uint_eq(got[3], channel);
    ck_assert_uint_eq(got[4], kind);
}

static void pass(unsigned ms)
{
    (void)device_run(&d, NULL, ms);
}

/* What every case ends with: a host that knows nothing of the one before. */
static void expect_status(void)
{
    struct aw_ctl_status status;
    struct aw_diag diag = {.err = AW_OK};

    control_open();
    aw_err err = aw_control_status(&control, &status, &diag);

    ck_assert_msg(err == AW_OK, "%s: %s", aw_err_name(err), diag.where);
    ck_assert_str_eq(status.serial, CONTROL_SERIAL);
    expect_clean();
}

/* Half a second between reports is allowed; an answer waits for its reader. */
START_TEST(slow_writer)
{
    put(9, PING, 300);
    for (uint8_t i = 0; i < 5; i++) {
        ck_assert(!take());
        pass(SLOW_MS - WAIT_MS);
        put(9, i, 0);
    }
    expect(9, PING);
    expect_status();
}
END_TEST

START_TEST(slow_reader)
{
    put(9, PING, 300);
    for (uint8_t i = 0; i < 5; i++) {
        put(9, i, 0);
    }
    for (uint8_t i = 0; i < 6; i++) {
        pass(20 * TOO_SLOW_MS);
        expect(9, i == 0 ? PING : (uint8_t)(i - 1));
    }
    ck_assert(!take());
    expect_status();
}
END_TEST

START_TEST(too_slow)
{
    put(9, PING, 300);
    put(9, 0, 0);
    pass(TOO_SLOW_MS);
    expect(9, FAULT);
    ck_assert_uint_eq(got[7], 5);
    put(9, 1, 0); /* continues nothing */
    ck_assert(!take());
    expect_status();
}
END_TEST

/* A host that stops in the middle of a message of its own, or of the answer,
 * without pulling the cable; another one comes at once. */
START_TEST(left_in_the_middle)
{
    put(9, PING, 3000);
    for (int i = 0; i < _i; i++) {
        put(9, (uint8_t)i, 0);
    }
    expect_status();
}
END_TEST

START_TEST(left_while_reading)
{
    put(9, 0xc8, 0);
    for (int i = 0; i < _i; i++) {
        ck_assert(take());
    }
    expect_status();
}
END_TEST

/* The cable goes, anywhere in a message and its answer. */
START_TEST(cable)
{
    for (unsigned cut = 0; cut < CUTS; cut++) {
        put(9, PING, FIRST + 5 * MORE);
        for (uint8_t i = 0; i < 5 && i < cut; i++) {
            put(9, i, 0);
        }
        for (unsigned i = 5; i < cut; i++) {
            (void)take();
        }
        tw_board_plug(&d.board, 0, false);
        pass(20);
        tw_board_plug(&d.board, 0, true);
        expect_status();
    }
    ck_assert_uint_eq(d.resets, 0);
}
END_TEST

/* INIT of one program does not end what another has begun. */
START_TEST(two_programs)
{
    static const uint8_t nonce[8];
    uint8_t report[REPORT] = {0xff, 0xff, 0xff, 0xff, 0x86, 0, sizeof(nonce)};
    size_t n = 0;

    put(9, PING, 100);
    ck_assert_int_eq(control_host.open.transfer(control_host.open.ctx, 0x03,
                                                report, REPORT, &n, 3000),
                     AW_OK);
    ck_assert(take());
    ck_assert_uint_eq(got[4], 0x86);
    ck_assert_mem_eq(got + 7, nonce, sizeof(nonce));
    put(got[18], 0xc0, 0);
    ck_assert(take());
    ck_assert_uint_eq(got[4], FAULT);
    ck_assert_uint_eq(got[7], 6);
    put(9, 0, 0);
    expect(9, PING);
    expect(9, 0);
    expect_status();
}
END_TEST

Suite *control_hosts_suite(void)
{
    Suite *s = suite_create("control_hosts");
    TCase *tc = tcase_create("hosts");

    tcase_add_checked_fixture(tc, setup, boot_teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, slow_writer);
    tcase_add_test(tc, slow_reader);
    tcase_add_test(tc, too_slow);
    tcase_add_loop_test(tc, left_in_the_middle, 0, 3);
    tcase_add_loop_test(tc, left_while_reading, 0, 3);
    tcase_add_test(tc, cable);
    tcase_add_test(tc, two_programs);
    suite_add_tcase(s, tc);
    return s;
}
