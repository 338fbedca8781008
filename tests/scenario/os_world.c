/* SPDX-License-Identifier: Apache-2.0 */
/* Two worlds on the twin: the normal one runs beside the applet, and whatever
 * it tries to reach ends its life, while the OS and the applet go on. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "os_state.h"
#include "support.h"

/* Lives with their pauses of up to a minute. */
enum { BOOT_MS = 5000, LIVES_MS = 30 * 60 * 1000, SLICE_MS = 2000 };

static struct device d;

/* How each life of firmware/normal/demo.c ends. */
static const struct {
    unsigned life;
    const char *end;
    const char *fault; /* NULL: there is none */
} lives[] = {
    {1, "unknown call", NULL},
    {2, "data abort", "address 80010000, status 00000008"},
    {3, "data abort", "address 80010000, status 00000808"},
    {4, "prefetch abort at 80010000", "address 80010000, status 00000008"},
    {5, "data abort", "address 90010000, status 00000008"},
    {6, "data abort", "address 85000000, status 00000008"},
    {7, "data abort", "address 83fffffc, status 00000008"},
    {8, "data abort", "address 00900000, status 00000008"},
    {9, "data abort", "address 020a8000, status 00000808"},
    {10, "data abort", "address 020c0000, status 00000808"},
    {11, "data abort", "address 020e4028, status 00000808"},
    {12, "data abort", "address 021d0108, status 00000808"},
    {13, "data abort", "address 02184140, status 00000808"},
    {14, "data abort", "address 021bc410, status 00000008"},
    {15, "data abort", "address 021c0008, status 00000808"},
    {16, "data abort", "address 02194000, status 00000008"},
    {17, "data abort", "address 020cc014, status 00000008"},
    {18, "data abort", "address 021e8040, status 00000808"},
    {19, "unknown call", NULL},
};

/* What was said between the start of this life and the next. */
static void expect_life(size_t i)
{
    char from[40];
    char to[40];
    char text[4096];

    (void)snprintf(from, sizeof(from), "normal world: start %u\n",
                   lives[i].life);
    (void)snprintf(to, sizeof(to), "normal world: start %u\n",
                   lives[i].life + 1);
    const char *start = strstr(d.console, from);
    const char *end = start == NULL ? NULL : strstr(start, to);

    ck_assert_msg(end != NULL, "life %u: %.3000s", lives[i].life,
                  start == NULL ? d.console : start);
    (void)snprintf(text, sizeof(text), "%.*s", (int)(end - start), start);
    (void)snprintf(from, sizeof(from), "normal world: %s", lives[i].end);
    ck_assert_msg(strstr(text, from) != NULL, "life %u: %s", lives[i].life,
                  text);
    ck_assert_msg(lives[i].fault == NULL ||
                      strstr(text, lives[i].fault) != NULL,
                  "life %u: %s", lives[i].life, text);
}

START_TEST(nothing_is_reached)
{
    struct os_state before;

    device_init_at(&d, (enum tw_soc)_i, 24000000);
    device_put(&d, 2, device_file("tests/os_world.imx"));
    ck_assert_msg(device_boot(&d, "normal world: start 1\n", BOOT_MS),
                  "%.3000s", d.console);
    os_state_take(&d, "os_world", &before);
    ck_assert_msg(device_run(&d, "normal world: start 2\n", BOOT_MS), "%.3000s",
                  d.console);
    ck_assert_msg(device_said(&d, "normal: hello from the normal world\n"),
                  "%.3000s", d.console);
    ck_assert_msg(device_said(&d, "normal: ok   registers"), "%.3000s",
                  d.console);
    ck_assert_msg(device_run(&d, "normal world: exit 00000007", LIVES_MS),
                  "%.3000s", d.console);
    for (size_t i = 0; i < COUNT(lives); i++) {
        expect_life(i);
    }
    ck_assert_msg(!device_said(&d, "FAIL") && !device_said(&d, "panic") &&
                      !device_said(&d, "applet: ") &&
                      !device_said(&d, "guard: "),
                  "%.3000s", d.console);
    ck_assert_uint_eq(d.resets, 0);
    /* What was refused, and nothing else, was noted. */
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_UNMAPPED], 0);
    ck_assert_uint_ge(d.board.report.counts[TW_REPORT_REFUSED],
                      COUNT(lives) - 2);
    os_state_expect(&d, "os_world", &before);
    /* The OS goes on. */
    uint64_t led_at = d.led_at;

    ck_assert(!device_run(&d, NULL, SLICE_MS));
    ck_assert(d.led_at > led_at);
    device_free(&d);
}
END_TEST

Suite *os_world_suite(void)
{
    Suite *s = suite_create("os_world");
    TCase *tc = tcase_create("normal world");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, nothing_is_reached, TW_UL, TW_ULZ + 1);
    suite_add_tcase(s, tc);
    return s;
}
