/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "os/log/crash.h"
#include "suites.h"
#include "support.h"

static uint8_t area[4096];
static size_t made;

static void make(const char *text)
{
    const struct crash crash = {.seq = 7,
                                .end = "fault",
                                .vector = 4,
                                .pc = 0x90010734,
                                .starts = 3,
                                .ms = 0x12345,
                                .os = "1.2.3",
                                .applet = ""};
    struct aw_wr w = aw_wr_init(area, sizeof(area));

    memset(area, 0, sizeof(area));
    crash_begin(&crash, &w);
    aw_wr_text(&w, text);
    crash_end(&w);
    made = w.n;
}

START_TEST(reads_what_it_wrote)
{
    static const char line[] = "AWCRASH 1 seq=00000007 size=00000007 crc=";
    static const char rest[] = " end=fault vector=4 pc=90010734 starts=3 "
                               "ms=00012345 os=1.2.3 applet=-\nab\ncde\n";
    struct crash_area got;

    make("ab\ncde\n");
    ck_assert_mem_eq(area, line, sizeof(line) - 1);
    ck_assert_mem_eq(area + sizeof(line) - 1 + 8, rest, sizeof(rest));
    ck_assert_int_eq(crash_parse((aw_bytes){area, sizeof(area)}, &got), AW_OK);
    ck_assert_uint_eq(got.seq, 7);
    ck_assert_uint_eq(got.all.n, made);
    ck_assert_uint_eq(crash_size((aw_bytes){area, 512}), made);
    make("");
    ck_assert_int_eq(crash_parse((aw_bytes){area, sizeof(area)}, &got), AW_OK);
    ck_assert_uint_eq(got.all.n, made);
}
END_TEST

/* A byte changed anywhere but in the number is noticed. */
START_TEST(every_byte)
{
    struct crash_area got;

    make("text\n");
    for (size_t i = 0; i < made; i++) {
        area[i] ^= 1;
        aw_err err = crash_parse((aw_bytes){area, sizeof(area)}, &got);

        ck_assert_msg((err == AW_OK) == (i >= 14 && i < 22), "byte %zu", i);
        area[i] ^= 1;
    }
}
END_TEST

START_TEST(every_length)
{
    struct crash_area got;

    make("text\n");
    for (size_t n = 0; n < made; n++) {
        ck_assert_int_ne(crash_parse((aw_bytes){area, n}, &got), AW_OK);
    }
    ck_assert_int_eq(crash_parse((aw_bytes){area, made}, &got), AW_OK);
    memset(area, 0, sizeof(area));
    ck_assert_int_eq(crash_parse((aw_bytes){area, sizeof(area)}, &got),
                     AW_ERR_FORMAT);
}
END_TEST

/* What the first block says, as far as it can be. */
START_TEST(sizes)
{
    static const struct {
        const char *size;
        bool good;
    } cases[] = {
        {"00000000", true},  {"000fff00", true},  {"00100000", false},
        {"ffffffff", false}, {"0000000g", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        make("text\n");
        memcpy(area + 28, cases[i].size, 8);
        ck_assert_msg((crash_size((aw_bytes){area, 512}) != 0) == cases[i].good,
                      "%s", cases[i].size);
    }
    ck_assert_uint_eq(crash_size((aw_bytes){area, 49}), 0);
}
END_TEST

START_TEST(blocks_to_write)
{
    ck_assert_uint_eq(crash_blocks(1), 2);
    ck_assert_uint_eq(crash_blocks(512), 2);
    ck_assert_uint_eq(crash_blocks(513), 3);
    ck_assert_uint_eq(crash_blocks(CRASH_TEXT_MAX), 2048);
    ck_assert_uint_eq(crash_blocks(CRASH_AREA), 2048);
}
END_TEST

Suite *suite_os_crash(void)
{
    Suite *s = suite_create("os_crash");
    TCase *tc = tcase_create("record");

    tcase_add_test(tc, reads_what_it_wrote);
    tcase_add_test(tc, every_byte);
    tcase_add_test(tc, every_length);
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, blocks_to_write);
    suite_add_tcase(s, tc);
    return s;
}
