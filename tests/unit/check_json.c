/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/json.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "support.h"

enum { MAX = 64 * 1024, WORK = 512 * 1024 };

static aw_err parse(aw_bytes text, aw_json *root)
{
    static uint8_t buf[WORK];
    struct aw_wr work = aw_wr_init(buf, sizeof(buf));
    struct aw_diag diag = {0};
    aw_err err = aw_json_parse(text, MAX, &work, root, &diag);

    ck_assert_int_eq(diag.err, err);
    if (err != AW_OK) {
        ck_assert_uint_eq(work.n, 0);
        ck_assert(!work.failed);
        ck_assert_ptr_null(root->node);
    }
    return err;
}

static aw_json must_parse(const char *text)
{
    aw_json root = {0};

    ck_assert_msg(parse(aw_text(text), &root) == AW_OK, "%s", text);
    return root;
}

static const struct {
    const char *text;
    aw_err want;
} texts[] = {
    {"{}", AW_OK},
    {"[]", AW_OK},
    {" \t\r\n{ \t\r\n} \t\r\n", AW_OK},
    {"null", AW_OK},
    {"true", AW_OK},
    {"false", AW_OK},
    {"0", AW_OK},
    {"\"\"", AW_OK},
    {"[1,\"a\",null,[],{}]", AW_OK},
    {"{\"a\":1,\"b\":{\"a\":2}}", AW_OK},
    {"{\"\":1}", AW_OK},
    {"", AW_ERR_SHORT},
    {" ", AW_ERR_SHORT},
    {"{", AW_ERR_SHORT},
    {"[", AW_ERR_SHORT},
    {"[1", AW_ERR_SHORT},
    {"[1,", AW_ERR_SHORT},
    {"{\"a", AW_ERR_SHORT},
    {"{\"a\"", AW_ERR_SHORT},
    {"{\"a\":", AW_ERR_SHORT},
    {"{\"a\":1", AW_ERR_SHORT},
    {"tru", AW_ERR_SHORT},
    {"True", AW_ERR_FORMAT},
    {"nul1", AW_ERR_FORMAT},
    {"nullx", AW_ERR_FORMAT},
    {"[1,]", AW_ERR_FORMAT},
    {"[,1]", AW_ERR_FORMAT},
    {"[1 2]", AW_ERR_FORMAT},
    {"[1}", AW_ERR_FORMAT},
    {"{\"a\":1,}", AW_ERR_FORMAT},
    {"{,}", AW_ERR_FORMAT},
    {"{a:1}", AW_ERR_FORMAT},
    {"{'a':1}", AW_ERR_FORMAT},
    {"{\"a\" 1}", AW_ERR_FORMAT},
    {"{\"a\":}", AW_ERR_FORMAT},
    {"{1:1}", AW_ERR_FORMAT},
    {"{\"a\":1]", AW_ERR_FORMAT},
    {"]", AW_ERR_FORMAT},
    {"{}{}", AW_ERR_FORMAT},
    {"{} x", AW_ERR_FORMAT},
    {"1 1", AW_ERR_FORMAT},
    {"/* */1", AW_ERR_FORMAT},
    {"1 // x", AW_ERR_FORMAT},
    {"\xef\xbb\xbf{}", AW_ERR_FORMAT},
    {"\f1", AW_ERR_FORMAT},
    {"\xc2\xa0"
     "1",
     AW_ERR_FORMAT},
    /* numbers */
    {"-0", AW_OK},
    {"-1.5e+10", AW_OK},
    {"1E-2", AW_OK},
    {"1e400", AW_OK},
    {"01", AW_ERR_FORMAT},
    {"-", AW_ERR_SHORT},
    {"-a", AW_ERR_FORMAT},
    {"+1", AW_ERR_FORMAT},
    {".5", AW_ERR_FORMAT},
    {"1.", AW_ERR_SHORT},
    {"1.e1", AW_ERR_FORMAT},
    {"1e", AW_ERR_SHORT},
    {"1e+", AW_ERR_SHORT},
    {"1ex", AW_ERR_FORMAT},
    {"0x10", AW_ERR_FORMAT},
    {"NaN", AW_ERR_FORMAT},
    {"Infinity", AW_ERR_FORMAT},
    {"-Infinity", AW_ERR_FORMAT},
    /* 63 and 64 characters */
    {"123456789012345678901234567890123456789012345678901234567890123", AW_OK},
    {"1234567890123456789012345678901234567890123456789012345678901234",
     AW_ERR_RANGE},
    /* strings */
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uD83d\\uDe00\"", AW_OK},
    {"\"\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"", AW_OK},
    {"\"", AW_ERR_SHORT},
    {"\"a", AW_ERR_SHORT},
    {"\"\\", AW_ERR_SHORT},
    {"\"\\\"", AW_ERR_SHORT},
    {"\"\\u00", AW_ERR_SHORT},
    {"\"\\u00g0\"", AW_ERR_FORMAT},
    {"\"\\u+123\"", AW_ERR_FORMAT},
    {"\"\\x41\"", AW_ERR_FORMAT},
    {"\"\\'\"", AW_ERR_FORMAT},
    {"\"\\U0041\"", AW_ERR_FORMAT},
    {"\"\n\"", AW_ERR_FORMAT},
    {"\"\t\"", AW_ERR_FORMAT},
    {"\"\x1f\"", AW_ERR_FORMAT},
    {"\"\\u0000\"", AW_ERR_FORMAT},
    {"{\"\\u0000\":1}", AW_ERR_FORMAT},
    {"\"\\ud800\"", AW_ERR_FORMAT},
    {"\"\\ud800x\"", AW_ERR_FORMAT},
    {"\"\\ud800\\n\"", AW_ERR_FORMAT},
    {"\"\\ud800\\ud800\"", AW_ERR_FORMAT},
    {"\"\\udc00\"", AW_ERR_FORMAT},
    {"\"\\udc00\\ud800\"", AW_ERR_FORMAT},
    {"\"\\ud800\\u0041\"", AW_ERR_FORMAT},
    {"\"\\ud83d\\ude", AW_ERR_SHORT},
    {"\"\xff\"", AW_ERR_FORMAT},
    {"\"\xc0\x80\"", AW_ERR_FORMAT},
    {"\"\xed\xa0\x80\"", AW_ERR_FORMAT},
    {"\"\xe2\x80\"", AW_ERR_FORMAT},
    /* keys */
    {"{\"a\":1,\"a\":1}", AW_ERR_DUPLICATE},
    {"{\"a\":1,\"b\":2,\"\\u0061\":3}", AW_ERR_DUPLICATE},
    {"{\"\":1,\"\":1}", AW_ERR_DUPLICATE},
    {"[{\"x\":{\"a\":{},\"a\":[]}}]", AW_ERR_DUPLICATE},
    {"{\"a\":1,\"A\":1}", AW_OK},
    {"{\"\xc3\xa9\":1,\"\\u00e9\":1}", AW_ERR_DUPLICATE},
    /* nesting: 16 and 17 */
    {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", AW_OK},
    {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", AW_ERR_SPACE},
    {"[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]", AW_OK},
    {"[[[[[[[[[[[[[[[{\"a\":{}}]]]]]]]]]]]]]]]", AW_ERR_SPACE},
    {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]],[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", AW_OK},
};

START_TEST(valid_or_not)
{
    aw_json root = {0};
    aw_err err = parse(aw_text(texts[_i].text), &root);

    ck_assert_msg(err == texts[_i].want, "%s: %s", texts[_i].text,
                  aw_err_name(err));
}
END_TEST

START_TEST(nul_byte)
{
    aw_json root = {0};

    ck_assert_int_eq(parse((aw_bytes){(const uint8_t *)"1\0", 2}, &root),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(parse((aw_bytes){(const uint8_t *)"\"\0\"", 3}, &root),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(parse((aw_bytes){(const uint8_t *)"\0", 1}, &root),
                     AW_ERR_FORMAT);
}
END_TEST

START_TEST(walk)
{
    aw_json root =
        must_parse("{\"n\":null, \"t\":true, \"list\":[1,\"\\u0062\",[]],"
                   "\"k\\u00e9y\":\"v\", \"N\":{}}");
    aw_json list = aw_json_member(root, "list");
    aw_json v = aw_json_first(root);

    ck_assert_int_eq(aw_json_kind(root), AW_JSON_OBJECT);
    ck_assert_uint_eq(aw_json_count(root), 5);
    ck_assert_int_eq(aw_json_kind(v), AW_JSON_NULL);
    CK_ASSERT_BYTES(aw_json_key(v), aw_text("n"));
    v = aw_json_next(v);
    ck_assert_int_eq(aw_json_kind(v), AW_JSON_BOOL);
    ck_assert_int_eq(aw_json_kind(list), AW_JSON_ARRAY);
    ck_assert_uint_eq(aw_json_count(list), 3);
    v = aw_json_first(list);
    ck_assert_int_eq(aw_json_kind(v), AW_JSON_NUMBER);
    ck_assert_uint_eq(aw_json_key(v).n, 0);
    v = aw_json_next(v);
    ck_assert_int_eq(aw_json_kind(v), AW_JSON_STRING);
    v = aw_json_next(aw_json_next(v));
    ck_assert_int_eq(aw_json_kind(v), AW_JSON_ABSENT);
    ck_assert_int_eq(aw_json_kind(aw_json_next(v)), AW_JSON_ABSENT);
    ck_assert_int_eq(aw_json_kind(aw_json_first(v)), AW_JSON_ABSENT);
    ck_assert_uint_eq(aw_json_key(v).n, 0);
    ck_assert_uint_eq(aw_json_count(v), 0);
    ck_assert_int_eq(aw_json_kind(aw_json_member(root, "k\xc3\xa9y")),
                     AW_JSON_STRING);
    ck_assert_int_eq(aw_json_kind(aw_json_member(root, "LIST")),
                     AW_JSON_ABSENT);
    ck_assert_int_eq(aw_json_kind(aw_json_member(list, "n")), AW_JSON_ABSENT);
    ck_assert_int_eq(aw_json_kind(aw_json_member(v, "n")), AW_JSON_ABSENT);
}
END_TEST

static const struct {
    const char *text;
    aw_err as_u64;
    aw_err as_i64;
    uint64_t value; /* two's complement */
} integers[] = {
    {"0", AW_OK, AW_OK, 0},
    {"-0", AW_ERR_RANGE, AW_OK, 0},
    {"7", AW_OK, AW_OK, 7},
    {"-7", AW_ERR_RANGE, AW_OK, UINT64_MAX - 6},
    {"9007199254740993", AW_OK, AW_OK, 9007199254740993},
    {"9223372036854775807", AW_OK, AW_OK, INT64_MAX},
    {"9223372036854775808", AW_OK, AW_ERR_RANGE, UINT64_C(1) << 63},
    {"-9223372036854775808", AW_ERR_RANGE, AW_OK, UINT64_C(1) << 63},
    {"-9223372036854775809", AW_ERR_RANGE, AW_ERR_RANGE, 0},
    {"18446744073709551615", AW_OK, AW_ERR_RANGE, UINT64_MAX},
    {"18446744073709551616", AW_ERR_RANGE, AW_ERR_RANGE, 0},
    {"1.0", AW_ERR_TYPE, AW_ERR_TYPE, 0},
    {"1e0", AW_ERR_TYPE, AW_ERR_TYPE, 0},
    {"0E0", AW_ERR_TYPE, AW_ERR_TYPE, 0},
    {"\"1\"", AW_ERR_TYPE, AW_ERR_TYPE, 0},
    {"null", AW_ERR_TYPE, AW_ERR_TYPE, 0},
    {"[1]", AW_ERR_TYPE, AW_ERR_TYPE, 0},
};

START_TEST(integer)
{
    aw_json v = must_parse(integers[_i].text);
    uint64_t u = 99;
    int64_t i = 99;

    ck_assert_int_eq(aw_json_get_u64(v, &u), integers[_i].as_u64);
    ck_assert_uint_eq(u,
                      integers[_i].as_u64 == AW_OK ? integers[_i].value : 99);
    ck_assert_int_eq(aw_json_get_i64(v, &i), integers[_i].as_i64);
    ck_assert_uint_eq((uint64_t)i,
                      integers[_i].as_i64 == AW_OK ? integers[_i].value : 99);
}
END_TEST

static const struct {
    const char *text;
    const char *value;
    bool plain;
} strings[] = {
    {"\"\"", "", true},
    {"\"a/b\xc3\xa9\"", "a/b\xc3\xa9", true},
    {"\"a\\/b\"", "a/b", false},
    {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\b\f\n\r\t", false},
    {"\"\\u0041\\u00E9\\u2028\\ud83d\\ude00\"",
     "A\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80", false},
    {"\"\\ufffd\"", "\xef\xbf\xbd", false},
    {"\"1.2\"", "1.2", true},
};

START_TEST(string)
{
    aw_json v = must_parse(strings[_i].text);
    aw_bytes text = {0};
    aw_bytes plain = aw_text("untouched");

    ck_assert_int_eq(aw_json_get_text(v, &text), AW_OK);
    CK_ASSERT_BYTES(text, aw_text(strings[_i].value));
    ck_assert_int_eq(aw_json_get_plain_text(v, &plain),
                     strings[_i].plain ? AW_OK : AW_ERR_FORMAT);
    CK_ASSERT_BYTES(
        plain, aw_text(strings[_i].plain ? strings[_i].value : "untouched"));
}
END_TEST

/* Escapes and digits belong to the value beside which they stand. */
START_TEST(notes_stay_in_step)
{
    aw_json root = must_parse("{\"\\u0061\":\"x\",\"b\":\"\\u0078\","
                              "\"c1\":[1,\"2\",3.5],\"d\":{\"4\":5},\"e\":-6}");
    aw_json list = aw_json_member(root, "c1");
    aw_bytes text = {0};
    uint64_t u = 0;
    int64_t i = 0;

    ck_assert_int_eq(aw_json_get_plain_text(aw_json_member(root, "a"), &text),
                     AW_OK);
    ck_assert_int_eq(aw_json_get_plain_text(aw_json_member(root, "b"), &text),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(aw_json_get_u64(aw_json_first(list), &u), AW_OK);
    ck_assert_uint_eq(u, 1);
    ck_assert_int_eq(
        aw_json_get_u64(aw_json_next(aw_json_next(aw_json_first(list))), &u),
        AW_ERR_TYPE);
    ck_assert_int_eq(
        aw_json_get_u64(aw_json_member(aw_json_member(root, "d"), "4"), &u),
        AW_OK);
    ck_assert_uint_eq(u, 5);
    ck_assert_int_eq(aw_json_get_i64(aw_json_member(root, "e"), &i), AW_OK);
    ck_assert_int_eq(i, -6);
}
END_TEST

START_TEST(wrong_kind)
{
    aw_json absent = {0};
    aw_json number = must_parse("1");
    aw_bytes text = aw_text("x");
    uint64_t u = 9;
    int64_t i = 9;
    bool b = true;

    ck_assert_int_eq(aw_json_get_text(absent, &text), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_json_get_plain_text(absent, &text), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_json_get_u64(absent, &u), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_json_get_i64(absent, &i), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_json_get_bool(absent, &b), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_json_get_text(number, &text), AW_ERR_TYPE);
    ck_assert_int_eq(aw_json_get_plain_text(number, &text), AW_ERR_TYPE);
    ck_assert_int_eq(aw_json_get_bool(number, &b), AW_ERR_TYPE);
    ck_assert(aw_bytes_is(text, "x") && u == 9 && i == 9 && b);
    ck_assert_int_eq(aw_json_get_bool(must_parse("false"), &b), AW_OK);
    ck_assert(!b);
    ck_assert_int_eq(aw_json_get_bool(must_parse("true"), &b), AW_OK);
    ck_assert(b);
}
END_TEST

static aw_err parse_members(int n)
{
    static char text[16 * 1024];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    aw_json root = {0};

    for (int i = 0; i < n; i++) {
        aw_wr_text(&w, i == 0 ? "{\"" : ",\"");
        aw_wr_dec(&w, (uint64_t)i);
        aw_wr_text(&w, "\":0");
    }
    aw_wr_text(&w, "}");
    ck_assert(!w.failed);
    return parse(aw_wr_done(&w), &root);
}

START_TEST(limits)
{
    static char text[MAX + 1];
    aw_json root = {0};

    ck_assert_int_eq(parse_members(AW_JSON_MEMBERS_MAX), AW_OK);
    ck_assert_int_eq(parse_members(AW_JSON_MEMBERS_MAX + 1), AW_ERR_SPACE);
    memset(text, ' ', sizeof(text));
    text[0] = '1';
    ck_assert_int_eq(parse((aw_bytes){(uint8_t *)text, MAX}, &root), AW_OK);
    root.node = NULL;
    ck_assert_int_eq(parse((aw_bytes){(uint8_t *)text, MAX + 1}, &root),
                     AW_ERR_SPACE);
}
END_TEST

/* With each size of work area the tree either fits or nothing is touched,
 * and a copy of the text is not needed afterwards. */
START_TEST(small_work_area)
{
    static const char text[] = "{\"a\":[1,\"bcd\\n\",-2.5e3],\"e\":null}";
    uint8_t buf[1024];
    size_t least = 0;

    for (size_t cap = 0; cap <= sizeof(buf); cap++) {
        struct aw_wr work = aw_wr_init(buf, cap);
        aw_json root = {0};
        aw_err err = aw_json_parse(aw_text(text), MAX, &work, &root, NULL);

        ck_assert_int_eq(err, cap < least || least == 0 ? err : AW_OK);
        if (err == AW_OK) {
            least = least == 0 ? cap : least;
            ck_assert_uint_eq(aw_json_count(root), 2);
        } else {
            ck_assert_int_eq(err, AW_ERR_SPACE);
            ck_assert(work.n == 0 && !work.failed && root.node == NULL);
        }
    }
    ck_assert_uint_gt(least, 300);
}
END_TEST

/* Two trees in one work area, the second parsed with the first in use. */
START_TEST(two_trees)
{
    static uint8_t buf[4096];
    struct aw_wr work = aw_wr_init(buf, sizeof(buf));
    aw_json a = {0};
    aw_json b = {0};
    aw_bytes text = {0};

    ck_assert_int_eq(
        aw_json_parse(aw_text("{\"k\":\"first\"}"), MAX, &work, &a, NULL),
        AW_OK);
    ck_assert_int_eq(
        aw_json_parse(aw_text("{\"k\":\"second\"}"), MAX, &work, &b, NULL),
        AW_OK);
    ck_assert_int_eq(aw_json_get_text(aw_json_member(a, "k"), &text), AW_OK);
    CK_ASSERT_BYTES(text, aw_text("first"));
    ck_assert_int_eq(aw_json_get_text(aw_json_member(b, "k"), &text), AW_OK);
    CK_ASSERT_BYTES(text, aw_text("second"));
}
END_TEST

/* Other users of cJSON keep malloc and free, trees made before included. */
START_TEST(other_users_of_cjson)
{
    cJSON *before = cJSON_Parse("{\"a\":[1,2]}");

    ck_assert_ptr_nonnull(before);
    (void)must_parse("{\"a\":[1,2]}");
    cJSON *after = cJSON_Parse("{\"a\":[1,2]}");

    ck_assert_ptr_nonnull(after);
    ck_assert(cJSON_Compare(before, after, 1));
    cJSON_Delete(before);
    cJSON_Delete(after);
}
END_TEST

enum { THREADS = 4, ROUNDS = 500 };

static void *parse_often(void *arg)
{
    uint8_t buf[4096];
    char text[64];
    unsigned *bad = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct aw_wr work = aw_wr_init(buf, sizeof(buf));
        aw_json root = {0};
        uint64_t got = 0;

        (void)snprintf(text, sizeof(text), "{\"list\":[{\"n\":%u}]}", i);
        if (aw_json_parse(aw_text(text), MAX, &work, &root, NULL) != AW_OK ||
            aw_json_get_u64(
                aw_json_member(aw_json_first(aw_json_member(root, "list")),
                               "n"),
                &got) != AW_OK ||
            got != i) {
            ++*bad;
        }
    }
    return NULL;
}

START_TEST(threads)
{
    pthread_t ids[THREADS];
    unsigned bad[THREADS] = {0};

    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&ids[i], NULL, parse_often, &bad[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(ids[i], NULL), 0);
        ck_assert_uint_eq(bad[i], 0);
    }
}
END_TEST

static void add_texts(TCase *tc)
{
    tcase_add_loop_test(tc, valid_or_not, 0, (int)COUNT(texts));
    tcase_add_test(tc, nul_byte);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, small_work_area);
}

Suite *suite_json(void)
{
    Suite *s = suite_create("json");
    TCase *tc = tcase_create("all");

    add_texts(tc);
    tcase_add_test(tc, walk);
    tcase_add_loop_test(tc, integer, 0, (int)COUNT(integers));
    tcase_add_loop_test(tc, string, 0, (int)COUNT(strings));
    tcase_add_test(tc, notes_stay_in_step);
    tcase_add_test(tc, wrong_kind);
    tcase_add_test(tc, two_trees);
    tcase_add_test(tc, other_users_of_cjson);
    tcase_add_test(tc, threads);
    suite_add_tcase(s, tc);
    return s;
}
