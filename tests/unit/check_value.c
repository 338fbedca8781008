/* SPDX-License-Identifier: Apache-2.0 */
#include "common/value.h"

#include "suites.h"
#include "support.h"

static const struct {
    const char *text;
    aw_err want;
    uint64_t ms;
} durations[] = {
    {"0", AW_OK, 0},
    {"1ms", AW_OK, 1},
    {"300ms", AW_OK, 300},
    {"1h2m3.5s", AW_OK, 3723500},
    {"1.5h", AW_OK, 5400000},
    {".5s", AW_OK, 500},
    {"1.s", AW_OK, 1000},
    {"2h45m", AW_OK, 9900000},
    {"1s1s", AW_OK, 2000},
    {"1ns", AW_OK, 1}, /* rounded up */
    {"1000us", AW_OK, 1},
    {"1001\xc2\xb5s", AW_OK, 2},
    {"1\xce\xbcs", AW_OK, 1},
    {"0.0000000001h", AW_OK, 1},
    {"9223372036854775807ns", AW_OK, 9223372036855},
    {"9223372036854775808ns", AW_ERR_RANGE, 0},
    {"2562047h47m16.854775807s", AW_OK, 9223372036855},
    {"2562047h47m16.854775808s", AW_ERR_RANGE, 0},
    {"99999999999999999999s", AW_ERR_RANGE, 0},
    {"", AW_ERR_FORMAT, 0},
    {"3", AW_ERR_FORMAT, 0},
    {"-1s", AW_ERR_FORMAT, 0},
    {"+1s", AW_ERR_FORMAT, 0},
    {"s", AW_ERR_FORMAT, 0},
    {".s", AW_ERR_FORMAT, 0},
    {"1..5s", AW_ERR_FORMAT, 0},
    {"1.5.5s", AW_ERR_FORMAT, 0},
    {"1d", AW_ERR_FORMAT, 0},
    {"1 s", AW_ERR_FORMAT, 0},
    {"1s ", AW_ERR_FORMAT, 0},
    {"1S", AW_ERR_FORMAT, 0},
    {"0x1s", AW_ERR_FORMAT, 0},
    {"1s2", AW_ERR_FORMAT, 0},
};

START_TEST(duration)
{
    uint64_t ms = 77;
    aw_err got = aw_value_duration(aw_text(durations[_i].text), &ms);

    ck_assert_msg(got == durations[_i].want, "%s: %s", durations[_i].text,
                  aw_err_name(got));
    ck_assert_uint_eq(ms, got == AW_OK ? durations[_i].ms : 77);
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
    uint64_t bytes;
} sizes[] = {
    {"0", AW_OK, 0},
    {"4096", AW_OK, 4096},
    {"1B", AW_OK, 1},
    {"64K", AW_OK, 65536},
    {"64KiB", AW_OK, 65536},
    {"10kB", AW_OK, 10000},
    {"1M", AW_OK, 1048576},
    {"10MB", AW_OK, 10000000},
    {"1GiB", AW_OK, 1073741824},
    {"2TB", AW_OK, 2000000000000},
    {"18446744073709551615", AW_OK, UINT64_MAX},
    {"18446744073709551616", AW_ERR_RANGE, 0},
    {"16777215T", AW_OK, UINT64_C(16777215) << 40},
    {"16777216T", AW_ERR_RANGE, 0},
    {"", AW_ERR_FORMAT, 0},
    {"K", AW_ERR_FORMAT, 0},
    {"-1", AW_ERR_FORMAT, 0},
    {"1.5M", AW_ERR_FORMAT, 0},
    {"1 M", AW_ERR_FORMAT, 0},
    {"1m", AW_ERR_FORMAT, 0},
    {"1KB", AW_ERR_FORMAT, 0},
    {"010", AW_ERR_FORMAT, 0},
};

START_TEST(size)
{
    uint64_t bytes = 77;
    aw_err got = aw_value_size(aw_text(sizes[_i].text), &bytes);

    ck_assert_msg(got == sizes[_i].want, "%s: %s", sizes[_i].text,
                  aw_err_name(got));
    ck_assert_uint_eq(bytes, got == AW_OK ? sizes[_i].bytes : 77);
}
END_TEST

START_TEST(boolean)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    static const char *const wrong[] = {"", "yes", "tRUE", "2", "true "};
    bool v = false;

    for (size_t i = 0; i < COUNT(yes); i++) {
        ck_assert_int_eq(aw_value_bool(aw_text(yes[i]), &v), AW_OK);
        ck_assert(v);
        ck_assert_int_eq(aw_value_bool(aw_text(no[i]), &v), AW_OK);
        ck_assert(!v);
    }
    v = true;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        ck_assert_int_eq(aw_value_bool(aw_text(wrong[i]), &v), AW_ERR_FORMAT);
        ck_assert(v);
    }
}
END_TEST

START_TEST(choice)
{
    unsigned index = 77;

    ck_assert_int_eq(aw_value_choice(aw_text("b"), "a|b|cc", &index), AW_OK);
    ck_assert_uint_eq(index, 1);
    ck_assert_int_eq(aw_value_choice(aw_text("cc"), "a|b|cc", &index), AW_OK);
    ck_assert_uint_eq(index, 2);
    ck_assert_int_eq(aw_value_choice(aw_text("c"), "a|b|cc", &index),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_value_choice(aw_text(""), "a|b|cc", &index),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_value_choice(aw_text("a|b"), "a|b|cc", &index),
                     AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(index, 2);
}
END_TEST

Suite *suite_value(void)
{
    Suite *s = suite_create("value");
    TCase *tc = tcase_create("value");

    tcase_add_loop_test(tc, duration, 0, COUNT(durations));
    tcase_add_loop_test(tc, size, 0, COUNT(sizes));
    tcase_add_test(tc, boolean);
    tcase_add_test(tc, choice);
    suite_add_tcase(s, tc);
    return s;
}
