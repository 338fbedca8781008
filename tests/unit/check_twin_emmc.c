/* SPDX-License-Identifier: Apache-2.0 */
/* The eMMC model, spoken to through the uSDHC's registers. */
#include "models/emmc.h"

#include <string.h>

#include "aw/ext_csd.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

/* Response, 136 bits, as bytes of the register. */
static void long_response(uint8_t reg[16])
{
    reg[15] = 0;
    for (uint32_t i = 0; i < 15; i++) {
        uint32_t bit = 8 * (14 - i);

        reg[i] = (uint8_t)(cr_read(CMD_RSP0 + bit / 32 * 4) >> (bit % 32));
    }
}

START_TEST(identification)
{
    uint8_t reg[16];
    uint8_t ext[512];

    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, 0, CR_R3), CC); /* a question */
    ck_assert_uint_eq(cr_response(), 0x40ff8080);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), CC);
    ck_assert_uint_eq(cr_response(), 0x40ff8080); /* busy */
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CTOE);
    cr_run_us(10000);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), CC);
    ck_assert_uint_eq(cr_response(), 0xc0ff8080);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CC);
    long_response(reg);
    ck_assert_uint_eq(cr_field(127, 120), 0xfe);
    ck_assert_mem_eq(&reg[3], "AWTWIN", 6);
    ck_assert_uint_eq(cr_field(47, 16), 0x720a9dea);
    ck_assert_uint_eq(cr_command(3, 5 << 16, CR_R1), CC);
    /* The command that was too early shows here; state ident. */
    ck_assert_uint_eq(cr_response(), 0x00400000 | 2 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(9, 5 << 16, CR_R2), CC);
    long_response(reg);
    ck_assert_uint_eq(cr_field(127, 126), 3);
    ck_assert_uint_eq(cr_field(103, 96), 0x32);
    ck_assert_uint_eq(cr_field(83, 80), 9);
    ck_assert_uint_eq(cr_field(73, 62), 0xfff);
    ck_assert_uint_eq(cr_command(10, 5 << 16, CR_R2), CC);
    ck_assert_uint_eq(cr_command(9, 6 << 16, CR_R2), CTOE); /* not our RCA */
    cr.rca = 5;
    ck_assert_uint_eq(cr_status(), 3 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(7, 5 << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    cr_read_ext_csd(ext);
    ck_assert_uint_eq(ext[AW_EXT_CSD_REV], 8);
    ck_assert_uint_eq(ext[212] | (uint32_t)ext[213] << 8 |
                          (uint32_t)ext[214] << 16 | (uint32_t)ext[215] << 24,
                      CR_BLOCKS);
    ck_assert_uint_eq(ext[AW_EXT_CSD_DEVICE_TYPE], 0x17);
    ck_assert_uint_eq(ext[AW_EXT_CSD_RPMB_SIZE_MULT], 32);
    ck_assert_uint_eq(ext[AW_EXT_CSD_BOOT_SIZE_MULT], 32);
    ck_assert_uint_eq(ext[AW_EXT_CSD_CACHE_SIZE + 1], 0x10);
    ck_assert_uint_eq(ext[AW_EXT_CSD_PARTITION_CONFIG], 0);
    /* CMD7 with another address puts it back. */
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_status(), 3 << 9 | CR_READY);
}
END_TEST

/* Host offers no 3 V, or byte addresses: the device goes inactive. */
START_TEST(inactive)
{
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, _i == 0 ? 0x40000080 : 0x00ff8000, CR_R3),
                      CTOE);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 1);
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), CTOE);
    cr_power_cycle();
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
}
END_TEST

START_TEST(go_inactive)
{
    ck_assert_uint_eq(cr_command(15, 9 << 16, CR_R0), CC); /* not us */
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(15, cr.rca << 16, CR_R0), CC);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
}
END_TEST

