/* SPDX-License-Identifier: Apache-2.0 */
#include "models/wdog.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    BASE = 0x020bc000,
    WCR = BASE,
    WSR = BASE + 2,
    WRSR = BASE + 4,
    WICR = BASE + 6,
    WMCR = BASE + 8
};
#define SECOND UINT64_C(1000000)

static struct {
    struct rig rig;
    struct tw_wdog wdog;
    struct rig_line irq;
    unsigned bitten; /* all that happened so far */
    unsigned bites;
} t;

static void on_bite(void *ctx, unsigned what)
{
    (void)ctx;
    t.bitten |= what;
    t.bites++;
}

static void setup(void)
{
    rig_init(&t.rig);
    tw_wdog_init(&t.wdog, "WDOG1", BASE, &t.rig.bus, &t.rig.clock);
    t.wdog.irq = rig_watch(&t.irq);
    t.wdog.bite = on_bite;
    t.rig.size = 2;
}

/* WICR first, then WCR in one write: 3 s, interrupt 1 s before. */
START_TEST(times_out)
{
    rig_write(&t.rig, WMCR, 0);
    rig_write(&t.rig, WICR, 0x8002);
    rig_write(&t.rig, WCR, 5 << 8 | 0x3c);
    rig_run_us(&t.rig, 2 * SECOND - 1);
    ck_assert(!t.irq.level);
    rig_run_us(&t.rig, 1);
    ck_assert(t.irq.level);
    rig_write(&t.rig, WICR, 0xc002);
    ck_assert(!t.irq.level);
    rig_run_us(&t.rig, SECOND - 1);
    ck_assert_uint_eq(t.bites, 0);
    rig_run_us(&t.rig, 1);
    ck_assert_uint_eq(t.bitten, TW_WDOG_CHIP | TW_WDOG_PIN);
    ck_assert_str_eq(t.rig.said, "WDOG1: time-out");
}
END_TEST

START_TEST(service)
{
    rig_write(&t.rig, WMCR, 0);
    rig_write(&t.rig, WCR, 1 << 8 | 0x34);
    for (unsigned i = 0; i < 5; i++) {
        rig_run_us(&t.rig, SECOND - 1);
        rig_write(&t.rig, WSR, 0x5555);
        rig_write(&t.rig, WSR, 0xaaaa);
    }
    ck_assert_uint_eq(t.bites, 0);
    /* In the wrong order it is no service. */
    rig_write(&t.rig, WSR, 0xaaaa);
    rig_write(&t.rig, WSR, 0x5555);
    rig_run_us(&t.rig, SECOND);
    ck_assert_uint_eq(t.bitten, TW_WDOG_CHIP);
}
END_TEST

/* It cannot be stopped, and the bits of the first write stay; the time-out
 * may change. */
START_TEST(write_once)
{
    rig_write(&t.rig, WMCR, 0);
    rig_write(&t.rig, WCR, 1 << 8 | 0x34);
    rig_write(&t.rig, WCR, 9 << 8 | 0x38);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 1);
    ck_assert_uint_eq(rig_read(&t.rig, WCR), 9 << 8 | 0x34);
    rig_write(&t.rig, WICR, 0x8003);
    rig_write(&t.rig, WICR, 0x8004);
    ck_assert_uint_eq(rig_read(&t.rig, WICR), 0x8003);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 2);
}
END_TEST

START_TEST(software)
{
    rig_write(&t.rig, WCR, 0x20);
    ck_assert_uint_eq(t.bitten, TW_WDOG_SOFT);
    rig_write(&t.rig, WCR, 0x10);
    ck_assert_uint_eq(t.bitten, TW_WDOG_SOFT | TW_WDOG_PIN);
    ck_assert_uint_eq(rig_read(&t.rig, WRSR), 0x10);
    tw_wdog_cause(&t.wdog, TW_WDOG_SOFT);
    ck_assert_uint_eq(rig_read(&t.rig, WRSR), 1);
    tw_wdog_cause(&t.wdog, TW_WDOG_CHIP);
    ck_assert_uint_eq(rig_read(&t.rig, WRSR), 2);
}
END_TEST

START_TEST(power_down)
{
    rig_run_us(&t.rig, 16 * SECOND);
    ck_assert_uint_eq(t.bitten, TW_WDOG_DOWN);
    rig_write(&t.rig, WMCR, 0);
    rig_write(&t.rig, WMCR, 1);
    ck_assert_uint_eq(rig_read(&t.rig, WMCR), 0);
    rig_run_us(&t.rig, 40 * SECOND);
    ck_assert_uint_eq(t.bites, 1);
}
END_TEST

START_TEST(state)
{
    struct tw_device device = tw_wdog_device(&t.wdog);

    rig_write(&t.rig, WMCR, 0);
    rig_write(&t.rig, WICR, 0x8001);
    rig_write(&t.rig, WCR, 1 << 8 | 0x34);
    rig_run_us(&t.rig, 600000);
    ck_assert(t.irq.level);
    rig_round_trip(&t.rig, &device);
    ck_assert(t.irq.level);
    rig_run_us(&t.rig, 400000);
    ck_assert_uint_eq(t.bitten, TW_WDOG_CHIP);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, WCR), 0x30);
    t.rig.size = 4;
    ck_assert(rig_refuses_read(&t.rig, WCR));
    ck_assert(rig_refuses_write(&t.rig, WCR, 0));
}
END_TEST

Suite *suite_twin_wdog(void)
{
    Suite *s = suite_create("twin_wdog");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, times_out);
    tcase_add_test(tc, service);
    tcase_add_test(tc, write_once);
    tcase_add_test(tc, software);
    tcase_add_test(tc, power_down);
    tcase_add_test(tc, state);
    suite_add_tcase(s, tc);
    return s;
}
