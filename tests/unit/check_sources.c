/* SPDX-License-Identifier: Apache-2.0 */
/* The list of third-party sources. */
#include "aw/ftlog/sources.h"

#include "suites.h"
#include "support.h"

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *text;
    aw_err want;
    uint64_t at; /* line of the row, or of the failure */
    const char *package;
    const char *file;
} rows[] = {
    {"a b " H "\n", AW_OK, 1, "a", "b"},
    {"a b " H, AW_OK, 1, "a", "b"},
    {"# c\n\n \t\n  a\t b  \t" H " \t\n", AW_OK, 4, "a", "b"},
    {"#a b " H "\nx y_1.tar.gz " H "\n", AW_OK, 2, "x", "y_1.tar.gz"},
    {"", AW_ERR_NOT_FOUND, 0, NULL, NULL},
    {"\n#", AW_ERR_NOT_FOUND, 2, NULL, NULL},
    {"a b\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"\na\n", AW_ERR_FORMAT, 2, NULL, NULL},
    {"a b " H " c\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b " H "0\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b 0\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b " H "\r\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b/c " H "\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a .. " H "\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a .b " H "\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b\x01 " H "\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b\xc3\xa4 " H "\n", AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
     AW_ERR_FORMAT, 1, NULL, NULL},
    {"a b g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
     AW_ERR_FORMAT, 1, NULL, NULL},
};

START_TEST(one_row)
{
    struct aw_sources list;
    struct aw_source row = {.package = {NULL, 77}};
    struct aw_diag diag = {.where = NULL};

    aw_sources_init(aw_text(rows[_i].text), &list);
    ck_assert_int_eq(aw_sources_next(&list, &row, &diag), rows[_i].want);
    ck_assert_uint_eq(list.line, rows[_i].at);
    if (rows[_i].want == AW_OK) {
        CK_ASSERT_BYTES(row.package, aw_text(rows[_i].package));
        CK_ASSERT_BYTES(row.file, aw_text(rows[_i].file));
        CK_ASSERT_BYTES(((aw_bytes){row.sha256, sizeof(row.sha256)}),
                        vec_unhex(aw_text(H)));
        ck_assert_int_eq(aw_sources_next(&list, &row, &diag), AW_ERR_NOT_FOUND);
    } else {
        ck_assert_uint_eq(row.package.n, 77);
    }
    if (rows[_i].want == AW_ERR_FORMAT) {
        ck_assert_uint_eq(diag.at, rows[_i].at);
    }
}
END_TEST

START_TEST(long_name)
{
    char text[AW_SOURCE_NAME_MAX + 128];
    struct aw_sources list;
    struct aw_source row;

    for (size_t n = AW_SOURCE_NAME_MAX; n <= AW_SOURCE_NAME_MAX + 1; n++) {
        struct aw_wr w = aw_wr_init(text, sizeof(text));

        aw_wr_text(&w, "a ");
        for (size_t i = 0; i < n; i++) {
            aw_wr_u8(&w, 'x');
        }
        aw_wr_text(&w, " " H "\n");
        aw_sources_init(aw_wr_done(&w), &list);
        ck_assert_int_eq(aw_sources_next(&list, &row, NULL),
                         n == AW_SOURCE_NAME_MAX ? AW_OK : AW_ERR_FORMAT);
    }
}
END_TEST

Suite *suite_sources(void)
{
    Suite *s = suite_create("sources");
    TCase *tc = tcase_create("sources");

    tcase_add_loop_test(tc, one_row, 0, COUNT(rows));
    tcase_add_test(tc, long_name);
    suite_add_tcase(s, tc);
    return s;
}
