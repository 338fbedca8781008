/* SPDX-License-Identifier: Apache-2.0 */
/* The processor by small programs: time, interrupts, aborts, worlds, snapshots.
 * Whether each instruction computes what it should is for the oracles in
 * tests/twin. */
#include "machine.h"

#include <string.h>

#include "core/state.h"
#include "cpu/processor.h"
#include "suites.h"
#include "support.h"

static struct machine m;

static void set_up(void)
{
    machine_open(&m);
}

static void tear_down(void)
{
    machine_close(&m);
}

#define CODE(words) machine_code(&m, MACHINE_RAM, words, COUNT(words))
#define REG(n)      tw_cpu_get(m.cpu, n)
#define VECTORS     0x80008000U
#define DATA_AT     0x80100000U
#define CP(name)    (m.cpu->cp[TW_CP_##name][0])
#define CP_NS(name) (m.cpu->cp[TW_CP_##name][1])

enum { VECTOR_UND = 4, VECTOR_PREFETCH = 0xc, VECTOR_DATA = 0x10 };

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
    ck_assert_int_eq(machine_run(&m, 20), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 20);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 20);
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
    machine_code(&m, MACHINE_RAM, counter, COUNT(counter));
    machine_code(&m, MACHINE_RAM + 0x4000, counter_back, COUNT(counter_back));
    machine_put(&m, MACHINE_RAM + 4, 0xea000ffd);
    machine_put(&m, MACHINE_RAM + 0x4000 + 8, 0xeaffeffc);
}

START_TEST(slices_make_no_difference)
{
    static const uint64_t slices[] = {1, 2, 3, 63, 64, 1000};
    uint32_t want = 0;

    put_counter();
    (void)machine_run(&m, 1000);
    want = REG(1);
    ck_assert_uint_eq(want, 200);
    ck_assert_uint_eq(REG(3), 1400);
    for (size_t k = 0; k < COUNT(slices); k++) {
        uint64_t end = m.clock.now + 1000;

        tw_cpu_reset(m.cpu, MACHINE_RAM);
        while (m.clock.now < end) {
            uint64_t left = end - m.clock.now;

            (void)machine_run(&m, left < slices[k] ? left : slices[k]);
        }
        ck_assert_uint_eq(REG(1), want);
    }
}
END_TEST

START_TEST(page_end_takes_no_time)
{
    for (uint32_t k = 0; k < 0x3000; k += 4) {
        machine_put(&m, MACHINE_RAM + k, 0xe2811001); /* add r1, r1, #1 */
    }
    (void)machine_run(&m, 0x3000 / 4);
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
        tw_cpu_fiq(m.cpu, true);
    } else {
        tw_cpu_irq(m.cpu, true);
    }
}

static void plan(struct at_tick *t, uint64_t tick, bool fiq)
{
    *t = (struct at_tick){.event = {.fire = raise, .ctx = t}, .fiq = fiq};
    tw_clock_at(&m.clock, &t->event, tick);
}

START_TEST(interrupt_on_its_tick)
{
    struct at_tick irq;

    machine_put(&m, VECTORS + 0x18, 0xeafffffe);
    for (uint32_t k = 0; k < 64; k++) {
        machine_put(&m, MACHINE_RAM + 4 * k, 0xe2811001);
    }
    CP(VBAR) = VECTORS;
    tw_cpu_set(m.cpu, 16, 0x153);
    plan(&irq, 37, false);
    (void)machine_run(&m, 60);
    ck_assert_uint_eq(REG(1), 37);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 37 * 4 + 4);
    ck_assert_uint_eq(REG(15), VECTORS + 0x18);
    ck_assert_uint_eq(REG(16) & 0x1ff, 0x1d2);
    ck_assert_uint_eq(m.cpu->spsr[TW_BANK_IRQ] & 0x1ff, 0x153);
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
    CP(VBAR) = VECTORS;
    machine_put(&m, VECTORS + 0x18, 0xeafffffe);
    tw_cpu_irq(m.cpu, true);
    (void)machine_run(&m, 4);
    ck_assert_uint_eq(REG(1), 1);
    ck_assert_uint_eq(REG(15), VECTORS + 0x18);
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
    machine_put(&m, MACHINE_RAM, 0xeafffffe);
    CP(MVBAR) = VECTORS + 0x100;
    CP(VBAR) = VECTORS;
    CP_NS(VBAR) = VECTORS;
    CP(SCR) = routes[_i].scr;
    for (uint32_t k = 0; k < 0x200; k += 4) {
        machine_put(&m, VECTORS + k, 0xeafffffe);
    }
    tw_cpu_set(m.cpu, 16, routes[_i].cpsr);
    tw_cpu_irq(m.cpu, true);
    tw_cpu_fiq(m.cpu, true);
    (void)machine_run(&m, 1);
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
    ck_assert_int_eq(machine_run(&m, 500000), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 500000);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 2);
    ck_assert_int_eq(machine_run(&m, 500001), TW_STOP_SLICE);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 3);
    ck_assert_uint_eq(REG(1), 2); /* the line is masked, and wakes */
}
END_TEST

