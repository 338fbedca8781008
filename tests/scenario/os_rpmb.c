/* SPDX-License-Identifier: Apache-2.0 */
/* The RPMB in the trusted OS's hands: first use and what a loss of power in it
 * leaves, least versions, the applet's sector. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "control_support.h"
#include "cut.h"
#include "fw/rpmb.h"
#include "os_support.h"
#include "support.h"

enum { FLAG_WORD = 38 };

static const struct part *const ul = &closed_parts[0];

static void setup(void)
{
    closed_make(ul, false);
    put_system();
}

static void teardown(void)
{
    boot_teardown();
}

static const struct tw_nvm *nvm(void)
{
    return &d.board.emmc.nvm;
}

/* The version in a sector of the RPMB; "" for none. */
static const char *version_in(uint16_t sector)
{
    static uint8_t bytes[TW_NVM_SECTOR];
    aw_bytes version = {NULL, 0};

    ck_assert(tw_nvm_read(nvm(), sector, bytes));
    ck_assert_int_eq(
        aw_version_record_parse((aw_bytes){bytes, 32}, &version, NULL), AW_OK);
    return vec_cstr(version);
}

static bool has_key(void)
{
    aw_bytes key = vec_unhex(aw_text(ul->rpmb_key));

    return nvm()->record.has_key &&
           memcmp(nvm()->record.key, key.p, key.n) == 0;
}

