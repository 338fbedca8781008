/* SPDX-License-Identifier: Apache-2.0 */
/* The PHY of ENET, over MDIO. */
#include "enet_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(phy_registers)
{
    er_setup();
    rr_write(ENET_MSCR, 1 << 8 | 13 << 1);
    ck_assert_uint_eq(er_phy_read(2), 0x2000);
    ck_assert_uint_eq(er_phy_read(3), 0xa140);
    ck_assert_uint_eq(er_phy_read(0), 0x3100);
    ck_assert_uint_eq(er_phy_read(1), 0x7849); /* no cable */
    ck_assert_uint_eq(er_phy_read(0x17), 0x0041);
    ck_assert_uint_eq(er_mdio(2, 1, 2, 0), 0xffff); /* nobody at address 1 */
    (void)er_mdio(1, 1, 0x18, 0x10);
    ck_assert_uint_eq(er_phy_read(0x18), 0x0480);
    er_phy_write(0x18, 0x10); /* link LED on */
    ck_assert_uint_eq(er_phy_read(0x18), 0x10);
    er_phy_write(2, 0);
    ck_assert_uint_eq(er_phy_read(2), 0x2000);
    ck_assert_uint_eq(rr_misuses(), 0);
    er_phy_write(0x1d, 1);
    ck_assert_uint_eq(rr_misuses(), 1);
    /* The second LED, in the extended space. */
    er_phy_write(0x0d, 0x001f);
    er_phy_write(0x0e, 0x0469);
    er_phy_write(0x0d, 0x401f);
    ck_assert_uint_eq(er_phy_read(0x0e), 0x0040);
    er_phy_write(0x0e, 0x0030);
    ck_assert_uint_eq(er_phy_read(0x0e), 0x0030);
    ck_assert_uint_eq(er.phy.extended[0x469], 0x30);
    /* With an address that moves on. */
    er_phy_write(0x0d, 0x801f);
    er_phy_write(0x0e, 0x1111);
    er_phy_write(0x0e, 0x2222);
    ck_assert_uint_eq(er.phy.extended[0x46a], 0x2222);
    er_phy_write(0x0d, 0xc01f);
    (void)er_phy_read(0x0e);
    er_phy_write(0x0e, 0x3333);
    ck_assert_uint_eq(er.phy.extended[0x46b], 0x3333);
    er_phy_write(0x0d, 0x001f);
    ck_assert_uint_eq(er_phy_read(0x0e), 0x046c);
    er_phy_write(0x0d, 0x4007); /* another space */
    er_phy_write(0x0e, 1);
    ck_assert_uint_eq(er_phy_read(0x0e), 0);
    ck_assert_uint_eq(rr_misuses(), 2);
}
END_TEST

START_TEST(phy_link)
{
    er_setup();
    rr_write(ENET_MSCR, 1 << 8 | 13 << 1);
    tw_phy_cable(&er.phy, true);
    rig_run_us(&rr.rig, 1000000);
    ck_assert_uint_eq(er_phy_read(1), 0x7849);
    ck_assert_uint_eq(er_phy_read(5), 0);
    rig_run_us(&rr.rig, 600000);
    ck_assert_uint_eq(er_phy_read(1), 0x786d);
    ck_assert_uint_eq(er_phy_read(5), 0xcde1);
    ck_assert_uint_eq(er_phy_read(0x10), 0x15);
    /* A loss shows once, even when it is over. */
    tw_phy_cable(&er.phy, false);
    tw_phy_cable(&er.phy, true);
    rig_run_us(&rr.rig, 1600000);
    ck_assert_uint_eq(er_phy_read(1) & 4, 0);
    ck_assert_uint_eq(er_phy_read(1) & 4, 4);
    /* Fixed speed comes up at once; power down takes it away. */
    er_phy_write(0, 0x2000);
    rig_run_us(&rr.rig, 20000);
    ck_assert_uint_eq(er_phy_read(0x10), 0x01);
    er_phy_write(0, 0x0900);
    rig_run_us(&rr.rig, 2000000);
    ck_assert_uint_eq(er_phy_read(0x10), 0x06);
    er_phy_write(0, 0x3300);
    ck_assert_uint_eq(er_phy_read(0), 0x3100); /* restart clears itself */
    rig_run_us(&rr.rig, 1600000);
    ck_assert_uint_eq(er_phy_read(0x10), 0x15);
}
END_TEST

START_TEST(phy_reset)
{
    er_setup();
    rr_write(ENET_MSCR, 1 << 8 | 13 << 1);
    er_phy_write(0x17, 0x81);
    er_phy_write(0, 0x8000);
    ck_assert_uint_eq(er_phy_read(0) & 0x8000, 0x8000);
    er_phy_write(0x17, 0x81); /* too early */
    ck_assert_uint_eq(rr_misuses(), 1);
    rig_run_us(&rr.rig, 400);
    ck_assert_uint_eq(er_phy_read(0), 0x3100);
    ck_assert_uint_eq(er_phy_read(0x17), 0x0041);
    er_phy_write(0x17, 0x81);
    er_phy_write(0x1f, 0x4000); /* soft: registers stay */
    rig_run_us(&rr.rig, 400);
    ck_assert_uint_eq(er_phy_read(0x17), 0x0081);
    er_phy_write(0x1f, 0x8000);
    rig_run_us(&rr.rig, 400);
    ck_assert_uint_eq(er_phy_read(0x17), 0x0041);
}
END_TEST

START_TEST(mdio_errors)
{
    er_setup();
    rr_write(ENET_MMFR, 0x60020000); /* no clock */
    ck_assert_uint_eq(rr_misuses(), 1);
    rr_write(ENET_MSCR, 13 << 1);
    rr_write(ENET_MMFR, 0x20020000);
    rr_write(ENET_MMFR, 0x60000000);
    rr_write(ENET_MMFR, 0x70020000);
    ck_assert_uint_eq(rr_misuses(), 4);
    rr_write(ENET_MMFR, 0x60020000);
    rr_write(ENET_MMFR, 0x60020000); /* one is on the wires */
    ck_assert_uint_eq(rr_misuses(), 5);
    /* 64 bits at 2.36 MHz are 27 us. */
    rig_run_us(&rr.rig, 26);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_MII, 0);
    rig_run_us(&rr.rig, 3);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_MII, ENET_MII);
}
END_TEST

Suite *suite_twin_phy(void)
{
    Suite *s = suite_create("twin_phy");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, phy_registers);
    tcase_add_test(tc, phy_link);
    tcase_add_test(tc, phy_reset);
    tcase_add_test(tc, mdio_errors);
    suite_add_tcase(s, tc);
    return s;
}
