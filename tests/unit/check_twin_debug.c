/* SPDX-License-Identifier: Apache-2.0 */
/* The debugger's side of the processor: every hook of cpu/debug.h, and that
 * none of them changes time or results. */
#include <string.h>

#include "cpu/processor.h"
#include "machine.h"
#include "suites.h"
#include "support.h"

#define CODE_AT MACHINE_RAM
#define DATA_AT 0x80100000U
#define REG(n)  tw_cpu_get(m.cpu, n)

static struct machine m;

/* Adds to a word in memory, for ever: five instructions a round. */
static const uint32_t adder[] = {
    0xe3a02481, /* mov r2, #0x81000000 */
    0xe5921000, /* loop: ldr r1, [r2] */
    0xe2811003, /* add r1, r1, #3 */
    0xe5821000, /* str r1, [r2] */
    0xe2800001, /* add r0, r0, #1 */
    0xeafffffa, /* b loop */
};
enum { LOOP = 4, STORE = 12, COUNT_UP = 16, ROUND = 5 };
#define WORD_AT 0x81000000U

static void set_up(void)
{
    machine_open(&m);
    machine_code(&m, CODE_AT, adder, COUNT(adder));
}

static void tear_down(void)
{
    machine_close(&m);
}

START_TEST(break_points)
{
    ck_assert(tw_cpu_break_add(m.cpu, CODE_AT + STORE));
    ck_assert(tw_cpu_break_add(m.cpu, CODE_AT + STORE));
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_BREAKPOINT);
    ck_assert_uint_eq(REG(15), CODE_AT + STORE);
    ck_assert_uint_eq(m.clock.now, 3);
    ck_assert_uint_eq(machine_get(&m, WORD_AT), 0);
    /* Going on runs the instruction, and stops a round later. */
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_BREAKPOINT);
    ck_assert_uint_eq(m.clock.now, 3 + ROUND);
    ck_assert_uint_eq(machine_get(&m, WORD_AT), 3);
    ck_assert(tw_cpu_break_remove(m.cpu, CODE_AT + STORE));
    ck_assert(!tw_cpu_break_remove(m.cpu, CODE_AT + STORE));
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
}
END_TEST

START_TEST(break_table)
{
    for (uint32_t k = 0; k < TW_BREAKS_MAX; k++) {
        ck_assert(tw_cpu_break_add(m.cpu, 4 * k));
    }
    ck_assert(!tw_cpu_break_add(m.cpu, 4 * TW_BREAKS_MAX));
    ck_assert(tw_cpu_break_add(m.cpu, 0));
    for (uint32_t k = 0; k < TW_BREAKS_MAX; k++) {
        ck_assert(tw_cpu_break_remove(m.cpu, 4 * k));
    }
}
END_TEST

/* Watched bytes against those that LDR and STR at WORD_AT touch. */
static const struct {
    uint32_t at;
    uint32_t size;
    bool on_read;
    bool on_write;
    uint32_t stop; /* offset of the instruction; 0: none */
} watches[] = {
    {WORD_AT, 4, true, false, LOOP},     {WORD_AT, 4, false, true, STORE},
    {WORD_AT, 4, true, true, LOOP},      {WORD_AT + 3, 1, false, true, STORE},
    {WORD_AT - 1, 2, true, false, LOOP}, {WORD_AT - 1, 1, true, true, 0},
    {WORD_AT + 4, 4, true, true, 0},     {WORD_AT, 4, false, false, 0},
    {0, UINT32_MAX, false, true, STORE},
};

