/* SPDX-License-Identifier: Apache-2.0 */
/* Data of the uSDHC model: ADMA2, simple DMA, the port, counts. */
#include <string.h>

#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

START_TEST(adma2_scattered)
{
    uint8_t got[8 * TW_BLOCK];

    cr_emmc_up();
    cr_write_blocks(100, cr_block, 8);
    /* Five pieces, none of a block's size, one behind a link and a no-op. */
    static const uint32_t table[][2] = {{0x00640021, CR_DATA + 0x9000},
                                        {0x00040021, CR_DATA + 0x4},
                                        {0x00000031, CR_ADMA + 0x100}};
    static const uint32_t linked[][2] = {{0x00000001, 0},
                                         {0x0c000025, CR_DATA + 0x2000},
                                         {0x03980023, CR_DATA + 0x1000}};

    for (size_t i = 0; i < 3; i++) {
        cr_write(CR_ADMA + 8 * (uint32_t)i, table[i][0]);
        cr_write(CR_ADMA + 8 * (uint32_t)i + 4, table[i][1]);
        cr_write(CR_ADMA + 0x100 + 8 * (uint32_t)i, linked[i][0]);
        cr_write(CR_ADMA + 0x100 + 8 * (uint32_t)i + 4, linked[i][1]);
    }
    cr_write(BLK_ATT, 8 << 16 | TW_BLOCK);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(MIX_CTRL, 0x37); /* DMA, count, automatic CMD12, read, many */
    ck_assert_uint_eq(cr_command(18, 100, CR_R1 | CR_DATA_CMD), CC | TC | DINT);
    memcpy(got, cr_ram(CR_DATA + 0x9000), 0x64);
    memcpy(&got[0x64], cr_ram(CR_DATA + 0x4), 4);
    memcpy(&got[0x68], cr_ram(CR_DATA + 0x2000), 0xc00);
    memcpy(&got[0xc68], cr_ram(CR_DATA + 0x1000), 0x398);
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    ck_assert_uint_eq(cr_read(BLK_ATT) >> 16, 0);
    ck_assert_uint_eq(cr_read(CMD_RSP0 + 12) & 0x1e00, 5 << 9); /* CMD12 */
    ck_assert_uint_eq(cr_status(), 0x900);
    ck_assert_uint_eq(cr_misuses(), 0);
}
END_TEST

/* Tables that end in an error; what ADMA_ERR_STATUS says. */
static const struct {
    uint32_t table[2][2];
    uint32_t want;
} bad_tables[] = {
    {{{0x02000020, CR_DATA}, {0, 0}}, 0x9},     /* not valid */
    {{{0x02000023, CR_DATA + 2}, {0, 0}}, 0x9}, /* address */
    {{{0x01000023, CR_DATA}, {0, 0}}, 0x7},     /* ends too early */
    {{{0x02000023, 0x10000000}, {0, 0}}, 0x3},  /* no memory */
    {{{0x00000031, CR_ADMA}, {0, 0}}, 0x9},     /* links for ever */
    {{{0x00000031, 0x10000000}, {0, 0}}, 0x1},  /* links to nothing */
    {{{0x00000031, CR_ADMA + 2}, {0, 0}}, 0x1}, /* unaligned */
};

START_TEST(adma2_errors)
{
    cr_emmc_up();
    for (unsigned reading = 0; reading < 2; reading++) {
        for (uint32_t i = 0; i < 4; i++) {
            cr_write(CR_ADMA + 4 * i, bad_tables[_i].table[i / 2][i % 2]);
        }
        cr_write(BLK_ATT, 1 << 16 | TW_BLOCK);
        cr_write(ADMA_SYS_ADDR, CR_ADMA);
        cr_write(PROT_CTRL, 0x224);
        cr_write(MIX_CTRL, 1 | (reading ? 0x10U : 0));
        ck_assert_uint_eq(cr_command(reading ? 17 : 24, 0, CR_R1 | CR_DATA_CMD),
                          CC | DMAE);
        ck_assert_uint_eq(cr_read(ADMA_ERR), bad_tables[_i].want);
        ck_assert_uint_eq(cr_read(PRES_STATE) & CDIHB, CDIHB);
        cr_write(SYS_CTRL, 0x048f020f);
        ck_assert_uint_eq(cr_read(PRES_STATE) & CDIHB, 0);
        (void)cr_command(12, 0, CR_ABORT | CR_R1B);
        cr_run_us(1000);
        (void)cr_status();
        ck_assert_uint_eq(cr_status(), 0x900);
    }
}
END_TEST

