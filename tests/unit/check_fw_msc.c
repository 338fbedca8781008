/* SPDX-License-Identifier: Apache-2.0 */
/* Mass storage of the firmware: transport. What commands do is in
 * check_fw_scsi.c. */
#include <string.h>

#include "msc_rig.h"
#include "suites.h"
#include "support.h"

static void setup(void)
{
    mr_start(false);
    mr_plug();
}

static const uint8_t ready[6] = {0x00};
static const uint8_t read2[10] = {0x28, 0, 0, 0, 0, 9, 0, 0, 2, 0};
static const uint8_t write2[10] = {0x2a, 0, 0, 0, 0, 9, 0, 0, 2, 0};
START_TEST(thirteen_cases)
{
    bot_thirteen_cases(&mr.bot);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_DMA_DIRTY], 0);
}
END_TEST

/* Wrappers that are not valid: both endpoints stay halted, whatever the host
 * clears, until a Bulk-Only Reset. */
static const struct {
    const char *name;
    size_t n;
    size_t at;
    uint8_t to;
} bad_wrappers[] = {
    {"one short", 30, 0, 'U'},   {"one long", 32, 0, 'U'},
    {"empty", 0, 0, 'U'},        {"signature", 31, 0, 'u'},
    {"a packet", 512, 0, 'U'},   {"flags", 31, 12, 0x81},
    {"unit 16", 31, 13, 16},     {"command of 0 bytes", 31, 14, 0},
    {"of 17 bytes", 31, 14, 17},
};

START_TEST(wrappers_that_are_none)
{
    for (size_t i = 0; i < COUNT(bad_wrappers); i++) {
        uint8_t cbw[512] = "USBC\1\2\3\4";

        cbw[14] = 6;
        cbw[bad_wrappers[i].at] = bad_wrappers[i].to;
        ck_assert_int_eq(bot_out(&mr.bot, cbw, bad_wrappers[i].n), AW_OK);
        mr_run_ms(1);
        mr.bot.keep_halts = true;
        ck_assert_msg(bot_status(&mr.bot).csw == AW_ERR_STALL, "%s",
                      bad_wrappers[i].name);
        ck_assert_int_eq(bot_clear_halt(&mr.bot, 0x81), AW_OK);
        ck_assert_int_eq(bot_status(&mr.bot).csw, AW_ERR_STALL);
        ck_assert_int_eq(bot_clear_halt(&mr.bot, 0x01), AW_OK);
        ck_assert_int_eq(bot_out(&mr.bot, cbw, 31), AW_ERR_STALL);
        mr.bot.keep_halts = false;
        bot_reset(&mr.bot);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
}
END_TEST

/* A reset in the middle of a command; and one whose halts nobody clears. */
START_TEST(resets)
{
    static const struct aw_usb_setup only_reset = {.request_type = 0x21,
                                                   .request = 0xff};
    static uint8_t data[4096];

    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(bot_wrapper(&mr.bot, 0,
                                     (aw_bytes){i == 0 ? read2 : write2, 10},
                                     i == 0, 1024),
                         AW_OK);
        if (i == 2) {
            ck_assert_int_eq(bot_out(&mr.bot, data, 512), AW_OK);
        }
        bot_reset(&mr.bot);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
    ck_assert_int_eq(bot_out(&mr.bot, data, 5), AW_OK);
    mr_run_ms(1);
    ck_assert_int_eq(bot_control(&mr.bot, &only_reset, NULL, NULL), AW_OK);
    ck_assert_int_eq(bot_clear_halt(&mr.bot, 0x01), AW_OK);
    mr.bot.keep_halts = true;
    ck_assert_int_eq(bot_wrapper(&mr.bot, 0, (aw_bytes){ready, 6}, false, 0),
                     AW_OK);
    ck_assert_int_eq(bot_status(&mr.bot).csw, AW_ERR_STALL);
}
END_TEST

/* Lengths around packets, parts, pieces and both pieces. */
static const uint16_t lengths[] = {1,   2,   31,  32,  33,  127,
                                   128, 129, 255, 256, 257, 999};

START_TEST(blocks_come_back)
{
    static uint8_t data[MR_BLOCKS * MSC_BLOCK];
    static uint8_t back[sizeof(data)];

    for (size_t i = 0; i < COUNT(lengths); i++) {
        uint16_t n = lengths[i];
        size_t bytes = (size_t)n * MSC_BLOCK;
        uint8_t cdb[10] = {0x2a,      0, 0, 0, 0, 1, 0, (uint8_t)(n >> 8),
                           (uint8_t)n};

        for (size_t k = 0; k < bytes; k++) {
            data[k] = (uint8_t)(k * 3 + k / 512 + i);
        }
        struct bot_result r =
            bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, false, data, bytes);

        ck_assert_msg(r.data == AW_OK && r.status == 0 && r.residue == 0,
                      "%u: %s %u %u", n, aw_err_name(r.data), r.status,
                      (unsigned)r.residue);
        ck_assert_mem_eq(mr.unit[0].bytes + MSC_BLOCK, data, bytes);
        cdb[0] = 0x28;
        memset(back, 0, bytes);
        r = bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, true, back, bytes);
        ck_assert_msg(r.data == AW_OK && r.status == 0, "%u: %s", n,
                      aw_err_name(r.data));
        ck_assert_mem_eq(back, data, bytes);
    }
    ck_assert_uint_gt(mr.worked, 0);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* The host breaks its data off with a short packet: whole blocks are kept. */
