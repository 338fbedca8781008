/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"
#include "core/device.h"

#include <string.h>

#include "suites.h"
#include "support.h"

enum { EVENTS = TW_EVENTS_MAX };

/* What fired, in order. */
static struct {
    struct tw_clock clock;
    struct tw_event event[EVENTS];
    uint32_t fired[4 * EVENTS];
    uint32_t n;
    struct tw_event *again; /* scheduled by the event that fires */
    uint64_t again_at;
} t;

static void note(void *ctx)
{
    const struct tw_event *event = ctx;

    t.fired[t.n] = (uint32_t)(event - t.event);
    t.n++;
    if (t.again != NULL) {
        struct tw_event *again = t.again;

        t.again = NULL;
        tw_clock_at(&t.clock, again, t.again_at);
    }
}

static void set_up(void)
{
    memset(&t, 0, sizeof(t));
    tw_clock_init(&t.clock, 528000000);
    for (uint32_t i = 0; i < EVENTS; i++) {
        t.event[i].fire = note;
        t.event[i].ctx = &t.event[i];
    }
}

START_TEST(fires_in_order)
{
    set_up();
    ck_assert(t.clock.next == UINT64_MAX);
    for (uint32_t i = 0; i < EVENTS; i++) { /* 37 is prime to 128 */
        tw_clock_at(&t.clock, &t.event[i * 37 % EVENTS], i * 37 % EVENTS / 2);
    }
    ck_assert_uint_eq(t.clock.next, 0);
    t.clock.now = 9;
    tw_clock_fire(&t.clock);
    ck_assert_uint_eq(t.n, 20);
    ck_assert_uint_eq(t.clock.next, 10);
    t.clock.now = 1000;
    tw_clock_fire(&t.clock);
    ck_assert_uint_eq(t.n, EVENTS);
    ck_assert(t.clock.next == UINT64_MAX);
    for (uint32_t i = 0; i < EVENTS; i++) {
        ck_assert_uint_eq(t.fired[i] / 2, i / 2);
    }
}
END_TEST

START_TEST(one_tick_first_come)
{
    set_up();
    for (uint32_t i = 0; i < 8; i++) {
        tw_clock_at(&t.clock, &t.event[i * 3 % 8], 5);
    }
    tw_clock_at(&t.clock, &t.event[0], 5); /* moved: now last */
    t.clock.now = 5;
    tw_clock_fire(&t.clock);
    static const uint32_t want[] = {3, 6, 1, 4, 7, 2, 5, 0};

    ck_assert_uint_eq(t.n, 8);
    ck_assert_int_eq(memcmp(t.fired, want, sizeof(want)), 0);
}
END_TEST

START_TEST(moves_and_cancels)
{
    set_up();
    tw_clock_cancel(&t.clock, &t.event[9]);
    for (uint32_t i = 0; i < 64; i++) {
        tw_clock_at(&t.clock, &t.event[i], 100 + i);
    }
    for (uint32_t i = 0; i < 64; i += 2) {
        tw_clock_cancel(&t.clock, &t.event[i]);
    }
    tw_clock_at(&t.clock, &t.event[1], 500);
    tw_clock_at(&t.clock, &t.event[63], 1);
    ck_assert_uint_eq(t.clock.next, 1);
    t.clock.now = 1000;
    tw_clock_fire(&t.clock);
    ck_assert_uint_eq(t.n, 32);
    ck_assert_uint_eq(t.fired[0], 63);
    ck_assert_uint_eq(t.fired[1], 3);
    ck_assert_uint_eq(t.fired[31], 1);
}
END_TEST

START_TEST(an_event_schedules_another)
{
    set_up();
    t.again = &t.event[1];
    t.again_at = 3; /* has passed */
    tw_clock_at(&t.clock, &t.event[0], 4);
    t.clock.now = 4;
    tw_clock_fire(&t.clock);
    ck_assert_uint_eq(t.n, 2);
    ck_assert_uint_eq(t.fired[1], 1);
}
END_TEST

static const struct {
    uint64_t ips;
    uint64_t count;
    uint64_t hz;
    uint64_t ticks; /* of count periods, rounded up */
} rates[] = {
    {528000000, 0, 24000000, 0},
    {528000000, 1, 24000000, 22},
    {528000000, 1, 32768, 16114}, /* 16113.28... */
    {528000000, 32768, 32768, 528000000},
    {528000000, 5, 528000000, 5},
    {1000, 1, 24000000, 1},
    {528000000, UINT64_MAX, 24000000, UINT64_MAX},
    {528000000, UINT64_MAX / 22, 24000000, UINT64_MAX / 22 * 22},
};

START_TEST(rate)
{
    struct tw_clock clock;

    tw_clock_init(&clock, rates[_i].ips);
    uint64_t ticks = tw_clock_ticks(&clock, rates[_i].count, rates[_i].hz);

    ck_assert_uint_eq(ticks, rates[_i].ticks);
    if (ticks != UINT64_MAX && ticks > 0) {
        uint64_t back = tw_clock_periods(&clock, ticks, rates[_i].hz);

        ck_assert_uint_ge(back, rates[_i].count);
        ck_assert(tw_clock_periods(&clock, ticks - 1, rates[_i].hz) <
                  rates[_i].count);
    }
}
END_TEST

static void count_call(void *ctx, uint32_t number, bool level)
{
    uint32_t *calls = ctx;

    *calls += number + (level ? 1U : 0U);
}

START_TEST(line_passes_changes_on)
{
    uint32_t sum = 0;
    struct tw_line line = {.set = count_call, .ctx = &sum, .number = 100};
    struct tw_line deaf = {0};

    tw_line_set(&line, false);
    ck_assert_uint_eq(sum, 0);
    tw_line_set(&line, true);
    tw_line_set(&line, true);
    ck_assert_uint_eq(sum, 101);
    tw_line_set(&line, false);
    ck_assert_uint_eq(sum, 201);
    tw_line_set(&deaf, true);
    ck_assert(deaf.level);
}
END_TEST

Suite *suite_twin_clock(void)
{
    Suite *s = suite_create("twin_clock");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, fires_in_order);
    tcase_add_test(tc, one_tick_first_come);
    tcase_add_test(tc, moves_and_cancels);
    tcase_add_test(tc, an_event_schedules_another);
    tcase_add_loop_test(tc, rate, 0, (int)COUNT(rates));
    tcase_add_test(tc, line_passes_changes_on);
    suite_add_tcase(s, tc);
    return s;
}
