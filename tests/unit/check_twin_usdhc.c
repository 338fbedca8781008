/* SPDX-License-Identifier: Apache-2.0 */
/* The uSDHC model, driven as firmware would, with an eMMC behind it. */
#include "models/usdhc.h"

#include <string.h>

#include "card_rig.h"
#include "suites.h"
#include "support.h"

enum {
    HOST = TW_USDHC2_BASE,
    DS_ADDR = HOST,
    BLK_ATT = HOST + 0x04,
    CMD_ARG = HOST + 0x08,
    CMD_XFR_TYP = HOST + 0x0c,
    CMD_RSP0 = HOST + 0x10,
    PORT = HOST + 0x20,
    PRES_STATE = HOST + 0x24,
    PROT_CTRL = HOST + 0x28,
    SYS_CTRL = HOST + 0x2c,
    INT_STATUS = HOST + 0x30,
    INT_STATUS_EN = HOST + 0x34,
    INT_SIGNAL_EN = HOST + 0x38,
    AUTOCMD12_ERR = HOST + 0x3c,
    WTMK_LVL = HOST + 0x44,
    MIX_CTRL = HOST + 0x48,
    FORCE_EVENT = HOST + 0x50,
    ADMA_ERR = HOST + 0x54,
    ADMA_SYS_ADDR = HOST + 0x58,
    VEND_SPEC = HOST + 0xc0,
    TUNING_CTRL = HOST + 0xcc
};

enum {
    CC = 1,
    TC = 2,
    DINT = 8,
    BWR = 16,
    BRR = 32,
    CTOE = 1 << 16,
    CCE = 1 << 17,
    CEBE = 1 << 18,
    CIE = 1 << 19,
    DTOE = 1 << 20,
    DCE = 1 << 21,
    DEBE = 1 << 22,
    AC12E = 1 << 24,
    DMAE = 1 << 28
};

enum { CIHB = 1, CDIHB = 2, SDSTB = 8, BWEN = 1 << 10, BREN = 1 << 11 };

static uint8_t block[8 * TW_BLOCK];

static void setup(void)
{
    cr_start_emmc();
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = (uint8_t)(i * 7 + i / 256);
    }
}

static uint64_t misuses(void)
{
    return cr.report.counts[TW_REPORT_MISUSE];
}

START_TEST(reset_values)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } rows[] = {
        {0x00, 0},          {0x04, 0x00010000}, {0x28, 0x08800020},
        {0x2c, 0x0080800f}, {0x30, 0},          {0x40, 0x07f3b407},
        {0x44, 0x08100810}, {0x54, 0},          {0x60, 0x00000200},
        {0x64, 0},          {0xc0, 0x20007809}, {0xc4, 0},
        {0xc8, 0x00000006}, {0xcc, 0x00212800}, {0x50, 0},
    };
    struct tw_device dev = tw_usdhc_device(&cr.host);

    dev.reset(dev.model, TW_RESET_WARM);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(cr_read(HOST + rows[i].offset) == rows[i].value,
                      "offset 0x%x: 0x%x", rows[i].offset,
                      cr_read(HOST + rows[i].offset));
    }
    ck_assert_uint_eq(cr_read(MIX_CTRL), 0x80000000);
    ck_assert_uint_eq(misuses(), 0);
}
END_TEST

START_TEST(unknown_offsets)
{
    struct tw_access how = {.address = PRES_STATE, .size = 2};
    uint32_t value = 0;

    ck_assert_uint_eq(cr_read(HOST + 0x4c), 0);
    ck_assert_uint_eq(misuses(), 1);
    cr_write(HOST + 0xfc, 1);
    ck_assert_uint_eq(misuses(), 2);
    cr_write(PRES_STATE, 1);
    cr_write(ADMA_ERR, 1);
    ck_assert_uint_eq(misuses(), 4);
    ck_assert(!tw_bus_read(&cr.bus, &how, &value));
    how.write = true;
    ck_assert(!tw_bus_write(&cr.bus, &how, value));
    ck_assert_uint_eq(misuses(), 6);
}
END_TEST

/* RSTA leaves MIX_CTRL alone; the bits read as set for a while. */
START_TEST(reset_all)
{
    cr_write(MIX_CTRL, 0x30);
    cr_write(DS_ADDR, 0x1234);
    cr_write(SYS_CTRL, 0x0180000f);
    ck_assert_uint_eq(cr_read(SYS_CTRL), 0x0180800f);
    cr_run_us(2);
    ck_assert_uint_eq(cr_read(SYS_CTRL), 0x0080800f);
    ck_assert_uint_eq(cr_read(DS_ADDR), 0);
    ck_assert_uint_eq(cr_read(MIX_CTRL) & 0x3f, 0x30);
}
END_TEST

