/* SPDX-License-Identifier: Apache-2.0 */
/* Secure boot over the control interface: exactly the target's fuses, from
 * wherever power went. */
#include "suites.h"

#include <string.h>

#include "aw/hab/event.h"
#include "closed.h"
#include "control_support.h"
#include "support.h"

enum {
    WORDS = 64,
    LOCK_WORD = 0,
    CONFIG_WORD = 6,
    CONFIG2_WORD = 7,
    SRK_WORD = 24,
    RPMB_WORD = 38, /* bit 0: blown when a closed part starts for the first
                     * time, which is no part of closing it */
    ROUNDS = 12,
    ANSWER_MS = 30000
};
#define REBOOT "SRK hash fused, reboot, check, repeat"

static const enum tw_soc socs[] = {TW_UL, TW_ULL, TW_ULZ};

/* The fuses before, and as they have to be in the end. */
static uint32_t before[WORDS];
static uint32_t target[WORDS];

static void note_target(void)
{
    struct aw_rd r = aw_rd_init(vec_unhex(aw_text(CONTROL_SRK)));

    memcpy(before, d.fuses.fuse, sizeof(before));
    memcpy(target, before, sizeof(target));
    for (unsigned i = 0; i < 8; i++) {
        target[SRK_WORD + i] = aw_rd_le32(&r);
    }
    target[LOCK_WORD] |= 0x00004000;
    target[CONFIG_WORD] |= 0x0cd4000b;
    target[CONFIG2_WORD] |= 0x00000010;
}

static void make(enum tw_soc soc, const char *os)
{
    device_init(&d, soc);
    control_install(closed_boot("boot_debug.imx"), os);
    note_target();
}

static const uint32_t *fuses(void)
{
    return d.board.fuses.fuse;
}

static void expect_fuses(const uint32_t *want)
{
    for (unsigned i = 0; i < WORDS; i++) {
        ck_assert_msg(fuses()[i] == want[i], "bank %u word %u: %08x, not %08x",
                      i / 8, i % 8, fuses()[i], want[i]);
    }
}

/* The answer to c3: NULL for success, else why. */
static const char *activate(void)
{
    struct aw_diag diag = {.err = AW_OK};

    control.timeout_ms = ANSWER_MS;
    aw_err err = aw_control_activate(&control, &diag);

    ck_assert_msg(err == AW_OK || (err == AW_ERR_REFUSED && control.fault == 0),
                  "%s: %s\n%s", aw_err_name(err), diag.where, d.console);
    return err == AW_OK ? NULL : control.reason;
}

static void expect_refused(const char *text)
{
    const char *why = activate();

    ck_assert_msg(why != NULL && strstr(why, text) != NULL, "%s, not %s",
                  why == NULL ? "success" : why, text);
}

/* An open part becomes a closed one, which starts nothing unsigned. */
START_TEST(closes)
{
    static struct aw_ctl_information i;
    struct aw_ctl_status s;
    uint32_t hash_only[WORDS];

    make(socs[_i], "tests/os_srk.elf");
    memcpy(hash_only, before, sizeof(before));
    memcpy(&hash_only[SRK_WORD], &target[SRK_WORD], 8 * sizeof(uint32_t));
    control_boot();
    expect_refused(REBOOT);
    expect_fuses(hash_only);
    expect_refused(REBOOT);
    expect_fuses(hash_only);
    control_boot();
    ck_assert_int_eq(aw_control_information(&control, &i, NULL), AW_OK);
    ck_assert_str_eq(i.secure_boot.plan, "S2");
    ck_assert(i.secure_boot.cold && i.secure_boot.reported);
    ck_assert_uint_eq(i.secure_boot.status, AW_HAB_SUCCESS);
    ck_assert_ptr_null(activate());
    expect_fuses(target);
    ck_assert_ptr_null(activate());
    control_boot();
    target[RPMB_WORD] |= 1;
    ck_assert_int_eq(aw_control_status(&control, &s, NULL), AW_OK);
    ck_assert(s.hab);
    expect_refused("HAB already enabled");
    expect_fuses(target);
    expect_clean();
    /* The same bootloader without its signature. */
    device_blank(&d, 2, 0x1000);
    device_put(&d, 2, device_file("boot_debug.imx"));
    (void)device_boot(&d, NULL, 3000);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    ck_assert(!d.started);
}
END_TEST

/* Power goes with the n-th word, which takes some of its bits. */
static bool cut_at(uint64_t n, uint32_t mask)
{
    unsigned cuts = 0;

    make(TW_ULL, "tests/os_srk.elf");
    for (unsigned round = 0; round < ROUNDS; round++) {
        control_boot();
        if (round == 0) {
            tw_board_cut_at_fuse(&d.board, n, mask);
        }
        control.timeout_ms = ANSWER_MS;
        aw_err err = aw_control_activate(&control, NULL);
        bool cut = !d.board.on;

        cuts += cut ? 1 : 0;
        if (cut) {
            tw_board_cut_at_fuse(&d.board, 0, 0);
        }
        /* The last bit was taken, and nobody was told. */
        bool closed = err == AW_ERR_REFUSED &&
                      strcmp(control.reason, "HAB already enabled") == 0;

        target[RPMB_WORD] |= closed ? 1 : 0;
        for (unsigned i = 0; i < WORDS; i++) {
            ck_assert_msg((fuses()[i] & ~target[i]) == 0 &&
                              (before[i] & ~fuses()[i]) == 0,
                          "cut %u: bank %u word %u", (unsigned)n, i / 8, i % 8);
        }
        if (err == AW_OK || closed) {
            expect_fuses(target);
            /* The next start blows a fuse of its own, for the RPMB. */
            tw_board_cut_at_fuse(&d.board, 0, 0);
            ck_assert_msg(device_boot(&d, "os: ready", CONTROL_BOOT_MS), "%s",
                          d.console);
            return cuts > 0;
        }
    }
    ck_abort_msg("cut %u, mask %08x: never closed\n%s", (unsigned)n, mask,
                 d.console);
    return false;
}