START_TEST(wfi_without_events_is_idle)
{
    machine_put(&m, MACHINE_RAM, 0xe320f003);
    machine_put(&m, MACHINE_RAM + 4, 0xeafffffe);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_IDLE);
    ck_assert_uint_eq(m.clock.now, 1);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_IDLE);
    tw_cpu_irq(m.cpu, true);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
}
END_TEST

static void stop_it(void *ctx)
{
    (void)ctx;
    tw_cpu_stop(m.cpu);
}

START_TEST(stop_from_a_model)
{
    struct tw_event event = {.fire = stop_it};

    machine_put(&m, MACHINE_RAM, 0xeafffffe);
    tw_clock_at(&m.clock, &event, 30);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_REQUEST);
    ck_assert_uint_eq(m.clock.now, 30);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 130);
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
    tw_clock_at(&m.clock, &event, 2000);
    tw_cpu_stop_when(m.cpu, &done);
    ck_assert_int_eq(machine_run(&m, 500000), TW_STOP_REQUEST);
    ck_assert_uint_eq(m.clock.now, 2000);
    /* It stays set: nothing goes on before somebody looks. */
    tw_cpu_stop_when(m.cpu, NULL);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 2100);
}
END_TEST

/* A vector that cannot be fetched: time goes on. */
START_TEST(endless_aborts_end)
{
    tw_cpu_set(m.cpu, 15, 0x40000000);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 100);
    ck_assert_uint_eq(REG(15), VECTOR_PREFETCH);
    ck_assert_uint_eq(CP(IFSR), TW_FAULT_EXTERNAL);
}
END_TEST

START_TEST(fetch_from_a_device)
{
    tw_cpu_set(m.cpu, 15, MACHINE_DEVICE);
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_DIAGNOSIS);
    ck_assert_uint_eq(tw_cpu_diagnosis(m.cpu)->pc, MACHINE_DEVICE);
}
END_TEST

/* Who the bus believes to see: instruction, mode, world, entry of the page. */
static const struct {
    uint32_t word;
    uint32_t cpsr;
    bool nonsecure;
    bool ns_entry; /* the section says non-secure */
    bool secure;
    bool privileged;
    uint8_t size;
} attributes[] = {
    {0xe5901000, 0x1d3, false, false, true, true, 4},  /* ldr r1, [r0] */
    {0xe5901000, 0x1d0, false, false, true, false, 4}, /* in USR */
    {0xe5901000, 0x1d3, true, false, false, true, 4},
    {0xe5901000, 0x1d0, true, false, false, false, 4},
    {0xe5901000, 0x1d6, true, false, true, true, 4}, /* in MON */
    {0xe5901000, 0x1d3, false, true, false, true, 4},
    {0xe4b01000, 0x1d3, false, false, true, false, 4}, /* ldrt */
    {0xe5d01000, 0x1df, false, false, true, true, 1},  /* ldrb */
    {0xe1d010b0, 0x1df, false, false, true, true, 2},  /* ldrh */
};

