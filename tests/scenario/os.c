/* SPDX-License-Identifier: Apache-2.0 */
/* The trusted OS on the twin, started by the boot ROM itself, with an applet
 * that tries to get out. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "elf_symbols.h"
#include "os_state.h"
#include "os_tables.h"
#include "support.h"

/* The pauses between lives come to 20 minutes. */
enum {
    SLOW_IPS = 24000000,
    BOOT_MS = 8000,
    LIVES_MS = 40 * 60 * 1000,
    SPIN_MS = 80000,
    EDGES_MS = 600000,
    REPORT_MS = 200,
    APPLET_STACK = 65536
};

static struct device d;

/* The end of what was said: messages of a test have a limit. */
static const char *tail(void)
{
    enum { TAIL = 3000 };

    return d.n_console > TAIL ? d.console + d.n_console - TAIL : d.console;
}

static void setup(void)
{
    device_init_at(&d, TW_ULL, SLOW_IPS);
    device_put(&d, 2, device_file("tests/os_test.imx"));
}

static void teardown(void)
{
    device_free(&d);
}

/* Nothing that would go unnoticed on silicon. */
static void expect_clean(void)
{
    static const enum tw_report_kind kinds[] = {
        TW_REPORT_DMA_DIRTY, TW_REPORT_UNPREDICTABLE, TW_REPORT_REFUSED,
        TW_REPORT_UNMAPPED, TW_REPORT_MISUSE};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        ck_assert_msg(d.board.report.counts[kinds[i]] == 0, "%s", d.reported);
    }
}

START_TEST(calls_are_checked)
{
    ck_assert_msg(device_boot(&d, "applet: exit 00000007", BOOT_MS), "%s",
                  tail());
    ck_assert_msg(!device_said(&d, "FAIL"), "%s", tail());
    expect_clean();
}
END_TEST

/* tests/firmware/applet/edges.c */
START_TEST(edges_of_memory)
{
    struct os_state before;

    device_put(&d, 2, device_file("tests/os_edges.imx"));
    ck_assert_msg(device_boot(&d, "os: ready", BOOT_MS), "%s", tail());
    os_state_take(&d, "os_edges", &before);
    /* Its constants are printed on the way, without numbers. */
    ck_assert_msg(device_run(&d, "edges: failed 0", EDGES_MS), "%s", tail());
    ck_assert_msg(device_run(&d, "edges: failed 00000000", 1), "%s", tail());
    printf("%s\n", strstr(d.console, "edges: calls 0"));
    os_state_expect(&d, "os_edges", &before);
    ck_assert_uint_eq(d.resets, 0);
    ck_assert(!device_said(&d, "panic"));
    expect_clean();
}
END_TEST

/* How each step of tests/firmware/applet/faults.c ends. */
static const struct {
    unsigned step;
    const char *want[2];
} ends[] = {
    {1, {"fault: data abort", "address 80010000, status 00000007"}},
    {2, {"fault: data abort", "address 80010000, status 00000807"}},
    {3, {"fault: prefetch abort at 80010000", "status 00000007"}},
    {4, {"fault: data abort", "address 00900000, status 00000005"}},
    {5, {"fault: data abort", "address 021bc000, status 00000805"}},
    {6, {"fault: data abort", "address 021e8000, status 00000005"}},
    {7, {"fault: data abort", "address 00a02000, status 00000005"}},
    {8, {"fault: data abort", "address 00000000, status 00000005"}},
    {9, {"fault: data abort", "address 98000000, status 00000005"}},
    {10, {"fault: data abort", "address 90010000, status 0000080f"}},
    {11, {"fault: prefetch abort", "status 0000000f"}},
    {12, {"fault: prefetch abort at 9ffffff0", "status 0000000f"}},
    {13, {"fault: data abort", "status 00000807"}},
    {14, {"fault: undefined instruction", "psr"}},
    {15, {"fault: undefined instruction", "psr"}},
    {16, {"fault: undefined instruction", "psr"}},
    {17, {"fault: prefetch abort", "status 00000002"}},
    {18, {"fault: undefined instruction", "psr"}},
    {19, {"fault: data abort", "address 90010002, status 00000001"}},
    {20, {"fault: data abort", "address fffffffc, status 00000005"}},
};

