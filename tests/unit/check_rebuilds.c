/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of a monitor of rebuilds. */
#include "aw/hostio/rebuilds.h"

#include <string.h>

#include "scratch.h"
#include "state_support.h"
#include "suites.h"
#include "support.h"

enum { VERDICT_GOOD, VERDICT_DIFFERS, VERDICT_FAILED, T0 = 1000 };

static uint8_t log_a[AW_SHA256_SIZE] = {1};
static uint8_t log_b[AW_SHA256_SIZE] = {2};
static uint8_t log_c[AW_SHA256_SIZE] = {3};

static aw_err save(struct aw_state *state, uint64_t index, int64_t verdict,
                   int64_t next_time)
{
    const struct aw_rebuilds_row row = {
        .index = index,
        .verdict = verdict,
        .tries = 1,
        .next_time = next_time,
        .time = T0 + 5,
        .detail = aw_text("because"),
        .evidence = aw_text("folder-0"),
        .note = aw_text("a note"),
    };

    return aw_rebuilds_save(state, log_a, &row, NULL);
}

/* Index that comes next; 999 for none. */
static uint64_t next_from(struct aw_state *state, int64_t now, uint64_t from)
{
    struct aw_rebuilds_due due = {.index = 999};
    aw_err err = aw_rebuilds_next(state, log_a, now, from, &due, NULL);

    ck_assert(err == AW_OK || err == AW_ERR_NOT_FOUND);
    return due.index;
}

static uint64_t next_at(struct aw_state *state, int64_t now)
{
    return next_from(state, now, 0);
}

START_TEST(cursor_and_queue_move_together)
{
    struct aw_state *state = state_open();
    uint64_t next = 77;

    ck_assert_int_eq(aw_rebuilds_cursor(state, log_a, &next, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(next, 77);
    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 3, 6, T0, NULL), AW_OK);
    /* The second time `first` has no say, and what is there stays. */
    ck_assert_int_eq(save(state, 3, VERDICT_GOOD, 0), AW_OK);
    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 0, 8, T0, NULL), AW_OK);
    ck_assert_int_eq(aw_rebuilds_cursor(state, log_a, &next, NULL), AW_OK);
    ck_assert_uint_eq(next, 8);
    ck_assert_uint_eq(next_at(state, T0), 4);
    /* A smaller log, which others report, takes nothing away. */
    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 0, 5, T0, NULL), AW_OK);
    ck_assert_int_eq(aw_rebuilds_cursor(state, log_a, &next, NULL), AW_OK);
    ck_assert_uint_eq(next, 8);
    ck_assert_int_eq(aw_rebuilds_cursor(state, log_b, &next, NULL),
                     AW_ERR_NOT_FOUND);
    aw_state_close(state);
}
END_TEST

START_TEST(order_of_work)
{
    struct aw_state *state = state_open();

    ck_assert_uint_eq(next_at(state, T0), 999);
    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 0, 3, T0, NULL), AW_OK);
    ck_assert_int_eq(save(state, 0, VERDICT_FAILED, T0 + 10), AW_OK);
    /* New ones first, then those whose time has come. */
    ck_assert_uint_eq(next_at(state, T0 + 20), 1);
    ck_assert_uint_eq(next_from(state, T0 + 20, 2), 2);
    ck_assert_uint_eq(next_from(state, T0 + 20, 3), 999);
    ck_assert_int_eq(save(state, 1, VERDICT_GOOD, 0), AW_OK);
    ck_assert_int_eq(save(state, 2, VERDICT_DIFFERS, 0), AW_OK);
    ck_assert_uint_eq(next_at(state, T0 + 9), 999);
    ck_assert_uint_eq(next_at(state, T0 + 10), 0);
    ck_assert_int_eq(aw_rebuilds_again(state, log_a, 2, T0, NULL), AW_OK);
    ck_assert_uint_eq(next_at(state, T0), 2);
    ck_assert_int_eq(aw_rebuilds_again(state, log_a, 3, T0, NULL),
                     AW_ERR_NOT_FOUND);
    aw_state_close(state);
}
END_TEST

/* The one row of index 1. */
struct kept {
    struct aw_rebuilds_row row;
    char text[3][32];
    size_t n;
};

static aw_err keep(void *ctx, const struct aw_rebuilds_row *row)
{
    struct kept *k = ctx;
    const aw_bytes from[] = {row->detail, row->evidence, row->note};

    k->row = *row;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_lt(from[i].n, sizeof(k->text[i]));
        memset(k->text[i], 0, sizeof(k->text[i]));
        if (from[i].n > 0) {
            memcpy(k->text[i], from[i].p, from[i].n);
        }
    }
    k->n++;
    return AW_OK;
}

static struct kept row_of(struct aw_state *state, uint64_t index)
{
    struct kept k = {.n = 0};

    ck_assert_int_eq(aw_rebuilds_list(state, log_a,
                                      &(struct aw_rebuilds_range){index, 1},
                                      keep, &k, NULL),
                     AW_OK);
    ck_assert_uint_eq(k.n, 1);
    ck_assert_uint_eq(k.row.index, index);
    return k;
}

