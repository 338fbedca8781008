/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state that is lost or damaged: never a pass. */
#include "aw/hostio/state.h"

#include <stdio.h>
#include <unistd.h>

#include "scratch.h"
#include "state_support.h"
#include "suites.h"
#include "support.h"

/* Overwrites bytes of a file in the state directory. */
static void scribble(const char *name, long at, size_t n)
{
    FILE *f = fopen(state_path(name), "r+b");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fseek(f, at, SEEK_SET), 0);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_ne(fputc(0xa5, f), EOF);
    }
    ck_assert_int_eq(fclose(f), 0);
}

static void lose_db(void)
{
    ck_assert_int_eq(unlink(state_path("state.db")), 0);
}

static void empty_db(void)
{
    ck_assert_int_eq(truncate(state_path("state.db"), 0), 0);
}

static void cut_db(void)
{
    ck_assert_int_eq(truncate(state_path("state.db"), 5000), 0);
}

static void cut_db_short(void)
{
    ck_assert_int_eq(truncate(state_path("state.db"), 50), 0);
}

static void break_header(void)
{
    scribble("state.db", 0, 16);
}

static void break_schema_page(void)
{
    scribble("state.db", 100, 3000);
}

static void break_all_pages(void)
{
    scribble("state.db", 4096, 12288);
}

static void foreign_db(void)
{
    lose_db();
    state_sql("CREATE TABLE t (x)");
}

static void drop_table(void)
{
    state_sql("DROP TABLE log");
}

static void delete_row(void)
{
    state_sql("DELETE FROM log");
}

static void change_size(void)
{
    state_sql("UPDATE log SET size = 4");
}

static void change_root(void)
{
    state_sql("UPDATE log SET root = x'00'");
}

static void change_note(void)
{
    state_sql("UPDATE log SET note = x'00'");
}

static void lose_known(void)
{
    ck_assert_int_eq(unlink(state_path("known-logs")), 0);
}

static void break_known(void)
{
    scribble("known-logs", 40, 1);
}

static void break_known_header(void)
{
    scribble("known-logs", 2, 1);
}

static void cut_known(void)
{
    aw_bytes all = scratch_read(state_path("known-logs"));

    ck_assert_int_eq(truncate(state_path("known-logs"), (off_t)all.n - 1), 0);
}

static void empty_known(void)
{
    ck_assert_int_eq(truncate(state_path("known-logs"), 0), 0);
}

static void lose_db_break_known(void)
{
    lose_db();
    break_known();
}

static const struct damage {
    const char *name;
    void (*make)(void);
    aw_err open;       /* without the user's consent */
    aw_err load;       /* of the known log, once opened */
    aw_err load_new;   /* of a log never seen */
    const char *aside; /* file that is kept with the user's consent */
} damages[] = {
    {"database lost", lose_db, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"database empty", empty_db, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"database cut", cut_db, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"database cut short", cut_db_short, AW_ERR_STATE, AW_OK, AW_OK,
     "state.db"},
    {"header broken", break_header, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"schema broken", break_schema_page, AW_ERR_STATE, AW_OK, AW_OK,
     "state.db"},
    {"pages broken", break_all_pages, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"another database", foreign_db, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"table lost", drop_table, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"row lost", delete_row, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"size changed", change_size, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"root changed", change_root, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"note changed", change_note, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"list lost", lose_known, AW_OK, AW_OK, AW_OK, NULL},
    {"list broken", break_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"list header broken", break_known_header, AW_OK, AW_OK, AW_ERR_STATE,
     "known-logs"},
    {"list cut", cut_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"list empty", empty_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"both", lose_db_break_known, AW_OK, AW_ERR_STATE, AW_ERR_STATE,
     "known-logs"},
};

/* Fails closed without the user's consent; twice, so that the first attempt
 * does not heal by accident. */
static void check_refused(const struct damage *d,
                          const struct aw_state_log *log)
{
    struct aw_state_log fresh = state_log_named("never seen");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {.size = 77};

    ck_assert_int_eq(state_try_open(false, &state), d->open);
    if (d->open != AW_OK) {
        ck_assert_ptr_null(state);
        return;
    }
    ck_assert_int_eq(state_load(state, log, &seen), d->load);
    ck_assert_uint_eq(seen.size, d->load == AW_OK ? 5 : 77);
    if (d->load == AW_OK) {
        aw_blob_free(&seen.note);
    }
    ck_assert_int_eq(state_load(state, &fresh, &seen), d->load_new);
    aw_state_close(state);
}

/* With consent: a new beginning, the damaged file is kept. */
static void check_accepted(const struct damage *d,
                           const struct aw_state_log *log)
{
    bool lost = d->open != AW_OK || d->load != AW_OK;
    struct aw_state_log fresh = state_log_named("never seen");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {0};
    char aside[64];

    ck_assert_int_eq(state_try_open(true, &state), AW_OK);
    ck_assert_int_eq(state_load(state, log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline,
                     lost ? AW_BASELINE_ACCEPTED : AW_BASELINE_KNOWN);
    /* A smaller tree is fine now. */
    ck_assert_int_eq(state_advance_from(state, log, &seen, lost ? 2 : 5, 1),
                     AW_OK);
    aw_blob_free(&seen.note);
    ck_assert_int_eq(state_load(state, &fresh, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, d->load_new == AW_OK
                                        ? AW_BASELINE_NEW
                                        : AW_BASELINE_ACCEPTED);
    aw_state_close(state);
    (void)snprintf(aside, sizeof(aside), "%s.damaged-",
                   d->aside == NULL ? "" : d->aside);
    ck_assert_uint_eq(state_files(aside), d->aside == NULL ? 0 : 1);
}

START_TEST(damaged_state)
{
    const struct damage *d = &damages[_i];
    struct aw_state_log log = state_saved();
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {0};
    bool lost = d->open != AW_OK || d->load != AW_OK;

    d->make();
    check_refused(d, &log);
    check_refused(d, &log);
    check_accepted(d, &log);
    /* All is well from now on, without the flag. */
    state = state_open();
    ck_assert_int_eq(state_load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_KNOWN);
    ck_assert_int_eq(seen.began, lost ? AW_BASELINE_ACCEPTED : AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, lost ? 2 : 5);
    aw_blob_free(&seen.note);
    aw_state_close(state);
    state = NULL;
    ck_assert_int_eq(state_try_open(true, &state), AW_OK);
    ck_assert_int_eq(state_advance(state, &log, 1, 1), AW_ERR_ROLLBACK);
    aw_state_close(state);
}
END_TEST

START_TEST(newer_program)
{
    struct aw_state *state = NULL;

    (void)state_saved();
    state_sql("PRAGMA user_version = 2");
    ck_assert_int_eq(state_try_open(false, &state), AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(state_try_open(true, &state), AW_ERR_UNSUPPORTED);
    ck_assert_uint_eq(state_files("state.db"), 1);
}
END_TEST

Suite *suite_state_damage(void)
{
    Suite *s = suite_create("state_damage");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, damaged_state, 0, COUNT(damages));
    tcase_add_test(tc, newer_program);
    suite_add_tcase(s, tc);
    return s;
}
