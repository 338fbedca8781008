/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/semver.h"

#include "suites.h"
#include "support.h"

static struct aw_semver must_parse(aw_bytes text)
{
    struct aw_semver v = {0};

    ck_assert_msg(aw_semver_parse(text, &v) == AW_OK, "%s", vec_cstr(text));
    return v;
}

static aw_bytes written(const struct aw_semver *version)
{
    static uint8_t buf[256];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_semver_write(version, &w);
    return aw_wr_done(&w);
}

START_TEST(parse_vectors)
{
    cJSON *rows = vec_json("transparency/semver/parse.json");
    const cJSON *row = NULL;
    int n = 0;

    cJSON_ArrayForEach(row, rows)
    {
        aw_bytes in = vec_str(row, "In");
        struct aw_semver v = {.major = 99};
        bool ok = aw_semver_parse(in, &v) == AW_OK;

        ck_assert_msg(ok == vec_bool(row, "Ok"), "%s", vec_cstr(in));
        if (ok) {
            CK_ASSERT_BYTES(written(&v), vec_str(row, "Out"));
        } else {
            ck_assert_uint_eq(v.major, 99);
        }
        n++;
    }
    ck_assert_int_ge(n, 25);
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
    const char *canonical;
} cases[] = {
    {"0.0.0", AW_OK, "0.0.0"},
    {"000.00.0", AW_OK, "0.0.0"},
    {"9223372036854775807.1.2", AW_OK, "9223372036854775807.1.2"},
    {"9223372036854775808.1.2", AW_ERR_RANGE, NULL},
    {"1.99999999999999999999.2", AW_ERR_RANGE, NULL},
    {"1.2.3-+", AW_OK, "1.2.3"},
    {"1.2.3-.", AW_ERR_FORMAT, NULL},
    {"1.2.3-a.", AW_ERR_FORMAT, NULL},
    {"1.2.3-.a", AW_ERR_FORMAT, NULL},
    {"1.2.3+.a", AW_ERR_FORMAT, NULL},
    {"1.2.3+a\n", AW_ERR_FORMAT, NULL},
    {"1..3", AW_ERR_FORMAT, NULL},
    {".2.3", AW_ERR_FORMAT, NULL},
    {"1.2.", AW_ERR_FORMAT, NULL},
    {"1", AW_ERR_FORMAT, NULL},
    {"", AW_ERR_FORMAT, NULL},
    {"-1", AW_ERR_FORMAT, NULL},
    {"v1.2.3", AW_ERR_FORMAT, NULL},
    {"1.2.3-a+b-c.d", AW_OK, "1.2.3-a+b-c.d"},
    {"1.2.3+b+c", AW_ERR_FORMAT, NULL},
};

START_TEST(parse)
{
    struct aw_semver v = {.major = 99};

    ck_assert_msg(aw_semver_parse(aw_text(cases[_i].text), &v) ==
                      cases[_i].want,
                  "%s", cases[_i].text);
    if (cases[_i].want == AW_OK) {
        CK_ASSERT_BYTES(written(&v), aw_text(cases[_i].canonical));
    } else {
        ck_assert_uint_eq(v.major, 99);
    }
}
END_TEST

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

START_TEST(compare_vectors)
{
    struct aw_rd r = aw_rd_init(vec_file("transparency/semver/compare.tsv"));
    aw_bytes f[3];
    int rows = 0;

    while (vec_tsv(&r, f, 3) == 3) {
        struct aw_semver a = must_parse(f[0]);
        struct aw_semver b = must_parse(f[1]);
        int want = aw_bytes_starts(f[2], "-") ? -1 : f[2].p[0] - '0';

        ck_assert_msg(sign(aw_semver_compare(&a, &b)) == want, "%s %s",
                      vec_cstr(f[0]), vec_cstr(f[1]));
        rows++;
    }
    ck_assert_int_ge(rows, 841);
}
END_TEST

static const struct {
    const char *less;
    const char *more;
} orders[] = {
    {"1.2.3", "2.0.0"},
    {"1.2.3", "1.3.0"},
    {"1.2.3", "1.2.4"},
    {"1.2.3-a", "1.2.3"},
    {"1.2.3-1", "1.2.3-a"},
    {"1.2.3--9", "1.2.3--8"},
    {"1.2.3--1", "1.2.3-0"},
    {"1.2.3--0", "1.2.3-0"}, /* one value: by text */
    {"1.2.3-01", "1.2.3-1"},
    {"1.2.3--9223372036854775808", "1.2.3--9223372036854775807"},
    {"1.2.3-9223372036854775807", "1.2.3-9223372036854775808"},
    {"1.2.3-2", "1.2.3--9223372036854775809"}, /* out of range: text */
    {"1.2.3-0", "1.2.3--"},
    {"1.2.3-a", "1.2.3-a.0"},
    {"1.2.3-a.1", "1.2.3-b"},
    {"1.2.3-A", "1.2.3-a"},
    {"1.2.3-ab", "1.2.3-abc"},
};

START_TEST(compare)
{
    struct aw_semver a = must_parse(aw_text(orders[_i].less));
    struct aw_semver b = must_parse(aw_text(orders[_i].more));

    ck_assert_int_lt(aw_semver_compare(&a, &b), 0);
    ck_assert_int_gt(aw_semver_compare(&b, &a), 0);
    ck_assert_int_eq(aw_semver_compare(&a, &a), 0);
}
END_TEST

START_TEST(metadata_does_not_count)
{
    struct aw_semver a = must_parse(aw_text("1.2.3-a+x"));
    struct aw_semver b = must_parse(aw_text("1.2.3-a"));

    ck_assert_int_eq(aw_semver_compare(&a, &b), 0);
}
END_TEST

Suite *suite_semver(void)
{
    Suite *s = suite_create("semver");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, parse_vectors);
    tcase_add_loop_test(tc, parse, 0, (int)COUNT(cases));
    tcase_add_test(tc, compare_vectors);
    tcase_add_loop_test(tc, compare, 0, (int)COUNT(orders));
    tcase_add_test(tc, metadata_does_not_count);
    suite_add_tcase(s, tc);
    return s;
}
