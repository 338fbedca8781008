/* SPDX-License-Identifier: Apache-2.0 */
/* Mass storage of the firmware: what each command does. */
#include <string.h>

#include "aw/sha256.h"
#include "msc_rig.h"
#include "suites.h"
#include "support.h"

enum { OUT = 0, IN = 1, ROOM = 4096 };

static void setup(void)
{
    mr_start(false);
    mr_plug();
}

static uint8_t room[ROOM];

/* Commands with what they answer; n is what the host asks for. */
static const struct {
    const char *name;
    uint8_t cdb[16];
    size_t cdb_n;
    uint32_t n;
    const char *answer; /* hex, as far as it is compared */
    size_t length;      /* bytes that come */
} answers[] = {
    /* The sequence of Linux at an attach. */
    {"INQUIRY 36",
     {0x12, 0, 0, 0, 36},
     6,
     36,
     "008005021f000000462d5365637572655553422061726d6f7279204d6b204949312e3030",
     36},
    {"TEST UNIT READY", {0x00}, 6, 0, "", 0},
    {"READ CAPACITY 10", {0x25}, 10, 8, "000003e700000200", 8},
    {"READ 10 of block 0",
     {0x28, 0, 0, 0, 0, 0, 0, 0, 8},
     10,
     4096,
     "00070e151c232a31",
     4096},
    {"MODE SENSE 6, all",
     {0x1a, 0, 0x3f, 0, 192},
     6,
     192,
     "1700000008120000000000000000000000000000",
     24},
    {"MODE SENSE 6, caching", {0x1a, 0, 0x08, 0, 4}, 6, 4, "17000000", 4},
    {"PREVENT", {0x1e, 0, 0, 0, 1}, 6, 0, "", 0},
    {"ALLOW", {0x1e}, 6, 0, "", 0},
    {"SYNCHRONIZE CACHE", {0x35}, 10, 0, "", 0},
    {"START STOP: eject", {0x1b, 0, 0, 0, 2}, 6, 0, "", 0},
    {"START STOP: start", {0x1b, 0, 0, 0, 1}, 6, 0, "", 0},
    {"REQUEST SENSE",
     {0x03, 0, 0, 0, 18},
     6,
     18,
     "700000000000000a00000000000000000000",
     18},
    {"REPORT LUNS",
     {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0},
     12,
     4096,
     "00000018000000000000000000000000",
     16},
    {"REPORT LUNS, all",
     {0xa0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0},
     12,
     4096,
     "0000001800000000000000000000000000010000000000000002000000000000",
     32},
    {"REPORT LUNS, well known",
     {0xa0, 0, 1, 0, 0, 0, 0, 16, 0, 0, 0, 0},
     12,
     4096,
     "0000000000000000",
     8},
    /* Others. */
    {"INQUIRY 5", {0x12, 0, 0, 0, 5}, 6, 5, "008005021f", 5},
    {"INQUIRY 255", {0x12, 0, 0, 0, 255}, 6, 255, "008005021f", 36},
    {"INQUIRY 0", {0x12, 0, 0, 0, 0}, 6, 0, "", 0},
    {"VPD 00", {0x12, 1, 0, 0, 255}, 6, 255, "000000050080b0b2c0", 9},
    {"VPD 80",
     {0x12, 1, 0x80, 0, 255},
     6,
     255,
     "0080001030313233343536373839414243444546",
     20},
    {"VPD b0",
     {0x12, 1, 0xb0, 0, 255},
     6,
     255,
     "00b0003c01000001000000000000008000000000ffffffff00000020",
     64},
    {"VPD b2", {0x12, 1, 0xb2, 0, 255}, 6, 255, "00b2000400e40200", 8},
    {"VPD c0",
     {0x12, 1, 0xc0, 0, 255},
     6,
     255,
     "00c000504157523100000000312e322e33000000",
     84},
    {"MODE SENSE 10, all",
     {0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255},
     10,
     255,
     "001a0000000000000812",
     28},
    {"MODE SENSE 6, all subpages",
     {0x1a, 0, 0x3f, 0xff, 255},
     6,
     255,
     "1700",
     24},
    {"READ CAPACITY 16",
     {0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32},
     16,
     32,
     "00000000000003e7000002000000c000",
     32},
    {"READ CAPACITY 16, 12 bytes",
     {0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12},
     16,
     12,
     "00000000000003e700000200",
     12},
    {"READ FORMAT CAPACITIES",
     {0x23, 0, 0, 0, 0, 0, 0, 0, 252},
     10,
     252,
     "00000008000003e802000200",
     12},
    {"READ 16",
     {0x88, 0, 0, 0, 0, 0, 0, 0, 3, 231, 0, 0, 0, 1},
     16,
     512,
     "",
     512},
    {"READ 10 of nothing", {0x28}, 10, 0, "", 0},
    {"READ 10, FUA and DPO",
     {0x28, 0x18, 0, 0, 0, 0, 0, 0, 1},
     10,
     512,
     "00070e15",
     512},
    {"VERIFY 10", {0x2f, 0, 0, 0, 0, 0, 0, 3, 232}, 10, 0, "", 0},
    {"VERIFY 16", {0x8f, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9}, 16, 0, "", 0},
    {"SYNCHRONIZE CACHE 16", {0x91}, 16, 0, "", 0},
    {"UNMAP of nothing", {0x42}, 10, 0, "", 0},
    {"HASH of nothing",
     {0xc1},
     16,
     32,
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     32},
    {"DEVICE INFORMATION", {0xc2, 0, 0, 0, 0, 0, 0, 2, 64}, 10, 576, "", 576},
    {"DEVICE INFORMATION, 6", {0xc2, 0, 0, 0, 0, 0, 0, 0, 6}, 10, 6, "", 6},
};