START_TEST(clock_stable)
{
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f020f);
    ck_assert_uint_eq(cr_read(PRES_STATE) & SDSTB, 0);
    ck_assert_uint_eq(misuses(), 0);
    /* A command before that is lost. */
    cr_write(CMD_XFR_TYP, 0);
    ck_assert_uint_eq(misuses(), 1);
    cr_run_us(2);
    ck_assert_uint_ne(cr_read(PRES_STATE) & SDSTB, 0);
    /* Dividers change while the clock is off, by powers of two. */
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) | 0x100);
    cr_write(SYS_CTRL, 0x008f010f);
    ck_assert_uint_eq(misuses(), 2);
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f030f);
    ck_assert_uint_eq(misuses(), 3);
}
END_TEST

START_TEST(init_clocks)
{
    cr_write(SYS_CTRL, 0x088f207f);
    ck_assert_uint_ne(cr_read(SYS_CTRL) & 0x08000000, 0);
    cr_run_us(100); /* 80 clocks of 387 kHz are 207 us */
    ck_assert_uint_ne(cr_read(SYS_CTRL) & 0x08000000, 0);
    cr_run_us(110);
    ck_assert_uint_eq(cr_read(SYS_CTRL) & 0x08000000, 0);
}
END_TEST

/* A command takes as long as its bits: 104 of 387 kHz are 269 us. */
START_TEST(command_time)
{
    cr_write(CMD_XFR_TYP, 0);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 3, CIHB);
    cr_run_us(260);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 3, CIHB);
    cr_run_us(20);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 3, 0);
    ck_assert_uint_eq(cr_read(INT_STATUS), CC);
    cr_write(INT_STATUS, CC);
    ck_assert_uint_eq(cr_read(INT_STATUS), 0);
}
END_TEST

static uint64_t gated(void *ctx)
{
    (void)ctx;
    return 0;
}

START_TEST(no_clock_no_command)
{
    cr.host.w.hz = gated;
    cr_write(CMD_XFR_TYP, 0);
    ck_assert_uint_eq(misuses(), 1);
    cr_run_us(1000000);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 3, CIHB);
    /* RSTC ends it. */
    cr_write(SYS_CTRL, 0x028f207f);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 3, 0);
}
END_TEST

START_TEST(interrupts)
{
    cr_write(INT_SIGNAL_EN, CC);
    ck_assert(!cr.line);
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    cr_write(CMD_XFR_TYP, 0);
    ck_assert(cr_run_until(INT_STATUS, CC));
    ck_assert(cr.line);
    cr_write(INT_STATUS, CC);
    ck_assert(!cr.line);
    /* Without its enable bit a status never shows. */
    cr_write(INT_STATUS_EN, 0);
    cr_write(CMD_XFR_TYP, 0);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_read(INT_STATUS), 0);
    cr_write(INT_STATUS_EN, UINT32_MAX);
    cr_write(INT_SIGNAL_EN, CTOE);
    cr_write(FORCE_EVENT, CTOE);
    ck_assert_uint_eq(cr_read(INT_STATUS), CTOE);
    ck_assert(cr.line);
    cr_write(INT_SIGNAL_EN, 0);
    ck_assert(!cr.line);
    cr_write(INT_STATUS_EN, 0);
    ck_assert_uint_eq(cr_read(INT_STATUS), 0);
}
END_TEST

/* What a response is checked for: CMD1 answers without CRC and index, with 48
 * bits. */
static const struct {
    uint32_t flags;
    uint32_t want;
} responses[] = {
    {CR_R3, CC},
    {CR_R1, CC | CCE | CIE},
    {0x00120000, CC | CIE},
    {0x000a0000, CC | CCE},
    {0x00010000, CC | CEBE},
    {CR_R0, CC},
};

START_TEST(response_checks)
{
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, responses[_i].flags),
                      responses[_i].want);
}
END_TEST

START_TEST(no_card)
{
    tw_usdhc_insert(&cr.host, NULL);
    ck_assert_uint_eq(cr_read(INT_STATUS), 1 << 7);
    ck_assert_uint_eq(cr_read(PRES_STATE) & (1 << 16), 0);
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), CTOE);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CTOE);
    struct tw_card card = tw_emmc_card(&cr.emmc);

    tw_usdhc_insert(&cr.host, &card);
    ck_assert_uint_eq(cr_read(INT_STATUS), 1 << 6);
    ck_assert_uint_ne(cr_read(PRES_STATE) & (1 << 16), 0);
}
END_TEST

