/* SPDX-License-Identifier: Apache-2.0 */
/* The eMMC model when power goes: its cache, and what is whole after it. */
#include <string.h>

#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

/* Power cuts, through the whole chain: a write of eight blocks over old ones,
 * power goes with one of them. */

static void on_gone(void *ctx)
{
    (void)ctx;
    cr.gone = true;
}

static void cut_write(enum tw_cut_mode mode, uint32_t n, bool cache)
{
    uint8_t old[8 * TW_BLOCK];

    memset(old, 0x11, sizeof(old));
    cr_write_blocks(100, old, 8);
    if (cache) {
        (void)cr_switch(33, 1);
    }
    memset(cr_ram(CR_DATA), 0x22, sizeof(old));
    cr.cut.mode = mode;
    cr.cut.gone = on_gone;
    cr.cut.at = cr.cut.writes + n;
    (void)cr_transfer(25, 100, 8, false);
    ck_assert(cr.gone);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
    cr.cut.at = 0;
    cr_power_cycle();
}

START_TEST(cut_through_the_chain)
{
    enum tw_cut_mode mode = (enum tw_cut_mode)(_i / 16);
    uint32_t n = (uint32_t)_i % 8 + 1;
    bool cache = _i / 8 % 2 != 0;
    uint8_t got[8 * TW_BLOCK];

    cut_write(mode, n, cache);
    cr_read_blocks(100, got, 8);
    for (size_t i = 0; i < 8; i++) {
        uint8_t head = got[i * TW_BLOCK];
        uint8_t tail = got[i * TW_BLOCK + TW_BLOCK - 1];

        if (mode == TW_CUT_CACHED) {
            ck_assert(head == 0x11 || (head == 0x22 && i < n));
            ck_assert_uint_eq(head, tail);
        } else {
            ck_assert_uint_eq(head, i < n ? 0x22 : 0x11);
            ck_assert_uint_eq(tail, i + 1 < n || (mode == TW_CUT_CLEAN && i < n)
                                        ? 0x22
                                        : 0x11);
        }
    }
}
END_TEST

/* What was flushed, or written with the cache off, is there. */
START_TEST(flushed_is_kept)
{
    uint8_t got[4 * TW_BLOCK];

    cr.cut.mode = TW_CUT_CACHED;
    cr_write_blocks(10, cr_block, 4);
    (void)cr_switch(33, 1);
    cr_write_blocks(20, cr_block, 4);
    ck_assert_uint_eq(cr_switch(32, 1) & 0x80, 0);
    cr_write_blocks(30, cr_block, 4);
    (void)cr_switch(33, 0); /* switching it off flushes, too */
    (void)cr_switch(33, 1);
    cr_write_blocks(40, cr_block, 4);
    (void)cr_switch(34, 3); /* power off notification */
    cr_power_cycle();
    for (uint32_t where = 10; where <= 40; where += 10) {
        cr_read_blocks(where, got, 4);
        ck_assert_mem_eq(got, cr_block, sizeof(got));
    }
}
END_TEST

/* A reliable write bypasses the cache and is never torn. */
START_TEST(reliable_write)
{
    uint8_t got[2 * TW_BLOCK];

    (void)cr_switch(33, 1);
    cr.cut.mode = TW_CUT_CACHED;
    memcpy(cr_ram(CR_DATA), cr_block, 1024);
    ck_assert_uint_eq(cr_command(23, 0x80000002, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 50, 2, false), CC | TC);
    cr_run_us(1000);
    cr_power_cycle();
    cr_read_blocks(50, got, 2);
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    cr.cut.mode = TW_CUT_TORN;
    cr.cut.at = cr.cut.writes + 2;
    memset(cr_ram(CR_DATA), 0x33, 1024);
    ck_assert_uint_eq(cr_command(23, 0x80000002, CR_R1), CC);
    (void)cr_transfer(25, 50, 2, false);
    cr.cut.at = 0;
    cr_power_cycle();
    cr_read_blocks(50, got, 2);
    ck_assert_uint_eq(got[511], 0x33);
    ck_assert_mem_eq(&got[512], &cr_block[512], 512);
}
END_TEST

/* A change of a register that survives power off is whole or not made. */
START_TEST(register_cut)
{
    cr.cut.mode = TW_CUT_TORN;
    cr.cut.at = cr.cut.writes + 1;
    (void)cr_command(6, 0x03b34800, CR_R1B);
    cr.cut.at = 0;
    cr_power_cycle();
    ck_assert_uint_eq(cr_ext_csd(179), 0);
    cr.cut.mode = TW_CUT_CLEAN;
    cr.cut.at = cr.cut.writes + 1;
    (void)cr_command(6, 0x03b34800, CR_R1B);
    cr.cut.at = 0;
    cr_power_cycle();
    ck_assert_uint_eq(cr_ext_csd(179), 0x48);
}
END_TEST

Suite *suite_twin_emmc_cut(void)
{
    Suite *s = suite_create("twin_emmc_cut");
    TCase *tc = tcase_create("in transfer state");

    tcase_add_checked_fixture(tc, cr_start_emmc_up, cr_stop);
    tcase_add_loop_test(tc, cut_through_the_chain, 0, 48);
    tcase_add_test(tc, flushed_is_kept);
    tcase_add_test(tc, reliable_write);
    tcase_add_test(tc, register_cut);
    suite_add_tcase(s, tc);
    return s;
}