START_TEST(commands_answer)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        aw_bytes want = vec_unhex(aw_text(answers[i].answer));

        memset(room, 0xee, sizeof(room));
        struct bot_result r = bot_command(
            &mr.bot, 0, (aw_bytes){answers[i].cdb, answers[i].cdb_n}, true,
            room, answers[i].n);

        ck_assert_msg(r.csw == AW_OK && r.status == 0, "%s: %s %u",
                      answers[i].name, aw_err_name(r.csw), r.status);
        ck_assert_msg(r.n == answers[i].length, "%s: %zu bytes",
                      answers[i].name, r.n);
        ck_assert_msg(memcmp(room, want.p, want.n) == 0, "%s: %02x %02x %02x",
                      answers[i].name, room[0], room[1], room[2]);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Commands that fail, and with what. */
static const struct {
    const char *name;
    uint8_t lun;
    uint8_t cdb[16];
    uint32_t sense;
} failures[] = {
    {"VPD page 83", 0, {0x12, 1, 0x83, 0, 255}, 0x052400},
    {"INQUIRY with a page but no EVPD", 0, {0x12, 0, 1, 0, 255}, 0x052400},
    {"MODE SENSE 6, page 01", 0, {0x1a, 0, 1, 0, 255}, 0x052400},
    {"MODE SENSE 6, saved", 0, {0x1a, 0, 0xff, 0, 255}, 0x052400},
    {"MODE SENSE 6, subpage", 0, {0x1a, 0, 8, 1, 255}, 0x052400},
    {"READ 10 past the end", 0, {0x28, 0, 0, 0, 3, 231, 0, 0, 2}, 0x052100},
    {"READ 10 far past it",
     0,
     {0x28, 0, 255, 255, 255, 255, 0, 255, 255},
     0x052100},
    {"READ 10, RDPROTECT", 0, {0x28, 0x20, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"READ 16 past 32 bits",
     0,
     {0x88, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1},
     0x052100},
    {"READ 16 that wraps",
     0,
     {0x88, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 1},
     0x052100},
    {"WRITE 10 past the end", 0, {0x2a, 0, 0, 0, 3, 232, 0, 0, 1}, 0x052100},
    {"WRITE 10, WRPROTECT", 0, {0x2a, 0x20, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"VERIFY, BYTCHK 2", 0, {0x2f, 4, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"VERIFY, BYTCHK 3", 0, {0x2f, 6, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"VERIFY past the end", 0, {0x2f, 0, 0, 0, 3, 232, 0, 0, 1}, 0x052100},
    {"SYNCHRONIZE CACHE past it",
     0,
     {0x35, 0, 0, 0, 3, 232, 0, 0, 1},
     0x052100},
    {"WRITE SAME 10, NDOB", 0, {0x41, 1, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"WRITE SAME 10, LBDATA", 0, {0x41, 2, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"WRITE SAME 10 of nothing", 0, {0x41}, 0x052400},
    {"WRITE SAME 10, anchor", 0, {0x41, 0x18, 0, 0, 0, 0, 0, 0, 1}, 0x052400},
    {"WRITE SAME 16 past the end",
     0,
     {0x93, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 233},
     0x052100},
    {"UNMAP, anchor", 0, {0x42, 1, 0, 0, 0, 0, 0, 0, 8}, 0x052400},
    {"UNMAP, short list", 0, {0x42, 0, 0, 0, 0, 0, 0, 0, 7}, 0x051a00},
    {"UNMAP, long list", 0, {0x42, 0, 0, 0, 0, 0, 0, 16, 0}, 0x051a00},
    {"9e, other action", 0, {0x9e, 0x12}, 0x052400},
    {"REPORT LUNS, little room",
     0,
     {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 15},
     0x052400},
    {"REPORT LUNS, report 3", 0, {0xa0, 0, 3, 0, 0, 0, 0, 0, 0, 255}, 0x052400},
    {"START STOP, power condition", 0, {0x1b, 0, 0, 0, 0x10}, 0x052400},
    {"HASH past the end",
     0,
     {0xc1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 233},
     0x052100},
    {"HASH, byte 1", 0, {0xc1, 1}, 0x052400},
    {"TEST UNIT READY without medium", 2, {0x00}, 0x023a00},
    {"READ 10 without medium", 2, {0x28}, 0x023a00},
    {"READ CAPACITY without medium", 2, {0x25}, 0x023a00},
    {"TEST UNIT READY of no unit", 5, {0x00}, 0x052500},
    {"READ 10 of no unit", 15, {0x28}, 0x052500},
    {"VPD of no unit", 5, {0x12, 1, 0, 0, 255}, 0x052400},
    {"unknown command of no unit", 5, {0x0d}, 0x052000},
};

START_TEST(commands_fail)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct bot_result r =
            bot_command(&mr.bot, failures[i].lun,
                        (aw_bytes){failures[i].cdb, 16}, true, room, 512);

        ck_assert_msg(r.csw == AW_OK && r.status == 1 && r.residue == 512,
                      "%s: status %u, residue %u", failures[i].name, r.status,
                      (unsigned)r.residue);
        uint32_t sense = bot_sense(&mr.bot, failures[i].lun);

        ck_assert_msg(sense == failures[i].sense, "%s: %06x", failures[i].name,
                      (unsigned)sense);
        /* Taken once. */
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
}
END_TEST

START_TEST(linux_and_every_opcode)
{
    static const uint32_t blocks[BOT_UNITS] = {MR_BLOCKS};

    bot_linux(&mr.bot, blocks);
    bot_every_opcode(&mr.bot);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

START_TEST(inquiry_of_no_unit)
{
    static const uint8_t cdb[6] = {0x12, 0, 0, 0, 36};

    ck_assert_uint_eq(
        bot_command(&mr.bot, 7, (aw_bytes){cdb, 6}, true, room, 36).status, 0);
    ck_assert_uint_eq(room[0], 0x7f);
    ck_assert_uint_eq(bot_sense(&mr.bot, 7), 0x052500);
}
END_TEST

START_TEST(protected_units)
{
    static const uint8_t writes[][16] = {
        {0x2a, 0, 0, 0, 0, 0, 0, 0, 1},
        {0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {0x41, 0, 0, 0, 0, 0, 0, 0, 1},
        {0x93, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {0x42, 0, 0, 0, 0, 0, 0, 0, 24}};
    static const uint8_t mode[6] = {0x1a, 0, 0x3f, 0, 192};
    static const uint8_t page[6] = {0x12, 1, 0xc0, 0, 84};

    mr.units[0].read_only = true;
    for (size_t i = 0; i < COUNT(writes); i++) {
        ck_assert_uint_eq(
            bot_command(&mr.bot, 0, (aw_bytes){writes[i], 16}, false, room, 512)
                .status,
            1);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x072700);
    }
    ck_assert_uint_eq(mr.unit[0].writes + mr.unit[0].erases, 0);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){mode, 6}, true, room, 192).n, 24);
    ck_assert_uint_eq(room[2], 0x80);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){page, 6}, true, room, 84).n, 84);
    ck_assert_uint_eq(room[9], 1);
}
END_TEST

static bool holds(uint32_t lba, uint32_t n, uint8_t value)
{
    for (size_t i = 0; i < (size_t)n * MSC_BLOCK; i++) {
        if (mr.unit[0].bytes[(size_t)lba * MSC_BLOCK + i] != value) {
            return false;
        }
    }
    return true;
}

START_TEST(write_same)
{
    static const uint8_t ten[10] = {0x41, 0, 0, 0, 0, 100, 0, 1, 44};
    static const uint8_t zeros[16] = {0x93, 1, 0,  0, 0, 0, 0,
                                      0,    0, 90, 0, 0, 0, 20};
    static const uint8_t unmap[10] = {0x41, 8, 0, 0, 0, 200, 0, 0, 5};

    memset(room, 0x6b, MSC_BLOCK);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){ten, 10}, false, room, 512).status,
        0);
    ck_assert(holds(100, 300, 0x6b) && !holds(99, 1, 0x6b) &&
              !holds(400, 1, 0x6b));
    ck_assert_uint_eq(mr.unit[0].erases, 0);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){zeros, 16}, false, room, 0).status,
        0);
    ck_assert(holds(90, 20, 0) && holds(110, 1, 0x6b) && !holds(89, 1, 0));
    ck_assert_uint_eq(mr.unit[0].erases, 1);
    memset(room, 0, MSC_BLOCK);
    mr.unit[0].cannot_erase = true;
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){unmap, 10}, false, room, 512).status,
        0);
    ck_assert(holds(200, 5, 0) && holds(205, 1, 0x6b));
    mr.unit[0].fails_at = 300;
    memset(room, 1, MSC_BLOCK);
    struct bot_result r =
        bot_command(&mr.bot, 0, (aw_bytes){ten, 10}, false, room, 512);

    ck_assert_uint_eq(r.status, 1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x030c00);
    ck_assert_uint_eq(mr.bot.sense_block, 300);
}
END_TEST

