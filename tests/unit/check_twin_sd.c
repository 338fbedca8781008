/* SPDX-License-Identifier: Apache-2.0 */
/* The SD card model, spoken to through the uSDHC's registers. */
#include "models/sd.h"

#include <string.h>

#include "aw/ext_csd.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

enum { HC_BLOCKS = TW_SD_SC_MAX + 1024, SC_BLOCKS = 65536 };

static void large(void)
{
    cr_start_sd(HC_BLOCKS);
}

static void large_up(void)
{
    large();
    cr_sd_up();
}

static void small(void)
{
    cr_start_sd(SC_BLOCKS);
}

START_TEST(identification)
{
    cr.rca = 0;
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), CTOE); /* eMMC only */
    ck_assert_uint_eq(cr_command(8, 0x2aa, CR_R1), CTOE);      /* low voltage */
    ck_assert_uint_eq(cr_command(8, 0x1a5, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), 0x1a5);
    ck_assert_uint_eq(cr_app_command(41, 0, CR_R3), CC); /* a question */
    ck_assert_uint_eq(cr_response(), 0x00ff8000);
    ck_assert_uint_eq(cr_app_command(41, 0x41ff8000, CR_R3), CC);
    ck_assert_uint_eq(cr_response(), 0x00ff8000);
    cr_run_us(25000);
    ck_assert_uint_eq(cr_app_command(41, 0x41ff8000, CR_R3), CC);
    ck_assert_uint_eq(cr_response(), 0xc1ff8000);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CC);
    ck_assert_uint_eq(cr_field(127, 120), 0xfe);
    ck_assert_uint_eq(cr_field(55, 24), 0x01020304);
    ck_assert_uint_eq(cr_command(3, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), 0x12340400); /* was in ident */
    ck_assert_uint_eq(cr_command(3, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), 0x13570600);
    cr.rca = 0x1357;
    ck_assert_uint_eq(cr_command(9, cr.rca << 16, CR_R2), CC);
    ck_assert_uint_eq(cr_field(127, 126), 1);
    ck_assert_uint_eq(cr_field(103, 96), 0x32);
    ck_assert_uint_eq(cr_field(69, 48) + 1, HC_BLOCKS / 1024);
    ck_assert_uint_eq(cr_command(10, cr.rca << 16, CR_R2), CC);
    ck_assert_uint_eq(cr_command(9, 1 << 16, CR_R2), CTOE);
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CTOE);
    ck_assert_uint_eq(cr_command(8, 0x1aa, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(3, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_status(),
                      AW_CARD_ILLEGAL_COMMAND | CR_TRAN | CR_READY);
}
END_TEST

/* A host that does not know large cards waits for ever. */
START_TEST(large_card_needs_cmd8)
{
    cr.rca = 0;
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    if (_i == 1) {
        ck_assert_uint_eq(cr_command(8, 0x1aa, CR_R1), CC);
    }
    for (size_t i = 0; i < 50; i++) {
        ck_assert_uint_eq(
            cr_app_command(41, _i == 0 ? 0x40ff8000 : 0x00ff8000, CR_R3), CC);
        ck_assert_uint_eq(cr_response() >> 31, 0);
        cr_run_us(10000);
    }
    /* And one with voltages that are not ours ends it. */
    ck_assert_uint_eq(cr_app_command(41, 0x40000100, CR_R3), CTOE);
    ck_assert_uint_eq(cr_command(55, 0, CR_R1), CTOE);
}
END_TEST

START_TEST(small_card)
{
    uint8_t got[TW_BLOCK];

    cr_sd_up();
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(9, cr.rca << 16, CR_R2), CC);
    ck_assert_uint_eq(cr_field(127, 126), 0);
    ck_assert_uint_eq((cr_field(73, 62) + 1) << (cr_field(49, 47) + 2),
                      SC_BLOCKS);
    ck_assert_uint_eq(cr_field(83, 80), 9);
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    /* Addresses count bytes. */
    cr_write_blocks(5 * TW_BLOCK, cr_block, 1);
    cr_read_blocks(5 * TW_BLOCK, got, 1);
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    struct tw_store store = tw_file_store(&cr.files[0]);

    ck_assert(store.read(store.ctx, UINT64_C(5) * TW_BLOCK, got, sizeof(got)));
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    ck_assert_uint_eq(cr_command(17, 100, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_MISALIGN | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(17, (uint32_t)SC_BLOCKS * TW_BLOCK, CR_R1),
                      CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_OUT_OF_RANGE | CR_TRAN | CR_READY);
}
END_TEST

/* Capacities of an old CSD at the limit of both read block lengths. */
START_TEST(old_csd)
{
    static const uint32_t sizes[] = {1024, 2097152, TW_SD_SC_MAX};

    cr_stop();
    cr_start_sd(sizes[_i]);
    cr_sd_up();
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(9, cr.rca << 16, CR_R2), CC);
    uint64_t bytes = (uint64_t)(cr_field(73, 62) + 1)
                     << (cr_field(49, 47) + 2 + cr_field(83, 80));

    ck_assert_uint_eq(bytes, (uint64_t)sizes[_i] * TW_BLOCK);
}
END_TEST

