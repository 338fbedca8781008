/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that is kept, and progress of audits. */
#include "aw/hostio/state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "scratch.h"
#include "state_support.h"
#include "suites.h"
#include "support.h"

struct listed {
    size_t n;
    size_t stop_after;
    struct aw_state_finding last; /* pointers are gone, numbers stay */
    bool right;
};

static aw_err take_finding(void *ctx, const struct aw_state_finding *f)
{
    struct listed *l = ctx;

    l->n++;
    l->last = *f;
    l->right = aw_bytes_is(f->saved, "note one") &&
               strcmp(f->origin, "a") == 0 && strcmp(f->detail, "why") == 0;
    return l->n == l->stop_after ? AW_ERR_CANCELLED : AW_OK;
}

static struct listed list(struct aw_state *state, const uint8_t *log_id)
{
    struct listed l = {0};

    ck_assert_int_eq(aw_state_findings(state, log_id, take_finding, &l, NULL),
                     AW_OK);
    return l;
}

static struct aw_state_finding fork_of(const struct aw_state_log *log,
                                       const char *shown)
{
    struct aw_state_finding f = {.kind = AW_FINDING_FORK,
                                 .saved = aw_text("note one"),
                                 .shown = aw_text(shown),
                                 .origin = log->origin,
                                 .detail = "why"};

    memcpy(f.log_id, log->id, sizeof(f.log_id));
    return f;
}

START_TEST(findings)
{
    struct aw_state *state = state_open();
    struct aw_state_log a = state_log_named("a");
    struct aw_state_log b = state_log_named("b");
    struct aw_state_finding f = fork_of(&a, "note two");
    struct aw_state_finding g = fork_of(&b, "");
    int64_t id = 0;
    int64_t again = 0;
    bool fresh = false;

    ck_assert_int_eq(aw_state_report(state, &f, &id, &fresh, NULL), AW_OK);
    ck_assert(fresh);
    f.detail = "told otherwise";
    ck_assert_int_eq(aw_state_report(state, &f, &again, &fresh, NULL), AW_OK);
    ck_assert(!fresh);
    ck_assert_int_eq(again, id);
    ck_assert_int_eq(aw_state_report(state, &g, NULL, NULL, NULL), AW_OK);
    f.kind = AW_FINDING_PROOF;
    f.detail = "why";
    ck_assert_int_eq(aw_state_report(state, &f, &again, &fresh, NULL), AW_OK);
    ck_assert(fresh);
    ck_assert_int_gt(again, id);
    aw_state_close(state);

    state = state_open();
    ck_assert_uint_eq(list(state, NULL).n, 3);
    ck_assert_uint_eq(list(state, b.id).n, 1);
    ck_assert_uint_eq(list(state, b.id).last.shown.n, 0);
    struct listed l = list(state, a.id);

    ck_assert_uint_eq(l.n, 2);
    ck_assert(l.right);
    ck_assert_int_eq(l.last.kind, AW_FINDING_PROOF);
    ck_assert_int_eq(l.last.id, again);
    ck_assert_int_eq(memcmp(l.last.log_id, a.id, sizeof(a.id)), 0);
    ck_assert_uint_eq(l.last.times, 1);
    ck_assert(!l.last.acknowledged);
    l = (struct listed){.stop_after = 1};
    ck_assert_int_eq(aw_state_findings(state, a.id, take_finding, &l, NULL),
                     AW_ERR_CANCELLED);
    ck_assert_uint_eq(l.last.times, 2);
    ck_assert_int_eq(l.last.id, id);
    ck_assert_int_ge(l.last.last_time, l.last.first_time);
    aw_state_close(state);
}
END_TEST

START_TEST(findings_are_acknowledged)
{
    struct aw_state *state = state_open();
    struct aw_state_log a = state_log_named("a");
    struct aw_state_finding f = fork_of(&a, "note two");
    int64_t id = 0;

    ck_assert_int_eq(aw_state_acknowledge(state, 1, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_state_report(state, &f, &id, NULL, NULL), AW_OK);
    ck_assert_int_eq(aw_state_acknowledge(state, id, NULL), AW_OK);
    ck_assert_int_eq(aw_state_acknowledge(state, id + 1, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert(list(state, NULL).last.acknowledged);
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    ck_assert(list(state, NULL).last.acknowledged);
    ck_assert_uint_eq(list(state, NULL).last.times, 2);
    aw_state_close(state);
}
END_TEST

START_TEST(findings_have_limits)
{
    static uint8_t big[AW_STATE_NOTE_MAX + 1];
    char fill[512];
    struct aw_state *state = state_open();
    struct aw_state_log a = state_log_named("a");
    struct aw_state_finding f = fork_of(&a, "note two");

    f.shown = (aw_bytes){big, sizeof(big)};
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL),
                     AW_ERR_SPACE);
    f.shown.n--;
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    (void)snprintf(
        fill, sizeof(fill),
        "WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c"
        " WHERE i < %d) INSERT INTO finding SELECT NULL, log_id, kind,"
        " first_time, last_time, 1, 0, saved, x'', origin, detail,"
        " randomblob(32) FROM finding, c",
        AW_STATE_FINDINGS_MAX);
    state_sql(fill);
    ck_assert_uint_eq(list(state, a.id).n, AW_STATE_FINDINGS_MAX);
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    f.shown = aw_text("one more");
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL),
                     AW_ERR_SPACE);
    ck_assert_uint_eq(list(state, NULL).n, AW_STATE_FINDINGS_MAX);
    aw_state_close(state);
}
END_TEST

