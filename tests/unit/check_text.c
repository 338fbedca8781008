/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/text.h"

#include "suites.h"
#include "support.h"

static const struct {
    const char *text;
    aw_err strict;
    aw_err lax;
    uint64_t value;
} decimals[] = {
    {"0", AW_OK, AW_OK, 0},
    {"18446744073709551615", AW_OK, AW_OK, UINT64_MAX},
    {"18446744073709551616", AW_ERR_RANGE, AW_ERR_RANGE, 0},
    {"99999999999999999999", AW_ERR_RANGE, AW_ERR_RANGE, 0},
    {"007", AW_ERR_FORMAT, AW_OK, 7},
    {"", AW_ERR_FORMAT, AW_ERR_FORMAT, 0},
    {"+1", AW_ERR_FORMAT, AW_ERR_FORMAT, 0},
    {"1 ", AW_ERR_FORMAT, AW_ERR_FORMAT, 0},
};

START_TEST(decimal)
{
    uint64_t v = 99;

    ck_assert_int_eq(aw_dec_parse(aw_text(decimals[_i].text), &v),
                     decimals[_i].strict);
    ck_assert_uint_eq(v,
                      decimals[_i].strict == AW_OK ? decimals[_i].value : 99);
    v = 99;
    ck_assert_int_eq(aw_dec_parse_lax(aw_text(decimals[_i].text), &v),
                     decimals[_i].lax);
    ck_assert_uint_eq(v, decimals[_i].lax == AW_OK ? decimals[_i].value : 99);
}
END_TEST

static const struct {
    const char *text;
    size_t cap;
    aw_err want;
    const char *bytes;
} base64s[] = {
    {"", 0, AW_OK, ""},
    {"YQ==", 1, AW_OK, "a"},
    {"YWI=", 2, AW_OK, "ab"},
    {"YWJj", 3, AW_OK, "abc"},
    {"YWJj", 2, AW_ERR_SPACE, ""},
    {"YQ=", 9, AW_ERR_FORMAT, ""},
    {"YQ", 9, AW_ERR_FORMAT, ""},
    {"YR==", 9, AW_ERR_FORMAT, ""},
    {"YW=j", 9, AW_ERR_FORMAT, ""},
    {"====", 9, AW_ERR_FORMAT, ""},
    {"Y===", 9, AW_ERR_FORMAT, ""},
    {"YWJj\n", 9, AW_ERR_FORMAT, ""},
    {"YW\nJj", 9, AW_ERR_FORMAT, ""},
    {"YW-_", 9, AW_ERR_FORMAT, ""},
    {"YQ==YQ==", 9, AW_ERR_FORMAT, ""},
};

START_TEST(base64)
{
    uint8_t buf[16];
    struct aw_wr w = aw_wr_init(buf, base64s[_i].cap);

    ck_assert_msg(aw_base64_decode(aw_text(base64s[_i].text), &w) ==
                      base64s[_i].want,
                  "%s", base64s[_i].text);
    if (base64s[_i].want == AW_OK) {
        CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(base64s[_i].bytes));
    }
}
END_TEST

/* Each octet but the 64 is refused at each place; libsodium alone lets some
 * from 0x80 on pass. */
START_TEST(base64_alphabet)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789+/";

    for (unsigned i = 0; i < 256U * 4U; i++) {
        uint8_t text[4] = {'A', 'A', 'A', 'A'};
        uint8_t buf[3];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        bool good = aw_bytes_find(aw_text(alphabet), 0, (uint8_t)(i / 4)) < 64;

        text[i % 4] = (uint8_t)(i / 4);
        aw_err got = aw_base64_decode((aw_bytes){text, sizeof(text)}, &w);

        /* "AAA=" is base64 of two octets. */
        good = good || i == '=' * 4U + 3U;
        ck_assert_msg(got == (good ? AW_OK : AW_ERR_FORMAT), "%02x at %u",
                      i / 4, i % 4);
    }
}
END_TEST

START_TEST(base64_round_trip)
{
    uint8_t data[200];
    uint8_t text[300];
    uint8_t back[200];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 37 + 5);
    }
    for (size_t n = 0; n <= sizeof(data); n++) {
        struct aw_wr w = aw_wr_init(text, sizeof(text));
        struct aw_wr b = aw_wr_init(back, n);

        aw_wr_base64(&w, (aw_bytes){data, n});
        ck_assert_uint_eq(aw_wr_done(&w).n, aw_base64_length(n));
        ck_assert_int_eq(aw_base64_decode(aw_wr_done(&w), &b), AW_OK);
        ck_assert(aw_bytes_equal(aw_wr_done(&b), (aw_bytes){data, n}));
    }
}
END_TEST

START_TEST(hex)
{
    uint8_t buf[4];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint64_t v = 0;

    ck_assert_int_eq(aw_hex_decode(aw_text("00fFAb"), &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w),
                    ((aw_bytes){(const uint8_t *)"\0\xff\xab", 3}));
    ck_assert_int_eq(aw_hex_decode(aw_text("0"), &w), AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hex_decode(aw_text("0g"), &w), AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hex_decode(aw_text("0000"), &w), AW_ERR_SPACE);
    ck_assert_int_eq(aw_hex_parse_u64(aw_text("ffffFFFFffffFFFF"), &v), AW_OK);
    ck_assert_uint_eq(v, UINT64_MAX);
    ck_assert_int_eq(aw_hex_parse_u64(aw_text("00000000000000001"), &v),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hex_parse_u64(aw_text(""), &v), AW_ERR_FORMAT);
}
END_TEST

static const struct {
    const char *text;
    bool want;
} utf8s[] = {
    {"plain", true},
    {"\xc3\xa9", true},
    {"\xe2\x80\x94", true},
    {"\xf0\x9f\x98\x80", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\xef\xbf\xbd", true},
    {"\xc0\x80", false},
    {"\xc1\xbf", false},
    {"\xe0\x9f\xbf", false},
    {"\xed\xa0\x80", false},
    {"\xf4\x90\x80\x80", false},
    {"\xf5\x80\x80\x80", false},
    {"\x80", false},
    {"\xe2\x80", false},
    {"\xc3(", false},
    {"\xf0\x8f\xbf\xbf", false},
};

START_TEST(utf8)
{
    ck_assert(aw_utf8_valid(aw_text(utf8s[_i].text)) == utf8s[_i].want);
}
END_TEST

Suite *suite_text(void)
{
    Suite *s = suite_create("text");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, decimal, 0, (int)COUNT(decimals));
    tcase_add_loop_test(tc, base64, 0, (int)COUNT(base64s));
    tcase_add_test(tc, base64_alphabet);
    tcase_add_test(tc, base64_round_trip);
    tcase_add_test(tc, hex);
    tcase_add_loop_test(tc, utf8, 0, (int)COUNT(utf8s));
    suite_add_tcase(s, tc);
    return s;
}