START_TEST(data_goes_round)
{
    uint8_t got[4 * TW_BLOCK];

    cr_write_blocks(HC_BLOCKS - 4, cr_block, 4);
    cr_read_blocks(HC_BLOCKS - 4, got, 4);
    ck_assert_mem_eq(got, cr_block, sizeof(got));
    /* How many were written: ACMD22, most significant byte first. */
    ck_assert_uint_eq(cr_command(55, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_APP_CMD | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_read_short(22, 0, 4), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA), "\0\0\0\4", 4);
    /* A counted transfer. */
    ck_assert_uint_eq(cr_command(23, 2, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, HC_BLOCKS - 4, 2, true), CC | TC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(23, 2, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 0, 2, false), CC | TC);
    cr_run_us(2000);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CTOE);
    (void)cr_status();
    /* Over the end. */
    ck_assert_uint_eq(cr_transfer(18, HC_BLOCKS - 1, 2, true), CC | DTOE);
    cr_write(SYS_CTRL, 0x048f021f);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_response() & AW_CARD_OUT_OF_RANGE,
                      AW_CARD_OUT_OF_RANGE);
    ck_assert_uint_eq(cr_transfer(25, HC_BLOCKS - 1, 2, false), CC | TC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1B) & CC, CC);
    ck_assert_uint_eq(cr_response() & AW_CARD_OUT_OF_RANGE,
                      AW_CARD_OUT_OF_RANGE);
}
END_TEST