START_TEST(watch_points)
{
    const struct tw_watch w = {.address = watches[_i].at,
                               .size = watches[_i].size,
                               .on_read = watches[_i].on_read,
                               .on_write = watches[_i].on_write};
    uint32_t stop = watches[_i].stop;

    ck_assert(tw_cpu_watch_add(m.cpu, &w));
    if (stop == 0) {
        ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
        return;
    }
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_WATCHPOINT);
    ck_assert_uint_eq(REG(15), CODE_AT + stop);
    ck_assert_uint_eq(tw_cpu_watch_hit(m.cpu)->pc, CODE_AT + stop);
    ck_assert_uint_eq(tw_cpu_watch_hit(m.cpu)->address, WORD_AT);
    ck_assert(tw_cpu_watch_hit(m.cpu)->write == (stop == STORE));
    /* Before the access, and no time was lost. */
    ck_assert_uint_eq(machine_get(&m, WORD_AT), 0);
    ck_assert_uint_eq(m.clock.now, stop / 4);
    ck_assert_int_eq(tw_cpu_step(m.cpu), TW_STOP_STEP);
    ck_assert_uint_eq(machine_get(&m, WORD_AT), stop == STORE ? 3 : 0);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_WATCHPOINT);
    ck_assert(tw_cpu_watch_remove(m.cpu, &w));
    ck_assert(!tw_cpu_watch_remove(m.cpu, &w));
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
}
END_TEST

START_TEST(watch_table)
{
    struct tw_watch w = {.address = 0, .size = 0, .on_read = true};

    ck_assert(!tw_cpu_watch_add(m.cpu, &w));
    w = (struct tw_watch){.address = 2, .size = UINT32_MAX, .on_read = true};
    ck_assert(!tw_cpu_watch_add(m.cpu, &w));
    for (uint32_t k = 0; k < TW_WATCHES_MAX; k++) {
        w = (struct tw_watch){.address = k, .size = 1, .on_read = true};
        ck_assert(tw_cpu_watch_add(m.cpu, &w));
    }
    ck_assert(!tw_cpu_watch_add(m.cpu, &w));
}
END_TEST

/* An STM whose second word is watched, a device's register: nothing is done
 * twice that shows. */
START_TEST(watch_in_the_middle)
{
    static const uint32_t words[] = {
        0xe3a02481, /* mov r2, #0x81000000 */
        0xe3a0100b, /* mov r1, #11 */
        0xe3a0300d, /* mov r3, #13 */
        0xe8a2000a, /* stmia r2!, {r1, r3} */
        0xe9320030, /* ldmdb r2!, {r4, r5} */
    };
    const struct tw_watch w = {
        .address = WORD_AT + 4, .size = 4, .on_read = true, .on_write = true};

    machine_code(&m, CODE_AT, words, COUNT(words));
    ck_assert(tw_cpu_watch_add(m.cpu, &w));
    ck_assert_int_eq(machine_run(&m, 5), TW_STOP_WATCHPOINT);
    ck_assert_uint_eq(REG(2), WORD_AT);
    ck_assert_uint_eq(machine_get(&m, WORD_AT + 4), 0);
    ck_assert_int_eq(tw_cpu_step(m.cpu), TW_STOP_STEP);
    ck_assert_uint_eq(REG(2), WORD_AT + 8);
    ck_assert_uint_eq(machine_get(&m, WORD_AT + 4), 13);
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_WATCHPOINT);
    ck_assert_uint_eq(REG(4), 0);
    ck_assert_int_eq(tw_cpu_step(m.cpu), TW_STOP_STEP);
    ck_assert_uint_eq(REG(4), 11);
    ck_assert_uint_eq(REG(5), 13);
    ck_assert_uint_eq(m.clock.now, 5);
}
END_TEST

START_TEST(steps)
{
    for (uint32_t k = 1; k < 4; k++) {
        ck_assert_int_eq(tw_cpu_step(m.cpu), TW_STOP_STEP);
        ck_assert_uint_eq(m.clock.now, k);
        ck_assert_uint_eq(REG(15), CODE_AT + 4 * k);
    }
    tw_cpu_stop_after(m.cpu, UINT64_C(2) * ROUND);
    ck_assert_int_eq(machine_run(&m, 1000), TW_STOP_STEP);
    ck_assert_uint_eq(m.clock.now, 3 + 2 * ROUND);
    ck_assert_uint_eq(REG(15), CODE_AT + STORE);
    ck_assert_int_eq(machine_run(&m, 1000), TW_STOP_SLICE);
    tw_cpu_stop_after(m.cpu, 5);
    tw_cpu_stop_after(m.cpu, 0);
    ck_assert_int_eq(machine_run(&m, 1000), TW_STOP_SLICE);
}
END_TEST

