/* SPDX-License-Identifier: Apache-2.0 */
/* The uSDHC model, driven as firmware would, with an eMMC behind it:
 * registers, clocks, commands. */
#include <string.h>

#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

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
    ck_assert_uint_eq(cr_misuses(), 0);
}
END_TEST

START_TEST(unknown_offsets)
{
    struct tw_access how = {.address = PRES_STATE, .size = 2};
    uint32_t value = 0;

    ck_assert_uint_eq(cr_read(HOST + 0x4c), 0);
    ck_assert_uint_eq(cr_misuses(), 1);
    cr_write(HOST + 0xfc, 1);
    ck_assert_uint_eq(cr_misuses(), 2);
    cr_write(PRES_STATE, 1);
    cr_write(ADMA_ERR, 1);
    ck_assert_uint_eq(cr_misuses(), 4);
    ck_assert(!tw_bus_read(&cr.bus, &how, &value));
    how.write = true;
    ck_assert(!tw_bus_write(&cr.bus, &how, value));
    ck_assert_uint_eq(cr_misuses(), 6);
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
    ck_assert_uint_eq(cr_misuses(), 0);
    /* A command before that is lost. */
    cr_write(CMD_XFR_TYP, 0);
    ck_assert_uint_eq(cr_misuses(), 1);
    cr_run_us(2);
    ck_assert_uint_ne(cr_read(PRES_STATE) & SDSTB, 0);
    /* Dividers change while the clock is off, by powers of two. */
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) | 0x100);
    cr_write(SYS_CTRL, 0x008f010f);
    ck_assert_uint_eq(cr_misuses(), 2);
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f030f);
    ck_assert_uint_eq(cr_misuses(), 3);
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
    ck_assert_uint_eq(cr_misuses(), 1);
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
    ck_assert_uint_eq(cr_misuses(), 0);
    /* Another with data does not. */
    cr_run_us(10);
    ck_assert_uint_eq(cr_response(), 0xe00);
    cr_write(CMD_XFR_TYP, 8U << 24 | CR_R1 | CR_DATA_CMD);
    ck_assert_uint_eq(cr_misuses(), 1);
    ck_assert(cr_run_until(INT_STATUS, TC));
    ck_assert_uint_ne(cr_read(PRES_STATE) & 1 << 24, 0);
}
END_TEST

START_TEST(command_while_busy)
{
    cr_write(CMD_XFR_TYP, 0);
    cr_write(CMD_XFR_TYP, 1U << 24);
    ck_assert_uint_eq(cr_misuses(), 1);
    ck_assert_uint_eq(cr_read(CMD_XFR_TYP), 0);
    cr_write(BLK_ATT, 0);
    ck_assert_uint_eq(cr_misuses(), 2);
    ck_assert_uint_eq(cr_read(BLK_ATT), 0x00010000);
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
    cr_write_blocks(20, cr_block, 8);
    memset(cr_ram(CR_DATA), 0, sizeof(cr_block));
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
        ck_assert_mem_eq(cr_ram(CR_DATA), cr_block, sizeof(cr_block));
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

    tcase_add_checked_fixture(tc, cr_start_emmc, cr_stop);
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
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
