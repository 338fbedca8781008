/* SPDX-License-Identifier: Apache-2.0 */
#include "core/state.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static void nothing(void *ctx)
{
    (void)ctx;
}

static void fill(struct tw_saver *to)
{
    struct tw_clock clock;
    struct tw_event on = {.fire = nothing};
    const struct tw_event off = {.fire = nothing};

    tw_clock_init(&clock, 1000);
    clock.now = 77;
    tw_clock_at(&clock, &on, 99);
    tw_save_u8(to, 0x12);
    tw_save_u16(to, 0x3456);
    tw_save_u32(to, 0x789abcde);
    tw_save_u64(to, 0x1122334455667788);
    tw_save_bytes(to, "twin", 4);
    tw_save_bytes(to, NULL, 0);
    tw_save_clock(to, &clock);
    tw_save_event(to, &on);
    tw_save_event(to, &off);
}

START_TEST(round_trip)
{
    struct tw_saver to = {0};
    struct tw_clock clock;
    struct tw_event on = {.fire = nothing};
    struct tw_event off = {.fire = nothing};
    char text[4];

    fill(&to);
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    tw_clock_init(&clock, 1000);
    tw_clock_at(&clock, &off, 5);
    ck_assert_uint_eq(tw_load_u8(&from), 0x12);
    ck_assert_uint_eq(tw_load_u16(&from), 0x3456);
    ck_assert_uint_eq(tw_load_u32(&from), 0x789abcde);
    ck_assert_uint_eq(tw_load_u64(&from), 0x1122334455667788);
    ck_assert(tw_load_bytes(&from, text, 4));
    ck_assert_int_eq(memcmp(text, "twin", 4), 0);
    tw_load_clock(&from, &clock);
    tw_load_event(&from, &clock, &on);
    tw_load_event(&from, &clock, &off);
    ck_assert(!from.failed && from.at == from.n);
    ck_assert_uint_eq(clock.now, 77);
    ck_assert_uint_eq(clock.next, 99);
    ck_assert_uint_eq(clock.count, 1);
    ck_assert_uint_eq(clock.orders, 1);
    ck_assert_uint_eq(off.slot, 0);
    tw_saver_free(&to);
}
END_TEST

START_TEST(every_cut_fails)
{
    struct tw_saver to = {0};

    fill(&to);
    for (size_t n = 0; n < to.n; n++) {
        struct tw_loader from = {.bytes = to.bytes, .n = n};
        struct tw_clock clock;
        struct tw_event event = {.fire = nothing};
        char text[4] = "none";

        tw_clock_init(&clock, 1000);
        (void)tw_load_u8(&from);
        (void)tw_load_u16(&from);
        (void)tw_load_u32(&from);
        (void)tw_load_u64(&from);
        bool got = tw_load_bytes(&from, text, 4);

        ck_assert(got || memcmp(text, "none", 4) == 0);
        tw_load_clock(&from, &clock);
        tw_load_event(&from, &clock, &event);
        tw_load_event(&from, &clock, &event);
        ck_assert(from.failed);
        ck_assert_uint_eq(tw_load_u8(&from), 0);
    }
    tw_saver_free(&to);
}
END_TEST

START_TEST(wrong_event_refused)
{
    static const uint8_t bytes[17] = {2};
    struct tw_loader from = {.bytes = bytes, .n = sizeof(bytes)};
    struct tw_clock clock;
    struct tw_event event = {.fire = nothing};

    tw_clock_init(&clock, 1000);
    tw_load_event(&from, &clock, &event);
    ck_assert(from.failed);
    ck_assert_uint_eq(event.slot, 0);
}
END_TEST

START_TEST(grows)
{
    struct tw_saver to = {0};
    uint8_t block[3000];

    memset(block, 0x5a, sizeof(block));
    for (int i = 0; i < 20; i++) {
        tw_save_bytes(&to, block, sizeof(block));
    }
    ck_assert_uint_eq(to.n, 60000);
    for (size_t i = 0; i < to.n; i++) {
        ck_assert_uint_eq(to.bytes[i], 0x5a);
    }
    tw_saver_free(&to);
    ck_assert_ptr_null(to.bytes);
}
END_TEST

Suite *suite_twin_state(void)
{
    Suite *s = suite_create("twin_state");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, round_trip);
    tcase_add_test(tc, every_cut_fails);
    tcase_add_test(tc, wrong_event_refused);
    tcase_add_test(tc, grows);
    suite_add_tcase(s, tc);
    return s;
}