/* Waiting for an interrupt is no instruction: a step over WFI ends when the
 * processor goes on. */
static void wake(void *ctx)
{
    (void)ctx;
    tw_cpu_irq(m.cpu, true);
}

START_TEST(step_over_waiting)
{
    static const uint32_t words[] = {
        0xe320f003, /* wfi */
        0xe2800001, /* add r0, r0, #1 */
        0xeafffffe, /* b . */
    };
    struct tw_event event = {.fire = wake};

    machine_code(&m, CODE_AT, words, COUNT(words));
    tw_clock_at(&m.clock, &event, 500);
    tw_cpu_stop_after(m.cpu, 1);
    ck_assert_int_eq(machine_run(&m, 100), TW_STOP_SLICE);
    ck_assert_int_eq(machine_run(&m, 1000), TW_STOP_STEP);
    ck_assert_uint_eq(m.clock.now, 500);
    ck_assert_uint_eq(REG(15), CODE_AT + 4);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 1);
}
END_TEST

static struct {
    struct tw_step steps[16];
    uint32_t n;
} seen;

static void on_step(void *ctx, const struct tw_step *step)
{
    ck_assert_ptr_eq(ctx, &seen);
    if (seen.n < COUNT(seen.steps)) {
        seen.steps[seen.n] = *step;
    }
    seen.n++;
}

START_TEST(trace)
{
    const struct tw_trace on = {.step = on_step, .ctx = &seen};
    const struct tw_trace off = {.step = NULL};

    memset(&seen, 0, sizeof(seen));
    tw_cpu_trace(m.cpu, &on);
    (void)machine_run(&m, 12);
    tw_cpu_trace(m.cpu, &off);
    (void)machine_run(&m, 12);
    ck_assert_uint_eq(seen.n, 12);
    for (uint32_t k = 0; k < 12; k++) {
        uint32_t at = k == 0 ? 0 : 1 + (k - 1) % ROUND;

        ck_assert_uint_eq(seen.steps[k].tick, k);
        ck_assert_uint_eq(seen.steps[k].address, CODE_AT + 4 * at);
        ck_assert_uint_eq(seen.steps[k].word, adder[at]);
        ck_assert_uint_eq(seen.steps[k].cpsr, 0x400001d3);
        ck_assert(seen.steps[k].secure);
    }
}
END_TEST

static uint32_t samples_at(const struct tw_profile *p, uint32_t address)
{
    for (uint32_t k = 0; k < TW_PROFILE_BUCKETS; k++) {
        if (p->buckets[k].count != 0 && p->buckets[k].address == address) {
            return p->buckets[k].count;
        }
    }
    return 0;
}

START_TEST(profile)
{
    static struct tw_profile p;

    p = (struct tw_profile){.every = ROUND};
    tw_cpu_profile(m.cpu, &p);
    (void)machine_run(&m, 1 + UINT64_C(100) * ROUND);
    tw_cpu_profile(m.cpu, NULL);
    (void)machine_run(&m, 1000);
    /* A sample a round, always at the same place. */
    ck_assert_uint_eq(p.samples, 100);
    ck_assert_uint_eq(p.lost, 0);
    ck_assert_uint_eq(samples_at(&p, CODE_AT + 4 * ROUND), 100);

    p = (struct tw_profile){.every = ROUND + 1};
    tw_cpu_profile(m.cpu, &p);
    (void)machine_run(&m, UINT64_C(100) * ROUND * (ROUND + 1));
    tw_cpu_profile(m.cpu, NULL);
    /* Now at every place as often. */
    for (uint32_t k = 1; k <= ROUND; k++) {
        ck_assert_uint_ge(samples_at(&p, CODE_AT + 4 * k), 99);
        ck_assert_uint_le(samples_at(&p, CODE_AT + 4 * k), 101);
    }
}
END_TEST

