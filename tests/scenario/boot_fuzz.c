/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration records and program headers that nobody would write, on the
 * twin: the bootloader ends each with a code, or starts what is in order. */
#include <stdio.h>
#include <string.h>

#include "boot_support.h"
#include "suites.h"
#include "support.h"

enum { ROUNDS = 100, HEADERS = 52 + 3 * 32, CHANGES_MAX = 4, END_MS = 3000 };
#define BOOT_TEXT UINT32_C(0x90010000)

static uint64_t state;
static unsigned outcomes[16];

/* xorshift64*: the same run each time. */
static uint32_t some(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Values that lengths and addresses go wrong by, more often than others. */
static uint8_t some_value(void)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0x90, 0xfe, 0xff};

    return some(2) == 0 ? edges[some(COUNT(edges))] : (uint8_t)some(256);
}

static void spoil(uint8_t *bytes, size_t n)
{
    for (uint32_t i = some(CHANGES_MAX) + 1; i > 0; i--) {
        size_t at = some((uint32_t)n);

        switch (some(4)) {
        case 0:
            bytes[at] ^= (uint8_t)(1U << some(8));
            break;
        case 1:
            memset(bytes + at, some_value(), n - at < 4 ? n - at : 4);
            break;
        case 2:
            memmove(bytes + at, bytes + some((uint32_t)n), n - at < 8 ? 0 : 1);
            break;
        default:
            bytes[at] = some_value();
            break;
        }
    }
}

/* What the bootloader made of it: the code of its panic, 0 for a start. */
static unsigned outcome(unsigned round)
{
    const struct tw_clock *clock = &d.board.clock;
    uint64_t end = clock->now + tw_clock_ticks(clock, END_MS, 1000);
    const char *panic = NULL;

    memset(d.board.report.counts, 0, sizeof(d.board.report.counts));
    (void)device_boot(&d, NULL, 0);
    while (panic == NULL && clock->now < end && !device_said(&d, "start: ")) {
        (void)device_run(&d, NULL, 5);
        panic = strstr(d.console, "panic ");
        panic = panic != NULL && strchr(panic, '\n') != NULL ? panic : NULL;
    }
    ck_assert_msg(panic != NULL || device_said(&d, "start: "), "%u: %s", round,
                  d.console);
    if (panic == NULL) {
        return 0; /* what an OS with other headers does is its own affair */
    }
    expect_clean();
    unsigned code = 0;

    for (const char *p = panic + 6; *p >= '0' && *p <= '9'; p++) {
        code = 10 * code + (unsigned)(*p - '0');
    }
    return code;
}

/* The program of the bootloader is still what was loaded. */
static void expect_intact(unsigned round)
{
    aw_bytes program = device_file("boot_debug.bin");

    ck_assert_msg(memcmp(d.board.ddr.bytes + (BOOT_TEXT - TW_DDR_BASE),
                         program.p, program.n) == 0,
                  "%u: the bootloader was changed", round);
}

static void tell(const char *what)
{
    printf("%s:", what);
    for (unsigned i = 0; i < COUNT(outcomes); i++) {
        if (outcomes[i] > 0) {
            printf(" code %u %u times", i, outcomes[i]);
        }
    }
    printf("\n");
}

START_TEST(records)
{
    static struct made made;
    struct making how = good();

    install(&how, 0);
    state = 20231018;
    for (unsigned round = 0; round < ROUNDS; round++) {
        release_make(&how, &made);
        spoil(made.record, made.n);
        device_put(&d, config_block(0),
                   (aw_bytes){made.record, sizeof(made.record)});
        unsigned code = outcome(round);

        ck_assert_msg(code == 0 || code == 7 || code == 8, "%u: %s", round,
                      d.console);
        expect_intact(round);
        outcomes[code]++;
    }
    tell("records");
    ck_assert(outcomes[7] > 0 && outcomes[8] > 0);
}
END_TEST

/* All of these are signed and logged. */
START_TEST(programs)
{
    static uint8_t elf[65536];
    aw_bytes file = good().elf;

    ck_assert_uint_le(file.n, sizeof(elf));
    state = 20251104;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct making how = good();

        memcpy(elf, file.p, file.n);
        spoil(elf, HEADERS);
        how.elf.p = elf;
        install(&how, 0);
        unsigned code = outcome(round);

        ck_assert_msg(code == 0 || code == 10, "%u: %s", round, d.console);
        expect_intact(round);
        outcomes[code]++;
    }
    tell("programs");
    ck_assert(outcomes[0] > 0 && outcomes[10] > 0);
}
END_TEST

Suite *boot_fuzz_suite(void)
{
    Suite *s = suite_create("boot_fuzz");
    TCase *tc = tcase_create("mutations");

    tcase_add_checked_fixture(tc, boot_setup, boot_teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, records);
    tcase_add_test(tc, programs);
    suite_add_tcase(s, tc);
    return s;
}