START_TEST(data_broken_off)
{
    static const uint8_t cdb[10] = {0x2a, 0, 0, 0, 0, 9, 0, 0, 8, 0};
    uint8_t data[2000];

    memset(data, 0x77, sizeof(data));
    ck_assert_int_eq(
        bot_wrapper(&mr.bot, 0, (aw_bytes){cdb, 10}, false, 8 * MSC_BLOCK),
        AW_OK);
    ck_assert_int_eq(bot_out(&mr.bot, data, 1200), AW_OK);
    struct bot_result r = bot_status(&mr.bot);

    ck_assert_uint_eq(r.status, 1);
    ck_assert_uint_eq(r.residue, (uintmax_t)6 * MSC_BLOCK);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x0b4b00);
    ck_assert_mem_eq(mr.unit[0].bytes + (size_t)9 * MSC_BLOCK, data, 1024);
    ck_assert_uint_ne(mr.unit[0].bytes[(size_t)11 * MSC_BLOCK + 4], 0x77);
}
END_TEST

/* A medium that fails, at each place of a long command. */
static const uint32_t bad_blocks[] = {9, 10, 136, 137, 264, 265, 392, 408};

START_TEST(medium_fails)
{
    static uint8_t data[400 * MSC_BLOCK];
    uint8_t cdb[10] = {0x28, 0, 0, 0, 0, 9, 0, 1, 144, 0};

    for (size_t i = 0; i < 2 * COUNT(bad_blocks); i++) {
        bool in = i % 2 == 0;
        uint32_t bad = bad_blocks[i / 2];
        uint32_t whole = (bad - 9) * MSC_BLOCK;

        cdb[0] = in ? 0x28 : 0x2a;
        mr.unit[0].fails_at = bad;
        struct bot_result r = bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, in,
                                          data, sizeof(data));

        ck_assert_msg(r.csw == AW_OK && r.status == 1, "%u: status %u",
                      (unsigned)bad, r.status);
        ck_assert_uint_eq(r.residue, sizeof(data) - whole);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), in ? 0x031100 : 0x030c00);
        ck_assert_uint_eq(mr.bot.sense_block, bad);
        mr.unit[0].fails_at = 0;
        r = bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, in, data,
                        sizeof(data));
        ck_assert_int_eq(r.data, AW_OK);
        ck_assert_uint_eq(r.status, 0);
    }
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Once a write has failed, nothing that comes behind it is written. */
START_TEST(nothing_behind_a_failure)
{
    static uint8_t data[400 * MSC_BLOCK];
    static uint8_t before[MR_BLOCKS * MSC_BLOCK];
    static const uint8_t cdb[10] = {0x2a, 0, 0, 0, 0, 9, 0, 1, 144, 0};

    memset(data, 0x5d, sizeof(data));
    memcpy(before, mr.unit[0].bytes, sizeof(before));
    memset(before + (size_t)9 * MSC_BLOCK, 0x5d, MSC_PIECE);
    mr.unit[0].fails_write = 2;
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, false, data, sizeof(data))
            .status,
        1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x030c00);
    ck_assert_uint_eq(mr.bot.sense_block, 9 + MSC_PIECE_BLOCKS);
    ck_assert_mem_eq(mr.unit[0].bytes, before, sizeof(before));
    /* The piece, and its first block once more. */
    ck_assert_uint_eq(mr.unit[0].writes, 3);
}
END_TEST

Suite *suite_fw_msc(void)
{
    Suite *s = suite_create("fw_msc");
    TCase *tc = tcase_create("transport");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, thirteen_cases);
    tcase_add_test(tc, wrappers_that_are_none);
    tcase_add_test(tc, resets);
    tcase_add_test(tc, blocks_come_back);
    tcase_add_test(tc, data_broken_off);
    tcase_add_test(tc, medium_fails);
    tcase_add_test(tc, nothing_behind_a_failure);
    suite_add_tcase(s, tc);
    return s;
}
