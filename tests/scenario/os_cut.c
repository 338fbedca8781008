/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes while the OS installs an OS or an applet, and while the starts of
 * the new one are counted: whatever is on the eMMC then, the old or the new one
 * comes up. */
#include <stdio.h>
#include <string.h>

#include "aw/emmc.h"
#include "board/snapshot.h"
#include "cpu/debug.h"
#include "os_card.h"
#include "os_support.h"
#include "suites.h"
#include "support.h"

enum {
    CONFIG_BLOCKS = AW_BOOTCFG_MAX / TW_BLOCK,
    SLOT_MAX = 1024,
    COMMANDS_MAX = 1024,
    ELF_CUTS = 32,
    INSTALL_MS = 8000,
    MODES = 3
};
#define CMD_XFR_TYP UINT32_C(0x0219400c)

static const enum tw_cut_mode modes[MODES] = {TW_CUT_CLEAN, TW_CUT_TORN,
                                              TW_CUT_CACHED};

/* What is installed, and how to tell which one came up. */
static const struct target {
    enum aw_component component;
    const char *old;
    const char *new;
} targets[] = {
    {AW_TRUSTED_APPLET, "applet: version 1.0.0", "applet: version 1.0.1"},
    {AW_TRUSTED_OS, "os 1.0.0 ", "os 1.1.0 "},
};

static const struct target *target;
static struct making new;

/* The device when the OS is about to install. */
static struct {
    struct tw_saver board;
    uint64_t slot;
    uint32_t image_blocks;
    uint8_t state[2][TW_BLOCK];
    uint8_t copy[2][AW_BOOTCFG_MAX];
    uint8_t journals[AW_SHA256_SIZE];
} before;

/* What a witness has kept is no update's to touch: entries in the first, the
 * second and the last of the journals. */
static void put_journals(void)
{
    enum { JOURNAL = 1024 };
    const struct aw_emmc_region *r =
        aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0);
    const uint64_t blocks[] = {ORDER_JOURNALS, r->blocks - JOURNAL,
                               r->blocks - 1};
    uint8_t bytes[TW_BLOCK];

    for (size_t i = 0; i < COUNT(blocks); i++) {
        memset(bytes, (int)(0x51 + i), sizeof(bytes));
        device_put(&d, r->first + blocks[i], (aw_bytes){bytes, sizeof(bytes)});
    }
    card_own_hash(&d, ORDER_JOURNALS, before.journals);
}

static void expect_journals(void)
{
    uint8_t now[AW_SHA256_SIZE];

    card_own_hash(&d, ORDER_JOURNALS, now);
    ck_assert_mem_eq(now, before.journals, sizeof(now));
}

static uint64_t block_of(enum aw_emmc_kind kind, unsigned n)
{
    return aw_emmc_find(kind, target->component, n)->first;
}

static void prepare(const struct target *what)
{
    target = what;
    new = what->component == AW_TRUSTED_OS
              ? os_release("tests/os_new.elf", "1.1.0", 1)
              : applet_release("1.0.1", 1);
    boot_setup();
    device_put(&d, 2, device_file("boot.imx"));
    put_system();
    expect_boot("os: healthy", UP_MS + HEALTHY_MS);
    order_install(&new);
    expect_boot("applet: installing\n", UP_MS);
    memset(&before.board, 0, sizeof(before.board));
    tw_board_save(&d.board, &before.board);
    before.slot = block_of(AW_EMMC_SLOT, 1);
    before.image_blocks = (uint32_t)((new.elf.n + TW_BLOCK - 1) / TW_BLOCK);
    ck_assert_uint_lt(before.image_blocks, SLOT_MAX);
    for (unsigned i = 0; i < 2; i++) {
        device_get(&d, state_block(i), before.state[i], TW_BLOCK);
        device_get(&d, block_of(AW_EMMC_CONFIG, i), before.copy[i],
                   sizeof(before.copy[i]));
    }
    /* Who is started later has nothing to install. */
    no_order();
    put_journals();
}

static void prepare_applet(void)
{
    prepare(&targets[0]);
}

static void prepare_os(void)
{
    prepare(&targets[1]);
}

static void clean_up(void)
{
    tw_saver_free(&before.board);
    boot_teardown();
}

/* Back to that moment. */
static void rewind_device(enum tw_cut_mode mode)
{
    struct tw_loader from = {.bytes = before.board.bytes, .n = before.board.n};

    tw_board_heal(&d.board);
    tw_board_off(&d.board);
    for (unsigned i = 0; i < 2; i++) {
        device_put(&d, state_block(i), (aw_bytes){before.state[i], TW_BLOCK});
        device_put(&d, block_of(AW_EMMC_CONFIG, i),
                   (aw_bytes){before.copy[i], sizeof(before.copy[i])});
    }
    device_blank(&d, before.slot, SLOT_MAX);
    ck_assert(tw_board_load(&d.board, &from));
    d.n_console = 0;
    d.console[0] = '\0';
    d.cut = false;
    d.board.cut.mode = mode;
}

