/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side of serial download: reports in, reports out. */
#include "aw/sdp/device.h"

#include <string.h>

#include "sdp_rom.h"
#include "suites.h"
#include "support.h"

static struct sdp_rom rom;

static void setup(void)
{
    memset(&rom, 0, sizeof(rom));
}

/* Commands as clients send them, seen on the wire. */
static const struct {
    const char *hex;
    struct aw_sdp_request want;
} commands[] = {
    {"0105050000000000000000000000000000", {.type = AW_SDP_ERROR_STATUS}},
    {"010101021bc40020000000040000000000",
     {AW_SDP_READ_REGISTER, 0x021bc400, 32, 4, 0, 0}},
    {"010a0a0091000000000003d00000000000",
     {AW_SDP_DCD_WRITE, 0x00910000, 0, 976, 0, 0}},
    {"0104048000f40000001d9c000000000000",
     {AW_SDP_WRITE_FILE, 0x8000f400, 0, 1940480, 0, 0}},
    {"0104048000f40000001d9c0000000000aa",
     {AW_SDP_WRITE_FILE, 0x8000f400, 0, 1940480, 0, 0xaa}},
    {"010b0b8000f40000000000000000000000",
     {AW_SDP_JUMP_ADDRESS, 0x8000f400, 0, 0, 0, 0}},
    {"010202020d804020000000041234567800",
     {AW_SDP_WRITE_REGISTER, 0x020d8040, 32, 4, 0x12345678, 0}},
};

START_TEST(command_codec)
{
    aw_bytes report = vec_unhex(aw_text(commands[_i].hex));
    const struct aw_sdp_request *want = &commands[_i].want;
    struct aw_sdp_request got = {0};
    uint8_t bytes[AW_SDP_COMMAND_SIZE];

    ck_assert_int_eq(aw_sdp_request_parse(report, &got, NULL), AW_OK);
    ck_assert_uint_eq(got.type, want->type);
    ck_assert_uint_eq(got.address, want->address);
    ck_assert_uint_eq(got.format, want->format);
    ck_assert_uint_eq(got.count, want->count);
    ck_assert_uint_eq(got.data, want->data);
    ck_assert_uint_eq(got.reserved, want->reserved);
    aw_sdp_request_write(want, bytes);
    CK_ASSERT_BYTES(((aw_bytes){bytes, sizeof(bytes)}), report);
    ck_assert_str_ne(aw_sdp_type_name(want->type), "UNKNOWN");
    report.n--;
    ck_assert_int_eq(aw_sdp_request_parse(report, &got, NULL), AW_ERR_SHORT);
}
END_TEST

/* What the device side answers, byte for byte; blanks separate reports. */
static const struct {
    const char *name;
    const char *report[4];
    const char *answer; /* without trailing zeros */
} answers[] = {
    {"status", {"0105050000000000000000000000000000"}, "0356787856 04f0f0f0f0"},
    {"read", {"0101018000000020000000040000000000"}, "0356787856 0401020304"},
    {"read nothing", {"0101018000000020000000000000000000"}, "0356787856"},
    {"read outside",
     {"0101010000000020000000040000000000"},
     "0356787856 0433223300"},
    {"read past the end of addresses",
     {"010101fffffffc20000000080000000000"},
     "0356787856 0433223300"},
    {"write", {"0102028000000020000000040403020100"}, "0356787856 04128a8a12"},
    {"write outside",
     {"0102020000000020000000040403020100"},
     "0356787856 0433223300"},
    {"file",
     {"0104048000001000000000040000000000", "02aabb", "02", "02ccddeeff"},
     "0356787856 0488888888"},
    {"file of nothing",
     {"0104048000001000000000000000000000"},
     "0356787856 0488888888"},
    {"file outside",
     {"0104047fffffff00000000040000000000", "02aabbccdd"},
     "0356787856 0433223300"},
    {"file past the end of addresses",
     {"010404ffffffff00000000020000000000", "02aabb"},
     "0356787856 0433223300"},
    {"file under way", {"0104048000001000000000040000000000", "02aabb"}, ""},
    {"command within a file",
     {"0104048000001000000000040000000000", "02aabb",
      "0105050000000000000000000000000000", "02ccdd"},
     "0356787856 04f0f0f0f0"},
    {"data alone", {"02aabbccdd"}, ""},
    {"empty data", {"02"}, ""},
    {"DCD",
     {"010a0a0091000000000000040000000000", "02d2000440ffff"},
     "0356787856 04128a8a12"},
    {"CSF",
     {"0106060091000000000000040000000000", "02d4000440"},
     "0356787856 04128a8a12"},
    {"skip", {"010c0c0000000000000000000000000000"}, "0356787856 0409d00d90"},
    {"jump", {"010b0b8000f40000000000000000000000"}, "0356787856"},
    {"unknown",
     {"0107070000000000000000000000000000"},
     "0356787856 0433030000"},
    {"answers not read",
     {"0105050000000000000000000000000000",
      "010c0c0000000000000000000000000000"},
     "0356787856 0409d00d90"},
};

