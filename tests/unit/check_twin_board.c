/* SPDX-License-Identifier: Apache-2.0 */
#include "board/board.h"

#include <string.h>

#include "board/snapshot.h"
#include "suites.h"
#include "support.h"
#include "twin_board.h"

static struct twin_board t;

static void setup(void)
{
    twin_board_init(&t, TW_ULZ);
}

static void teardown(void)
{
    twin_board_free(&t);
}

static void boot(void)
{
    tw_board_on(&t.board);
    (void)twin_board_run_ms(&t, 100);
    ck_assert_str_eq(t.console, ">");
}

START_TEST(boots)
{
    boot();
    const struct tw_board_event *started =
        twin_board_event(&t, TW_BOARD_STARTED);

    ck_assert_ptr_nonnull(started);
    ck_assert_uint_eq(started->value, 0x00911000);
    ck_assert_uint_eq(t.fuses.boots, 2);
    ck_assert_uint_eq(t.fuses.image, AW_OTP_HAB_EVENTS);
    /* The power-down counters were cleared. */
    (void)twin_board_run_ms(&t, 20000);
    ck_assert(t.board.on);
    ck_assert_uint_eq(t.board.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(t.board.report.counts[TW_REPORT_UNMAPPED], 0);
}
END_TEST

START_TEST(console_and_leds)
{
    boot();
    twin_board_type(&t, "hellx");
    /* The second l puts the LED out again. */
    ck_assert_str_eq(t.console, ">hellx");
    ck_assert_uint_eq(tw_board_leds(&t.board), 0);
    twin_board_type(&t, "l");
    ck_assert_uint_eq(tw_board_leds(&t.board), TW_LED_WHITE);
    ck_assert_uint_eq(twin_board_event(&t, TW_BOARD_LED)->value, TW_LED_WHITE);
}
END_TEST

/* What is in the port's FIFO when the chip is reset is lost: the echo. */
START_TEST(resets)
{
    boot();
    twin_board_type(&t, "w");
    (void)twin_board_run_ms(&t, 100);
    ck_assert_str_eq(t.console, ">>");
    ck_assert_uint_eq(t.fuses.boots, 2);
    ck_assert_str_eq(t.texts[t.n_events - 1], "mmc");
    ck_assert_ptr_nonnull(twin_board_event(&t, TW_BOARD_RESET));
    twin_board_type(&t, "p");
    ck_assert(!t.board.on);
    (void)twin_board_run_ms(&t, 300);
    ck_assert_str_eq(t.console, ">>>");
    ck_assert_uint_eq(t.fuses.boots, 3);
    twin_board_type(&t, "o");
    (void)twin_board_run_ms(&t, 1000);
    ck_assert(!t.board.on);
    ck_assert_str_eq(t.console, ">>>");
}
END_TEST

/* Serial download on request: kept over a watchdog reset, lost with power. */
START_TEST(serial_on_request)
{
    boot();
    twin_board_type(&t, "g");
    (void)twin_board_run_ms(&t, 200);
    ck_assert_str_eq(t.console, ">");
    ck_assert_int_eq(t.board.rom.phase, TW_ROM_SERIAL);
    tw_board_cycle(&t.board);
    (void)twin_board_run_ms(&t, 300);
    ck_assert_str_eq(t.console, ">>");
}
END_TEST

START_TEST(boot_switch)
{
    tw_board_switch(&t.board, true);
    tw_board_on(&t.board);
    (void)twin_board_run_ms(&t, 200);
    ck_assert_int_eq(t.board.rom.phase, TW_ROM_SERIAL);
    /* More than 16 s there are no end of it. */
    (void)twin_board_run_ms(&t, 40000);
    ck_assert_int_eq(t.board.rom.phase, TW_ROM_SERIAL);
}
END_TEST

START_TEST(halts)
{
    boot();
    twin_board_type(&t, "d");
    /* The exception goes to the ROM's vectors, where nothing of ours is. */
    ck_assert_str_eq(t.console, ">d");
}
END_TEST

START_TEST(fuses)
{
    boot();
    twin_board_type(&t, "f");
    (void)twin_board_run_ms(&t, 10);
    ck_assert_uint_eq(t.fuses.fuse[38], 0xf);
    ck_assert_uint_eq(twin_board_event(&t, TW_BOARD_FUSE)->value, 38);
    ck_assert(t.fuses.written);
    twin_board_type(&t, "p");
    (void)twin_board_run_ms(&t, 300);
    ck_assert_uint_eq(t.fuses.shadow[38], 0xf);
    ck_assert(!t.fuses.written);
}
END_TEST

/* A run from a snapshot repeats: same ticks, console, memory. */
START_TEST(snapshot_repeats)
{
    struct tw_saver saved = {.n = 0};
    uint8_t first[TW_HASH] = {0};
    uint8_t second[TW_HASH] = {0};
    struct tw_saver end[2] = {{.n = 0}, {.n = 0}};

    boot();
    twin_board_type(&t, "ab");
    tw_board_save(&t.board, &saved);
    for (unsigned i = 0; i < 2; i++) {
        struct tw_loader from = {.bytes = saved.bytes, .n = saved.n};

        ck_assert(tw_board_load(&t.board, &from));
        ck_assert_uint_eq(from.at, saved.n);
        t.n_console = 0;
        twin_board_type(&t, "lfl");
        (void)twin_board_run_ms(&t, 7);
        twin_board_type(&t, "w");
        (void)twin_board_run_ms(&t, 100);
        t.console[t.n_console] = '\0';
        ck_assert_str_eq(t.console, "lfl>");
        tw_board_hash(&t.board, i == 0 ? first : second);
        tw_board_save(&t.board, &end[i]);
    }
    ck_assert_mem_eq(first, second, sizeof(first));
    ck_assert_uint_eq(end[0].n, end[1].n);
    ck_assert_mem_eq(end[0].bytes, end[1].bytes, end[0].n);
    tw_saver_free(&saved);
    tw_saver_free(&end[0]);
    tw_saver_free(&end[1]);
}
END_TEST

/* The same without a snapshot in between, and in slices of any length. */
START_TEST(slices_do_not_matter)
{
    static const uint64_t slices[] = {1000003, 777, 64};
    uint8_t digest[COUNT(slices)][TW_HASH];
    uint64_t count[COUNT(slices)];

    for (size_t i = 0; i < COUNT(slices); i++) {
        struct tw_clock *clock = &t.board.clock;
        uint64_t end = 0;

        twin_board_free(&t);
        setup();
        boot();
        (void)tw_board_type(&t.board, (const uint8_t *)"xlyfz", 5);
        end = clock->now + 3000000;
        while (clock->now < end) {
            uint64_t next = clock->now + slices[i];

            (void)tw_board_run(&t.board, next < end ? next : end, NULL);
        }
        ck_assert_str_eq(t.console, ">xlyfz");
        tw_board_hash(&t.board, digest[i]);
        count[i] = t.board.executed;
        ck_assert_uint_eq(clock->now, end);
    }
    for (size_t i = 1; i < COUNT(slices); i++) {
        ck_assert_mem_eq(digest[0], digest[i], TW_HASH);
        ck_assert_uint_eq(count[0], count[i]);
    }
}
END_TEST

/* Power goes at the same instruction, with the same result. */
START_TEST(cut_at_tick)
{
    uint32_t took[2];

    for (unsigned i = 0; i < 2; i++) {
        twin_board_free(&t);
        setup();
        boot();
        (void)tw_board_type(&t.board, (const uint8_t *)"f", 1);
        /* While the word is being programmed: 40 us from some time on. */
        while (t.board.ocotp.work != TW_OCOTP_PROGRAM) {
            (void)tw_board_run(&t.board, t.board.clock.now + 100, NULL);
        }
        tw_board_cut_at(&t.board, t.board.clock.now + 1234);
        ck_assert_int_eq(twin_board_run_ms(&t, 10), TW_BOARD_AT_CUT);
        ck_assert(!t.board.on);
        took[i] = t.fuses.fuse[38];
    }
    ck_assert_uint_eq(took[0], took[1]);
    tw_board_on(&t.board);
    (void)twin_board_run_ms(&t, 100);
    ck_assert_str_eq(t.console, ">>");
}
END_TEST

START_TEST(fuse_faults)
{
    boot();
    tw_board_cut_at_fuse(&t.board, 1, 0x5);
    ck_assert(tw_board_stick(&t.board, 4, 6, 0x1));
    ck_assert(!tw_board_stick(&t.board, 8, 0, 1));
    ck_assert(!tw_board_stick(&t.board, 0, 8, 1));
    twin_board_type(&t, "f");
    ck_assert(!t.board.on);
    ck_assert_uint_eq(t.fuses.fuse[38], 0x4);
    tw_board_on(&t.board);
    (void)twin_board_run_ms(&t, 100);
    twin_board_type(&t, "f");
    ck_assert_uint_eq(t.fuses.fuse[38], 0xe);
}
END_TEST

/* A skipped instruction: the comparison with 'l' never branches. */
START_TEST(glitch)
{
    uint64_t tick = 0;

    boot();
    (void)tw_board_type(&t.board, (const uint8_t *)"l", 1);
    while (tw_cpu_get(t.board.cpu, 15) != 0x009110c0) {
        ck_assert_int_eq(tw_cpu_step(t.board.cpu), TW_STOP_STEP);
    }
    tick = t.board.clock.now;
    tw_board_glitch_at(&t.board, tick);
    (void)twin_board_run_ms(&t, 5);
    ck_assert_str_eq(t.console, ">l");
    ck_assert_uint_eq(tw_board_leds(&t.board), 0);
}
END_TEST

Suite *suite_twin_board(void)
{
    Suite *s = suite_create("twin_board");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, boots);
    tcase_add_test(tc, console_and_leds);
    tcase_add_test(tc, resets);
    tcase_add_test(tc, serial_on_request);
    tcase_add_test(tc, boot_switch);
    tcase_add_test(tc, halts);
    tcase_add_test(tc, fuses);
    tcase_add_test(tc, snapshot_repeats);
    tcase_add_test(tc, slices_do_not_matter);
    tcase_add_test(tc, cut_at_tick);
    tcase_add_test(tc, fuse_faults);
    tcase_add_test(tc, glitch);
    suite_add_tcase(s, tc);
    return s;
}
