/* SPDX-License-Identifier: Apache-2.0 */
/* The processor by small programs: time, interrupts, worlds, snapshots.
 * Whether each instruction computes what it should is for the oracles in
 * tests/twin. */
#include <string.h>

#include "core/state.h"
#include "cpu_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(small_program)
{
    static const uint32_t words[] = {
        0xe3a00005, /* mov r0, #5 */
        0xe0901180, /* adds r1, r0, r0, lsl #3 */
        0xe3e02000, /* mvn r2, #0 */
        0xe0843292, /* umull r3, r4, r2, r2 */
        0xe3a0d481, /* mov sp, #0x81000000 */
        0xe52d4004, /* str r4, [sp, #-4]! */
        0xe49d5004, /* ldr r5, [sp], #4 */
        0xeb000001, /* bl 1f */
        0xe3a07009, /* mov r7, #9 */
        0xeafffffe, /* b . */
        0xe3a06003, /* 1: mov r6, #3 */
        0xe12fff1e, /* bx lr */
    };

    CODE(words);
    ck_assert_int_eq(machine_run(&cpu_rig, 20), TW_STOP_SLICE);
    ck_assert_uint_eq(cpu_rig.clock.now, 20);
    ck_assert_uint_eq(tw_cpu_instructions(cpu_rig.cpu), 20);
    ck_assert_uint_eq(REG(1), 45);
    ck_assert_uint_eq(REG(3), 1);
    ck_assert_uint_eq(REG(4), 0xfffffffe);
    ck_assert_uint_eq(REG(5), 0xfffffffe);
    ck_assert_uint_eq(REG(6), 3);
    ck_assert_uint_eq(REG(7), 9);
    ck_assert_uint_eq(REG(13), 0x81000000);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 8 * 4);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 9 * 4);
    ck_assert_uint_eq(REG(16), 0x000001d3);
}
END_TEST

/* Counts in r1, over a page border and back. */
static const uint32_t counter[] = {
    0xe2911001, /* adds r1, r1, #1 */
    0xea000ffd, /* b to the next page */
};
static const uint32_t counter_back[] = {
    0xe3120001, /* tst r2, #1 */
    0x02833007, /* addeq r3, r3, #7 */
    0xeaffeffc, /* b back */
};

static void put_counter(void)
{
    machine_code(&cpu_rig, MACHINE_RAM, counter, COUNT(counter));
    machine_code(&cpu_rig, MACHINE_RAM + 0x4000, counter_back,
                 COUNT(counter_back));
    machine_put(&cpu_rig, MACHINE_RAM + 4, 0xea000ffd);
    machine_put(&cpu_rig, MACHINE_RAM + 0x4000 + 8, 0xeaffeffc);
}

START_TEST(slices_make_no_difference)
{
    static const uint64_t slices[] = {1, 2, 3, 63, 64, 1000};
    uint32_t want = 0;

    put_counter();
    (void)machine_run(&cpu_rig, 1000);
    want = REG(1);
    ck_assert_uint_eq(want, 200);
    ck_assert_uint_eq(REG(3), 1400);
    for (size_t k = 0; k < COUNT(slices); k++) {
        uint64_t end = cpu_rig.clock.now + 1000;

        tw_cpu_reset(cpu_rig.cpu, MACHINE_RAM);
        while (cpu_rig.clock.now < end) {
            uint64_t left = end - cpu_rig.clock.now;

            (void)machine_run(&cpu_rig, left < slices[k] ? left : slices[k]);
        }
        ck_assert_uint_eq(REG(1), want);
    }
}
END_TEST

START_TEST(page_end_takes_no_time)
{
    for (uint32_t k = 0; k < 0x3000; k += 4) {
        machine_put(&cpu_rig, MACHINE_RAM + k, 0xe2811001); /* add r1, r1, #1 */
    }
    (void)machine_run(&cpu_rig, 0x3000 / 4);
    ck_assert_uint_eq(REG(1), 0x3000 / 4);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 0x3000);
}
END_TEST

