/* SPDX-License-Identifier: Apache-2.0 */
/* Lockstep: a bit of a register is changed while the applet or its copy runs.
 * Every change that shows at the next exception is found there: whenever a call
 * is about to be served the test compares all registers of both itself. No line
 * that the applet prints is ever wrong. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "../firmware/applet/work.h"
#include "board/snapshot.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "device.h"
#include "elf_symbols.h"
#include "support.h"

enum {
    SLOW_IPS = 24000000,
    FAULTS = 1000,
    LINES = 4096,
    BOOT_MS = 3000,
    RESTART_MS = 130000,
    USER = 0x10,
    STATE_WORDS = 19, /* of firmware/os/applet/mon.h */
    PSR = 16
};

static struct device d;
static uint32_t expected[LINES]; /* by number of the line */
static uint32_t seed = 0x12345678;

static uint32_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* Where a context is entered, and where a call is about to be served; where the
 * two contexts are. */
static struct {
    uint32_t run;
    uint32_t serve;
    uint32_t copy;
    uint32_t original; /* 0: not seen yet */
    unsigned compared;
} places;

static void set_breaks(void)
{
    ck_assert(tw_cpu_break_add(d.board.cpu, places.run));
    ck_assert(tw_cpu_break_add(d.board.cpu, places.serve));
}

static void find_places(void)
{
    const aw_bytes symbols = device_file("tests/os_lockstep.debug");

    memset(&places, 0, sizeof(places));
    places.run = elf_symbol(symbols, "mon_run", 0).address;
    places.serve = elf_symbol(symbols, "call_serve", 0).address;
    places.copy = elf_symbol(symbols, "shadow_state", 0).address;
    set_breaks();
}

static void compare(void)
{
    uint32_t one[STATE_WORDS];
    uint32_t two[STATE_WORDS];

    ck_assert_uint_ne(places.original, 0);
    ck_assert_uint_eq(
        tw_cpu_peek(d.board.cpu, places.original, one, sizeof(one)),
        sizeof(one));
    ck_assert_uint_eq(tw_cpu_peek(d.board.cpu, places.copy, two, sizeof(two)),
                      sizeof(two));
    ck_assert_msg(memcmp(one, two, sizeof(one)) == 0,
                  "a call is served for one of two");
    places.compared++;
}

static void look(void)
{
    uint32_t pc = tw_cpu_get(d.board.cpu, 15);
    uint32_t state = tw_cpu_get(d.board.cpu, 1);

    if (pc == places.run && state != places.copy) {
        places.original = state;
    } else if (pc == places.serve) {
        compare();
    }
}

/* Until a tick; what is to be looked at is. */
static void run_until(uint64_t tick)
{
    while (d.board.clock.now < tick && !d.board.halted) {
        if (tw_board_run(&d.board, tick, NULL) == TW_BOARD_DEBUG) {
            look();
        }
    }
}

static void compute(void)
{
    static uint32_t words[WORK_WORDS];
    uint32_t h = 1;

    for (uint32_t i = 1; i < LINES; i++) {
        h = work(words, h);
        expected[i] = h;
    }
}

static uint32_t hex(const char *p)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 8; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, p[i]);

        ck_assert_msg(at != NULL && *at != '\0', "%.30s", p);
        v = v << 4 | (uint32_t)(at - digits);
    }
    return v;
}

/* Checks what has been said, and forgets it. @return lines */
static unsigned take_lines(void)
{
    unsigned n = 0;
    const char *at = d.console;

    for (const char *line = strstr(at, "work "); line != NULL;
         line = strstr(at, "work ")) {
        if (strchr(line, '\n') == NULL) {
            break; /* its end is still to come */
        }
        uint32_t i = hex(line + 5);

        ck_assert_msg(i > 0 && i < LINES && hex(line + 14) == expected[i] &&
                          line[22] == '\n',
                      "%.60s", line);
        at = line + 23;
        n++;
    }
    d.n_console = 0;
    d.console[0] = '\0';
    return n;
}

/* To some instruction of the applet or its copy. */
static void run_into_applet(void)
{
    enum { TRIES = 100000 };
    unsigned tries = 0;

    do {
        ck_assert_msg(tries++ < TRIES && !d.board.halted, "%.3000s", d.console);
        run_until(d.board.clock.now + 1 + next() % 20000);
    } while ((tw_cpu_get(d.board.cpu, PSR) & 0x1f) != USER);
}

