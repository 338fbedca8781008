/* SPDX-License-Identifier: Apache-2.0 */
#include "common/opt.h"

#include <string.h>

#include "suites.h"
#include "support.h"

struct values {
    bool flag;
    const char *text;
    struct aw_list list;
    uint64_t number;
    uint64_t wait_ms;
    uint64_t size;
    unsigned layout;
    uint64_t level;
};

static const struct aw_opt table[] = {
    {.name = "dry-run",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct values, flag)},
    {.name = "log-url",
     .alias = "firmware_log_url url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct values, text),
     .arg = "URL"},
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct values, list),
     .arg = "KEY"},
    {.name = "jobs",
     .type = AW_OPT_U64,
     .at = offsetof(struct values, number),
     .arg = "N",
     .fallback = "4"},
    {.name = "wait",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct values, wait_ms),
     .arg = "DURATION",
     .fallback = "1m"},
    {.name = "size",
     .type = AW_OPT_SIZE,
     .at = offsetof(struct values, size),
     .arg = "BYTES"},
    {.name = "layout",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct values, layout),
     .arg = "auto|serverless|tiles",
     .fallback = "auto"},
    {.name = "v",
     .alias = "verbose",
     .type = AW_OPT_LEVEL,
     .at = offsetof(struct values, level),
     .arg = "N"},
};

static struct aw_pool pool;
static struct aw_opts opts;
static struct values values;
static struct aw_operands operands;
static struct aw_finding wrong;

static void setup(void)
{
    aw_pool_init(&pool);
    opts = (struct aw_opts){.pool = &pool, .command = "aw test"};
    values = (struct values){.flag = false};
    aw_opts_bind(&opts, 0, table, COUNT(table), &values);
    aw_opts_bind(&opts, 1, NULL, 0, NULL);
}

static void teardown(void)
{
    aw_pool_wipe(&pool);
}

/* Splits a line at blanks and parses it. */
static bool parse(const char *line)
{
    enum { ARGS = 16 };
    char *argv[ARGS];
    int argc = 0;

    for (aw_bytes w = aw_word_next(&line); w.n > 0; w = aw_word_next(&line)) {
        ck_assert_int_lt(argc, ARGS);
        argv[argc++] = aw_pool_bytes(&pool, w);
    }
    return aw_opts_parse(&opts, argc, argv, &operands, &wrong);
}

START_TEST(defaults)
{
    ck_assert(parse(""));
    ck_assert(!values.flag);
    ck_assert_ptr_null(values.text);
    ck_assert_uint_eq(values.list.n, 0);
    ck_assert_uint_eq(values.number, 4);
    ck_assert_uint_eq(values.wait_ms, 60000);
    ck_assert_uint_eq(values.layout, 0);
    ck_assert(!aw_opts_given(&opts, "jobs"));
}
END_TEST

START_TEST(all_kinds)
{
    ck_assert(parse("a --dry_run -log-url=x=y --vkey k1 -vkey=k2 --jobs 9 b "
                    "--wait=1s --size 2K --layout=tiles -v=3 -- --dry-run"));
    ck_assert(values.flag);
    ck_assert_str_eq(values.text, "x=y");
    ck_assert_uint_eq(values.list.n, 2);
    ck_assert_str_eq(values.list.item[0], "k1");
    ck_assert_str_eq(values.list.item[1], "k2");
    ck_assert_uint_eq(values.number, 9);
    ck_assert_uint_eq(values.wait_ms, 1000);
    ck_assert_uint_eq(values.size, 2048);
    ck_assert_uint_eq(values.layout, 2);
    ck_assert_uint_eq(values.level, 3);
    ck_assert_uint_eq(operands.n, 3);
    ck_assert_str_eq(operands.item[2], "--dry-run");
    ck_assert(aw_opts_given(&opts, "jobs"));
}
END_TEST

