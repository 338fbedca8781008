/* SPDX-License-Identifier: Apache-2.0 */
#include "models/epit.h"
#include "models/gpt.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    GPT = 0x02098000,
    GPT_CR = GPT,
    GPT_PR = GPT + 0x04,
    GPT_SR = GPT + 0x08,
    GPT_IR = GPT + 0x0c,
    GPT_OCR1 = GPT + 0x10,
    GPT_OCR2 = GPT + 0x14,
    GPT_CNT = GPT + 0x24,
    EPIT = 0x020d0000,
    EPIT_CR = EPIT,
    EPIT_SR = EPIT + 0x04,
    EPIT_LR = EPIT + 0x08,
    EPIT_CMPR = EPIT + 0x0c,
    EPIT_CNR = EPIT + 0x10,
    /* 24 MHz, free run, from 0, on. */
    FREE_24M = 0x743,
    RESTART_24M = 0x543
};

static struct {
    struct rig rig;
    struct tw_gpt gpt;
    struct tw_epit epit;
    struct rig_line irq;
} t;

static void setup(void)
{
    rig_init(&t.rig);
    tw_gpt_init(&t.gpt, "GPT1", GPT, &t.rig.bus, &t.rig.clock, &t.rig.ccm);
    tw_epit_init(&t.epit, "EPIT1", EPIT, &t.rig.bus, &t.rig.clock, &t.rig.ccm);
    t.gpt.irq = rig_watch(&t.irq);
    t.epit.irq = rig_watch(&t.irq);
    /* IPG is 66 MHz: PLL2 on, AHB 132 MHz. */
    rig_write(&t.rig, 0x020c8030, 0x2001);
    rig_write(&t.rig, 0x020c4018, 0x24840324);
    rig_write(&t.rig, 0x020c4014, 0x00018900);
}

/* Rates by clock source and prescaler. */
START_TEST(gpt_rates)
{
    static const struct {
        uint32_t cr;
        uint32_t pr;
        uint32_t counts; /* in 1 ms */
    } cases[] = {
        {FREE_24M, 0, 24000}, {FREE_24M, 23, 1000}, {FREE_24M, 0x1000, 12000},
        {0x243, 0, 66000},    {0x303, 0, 32},       {0x343, 0, 0},
        {0x203, 0, 0},
    };

    rig_write(&t.rig, GPT_PR, cases[_i].pr);
    rig_write(&t.rig, GPT_CR, cases[_i].cr);
    rig_run_us(&t.rig, 1000);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), cases[_i].counts);
}
END_TEST

/* A compare interrupts on its count, to the tick, once a turn in free run. */
START_TEST(gpt_compare)
{
    rig_write(&t.rig, GPT_OCR1, 24000);
    rig_write(&t.rig, GPT_OCR2, 48000);
    rig_write(&t.rig, GPT_IR, 1);
    rig_write(&t.rig, GPT_CR, FREE_24M);
    rig_run(&t.rig, UINT64_C(24000) * 22 - 1);
    ck_assert(!t.irq.level);
    rig_run(&t.rig, 1);
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_SR), 1);
    rig_write(&t.rig, GPT_SR, 1);
    ck_assert(!t.irq.level);
    rig_run_us(&t.rig, 2000);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_SR), 2);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 72000);
    ck_assert_uint_eq(t.irq.rises, 1);
    /* Another compare of the running timer. */
    rig_write(&t.rig, GPT_OCR1, 72100);
    rig_run(&t.rig, UINT64_C(100) * 22);
    ck_assert(t.irq.level);
}
END_TEST

/* Restart: a period is the compare value and one. No drift over many. */
START_TEST(gpt_restart)
{
    rig_write(&t.rig, GPT_OCR1, 23999);
    rig_write(&t.rig, GPT_IR, 1);
    rig_write(&t.rig, GPT_CR, RESTART_24M);
    for (unsigned i = 0; i < 50; i++) {
        rig_run_us(&t.rig, 1000);
        rig_write(&t.rig, GPT_SR, 1);
    }
    ck_assert_uint_eq(t.irq.rises, 50);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 0);
}
END_TEST