/* Fuse, key, dummy; later the versions, which both have shown to work. */
START_TEST(first_use)
{
    expect_boot("applet: ready", UP_MS);
    ck_assert_msg(device_said(&d, "rpmb: state 1, OK"), "%s", said());
    ck_assert_uint_eq(d.board.ocotp.fuses->fuse[FLAG_WORD] & 1, 1);
    ck_assert(has_key());
    ck_assert_uint_eq(nvm()->record.counter, 1);
    ck_assert_str_eq(version_in(RPMB_OS_VERSION), "");
    ck_assert_str_eq(version_in(RPMB_APPLET_VERSION), "");
    expect_text("os: healthy", HEALTHY_MS);
    ck_assert_uint_eq(nvm()->record.counter, 3);
    ck_assert_str_eq(version_in(RPMB_OS_VERSION), "1.0.0");
    ck_assert_str_eq(version_in(RPMB_APPLET_VERSION), "1.0.0");
    ck_assert(is_confirmed(AW_BOOT_OS) && is_confirmed(AW_BOOT_APPLET));
    /* The next start writes the dummy once, and nothing else. */
    expect_boot("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert_uint_eq(nvm()->record.counter, 4);
    expect_clean();
}
END_TEST

/* Flag blown, no key: no applet, and the OS says so. */
START_TEST(unprovisioned)
{
    closed_make(ul, true);
    put_system();
    expect_boot("os: ready", UP_MS);
    ck_assert_msg(device_said(&d, "rpmb: state 2, ERR_NOT_FOUND"), "%s",
                  said());
    (void)device_run(&d, NULL, 500);
    ck_assert_msg(!device_said(&d, "applet: version"), "%s", said());
    ck_assert(!nvm()->record.has_key);
}
END_TEST

/* Another key: another card. No fuse is blown for it. */
START_TEST(foreign_card)
{
    closed_set_version(ul, RPMB_OS_VERSION, "");
    d.board.emmc.nvm.record.key[3] ^= 1;
    ck_assert(tw_nvm_commit(&d.board.emmc.nvm, 0, NULL, 0));
    (void)device_boot(&d, "os: ready", UP_MS);
    ck_assert_msg(!device_said(&d, "applet: version"), "%s", said());
    ck_assert_uint_eq(d.board.ocotp.fuses->fuse[FLAG_WORD] & 1, 0);
}
END_TEST

/* What the record of the applet says against the release 1.0.0. */
static const struct {
    const char *stored;
    bool runs;
} versions[] = {
    {"1.0.0", true},  {"1.0.0-rc1", true}, {"0.9.9", true},
    {"1.0.1", false}, {"2.0.0-rc", false},
};

START_TEST(applet_rollback)
{
    closed_make(ul, true);
    put_system();
    closed_set_version(ul, RPMB_APPLET_VERSION, versions[_i].stored);
    if (versions[_i].runs) {
        expect_boot("applet: ready", UP_MS);
        return;
    }
    expect_boot("applet: ERR_ROLLBACK", UP_MS);
    ck_assert_msg(!device_said(&d, "applet: version"), "%s", said());
}
END_TEST

/* The bootloader's own check has a suite of its own; this is the OS's, started
 * by one that does not look: the record changes after it has. */
START_TEST(os_rollback)
{
    closed_make(ul, true);
    put_system();
    closed_set_version(ul, RPMB_OS_VERSION, "1.0.0");
    expect_boot("start: copy 1", UP_MS);
    closed_set_version(ul, RPMB_OS_VERSION, "1.0.1");
    (void)device_run(&d, NULL, REFUSE_MS);
    ck_assert_msg(device_said(&d, "panic 9.1: "), "%s", said());
    ck_assert_msg(!device_said(&d, "os: ready"), "%s", said());
}
END_TEST

START_TEST(sector_of_the_applet)
{
    const struct order order = {.rpmb = 1};

    put_order(&order);
    expect_boot("applet: rpmb write", UP_MS);
    (void)device_run(&d, NULL, 20); /* the rest of the line */
    ck_assert_msg(device_said(&d, "applet: rpmb was 0x00000000"), "%s", said());
    expect_boot("applet: rpmb write 0x00000000", UP_MS);
    ck_assert_msg(device_said(&d, "applet: rpmb was 0x00000001"), "%s", said());
}
END_TEST

/* A closed part with an OS that can be armed, and a host at its cable. */
static void put_armed(bool flag)
{
    struct making os = os_release("tests/os_srk.elf", "1.0.0", 0);
    struct making applet = applet_release("1.0.0", 0);

    boot_teardown();
    closed_make(ul, flag);
    put_release(&os, 1);
    put_release(&applet, 1);
}

static void make_armed(bool flag)
{
    put_armed(flag);
    control_boot();
}

static void arm(void)
{
    const struct aw_ctl_arm message = {.serial = CONTROL_SERIAL,
                                       .srk_hash = CONTROL_SRK};

    ck_assert_int_eq(aw_control_arm(&control, &message, NULL), AW_OK);
}

/* The one armed command programs the key; the device then runs the applet. */
START_TEST(key_by_command)
{
    make_armed(true);
    ck_assert_msg(device_said(&d, "rpmb: state 2, ERR_NOT_FOUND"), "%s",
                  said());
    ck_assert_int_eq(aw_control_rpmb_retry(&control, NULL), AW_ERR_REFUSED);
    ck_assert(!nvm()->record.has_key);
    arm();
    ck_assert_int_eq(aw_control_rpmb_retry(&control, NULL), AW_OK);
    ck_assert(has_key());
    expect_text("applet: ready", UP_MS);
    /* There is nothing to program any more. */
    control_boot();
    arm();
    ck_assert_int_eq(aw_control_rpmb_retry(&control, NULL), AW_ERR_REFUSED);
    /* The versions that were raised, and what the card has counted. */
    static struct aw_ctl_information i;

    ck_assert_int_eq(aw_control_information(&control, &i, NULL), AW_OK);
    ck_assert_str_eq(i.rpmb.state, "ready");
    ck_assert_uint_gt(i.rpmb.writes, 0);
    ck_assert_uint_eq(i.rpmb.writes, nvm()->record.counter);
}
END_TEST

/* Power went between fuse and key: the one state that waits for somebody, and
 * what gets it out. */
START_TEST(cut_then_command)
{
    put_armed(false);
    tw_board_cut_at_fuse(&d.board, 1, UINT32_MAX);
    (void)device_boot(&d, "os: ready", UP_MS);
    ck_assert_msg(d.cut, "%s", said());
    tw_board_heal(&d.board);
    ck_assert(!has_key());
    control_boot();
    ck_assert_msg(device_said(&d, "rpmb: state 2, ERR_NOT_FOUND"), "%s",
                  said());
    arm();
    ck_assert_int_eq(aw_control_rpmb_retry(&control, NULL), AW_OK);
    ck_assert(has_key());
    expect_text("applet: ready", UP_MS);
}
END_TEST

/* Another witness of the same device, from the next start on. */
START_TEST(next_witness)
{
    static uint8_t answer[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(answer, sizeof(answer));
    static struct aw_ctl_status status;
    static struct aw_ctl_status next;

    make_armed(false);
    ck_assert_int_eq(aw_control_status(&control, &status, NULL), AW_OK);
    ck_assert_uint_eq(status.identity_counter, 0);
    arm();
    ck_assert_int_eq(aw_control_call(&control, AW_CTL_NEXT_IDENTITY,
                                     (aw_bytes){NULL, 0}, &w, NULL),
                     AW_OK);
    expect_text("reboot", UP_MS);
    control_boot();
    ck_assert_int_eq(aw_control_status(&control, &next, NULL), AW_OK);
    ck_assert_uint_eq(next.identity_counter, 1);
    ck_assert_str_ne(next.witness.identity, status.witness.identity);
    ck_assert_str_eq(next.witness.attestation_key,
                     status.witness.attestation_key);
}
END_TEST

/* After a loss of power: the applet runs; or the OS does, and waits for the
 * one command that programs the key. */
static bool comes_up(const char *when, size_t n)
{
    ck_assert_msg(d.cut, "%s %zu: power did not go", when, n);
    tw_board_heal(&d.board);
    ck_assert_msg(device_boot(&d, "os: ready", UP_MS), "%s %zu: %s", when, n,
                  said());
    if (device_said(&d, "rpmb: state 2, ERR_NOT_FOUND")) {
        ck_assert(!nvm()->record.has_key);
        return false;
    }
    ck_assert_msg(device_said(&d, "rpmb: state 1, OK"), "%s %zu: %s", when, n,
                  said());
    ck_assert(has_key());
    return true;
}

/* The device as it is when the OS starts. */
static struct cut_moment before;

static void prepare(void)
{
    setup();
    expect_boot("start: copy 1", UP_MS);
    cut_remember(&before, &d);
}

static void clean_up(void)
{
    cut_forget(&before);
    teardown();
}

/* The card as it came from its maker. */
static void forget_key(void)
{
    struct tw_nvm *n = &d.board.emmc.nvm;

    n->record.has_key = false;
    n->record.counter = 0;
    memset(n->record.key, 0, sizeof(n->record.key));
    ck_assert(tw_nvm_commit(n, 0, NULL, 0));
}

static void rewind_device(void)
{
    cut_rewind(&before, &d, TW_CUT_CLEAN);
    forget_key();
}

/* Before and shortly after each command of the card, and at the fuse. */
START_TEST(cut_at_first_use)
{
    static uint64_t ticks[CUT_COMMANDS_MAX];
    const uint64_t later = tw_clock_ticks(&d.board.clock, 300, 1000000);
    size_t n = cut_commands(&before, &d, "rpmb: state 1, OK", UP_MS, ticks);
    unsigned up[2] = {0, 0};

    ck_assert_uint_gt(n, 20);
    for (size_t i = 0; i < 2 * n; i++) {
        rewind_device();
        tw_board_cut_at(&d.board, ticks[i / 2] + (i % 2 == 0 ? 0 : later));
        (void)device_run(&d, NULL, UP_MS);
        up[comes_up("command", i) ? 1 : 0]++;
    }
    printf("%zu commands: %u with key, %u to be programmed\n", n, up[1], up[0]);
    ck_assert(up[0] > 0 && up[1] > 0);
}
END_TEST

START_TEST(cut_at_the_fuse)
{
    rewind_device();
    tw_board_cut_at_fuse(&d.board, 1, _i == 0 ? 0 : UINT32_MAX);
    (void)device_run(&d, NULL, UP_MS);
    ck_assert(comes_up("fuse", (size_t)_i) == (_i == 0));
}
END_TEST

Suite *os_rpmb_suite(void)
{
    Suite *s = suite_create("os_rpmb");
    TCase *tc = tcase_create("rpmb");
    TCase *cut = tcase_create("cut");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, first_use);
    tcase_add_test(tc, unprovisioned);
    tcase_add_test(tc, foreign_card);
    tcase_add_loop_test(tc, applet_rollback, 0, (int)COUNT(versions));
    tcase_add_test(tc, os_rollback);
    tcase_add_test(tc, sector_of_the_applet);
    tcase_add_test(tc, key_by_command);
    tcase_add_test(tc, cut_then_command);
    tcase_add_test(tc, next_witness);
    suite_add_tcase(s, tc);
    tcase_add_checked_fixture(cut, prepare, clean_up);
    tcase_set_timeout(cut, 600);
    tcase_add_test(cut, cut_at_first_use);
    tcase_add_loop_test(cut, cut_at_the_fuse, 0, 2);
    suite_add_tcase(s, cut);
    return s;
}
