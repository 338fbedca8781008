/* SPDX-License-Identifier: Apache-2.0 */
#include "models/snvs.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    BASE = TW_SNVS_BASE,
    HPLR = BASE,
    HPCOMR = BASE + 0x04,
    HPSR = BASE + 0x14,
    HPHACIVR = BASE + 0x1c,
    HPHACR = BASE + 0x20,
    LPLR = BASE + 0x34,
    LPCR = BASE + 0x38,
    LPSR = BASE + 0x4c,
    LPSMCLR = BASE + 0x60,
    LPPGDR = BASE + 0x64,
    LPGPR = BASE + 0x68,
    LPZMKR = BASE + 0x6c
};

static struct {
    struct rig rig;
    struct tw_snvs snvs;
    bool off;
} t;

static void power_off(void *ctx)
{
    (void)ctx;
    t.off = true;
}

static void setup(void)
{
    rig_init(&t.rig);
    tw_snvs_init(&t.snvs, &t.rig.bus, &t.rig.clock);
    t.snvs.power_off = power_off;
}

START_TEST(states)
{
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0);
    ck_assert(!tw_snvs_key_usable(&t.snvs));
    tw_snvs_set_state(&t.snvs, TW_SSM_NON_SECURE);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0xb00);
    ck_assert(!tw_snvs_key_usable(&t.snvs));
    tw_snvs_set_state(&t.snvs, TW_SSM_TRUSTED);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0xd00);
    ck_assert(tw_snvs_key_usable(&t.snvs));
    rig_write(&t.rig, HPCOMR, 1);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0xf00);
    ck_assert(tw_snvs_key_usable(&t.snvs));
}
END_TEST

/* A violation: soft fail, keys gone, and hard fail when the counter ends. */
START_TEST(violation)
{
    tw_snvs_set_state(&t.snvs, TW_SSM_TRUSTED);
    rig_write(&t.rig, LPZMKR, 5);
    rig_write(&t.rig, HPHACIVR, 32768);
    rig_write(&t.rig, HPCOMR, 1U << 17);
    rig_write(&t.rig, HPCOMR, 1U << 16);
    ck_assert_uint_eq(rig_read(&t.rig, HPHACR), 32768);
    rig_write(&t.rig, HPCOMR, 1U << 16 | 1U << 8);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0x300);
    ck_assert(!tw_snvs_key_usable(&t.snvs));
    ck_assert_uint_eq(rig_read(&t.rig, LPZMKR), 0);
    rig_run_us(&t.rig, 500000);
    ck_assert_uint_eq(rig_read(&t.rig, HPHACR), 16384);
    rig_run_us(&t.rig, 500001);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0x100);
}
END_TEST

/* A stopped counter leaves the soft fail, from which there is a way back to
 * the non-secure state only. */
START_TEST(counter_stopped)
{
    tw_snvs_set_state(&t.snvs, TW_SSM_SECURE);
    rig_write(&t.rig, HPHACIVR, 10);
    rig_write(&t.rig, HPCOMR, 1U << 17);
    rig_write(&t.rig, HPCOMR, 1U << 16);
    tw_snvs_violation(&t.snvs, "a test");
    rig_write(&t.rig, HPCOMR, 1U << 19);
    rig_run_us(&t.rig, 1000000);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0x300);
    rig_write(&t.rig, HPCOMR, 1);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0xb00);
}
END_TEST

/* The LP domain outlives a reset of the chip, not the power. */
START_TEST(low_power)
{
    struct tw_device device = tw_snvs_device(&t.snvs);

    rig_write(&t.rig, LPSR, 8);
    ck_assert_uint_eq(rig_read(&t.rig, LPSR), 8);
    rig_write(&t.rig, LPPGDR, 0x41736166);
    rig_write(&t.rig, LPSR, 8);
    ck_assert_uint_eq(rig_read(&t.rig, LPSR), 0);
    rig_write(&t.rig, LPGPR, 0x1234);
    ck_assert_uint_eq(rig_read(&t.rig, BASE + 0x90), 0x1234);
    rig_write(&t.rig, LPSMCLR, 0);
    rig_write(&t.rig, LPSMCLR, 0);
    ck_assert_uint_eq(rig_read(&t.rig, LPSMCLR), 2);
    rig_round_trip(&t.rig, &device);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(rig_read(&t.rig, LPGPR), 0x1234);
    ck_assert_uint_eq(rig_read(&t.rig, HPSR), 0);
    device.reset(device.model, TW_RESET_POWER);
    ck_assert_uint_eq(rig_read(&t.rig, LPGPR), 0);
    ck_assert_uint_eq(rig_read(&t.rig, LPSR), 8);
}
END_TEST

START_TEST(locks)
{
    static const uint32_t lock[] = {LPLR, HPLR};

    rig_write(&t.rig, LPGPR, 1);
    rig_write(&t.rig, lock[_i], 0x20);
    rig_write(&t.rig, lock[_i], 0);
    ck_assert_uint_eq(rig_read(&t.rig, lock[_i]), 0x20);
    rig_write(&t.rig, LPGPR, 2);
    rig_write(&t.rig, BASE + 0x90, 2);
    ck_assert_uint_eq(rig_read(&t.rig, LPGPR), 1);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_REFUSED], 2);
}
END_TEST

START_TEST(off)
{
    rig_write(&t.rig, LPCR, 0x40);
    ck_assert(!t.off);
    rig_write(&t.rig, LPCR, 0x60);
    ck_assert(t.off);
    ck_assert_uint_eq(rig_read(&t.rig, BASE + 0xbf8), 0x003e0101);
    (void)rig_read(&t.rig, BASE + 0x200);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 1);
}
END_TEST

Suite *suite_twin_snvs(void)
{
    Suite *s = suite_create("twin_snvs");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, states);
    tcase_add_test(tc, violation);
    tcase_add_test(tc, counter_stopped);
    tcase_add_test(tc, low_power);
    tcase_add_loop_test(tc, locks, 0, 2);
    tcase_add_test(tc, off);
    suite_add_tcase(s, tc);
    return s;
}