/* Bits 0 and 1 of an address of code would lead to Thumb state, which the twin
 * does not have. */
static void disturb(void)
{
    unsigned reg = next() % 16;
    unsigned bit = reg >= 14 ? 2 + next() % 30 : next() % 32;

    tw_cpu_set(d.board.cpu, reg,
               tw_cpu_get(d.board.cpu, reg) ^ UINT32_C(1) << bit);
}

static unsigned lines_said(void)
{
    unsigned n = 0;

    for (const char *at = d.console; (at = strstr(at, "work ")) != NULL; at++) {
        n++;
    }
    return n;
}

/* A minute of spinning, or the pause before a new life: without break points,
 * which make it slow. */
static bool restarts(void)
{
    enum { STEP_MS = 500 };
    uint64_t step = tw_clock_ticks(&d.board.clock, STEP_MS, 1000);

    ck_assert(tw_cpu_break_remove(d.board.cpu, places.run));
    ck_assert(tw_cpu_break_remove(d.board.cpu, places.serve));
    for (unsigned ms = 0; ms < RESTART_MS; ms += STEP_MS) {
        (void)tw_board_run(&d.board, d.board.clock.now + step, NULL);
        if (device_said(&d, "work 00000001")) {
            set_breaks();
            return true;
        }
    }
    return false;
}

/* True: found. False: it had no effect. */
static bool outcome(void)
{
    const uint64_t slice = tw_clock_ticks(&d.board.clock, 5, 1000);

    for (unsigned i = 0; i < 200; i++) {
        ck_assert_msg(!d.board.halted, "%s", d.reported);
        run_until(d.board.clock.now + slice);
        if (device_said(&d, "applet: lockstep at")) {
            return true;
        }
        if (i > 3 && lines_said() > 1) {
            ck_assert_msg(!device_said(&d, "applet: "), "%s", d.console);
            return false;
        }
    }
    /* It calls no more: the chip's watchdog. */
    ck_assert_msg(restarts() && d.resets > 0, "%.3000s", d.console);
    return true;
}

/* An applet at work, to which every fault comes. */
static void begin(struct tw_saver *at)
{
    device_init_at(&d, TW_ULL, SLOW_IPS);
    device_put(&d, 2, device_file("tests/os_lockstep.imx"));
    ck_assert_msg(device_boot(&d, "work 00000008", BOOT_MS), "%s", d.console);
    (void)take_lines();
    find_places();
    *at = (struct tw_saver){.n = 0};
    tw_board_save(&d.board, at);
}

static void rewind_board(const struct tw_saver *at)
{
    struct tw_loader from = {.bytes = at->bytes, .n = at->n};

    ck_assert(tw_board_load(&d.board, &from));
    d.n_console = 0;
    d.console[0] = '\0';
}

START_TEST(faults_are_found)
{
    unsigned found = 0;
    unsigned masked = 0;
    struct tw_saver at;

    compute();
    begin(&at);
    for (unsigned i = 0; i < FAULTS; i++) {
        rewind_board(&at);
        run_into_applet();
        (void)take_lines();
        disturb();
        if (outcome()) {
            found++;
        } else {
            masked++;
        }
        (void)take_lines();
    }
    (void)printf("lockstep: %u found, %u masked, %u resets, %u calls\n", found,
                 masked, d.resets, places.compared);
    ck_assert_uint_gt(places.compared, masked);
    ck_assert_uint_gt(found, FAULTS / 4);
    tw_saver_free(&at);
    device_free(&d);
}
END_TEST

/* What was found ends in another life, which works. */
START_TEST(lives_again)
{
    struct tw_saver at;

    compute();
    begin(&at);
    run_into_applet();
    tw_cpu_set(d.board.cpu, 13, 0);
    ck_assert(outcome());
    ck_assert_msg(restarts(), "%s", d.console);
    ck_assert_uint_eq(d.resets, 0);
    tw_saver_free(&at);
    device_free(&d);
}
END_TEST

Suite *os_lockstep_suite(void)
{
    Suite *s = suite_create("os_lockstep");
    TCase *tc = tcase_create("faults");

    tcase_set_timeout(tc, 1200);
    tcase_add_test(tc, faults_are_found);
    tcase_add_test(tc, lives_again);
    suite_add_tcase(s, tc);
    return s;
}