/* Header of an UNMAP list, then ranges. */
static uint32_t make_list(const uint32_t (*ranges)[2], size_t n)
{
    struct aw_wr w = aw_wr_init(room, sizeof(room));

    aw_wr_be16(&w, (uint16_t)(6 + 16 * n));
    aw_wr_be16(&w, (uint16_t)(16 * n));
    aw_wr_be32(&w, 0);
    for (size_t i = 0; i < n; i++) {
        aw_wr_be64(&w, ranges[i][0]);
        aw_wr_be32(&w, ranges[i][1]);
        aw_wr_be32(&w, 0);
    }
    return (uint32_t)w.n;
}

static uint8_t run_unmap(uint32_t n)
{
    const uint8_t cdb[10] = {0x42,      0, 0, 0, 0, 0, 0, (uint8_t)(n >> 8),
                             (uint8_t)n};

    return bot_command(&mr.bot, 0, (aw_bytes){cdb, 10}, false, room, n).status;
}

START_TEST(unmap)
{
    static const uint32_t good[][2] = {{10, 5}, {20, 0}, {30, 1}, {995, 5}};
    static const uint32_t bad[][2] = {{40, 1}, {999, 2}};
    static const uint32_t many[33][2];

    ck_assert_uint_eq(run_unmap(make_list(good, COUNT(good))), 0);
    ck_assert(holds(10, 5, 0) && holds(30, 1, 0) && holds(995, 5, 0));
    ck_assert(!holds(15, 1, 0) && !holds(20, 1, 0));
    ck_assert_uint_eq(mr.unit[0].erases, 3);
    /* One bad range: nothing is erased. */
    ck_assert_uint_eq(run_unmap(make_list(bad, COUNT(bad))), 1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x052100);
    ck_assert(!holds(40, 1, 0));
    ck_assert_uint_eq(run_unmap(make_list(many, 33)), 1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x052600);
    ck_assert_uint_eq(run_unmap(make_list(many, 32)), 0);
    /* The header claims more than there is. */
    (void)make_list(good, 2);
    ck_assert_uint_eq(run_unmap(24), 1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x052600);
    mr.unit[0].cannot_erase = true;
    ck_assert_uint_eq(run_unmap(make_list(bad, 1)), 0);
    ck_assert(holds(40, 1, 0));
}
END_TEST