START_TEST(gpt_stops)
{
    struct tw_device device = tw_gpt_device(&t.gpt);

    rig_write(&t.rig, GPT_CR, FREE_24M);
    rig_run_us(&t.rig, 10);
    rig_write(&t.rig, GPT_CR, FREE_24M & ~1U);
    rig_run_us(&t.rig, 10);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 240);
    /* Without ENMOD it goes on where it stood. */
    rig_write(&t.rig, GPT_CR, FREE_24M & ~2U);
    rig_run_us(&t.rig, 10);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 480);
    rig_round_trip(&t.rig, &device);
    rig_run_us(&t.rig, 10);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 720);
    /* A rolled over counter says so. */
    rig_run(&t.rig, (UINT64_C(1) << 32) * 22);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_SR) & 0x20, 0x20);
    rig_write(&t.rig, GPT_CR, 0x8000);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 0);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_SR), 0);
    t.rig.size = 1;
    ck_assert(rig_refuses_read(&t.rig, GPT_CR));
}
END_TEST

/* The clock of a running timer changes under it. */
START_TEST(gpt_clock_changes)
{
    rig_write(&t.rig, GPT_CR, 0x243);
    rig_run_us(&t.rig, 100);
    rig_write(&t.rig, 0x020c4014, 0x00018a00);
    tw_gpt_clocks(&t.gpt);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rig_read(&t.rig, GPT_CNT), 6600 + 4400);
}
END_TEST

/* Set and forget: reload from LR, interrupt at the compare value. */
START_TEST(epit_periods)
{
    struct tw_device device = tw_epit_device(&t.epit);

    rig_write(&t.rig, EPIT_CR, 0x0100000e);
    rig_write(&t.rig, EPIT_LR, 65999);
    rig_write(&t.rig, EPIT_CMPR, 0);
    rig_write(&t.rig, EPIT_CR, 0x0100000f);
    rig_run(&t.rig, UINT64_C(65999) * 8 - 1);
    ck_assert(!t.irq.level);
    rig_run(&t.rig, 1);
    ck_assert(t.irq.level);
    rig_write(&t.rig, EPIT_SR, 1);
    ck_assert(!t.irq.level);
    rig_round_trip(&t.rig, &device);
    rig_run(&t.rig, UINT64_C(66000) * 8);
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, EPIT_CNR), 0);
    rig_run(&t.rig, 8);
    ck_assert_uint_eq(rig_read(&t.rig, EPIT_CNR), 65999);
}
END_TEST

/* Without reload the counter wraps to its top; IOVW sets it at once. */
START_TEST(epit_free_run)
{
    rig_write(&t.rig, EPIT_CR, 0x01020001);
    rig_write(&t.rig, EPIT_LR, 5);
    ck_assert_uint_eq(rig_read(&t.rig, EPIT_CNR), 5);
    rig_run(&t.rig, UINT64_C(6) * 8);
    ck_assert_uint_eq(rig_read(&t.rig, EPIT_CNR), UINT32_MAX);
    ck_assert(!t.irq.level);
    rig_write(&t.rig, EPIT_CR, 0x00010000);
    ck_assert_uint_eq(rig_read(&t.rig, EPIT_SR), 0);
    t.rig.size = 2;
    ck_assert(rig_refuses_write(&t.rig, EPIT_LR, 0));
}
END_TEST

Suite *suite_twin_timer(void)
{
    Suite *s = suite_create("twin_timer");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, gpt_rates, 0, 7);
    tcase_add_test(tc, gpt_compare);
    tcase_add_test(tc, gpt_restart);
    tcase_add_test(tc, gpt_stops);
    tcase_add_test(tc, gpt_clock_changes);
    tcase_add_test(tc, epit_periods);
    tcase_add_test(tc, epit_free_run);
    suite_add_tcase(s, tc);
    return s;
}