static const struct {
    const char *line;
    bool ok;
} lines[] = {
    {"--firmware-log-url x", true},
    {"--firmware_log_url=x", true},
    {"--url x", true},
    {"--url x --log-url y", false},
    {"--dry-run --dry-run", false},
    {"--dry-run --dry-run=true", false},
    {"--dry-run=false", true},
    {"--dry-run=no", false},
    {"--dry-run=", false},
    {"-v", true},
    {"-v -v", false},
    {"-verbose=2", true},
    {"-v=x", false},
    {"-", true},
    {"--log-url -", true},
    {"--log-url --unknown", true},
    {"--log-url --dry-run", false},
    {"--log-url=--dry-run", true},
    {"--log-url", false},
    {"--log-url=", false},
    {"--vkey=", false},
    {"--jobs=-1", false},
    {"--jobs=01", false},
    {"--jobs=18446744073709551615", true},
    {"--jobs=18446744073709551616", false},
    {"--wait=0s", false},
    {"--wait=5", false},
    {"--layout=Tiles", false},
    {"--layout=til", false},
    {"--dry", false},
    {"--Dry-run", false},
    {"---dry-run", false},
    {"--=x", false},
    {"-=", false},
    {"--dry run", false},
};

START_TEST(line)
{
    wrong = (struct aw_finding){.what = NULL};
    ck_assert_msg(parse(lines[_i].line) == lines[_i].ok, "%s", lines[_i].line);
    if (!lines[_i].ok) {
        ck_assert_int_eq(wrong.err, AW_ERR_USAGE);
        ck_assert_ptr_nonnull(wrong.what);
        ck_assert_ptr_nonnull(wrong.expected);
        ck_assert_ptr_nonnull(wrong.got);
        ck_assert_ptr_nonnull(wrong.remedy);
    }
}
END_TEST

START_TEST(sources)
{
    bool found = false;

    ck_assert(aw_opts_set(&opts, "jobs", "5", AW_OPT_ENV, &found, &wrong));
    ck_assert(found);
    ck_assert_uint_eq(values.number, 5);
    ck_assert(aw_opts_set(&opts, "jobs", "6", AW_OPT_FILE, &found, &wrong));
    ck_assert_uint_eq(values.number, 5); /* the file is weaker */
    ck_assert(parse("--jobs=7"));
    ck_assert_uint_eq(values.number, 7);
    ck_assert(aw_opts_set(&opts, "jobs", "8", AW_OPT_ENV, &found, &wrong));
    ck_assert_uint_eq(values.number, 7);
    ck_assert(aw_opts_set(&opts, "none", "8", AW_OPT_ENV, &found, &wrong));
    ck_assert(!found);
    ck_assert(!aw_opts_set(&opts, "size", "x", AW_OPT_FILE, &found, &wrong));
}
END_TEST

START_TEST(stronger_list_replaces)
{
    bool found = false;

    ck_assert(aw_opts_set(&opts, "vkey", "a", AW_OPT_FILE, &found, &wrong));
    ck_assert(aw_opts_set(&opts, "vkey", "b", AW_OPT_FILE, &found, &wrong));
    ck_assert_uint_eq(values.list.n, 2);
    ck_assert(parse("--vkey=c"));
    ck_assert_uint_eq(values.list.n, 1);
    ck_assert_str_eq(values.list.item[0], "c");
}
END_TEST

static const struct {
    const char *word;
    const char *want; /* NULL: no guess */
} guesses[] = {
    {"vkeys", "vkey"},     {"vkye", "vkey"},
    {"layot", "layout"},   {"lay", "layout"},
    {"dryrun", "dry-run"}, {"jobs", "jobs"},
    {"xyzzy", NULL},       {"", NULL},
    {"q", NULL},           {"firmware", NULL},
};

START_TEST(guess)
{
    struct aw_guess g = {.word = guesses[_i].word};

    for (size_t i = 0; i < COUNT(table); i++) {
        aw_guess_try(&g, table[i].name);
    }
    ck_assert_pstr_eq(g.best, guesses[_i].want);
}
END_TEST

Suite *suite_opt(void)
{
    Suite *s = suite_create("opt");
    TCase *tc = tcase_create("opt");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, defaults);
    tcase_add_test(tc, all_kinds);
    tcase_add_loop_test(tc, line, 0, COUNT(lines));
    tcase_add_test(tc, sources);
    tcase_add_test(tc, stronger_list_replaces);
    tcase_add_loop_test(tc, guess, 0, COUNT(guesses));
    suite_add_tcase(s, tc);
    return s;
}