START_TEST(profile_full)
{
    static struct tw_profile p;

    /* A slope of instructions longer than the table. */
    for (uint32_t k = 0; k < TW_PROFILE_BUCKETS + 100; k++) {
        machine_put(&m, CODE_AT + 4 * k, 0xe2800001);
    }
    p = (struct tw_profile){.every = 1};
    tw_cpu_profile(m.cpu, &p);
    (void)machine_run(&m, TW_PROFILE_BUCKETS + 50);
    tw_cpu_profile(m.cpu, NULL);
    ck_assert_uint_eq(p.samples, TW_PROFILE_BUCKETS + 49);
    ck_assert_uint_eq(p.lost, 49);
}
END_TEST

START_TEST(glitches)
{
    /* Skips the first addition, sets r0 before the second count. */
    ck_assert(tw_cpu_glitch(m.cpu, &(struct tw_glitch){
                                       .at = 9,
                                       .kind = TW_GLITCH_SET,
                                       .reg = 0,
                                       .value = 40,
                                   }));
    ck_assert(tw_cpu_glitch(
        m.cpu, &(struct tw_glitch){.at = 2, .kind = TW_GLITCH_SKIP}));
    (void)machine_run(&m, 11);
    ck_assert_uint_eq(m.clock.now, 11);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 11);
    ck_assert_uint_eq(machine_get(&m, WORD_AT), 3);
    ck_assert_uint_eq(REG(0), 41);
    ck_assert(!tw_cpu_glitch(
        m.cpu, &(struct tw_glitch){.at = 10, .kind = TW_GLITCH_SKIP}));
    for (uint64_t k = 0; k < TW_GLITCHES_MAX; k++) {
        ck_assert(tw_cpu_glitch(m.cpu, &(struct tw_glitch){.at = 100 + k}));
    }
    ck_assert(!tw_cpu_glitch(m.cpu, &(struct tw_glitch){.at = 200}));
}
END_TEST

START_TEST(memory)
{
    uint8_t bytes[8] = {0};
    static const uint8_t nop[4] = {0x00, 0xf0, 0x20, 0xe3};

    /* Two pages; what lies behind the last is not there. */
    machine_put(&m, MACHINE_RAM + 0x1ffc, 0x04030201);
    machine_put(&m, MACHINE_RAM + 0x2000, 0x08070605);
    ck_assert_uint_eq(tw_cpu_peek(m.cpu, MACHINE_RAM + 0x1ffe, bytes, 4), 4);
    ck_assert_mem_eq(bytes, "\x03\x04\x05\x06", 4);
    ck_assert_uint_eq(
        tw_cpu_peek(m.cpu, MACHINE_RAM + MACHINE_RAM_SIZE - 4, bytes, 8), 4);
    ck_assert_uint_eq(tw_cpu_peek(m.cpu, 0x40000000, bytes, 4), 0);
    /* A device is neither read nor written. */
    ck_assert_uint_eq(tw_cpu_peek(m.cpu, MACHINE_DEVICE, bytes, 4), 0);
    ck_assert_uint_eq(tw_cpu_poke(m.cpu, MACHINE_DEVICE + 4, bytes, 4), 0);
    ck_assert_uint_eq(m.device_reads, 0);
    /* Code that was written is what runs, at once. */
    (void)machine_run(&m, UINT64_C(3) * ROUND + 1);
    ck_assert_uint_eq(REG(0), 3);
    ck_assert_uint_eq(tw_cpu_poke(m.cpu, CODE_AT + COUNT_UP, nop, 4), 4);
    (void)machine_run(&m, UINT64_C(3) * ROUND);
    ck_assert_uint_eq(REG(0), 3);
}
END_TEST