START_TEST(registers)
{
    ck_assert_uint_eq(cr_command(55, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_read_short(51, 0, 8), CC | TC);
    ck_assert_mem_eq(cr_ram(CR_DATA), "\x02\x35\x80\x02", 4);
    ck_assert_uint_eq(cr_response(), AW_CARD_APP_CMD | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(55, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_read_short(13, 0, 64), CC | TC);
    ck_assert_uint_eq(*cr_ram(CR_DATA), 0x80); /* four lines */
    ck_assert_uint_eq(cr_app_command(42, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_app_command(23, 8, CR_R1), CC);
    ck_assert_uint_eq(cr_app_command(6, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_response() & AW_CARD_OUT_OF_RANGE,
                      AW_CARD_OUT_OF_RANGE);
    /* CMD55 for another card; an ACMD that is none is the plain command. */
    ck_assert_uint_eq(cr_command(55, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_app_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(16, 1024, CR_R1), CC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_BLOCK_LEN_ERROR | CR_TRAN | CR_READY);
}
END_TEST

static const uint8_t illegal[] = {1,  2,  3,  5,  8,  9,  10, 11, 12, 14,
                                  19, 20, 26, 27, 28, 30, 34, 42, 49, 56};

START_TEST(illegal_command)
{
    ck_assert_uint_eq(cr_command(illegal[_i], 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_status(),
                      AW_CARD_ILLEGAL_COMMAND | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
}
END_TEST

START_TEST(states)
{
    ck_assert_uint_eq(cr_command(25, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 6 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 7 << 9);
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_status(), 8 << 9);
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 7 << 9);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(18, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), 5 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CTOE);
    ck_assert_uint_eq(cr_command(7, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_status(), AW_CARD_ILLEGAL_COMMAND | 3 << 9 | CR_READY);
    ck_assert_uint_eq(cr_command(15, cr.rca << 16, CR_R0), CC);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
}
END_TEST

static uint32_t erase(uint32_t first, uint32_t last)
{
    uint32_t status = 0;

    ck_assert_uint_eq(cr_command(32, first, CR_R1), CC);
    status = cr_response();
    ck_assert_uint_eq(cr_command(33, last, CR_R1), CC);
    status |= cr_response();
    ck_assert_uint_eq(cr_command(38, 0, CR_R1B), CC | TC);
    status |= cr_response();
    cr_run_us(3000);
    return (status | cr_status()) & ~(CR_TRAN | CR_READY);
}

START_TEST(erasing)
{
    uint8_t got[4 * TW_BLOCK];

    cr_write_blocks(10, cr_block, 4);
    ck_assert_uint_eq(erase(11, 12), 0);
    cr_read_blocks(10, got, 4);
    ck_assert_mem_eq(got, cr_block, TW_BLOCK);
    ck_assert_uint_eq(got[512] | got[1535], 0);
    ck_assert_mem_eq(&got[1536], &cr_block[1536], TW_BLOCK);
    ck_assert_uint_eq(erase(12, 11), AW_CARD_ERASE_PARAM);
    ck_assert_uint_eq(erase(12, HC_BLOCKS),
                      AW_CARD_OUT_OF_RANGE | AW_CARD_ERASE_SEQ_ERROR);
    ck_assert_uint_eq(cr_command(33, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_ERASE_SEQ_ERROR | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(32, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_RESET | CR_TRAN | CR_READY);
}
END_TEST

/* CMD6: what it answers, and whether it switches. */
START_TEST(high_speed)
{
    const uint8_t *s = cr_ram(CR_DATA);
    uint32_t vend = cr_read(VEND_SPEC);

    ck_assert_uint_eq(cr_read_short(6, 0x00fffff1, 64), CC | TC);
    ck_assert_uint_eq(s[12] << 8 | s[13], 0x8003);
    ck_assert_uint_eq(s[16], 0x01);
    ck_assert_uint_eq(cr.sd.mode, 0); /* a question only */
    ck_assert_uint_eq(cr_read_short(6, 0x80fffff3, 64), CC | TC);
    ck_assert_uint_eq(s[16] & 15, 15); /* not at 3.3 V */
    ck_assert_uint_eq(cr.sd.mode, 0);
    ck_assert_uint_eq(cr_read_short(6, 0x80ffff21, 64), CC | TC);
    ck_assert_uint_eq(s[16], 0xf1); /* no such command system: nothing */
    ck_assert_uint_eq(cr.sd.mode, 0);
    /* Default speed ends at 25 MHz. */
    cr_host_fast(4);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 1);
    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x048f021f);
    cr_run_us(2);
    cr_write(VEND_SPEC, vend);
    ck_assert_uint_eq(cr_read_short(6, 0x80fffff1, 64), CC | TC);
    cr_host_fast(4);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
    ck_assert_uint_eq(cr_read_short(6, 0x00ffffff, 64), CC | TC);
    ck_assert_uint_eq(s[16], 0x01); /* as it is */
}
END_TEST

/* CMD11: lines low, clock off, 1.8 V, clock on, lines high. */
static void to_ready(void)
{
    cr.rca = 0;
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_uint_eq(cr_command(8, 0x1aa, CR_R1), CC);
    ck_assert_uint_eq(cr_app_command(41, 0x41ff8000, CR_R3), CC);
    cr_run_us(25000);
    ck_assert_uint_eq(cr_app_command(41, 0x41ff8000, CR_R3), CC);
    ck_assert_uint_eq(cr_response() >> 24, 0xc1);
}

static void to_low_voltage(void)
{
    uint32_t vend = cr_read(VEND_SPEC);

    to_ready();
    ck_assert_uint_eq(cr_command(11, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 1 << 24, 0);
    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(VEND_SPEC, (vend & ~UINT32_C(0x100)) | 2);
    cr_run_us(10000);
    ck_assert_uint_eq(cr_read(PRES_STATE) & 1 << 24, 0);
    cr_write(VEND_SPEC, vend | 0x102);
    cr_run_us(1100);
    ck_assert_uint_ne(cr_read(PRES_STATE) & 1 << 24, 0);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CC);
    ck_assert_uint_eq(cr_command(3, 0, CR_R1), CC);
    cr.rca = cr_response() >> 16;
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1), CC);
    ck_assert_uint_eq(cr_app_command(6, 2, CR_R1), CC);
    cr_write(PROT_CTRL, 0x22);
}

static void set_clock(uint32_t sys, uint32_t mix)
{
    uint32_t vend = cr_read(VEND_SPEC);

    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, sys);
    cr_run_us(2);
    cr_write(VEND_SPEC, vend);
    cr_write(MIX_CTRL, mix);
}

START_TEST(voltage_switch)
{
    to_low_voltage();
    ck_assert_uint_eq(cr_read_short(6, 0x80fffff2, 64), CC | TC);
    ck_assert_uint_eq(cr.sd.mode, 2);
    set_clock(0x008f010f, 0);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC); /* 49.5 MHz */
    ck_assert_uint_eq(cr_command(11, 0, CR_R1), CTOE);
    ck_assert_uint_eq(cr_status(),
                      AW_CARD_ILLEGAL_COMMAND | CR_TRAN | CR_READY);
    /* CMD0 does not change the voltage back; power does. */
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), CC);
    ck_assert_int_eq(cr.sd.voltage, TW_SD_1V8);
    struct tw_device dev = tw_sd_device(&cr.sd);

    dev.reset(dev.model, TW_RESET_WARM);
    ck_assert_int_eq(cr.sd.voltage, TW_SD_1V8);
    dev.reset(dev.model, TW_RESET_POWER);
    ck_assert_int_eq(cr.sd.voltage, TW_SD_3V3);
}
END_TEST