START_TEST(verify_and_hash)
{
    static uint8_t data[300 * MSC_BLOCK];
    static const uint8_t compare[10] = {0x2f, 2, 0, 0, 0, 100, 0, 1, 44};
    static const uint8_t verify[10] = {0x2f, 0, 0, 0, 0, 100, 0, 1, 44};
    static const uint8_t hash[16] = {0xc1, 0, 0,   0, 0, 0, 0,
                                     0,    0, 100, 0, 0, 1, 44};
    uint8_t want[AW_SHA256_SIZE];

    memcpy(data, mr.unit[0].bytes + (size_t)100 * MSC_BLOCK, sizeof(data));
    ck_assert_uint_eq(bot_command(&mr.bot, 0, (aw_bytes){compare, 10}, false,
                                  data, sizeof(data))
                          .status,
                      0);
    aw_sha256((aw_bytes){data, sizeof(data)}, want);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){hash, 16}, true, room, 32).status,
        0);
    ck_assert_mem_eq(room, want, sizeof(want));
    data[200 * MSC_BLOCK + 7] ^= 1;
    ck_assert_uint_eq(bot_command(&mr.bot, 0, (aw_bytes){compare, 10}, false,
                                  data, sizeof(data))
                          .status,
                      1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x0e1d00);
    ck_assert_uint_eq(mr.bot.sense_block, 300);
    mr.unit[0].fails_at = 350;
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){verify, 10}, true, room, 0).status,
        1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x031100);
    ck_assert_uint_eq(
        bot_command(&mr.bot, 0, (aw_bytes){hash, 16}, true, room, 32).status,
        1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x031100);
    mr.unit[0].fails_at = UINT32_MAX;
    ck_assert_uint_eq(bot_command(&mr.bot, 0,
                                  (aw_bytes){(const uint8_t[10]){0x35}, 10},
                                  true, room, 0)
                          .status,
                      1);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0x030c00);
}
END_TEST

Suite *suite_fw_scsi(void)
{
    Suite *s = suite_create("fw_scsi");
    TCase *tc = tcase_create("commands");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, commands_answer);
    tcase_add_test(tc, commands_fail);
    tcase_add_test(tc, linux_and_every_opcode);
    tcase_add_test(tc, inquiry_of_no_unit);
    tcase_add_test(tc, protected_units);
    tcase_add_test(tc, write_same);
    tcase_add_test(tc, unmap);
    tcase_add_test(tc, verify_and_hash);
    suite_add_tcase(s, tc);
    return s;
}