/* Raises a line at a tick. */
struct at_tick {
    struct tw_event event;
    bool fiq;
};

static void raise(void *ctx)
{
    const struct at_tick *t = ctx;

    if (t->fiq) {
        tw_cpu_fiq(cpu_rig.cpu, true);
    } else {
        tw_cpu_irq(cpu_rig.cpu, true);
    }
}

static void plan(struct at_tick *t, uint64_t tick, bool fiq)
{
    *t = (struct at_tick){.event = {.fire = raise, .ctx = t}, .fiq = fiq};
    tw_clock_at(&cpu_rig.clock, &t->event, tick);
}

START_TEST(interrupt_on_its_tick)
{
    struct at_tick irq;

    machine_put(&cpu_rig, CPU_VECTORS + 0x18, 0xeafffffe);
    for (uint32_t k = 0; k < 64; k++) {
        machine_put(&cpu_rig, MACHINE_RAM + 4 * k, 0xe2811001);
    }
    CP(VBAR) = CPU_VECTORS;
    tw_cpu_set(cpu_rig.cpu, 16, 0x153);
    plan(&irq, 37, false);
    (void)machine_run(&cpu_rig, 60);
    ck_assert_uint_eq(REG(1), 37);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 37 * 4 + 4);
    ck_assert_uint_eq(REG(15), CPU_VECTORS + 0x18);
    ck_assert_uint_eq(REG(16) & 0x1ff, 0x1d2);
    ck_assert_uint_eq(cpu_rig.cpu->spsr[TW_BANK_IRQ] & 0x1ff, 0x153);
}
END_TEST

START_TEST(masked_until_enabled)
{
    static const uint32_t words[] = {
        0xe2811001, /* add r1, r1, #1 */
        0xf1080080, /* cpsie i */
        0xe2811001,
        0xe2811001,
    };

    CODE(words);
    CP(VBAR) = CPU_VECTORS;
    machine_put(&cpu_rig, CPU_VECTORS + 0x18, 0xeafffffe);
    tw_cpu_irq(cpu_rig.cpu, true);
    (void)machine_run(&cpu_rig, 4);
    ck_assert_uint_eq(REG(1), 1);
    ck_assert_uint_eq(REG(15), CPU_VECTORS + 0x18);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 8 + 4);
}
END_TEST

/* Both lines, by masks and SCR: mode and vector. */
static const struct {
    uint32_t cpsr;
    uint32_t scr;
    uint32_t mode;
    uint32_t vector; /* low byte; 0: not taken */
} routes[] = {
    {0x113, 0, TW_FIQ, 0x1c},
    {0x153, 0, TW_IRQ, 0x18},
    {0x1d3, 0, TW_SVC, 0},
    {0x193, 0, TW_FIQ, 0x1c},
    {0x113, TW_SCR_FIQ, TW_MON, 0x1c},
    {0x153, TW_SCR_IRQ, TW_MON, 0x18},
    {0x1d3, TW_SCR_IRQ | TW_SCR_FIQ, TW_SVC, 0},
    {0x1d3, TW_SCR_NS | TW_SCR_FIQ, TW_MON, 0x1c},
    {0x1d3, TW_SCR_NS | TW_SCR_FIQ | TW_SCR_FW, TW_SVC, 0},
    {0x1d3, TW_SCR_NS | TW_SCR_IRQ, TW_SVC, 0},
};

