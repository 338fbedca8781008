/* SPDX-License-Identifier: Apache-2.0 */
/* RNGB, driven as firmware would. */
#include "models/rngb.h"

#include <string.h>

#include "ram_rig.h"
#include "suites.h"
#include "support.h"

enum {
    RNGB = TW_RNGB_BASE,
    CMD = RNGB + 0x04,
    CR = RNGB + 0x08,
    SR = RNGB + 0x0c,
    ESR = RNGB + 0x10,
    OUT = RNGB + 0x14
};

static struct {
    struct tw_rngb rngb;
    struct rig_line line;
} t;

static void setup(void)
{
    const struct tw_rngb_wiring w = {.clock = &rr.rig.clock,
                                     .bus = &rr.rig.bus,
                                     .line = rig_watch(&t.line),
                                     .seed = {3}};

    memset(&t, 0, sizeof(t));
    rr_start(RR_OCRAM);
    tw_rngb_init(&t.rngb, &w);
}

static void rngb_up(void)
{
    rr_write(CMD, 0x20);
    rr_write(CMD, 0x40);
    rr_write(CMD, 0x01);
    rig_wait(&rr.rig, SR, 0x10, 1000);
    ck_assert_uint_eq(rr_read(SR) & (7 << 21 | 1 << 16), 0);
    rr_write(CR, 0x10);
    rr_write(CMD, 0x02);
    rig_wait(&rr.rig, SR, 0x20, 10000);
    rr_write(CMD, 0x10);
}

static uint32_t random_word(void)
{
    uint32_t us = 0;

    while ((rr_read(SR) >> 8 & 15) == 0 && us < 1000) {
        rig_run_us(&rr.rig, 1);
        us++;
    }
    ck_assert_uint_lt(us, 1000);
    return rr_read(OUT);
}

START_TEST(rngb_gives)
{
    struct tw_device dev = tw_rngb_device(&t.rngb);
    uint32_t words[32];
    uint32_t ones = 0;

    ck_assert_uint_eq(rr_read(RNGB), 0x10000280);
    ck_assert_uint_eq(rr_read(SR), 5 << 12);
    rngb_up();
    for (size_t i = 0; i < COUNT(words); i++) {
        words[i] = random_word();
        for (uint32_t b = 0; b < 32; b++) {
            ones += words[i] >> b & 1;
        }
    }
    ck_assert_uint_gt(ones, 400);
    ck_assert_uint_lt(ones, 624);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(SR) >> 8 & 15, 5);
    ck_assert_uint_eq(rr_misuses(), 0);
    rig_round_trip(&rr.rig, &dev);
    /* The same board gives the same noise. */
    uint32_t next = random_word();

    setup();
    rngb_up();
    for (size_t i = 0; i < COUNT(words); i++) {
        ck_assert_uint_eq(random_word(), words[i]);
    }
    ck_assert_uint_eq(random_word(), next);
}
END_TEST

START_TEST(rngb_interrupts)
{
    rr_write(CMD, 0x01);
    rig_run_us(&rr.rig, 300);
    ck_assert(t.line.level);
    rr_write(CMD, 0x10);
    ck_assert(!t.line.level);
    rr_write(CR, 0x20); /* masked */
    rr_write(CMD, 0x02);
    ck_assert_uint_eq(rr_read(SR) & 2, 2);
    rig_run_us(&rr.rig, 3000);
    ck_assert_uint_eq(rr_read(SR) & 0x22, 0x20);
    ck_assert(!t.line.level);
}
END_TEST

START_TEST(rngb_self_test_fails)
{
    t.rngb.fail_test = true;
    rr_write(CMD, 0x01);
    rig_run_us(&rr.rig, 300);
    ck_assert_uint_eq(rr_read(SR) & (1 << 16 | 7 << 21 | 1 << 4),
                      1 << 16 | 7 << 21 | 1 << 4);
    ck_assert_uint_eq(rr_read(ESR), 4);
    ck_assert(t.line.level);
    /* No words come after an error. */
    rr_write(CMD, 0x02);
    rig_run_us(&rr.rig, 5000);
    ck_assert_uint_eq(rr_read(SR) >> 8 & 15, 0);
    rr_write(CMD, 0x20);
    ck_assert_uint_eq(rr_read(SR) & 1 << 16, 0);
    ck_assert(!t.line.level);
}
END_TEST

START_TEST(rngb_underflow)
{
    ck_assert_uint_eq(rr_read(OUT), 0);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert_uint_eq(rr_read(SR) & 1 << 16, 1 << 16);
    ck_assert_uint_eq(rr_read(ESR), 1 << 4);
    rr_write(CMD, 0x20);
    rr_write(CR, 0x02); /* an abort instead of zeros */
    ck_assert(rig_refuses_read(&rr.rig, OUT));
    (void)rr_read(RNGB + 0x18);
    rr_write(SR, 0);
    ck_assert_uint_eq(rr_misuses(), 4);
    rr.rig.size = 2;
    ck_assert(rig_refuses_read(&rr.rig, SR));
    ck_assert(rig_refuses_write(&rr.rig, CR, 0));
}
END_TEST

/* After 2^20 words the seed is used up. */
START_TEST(rngb_reseed)
{
    rngb_up();
    rr_write(CR, 0);
    t.rngb.given = (1U << 20) - 5;
    for (size_t i = 0; i < 5; i++) {
        (void)random_word();
    }
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_ne(rr_read(SR) & 8, 0);
    t.rngb.level = 0;
    rig_run_us(&rr.rig, 10000);
    ck_assert_uint_eq(rr_read(SR) >> 8 & 15, 0);
    rr_write(CMD, 0x02);
    rig_run_us(&rr.rig, 3000);
    ck_assert_uint_eq(rr_read(SR) & 0x48, 0x40);
    (void)random_word();
    /* Automatically, when asked for. */
    rr_write(CR, 0x10);
    t.rngb.given = 1U << 20;
    (void)random_word();
    rig_run_us(&rr.rig, 5000);
    ck_assert_uint_eq(rr_read(SR) & 8, 0);
}
END_TEST

Suite *suite_twin_rngb(void)
{
    Suite *s = suite_create("twin_rngb");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, rngb_gives);
    tcase_add_test(tc, rngb_interrupts);
    tcase_add_test(tc, rngb_self_test_fails);
    tcase_add_test(tc, rngb_underflow);
    tcase_add_test(tc, rngb_reseed);
    suite_add_tcase(s, tc);
    return s;
}