START_TEST(data_goes_round)
{
    uint8_t got[4 * TW_BLOCK];

    cr_write_blocks(CR_BLOCKS - 4, cr_block, 4);
    cr_read_blocks(CR_BLOCKS - 4, got, 4);
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    cr_write_blocks(17, &cr_block[TW_BLOCK], 1);
    cr_read_blocks(17, got, 1);
    ck_assert_mem_eq(got, &cr_block[TW_BLOCK], TW_BLOCK);
    cr_power_cycle();
    cr_read_blocks(17, got, 1);
    ck_assert_mem_eq(got, &cr_block[TW_BLOCK], TW_BLOCK);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Commands that the state does not know: no response, then the bit. */
static const struct {
    uint8_t index;
    bool selected; /* in the transfer state; else stand-by */
} illegal[] = {
    {1, true},   {2, true},   {3, true},   {4, true},   {5, true},
    {9, true},   {10, true},  {11, true},  {12, true},  {14, true},
    {19, true},  {20, true},  {21, true},  {26, true},  {27, true},
    {32, true},  {33, true},  {39, true},  {40, true},  {41, true},
    {42, true},  {44, true},  {49, true},  {53, true},  {55, true},
    {56, true},  {60, true},  {1, false},  {2, false},  {3, false},
    {6, false},  {8, false},  {12, false}, {16, false}, {17, false},
    {18, false}, {23, false}, {24, false}, {25, false}, {28, false},
    {35, false}, {38, false},
};

START_TEST(illegal_command)
{
    uint32_t state = illegal[_i].selected ? CR_TRAN : 3 << 9;

    if (!illegal[_i].selected) {
        ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    }
    ck_assert_uint_eq(cr_command(illegal[_i].index, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_status(), 0x00400000 | state | CR_READY);
    ck_assert_uint_eq(cr_status(), state | CR_READY);
}
END_TEST

/* States while data moves and after. */
START_TEST(states_of_a_write)
{
    cr_write(MIX_CTRL, 0);
    cr_write(PROT_CTRL, 0x24);
    ck_assert_uint_eq(cr_command(25, 0, CR_R1), CC); /* no data follow yet */
    ck_assert_uint_eq(cr_status(), 6 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(24, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), 0x00400000 | 6 << 9 | CR_READY);
    ck_assert_uint_eq(cr_status(), 7 << 9); /* programming, not ready */
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_status(), 8 << 9); /* disconnected */
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 7 << 9);
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), 3 << 9 | CR_READY);
}
END_TEST

