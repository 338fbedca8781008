/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the uSDHC model: faults, time-outs, tuning. */
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

/* Faults on the lines, and what a driver sees. */
static const struct {
    enum tw_usdhc_fault fault;
    uint32_t skip;
    uint8_t command; /* 13, 18 or 25 over two blocks */
    uint32_t want;
} faults[] = {
    {TW_FAULT_CMD_TIMEOUT, 0, 13, CTOE},
    {TW_FAULT_CMD_CRC, 0, 13, CC | CCE},
    {TW_FAULT_CMD_END, 0, 13, CC | CEBE},
    {TW_FAULT_CMD_INDEX, 0, 13, CC | CIE},
    {TW_FAULT_CMD_CRC, 1, 13, CC},
    {TW_FAULT_CMD_TIMEOUT, 0, 18, CTOE},
    {TW_FAULT_CMD_CRC, 0, 18, CC | CCE},
    {TW_FAULT_DATA_TIMEOUT, 0, 18, CC | DTOE},
    {TW_FAULT_DATA_TIMEOUT, 1, 18, CC | DTOE},
    {TW_FAULT_DATA_TIMEOUT, 2, 18, CC | TC},
    {TW_FAULT_DATA_CRC, 1, 18, CC | DCE},
    {TW_FAULT_DATA_END, 0, 18, CC | DEBE},
    {TW_FAULT_DATA_TIMEOUT, 1, 25, CC | DTOE},
    {TW_FAULT_DATA_CRC, 0, 25, CC | DCE},
    {TW_FAULT_DATA_END, 1, 25, CC | DEBE},
    {TW_FAULT_STOP_TIMEOUT, 0, 18, CC | AC12E},
    {TW_FAULT_STOP_TIMEOUT, 0, 25, CC | AC12E},
};

static uint32_t two_blocks(uint8_t command)
{
    cr_write(PROT_CTRL, 0x224);
    cr_write(CR_ADMA, 0x04000023);
    cr_write(CR_ADMA + 4, CR_DATA);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(BLK_ATT, 2 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, command == 18 ? 0x37 : 0x27);
    return cr_command(command, 9, CR_R1 | CR_DATA_CMD);
}

START_TEST(injected)
{
    uint8_t command = faults[_i].command;

    cr_emmc_up();
    tw_usdhc_inject(&cr.host, faults[_i].fault, faults[_i].skip, 1);
    uint32_t got = command == 13 ? cr_command(13, cr.rca << 16, CR_R1)
                                 : two_blocks(command);

    ck_assert_msg(got == faults[_i].want, "row %d: 0x%x", _i, got);
    if ((got & AC12E) != 0) {
        ck_assert_uint_eq(cr_read(AUTOCMD12_ERR), 2);
        cr_write(AUTOCMD12_ERR, 2);
        ck_assert_uint_eq(cr_read(AUTOCMD12_ERR), 0);
    }
    /* Recovery: reset both lines, stop the card, ask it, try again. */
    tw_usdhc_inject(&cr.host, TW_FAULT_NONE, 0, 0);
    cr_write(SYS_CTRL, 0x068f020f);
    cr_run_us(2);
    (void)cr_command(12, 0, CR_ABORT | CR_R1B);
    cr_run_us(2000);
    (void)cr_status();
    ck_assert_uint_eq(cr_status(), 0x900);
    ck_assert_uint_eq(two_blocks(18), CC | TC);
}
END_TEST

/* DTOCV 0 is 2^14 periods: 331 us of 49.5 MHz. */
START_TEST(data_timeout)
{
    uint64_t from = 0;

    cr_emmc_up();
    cr_write(SYS_CTRL, 0x0080020f);
    tw_usdhc_inject(&cr.host, TW_FAULT_DATA_TIMEOUT, 0, 1);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DTOE);
    uint64_t us = tw_clock_periods(&cr.clock, cr.clock.now - from, 1000000);

    ck_assert_uint_ge(us, 331);
    ck_assert_uint_le(us, 336);
    /* Still in the way until RSTD. */
    ck_assert_uint_eq(cr_read(PRES_STATE) & CDIHB, CDIHB);
    (void)cr_transfer(17, 0, 1, true);
    ck_assert_uint_eq(cr_misuses(), 1);
    cr_write(SYS_CTRL, 0x0480020f);
    cr_write(SYS_CTRL, 0x008f020f);
    (void)cr_command(12, 0, CR_ABORT | CR_R1B);
    (void)cr_status();
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
}
END_TEST