START_TEST(voltage_not_switched)
{
    uint32_t vend = cr_read(VEND_SPEC);

    to_ready();
    ck_assert_uint_eq(cr_command(11, 0, CR_R1), CC);
    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(VEND_SPEC, vend); /* the clock runs again at 3.3 V */
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 1);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), CTOE);
    struct tw_device dev = tw_sd_device(&cr.sd);

    dev.reset(dev.model, TW_RESET_POWER);
    cr_sd_up();
}
END_TEST

static uint64_t hz132(void *ctx)
{
    (void)ctx;
    return 132000000;
}

START_TEST(sdr104_needs_tuning)
{
    unsigned loops = 0;

    to_low_voltage();
    ck_assert_uint_eq(cr_read_short(6, 0x80fffff3, 64), CC | TC);
    cr.host.w.hz = hz132;
    set_clock(0x008f000f, 0);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
    cr_write(SYS_CTRL, 0x048f000f);
    cr_write(TUNING_CTRL, 0x01022814);
    cr_write(AUTOCMD12_ERR, 1 << 22);
    cr_write(PROT_CTRL, 0x22);
    while ((cr_read(AUTOCMD12_ERR) & 1 << 22) != 0 && loops < 100) {
        cr_write(HOST + 0x04, 1 << 16 | 64);
        cr_write(MIX_CTRL, 1 << 22 | 0x10);
        cr_write(INT_STATUS, UINT32_MAX);
        cr_write(HOST + 0x0c, 19U << 24 | CR_R1 | CR_DATA_CMD);
        ck_assert(cr_run_until(INT_STATUS, BRR));
        loops++;
    }
    ck_assert_uint_le(loops, 40);
    ck_assert_uint_ne(cr_read(AUTOCMD12_ERR) & 1 << 23, 0);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
}
END_TEST