/* Block that the applet keeps its step in. */
enum { STEP_BLOCK = 0x400000 };

/* What was said between this step and the next. */
static void expect_end(unsigned step, const char *const *want)
{
    char from[40];
    char to[40];

    (void)snprintf(from, sizeof(from), "applet: step %08x", step);
    (void)snprintf(to, sizeof(to), "applet: step %08x", step + 1);
    const char *start = strstr(d.console, from);

    ck_assert_msg(start != NULL, "step %u: %s", step, tail());
    const char *end = strstr(start, to);

    ck_assert_msg(end != NULL, "step %u: %s", step, tail());
    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(start, want[i]);

        ck_assert_msg(at != NULL && at < end, "step %u, %s: %.*s", step,
                      want[i], end - start < 3000 ? (int)(end - start) : 3000,
                      start);
    }
}

/* The crash log is on the eMMC, in the two areas in turn. */
static void expect_crash_log(uint64_t block, const char *line)
{
    static uint8_t bytes[4096];

    device_get(&d, block, bytes, sizeof(bytes) - 1);
    ck_assert_msg(strncmp((const char *)bytes, line, strlen(line)) == 0,
                  "%.100s", (const char *)bytes);
}

/* The life of a step begins with the next power-up. */
static void set_step(unsigned step)
{
    const uint8_t block[TW_BLOCK] = {(uint8_t)step};

    device_put(&d, STEP_BLOCK, (aw_bytes){block, sizeof(block)});
}

START_TEST(nothing_gets_out)
{
    struct os_state before;
    uint32_t fuses[sizeof(d.board.fuses.fuse) / sizeof(uint32_t)];

    ck_assert_msg(device_boot(&d, "step 00000000", BOOT_MS), "%s", tail());
    os_state_take(&d, "os_test", &before);
    memcpy(fuses, d.board.fuses.fuse, sizeof(fuses));
    ck_assert_msg(device_run(&d, "step 00000015", LIVES_MS), "%s", tail());
    os_state_expect(&d, "os_test", &before);
    ck_assert_mem_eq(d.board.fuses.fuse, fuses, sizeof(fuses));
    ck_assert_msg(!device_said(&d, "FAIL") && !device_said(&d, "panic"), "%s",
                  tail());
    for (size_t i = 0; i < COUNT(ends); i++) {
        expect_end(ends[i].step, ends[i].want);
    }
    expect_crash_log(0x1d20000, "AWCRASH 1 seq=00000015 ");
    expect_crash_log(0x1d20800, "AWCRASH 1 seq=00000014 ");
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
}
END_TEST

/* What the tables say, for all that is not tried. */
START_TEST(tables_say_so)
{
    ck_assert_msg(device_boot(&d, "step 00000000", BOOT_MS), "%s", tail());
    tables_expect(&d, "os_test", "tests/applet_test.elf", APPLET_STACK);
}
END_TEST

/* Parts of the OS, by name: tests/firmware/applet/faults.c, probe. */
enum { PROBE = 0x100, PROBE_READ = 1, PROBE_WRITE, PROBE_EXECUTE };
static const struct {
    const char *symbol;
    uint32_t offset;
} parts[] = {
    {"mon_page", 0},    /* the applet's tables have it, for PL1 */
    {"mon_page", 4092}, /* */
    {"mon_frame", 0},   /* the same */
    {"image_start", 0},
    {"text_end", UINT32_MAX - 3},
    {"text_end", 0},
    {"const_end", 0},
    {"l1", 0},
    {"l2", 0},
    {"os", 0},
    {"stack_guard", 0},
    {"stack_end", UINT32_MAX - 3},
};