/* One report as hex; what follows a word has to be zeros. */
static void put_report(struct aw_wr *w, const uint8_t *report, size_t n)
{
    static const uint8_t zeros[AW_SDP_ANSWER_SIZE];
    size_t end = 1 + AW_SDP_WORD;

    ck_assert_uint_eq(n, report[0] == 3 ? 5 : 65);
    ck_assert(memcmp(report + end, zeros, n - end) == 0);
    aw_wr_text(w, w->n > 0 ? " " : "");
    aw_wr_hex(w, (aw_bytes){report, end});
}

/* All that the device has to say. */
static void drain(struct aw_sdp_device *dev, const struct aw_sdp_target *target,
                  struct aw_wr *w)
{
    uint8_t report[AW_SDP_ANSWER_SIZE];
    size_t n = aw_sdp_device_next(dev, target, report);

    while (n > 0) {
        put_report(w, report, n);
        n = aw_sdp_device_next(dev, target, report);
    }
    ck_assert(!aw_sdp_device_has(dev));
}

START_TEST(device_answers)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    char text[256];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    memcpy(rom.ddr, "\x01\x02\x03\x04", 4);
    for (size_t i = 0; i < 4 && answers[_i].report[i] != NULL; i++) {
        ck_assert(aw_sdp_device_take(
            &dev, &target, vec_unhex(aw_text(answers[_i].report[i]))));
    }
    drain(&dev, &target, &w);
    ck_assert_msg(aw_bytes_is(aw_wr_done(&w), answers[_i].answer), "%s: %s",
                  answers[_i].name, vec_cstr(aw_wr_done(&w)));
}
END_TEST

START_TEST(device_refuses_reports)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    static const char *const reports[] = {"",
                                          "00",
                                          "01",
                                          "03",
                                          "0505050000000000000000000000000000",
                                          "01050500000000000000000000000000"};

    for (size_t i = 0; i < COUNT(reports); i++) {
        ck_assert(
            !aw_sdp_device_take(&dev, &target, vec_unhex(aw_text(reports[i]))));
        ck_assert(!aw_sdp_device_has(&dev));
    }
}
END_TEST

/* No byte is stored that was not announced. */
START_TEST(device_stores_what_was_announced)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    static const char *const reports[] = {"0104048000001000000000050000000000",
                                          "02aabb", "02ccddeeff99",
                                          "0212345678"};
    static const uint8_t want[] = {0, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0, 0};

    for (size_t i = 0; i < COUNT(reports); i++) {
        ck_assert(
            aw_sdp_device_take(&dev, &target, vec_unhex(aw_text(reports[i]))));
    }
    ck_assert_mem_eq(rom.ddr + 0xf, want, sizeof(want));
}
END_TEST

START_TEST(device_reads_parts)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    uint8_t report[AW_SDP_ANSWER_SIZE];

    for (unsigned i = 0; i < 130; i++) {
        rom.ddr[i] = (uint8_t)(i + 1);
    }
    ck_assert(aw_sdp_device_take(
        &dev, &target,
        vec_unhex(aw_text("0101018000000008000000820000000000"))));
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 5);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr, 64);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr + 64, 64);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr + 128, 2);
    ck_assert_uint_eq(report[3], 0);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 0);
}
END_TEST

Suite *suite_sdp_device(void)
{
    Suite *s = suite_create("sdp_device");
    TCase *tc = tcase_create("sdp");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, command_codec, 0, (int)COUNT(commands));
    tcase_add_loop_test(tc, device_answers, 0, (int)COUNT(answers));
    tcase_add_test(tc, device_refuses_reports);
    tcase_add_test(tc, device_stores_what_was_announced);
    tcase_add_test(tc, device_reads_parts);
    suite_add_tcase(s, tc);
    return s;
}