START_TEST(memory_is_virtual)
{
    uint8_t bytes[4] = {0};
    struct tw_fault before;

    machine_map(&m);
    machine_put(&m, MACHINE_RAM + 0x5000, 0x12345678);
    before = m.cpu->fault;
    ck_assert_uint_eq(
        tw_cpu_peek(m.cpu, MACHINE_AS_UNCACHED + 0x5000, bytes, 4), 4);
    ck_assert_mem_eq(bytes, "\x78\x56\x34\x12", 4);
    ck_assert_uint_eq(tw_cpu_peek(m.cpu, 0xf0000000, bytes, 4), 0);
    ck_assert_mem_eq(&m.cpu->fault, &before, sizeof(before));
    ck_assert_uint_eq(
        tw_cpu_poke(m.cpu, MACHINE_AS_DEVICE + 0x5000, "\1\2\3\4", 4), 4);
    ck_assert_uint_eq(machine_get(&m, MACHINE_RAM + 0x5000), 0x04030201);
}
END_TEST

START_TEST(dump)
{
    char text[512];
    char cut[10];

    (void)machine_run(&m, 3);
    tw_cpu_dump(m.cpu, text, sizeof(text));
    ck_assert_str_eq(text, "r0  00000000  r1  00000003  r2  81000000  "
                           "r3  00000000\n"
                           "r4  00000000  r5  00000000  r6  00000000  "
                           "r7  00000000\n"
                           "r8  00000000  r9  00000000  r10 00000000  "
                           "r11 00000000\n"
                           "r12 00000000  r13 00000000  r14 00000000  "
                           "r15 8000000c\n"
                           "cpsr 400001d3  -Z--- AIF  SVC  secure\n");
    tw_cpu_dump(m.cpu, cut, sizeof(cut));
    ck_assert_str_eq(cut, "r0  00000");
    tw_cpu_set(m.cpu, 16, 0xf8000010);
    tw_cpu_dump(m.cpu, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "cpsr f8000010  NZCVQ ---  USR"));
}
END_TEST

/* With every hook in use the run is the same, tick for tick. */
START_TEST(same_run)
{
    static struct tw_profile p;
    const struct tw_trace on = {.step = on_step, .ctx = &seen};
    const struct tw_watch w = {.address = WORD_AT, .size = 4, .on_write = true};
    uint32_t plain[17];

    (void)machine_run(&m, 1237);
    for (unsigned k = 0; k < COUNT(plain); k++) {
        plain[k] = REG(k);
    }
    uint32_t word = machine_get(&m, WORD_AT);

    machine_put(&m, WORD_AT, 0);
    machine_close(&m);
    set_up();
    p = (struct tw_profile){.every = 7};
    tw_cpu_profile(m.cpu, &p);
    tw_cpu_trace(m.cpu, &on);
    ck_assert(tw_cpu_break_add(m.cpu, CODE_AT + COUNT_UP));
    ck_assert(tw_cpu_watch_add(m.cpu, &w));
    while (m.clock.now < 1237) {
        (void)tw_cpu_run(m.cpu, 1237);
    }
    for (unsigned k = 0; k < COUNT(plain); k++) {
        ck_assert_uint_eq(plain[k], REG(k));
    }
    ck_assert_uint_eq(machine_get(&m, WORD_AT), word);
}
END_TEST

Suite *suite_twin_debug(void)
{
    Suite *s = suite_create("twin_debug");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, break_points);
    tcase_add_test(tc, break_table);
    tcase_add_loop_test(tc, watch_points, 0, COUNT(watches));
    tcase_add_test(tc, watch_table);
    tcase_add_test(tc, watch_in_the_middle);
    tcase_add_test(tc, steps);
    tcase_add_test(tc, step_over_waiting);
    tcase_add_test(tc, trace);
    tcase_add_test(tc, profile);
    tcase_add_test(tc, profile_full);
    tcase_add_test(tc, glitches);
    tcase_add_test(tc, memory);
    tcase_add_test(tc, memory_is_virtual);
    tcase_add_test(tc, dump);
    tcase_add_test(tc, same_run);
    suite_add_tcase(s, tc);
    return s;
}
