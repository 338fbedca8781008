/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the eMMC model that CMD6 changes, and its bus modes. */
#include "aw/ext_csd.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

/* CMD6: index, value, accepted? In order, on one device. */
static const struct {
    uint8_t index;
    uint8_t value;
    bool ok;
} switches[] = {
    {0, 1, false},      {31, 1, false},    {33, 2, false},     {33, 1, true},
    {32, 1, true},      {33, 0, true},     {34, 1, true},      {34, 5, false},
    {161, 1, true},     {161, 2, false},   {163, 2, true},     {163, 1, true},
    {163, 2, false}, /* bit 0 is for ever */
    {165, 1, true},     {166, 0, false},   {168, 1, false},    {174, 1, false},
    {175, 1, true},     {177, 0x1f, true}, {177, 0x20, false}, {179, 4, false},
    {179, 0x18, false}, {179, 0x48, true}, {179, 0x80, false}, {181, 1, false},
    {183, 3, false},    {183, 7, false},   {185, 0x41, false}, {185, 3, false},
    {187, 1, true},     {192, 1, false},   {212, 1, false},    {162, 3, false},
    {162, 2, true},     {162, 1, false},   {162, 2, true},
};

START_TEST(switch_table)
{
    for (size_t i = 0; i < COUNT(switches); i++) {
        uint8_t before = cr_ext_csd(switches[i].index);
        uint32_t status = cr_switch(switches[i].index, switches[i].value);
        uint8_t after = cr_ext_csd(switches[i].index);
        bool action = switches[i].index == 32 || switches[i].index == 165;

        ck_assert_msg((status & AW_CARD_SWITCH_ERROR) ==
                          (switches[i].ok ? 0 : 0x80),
                      "row %u: 0x%x", (unsigned)i, status);
        ck_assert_uint_eq(after, !switches[i].ok || action ? before
                                                           : switches[i].value);
    }
}
END_TEST

START_TEST(switch_access_modes)
{
    /* Set and clear bits; the command set can be but the standard one. */
    ck_assert_uint_eq(cr_command(6, 0x01b34000, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_command(6, 0x01b30800, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_ext_csd(179), 0x48);
    ck_assert_uint_eq(cr_command(6, 0x02b34000, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_ext_csd(179), 0x08);
    ck_assert_uint_eq(cr_command(6, 0, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(6, 1, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_status(), 0x80 | CR_TRAN | CR_READY);
}
END_TEST

/* What survives which kind of reset. */
START_TEST(what_survives)
{
    (void)cr_switch(179, 0x49);
    (void)cr_switch(177, 0x0a);
    (void)cr_switch(33, 1);
    (void)cr_switch(173, 0x01);
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    cr_emmc_up();
    ck_assert_uint_eq(cr_ext_csd(179), 0x48);
    ck_assert_uint_eq(cr_ext_csd(177), 0x0a);
    ck_assert_uint_eq(cr_ext_csd(33), 0);
    ck_assert_uint_eq(cr_ext_csd(173), 0x01);
    ck_assert_uint_eq(cr_ext_csd(174), 0x05);
    cr_power_cycle();
    ck_assert_uint_eq(cr_ext_csd(179), 0x48);
    ck_assert_uint_eq(cr_ext_csd(177), 0x0a);
    ck_assert_uint_eq(cr_ext_csd(173), 0);
    ck_assert_uint_eq(cr_ext_csd(174), 0);
}
END_TEST

START_TEST(reset_pin)
{
    (void)cr_switch(173, 0x01);
    /* Nobody enabled it. */
    cr_write(SYS_CTRL, 0x000f020f);
    cr_write(SYS_CTRL, 0x008f020f);
    cr_run_us(2);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    (void)cr_switch(162, 1);
    cr_write(SYS_CTRL, 0x000f020f);
    cr_run_us(2);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
    cr_write(SYS_CTRL, 0x008f020f);
    cr_emmc_up();
    ck_assert_uint_eq(cr_ext_csd(174), 0);
}
END_TEST

/* Lines on which host and device do not agree garble data. */
START_TEST(width_mismatch)
{
    ck_assert_uint_eq(cr_switch(183, 1) & 0x80, 0); /* four lines */
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    cr_write(SYS_CTRL, 0x048f020f);
    ck_assert_uint_eq(cr_transfer(24, 0, 1, false), CC | DCE);
    cr_write(SYS_CTRL, 0x048f020f);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    cr_run_us(1000);
    cr_host_fast(4);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
}
END_TEST

START_TEST(too_fast)
{
    ck_assert_uint_eq(cr_switch(185, 0) & 0x80, 0); /* 26 MHz at most */
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 1);
}
END_TEST

START_TEST(ddr52)
{
    ck_assert_uint_eq(cr_switch(183, 6) & 0x80, 0);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    cr_write(SYS_CTRL, 0x048f020f);
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f010f);
    cr_run_us(2);
    cr_write(MIX_CTRL, 8);
    uint64_t from = cr.clock.now;

    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
    /* 49.5 MHz, both edges: 282 clocks, 5.7 us. */
    ck_assert_uint_le(cr.clock.now - from, UINT64_C(89) * 528);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CTOE); /* illegal here */
}
END_TEST

START_TEST(hs200_rules)
{
    ck_assert_uint_eq(cr_switch(183, 0) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(185, 2) & 0x80, 0x80); /* one line */
    ck_assert_uint_eq(cr_switch(183, 2) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(185, 2) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(183, 6) & 0x80, 0x80); /* no DDR there */
    ck_assert_uint_eq(cr_switch(183, 0) & 0x80, 0x80);
    /* 3.3 V signals. */
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
}
END_TEST

START_TEST(sleep_and_wake)
{
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(5, cr.rca << 16 | 0x8000, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(5, 7 << 16, CR_R1B), CTOE); /* not us */
    ck_assert_uint_eq(cr_command(5, cr.rca << 16, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_status(), 3 << 9 | CR_READY);
}
END_TEST

Suite *suite_twin_emmc_modes(void)
{
    Suite *s = suite_create("twin_emmc_modes");
    TCase *tc = tcase_create("in transfer state");

    tcase_add_checked_fixture(tc, cr_start_emmc_up, cr_stop);
    tcase_add_test(tc, switch_table);
    tcase_add_test(tc, switch_access_modes);
    tcase_add_test(tc, what_survives);
    tcase_add_test(tc, reset_pin);
    tcase_add_test(tc, width_mismatch);
    tcase_add_test(tc, too_fast);
    tcase_add_test(tc, ddr52);
    tcase_add_test(tc, hs200_rules);
    tcase_add_test(tc, sleep_and_wake);
    suite_add_tcase(s, tc);
    return s;
}
