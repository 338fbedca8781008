/* SPDX-License-Identifier: Apache-2.0 */
/* The bootloader on the twin: what it starts, and from where. */
#include <string.h>

#include "aw/bootstate.h"
#include "boot_support.h"
#include "suites.h"
#include "support.h"
#include "usb_device.h"

START_TEST(boots)
{
    struct making how = good();

    how.slot = (unsigned)_i;
    install(&how, 0);
    expect_start(_i == 0 ? "OS: slot A copy 1 attempts 1 confirmed 0 rollback 0"
                         : "OS: slot B copy 1 attempts 1 confirmed 0 rollback "
                           "0");
    /* Open part: HAB's configuration f0, state non-secure. */
    ck_assert_msg(device_said(&d, "OS: HAB 000000f0 00000066"), "%s",
                  d.console);
}
END_TEST

/* Three starts that nobody confirms, then the other copy. */
START_TEST(falls_back)
{
    struct making old = good();
    struct making new = good();

    new.slot = 1;
    new.version = "1.2.4";
    install(&old, 1);
    install(&new, 0);
    expect_start("OS: slot B copy 1 attempts 1");
    expect_start("OS: slot B copy 1 attempts 2");
    expect_start("OS: slot B copy 1 attempts 3");
    expect_start("OS: slot A copy 2 attempts 3");
    expect_start("OS: slot A copy 2 attempts 3");
    /* Another update begins anew. */
    new.version = "1.2.5";
    install(&new, 0);
    expect_start("OS: slot B copy 1 attempts 1");
}
END_TEST

START_TEST(stays_when_confirmed)
{
    struct making how = good();
    struct aw_boot_state state;
    uint8_t block[2][AW_BOOT_STATE_SIZE];

    install(&how, 0);
    install(&how, 1);
    expect_start("copy 1 attempts 1 confirmed 0");
    device_get(&d, state_block(0), block[0], sizeof(block[0]));
    device_get(&d, state_block(1), block[1], sizeof(block[1]));
    unsigned next =
        aw_boot_state_pick((aw_bytes){block[0], AW_BOOT_STATE_SIZE},
                           (aw_bytes){block[1], AW_BOOT_STATE_SIZE}, &state);

    state.start[AW_BOOT_OS].confirmed = true;
    aw_boot_state_write(&state, block[0]);
    device_put(&d, state_block(next), (aw_bytes){block[0], AW_BOOT_STATE_SIZE});
    for (unsigned i = 0; i < 5; i++) {
        uint64_t before = d.board.cut.writes;

        expect_start("copy 1 attempts 1 confirmed 1");
        ck_assert_uint_eq(d.board.cut.writes, before);
    }
}
END_TEST

/* One copy alone is started for ever: there is nothing better. */
START_TEST(one_copy)
{
    struct making how = good();

    install(&how, (unsigned)_i);
    for (unsigned i = 0; i < 5; i++) {
        expect_start(_i == 0 ? "OS: slot A copy 1" : "OS: slot A copy 2");
    }
}
END_TEST

/* Whatever is wrong with copy 1, copy 2 is started at once. */
START_TEST(broken_copy)
{
    struct making how = good();
    struct making bad = good();

    install(&how, 1);
    bad.slot = 1;
    bad.bad_proof = _i == 0;
    bad.bad_digest = _i == 1;
    bad.offset = _i == 2 ? 512 : 0;
    install(&bad, 0);
    expect_start("OS: slot A copy 2 attempts 0");
}
END_TEST

/* A block of the state that does not take a write stops nobody; one that
 * cannot be read neither. */
START_TEST(bad_state_blocks)
{
    struct making how = good();
    const struct tw_bad_blocks bad = {.kind =
                                          _i == 0 ? TW_BAD_WRITE : TW_BAD_READ,
                                      .first = state_block(0),
                                      .count = 2};

    install(&how, 0);
    (void)device_boot(&d, NULL, 0);
    ck_assert(tw_emmc_fault(&d.board.emmc, &bad));
    ck_assert_msg(device_run(&d, "OS: ready", 10000), "%s", d.console);
}
END_TEST

