/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes while the applet keeps its journal, and while the OS keeps its
 * settings. What was said to be kept is there afterwards. */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_support.h"
#include "cut.h"
#include "support.h"

enum {
    SLOT = 0x400000 + 3 * 1024,
    SLOT_BLOCKS = 64,
    CUTS = 80, /* blocks: more than once round the slot */
    UP_MS = 8000,
    WRITING_MS = 3000
};

/* The number behind the last such text; 0: it was not said. */
static unsigned long last(const char *text)
{
    unsigned long n = 0;

    for (const char *at = strstr(d.console, text); at != NULL;
         at = strstr(at, text)) {
        at += strlen(text);
        n = strchr(at, '\n') != NULL ? strtoul(at, NULL, 16) : n;
    }
    return n;
}

static struct cut_moment before;

/* Each block of the journal, in the three ways power can go. */
START_TEST(every_journal_block)
{
    unsigned newer = 0;

    device_init(&d, TW_ULL);
    device_put(&d, 2, device_file("tests/os_journal.imx"));
    ck_assert_msg(device_boot(&d, "journal: kept 00000003\n", UP_MS), "%s",
                  d.console);
    cut_remember(&before, &d);
    cut_keep(&before, &d, SLOT, SLOT_BLOCKS);
    for (uint64_t n = 1; n <= CUTS; n++) {
        cut_rewind(&before, &d, cut_modes[_i]);
        tw_board_cut_at_write(&d.board, n);
        (void)device_run(&d, NULL, WRITING_MS);
        ck_assert_msg(d.cut, "block %llu", (unsigned long long)n);
        unsigned long kept = last("journal: kept ");

        kept = kept == 0 ? 3 : kept;
        tw_board_heal(&d.board);
        ck_assert_msg(device_boot(&d, "journal: kept ", UP_MS), "%s",
                      d.console);
        unsigned long found = last("journal: found ");

        ck_assert_msg(found == kept || found == kept + 1,
                      "block %llu: kept %lu, found %lu", (unsigned long long)n,
                      kept, found);
        newer += found > kept ? 1 : 0;
    }
    printf("journal, mode %d: %u of %u cuts left one more\n", _i, newer,
           (unsigned)CUTS);
    cut_forget(&before);
    device_free(&d);
}
END_TEST

static void configure(const char *ip, aw_err *err)
{
    struct aw_ctl_config config = {.dhcp = true};

    (void)snprintf(config.ip, sizeof(config.ip), "%s", ip);
    *err = aw_control_configure(&control, &config, NULL);
}

static const char *configured(void)
{
    static struct aw_ctl_information i;

    ck_assert_int_eq(aw_control_information(&control, &i, NULL), AW_OK);
    return i.config.ip;
}

/* The settings are one block, written in turn to two places. */
START_TEST(every_settings_block)
{
    enum { ROUNDS = 4 };
    aw_err err = AW_OK;

    device_init(&d, TW_ULL);
    control_install(device_file("boot_debug.imx"), "tests/os_srk.elf");
    control_boot();
    configure("10.1.0.0", &err);
    ck_assert_int_eq(err, AW_OK);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        char old[sizeof(((struct aw_ctl_config *)NULL)->ip)];
        char new[16];

        (void)snprintf(old, sizeof(old), "%s", configured());
        (void)snprintf(new, sizeof(new), "10.1.0.%u", round);
        d.board.cut.mode = cut_modes[_i];
        tw_board_cut_at_write(&d.board, 1);
        configure(new, &err);
        ck_assert_int_ne(err, AW_OK);
        tw_board_heal(&d.board);
        control_boot();
        ck_assert_msg(strcmp(configured(), old) == 0 ||
                          strcmp(configured(), new) == 0,
                      "%s", configured());
        configure(new, &err);
        ck_assert_int_eq(err, AW_OK);
        control_boot();
        ck_assert_str_eq(configured(), new);
    }
    device_free(&d);
}
END_TEST

Suite *os_journal_suite(void)
{
    Suite *s = suite_create("os_journal");
    TCase *tc = tcase_create("cut");

    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, every_journal_block, 0, CUT_MODES);
    tcase_add_loop_test(tc, every_settings_block, 0, CUT_MODES);
    suite_add_tcase(s, tc);
    return s;
}
