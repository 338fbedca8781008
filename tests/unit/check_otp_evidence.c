/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/evidence.h"

#include <string.h>

#include "aw/hostio/file.h"
#include "common/term.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

#define SERIAL "E1BEADDE78563412"

/* Two records of the ROM's own, then a zero word. */
static const uint8_t clean[] = {0x0c, 0x00, 0x04, 0x42, 0x03, 0x00, 0x08, 0x01,
                                1,    2,    3,    4,    0,    0,    0,    0};
/* The same, and an event: INV_SIGNATURE. */
static const uint8_t event[] = {0x0c, 0x00, 0x04, 0x42, 0xdb, 0x00, 0x08, 0x42,
                                0x33, 0x18, 0xc0, 0x00, 0,    0,    0,    0};
/* A warning counts as an event. */
static const uint8_t warning[] = {0x0c, 0x00, 0x04, 0x42, 0xdb, 0x00,
                                  0x08, 0x42, 0x69, 0x30, 0xe1, 0x1d};
static const uint8_t zeros[64] = {0};
static const uint8_t broken[] = {0x0c, 0x00, 0xff, 0x42, 0, 0, 0, 0};

/* Runs it as a command does; the state folder is a scratch one. */
static int load(struct otp_evidence *evidence)
{
    struct aw_ctx ctx = {.path = "test",
                         .global = {.state = scratch_path("state")}};

    aw_term_init(true, 0);
    aw_pool_init(&ctx.pool);
    aw_findings_init(&ctx.found);
    aw_out_init(&ctx.out, true);
    aw_events_init(&ctx.events);
    evidence->serial = SERIAL;
    int code = otp_evidence_load(&ctx, evidence);

    ck_assert_int_eq(code, ctx.found.exit);
    aw_out_wipe(&ctx.out);
    aw_findings_wipe(&ctx.found);
    aw_pool_wipe(&ctx.pool);
    return code;
}

/* What is kept of an earlier boot. */
static void keep(const char *record)
{
    (void)scratch_file("state/otp/" SERIAL, aw_text(record));
}

static const struct {
    const char *name;
    aw_bytes image; /* NULL: none is given */
    aw_bytes recovery;
    int exit;
    enum aw_otp_hab want_image;
    enum aw_otp_hab want_recovery;
} logs[] = {
    {"none",
     {NULL, 0},
     {NULL, 0},
     AW_EXIT_OK,
     AW_OTP_HAB_UNKNOWN,
     AW_OTP_HAB_UNKNOWN},
    {"clean",
     {clean, sizeof(clean)},
     {clean, sizeof(clean)},
     AW_EXIT_OK,
     AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_CLEAN},
    {"event",
     {event, sizeof(event)},
     {clean, sizeof(clean)},
     AW_EXIT_OK,
     AW_OTP_HAB_EVENTS,
     AW_OTP_HAB_CLEAN},
    {"warning",
     {clean, sizeof(clean)},
     {warning, sizeof(warning)},
     AW_EXIT_OK,
     AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_EVENTS},
    {"zeros",
     {zeros, sizeof(zeros)},
     {NULL, 0},
     AW_EXIT_REFUSED,
     AW_OTP_HAB_UNKNOWN,
     AW_OTP_HAB_UNKNOWN},
    {"empty",
     {zeros, 0},
     {NULL, 0},
     AW_EXIT_REFUSED,
     AW_OTP_HAB_UNKNOWN,
     AW_OTP_HAB_UNKNOWN},
    {"broken",
     {clean, sizeof(clean)},
     {broken, sizeof(broken)},
     AW_EXIT_REFUSED,
     AW_OTP_HAB_UNKNOWN,
     AW_OTP_HAB_UNKNOWN},
};

START_TEST(hab_logs)
{
    struct otp_evidence e = {.will_write = false};

    if (logs[_i].image.p != NULL) {
        e.hab_log = scratch_file("image.log", logs[_i].image);
    }
    if (logs[_i].recovery.p != NULL) {
        e.recovery_log = scratch_file("recovery.log", logs[_i].recovery);
    }
    int code = load(&e);

    ck_assert_msg(code == logs[_i].exit, "%s: got %d", logs[_i].name, code);
    if (code == AW_EXIT_OK) {
        ck_assert_int_eq(e.boot.image, logs[_i].want_image);
        ck_assert_int_eq(e.boot.recovery, logs[_i].want_recovery);
    }
}
END_TEST

START_TEST(log_missing)
{
    struct otp_evidence e = {.hab_log = scratch_path("none")};

    ck_assert_int_eq(load(&e), AW_EXIT_REFUSED);
    ck_assert(!e.boot.cold);
}
END_TEST

/* Only a record of another boot, and no write to come, is a boot since. */
START_TEST(boots)
{
    struct otp_evidence e = {.will_write = true};
    const char *path = scratch_path("state/otp/" SERIAL);

    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
    aw_bytes mine = scratch_read(path);

    ck_assert(aw_bytes_starts(mine, "aw-otp-boot 1\nboot "));
    e.will_write = false;
    ck_assert_int_eq(load(&e), AW_EXIT_OK); /* the very boot */
    ck_assert(!e.boot.cold);
    keep("aw-otp-boot 1\nboot another\n");
    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(e.boot.cold);
    ck_assert_int_eq(load(&e), AW_EXIT_OK); /* still, until the next write */
    ck_assert(e.boot.cold);
    e.will_write = true;
    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
    CK_ASSERT_BYTES(scratch_read(path), mine);
}
END_TEST

/* Without a record that can be read, one more boot is asked for. */
START_TEST(record_lost)
{
    static const char *const lost[] = {"", "aw-otp-boot 2\nboot another\n",
                                       "boot another\n"};

    for (size_t i = 0; i < COUNT(lost); i++) {
        struct otp_evidence e = {.will_write = false};

        keep(lost[i]);
        ck_assert_int_eq(load(&e), AW_EXIT_OK);
        ck_assert(!e.boot.cold);
        ck_assert(
            aw_bytes_starts(scratch_read(scratch_path("state/otp/" SERIAL)),
                            "aw-otp-boot 1\nboot "));
    }
}
END_TEST

START_TEST(record_not_writable)
{
    struct otp_evidence e = {.will_write = true};

    (void)scratch_file("state", aw_text("a file where a folder must be"));
    ck_assert_int_ne(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
}
END_TEST

Suite *suite_otp_evidence(void)
{
    Suite *s = suite_create("otp_evidence");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, hab_logs, 0, (int)COUNT(logs));
    tcase_add_test(tc, log_missing);
    tcase_add_test(tc, boots);
    tcase_add_test(tc, record_lost);
    tcase_add_test(tc, record_not_writable);
    suite_add_tcase(s, tc);
    return s;
}