/* After the cut. @return 1 for the new one */
static unsigned comes_up(const char *when, uint64_t n)
{
    ck_assert_msg(d.cut, "%s %llu: power did not go: %s", when,
                  (unsigned long long)n, said());
    tw_board_heal(&d.board);
    ck_assert_msg(device_boot(&d, "applet: ready", UP_MS), "%s %llu: %s", when,
                  (unsigned long long)n, said());
    bool is_new = device_said(&d, target->new);

    ck_assert_msg(is_new != device_said(&d, target->old), "%s %llu: %s", when,
                  (unsigned long long)n, said());
    expect_journals();
    return is_new ? 1 : 0;
}

static unsigned cut_at_write(uint64_t n, enum tw_cut_mode mode)
{
    rewind_device(mode);
    tw_board_cut_at_write(&d.board, n);
    (void)device_run(&d, NULL, INSTALL_MS);
    return comes_up("write", n);
}

/* Every block of both copies, in the three ways power can go. */
START_TEST(every_config_block)
{
    const uint64_t image = before.image_blocks;
    unsigned seen[2] = {0, 0};

    for (uint64_t n = 1; n <= UINT64_C(2) * CONFIG_BLOCKS; n++) {
        unsigned got = cut_at_write(image + n, modes[_i]);

        seen[got]++;
        /* Nothing but the last copy makes the new one known. */
        ck_assert(got == 0 || n > CONFIG_BLOCKS);
    }
    printf("config, mode %d: old %u, new %u\n", _i, seen[0], seen[1]);
    ck_assert_uint_ge(seen[0], CONFIG_BLOCKS);
}
END_TEST

/* 32 blocks of the image; the same ones in each run. */
START_TEST(elf_blocks)
{
    uint32_t state = 0x2545f491;

    for (unsigned i = 0; i < ELF_CUTS; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        ck_assert_uint_eq(
            cut_at_write(1 + state % before.image_blocks, modes[i % MODES]), 0);
    }
}
END_TEST

/* Ticks at which a command goes to the card, until the device starts anew. */
static size_t find_commands(uint64_t ticks[COMMANDS_MAX])
{
    const struct tw_watch watch = {
        .address = CMD_XFR_TYP, .size = 4, .on_write = true};
    struct tw_clock *clock = &d.board.clock;
    size_t n = 0;

    rewind_device(TW_CUT_CLEAN);
    uint64_t end = clock->now + tw_clock_ticks(clock, INSTALL_MS, 1000);

    ck_assert(tw_cpu_watch_add(d.board.cpu, &watch));
    while (!device_said(&d, "update: done") && clock->now < end) {
        uint64_t slice = clock->now + tw_clock_ticks(clock, 1, 1000);

        if (tw_board_run(&d.board, slice, NULL) == TW_BOARD_DEBUG &&
            n < COMMANDS_MAX) {
            ticks[n++] = clock->now;
        }
    }
    ck_assert(tw_cpu_watch_remove(d.board.cpu, &watch));
    ck_assert_msg(device_said(&d, "update: done"), "%s", said());
    return n;
}

/* Before each command, and shortly after it. */
START_TEST(every_command)
{
    static uint64_t ticks[COMMANDS_MAX];
    const uint64_t later = tw_clock_ticks(&d.board.clock, 30, 1000000);
    unsigned seen[2] = {0, 0};
    size_t n = find_commands(ticks);

    ck_assert_uint_gt(n, 10);
    for (size_t i = 0; i < 2 * n; i++) {
        rewind_device(modes[i / 2 % MODES]);
        tw_board_cut_at(&d.board, ticks[i / 2] + (i % 2 == 0 ? 0 : later));
        (void)device_run(&d, NULL, INSTALL_MS);
        seen[comes_up("command", i)]++;
    }
    printf("%zu commands: old %u, new %u\n", n, seen[0], seen[1]);
    ck_assert(seen[0] > 0 && seen[1] > 0);
}
END_TEST

/* Each write of the boot state from the first start of the new one to its
 * confirmation: two counts, one confirmation. */
START_TEST(every_state)
{
    enum { WRITES_MAX = 8 };
    const uint64_t installing =
        before.image_blocks + UINT64_C(2) * CONFIG_BLOCKS;
    unsigned writes = 0;

    for (uint64_t n = 1; n <= WRITES_MAX; n++) {
        rewind_device(modes[_i]);
        tw_board_cut_at_write(&d.board, installing + n);
        if (device_run(&d, "os: healthy", INSTALL_MS + UP_MS + HEALTHY_MS)) {
            break;
        }
        ck_assert_uint_eq(comes_up("state", n), 1);
        writes++;
    }
    printf("boot state, mode %d: %u writes\n", _i, writes);
    ck_assert(writes >= 2 && writes < WRITES_MAX);
}
END_TEST

static void add_case(Suite *s, const char *name, void (*setup)(void))
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, clean_up);
    tcase_set_timeout(tc, 1200);
    tcase_add_loop_test(tc, every_config_block, 0, MODES);
    tcase_add_test(tc, elf_blocks);
    tcase_add_test(tc, every_command);
    tcase_add_loop_test(tc, every_state, 0, MODES);
    suite_add_tcase(s, tc);
}

Suite *os_cut_applet_suite(void)
{
    Suite *s = suite_create("os_cut_applet");

    add_case(s, "applet", prepare_applet);
    return s;
}

Suite *os_cut_os_suite(void)
{
    Suite *s = suite_create("os_cut_os");

    add_case(s, "os", prepare_os);
    return s;
}