START_TEST(a_finding_stays)
{
    struct aw_state *state = state_open();
    bool first = false;

    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 0, 2, T0, NULL), AW_OK);
    ck_assert_int_eq(row_of(state, 1).row.verdict, AW_REBUILDS_PENDING);
    ck_assert_int_eq(row_of(state, 1).row.queued_time, T0);
    ck_assert_int_eq(aw_rebuilds_acknowledge(state, log_a, 1, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(save(state, 1, VERDICT_FAILED, T0), AW_OK);
    ck_assert_int_eq(aw_rebuilds_tell(state, log_a, 1, &first, NULL), AW_OK);
    ck_assert(first);
    ck_assert_int_eq(aw_rebuilds_tell(state, log_a, 1, &first, NULL), AW_OK);
    ck_assert(!first);
    ck_assert_int_eq(aw_rebuilds_notified(state, log_a, 1, NULL), AW_OK);
    ck_assert_int_eq(aw_rebuilds_acknowledge(state, log_a, 1, NULL), AW_OK);
    aw_state_close(state);

    state = state_open();
    struct kept k = row_of(state, 1);

    ck_assert(k.row.told && k.row.notified && k.row.acknowledged);
    ck_assert_str_eq(k.text[0], "because");
    ck_assert_str_eq(k.text[1], "folder-0");
    ck_assert_str_eq(k.text[2], "a note");
    /* The same again is nothing new, another verdict is. */
    ck_assert_int_eq(save(state, 1, VERDICT_FAILED, 0), AW_OK);
    k = row_of(state, 1);
    ck_assert(k.row.told && k.row.notified && k.row.acknowledged);
    ck_assert_int_eq(save(state, 1, VERDICT_DIFFERS, 0), AW_OK);
    k = row_of(state, 1);
    ck_assert(!k.row.told && !k.row.notified && !k.row.acknowledged);
    aw_state_close(state);
}
END_TEST

START_TEST(limits_and_others)
{
    static uint8_t big[AW_REBUILDS_NOTE_MAX + 1];
    struct aw_state *state = state_open();
    struct aw_rebuilds_row row = {
        .index = 0, .verdict = VERDICT_GOOD, .note = {big, sizeof(big)}};
    struct kept k = {.n = 0};

    ck_assert_int_eq(aw_rebuilds_list(state, log_a, NULL, keep, &k, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 0, 3, T0, NULL), AW_OK);
    ck_assert_int_eq(aw_rebuilds_save(state, log_a, &row, NULL), AW_ERR_SPACE);
    row.note.n--;
    ck_assert_int_eq(aw_rebuilds_save(state, log_b, &row, NULL),
                     AW_ERR_NOT_FOUND);
    row.evidence = (aw_bytes){big, AW_STATE_TEXT_MAX + 1};
    ck_assert_int_eq(aw_rebuilds_save(state, log_a, &row, NULL), AW_ERR_SPACE);
    ck_assert_int_eq(aw_rebuilds_list(state, log_a,
                                      &(struct aw_rebuilds_range){1, 0}, keep,
                                      &k, NULL),
                     AW_OK);
    ck_assert_uint_eq(k.n, 2);
    aw_state_close(state);
}
END_TEST

START_TEST(pulse)
{
    struct aw_state *state = state_open();
    struct aw_rebuilds_pulse p = {.started = 1,
                                  .time = 2,
                                  .look_time = 3,
                                  .size = 4,
                                  .exit = 20,
                                  .looks = 6,
                                  .rebuilt = 7,
                                  .ended = true};
    struct aw_rebuilds_pulse got = {.started = 9};

    ck_assert_int_eq(aw_rebuilds_pulse(state, log_a, &got, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(got.started, 9);
    ck_assert_int_eq(aw_rebuilds_beat(state, log_a, &p, NULL), AW_OK);
    p.size = 5;
    ck_assert_int_eq(aw_rebuilds_beat(state, log_a, &p, NULL), AW_OK);
    ck_assert_int_eq(aw_rebuilds_pulse(state, log_a, &got, NULL), AW_OK);
    ck_assert_int_eq(got.started, 1);
    ck_assert_int_eq(got.time, 2);
    ck_assert_int_eq(got.look_time, 3);
    ck_assert_uint_eq(got.size, 5);
    ck_assert_int_eq(got.exit, 20);
    ck_assert_uint_eq(got.looks, 6);
    ck_assert_uint_eq(got.rebuilt, 7);
    ck_assert(got.ended);
    aw_state_close(state);
}
END_TEST

START_TEST(missing_leaves)
{
    static const char *const damage[] = {
        "DELETE FROM rebuild WHERE leaf = 4",
        "DELETE FROM rebuild WHERE leaf = 5",
        "UPDATE rebuild SET leaf = 9 WHERE leaf = 4",
        "UPDATE rebuild_cursor SET next = next + 4096",
        "UPDATE rebuild_cursor SET next = next - 1",
    };

    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        struct aw_state *state = state_open();
        struct aw_host_diag why = {.network = false};

        uint64_t none = 0;

        ck_assert_int_eq(aw_rebuilds_cursor(state, log_c, &none, NULL),
                         AW_ERR_NOT_FOUND);
        state_sql("DELETE FROM rebuild; DELETE FROM rebuild_cursor");
        /* The others' rows, and a queue that begins later, are none of it. */
        ck_assert_int_eq(aw_rebuilds_queue(state, log_b, 9, 2, T0, NULL),
                         AW_OK);
        ck_assert_int_eq(aw_rebuilds_queue(state, log_b, 9, 12, T0, NULL),
                         AW_OK);
        ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 3, 6, T0, NULL),
                         AW_OK);
        state_sql(damage[i]);
        ck_assert_int_eq(aw_rebuilds_queue(state, log_a, 3, 7, T0, &why),
                         AW_ERR_STATE);
        ck_assert_ptr_nonnull(strstr(why.text, "missing"));
        aw_state_close(state);
    }
}
END_TEST

Suite *suite_rebuilds(void)
{
    Suite *s = suite_create("rebuilds");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, cursor_and_queue_move_together);
    tcase_add_test(tc, order_of_work);
    tcase_add_test(tc, a_finding_stays);
    tcase_add_test(tc, limits_and_others);
    tcase_add_test(tc, pulse);
    tcase_add_test(tc, missing_leaves);
    suite_add_tcase(s, tc);
    return s;
}