START_TEST(power_cut)
{
    static const uint32_t masks[] = {0, 0x55555555, 0xaaaaaaaa, UINT32_MAX};
    uint64_t n = 1;
    bool was_cut = true;

    for (; was_cut; n++) {
        was_cut = cut_at(n, masks[_i]);
        if (was_cut) {
            device_free(&d);
        }
    }
    /* Eight words of the hash, and the five groups behind it. */
    ck_assert_uint_eq(n - 2, 13);
}
END_TEST

/* Bits of another hash cannot be taken back: nothing is written. */
START_TEST(foreign_hash)
{
    make(TW_ULL, "tests/os_srk.elf");
    d.board.fuses.fuse[SRK_WORD + 3] |= 0x40000000 & ~target[SRK_WORD + 3];
    ck_assert_uint_ne(d.board.fuses.fuse[SRK_WORD + 3], 0);
    memcpy(before, fuses(), sizeof(before));
    control_boot();
    expect_refused("bits are set that must not be set");
    expect_fuses(before);
}
END_TEST

/* An OS with that text in place of its hash. */
static void make_with_hash(const char *text)
{
    static uint8_t elf[1 << 20];
    aw_bytes os = device_file("tests/os_srk.elf");
    struct making how = good();
    size_t n = strlen(CONTROL_SRK);
    unsigned found = 0;

    device_init(&d, TW_ULL);
    device_put(&d, 2, closed_boot("boot_debug.imx"));
    ck_assert_uint_lt(os.n, sizeof(elf));
    memcpy(elf, os.p, os.n);
    for (size_t i = 0; i + n < os.n; i++) {
        if (memcmp(elf + i, CONTROL_SRK, n) == 0) {
            memset(elf + i, 0, n);
            memcpy(elf + i, text, strlen(text));
            found++;
        }
    }
    ck_assert_uint_eq(found, 1);
    how.elf = (aw_bytes){elf, os.n};
    install(&how, 0);
    note_target();
}

START_TEST(unusable_hash)
{
    static const char zeros[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const texts[] = {
        "", "dd51b506", zeros,
        "xd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c",
        "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1"};

    make_with_hash(texts[_i]);
    control_boot();
    expect_refused("invalid SRK hash");
    expect_fuses(before);
}
END_TEST

/* A bootloader without a signature: the hash can be fused, and no more. */
START_TEST(unsigned_bootloader)
{
    uint32_t hash_only[WORDS];

    make(TW_ULL, "tests/os_srk.elf");
    memcpy(hash_only, before, sizeof(before));
    memcpy(&hash_only[SRK_WORD], &target[SRK_WORD], 8 * sizeof(uint32_t));
    device_blank(&d, 2, 0x1000);
    device_put(&d, 2, device_file("boot_debug.imx"));
    control_boot();
    expect_refused(REBOOT);
    control_boot();
    expect_refused("HAB logged events");
    expect_fuses(hash_only);
}
END_TEST

START_TEST(arming)
{
    struct aw_ctl_arm arm = {.serial = CONTROL_SERIAL, .srk_hash = CONTROL_SRK};
    struct aw_ctl_arm other = arm;

    make(TW_ULL, "tests/os_srk.elf");
    control_boot();
    other.serial[0] ^= 1;
    ck_assert_int_eq(aw_control_arm(&control, &other, NULL), AW_ERR_REFUSED);
    ck_assert_str_eq(control.reason, "armed for another device");
    expect_refused("armed for another");
    other = arm;
    other.srk_hash[0] ^= 1;
    ck_assert_int_eq(aw_control_arm(&control, &other, NULL), AW_ERR_REFUSED);
    expect_refused("armed for another");
    expect_fuses(before);
    /* The RPMB's key is not a thing to ask for without arming. */
    ck_assert_int_eq(aw_control_rpmb_retry(&control, NULL), AW_ERR_REFUSED);
    ck_assert_int_eq(aw_control_arm(&control, &arm, NULL), AW_OK);
    expect_refused(REBOOT);
}
END_TEST

Suite *control_cut_suite(void)
{
    Suite *s = suite_create("control_cut");
    TCase *tc = tcase_create("power cut");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 1200);
    tcase_add_loop_test(tc, power_cut, 0, 4);
    suite_add_tcase(s, tc);
    return s;
}

Suite *control_hab_suite(void)
{
    Suite *s = suite_create("control_hab");
    TCase *tc = tcase_create("secure boot");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 1200);
    tcase_add_loop_test(tc, closes, 0, 3);
    tcase_add_test(tc, foreign_hash);
    tcase_add_loop_test(tc, unusable_hash, 0, 5);
    tcase_add_test(tc, unsigned_bootloader);
    tcase_add_test(tc, arming);
    suite_add_tcase(s, tc);
    return s;
}