START_TEST(finding_names)
{
    ck_assert_str_eq(aw_finding_name(AW_FINDING_FORK), "fork");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_ROLLBACK), "rollback");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_PROOF), "proof");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_SIGNATURE), "signature");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_CONTENT), "content");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_POLICY), "policy");
    ck_assert_str_eq(aw_finding_name((enum aw_finding_kind)0), "unknown");
}
END_TEST

/* --- Progress ----------------------------------------------------------- */

static aw_err read_progress(struct aw_state *state,
                            const struct aw_state_progress *name,
                            const char *want)
{
    uint8_t buf[64] = "zz";
    struct aw_wr w = aw_wr_init(buf, 2 + strlen(want));

    w.n = 2;
    aw_err err = aw_state_progress_get(state, name, &w, NULL);

    ck_assert_uint_eq(w.n, err == AW_OK ? 2 + strlen(want) : 2);
    ck_assert_int_eq(memcmp(buf + 2, want, w.n - 2), 0);
    return err;
}

START_TEST(progress)
{
    struct aw_state *state = state_open();
    struct aw_state_log a = state_log_named("a");
    struct aw_state_log b = state_log_named("b");
    uint8_t old_root[AW_SHA256_SIZE] = {1};
    uint8_t new_root[AW_SHA256_SIZE] = {2};
    struct aw_state_progress one = {a.id, old_root, "tiles", "one"};
    struct aw_state_progress two = {a.id, old_root, "tiles", "two"};
    struct aw_state_progress flat = {a.id, old_root, "serverless", "one"};
    struct aw_state_progress far = {b.id, old_root, "tiles", "one"};
    struct aw_state_progress next = {a.id, new_root, "tiles", "one"};

    ck_assert_int_eq(read_progress(state, &one, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_state_progress_put(state, &one, aw_text("1"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &one, aw_text("11"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &two, aw_text(""), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &flat, aw_text("f"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &far, aw_text("b"), NULL),
                     AW_OK);
    ck_assert_int_eq(read_progress(state, &one, "11"), AW_OK);
    ck_assert_int_eq(read_progress(state, &one, "1"), AW_ERR_SPACE);
    ck_assert_int_eq(read_progress(state, &two, ""), AW_OK);
    ck_assert_int_eq(read_progress(state, &next, ""), AW_ERR_NOT_FOUND);
    /* Another root: what was saved for the old one has expired. */
    ck_assert_int_eq(aw_state_progress_put(state, &next, aw_text("n"), NULL),
                     AW_OK);
    ck_assert_int_eq(read_progress(state, &one, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &two, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &next, "n"), AW_OK);
    ck_assert_int_eq(read_progress(state, &flat, "f"), AW_OK);
    ck_assert_int_eq(aw_state_progress_clear(state, a.id, NULL), AW_OK);
    ck_assert_int_eq(read_progress(state, &next, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &flat, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &far, "b"), AW_OK);
    state_sql("UPDATE progress SET value = x'63'");
    ck_assert_int_eq(read_progress(state, &far, "b"), AW_ERR_NOT_FOUND);
    aw_state_close(state);
}
END_TEST

START_TEST(progress_has_limits)
{
    static uint8_t big[AW_STATE_PROGRESS_MAX + 1];
    static char key[AW_STATE_TEXT_MAX + 2];
    struct aw_state *state = state_open();
    struct aw_state_log a = state_log_named("a");
    struct aw_state_progress name = {a.id, state_root(1), "tiles", "k"};
    aw_bytes value = {big, sizeof(big)};

    ck_assert_int_eq(aw_state_progress_put(state, &name, value, NULL),
                     AW_ERR_SPACE);
    value.n--;
    ck_assert_int_eq(aw_state_progress_put(state, &name, value, NULL), AW_OK);
    memset(key, 'k', sizeof(key) - 1);
    name.key = key;
    ck_assert_int_eq(aw_state_progress_put(state, &name, aw_text(""), NULL),
                     AW_ERR_SPACE);
    aw_state_close(state);
}
END_TEST

Suite *suite_state_finding(void)
{
    Suite *s = suite_create("state_finding");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, findings);
    tcase_add_test(tc, findings_are_acknowledged);
    tcase_add_test(tc, findings_have_limits);
    tcase_add_test(tc, finding_names);
    tcase_add_test(tc, progress);
    tcase_add_test(tc, progress_has_limits);
    suite_add_tcase(s, tc);
    return s;
}
