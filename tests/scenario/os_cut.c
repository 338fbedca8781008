/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes while the OS installs an OS or an applet, and while the starts of
 * the new one are counted: whatever is on the eMMC then, the old or the new one
 * comes up. */
#include <stdio.h>
#include <string.h>

#include "aw/emmc.h"
#include "cut.h"
#include "os_card.h"
#include "os_support.h"
#include "suites.h"
#include "support.h"

enum {
    CONFIG_BLOCKS = AW_BOOTCFG_MAX / TW_BLOCK,
    SLOT_MAX = 1024,
    ELF_CUTS = 32,
    INSTALL_MS = 8000
};

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
static struct cut_moment before;
static uint32_t image_blocks;
static uint8_t journals[AW_SHA256_SIZE];

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
    card_own_hash(&d, ORDER_JOURNALS, journals);
}

static void expect_journals(void)
{
    uint8_t now[AW_SHA256_SIZE];

    card_own_hash(&d, ORDER_JOURNALS, now);
    ck_assert_mem_eq(now, journals, sizeof(now));
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
    cut_remember(&before, &d);
    image_blocks = (uint32_t)((new.elf.n + TW_BLOCK - 1) / TW_BLOCK);
    ck_assert_uint_lt(image_blocks, SLOT_MAX);
    for (unsigned i = 0; i < 2; i++) {
        cut_keep(&before, &d, state_block(i), 1);
        cut_keep(&before, &d, block_of(AW_EMMC_CONFIG, i), CONFIG_BLOCKS);
    }
    before.blank = block_of(AW_EMMC_SLOT, 1);
    before.blank_blocks = SLOT_MAX;
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
    cut_forget(&before);
    boot_teardown();
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
    cut_rewind(&before, &d, mode);
    tw_board_cut_at_write(&d.board, n);
    (void)device_run(&d, NULL, INSTALL_MS);
    return comes_up("write", n);
}

/* Every block of both copies, in the three ways power can go. */
START_TEST(every_config_block)
{
    const uint64_t image = image_blocks;
    unsigned seen[2] = {0, 0};

    for (uint64_t n = 1; n <= UINT64_C(2) * CONFIG_BLOCKS; n++) {
        unsigned got = cut_at_write(image + n, cut_modes[_i]);

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
            cut_at_write(1 + state % image_blocks, cut_modes[i % CUT_MODES]),
            0);
    }
}
END_TEST

/* Before each command, and shortly after it. */
START_TEST(every_command)
{
    static uint64_t ticks[CUT_COMMANDS_MAX];
    const uint64_t later = tw_clock_ticks(&d.board.clock, 30, 1000000);
    unsigned seen[2] = {0, 0};
    size_t n = cut_commands(&before, &d, "update: done", INSTALL_MS, ticks);

    ck_assert_uint_gt(n, 10);
    for (size_t i = 0; i < 2 * n; i++) {
        cut_rewind(&before, &d, cut_modes[i / 2 % CUT_MODES]);
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
    const uint64_t installing = image_blocks + UINT64_C(2) * CONFIG_BLOCKS;
    unsigned writes = 0;

    for (uint64_t n = 1; n <= WRITES_MAX; n++) {
        cut_rewind(&before, &d, cut_modes[_i]);
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
    tcase_add_loop_test(tc, every_config_block, 0, CUT_MODES);
    tcase_add_test(tc, elf_blocks);
    tcase_add_test(tc, every_command);
    tcase_add_loop_test(tc, every_state, 0, CUT_MODES);
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
