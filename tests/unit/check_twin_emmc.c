/* SPDX-License-Identifier: Apache-2.0 */
/* The eMMC model, spoken to through the uSDHC's registers. */
#include "models/emmc.h"

#include <string.h>

#include "aw/ext_csd.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"

enum {
    CC = 1,
    TC = 2,
    CTOE = 1 << 16,
    DTOE = 1 << 20,
    DCE = 1 << 21,
    VEND_SPEC = TW_USDHC2_BASE + 0xc0,
    SYS_CTRL = TW_USDHC2_BASE + 0x2c,
    PROT_CTRL = TW_USDHC2_BASE + 0x28,
    MIX_CTRL = TW_USDHC2_BASE + 0x48,
    CMD_RSP0 = TW_USDHC2_BASE + 0x10
};

#define TRAN  (UINT32_C(4) << 9)
#define READY UINT32_C(0x100)

static uint8_t block[4 * TW_BLOCK];

static void setup(void)
{
    cr_start_emmc();
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = (uint8_t)(i * 3 + i / 256 + 1);
    }
}

static void up(void)
{
    setup();
    cr_emmc_up();
}

static void read_ext_csd(uint8_t to[512])
{
    ck_assert_uint_eq(cr_transfer(8, 0, 1, true), CC | TC);
    memcpy(to, cr_ram(CR_DATA), 512);
}

static uint8_t ext_csd(uint8_t index)
{
    uint8_t reg[512];

    read_ext_csd(reg);
    return reg[index];
}

/* Response, 136 bits, as bytes of the register. */
static void long_response(uint8_t reg[16])
{
    reg[15] = 0;
    for (uint32_t i = 0; i < 15; i++) {
        uint32_t bit = 8 * (14 - i);

        reg[i] = (uint8_t)(cr_read(CMD_RSP0 + bit / 32 * 4) >> (bit % 32));
    }
}

static uint32_t field(const uint8_t reg[16], unsigned high, unsigned low)
{
    uint32_t v = 0;

    for (unsigned bit = high + 1; bit-- > low;) {
        v = v << 1 | ((uint32_t)reg[15 - bit / 8] >> (bit % 8) & 1);
    }
    return v;
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
    ck_assert_uint_eq(field(reg, 127, 120), 0xfe);
    ck_assert_mem_eq(&reg[3], "AWTWIN", 6);
    ck_assert_uint_eq(field(reg, 47, 16), 0x720a9dea);
    ck_assert_uint_eq(cr_command(3, 5 << 16, CR_R1), CC);
    /* The command that was too early shows here; state ident. */
    ck_assert_uint_eq(cr_response(), 0x00400000 | 2 << 9 | READY);
    ck_assert_uint_eq(cr_command(9, 5 << 16, CR_R2), CC);
    long_response(reg);
    ck_assert_uint_eq(field(reg, 127, 126), 3);
    ck_assert_uint_eq(field(reg, 103, 96), 0x32);
    ck_assert_uint_eq(field(reg, 83, 80), 9);
    ck_assert_uint_eq(field(reg, 73, 62), 0xfff);
    ck_assert_uint_eq(cr_command(10, 5 << 16, CR_R2), CC);
    ck_assert_uint_eq(cr_command(9, 6 << 16, CR_R2), CTOE); /* not our RCA */
    cr.rca = 5;
    ck_assert_uint_eq(cr_status(), 3 << 9 | READY);
    ck_assert_uint_eq(cr_command(7, 5 << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    read_ext_csd(ext);
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
    ck_assert_uint_eq(cr_status(), 3 << 9 | READY);
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
    ck_assert_uint_eq(cr_status(), TRAN | READY);
}
END_TEST

START_TEST(go_inactive)
{
    ck_assert_uint_eq(cr_command(15, 9 << 16, CR_R0), CC); /* not us */
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    ck_assert_uint_eq(cr_command(15, cr.rca << 16, CR_R0), CC);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
}
END_TEST

START_TEST(data_goes_round)
{
    uint8_t got[sizeof(block)];

    cr_write_blocks(CR_BLOCKS - 4, block, 4);
    cr_read_blocks(CR_BLOCKS - 4, got, 4);
    ck_assert_mem_eq(got, block, sizeof(got));
    cr_write_blocks(17, &block[TW_BLOCK], 1);
    cr_read_blocks(17, got, 1);
    ck_assert_mem_eq(got, &block[TW_BLOCK], TW_BLOCK);
    cr_power_cycle();
    cr_read_blocks(17, got, 1);
    ck_assert_mem_eq(got, &block[TW_BLOCK], TW_BLOCK);
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
    uint32_t state = illegal[_i].selected ? TRAN : 3 << 9;

    if (!illegal[_i].selected) {
        ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    }
    ck_assert_uint_eq(cr_command(illegal[_i].index, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_status(), 0x00400000 | state | READY);
    ck_assert_uint_eq(cr_status(), state | READY);
}
END_TEST

/* States while data moves and after. */
START_TEST(states_of_a_write)
{
    cr_write(MIX_CTRL, 0);
    cr_write(PROT_CTRL, 0x24);
    ck_assert_uint_eq(cr_command(25, 0, CR_R1), CC); /* no data follow yet */
    ck_assert_uint_eq(cr_status(), 6 << 9 | READY);
    ck_assert_uint_eq(cr_command(24, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), 0x00400000 | 6 << 9 | READY);
    ck_assert_uint_eq(cr_status(), 7 << 9); /* programming, not ready */
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_status(), 8 << 9); /* disconnected */
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 7 << 9);
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), 3 << 9 | READY);
}
END_TEST