START_TEST(states_of_a_read)
{
    ck_assert_uint_eq(cr_command(18, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 5 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(23, 1, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
}
END_TEST

START_TEST(counted_transfers)
{
    /* The count ends the transfer; CMD12 after it is illegal. */
    memcpy(cr_ram(CR_DATA), cr_block, (size_t)4 * TW_BLOCK);
    ck_assert_uint_eq(cr_command(23, 3, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 8, 3, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CTOE);
    (void)cr_status();
    ck_assert_uint_eq(cr_command(23, 3, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, 8, 3, true), CC | TC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_mem_eq(cr_ram(CR_DATA), cr_block, 1536);
    /* Another command in between forgets the count. */
    ck_assert_uint_eq(cr_command(23, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, 8, 2, true), CC | TC);
    ck_assert_uint_eq(cr_status(), 5 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
}
END_TEST

START_TEST(block_length)
{
    ck_assert_uint_eq(cr_command(16, 1024, CR_R1), CC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_BLOCK_LEN_ERROR | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), CR_TRAN | CR_READY);
}
END_TEST

START_TEST(out_of_range)
{
    ck_assert_uint_eq(cr_command(17, CR_BLOCKS, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(24, UINT32_MAX, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | CR_TRAN | CR_READY);
    /* Over the end in the middle. */
    ck_assert_uint_eq(cr_transfer(18, CR_BLOCKS - 1, 2, true), CC | DTOE);
    cr_write(SYS_CTRL, 0x048f020f);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | 5 << 9 | CR_READY);
    ck_assert_uint_eq(cr_transfer(25, CR_BLOCKS - 1, 2, false), CC | TC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | 6 << 9 | CR_READY);
}
END_TEST

START_TEST(bad_blocks)
{
    const struct tw_bad_blocks read = {
        .kind = TW_BAD_READ, .first = 10, .count = 2};
    const struct tw_bad_blocks write = {
        .kind = TW_BAD_WRITE, .first = 20, .count = 1};
    const struct tw_bad_blocks slow = {
        .kind = TW_BAD_SLOW, .first = 30, .count = 2, .delay_us = 5000};
    uint64_t from = 0;

    ck_assert(tw_emmc_fault(&cr.emmc, &read));
    ck_assert(tw_emmc_fault(&cr.emmc, &write));
    ck_assert(tw_emmc_fault(&cr.emmc, &slow));
    ck_assert_uint_eq(cr_transfer(17, 11, 1, true), CC | DTOE);
    cr_write(SYS_CTRL, 0x048f020f);
    ck_assert_uint_eq(cr_status(), AW_CARD_ECC_FAILED | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_transfer(24, 20, 1, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), AW_CARD_ERROR | CR_TRAN | CR_READY);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(17, 31, 1, true), CC | TC);
    ck_assert_uint_ge(cr.clock.now - from, UINT64_C(5000) * 528);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(24, 31, 1, false), CC | TC);
    ck_assert_uint_ge(cr.clock.now - from, UINT64_C(5000) * 528);
    /* The boot partition's block 11 is sound. */
    ck_assert_uint_eq(cr_switch(179, 1), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_transfer(17, 11, 1, true), CC | TC);
    ck_assert_uint_eq(cr_switch(179, 0), CR_TRAN | CR_READY);
    tw_emmc_heal(&cr.emmc);
    ck_assert_uint_eq(cr_transfer(17, 11, 1, true), CC | TC);
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        ck_assert(tw_emmc_fault(&cr.emmc, &slow));
    }
    ck_assert(!tw_emmc_fault(&cr.emmc, &slow));
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_emmc_device(&cr.emmc);
    struct tw_saver a = {0};
    struct tw_saver b = {0};

    (void)cr_switch(33, 1);
    cr_write_blocks(60, cr_block, 4);
    (void)cr_switch(179, 1);
    ck_assert_uint_eq(cr_command(35, 5, CR_R1), CC);
    dev.save(dev.model, &a);
    dev.reset(dev.model, TW_RESET_POWER);
    struct tw_loader from = {.bytes = a.bytes, .n = a.n};

    ck_assert(dev.load(dev.model, &from));
    ck_assert_uint_eq(from.at, a.n);
    dev.save(dev.model, &b);
    ck_assert_uint_eq(a.n, b.n);
    ck_assert_mem_eq(a.bytes, b.bytes, a.n);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    for (size_t n = 0; n < a.n; n += 37) {
        from = (struct tw_loader){.bytes = a.bytes, .n = n};
        ck_assert(!dev.load(dev.model, &from));
    }
    tw_saver_free(&a);
    tw_saver_free(&b);
}
END_TEST

Suite *suite_twin_emmc(void)
{
    Suite *s = suite_create("twin_emmc");
    TCase *first = tcase_create("power on");
    TCase *tc = tcase_create("in transfer state");

    tcase_add_checked_fixture(first, cr_start_emmc, cr_stop);
    tcase_add_test(first, identification);
    tcase_add_loop_test(first, inactive, 0, 2);
    suite_add_tcase(s, first);

    tcase_add_checked_fixture(tc, cr_start_emmc_up, cr_stop);
    tcase_add_test(tc, go_inactive);
    tcase_add_test(tc, data_goes_round);
    tcase_add_loop_test(tc, illegal_command, 0, (int)COUNT(illegal));
    tcase_add_test(tc, states_of_a_write);
    tcase_add_test(tc, states_of_a_read);
    tcase_add_test(tc, counted_transfers);
    tcase_add_test(tc, block_length);
    tcase_add_test(tc, out_of_range);
    tcase_add_test(tc, bad_blocks);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