/* Faults of the lines that pass: the command is repeated. */
START_TEST(passing_faults)
{
    static const enum tw_usdhc_fault faults[] = {
        TW_FAULT_DATA_TIMEOUT, TW_FAULT_DATA_CRC, TW_FAULT_DATA_END};
    struct making how = good();

    install(&how, 0);
    (void)device_boot(&d, NULL, 0);
    while (!d.started) {
        (void)device_run(&d, NULL, 5);
    }
    tw_usdhc_inject(&d.board.usdhc[1], faults[_i], 5, 1);
    ck_assert_msg(device_run(&d, "OS: ready", 10000), "%s", d.console);
}
END_TEST

/* The release variant says nothing and does the same. */
START_TEST(release_variant)
{
    struct making how = good();

    device_put(&d, 2, device_file("boot.imx"));
    install(&how, 0);
    expect_start("OS: slot A copy 1 attempts 1");
    ck_assert_msg(!device_said(&d, "boot"), "%s", d.console);
}
END_TEST

/* An OS whose program is other code. */
static void install_program(struct making *how, const uint8_t *code, size_t n,
                            unsigned copy)
{
    enum { CODE_AT = 0x1000 };
    static uint8_t elf[65536];

    ck_assert_uint_le(how->elf.n, sizeof(elf));
    memcpy(elf, how->elf.p, how->elf.n);
    memcpy(elf + CODE_AT, code, n);
    how->elf.p = elf;
    install(how, copy);
}

/* An OS that hangs before it serves the watchdog: reset, counted, and after
 * three starts the other copy. */
START_TEST(hanging_os)
{
    enum { HANG_MS = 250000 };
    static const uint8_t hang[] = {0x03, 0xf0, 0x20, 0xe3,  /* wfi */
                                   0xfd, 0xff, 0xff, 0xea}; /* b .-4 */
    struct making old = good();
    struct making new = good();

    new.slot = 1;
    install(&old, 1);
    install_program(&new, hang, sizeof(hang), 0);
    ck_assert_msg(device_boot(&d, "OS: ready", HANG_MS), "%s", d.console);
    ck_assert_uint_eq(d.resets, AW_BOOT_ATTEMPTS_MAX);
    ck_assert_msg(device_said(&d, "OS: slot A copy 2 attempts 3"), "%s",
                  d.console);
}
END_TEST

/* A bootloader that gave up asked for serial download. Once one is sent there
 * and starts an OS, a reset starts from the eMMC again. */
START_TEST(request_ends)
{
    static const uint8_t reset[] = {
        0x00, 0x00, 0x9f, 0xe5,  /* ldr r0, [pc] */
        0x00, 0x00, 0x00, 0xea,  /* b .+8 */
        0x00, 0xc0, 0x0b, 0x02,  /* WDOG1 */
        0x04, 0x10, 0xa0, 0xe3,  /* mov r1, #4: WDE; WDA and SRS low */
        0xb0, 0x10, 0xc0, 0xe1,  /* strh r1, [r0] */
        0xfd, 0xff, 0xff, 0xea}; /* b .-4 */
    static struct usb_host host;
    struct making how = good();

    (void)device_boot(&d, NULL, REFUSE_MS);
    ck_assert_uint_eq(d.code, 7);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    install_program(&how, reset, sizeof(reset), 0);
    usb_host_init(&host, &d);
    usb_host_load(&host, device_file("boot_debug.imx"));
    d.resets = 0;
    (void)device_run(&d, NULL, 500);
    ck_assert_int_ne(d.board.rom.phase, TW_ROM_SERIAL);
    ck_assert_uint_gt(d.resets, 1);
}
END_TEST

Suite *boot_suite(void)
{
    Suite *s = suite_create("boot");
    TCase *tc = tcase_create("starts");

    tcase_add_checked_fixture(tc, boot_setup, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, boots, 0, 2);
    tcase_add_test(tc, falls_back);
    tcase_add_test(tc, stays_when_confirmed);
    tcase_add_loop_test(tc, one_copy, 0, 2);
    tcase_add_loop_test(tc, broken_copy, 0, 3);
    tcase_add_loop_test(tc, bad_state_blocks, 0, 2);
    tcase_add_loop_test(tc, passing_faults, 0, 3);
    tcase_add_test(tc, release_variant);
    tcase_add_test(tc, hanging_os);
    tcase_add_test(tc, request_ends);
    suite_add_tcase(s, tc);
    return s;
}