START_TEST(interrupt_routes)
{
    machine_put(&cpu_rig, MACHINE_RAM, 0xeafffffe);
    CP(MVBAR) = CPU_VECTORS + 0x100;
    CP(VBAR) = CPU_VECTORS;
    CP_NS(VBAR) = CPU_VECTORS;
    CP(SCR) = routes[_i].scr;
    for (uint32_t k = 0; k < 0x200; k += 4) {
        machine_put(&cpu_rig, CPU_VECTORS + k, 0xeafffffe);
    }
    tw_cpu_set(cpu_rig.cpu, 16, routes[_i].cpsr);
    tw_cpu_irq(cpu_rig.cpu, true);
    tw_cpu_fiq(cpu_rig.cpu, true);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(16) & 0x1f, routes[_i].mode);
    if (routes[_i].vector != 0) {
        ck_assert_uint_eq(REG(15) & 0xff, routes[_i].vector);
    } else {
        ck_assert_uint_eq(REG(15), MACHINE_RAM);
    }
}
END_TEST

START_TEST(wfi_jumps_to_the_event)
{
    static const uint32_t words[] = {
        0xe2811001, /* add r1, r1, #1 */
        0xe320f003, /* wfi */
        0xe2811001,
        0xeafffffe,
    };
    struct at_tick irq;

    CODE(words);
    plan(&irq, 1000000, false);
    ck_assert_int_eq(machine_run(&cpu_rig, 500000), TW_STOP_SLICE);
    ck_assert_uint_eq(cpu_rig.clock.now, 500000);
    ck_assert_uint_eq(tw_cpu_instructions(cpu_rig.cpu), 2);
    ck_assert_int_eq(machine_run(&cpu_rig, 500001), TW_STOP_SLICE);
    ck_assert_uint_eq(tw_cpu_instructions(cpu_rig.cpu), 3);
    ck_assert_uint_eq(REG(1), 2); /* the line is masked, and wakes */
}
END_TEST

START_TEST(wfi_without_events_is_idle)
{
    machine_put(&cpu_rig, MACHINE_RAM, 0xe320f003);
    machine_put(&cpu_rig, MACHINE_RAM + 4, 0xeafffffe);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_IDLE);
    ck_assert_uint_eq(cpu_rig.clock.now, 1);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_IDLE);
    tw_cpu_irq(cpu_rig.cpu, true);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
}
END_TEST

static void stop_it(void *ctx)
{
    (void)ctx;
    tw_cpu_stop(cpu_rig.cpu);
}

START_TEST(stop_from_a_model)
{
    struct tw_event event = {.fire = stop_it};

    machine_put(&cpu_rig, MACHINE_RAM, 0xeafffffe);
    tw_clock_at(&cpu_rig.clock, &event, 30);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_REQUEST);
    ck_assert_uint_eq(cpu_rig.clock.now, 30);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(cpu_rig.clock.now, 130);
}
END_TEST

static void set_it(void *ctx)
{
    bool *done = ctx;

    *done = true;
}

/* A flag that an event sets ends the run at its tick, also when the processor
 * sleeps. */
START_TEST(stop_by_a_flag)
{
    static const uint32_t words[] = {
        0xe320f003, /* wfi */
        0xeafffffd,
    };
    bool done = false;
    struct tw_event event = {.fire = set_it, .ctx = &done};
    struct at_tick irq;

    CODE(words);
    plan(&irq, 1000, false);
    tw_clock_at(&cpu_rig.clock, &event, 2000);
    tw_cpu_stop_when(cpu_rig.cpu, &done);
    ck_assert_int_eq(machine_run(&cpu_rig, 500000), TW_STOP_REQUEST);
    ck_assert_uint_eq(cpu_rig.clock.now, 2000);
    /* It stays set: nothing goes on before somebody looks. */
    tw_cpu_stop_when(cpu_rig.cpu, NULL);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(cpu_rig.clock.now, 2100);
}
END_TEST

/* SMC by world, mode and SCR.SCD. */
static const struct {
    uint32_t scr;
    uint32_t cpsr;
    uint32_t mode;
} smcs[] = {
    {0, 0x1d3, TW_MON},
    {0, 0x1d0, TW_UND},
    {TW_SCR_SCD, 0x1d3, TW_MON},
    {TW_SCR_NS, 0x1d3, TW_MON},
    {TW_SCR_NS | TW_SCR_SCD, 0x1d3, TW_UND},
};