START_TEST(ddr50)
{
    to_low_voltage();
    ck_assert_uint_eq(cr_read_short(6, 0x80fffff4, 64), CC | TC);
    set_clock(0x008f010f, 8);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | TC);
    cr_write(MIX_CTRL, 0);
    ck_assert_uint_eq(cr_transfer(17, 0, 1, true), CC | DCE);
}
END_TEST

START_TEST(power_cut)
{
    uint8_t got[4 * TW_BLOCK];

    memset(got, 0x11, sizeof(got));
    cr_write_blocks(30, got, 4);
    memcpy(cr_ram(CR_DATA), cr_block, (size_t)4 * TW_BLOCK);
    cr.cut.mode = TW_CUT_TORN;
    cr.cut.at = cr.cut.writes + 2;
    (void)cr_transfer(25, 30, 4, false);
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), CTOE);
    cr.cut.at = 0;
    struct tw_device dev = tw_sd_device(&cr.sd);

    dev.reset(dev.model, TW_RESET_POWER);
    cr_sd_up();
    cr_read_blocks(30, got, 4);
    ck_assert_mem_eq(got, cr_block, 512 + 256);
    ck_assert_uint_eq(got[768], 0x11);
    ck_assert_uint_eq(got[2047], 0x11);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_sd_device(&cr.sd);
    struct tw_saver a = {0};
    struct tw_saver b = {0};

    ck_assert_uint_eq(cr_command(32, 5, CR_R1), CC);
    ck_assert_uint_eq(cr_command(55, cr.rca << 16, CR_R1), CC);
    dev.save(dev.model, &a);
    dev.reset(dev.model, TW_RESET_POWER);
    struct tw_loader from = {.bytes = a.bytes, .n = a.n};

    ck_assert(dev.load(dev.model, &from));
    ck_assert_uint_eq(from.at, a.n);
    dev.save(dev.model, &b);
    ck_assert_uint_eq(a.n, b.n);
    ck_assert_mem_eq(a.bytes, b.bytes, a.n);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), CR_TRAN | CR_READY);
    for (size_t n = 0; n < a.n; n++) {
        from = (struct tw_loader){.bytes = a.bytes, .n = n};
        ck_assert(!dev.load(dev.model, &from));
    }
    tw_saver_free(&a);
    tw_saver_free(&b);
}
END_TEST

Suite *suite_twin_sd(void)
{
    Suite *s = suite_create("twin_sd");
    TCase *first = tcase_create("large, power on");
    TCase *tc = tcase_create("large, in transfer state");
    TCase *old = tcase_create("small");

    tcase_add_checked_fixture(first, large, cr_stop);
    tcase_add_test(first, identification);
    tcase_add_loop_test(first, large_card_needs_cmd8, 0, 2);
    tcase_add_test(first, voltage_switch);
    tcase_add_test(first, voltage_not_switched);
    tcase_add_test(first, sdr104_needs_tuning);
    tcase_add_test(first, ddr50);
    suite_add_tcase(s, first);

    tcase_add_checked_fixture(tc, large_up, cr_stop);
    tcase_add_test(tc, data_goes_round);
    tcase_add_test(tc, registers);
    tcase_add_loop_test(tc, illegal_command, 0, (int)COUNT(illegal));
    tcase_add_test(tc, states);
    tcase_add_test(tc, erasing);
    tcase_add_test(tc, high_speed);
    tcase_add_test(tc, power_cut);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);

    tcase_add_checked_fixture(old, small, cr_stop);
    tcase_add_test(old, small_card);
    tcase_add_loop_test(old, old_csd, 0, 3);
    suite_add_tcase(s, old);
    return s;
}