START_TEST(attributes_on_the_bus)
{
    uint32_t entry = MACHINE_RAM + 0x4000 + (MACHINE_DEVICE >> 20) * 4;

    machine_map(&m);
    if (attributes[_i].ns_entry) {
        machine_put(&m, entry, machine_get(&m, entry) | 1U << 19);
    }
    memcpy(m.cpu->cp[TW_CP_SCTLR], (uint32_t[2]){CP(SCTLR), CP(SCTLR)}, 8);
    CP_NS(TTBR0) = CP(TTBR0);
    CP_NS(DACR) = 1;
    CP(SCR) = attributes[_i].nonsecure ? TW_SCR_NS : 0;
    machine_put(&m, MACHINE_RAM, attributes[_i].word);
    m.device_value = 0x5a;
    tw_cpu_set(m.cpu, 16, attributes[_i].cpsr);
    tw_cpu_set(m.cpu, 0, MACHINE_DEVICE);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(1), 0x5a);
    ck_assert_uint_eq(m.device_reads, 1);
    ck_assert(m.device_how.secure == attributes[_i].secure);
    ck_assert(m.device_how.privileged == attributes[_i].privileged);
    ck_assert_uint_eq(m.device_how.size, attributes[_i].size);
    ck_assert_uint_eq(m.device_how.address, MACHINE_DEVICE);
    ck_assert(m.device_how.master == TW_CPU);
}
END_TEST

/* ldr r1, [r0], #4 of a register that refuses, by SCR.EA. */
START_TEST(precise_external_abort)
{
    bool to_monitor = _i == 1;

    machine_put(&m, MACHINE_RAM, 0xe4901004);
    CP(SCR) = to_monitor ? TW_SCR_EA : 0;
    CP(VBAR) = VECTORS;
    CP(MVBAR) = VECTORS + 0x100;
    tw_cpu_set(m.cpu, 0, MACHINE_DEVICE + 8);
    tw_cpu_set(m.cpu, 1, 0x1234);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(0), MACHINE_DEVICE + 8);
    ck_assert_uint_eq(REG(1), 0x1234);
    ck_assert_uint_eq(CP(DFSR), TW_FAULT_EXTERNAL);
    ck_assert_uint_eq(CP(DFAR), MACHINE_DEVICE + 8);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 8);
    ck_assert_uint_eq(REG(15), VECTORS + (to_monitor ? 0x110 : 0x10));
    ck_assert_uint_eq(REG(16) & 0x1f, to_monitor ? TW_MON : TW_ABT);
}
END_TEST

static bool refuse(void *ctx, const struct tw_access *how)
{
    const bool *on = ctx;

    return !*on || how->address / TW_PAGE != DATA_AT / TW_PAGE;
}

/* A guard that changes its mind: the next access knows. */
START_TEST(guards_are_asked_again)
{
    static const uint32_t words[] = {
        0xe5901000,             /* ldr r1, [r0] */
        0xe5901000, 0xe5801000, /* str r1, [r0] */
    };
    bool on = false;
    const struct tw_guard guard = {
        .allows = refuse, .ctx = &on, .last = UINT32_MAX};

    tw_bus_add_guard(&m.bus, &guard);
    CODE(words);
    tw_cpu_set(m.cpu, 0, DATA_AT);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
    on = true;
    tw_bus_changed(&m.bus);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(15), VECTOR_DATA);
    ck_assert_uint_eq(CP(DFSR), TW_FAULT_EXTERNAL);
    tw_cpu_set(m.cpu, 15, MACHINE_RAM + 8);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(CP(DFSR), 0x800 | TW_FAULT_EXTERNAL);
    tw_cpu_set(m.cpu, 15, DATA_AT); /* nor is it fetched */
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(15), VECTOR_PREFETCH);
    on = false;
    tw_bus_changed(&m.bus);
    tw_cpu_set(m.cpu, 15, MACHINE_RAM);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
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
    machine_put(&m, MACHINE_RAM, 0xe1600070);
    CP(SCR) = smcs[_i].scr;
    tw_cpu_set(m.cpu, 16, smcs[_i].cpsr);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(REG(16) & 0x1f, smcs[_i].mode);
    ck_assert(tw_cpu_secure(m.cpu) ==
              (smcs[_i].mode == TW_MON || (smcs[_i].scr & 1) == 0));
}
END_TEST