START_TEST(write_protect_pin)
{
    ck_assert_uint_ne(cr_read(PRES_STATE) & (1 << 19), 0);
    tw_usdhc_protect(&cr.host, true);
    ck_assert_uint_eq(cr_read(PRES_STATE) & (1 << 19), 0);
}
END_TEST

START_TEST(busy_lines)
{
    cr_emmc_up();
    cr_write(CMD_ARG, 0x03210100); /* CACHE_CTRL */
    cr_write(CMD_XFR_TYP, 6U << 24 | CR_R1B);
    ck_assert(cr_run_until(INT_STATUS, CC));
    ck_assert_uint_eq(cr_read(PRES_STATE) & (CDIHB | CIHB | 1 << 24), CDIHB);
    ck_assert_uint_eq(cr_read(INT_STATUS) & TC, 0);
    /* CMD13 needs the command line only. */
    cr_write(CMD_ARG, cr.rca << 16);
    cr_write(CMD_XFR_TYP, 13U << 24 | CR_R1);
    ck_assert_uint_eq(misuses(), 0);
    /* Another with data does not. */
    cr_run_us(10);
    ck_assert_uint_eq(cr_response(), 0xe00);
    cr_write(CMD_XFR_TYP, 8U << 24 | CR_R1 | CR_DATA_CMD);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_uint_ne(cr_read(PRES_STATE) & 1 << 24, 0);
}
END_TEST

START_TEST(command_while_busy)
{
    cr_write(CMD_XFR_TYP, 0);
    cr_write(CMD_XFR_TYP, 1U << 24);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(cr_read(CMD_XFR_TYP), 0);
    cr_write(BLK_ATT, 0);
    ck_assert_uint_eq(misuses(), 2);
    ck_assert_uint_eq(cr_read(BLK_ATT), 0x00010000);
}
END_TEST

START_TEST(adma2_scattered)
{
    uint8_t got[8 * TW_BLOCK];

    cr_emmc_up();
    cr_write_blocks(100, block, 8);
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
    ck_assert_mem_eq(got, block, sizeof(got));
    ck_assert_uint_eq(cr_read(BLK_ATT) >> 16, 0);
    ck_assert_uint_eq(cr_read(CMD_RSP0 + 12) & 0x1e00, 5 << 9); /* CMD12 */
    ck_assert_uint_eq(cr_status(), 0x900);
    ck_assert_uint_eq(misuses(), 0);
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
    cr_write_blocks(7, block, 2);
    cr_write(PROT_CTRL, 0x24);
    cr_write(DS_ADDR, CR_DATA + 0x3000);
    cr_write(BLK_ATT, 2 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0x37);
    ck_assert_uint_eq(cr_command(18, 7, CR_R1 | CR_DATA_CMD), CC | TC | DINT);
    ck_assert_mem_eq(cr_ram(CR_DATA + 0x3000), block, sizeof(block) / 4);
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
    ck_assert_uint_eq(misuses(), 2);
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
    pio_write(block, 3);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_uint_eq(cr_status(), 0x900);

    pio_setup(3, 0x36);
    cr_write(CMD_ARG, 55);
    cr_write(CMD_XFR_TYP, 18U << 24 | CR_R1 | CR_DATA_CMD);
    pio_read(got, 3);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_mem_eq(got, block, sizeof(got));
    ck_assert_uint_eq(misuses(), 0);
    /* The port is for the time of a transfer. */
    ck_assert_uint_eq(cr_read(PORT), 0);
    cr_write(PORT, 0);
    ck_assert_uint_eq(misuses(), 2);
}
END_TEST

START_TEST(pio_big_endian)
{
    cr_emmc_up();
    cr_write_blocks(0, block, 1);
    pio_setup(1, 0x10);
    cr_write(PROT_CTRL, 0x04);
    cr_write(CMD_ARG, 0);
    cr_write(CMD_XFR_TYP, 17U << 24 | CR_R1 | CR_DATA_CMD);
    ck_assert(cr_run_until(INT_STATUS, BRR));
    ck_assert_uint_eq(cr_read(PORT), (uint32_t)block[0] << 24 |
                                         (uint32_t)block[1] << 16 |
                                         (uint32_t)block[2] << 8 | block[3]);
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
    ck_assert_uint_eq(misuses(), 1);
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
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(cr_read(PRES_STATE) & CDIHB, CDIHB);
}
END_TEST