START_TEST(smc)
{
    machine_put(&cpu_rig, MACHINE_RAM, 0xe1600070);
    CP(SCR) = smcs[_i].scr;
    tw_cpu_set(cpu_rig.cpu, 16, smcs[_i].cpsr);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(16) & 0x1f, smcs[_i].mode);
    ck_assert(tw_cpu_secure(cpu_rig.cpu) ==
              (smcs[_i].mode == TW_MON || (smcs[_i].scr & 1) == 0));
}
END_TEST

static void note_line(void *ctx, uint32_t number, bool level)
{
    uint64_t *ticks = ctx;

    ticks[0] = level ? cpu_rig.clock.now : 0;
    ticks[1] = number;
}

/* CNTP_TVAL is 1000 counts: 8 MHz at 528 M ticks a second. */
START_TEST(generic_timer)
{
    static const uint32_t words[] = {
        0xee0e0f12, /* mcr p15, 0, r0, c14, c2, 0: CNTP_TVAL */
        0xee0e1f32, /* mcr p15, 0, r1, c14, c2, 1: CNTP_CTL */
        0xe320f003, /* wfi */
        0xec543f0e, /* mrrc p15, 0, r3, r4, c14: CNTPCT */
        0xee1e5f32, /* mrc p15, 0, r5, c14, c2, 1 */
        0xee1e6f12, /* mrc p15, 0, r6, c14, c2, 0 */
        0xee0e2f32, /* mcr p15, 0, r2, c14, c2, 1 */
        0xeafffffe,
    };
    uint64_t seen[2] = {0, 0};
    const struct tw_line line = {.set = note_line, .ctx = seen, .number = 29};

    tw_cpu_timer_line(cpu_rig.cpu, TW_TIMER_SECURE, &line);
    CODE(words);
    tw_cpu_set(cpu_rig.cpu, 0, 1000);
    tw_cpu_set(cpu_rig.cpu, 1, 1);
    ck_assert_int_eq(machine_run(&cpu_rig, 70000), TW_STOP_IDLE);
    ck_assert_uint_eq(cpu_rig.clock.now, 66000);
    ck_assert_uint_eq(seen[0], 66000);
    ck_assert_uint_eq(seen[1], 29);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 12); /* still waiting: no GIC */
    tw_cpu_irq(cpu_rig.cpu, true);
    (void)machine_run(&cpu_rig, 5);
    ck_assert_uint_eq(REG(3), 1000);
    ck_assert_uint_eq(REG(4), 0);
    ck_assert_uint_eq(REG(5), 5); /* enabled, condition met */
    ck_assert_uint_eq(REG(6), 0);
    ck_assert_uint_eq(seen[0], 0); /* disabled */
}
END_TEST

START_TEST(cycle_counter)
{
    static const uint32_t words[] = {
        0xee090f1c, /* mcr p15, 0, r0, c9, c12, 0: PMCR */
        0xee091f3c, /* mcr p15, 0, r1, c9, c12, 1: PMCNTENSET */
        0xe320f000, 0xe320f000,
        0xee192f1d, /* mrc p15, 0, r2, c9, c13, 0: PMCCNTR */
        0xee091f5c, /* mcr p15, 0, r1, c9, c12, 2: PMCNTENCLR */
        0xee193f1d, 0xe320f000,
        0xee194f1d,
    };

    CODE(words);
    tw_cpu_set(cpu_rig.cpu, 0, 5);
    tw_cpu_set(cpu_rig.cpu, 1, 0x80000000);
    (void)machine_run(&cpu_rig, COUNT(words));
    ck_assert_uint_eq(REG(2), 3);
    ck_assert_uint_eq(REG(3), 4);
    ck_assert_uint_eq(REG(4), 4);
}
END_TEST