static void note_line(void *ctx, uint32_t number, bool level)
{
    uint64_t *ticks = ctx;

    ticks[0] = level ? m.clock.now : 0;
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

    tw_cpu_timer_line(m.cpu, TW_TIMER_SECURE, &line);
    CODE(words);
    tw_cpu_set(m.cpu, 0, 1000);
    tw_cpu_set(m.cpu, 1, 1);
    ck_assert_int_eq(machine_run(&m, 70000), TW_STOP_IDLE);
    ck_assert_uint_eq(m.clock.now, 66000);
    ck_assert_uint_eq(seen[0], 66000);
    ck_assert_uint_eq(seen[1], 29);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 12); /* still waiting: no GIC */
    tw_cpu_irq(m.cpu, true);
    (void)machine_run(&m, 5);
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
    tw_cpu_set(m.cpu, 0, 5);
    tw_cpu_set(m.cpu, 1, 0x80000000);
    (void)machine_run(&m, COUNT(words));
    ck_assert_uint_eq(REG(2), 3);
    ck_assert_uint_eq(REG(3), 4);
    ck_assert_uint_eq(REG(4), 4);
}
END_TEST

static void save_all(struct tw_saver *to)
{
    tw_save_clock(to, &m.clock);
    tw_cpu_save(m.cpu, to);
}

START_TEST(snapshot_round_trip)
{
    struct tw_saver one = {0};
    struct tw_saver two = {0};
    struct tw_saver three = {0};

    put_counter();
    machine_map(&m);
    tw_timer_compare_write(m.cpu, TW_TIMER_VIRTUAL, 100);
    tw_timer_control_write(m.cpu, TW_TIMER_VIRTUAL, 1);
    m.cpu->spsr[TW_BANK_MON] = 0x1d3;
    (void)machine_run(&m, 333);
    save_all(&one);
    (void)machine_run(&m, 777);
    save_all(&two);

    struct tw_loader from = {.bytes = one.bytes, .n = one.n};

    tw_load_clock(&from, &m.clock);
    ck_assert(tw_cpu_load(m.cpu, &from));
    ck_assert_uint_eq(from.at, from.n);
    save_all(&three);
    ck_assert_uint_eq(one.n, three.n);
    ck_assert_int_eq(memcmp(one.bytes, three.bytes, one.n), 0);
    tw_saver_free(&three);
    (void)machine_run(&m, 777);
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
    (void)machine_run(&m, 50);
    tw_cpu_save(m.cpu, &to);
    for (size_t n = 0; n < to.n; n++) {
        struct tw_loader cut = {.bytes = to.bytes, .n = n};

        ck_assert(!tw_cpu_load(m.cpu, &cut));
        ck_assert_uint_eq(REG(15), 0);
    }
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    to.bytes[4] = 0x1a; /* CPSR: HYP mode */
    ck_assert(!tw_cpu_load(m.cpu, &from));
    to.bytes[4] = 0xd3;
    to.bytes[0] ^= 1;
    from = (struct tw_loader){.bytes = to.bytes, .n = to.n};
    ck_assert(!tw_cpu_load(m.cpu, &from));
    to.bytes[0] ^= 1;
    from = (struct tw_loader){.bytes = to.bytes, .n = to.n};
    ck_assert(tw_cpu_load(m.cpu, &from));
    tw_saver_free(&to);
}
END_TEST

static void add_time(TCase *tc)
{
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
}

Suite *suite_twin_cpu(void)
{
    Suite *s = suite_create("twin_cpu");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    add_time(tc);
    tcase_add_test(tc, endless_aborts_end);
    tcase_add_test(tc, fetch_from_a_device);
    tcase_add_loop_test(tc, attributes_on_the_bus, 0, (int)COUNT(attributes));
    tcase_add_loop_test(tc, precise_external_abort, 0, 2);
    tcase_add_test(tc, guards_are_asked_again);
    tcase_add_loop_test(tc, smc, 0, (int)COUNT(smcs));
    tcase_add_test(tc, snapshot_round_trip);
    tcase_add_test(tc, snapshot_refused);
    suite_add_tcase(s, tc);
    return s;
}
