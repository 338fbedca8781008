/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes while an OS switches to a new one, and while the bootloader
 * counts a start: whatever is on the eMMC then, the old or the new one comes
 * up. */
#include <stdio.h>
#include <string.h>

#include "boot_support.h"
#include "cut.h"
#include "suites.h"
#include "support.h"

enum {
    REQUEST = 0x1d20900, /* of tests/firmware/test_os.c */
    IMAGE_AT = REQUEST + 1,
    RECORD_AT = REQUEST + 256,
    RECORD_BLOCKS = 8,
    SLOT_MAX = 200,
    SWITCH_MS = 3000
};

/* The device when the switch is about to begin. */
static struct cut_moment before;
static uint32_t image_blocks;

static void prepare(void)
{
    static struct made made;
    uint8_t request[TW_BLOCK] = "SWITCH";
    struct making old = good();
    struct making new = good();

    boot_setup();
    device_put(&d, 2, device_file("boot.imx"));
    install(&old, 0);
    new.slot = 1;
    new.version = "1.2.4";
    release_make(&new, &made);
    image_blocks = (uint32_t)((new.elf.n + TW_BLOCK - 1) / TW_BLOCK);
    ck_assert_uint_lt(image_blocks, SLOT_MAX);
    ck_assert_uint_lt(made.n, (size_t)RECORD_BLOCKS * TW_BLOCK);
    request[6] = (uint8_t)image_blocks;
    request[7] = RECORD_BLOCKS;
    device_put(&d, REQUEST, (aw_bytes){request, sizeof(request)});
    device_put(&d, IMAGE_AT, new.elf);
    device_put(&d, RECORD_AT,
               (aw_bytes){made.record, (size_t)RECORD_BLOCKS * TW_BLOCK});
    ck_assert_msg(device_boot(&d, "OS: switching\n", BOOT_MS), "%s", d.console);
    cut_remember(&before, &d);
    for (unsigned i = 0; i < 2; i++) {
        cut_keep(&before, &d, state_block(i), 1);
        cut_keep(&before, &d, config_block(i), RECORD_BLOCKS);
    }
    before.blank = slot_block(1);
    before.blank_blocks = SLOT_MAX;
    /* Who is started later has nothing to switch. */
    memset(request, 0, sizeof(request));
    device_put(&d, REQUEST, (aw_bytes){request, sizeof(request)});
}

static void clean_up(void)
{
    cut_forget(&before);
    boot_teardown();
}

/* After the cut. @return the slot that came up */
static unsigned comes_up(const char *when, uint64_t n, unsigned mode)
{
    ck_assert_msg(d.cut, "%s %llu: power did not go", when,
                  (unsigned long long)n);
    bool up = device_boot(&d, "OS: ready", BOOT_MS);
    unsigned slot = device_said(&d, "OS: slot B") ? 1 : 0;

    ck_assert_msg(up, "%s %llu, mode %u: %s", when, (unsigned long long)n, mode,
                  d.console);
    return slot;
}

/* With each block that is written. */
START_TEST(every_write)
{
    unsigned seen[2] = {0, 0};
    uint64_t writes = image_blocks + UINT64_C(2) * RECORD_BLOCKS;

    for (uint64_t n = 1; n <= writes; n++) {
        cut_rewind(&before, &d, cut_modes[_i]);
        tw_board_cut_at_write(&d.board, n);
        (void)device_run(&d, "OS: switch OK", SWITCH_MS);
        unsigned slot = comes_up("write", n, (unsigned)_i);

        seen[slot]++;
        /* Nothing but the last blocks makes the new one known. */
        ck_assert(slot == 0 || n > image_blocks + RECORD_BLOCKS);
    }
    ck_assert_uint_gt(seen[0], image_blocks);
    /* With a cache any of its blocks may be lost with the last one. */
    ck_assert(seen[1] > 0 || cut_modes[_i] == TW_CUT_CACHED);
    cut_rewind(&before, &d, TW_CUT_CLEAN);
    ck_assert(device_run(&d, "OS: switch OK", SWITCH_MS));
    ck_assert(device_boot(&d, "OS: ready", BOOT_MS));
    ck_assert_msg(device_said(&d, "OS: slot B copy 1"), "%s", d.console);
}
END_TEST

/* Before each command, and shortly after it. */
START_TEST(every_command)
{
    static uint64_t ticks[CUT_COMMANDS_MAX];
    const uint64_t later = tw_clock_ticks(&d.board.clock, 30, 1000000);
    unsigned seen[2] = {0, 0};
    size_t n = cut_commands(&before, &d, "OS: switch OK", SWITCH_MS, ticks);

    ck_assert_uint_gt(n, 10);
    for (size_t i = 0; i < 2 * n; i++) {
        cut_rewind(&before, &d, cut_modes[_i]);
        tw_board_cut_at(&d.board, ticks[i / 2] + (i % 2 == 0 ? 0 : later));
        (void)device_run(&d, NULL, SWITCH_MS);
        seen[comes_up("command", i, (unsigned)_i)]++;
    }
    printf("%zu commands: old %u, new %u\n", n, seen[0], seen[1]);
    ck_assert_uint_gt(seen[0], 0);
}
END_TEST

/* While the bootloader counts a start, any of the first five. */
START_TEST(every_state)
{
    struct making old = good();
    struct making new = good();

    new.slot = 1;
    install(&old, 1);
    install(&new, 0);
    for (unsigned start = 0; start < 5; start++) {
        (void)device_boot(&d, NULL, 0);
        d.board.cut.mode = cut_modes[_i];
        tw_board_cut_at_write(&d.board, 1);
        if (device_run(&d, "OS: ready", BOOT_MS)) {
            ck_assert_uint_ge(start, 1); /* nothing to count any more */
            tw_board_heal(&d.board);
            continue;
        }
        ck_assert(d.cut);
        tw_board_heal(&d.board);
        ck_assert_msg(device_boot(&d, "OS: ready", BOOT_MS), "%s", d.console);
    }
}
END_TEST

Suite *boot_cut_suite(void)
{
    Suite *s = suite_create("boot_cut");
    TCase *tc = tcase_create("switch");
    TCase *state = tcase_create("state");

    tcase_add_checked_fixture(tc, prepare, clean_up);
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, every_write, 0, CUT_MODES);
    tcase_add_loop_test(tc, every_command, 0, CUT_MODES);
    suite_add_tcase(s, tc);
    tcase_add_checked_fixture(state, boot_setup, boot_teardown);
    tcase_set_timeout(state, 60);
    tcase_add_loop_test(state, every_state, 0, CUT_MODES);
    suite_add_tcase(s, state);
    return s;
}
