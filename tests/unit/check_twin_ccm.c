/* SPDX-License-Identifier: Apache-2.0 */
#include "models/ccm.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    PLL_ARM = 0x020c8000,
    PLL_USB1 = 0x020c8010,
    PLL_SYS = 0x020c8030,
    PLL_ENET = 0x020c80e0,
    CACRR = 0x020c4010,
    CBCDR = 0x020c4014,
    CSCMR1 = 0x020c401c,
    CSCDR1 = 0x020c4024,
    CCGR1 = 0x020c406c,
    DIGPROG = 0x020c8260,
    GPIO1 = 0x0209c000
};
#define LOCK (UINT32_C(1) << 31)

static struct {
    struct rig rig;
    unsigned changes;
} t;

static void setup(void)
{
    rig_init(&t.rig);
}

static void changed(void *ctx)
{
    (*(unsigned *)ctx)++;
}

/* Settings of the table in the manual, chapter "Clock Controller Module". */
START_TEST(arm_clock)
{
    static const struct {
        uint32_t div_select;
        uint32_t podf;
        uint64_t hz;
    } cases[] = {
        {75, 0, 900000000}, {66, 0, 792000000}, {88, 1, 528000000},
        {66, 1, 396000000}, {66, 3, 198000000},
    };

    rig_write(&t.rig, PLL_ARM, 0x2000 | cases[_i].div_select);
    rig_write(&t.rig, CACRR, cases[_i].podf);
    ck_assert_uint_eq(rig_read(&t.rig, PLL_ARM) & LOCK, 0);
    rig_wait(&t.rig, PLL_ARM, LOCK, 100);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_ARM), cases[_i].hz);
}
END_TEST

/* A PLL that lost power is no longer locked, and locks anew. */
START_TEST(locks)
{
    struct tw_device device = tw_ccm_analog_device(&t.rig.analog);

    ck_assert_uint_eq(rig_read(&t.rig, PLL_USB1) & LOCK, 0);
    rig_write(&t.rig, PLL_USB1 + 4, 0x1000);
    rig_wait(&t.rig, PLL_USB1, LOCK, 100);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_ne(rig_read(&t.rig, PLL_USB1) & LOCK, 0);
    rig_write(&t.rig, PLL_USB1 + 8, 0x1000);
    ck_assert_uint_eq(rig_read(&t.rig, PLL_USB1) & LOCK, 0);
    rig_write(&t.rig, PLL_ENET + 8, 0x1000);
    rig_wait(&t.rig, PLL_ENET, LOCK, 100);
    ck_assert_uint_eq(tw_ccm_analog_hz(&t.rig.analog, TW_PLL_ENET), 24000000);
    rig_write(&t.rig, PLL_ENET, 0x2001);
    ck_assert_uint_eq(tw_ccm_analog_hz(&t.rig.analog, TW_PLL_ENET), 50000000);
}
END_TEST

START_TEST(roots)
{
    t.rig.ccm.changed = changed;
    t.rig.ccm.changed_ctx = &t.changes;
    rig_write(&t.rig, PLL_SYS, 0x2001);
    rig_write(&t.rig, PLL_USB1, 0x3040);
    /* PLL2 PFD2 is 528 * 18 / 24 = 396 MHz, AHB a third of it. */
    ck_assert_uint_eq(tw_ccm_analog_hz(&t.rig.analog, TW_PFD_528_2), 396000000);
    rig_write(&t.rig, CBCDR, 0x00018900);
    rig_write(&t.rig, 0x020c4018, 0x24840324);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_AHB), 132000000);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_IPG), 66000000);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_UART), 80000000);
    rig_write(&t.rig, CSCDR1, 0x00490b40);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_UART), 24000000);
    rig_write(&t.rig, CSCMR1, 0x04900040);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_PERCLK), 24000000);
    ck_assert_uint_eq(tw_ccm_hz(&t.rig.ccm, TW_ROOT_USDHC1), 198000000);
    ck_assert_uint_gt(t.changes, 0);
}
END_TEST

START_TEST(revision)
{
    ck_assert_uint_eq(rig_read(&t.rig, DIGPROG), TW_DIGPROG_UL);
    rig_write(&t.rig, DIGPROG, 0);
    ck_assert_uint_eq(rig_read(&t.rig, DIGPROG), TW_DIGPROG_UL);
}
END_TEST

/* A block without clock refuses, a block without gate does not care. */
START_TEST(gates)
{
    struct tw_device device = tw_ccm_device(&t.rig.ccm);
    static const struct tw_reg row = {.name = "DR", .write = TW_ALL};
    static const struct tw_regs_map map = {
        .name = "GPIO", .rows = &row, .n_rows = 1, .size = 0x20};
    static struct tw_regs gpio;

    tw_regs_init(&gpio, &map, NULL, &t.rig.bus, GPIO1);
    rig_write(&t.rig, GPIO1, 5);
    rig_write(&t.rig, CCGR1, ~(UINT32_C(3) << 26));
    ck_assert(rig_refuses_read(&t.rig, GPIO1));
    ck_assert(rig_refuses_write(&t.rig, GPIO1, 6));
    ck_assert_str_eq(t.rig.said, "GPIO1: access to 0x0209c000 with its clock "
                                 "off (CCGR1 gate 13)");
    rig_round_trip(&t.rig, &device);
    ck_assert(rig_refuses_read(&t.rig, GPIO1));
    rig_write(&t.rig, CCGR1, UINT32_C(1) << 26);
    ck_assert_uint_eq(rig_read(&t.rig, GPIO1), 5);
}
END_TEST

Suite *suite_twin_ccm(void)
{
    Suite *s = suite_create("twin_ccm");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, arm_clock, 0, 5);
    tcase_add_test(tc, locks);
    tcase_add_test(tc, roots);
    tcase_add_test(tc, revision);
    tcase_add_test(tc, gates);
    suite_add_tcase(s, tc);
    return s;
}