START_TEST(states_of_a_read)
{
    ck_assert_uint_eq(cr_command(18, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 5 << 9 | READY);
    ck_assert_uint_eq(cr_command(23, 1, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
}
END_TEST

START_TEST(counted_transfers)
{
    /* The count ends the transfer; CMD12 after it is illegal. */
    memcpy(cr_ram(CR_DATA), block, sizeof(block));
    ck_assert_uint_eq(cr_command(23, 3, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 8, 3, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CTOE);
    (void)cr_status();
    ck_assert_uint_eq(cr_command(23, 3, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, 8, 3, true), CC | TC);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    ck_assert_mem_eq(cr_ram(CR_DATA), block, 1536);
    /* Another command in between forgets the count. */
    ck_assert_uint_eq(cr_command(23, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, 8, 2, true), CC | TC);
    ck_assert_uint_eq(cr_status(), 5 << 9 | READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
}
END_TEST

START_TEST(block_length)
{
    ck_assert_uint_eq(cr_command(16, 1024, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_BLOCK_LEN_ERROR | TRAN | READY);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), TRAN | READY);
}
END_TEST

START_TEST(out_of_range)
{
    ck_assert_uint_eq(cr_command(17, CR_BLOCKS, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | TRAN | READY);
    ck_assert_uint_eq(cr_command(24, UINT32_MAX, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | TRAN | READY);
    /* Over the end in the middle. */
    ck_assert_uint_eq(cr_transfer(18, CR_BLOCKS - 1, 2, true), CC | DTOE);
    cr_write(SYS_CTRL, 0x048f020f);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | 5 << 9 | READY);
    ck_assert_uint_eq(cr_transfer(25, CR_BLOCKS - 1, 2, false), CC | TC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | 6 << 9 | READY);
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
    ck_assert_uint_eq(cr_status(), AW_CARD_ECC_FAILED | TRAN | READY);
    ck_assert_uint_eq(cr_transfer(24, 20, 1, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), AW_CARD_ERROR | TRAN | READY);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(17, 31, 1, true), CC | TC);
    ck_assert_uint_ge(cr.clock.now - from, UINT64_C(5000) * 528);
    from = cr.clock.now;
    ck_assert_uint_eq(cr_transfer(24, 31, 1, false), CC | TC);
    ck_assert_uint_ge(cr.clock.now - from, UINT64_C(5000) * 528);
    /* The boot partition's block 11 is sound. */
    ck_assert_uint_eq(cr_switch(179, 1), TRAN | READY);
    ck_assert_uint_eq(cr_transfer(17, 11, 1, true), CC | TC);
    ck_assert_uint_eq(cr_switch(179, 0), TRAN | READY);
    tw_emmc_heal(&cr.emmc);
    ck_assert_uint_eq(cr_transfer(17, 11, 1, true), CC | TC);
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        ck_assert(tw_emmc_fault(&cr.emmc, &slow));
    }
    ck_assert(!tw_emmc_fault(&cr.emmc, &slow));
}
END_TEST

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
        uint8_t before = ext_csd(switches[i].index);
        uint32_t status = cr_switch(switches[i].index, switches[i].value);
        uint8_t after = ext_csd(switches[i].index);
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
    ck_assert_uint_eq(ext_csd(179), 0x48);
    ck_assert_uint_eq(cr_command(6, 0x02b34000, CR_R1B), CC | TC);
    ck_assert_uint_eq(ext_csd(179), 0x08);
    ck_assert_uint_eq(cr_command(6, 0, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    ck_assert_uint_eq(cr_command(6, 1, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_status(), 0x80 | TRAN | READY);
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
    ck_assert_uint_eq(ext_csd(179), 0x48);
    ck_assert_uint_eq(ext_csd(177), 0x0a);
    ck_assert_uint_eq(ext_csd(33), 0);
    ck_assert_uint_eq(ext_csd(173), 0x01);
    ck_assert_uint_eq(ext_csd(174), 0x05);
    cr_power_cycle();
    ck_assert_uint_eq(ext_csd(179), 0x48);
    ck_assert_uint_eq(ext_csd(177), 0x0a);
    ck_assert_uint_eq(ext_csd(173), 0);
    ck_assert_uint_eq(ext_csd(174), 0);
}
END_TEST

START_TEST(reset_pin)
{
    (void)cr_switch(173, 0x01);
    /* Nobody enabled it. */
    cr_write(SYS_CTRL, 0x000f020f);
    cr_write(SYS_CTRL, 0x008f020f);
    cr_run_us(2);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    (void)cr_switch(162, 1);
    cr_write(SYS_CTRL, 0x000f020f);
    cr_run_us(2);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
    cr_write(SYS_CTRL, 0x008f020f);
    cr_emmc_up();
    ck_assert_uint_eq(ext_csd(174), 0);
}
END_TEST

static const uint8_t *part_block(size_t part)
{
    return &block[part * TW_BLOCK];
}

START_TEST(boot_partitions)
{
    uint8_t got[TW_BLOCK];

    for (uint8_t p = 0; p < 3; p++) {
        (void)cr_switch(179, p);
        cr_write_blocks(1, part_block(p), 1);
    }
    ck_assert_uint_eq(cr_command(17, TW_EMMC_BOOT_BLOCKS, CR_R1), CC);
    ck_assert_uint_eq(cr_response() & AW_CARD_OUT_OF_RANGE,
                      AW_CARD_OUT_OF_RANGE);
    cr_read_blocks(TW_EMMC_BOOT_BLOCKS - 1, got, 1);
    for (uint8_t p = 0; p < 3; p++) {
        struct tw_store store = tw_file_store(&cr.files[p]);

        (void)cr_switch(179, p);
        cr_read_blocks(1, got, 1);
        ck_assert_mem_eq(got, part_block(p), TW_BLOCK);
        ck_assert(store.read(store.ctx, TW_BLOCK, got, TW_BLOCK));
        ck_assert_mem_eq(got, part_block(p), TW_BLOCK);
    }
}
END_TEST

/* BOOT_WP: value, accepted, what BOOT_WP_STATUS is after it. */
static const struct {
    uint8_t value;
    bool ok;
    uint8_t status;
} boot_wp[][4] = {
    {{0x01, true, 0x05}, {0x00, false, 0x05}, {0x05, true, 0x0a}},
    {{0x81, true, 0x01}, {0x83, true, 0x05}, {0x20, false, 0x05}},
    {{0x83, true, 0x04}, {0x8c, false, 0x04}, {0x8f, true, 0x08}},
    {{0x10, true, 0x00}, {0x14, false, 0x00}, {0x11, true, 0x05}},
    {{0x40, true, 0x00}, {0x41, false, 0x00}, {0x44, true, 0x0a}},
};

START_TEST(boot_write_protection)
{
    for (size_t i = 0; i < 3; i++) {
        uint32_t status = cr_switch(173, boot_wp[_i][i].value);

        ck_assert_msg((status & 0x80) == (boot_wp[_i][i].ok ? 0 : 0x80),
                      "step %u", (unsigned)i);
        ck_assert_msg(ext_csd(174) == boot_wp[_i][i].status, "step %u: 0x%x",
                      (unsigned)i, ext_csd(174));
    }
    uint8_t status = ext_csd(174);

    for (uint8_t p = 0; p < 3; p++) {
        bool locked = p > 0 && (status >> (2 * (p - 1)) & 3) != 0;
        uint8_t got[TW_BLOCK];

        (void)cr_switch(179, p);
        ck_assert_uint_eq(cr_transfer(24, 3, 1, false), CC | TC);
        cr_run_us(1000);
        ck_assert_uint_eq(cr_status(),
                          (locked ? AW_CARD_WP_VIOLATION : 0) | TRAN | READY);
        cr_read_blocks(3, got, 1);
    }
    cr_power_cycle();
    ck_assert_uint_eq(ext_csd(174), status & 0x0a);
}
END_TEST

START_TEST(boot_config_locked)
{
    (void)cr_switch(179, 0x48);
    ck_assert_uint_eq(cr_switch(178, 0x01) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(179, 0x50) & 0x80, 0x80);
    ck_assert_uint_eq(cr_switch(177, 1) & 0x80, 0x80);
    ck_assert_uint_eq(cr_switch(179, 0x49) & 0x80, 0); /* access only */
    ck_assert_uint_eq(cr_switch(178, 0x00) & 0x80, 0x80);
    cr_power_cycle();
    ck_assert_uint_eq(cr_switch(179, 0x50) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(178, 0x10) & 0x80, 0);
    cr_power_cycle();
    ck_assert_uint_eq(cr_switch(179, 0x48) & 0x80, 0x80);
}
END_TEST

static void write_to(uint32_t where, bool refused)
{
    ck_assert_uint_eq(cr_transfer(24, where, 1, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(),
                      (refused ? AW_CARD_WP_VIOLATION : 0) | TRAN | READY);
}

static void protect(uint8_t command, uint32_t where, uint32_t error)
{
    ck_assert_uint_eq(cr_command(command, where, CR_R1B), CC | TC);
    uint32_t status = cr_response();

    cr_run_us(2000);
    ck_assert_uint_eq(status | cr_status(), error | TRAN | READY);
}

START_TEST(group_write_protection)
{
    enum { GROUP = TW_EMMC_WP_GROUP };

    protect(28, GROUP + 5, 0);
    write_to(GROUP - 1, false);
    write_to(GROUP, true);
    write_to(2 * GROUP - 1, true);
    write_to(2 * GROUP, false);
    protect(28, CR_BLOCKS, AW_CARD_OUT_OF_RANGE);
    /* Temporary protection survives power off, and can be taken back. */
    cr_power_cycle();
    write_to(GROUP, true);
    protect(29, GROUP, 0);
    write_to(GROUP, false);
    /* Until power off: cannot. */
    (void)cr_switch(171, 0x01);
    protect(28, 0, 0);
    write_to(7, true);
    protect(29, 0, AW_CARD_ERROR);
    (void)cr_switch(171, 0x04);
    protect(28, 2 * GROUP, 0);
    ck_assert_uint_eq(cr_command(30, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    cr_write(MIX_CTRL, 0x10);
    cr_write(TW_USDHC2_BASE + 0x04, 1 << 16 | 4);
    ck_assert_uint_eq(cr_command(30, 0, CR_R1 | CR_DATA_CMD) & CC, CC);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0x05000000);
    cr_write(TW_USDHC2_BASE + 0x04, 1 << 16 | 8);
    ck_assert_uint_eq(cr_command(31, 0, CR_R1 | CR_DATA_CMD) & CC, CC);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0x32000000);
    cr_power_cycle();
    write_to(7, false);
    write_to(2 * GROUP, true);
    protect(29, 2 * GROUP, AW_CARD_ERROR);
    /* Forbidden for good. */
    (void)cr_switch(171, 0x14);
    protect(28, 0, AW_CARD_ERROR);
}
END_TEST

static void fill(uint32_t first, uint32_t n)
{
    struct tw_store store = tw_file_store(&cr.files[0]);

    for (uint32_t i = 0; i < n; i++) {
        ck_assert(store.write(store.ctx, (uint64_t)(first + i) * TW_BLOCK,
                              block, TW_BLOCK));
    }
}

static bool empty(uint32_t where)
{
    uint8_t got[TW_BLOCK];

    cr_read_blocks(where, got, 1);
    return got[0] == 0 && got[TW_BLOCK - 1] == 0;
}

static uint32_t erase(uint32_t first, uint32_t last, uint32_t argument)
{
    uint32_t status = 0;

    ck_assert_uint_eq(cr_command(35, first, CR_R1), CC);
    status = cr_response();
    ck_assert_uint_eq(cr_command(36, last, CR_R1), CC);
    status |= cr_response();
    ck_assert_uint_eq(cr_command(38, argument, CR_R1B), CC | TC);
    status |= cr_response();
    cr_run_us(1000);
    return (status | cr_status()) & ~(TRAN | READY);
}

START_TEST(erase_and_trim)
{
    fill(0, 4096);
    ck_assert_uint_eq(erase(1030, 1030, 1), 0); /* trim: exact */
    ck_assert(!empty(1029) && empty(1030) && !empty(1031));
    ck_assert_uint_eq(erase(1040, 1041, 3), 0); /* discard */
    ck_assert(!empty(1039) && empty(1040) && empty(1041) && !empty(1042));
    ck_assert_uint_eq(erase(1030, 2048, 0), 0); /* whole groups */
    ck_assert(!empty(1023) && empty(1024) && empty(3071) && !empty(3072));
    ck_assert_uint_eq(erase(0, CR_BLOCKS - 1, 0), 0);
    ck_assert(empty(0) && empty(4095));
}
END_TEST

START_TEST(erase_errors)
{
    fill(0, 64);
    ck_assert_uint_eq(erase(5, 4, 1), AW_CARD_ERASE_PARAM);
    ck_assert_uint_eq(erase(5, 6, 0x80000000), AW_CARD_ERASE_PARAM);
    ck_assert_uint_eq(erase(5, CR_BLOCKS, 1),
                      AW_CARD_OUT_OF_RANGE | AW_CARD_ERASE_SEQ_ERROR);
    ck_assert_uint_eq(cr_command(36, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_SEQ_ERROR | TRAN | READY);
    ck_assert_uint_eq(cr_command(38, 0, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_SEQ_ERROR | TRAN | READY);
    /* Another command in between ends the sequence, CMD13 does not. */
    ck_assert_uint_eq(cr_command(35, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), TRAN | READY);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_RESET | TRAN | READY);
    ck_assert_uint_eq(cr_command(36, 2, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_SEQ_ERROR | TRAN | READY);
    ck_assert(!empty(1) && !empty(5));
}
END_TEST

START_TEST(erase_skips_protected)
{
    fill(TW_EMMC_WP_GROUP - 10, 20);
    protect(28, TW_EMMC_WP_GROUP, 0);
    ck_assert_uint_eq(erase(TW_EMMC_WP_GROUP - 10, TW_EMMC_WP_GROUP + 9, 1),
                      AW_CARD_WP_ERASE_SKIP);
    ck_assert(empty(TW_EMMC_WP_GROUP - 1) && !empty(TW_EMMC_WP_GROUP));
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
    ck_assert_uint_eq(cr_status(), 3 << 9 | READY);
}
END_TEST

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
    uint8_t got[sizeof(block)];

    cr.cut.mode = TW_CUT_CACHED;
    cr_write_blocks(10, block, 4);
    (void)cr_switch(33, 1);
    cr_write_blocks(20, block, 4);
    ck_assert_uint_eq(cr_switch(32, 1) & 0x80, 0);
    cr_write_blocks(30, block, 4);
    (void)cr_switch(33, 0); /* switching it off flushes, too */
    (void)cr_switch(33, 1);
    cr_write_blocks(40, block, 4);
    (void)cr_switch(34, 3); /* power off notification */
    cr_power_cycle();
    for (uint32_t where = 10; where <= 40; where += 10) {
        cr_read_blocks(where, got, 4);
        ck_assert_mem_eq(got, block, sizeof(got));
    }
}
END_TEST

/* A reliable write bypasses the cache and is never torn. */
START_TEST(reliable_write)
{
    uint8_t got[2 * TW_BLOCK];

    (void)cr_switch(33, 1);
    cr.cut.mode = TW_CUT_CACHED;
    memcpy(cr_ram(CR_DATA), block, 1024);
    ck_assert_uint_eq(cr_command(23, 0x80000002, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 50, 2, false), CC | TC);
    cr_run_us(1000);
    cr_power_cycle();
    cr_read_blocks(50, got, 2);
    ck_assert_mem_eq(got, block, sizeof(got));
    cr.cut.mode = TW_CUT_TORN;
    cr.cut.at = cr.cut.writes + 2;
    memset(cr_ram(CR_DATA), 0x33, 1024);
    ck_assert_uint_eq(cr_command(23, 0x80000002, CR_R1), CC);
    (void)cr_transfer(25, 50, 2, false);
    cr.cut.at = 0;
    cr_power_cycle();
    cr_read_blocks(50, got, 2);
    ck_assert_uint_eq(got[511], 0x33);
    ck_assert_mem_eq(&got[512], &block[512], 512);
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
    ck_assert_uint_eq(ext_csd(179), 0);
    cr.cut.mode = TW_CUT_CLEAN;
    cr.cut.at = cr.cut.writes + 1;
    (void)cr_command(6, 0x03b34800, CR_R1B);
    cr.cut.at = 0;
    cr_power_cycle();
    ck_assert_uint_eq(ext_csd(179), 0x48);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_emmc_device(&cr.emmc);
    struct tw_saver a = {0};
    struct tw_saver b = {0};

    (void)cr_switch(33, 1);
    cr_write_blocks(60, block, 4);
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
    ck_assert_uint_eq(cr_status(), TRAN | READY);
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

    tcase_add_checked_fixture(first, setup, cr_stop);
    tcase_add_test(first, identification);
    tcase_add_loop_test(first, inactive, 0, 2);
    suite_add_tcase(s, first);

    tcase_add_checked_fixture(tc, up, cr_stop);
    tcase_add_test(tc, go_inactive);
    tcase_add_test(tc, data_goes_round);
    tcase_add_loop_test(tc, illegal_command, 0, (int)COUNT(illegal));
    tcase_add_test(tc, states_of_a_write);
    tcase_add_test(tc, states_of_a_read);
    tcase_add_test(tc, counted_transfers);
    tcase_add_test(tc, block_length);
    tcase_add_test(tc, out_of_range);
    tcase_add_test(tc, bad_blocks);
    tcase_add_test(tc, switch_table);
    tcase_add_test(tc, switch_access_modes);
    tcase_add_test(tc, what_survives);
    tcase_add_test(tc, reset_pin);
    tcase_add_test(tc, boot_partitions);
    tcase_add_loop_test(tc, boot_write_protection, 0, (int)COUNT(boot_wp));
    tcase_add_test(tc, boot_config_locked);
    tcase_add_test(tc, group_write_protection);
    tcase_add_test(tc, erase_and_trim);
    tcase_add_test(tc, erase_errors);
    tcase_add_test(tc, erase_skips_protected);
    tcase_add_test(tc, width_mismatch);
    tcase_add_test(tc, too_fast);
    tcase_add_test(tc, ddr52);
    tcase_add_test(tc, hs200_rules);
    tcase_add_test(tc, sleep_and_wake);
    tcase_add_loop_test(tc, cut_through_the_chain, 0, 48);
    tcase_add_test(tc, flushed_is_kept);
    tcase_add_test(tc, reliable_write);
    tcase_add_test(tc, register_cut);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