/* Open-ended: the descriptors are the count, or CMD12 is the end. */
START_TEST(without_count)
{
    cr_emmc_up();
    cr_write_blocks(20, block, 3);
    cr_write(PROT_CTRL, 0x224);
    cr_write(CR_ADMA, 0x06000023);
    cr_write(CR_ADMA + 4, CR_DATA + 0x8000);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(BLK_ATT, TW_BLOCK);
    cr_write(MIX_CTRL, 0x35);
    ck_assert_uint_eq(cr_command(18, 20, CR_R1 | CR_DATA_CMD), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA + 0x8000), block, sizeof(block) / 8 * 3);

    cr_write(PROT_CTRL, 0x24);
    cr_write(DS_ADDR, CR_DATA);
    cr_write(MIX_CTRL, 0x31);
    cr_write(INT_STATUS, UINT32_MAX);
    cr_write(CMD_ARG, 20);
    cr_write(CMD_XFR_TYP, 18U << 24 | CR_R1 | CR_DATA_CMD);
    cr_run_us(150);
    ck_assert_uint_eq(cr_read(INT_STATUS), CC);
    ck_assert_uint_eq(cr_command(12, 0, CR_ABORT | CR_R1), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA), block, sizeof(block) / 8 * 3);
    ck_assert_uint_eq(cr_status(), 0x900);
}
END_TEST

/* Automatic CMD23 announces the count. */
START_TEST(auto_cmd23)
{
    cr_emmc_up();
    cr_write_blocks(20, block, 4);
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

/* A snapshot in the middle of a transfer goes on as the first run did. */
START_TEST(snapshot)
{
    struct tw_device host = tw_usdhc_device(&cr.host);
    struct tw_device card = tw_emmc_device(&cr.emmc);
    struct tw_saver s = {0};
    uint64_t now = 0;
    uint64_t ends[2] = {0};

    cr_emmc_up();
    cr_write_blocks(20, block, 8);
    memset(cr_ram(CR_DATA), 0, sizeof(block));
    cr_write(PROT_CTRL, 0x224);
    cr_write(CR_ADMA, 0x10000023);
    cr_write(CR_ADMA + 4, CR_DATA);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(BLK_ATT, 8 << 16 | TW_BLOCK);
    cr_write(MIX_CTRL, 0x37);
    cr_write(CMD_ARG, 20);
    cr_write(CMD_XFR_TYP, 18U << 24 | CR_R1 | CR_DATA_CMD);
    cr_run_us(120);
    now = cr.clock.now;
    host.save(host.model, &s);
    card.save(card.model, &s);
    for (size_t i = 0; i < 2; i++) {
        ck_assert(cr_run_until(INT_STATUS, TC));
        ends[i] = cr.clock.now;
        ck_assert_mem_eq(cr_ram(CR_DATA), block, sizeof(block));
        struct tw_loader from = {.bytes = s.bytes, .n = s.n};

        memset(cr_ram(CR_DATA + 0xa00), 0, 0x600);
        cr.clock.now = now;
        ck_assert(host.load(host.model, &from));
        ck_assert(card.load(card.model, &from));
        ck_assert_uint_eq(from.at, s.n);
    }
    ck_assert_uint_eq(ends[0], ends[1]);
    for (size_t n = 0; n < s.n; n += 41) {
        struct tw_loader from = {.bytes = s.bytes, .n = n};

        ck_assert(!host.load(host.model, &from) ||
                  !card.load(card.model, &from));
    }
    tw_saver_free(&s);
}
END_TEST

Suite *suite_twin_usdhc(void)
{
    Suite *s = suite_create("twin_usdhc");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, cr_stop);
    tcase_add_test(tc, reset_values);
    tcase_add_test(tc, unknown_offsets);
    tcase_add_test(tc, reset_all);
    tcase_add_test(tc, clock_stable);
    tcase_add_test(tc, init_clocks);
    tcase_add_test(tc, command_time);
    tcase_add_test(tc, no_clock_no_command);
    tcase_add_test(tc, interrupts);
    tcase_add_loop_test(tc, response_checks, 0, (int)COUNT(responses));
    tcase_add_test(tc, no_card);
    tcase_add_test(tc, write_protect_pin);
    tcase_add_test(tc, busy_lines);
    tcase_add_test(tc, command_while_busy);
    tcase_add_test(tc, adma2_scattered);
    tcase_add_loop_test(tc, adma2_errors, 0, (int)COUNT(bad_tables));
    tcase_add_test(tc, simple_dma);
    tcase_add_test(tc, dma_misuse);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, pio);
    tcase_add_test(tc, pio_big_endian);
    tcase_add_test(tc, block_time);
    tcase_add_loop_test(tc, injected, 0, (int)COUNT(faults));
    tcase_add_test(tc, data_timeout);
    tcase_add_test(tc, busy_timeout);
    tcase_add_test(tc, wrong_block_size);
    tcase_add_test(tc, without_count);
    tcase_add_test(tc, auto_cmd23);
    tcase_add_test(tc, tuning);
    tcase_add_test(tc, tuning_fails);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