START_TEST(simple_dma)
{
    cr_emmc_up();
    cr_write_blocks(7, cr_block, 2);
    cr_write(PROT_CTRL, 0x24);
    cr_write(DS_ADDR, CR_DATA + 0x3000);
    cr_write(BLK_ATT, 2 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0x37);
    ck_assert_uint_eq(cr_command(18, 7, CR_R1 | CR_DATA_CMD), CC | TC | DINT);
    ck_assert_mem_eq(cr_ram(CR_DATA + 0x3000), cr_block, sizeof(cr_block) / 4);
    ck_assert_uint_eq(cr_read(DS_ADDR), CR_DATA + 0x3400);
    cr_write(DS_ADDR, 0x10000000);
    cr_write(BLK_ATT, 1 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0x11);
    ck_assert_uint_eq(cr_command(17, 7, CR_R1 | CR_DATA_CMD), CC | DMAE);
}
END_TEST

START_TEST(dma_misuse)
{
    cr_emmc_up();
    cr_write(PROT_CTRL, 0x104); /* ADMA1, big endian */
    cr_write(DS_ADDR, CR_DATA);
    cr_write(BLK_ATT, 1 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0x11);
    (void)cr_command(17, 7, CR_R1 | CR_DATA_CMD);
    ck_assert_uint_eq(cr_misuses(), 2);
}
END_TEST

/* A line that was written through a cache and not cleaned. */
START_TEST(dma_meets_dirty_line)
{
    struct tw_page page;
    const struct tw_access how = {
        .address = CR_DATA, .size = 4, .secure = true, .privileged = true};

    cr_emmc_up();
    ck_assert(tw_bus_page(&cr.bus, &how, &page));
    tw_page_mark(&page, 1);
    ck_assert_uint_eq(cr_transfer(24, 3, 1, false), CC | TC);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_DMA_DIRTY], 1);
    tw_bus_clean(&cr.bus, CR_DATA, TW_BLOCK);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_transfer(24, 3, 1, false), CC | TC);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

static void pio_setup(uint32_t blocks, uint32_t mix)
{
    cr_write(PROT_CTRL, 0x24);
    cr_write(WTMK_LVL, 0x00400040); /* 64 words: twice a block */
    cr_write(BLK_ATT, blocks << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, mix);
    cr_write(INT_STATUS, UINT32_MAX);
}

static void pio_write(const uint8_t *from, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks * 2; i++) {
        ck_assert(cr_run_until(INT_STATUS, BWR));
        ck_assert_uint_ne(cr_read(PRES_STATE) & BWEN, 0);
        cr_write(INT_STATUS, BWR);
        for (uint32_t w = 0; w < 64; w++) {
            uint32_t v = 0;

            memcpy(&v, from, 4);
            cr_write(PORT, v);
            from += 4;
        }
    }
}

static void pio_read(uint8_t *to, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks * 2; i++) {
        ck_assert(cr_run_until(INT_STATUS, BRR));
        ck_assert_uint_ne(cr_read(PRES_STATE) & BREN, 0);
        cr_write(INT_STATUS, BRR);
        for (uint32_t w = 0; w < 64; w++) {
            uint32_t v = cr_read(PORT);

            memcpy(to, &v, 4);
            to += 4;
        }
    }
}

START_TEST(pio)
{
    uint8_t got[3 * TW_BLOCK];

    cr_emmc_up();
    pio_setup(3, 0x26);
    cr_write(CMD_ARG, 55);
    cr_write(CMD_XFR_TYP, 25U << 24 | CR_R1 | CR_DATA_CMD);
    pio_write(cr_block, 3);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_uint_eq(cr_status(), 0x900);

    pio_setup(3, 0x36);
    cr_write(CMD_ARG, 55);
    cr_write(CMD_XFR_TYP, 18U << 24 | CR_R1 | CR_DATA_CMD);
    pio_read(got, 3);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    ck_assert_uint_eq(cr_misuses(), 0);
    /* The port is for the time of a transfer. */
    ck_assert_uint_eq(cr_read(PORT), 0);
    cr_write(PORT, 0);
    ck_assert_uint_eq(cr_misuses(), 2);
}
END_TEST

START_TEST(pio_big_endian)
{
    cr_emmc_up();
    cr_write_blocks(0, cr_block, 1);
    pio_setup(1, 0x10);
    cr_write(PROT_CTRL, 0x04);
    cr_write(CMD_ARG, 0);
    cr_write(CMD_XFR_TYP, 17U << 24 | CR_R1 | CR_DATA_CMD);
    ck_assert(cr_run_until(INT_STATUS, BRR));
    ck_assert_uint_eq(cr_read(PORT), (uint32_t)cr_block[0] << 24 |
                                         (uint32_t)cr_block[1] << 16 |
                                         (uint32_t)cr_block[2] << 8 |
                                         cr_block[3]);
}
END_TEST

