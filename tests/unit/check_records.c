/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/records.h"

#include <string.h>

#include "aw/text.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

enum { ROWS = 3 };

static const struct aw_record rows[ROWS] = {
    {"0123456789ABCDEF", "20260102T030405Z", "a.record", {NULL, 0}},
    {"0123456789ABCDEF", "20260102T030405Z", "b.record", {NULL, 0}},
    {"FEDCBA9876543210", "20260102T030406Z", "c.record", {NULL, 0}},
};

/* What was read. */
struct seen {
    size_t n;
    size_t stop; /* after so many; 0: never */
};

static struct aw_record row(size_t i)
{
    struct aw_record r = rows[i];

    r.note = aw_text(i == 0 ? "" : i == 1 ? "note\nof b" : "another");
    return r;
}

static aw_err compare(void *ctx, const struct aw_record *record)
{
    struct seen *seen = ctx;
    struct aw_record want = row(seen->n++);

    ck_assert_str_eq(record->serial, want.serial);
    ck_assert_str_eq(record->time, want.time);
    ck_assert_str_eq(record->name, want.name);
    ck_assert(aw_bytes_equal(record->note, want.note));
    return seen->n == seen->stop ? AW_ERR_CANCELLED : AW_OK;
}

START_TEST(adds_and_reads)
{
    const char *path = scratch_path("records.db");
    struct seen seen = {.n = 0};

    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL),
                     AW_ERR_NOT_FOUND);
    for (size_t i = 0; i < ROWS; i++) {
        struct aw_record r = row(i);

        ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_OK);
        ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_DUPLICATE);
    }
    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL), AW_OK);
    ck_assert_uint_eq(seen.n, ROWS);
    seen = (struct seen){.n = 0, .stop = 2};
    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL),
                     AW_ERR_CANCELLED);
    ck_assert_uint_eq(seen.n, 2);
}
END_TEST

START_TEST(limits)
{
    static uint8_t note[AW_RECORD_NOTE_MAX + 1];
    static char text[AW_RECORD_TEXT_MAX + 2];
    const char *path = scratch_path("limits.db");
    struct aw_record r = row(1);

    memset(text, 'x', sizeof(text) - 1);
    r.note = (aw_bytes){note, sizeof(note)};
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_SPACE);
    r.note.n--;
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_OK);
    r.name = text;
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_SPACE);
    r.name = text + 1;
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_OK);
    r.name = "c";
    r.serial = text;
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_SPACE);
    r.serial = "";
    r.time = text;
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_SPACE);
}
END_TEST

/* No such file, or one that was cut. */
START_TEST(damaged)
{
    static const char *const texts[] = {"no database at all, just a text",
                                        "SQLite format 3"};
    struct aw_record r = row(1);
    struct seen seen = {.n = 0};
    const char *path = scratch_file("bad.db", aw_text(texts[_i]));

    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL), AW_ERR_STATE);
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_ERR_STATE);
    ck_assert_int_eq(aw_records_check(path, NULL), AW_ERR_STATE);
    ck_assert_uint_eq(seen.n, 0);
}
END_TEST

/* What is left of a writer whose disk was full: it never was a record. */
START_TEST(empty)
{
    struct aw_record r = row(0);
    struct seen seen = {.n = 0};
    const char *path = scratch_file("empty.db", aw_text(""));

    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL), AW_OK);
    ck_assert_uint_eq(seen.n, 0);
    ck_assert_int_eq(aw_records_check(path, NULL), AW_OK);
    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL), AW_OK);
    ck_assert_int_eq(aw_records_add(path, &r, NULL), AW_OK);
    ck_assert_int_eq(aw_records_check(path, NULL), AW_OK);
    ck_assert_int_eq(aw_records_read(path, compare, &seen, NULL), AW_OK);
    ck_assert_uint_eq(seen.n, 1);
    ck_assert_int_eq(aw_records_check(scratch_path("none.db"), NULL), AW_OK);
    ck_assert_int_eq(
        aw_records_read(scratch_path("none.db"), compare, &seen, NULL),
        AW_ERR_NOT_FOUND);
}
END_TEST

Suite *suite_records(void)
{
    Suite *s = suite_create("records");
    TCase *tc = tcase_create("records");

    tcase_add_test(tc, adds_and_reads);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, empty);
    tcase_add_loop_test(tc, damaged, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
