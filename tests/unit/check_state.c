/* SPDX-License-Identifier: Apache-2.0 */
/* What is saved of logs: ordinary use. */
#include "aw/hostio/state.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "scratch.h"
#include "state_support.h"
#include "suites.h"
#include "support.h"

static unsigned mode_of(const char *path)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    return (unsigned)st.st_mode & 07777U;
}

START_TEST(first_use)
{
    struct aw_state_log log = state_log_named("first.example/log");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {.size = 77};
    int64_t before = (int64_t)time(NULL);

    (void)umask(0);
    ck_assert_int_eq(
        aw_state_open(scratch_path("state/deep/er"), NULL, &state, NULL),
        AW_OK);
    ck_assert_uint_eq(mode_of(state_dir()), 0700);
    ck_assert_uint_eq(mode_of(state_path("deep/er/state.db")), 0600);
    ck_assert_int_eq(state_load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, 0);
    ck_assert_ptr_null(seen.note.p);
    ck_assert_int_eq(state_advance_from(state, &log, &seen, 9, 3), AW_OK);
    aw_state_close(state);

    state = NULL;
    ck_assert_int_eq(
        aw_state_open(scratch_path("state/deep/er"), NULL, &state, NULL),
        AW_OK);
    ck_assert_int_eq(state_load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_KNOWN);
    ck_assert_int_eq(seen.began, AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, 9);
    ck_assert_int_eq(memcmp(seen.root, state_root(3), AW_SHA256_SIZE), 0);
    ck_assert_int_ge(seen.first_seen, before);
    ck_assert_int_ge(seen.last_seen, seen.first_seen);
    CK_ASSERT_BYTES(aw_blob_bytes(&seen.note), aw_text("note of 9, 3"));
    aw_blob_free(&seen.note);
    ck_assert_uint_eq(mode_of(state_path("deep/er/known-logs")), 0600);
    const char *known =
        (const char *)scratch_read(state_path("deep/er/known-logs")).p;

    ck_assert_ptr_nonnull(strstr(known, " first.example/log\n"));
    aw_state_close(state);
}
END_TEST

START_TEST(logs_are_apart)
{
    struct aw_state *state = state_open();
    struct aw_state_log a;
    struct aw_state_log b;
    struct aw_state_log c;
    uint64_t size = 0;

    aw_state_log_init(&a, "origin", "key");
    aw_state_log_init(&b, "origin", "other");
    aw_state_log_init(&c, "originkey", "");
    ck_assert_int_ne(memcmp(a.id, b.id, sizeof(a.id)), 0);
    ck_assert_int_ne(memcmp(a.id, c.id, sizeof(a.id)), 0);
    ck_assert_int_eq(state_advance(state, &a, 5, 1), AW_OK);
    ck_assert_int_eq(state_baseline(state, &b, &size), AW_BASELINE_NEW);
    ck_assert_int_eq(state_advance(state, &b, 3, 1), AW_OK);
    ck_assert_int_eq(state_baseline(state, &a, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 5);
    ck_assert_int_eq(state_baseline(state, &b, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 3);
    aw_state_close(state);
}
END_TEST

START_TEST(only_forward)
{
    static const struct {
        uint64_t size;
        uint8_t root;
        aw_err want;
    } steps[] = {
        {0, 1, AW_OK},           {0, 2, AW_ERR_FORK},
        {5, 2, AW_OK},           {5, 2, AW_OK},
        {5, 3, AW_ERR_FORK},     {4, 2, AW_ERR_ROLLBACK},
        {0, 1, AW_ERR_ROLLBACK}, {6, 2, AW_OK},
        {UINT64_MAX, 9, AW_OK},  {6, 2, AW_ERR_ROLLBACK},
        {UINT64_MAX, 9, AW_OK},
    };
    struct aw_state *state = state_open();
    struct aw_state_log log = state_log_named("a");
    uint64_t held = 0;

    for (size_t i = 0; i < COUNT(steps); i++) {
        uint64_t size = 0;

        ck_assert_int_eq(
            state_advance(state, &log, steps[i].size, steps[i].root),
            steps[i].want);
        held = steps[i].want == AW_OK ? steps[i].size : held;
        ck_assert_int_eq(state_baseline(state, &log, &size), AW_BASELINE_KNOWN);
        ck_assert_uint_eq(size, held);
    }
    aw_state_close(state);
}
END_TEST

START_TEST(compare_and_set)
{
    struct aw_state *state = state_open();
    struct aw_state *other = state_open();
    struct aw_state_log log = state_log_named("a");
    struct aw_state_seen first = {0};
    struct aw_state_seen seen = {0};
    uint64_t size = 0;

    ck_assert_int_eq(state_load(state, &log, &first), AW_OK);
    ck_assert_int_eq(state_advance(other, &log, 5, 1), AW_OK);
    ck_assert_int_eq(state_advance_from(state, &log, &first, 9, 1),
                     AW_ERR_EXISTS);
    ck_assert_int_eq(state_load(state, &log, &seen), AW_OK);
    aw_blob_free(&seen.note);
    ck_assert_int_eq(state_advance(other, &log, 6, 1), AW_OK);
    ck_assert_int_eq(state_advance_from(state, &log, &seen, 9, 1),
                     AW_ERR_EXISTS);
    ck_assert_int_eq(state_baseline(state, &log, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 6);
    aw_state_close(state);
    aw_state_close(other);
}
END_TEST

START_TEST(refused_inputs)
{
    static uint8_t big[AW_STATE_NOTE_MAX + 1];
    static char line[AW_STATE_TEXT_MAX + 2];
    struct aw_state *state = state_open();
    struct aw_state_seen seen = {0};
    struct aw_state_log log = state_log_named("a");
    struct aw_state_log bad = state_log_named("a\nb");
    struct aw_state_checkpoint next = {1, state_root(1), {big, sizeof(big)}};
    uint64_t size = 0;

    ck_assert_int_eq(aw_state_advance(state, &log, &seen, &next, NULL),
                     AW_ERR_SPACE);
    next.note.n--;
    ck_assert_int_eq(aw_state_advance(state, &bad, &seen, &next, NULL),
                     AW_ERR_FORMAT);
    memset(line, 'x', sizeof(line) - 1);
    struct aw_state_log wide = state_log_named(line);

    ck_assert_int_eq(aw_state_advance(state, &wide, &seen, &next, NULL),
                     AW_ERR_SPACE);
    line[AW_STATE_TEXT_MAX] = '\0';
    wide = state_log_named(line);
    ck_assert_int_eq(aw_state_advance(state, &wide, &seen, &next, NULL), AW_OK);
    ck_assert_int_eq(state_baseline(state, &wide, &size), AW_BASELINE_KNOWN);
    ck_assert_int_eq(state_baseline(state, &log, &size), AW_BASELINE_NEW);
    aw_state_close(state);
}
END_TEST

Suite *suite_state(void)
{
    Suite *s = suite_create("state");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, first_use);
    tcase_add_test(tc, logs_are_apart);
    tcase_add_test(tc, only_forward);
    tcase_add_test(tc, compare_and_set);
    tcase_add_test(tc, refused_inputs);
    suite_add_tcase(s, tc);
    return s;
}