START_TEST(busy_timeout)
{
    cr_emmc_up();
    cr_write(SYS_CTRL, 0x0080020f);
    /* A sanitize takes longer than 331 us. */
    ck_assert_uint_eq(cr_command(6, 0x03a50100, CR_R1B), CC | DTOE);
    cr_write(SYS_CTRL, 0x068f020f);
    cr_run_us(100000);
    ck_assert_uint_eq(cr_status(), 0x900);
}
END_TEST

/* HS200 at 132 MHz (the root clock is given, not modelled here). */
static uint64_t hz132(void *ctx)
{
    (void)ctx;
    return 132000000;
}

static void to_hs200(void)
{
    uint32_t vend = cr_read(VEND_SPEC);

    cr_emmc_up();
    ck_assert_uint_eq(cr_switch(185, 2) & 0x80, 0);
    cr.host.w.hz = hz132;
    cr_write(VEND_SPEC, (vend & ~UINT32_C(0x100)) | 2);
    cr_write(SYS_CTRL, 0x008f000f);
    cr_run_us(2);
    cr_write(VEND_SPEC, vend | 0x102);
}

static unsigned tune(void)
{
    unsigned loops = 0;

    cr_write(TUNING_CTRL, 0x01022814);
    cr_write(AUTOCMD12_ERR, 1 << 22);
    ck_assert_uint_ne(cr_read(MIX_CTRL) & 1 << 22, 0);
    cr_write(PROT_CTRL, 0x24);
    while ((cr_read(AUTOCMD12_ERR) & 1 << 22) != 0 && loops < 100) {
        cr_write(BLK_ATT, 1 << 16 | 128);
        cr_write(MIX_CTRL, 1 << 22 | 0x10);
        cr_write(INT_STATUS, UINT32_MAX);
        cr_write(CMD_XFR_TYP, 21U << 24 | CR_R1 | CR_DATA_CMD);
        ck_assert(cr_run_until(INT_STATUS, BRR));
        ck_assert_uint_eq(cr_read(INT_STATUS), BRR);
        loops++;
    }
    return loops;
}

START_TEST(tuning)
{
    to_hs200();
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    cr_write(SYS_CTRL, 0x048f000f);
    unsigned loops = tune();

    ck_assert_uint_gt(loops, 8);
    ck_assert_uint_le(loops, 40);
    ck_assert_uint_ne(cr_read(AUTOCMD12_ERR) & 1 << 23, 0);
    ck_assert_uint_ne(cr_read(MIX_CTRL) & 1 << 23, 0);
    cr_write(MIX_CTRL, 1 << 23);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
}
END_TEST

START_TEST(tuning_fails)
{
    to_hs200();
    /* The card drives eight lines, the host listens to four. */
    cr_write(TUNING_CTRL, 0x01022814);
    cr_write(PROT_CTRL, 0x22);
    unsigned loops = 0;

    cr_write(AUTOCMD12_ERR, 1 << 22);
    while ((cr_read(AUTOCMD12_ERR) & 1 << 22) != 0 && loops < 100) {
        cr_write(BLK_ATT, 1 << 16 | 64);
        cr_write(MIX_CTRL, 1 << 22 | 0x10);
        cr_write(INT_STATUS, UINT32_MAX);
        cr_write(CMD_XFR_TYP, 21U << 24 | CR_R1 | CR_DATA_CMD);
        ck_assert(cr_run_until(INT_STATUS, BRR));
        loops++;
    }
    ck_assert_uint_eq(loops, 40);
    ck_assert_uint_eq(cr_read(AUTOCMD12_ERR) & 3 << 22, 0);
}
END_TEST

Suite *suite_twin_usdhc_lines(void)
{
    Suite *s = suite_create("twin_usdhc_lines");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, cr_start_emmc, cr_stop);
    tcase_add_loop_test(tc, injected, 0, (int)COUNT(faults));
    tcase_add_test(tc, data_timeout);
    tcase_add_test(tc, busy_timeout);
    tcase_add_test(tc, tuning);
    tcase_add_test(tc, tuning_fails);
    suite_add_tcase(s, tc);
    return s;
}