START_TEST(parts_of_the_os)
{
    const aw_bytes symbols = device_file("tests/os_test.debug");
    const uint32_t address =
        elf_symbol(symbols, parts[_i].symbol, 0).address + parts[_i].offset;

    for (uint32_t op = PROBE_READ; op <= PROBE_EXECUTE; op++) {
        uint8_t block[TW_BLOCK] = {0};
        struct aw_wr w = aw_wr_init(block, sizeof(block));
        char want[80];

        aw_wr_le32(&w, PROBE + op);
        aw_wr_le32(&w, address);
        device_put(&d, STEP_BLOCK, (aw_bytes){block, sizeof(block)});
        ck_assert_msg(device_boot(&d, "psr", BOOT_MS), "%s", tail());
        (void)device_run(&d, NULL, REPORT_MS);
        if (op == PROBE_EXECUTE) {
            (void)snprintf(want, sizeof(want), "fault: prefetch abort at %08x",
                           address);
        } else {
            (void)snprintf(want, sizeof(want), "address %08x, status 00000%s",
                           address, op == PROBE_READ ? "00" : "80");
        }
        ck_assert_msg(device_said(&d, want), "want %s: %s", want, tail());
        ck_assert(!device_said(&d, "FAIL") && !device_said(&d, "panic"));
    }
    expect_clean();
}
END_TEST

/* Counters and registers that user mode has only where it is allowed to. */
START_TEST(system_registers)
{
    enum { FIRST = 4, LAST = 6 };

    for (unsigned op = FIRST; op <= LAST; op++) {
        const uint8_t block[TW_BLOCK] = {(uint8_t)op, 1};

        device_put(&d, STEP_BLOCK, (aw_bytes){block, sizeof(block)});
        ck_assert_msg(device_boot(&d, "psr", BOOT_MS), "%s", tail());
        ck_assert_msg(device_said(&d, "fault: undefined instruction"), "%u: %s",
                      op, tail());
        ck_assert(!device_said(&d, "FAIL"));
    }
}
END_TEST

/* What never waits for an event is ended after a minute, and another life
 * begins. It spins, with 24 million instructions a second; or it does nothing
 * but call, for which a tenth will do. */
static const struct {
    unsigned step;
    uint64_t ips;
} spins[] = {{21, SLOW_IPS}, {22, SLOW_IPS / 10}};

START_TEST(spinning_is_ended)
{
    static const char *const want[2] = {"applet: watchdog", "psr"};
    char line[40];

    device_init_at(&d, TW_ULL, spins[_i].ips);
    device_put(&d, 2, device_file("tests/os_test.imx"));
    set_step(spins[_i].step);
    (void)snprintf(line, sizeof(line), "step %08x", spins[_i].step + 1);
    ck_assert_msg(device_boot(&d, line, SPIN_MS), "%s", tail());
    expect_end(spins[_i].step, want);
    ck_assert_msg(!device_said(&d, "FAIL") && !device_said(&d, "panic"), "%s",
                  tail());
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
    device_free(&d);
}
END_TEST

/* In lockstep interrupts are masked, so that the OS does not get to it: after a
 * minute the chip's watchdog resets, and the OS starts anew. */
START_TEST(spinning_in_lockstep)
{
    device_init_at(&d, TW_ULL, SLOW_IPS / 10);
    device_put(&d, 2, device_file("tests/os_spin.imx"));
    ck_assert_msg(device_boot(&d, "spin: begin", BOOT_MS), "%s", tail());
    ck_assert(!device_said(&d, "applet: "));
    d.n_console = 0;
    d.console[0] = '\0';
    ck_assert_msg(device_run(&d, "spin: begin", SPIN_MS), "%s", tail());
    ck_assert_uint_ge(d.resets, 1);
    expect_clean();
    device_free(&d);
}
END_TEST

Suite *os_suite(void)
{
    Suite *s = suite_create("os");
    TCase *tc = tcase_create("isolation");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, calls_are_checked);
    tcase_add_test(tc, edges_of_memory);
    tcase_add_test(tc, nothing_gets_out);
    tcase_add_test(tc, tables_say_so);
    tcase_add_test(tc, system_registers);
    tcase_add_loop_test(tc, parts_of_the_os, 0, (int)COUNT(parts));
    suite_add_tcase(s, tc);
    return s;
}

Suite *os_watchdog_suite(void)
{
    Suite *s = suite_create("os_watchdog");
    TCase *tc = tcase_create("spinning");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, spinning_is_ended, 0, COUNT(spins));
    tcase_add_test(tc, spinning_in_lockstep);
    suite_add_tcase(s, tc);
    return s;
}