static void save_all(struct tw_saver *to)
{
    tw_save_clock(to, &cpu_rig.clock);
    tw_cpu_save(cpu_rig.cpu, to);
}

START_TEST(snapshot_round_trip)
{
    struct tw_saver one = {0};
    struct tw_saver two = {0};
    struct tw_saver three = {0};

    put_counter();
    machine_map(&cpu_rig);
    tw_timer_compare_write(cpu_rig.cpu, TW_TIMER_VIRTUAL, 100);
    tw_timer_control_write(cpu_rig.cpu, TW_TIMER_VIRTUAL, 1);
    cpu_rig.cpu->spsr[TW_BANK_MON] = 0x1d3;
    (void)machine_run(&cpu_rig, 333);
    save_all(&one);
    (void)machine_run(&cpu_rig, 777);
    save_all(&two);

    struct tw_loader from = {.bytes = one.bytes, .n = one.n};

    tw_load_clock(&from, &cpu_rig.clock);
    ck_assert(tw_cpu_load(cpu_rig.cpu, &from));
    ck_assert_uint_eq(from.at, from.n);
    save_all(&three);
    ck_assert_uint_eq(one.n, three.n);
    ck_assert_int_eq(memcmp(one.bytes, three.bytes, one.n), 0);
    tw_saver_free(&three);
    (void)machine_run(&cpu_rig, 777);
    save_all(&three);
    ck_assert_int_eq(memcmp(two.bytes, three.bytes, two.n), 0);
    tw_saver_free(&one);
    tw_saver_free(&two);
    tw_saver_free(&three);
}
END_TEST

START_TEST(snapshot_refused)
{
    struct tw_saver to = {0};

    put_counter();
    (void)machine_run(&cpu_rig, 50);
    tw_cpu_save(cpu_rig.cpu, &to);
    for (size_t n = 0; n < to.n; n++) {
        struct tw_loader cut = {.bytes = to.bytes, .n = n};

        ck_assert(!tw_cpu_load(cpu_rig.cpu, &cut));
        ck_assert_uint_eq(REG(15), 0);
    }
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    to.bytes[4] = 0x1a; /* CPSR: HYP mode */
    ck_assert(!tw_cpu_load(cpu_rig.cpu, &from));
    to.bytes[4] = 0xd3;
    to.bytes[0] ^= 1;
    from = (struct tw_loader){.bytes = to.bytes, .n = to.n};
    ck_assert(!tw_cpu_load(cpu_rig.cpu, &from));
    to.bytes[0] ^= 1;
    from = (struct tw_loader){.bytes = to.bytes, .n = to.n};
    ck_assert(tw_cpu_load(cpu_rig.cpu, &from));
    tw_saver_free(&to);
}
END_TEST

Suite *suite_twin_cpu(void)
{
    Suite *s = suite_create("twin_cpu");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, cpu_rig_open, cpu_rig_close);
    tcase_add_test(tc, small_program);
    tcase_add_test(tc, slices_make_no_difference);
    tcase_add_test(tc, page_end_takes_no_time);
    tcase_add_test(tc, interrupt_on_its_tick);
    tcase_add_test(tc, masked_until_enabled);
    tcase_add_loop_test(tc, interrupt_routes, 0, (int)COUNT(routes));
    tcase_add_test(tc, wfi_jumps_to_the_event);
    tcase_add_test(tc, wfi_without_events_is_idle);
    tcase_add_test(tc, stop_from_a_model);
    tcase_add_test(tc, stop_by_a_flag);
    tcase_add_test(tc, generic_timer);
    tcase_add_test(tc, cycle_counter);
    tcase_add_loop_test(tc, smc, 0, (int)COUNT(smcs));
    tcase_add_test(tc, snapshot_round_trip);
    tcase_add_test(tc, snapshot_refused);
    suite_add_tcase(s, tc);
    return s;
}
