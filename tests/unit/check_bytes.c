/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "suites.h"
#include "support.h"

START_TEST(slice_bounds)
{
    static const struct {
        size_t off;
        size_t len;
        bool want;
    } cases[] = {
        {0, 0, true},  {0, 4, true},         {4, 0, true},
        {3, 1, true},  {0, 5, false},        {4, 1, false},
        {5, 0, false}, {1, SIZE_MAX, false}, {SIZE_MAX, 1, false},
    };
    aw_bytes out = {NULL, 77};

    ck_assert(aw_slice(aw_text("abcd"), cases[_i].off, cases[_i].len, &out) ==
              cases[_i].want);
    ck_assert_uint_eq(out.n, cases[_i].want ? cases[_i].len : 77);
}
END_TEST

START_TEST(reads_in_both_orders)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8};
    aw_bytes b = {data, sizeof(data)};
    struct aw_rd r = aw_rd_init(b);

    ck_assert_uint_eq(aw_rd_be64(&r), 0x0102030405060708U);
    r = aw_rd_init(b);
    ck_assert_uint_eq(aw_rd_le64(&r), 0x0807060504030201U);
    r = aw_rd_init(b);
    ck_assert_uint_eq(aw_rd_be16(&r), 0x0102);
    ck_assert_uint_eq(aw_rd_le16(&r), 0x0403);
    ck_assert_uint_eq(aw_rd_be32(&r), 0x05060708);
    ck_assert(!r.failed);
    r = aw_rd_init(b);
    ck_assert_uint_eq(aw_rd_le32(&r), 0x04030201);
    ck_assert_uint_eq(aw_rd_u8(&r), 5);
}
END_TEST

START_TEST(short_read_is_sticky)
{
    struct aw_rd r = aw_rd_init(aw_text("abc"));

    ck_assert_uint_eq(aw_rd_be32(&r), 0);
    ck_assert(r.failed);
    ck_assert_uint_eq(aw_rd_u8(&r), 0);
    ck_assert_uint_eq(aw_rd_left(&r), 0);
    ck_assert_uint_eq(aw_rd_rest(&r).n, 0);
    r = aw_rd_at(aw_text("abc"), 4);
    ck_assert(r.failed);
    r = aw_rd_at(aw_text("abc"), 3);
    ck_assert(!r.failed);
}
END_TEST

START_TEST(lines)
{
    struct aw_rd r = aw_rd_init(aw_text("one\n\ntwo"));

    CK_ASSERT_BYTES(aw_rd_line(&r), aw_text("one"));
    CK_ASSERT_BYTES(aw_rd_line(&r), aw_text(""));
    ck_assert(!r.failed);
    CK_ASSERT_BYTES(aw_rd_line(&r), aw_text(""));
    ck_assert(r.failed);
}
END_TEST

START_TEST(writes_all_or_nothing)
{
    uint8_t buf[8];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_be32(&w, 0x01020304);
    aw_wr_be16(&w, 0x0506);
    aw_wr_be32(&w, 7);
    ck_assert(w.failed);
    ck_assert_uint_eq(w.n, 6);
    ck_assert_uint_eq(aw_wr_done(&w).n, 0);
    aw_wr_u8(&w, 1);
    ck_assert_uint_eq(w.n, 6);
}
END_TEST

START_TEST(numbers_in_text)
{
    uint8_t buf[128];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_dec(&w, 0);
    aw_wr_text(&w, " ");
    aw_wr_dec(&w, UINT64_MAX);
    aw_wr_text(&w, " ");
    aw_wr_hex_u64(&w, 0, 0);
    aw_wr_text(&w, " ");
    aw_wr_hex_u64(&w, 0xabc, 2);
    aw_wr_text(&w, " ");
    aw_wr_hex_u64(&w, 0xabc, 8);
    aw_wr_text(&w, " ");
    aw_wr_hex(&w, aw_text("\xff\x01"));
    CK_ASSERT_BYTES(aw_wr_done(&w),
                    aw_text("0 18446744073709551615 0 abc 00000abc ff01"));
}
END_TEST

START_TEST(reserves_aligned)
{
    _Alignas(16) uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_u8(&w, 1);
    ck_assert_ptr_eq(aw_wr_reserve(&w, 3, 1), buf + 1);
    ck_assert_ptr_eq(aw_wr_reserve(&w, 8, 16), buf + 16);
    ck_assert_ptr_eq(aw_wr_reserve(&w, 8, 8), buf + 24);
    ck_assert_ptr_eq(aw_wr_reserve(&w, 32, 1), buf + 32);
    ck_assert_uint_eq(w.n, 64);
    ck_assert_ptr_eq(aw_wr_reserve(&w, 0, 16), buf + 64);
    ck_assert_ptr_null(aw_wr_reserve(&w, 1, 1));
    ck_assert(w.failed);
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_ptr_null(aw_wr_reserve(&w, SIZE_MAX, 1));
    ck_assert_ptr_null(aw_wr_reserve(&w, 1, 1));
    w = aw_wr_init(buf, 17);
    aw_wr_u8(&w, 1);
    ck_assert_ptr_null(aw_wr_reserve(&w, 2, 16));
    ck_assert_uint_eq(w.n, 1);
    w = aw_wr_init(buf, 8);
    aw_wr_u8(&w, 1);
    ck_assert_ptr_null(aw_wr_reserve(&w, 0, 16));
}
END_TEST

Suite *suite_bytes(void)
{
    Suite *s = suite_create("bytes");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, slice_bounds, 0, 9);
    tcase_add_test(tc, reads_in_both_orders);
    tcase_add_test(tc, short_read_is_sticky);
    tcase_add_test(tc, lines);
    tcase_add_test(tc, writes_all_or_nothing);
    tcase_add_test(tc, numbers_in_text);
    tcase_add_test(tc, reserves_aligned);
    suite_add_tcase(s, tc);
    return s;
}
