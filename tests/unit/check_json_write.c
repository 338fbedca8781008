/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/json_write.h"

#include <signal.h>

#include "suites.h"
#include "support.h"

static aw_bytes escaped(aw_bytes text)
{
    static uint8_t buf[4096];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), false);
    aw_json_bytes(&out, NULL, text);
    return aw_wr_done(&w);
}

static const struct {
    const char *text;
    const char *want;
} strings[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
    {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
    {"<a&b>", "\"\\u003ca\\u0026b\\u003e\""},
    {"\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xa7",
     "\"\\u2028|\\u2029|\xe2\x80\xa7\""},
    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
    /* One replacement for each byte, as Go does. */
    {"a\xff"
     "b",
     "\"a\\ufffdb\""},
    {"\xe2\x80", "\"\\ufffd\\ufffd\""},
    {"\xed\xa0\x80x", "\"\\ufffd\\ufffd\\ufffdx\""},
    {"\xc0\x80", "\"\\ufffd\\ufffd\""},
};

START_TEST(string)
{
    CK_ASSERT_BYTES(escaped(aw_text(strings[_i].text)),
                    aw_text(strings[_i].want));
}
END_TEST

START_TEST(string_with_nul)
{
    CK_ASSERT_BYTES(escaped((aw_bytes){(const uint8_t *)"a\0b", 3}),
                    aw_text("\"a\\u0000b\""));
}
END_TEST

static void write_all(struct aw_json_out *out)
{
    const uint8_t data[] = {0x00, 0xff, 0x10};

    aw_json_begin_object(out, NULL);
    aw_json_text(out, "text", "x");
    aw_json_begin_array(out, "list");
    aw_json_u64(out, NULL, UINT64_MAX);
    aw_json_i64(out, NULL, INT64_MIN);
    aw_json_begin_object(out, NULL);
    aw_json_end_object(out);
    aw_json_begin_array(out, NULL);
    aw_json_end_array(out);
    aw_json_end_array(out);
    aw_json_begin_object(out, "in");
    aw_json_bool(out, "t", true);
    aw_json_bool(out, "f", false);
    aw_json_null(out, "n");
    aw_json_end_object(out);
    aw_json_u64_text(out, "<k>", UINT64_MAX);
    aw_json_hex(out, "hex", (aw_bytes){data, sizeof(data)});
    aw_json_base64(out, "b64", (aw_bytes){data, sizeof(data)});
    aw_json_base64(out, "none", (aw_bytes){NULL, 0});
    aw_json_i64(out, "zero", 0);
    aw_json_end_object(out);
    aw_json_finish(out);
}

START_TEST(layouts)
{
    static const char *const want[] = {
        "{\n"
        "  \"text\": \"x\",\n"
        "  \"list\": [\n"
        "    18446744073709551615,\n"
        "    -9223372036854775808,\n"
        "    {},\n"
        "    []\n"
        "  ],\n"
        "  \"in\": {\n"
        "    \"t\": true,\n"
        "    \"f\": false,\n"
        "    \"n\": null\n"
        "  },\n"
        "  \"\\u003ck\\u003e\": \"18446744073709551615\",\n"
        "  \"hex\": \"00ff10\",\n"
        "  \"b64\": \"AP8Q\",\n"
        "  \"none\": \"\",\n"
        "  \"zero\": 0\n"
        "}\n",
        "{\"text\":\"x\",\"list\":[18446744073709551615,-9223372036854775808,"
        "{},[]],\"in\":{\"t\":true,\"f\":false,\"n\":null},"
        "\"\\u003ck\\u003e\":\"18446744073709551615\",\"hex\":\"00ff10\","
        "\"b64\":\"AP8Q\",\"none\":\"\",\"zero\":0}\n",
    };
    uint8_t buf[1024];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), _i == 1);
    write_all(&out);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(want[_i]));
}
END_TEST

START_TEST(lines_follow_each_other)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), true);
    for (uint64_t i = 1; i <= 2; i++) {
        aw_json_begin_object(&out, NULL);
        aw_json_u64(&out, "v", i);
        aw_json_end_object(&out);
        aw_json_finish(&out);
    }
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("{\"v\":1}\n{\"v\":2}\n"));
}
END_TEST

START_TEST(long_encodings)
{
    uint8_t data[257];
    uint8_t hex[2 * sizeof(data) + 2];
    uint8_t whole[sizeof(hex)];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t n = 0; n <= sizeof(data); n++) {
        for (int kind = 0; kind < 2; kind++) {
            struct aw_wr w = aw_wr_init(hex, sizeof(hex));
            struct aw_wr want = aw_wr_init(whole, sizeof(whole));
            struct aw_json_out out;

            aw_json_out_init(&out, aw_sink_wr(&w), false);
            (kind == 0 ? aw_json_hex : aw_json_base64)(&out, NULL,
                                                       (aw_bytes){data, n});
            aw_wr_text(&want, "\"");
            (kind == 0 ? aw_wr_hex : aw_wr_base64)(&want, (aw_bytes){data, n});
            aw_wr_text(&want, "\"");
            CK_ASSERT_BYTES(aw_wr_done(&w), aw_wr_done(&want));
        }
    }
}
END_TEST

START_TEST(deepest)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), true);
    for (int i = 0; i < AW_JSON_OUT_DEPTH; i++) {
        aw_json_begin_array(&out, NULL);
    }
    for (int i = 0; i < AW_JSON_OUT_DEPTH; i++) {
        aw_json_end_array(&out);
    }
    aw_json_finish(&out);
    CK_ASSERT_BYTES(aw_wr_done(&w),
                    aw_text("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]\n"));
}
END_TEST

/* Each ends the process: our own mistakes never give a broken document. */
static void misuse(int which, struct aw_json_out *out)
{
    switch (which) {
    case 0: /* too deep */
        for (int i = 0; i <= AW_JSON_OUT_DEPTH; i++) {
            aw_json_begin_array(out, NULL);
        }
        break;
    case 1: /* no key in an object */
        aw_json_begin_object(out, NULL);
        aw_json_null(out, NULL);
        break;
    case 2: /* key in an array */
        aw_json_begin_array(out, NULL);
        aw_json_null(out, "k");
        break;
    case 3: /* key at the top */
        aw_json_null(out, "k");
        break;
    case 4: /* two values at the top */
        aw_json_null(out, NULL);
        aw_json_null(out, NULL);
        break;
    case 5: /* wrong end */
        aw_json_begin_array(out, NULL);
        aw_json_end_object(out);
        break;
    case 6: /* end of nothing */
        aw_json_end_array(out);
        break;
    case 7: /* not ended */
        aw_json_begin_array(out, NULL);
        aw_json_finish(out);
        break;
    default: /* nothing written */
        aw_json_finish(out);
        break;
    }
}
enum { MISUSES = 9 };

START_TEST(misuse_traps)
{
    uint8_t buf[256];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), false);
    misuse(_i, &out);
}
END_TEST

Suite *suite_json_write(void)
{
    Suite *s = suite_create("json_write");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, string, 0, (int)COUNT(strings));
    tcase_add_test(tc, string_with_nul);
    tcase_add_loop_test(tc, layouts, 0, 2);
    tcase_add_test(tc, lines_follow_each_other);
    tcase_add_test(tc, long_encodings);
    tcase_add_test(tc, deepest);
    tcase_add_loop_test_raise_signal(tc, misuse_traps, SIGABRT, 0, MISUSES);
    suite_add_tcase(s, tc);
    return s;
}