/* Data lines at 49.5 MHz: 512 bytes over 8 lines are 538 clocks, 10.9 us. */
START_TEST(block_time)
{
    uint64_t from = 0;
    uint64_t us = 0;

    cr_emmc_up();
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
    us = tw_clock_periods(&cr.clock, cr.clock.now - from, 1000000);
    ck_assert_uint_ge(us, 80 + 10 + 2); /* access, block, command */
    ck_assert_uint_le(us, 80 + 10 + 4);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(18, 0, 101, true), CC | TC);
    us = tw_clock_periods(&cr.clock, cr.clock.now - from, 1000000);
    ck_assert_uint_ge(us, 80 + 1097 + 2);
    ck_assert_uint_le(us, 80 + 1097 + 5);
}
END_TEST

START_TEST(wrong_block_size)
{
    cr_emmc_up();
    cr_write(BLK_ATT, 1 << 16 | 256);
    cr_write(DS_ADDR, CR_DATA);
    cr_write(MIX_CTRL, 0x11);
    cr_write(PROT_CTRL, 0x24);
    ck_assert_uint_eq(cr_command(17, 0, CR_R1 | CR_DATA_CMD), CC | DCE);
    cr_write(SYS_CTRL, 0x048f020f);
    cr_write(BLK_ATT, 0);
    cr_write(MIX_CTRL, 0x10);
    cr_write(CMD_XFR_TYP, 17U << 24 | CR_R1 | CR_DATA_CMD);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_misuses(), 1);
    ck_assert_uint_eq(cr_read(PRES_STATE) & CDIHB, CDIHB);
}
END_TEST

/* Open-ended: the descriptors are the count, or CMD12 is the end. */
START_TEST(without_count)
{
    cr_emmc_up();
    cr_write_blocks(20, cr_block, 3);
    cr_write(PROT_CTRL, 0x224);
    cr_write(CR_ADMA, 0x06000023);
    cr_write(CR_ADMA + 4, CR_DATA + 0x8000);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(BLK_ATT, TW_BLOCK);
    cr_write(MIX_CTRL, 0x35);
    ck_assert_uint_eq(cr_command(18, 20, CR_R1 | CR_DATA_CMD), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA + 0x8000), cr_block,
                     sizeof(cr_block) / 8 * 3);

    cr_write(PROT_CTRL, 0x24);
    cr_write(DS_ADDR, CR_DATA);
    cr_write(MIX_CTRL, 0x31);
    cr_write(INT_STATUS, UINT32_MAX);
    cr_write(CMD_ARG, 20);
    cr_write(CMD_XFR_TYP, 18U << 24 | CR_R1 | CR_DATA_CMD);
    cr_run_us(150);
    ck_assert_uint_eq(cr_read(INT_STATUS), CC);
    ck_assert_uint_eq(cr_command(12, 0, CR_ABORT | CR_R1), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA), cr_block, sizeof(cr_block) / 8 * 3);
    ck_assert_uint_eq(cr_status(), 0x900);
}
END_TEST

/* Automatic CMD23 announces the count. */
START_TEST(auto_cmd23)
{
    cr_emmc_up();
    cr_write_blocks(20, cr_block, 4);
    cr_write(PROT_CTRL, 0x224);
    cr_write(CR_ADMA, 0x08000023);
    cr_write(CR_ADMA + 4, CR_DATA);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(DS_ADDR, 4);
    cr_write(BLK_ATT, 4 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0xb3);
    ck_assert_uint_eq(cr_command(18, 20, CR_R1 | CR_DATA_CMD), CC | TC);
    ck_assert_uint_eq(cr_status(), 0x900); /* no CMD12 was needed */
}
END_TEST

Suite *suite_twin_usdhc_data(void)
{
    Suite *s = suite_create("twin_usdhc_data");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, cr_start_emmc, cr_stop);
    tcase_add_test(tc, adma2_scattered);
    tcase_add_loop_test(tc, adma2_errors, 0, (int)COUNT(bad_tables));
    tcase_add_test(tc, simple_dma);
    tcase_add_test(tc, dma_misuse);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, pio);
    tcase_add_test(tc, pio_big_endian);
    tcase_add_test(tc, block_time);
    tcase_add_test(tc, wrong_block_size);
    tcase_add_test(tc, without_count);
    tcase_add_test(tc, auto_cmd23);
    suite_add_tcase(s, tc);
    return s;
}
