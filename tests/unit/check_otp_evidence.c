/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/evidence.h"

#include <string.h>

#include "aw/hab/event.h"
#include "aw/hostio/file.h"
#include "common/term.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

#define SERIAL "E1BEADDE78563412"

enum { TEXT_ROOM = 16 << 10 };

/* Beginnings of logs. A record of the ROM's own behind its first one. */
#define CLEAN  \
    "0c000442" \
    "03000801" \
    "01020304"
#define OTHER  \
    "0c000442" \
    "03000801" \
    "05060708"
#define EVENT        \
    CLEAN "db000842" \
          "3318c000"
#define WARNING      \
    CLEAN "db000842" \
          "6930e11d"

/* The whole area. */
static aw_bytes area(const char *hex)
{
    static uint8_t buf[2][AW_HAB_LOG_SIZE];
    static unsigned turn;
    uint8_t *p = buf[turn++ % 2];
    aw_bytes in = vec_unhex(aw_text(hex));

    memset(p, 0, AW_HAB_LOG_SIZE);
    memcpy(p, in.p, in.n);
    return (aw_bytes){p, AW_HAB_LOG_SIZE};
}

/* The same as a boot loader prints it. */
static aw_bytes printed(const char *hex, uint32_t address)
{
    static char text[TEXT_ROOM];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    aw_bytes log = area(hex);

    for (size_t at = 0; at < log.n; at++) {
        if (at % 16 == 0) {
            aw_wr_hex_u64(&w, address + at, 8);
            aw_wr_text(&w, ":");
        }
        aw_wr_text(&w, " ");
        aw_wr_hex_u64(&w, log.p[at], 2);
        if (at % 16 == 15) {
            aw_wr_text(&w, "    ................\n");
        }
    }
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

/* Runs it as a command does; the state folder is a scratch one. */
static int run(struct otp_evidence *evidence,
               int (*what)(struct aw_ctx *, struct otp_evidence *))
{
    struct aw_ctx ctx = {.path = "test",
                         .global = {.state = scratch_path("state")}};

    aw_term_init(true, 0);
    aw_pool_init(&ctx.pool);
    aw_findings_init(&ctx.found);
    aw_out_init(&ctx.out, true);
    aw_events_init(&ctx.events);
    evidence->serial = SERIAL;
    int code = what(&ctx, evidence);

    ck_assert_int_eq(code, ctx.found.exit);
    aw_out_wipe(&ctx.out);
    aw_findings_wipe(&ctx.found);
    aw_pool_wipe(&ctx.pool);
    return code;
}

static int load(struct otp_evidence *evidence)
{
    return run(evidence, otp_evidence_load);
}

static int spend(struct otp_evidence *evidence)
{
    return run(evidence, otp_evidence_spend);
}

/* What is kept of an earlier boot. */
static void keep(const char *record)
{
    (void)scratch_file("state/otp/" SERIAL, aw_text(record));
}

enum { WHOLE = 0, CUT = 1, LONG = 2, PRINTED = 3, ELSEWHERE = 4, EMPTY = 5 };

static const struct {
    const char *name;
    const char *image; /* NULL: none is given */
    const char *recovery;
    int form;
    int exit;
    enum aw_otp_hab want_image;
    enum aw_otp_hab want_recovery;
} logs[] = {
    {"none", NULL, NULL, WHOLE, AW_EXIT_OK, AW_OTP_HAB_UNKNOWN,
     AW_OTP_HAB_UNKNOWN},
    {"clean", CLEAN, OTHER, WHOLE, AW_EXIT_OK, AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_CLEAN},
    {"clean, as text", CLEAN, OTHER, PRINTED, AW_EXIT_OK, AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_CLEAN},
    {"event", EVENT, CLEAN, WHOLE, AW_EXIT_OK, AW_OTP_HAB_EVENTS,
     AW_OTP_HAB_CLEAN},
    {"event, as text", EVENT, CLEAN, PRINTED, AW_EXIT_OK, AW_OTP_HAB_EVENTS,
     AW_OTP_HAB_CLEAN},
    {"warning", CLEAN, WARNING, WHOLE, AW_EXIT_OK, AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_EVENTS},
    {"one alone", CLEAN, NULL, WHOLE, AW_EXIT_OK, AW_OTP_HAB_CLEAN,
     AW_OTP_HAB_UNKNOWN},
    {"twice the same", CLEAN, CLEAN, WHOLE, AW_EXIT_REFUSED, 0, 0},
    {"zeros", "00", NULL, WHOLE, AW_EXIT_REFUSED, 0, 0},
    {"empty", CLEAN, NULL, EMPTY, AW_EXIT_REFUSED, 0, 0},
    {"first record alone", "0c000442", NULL, WHOLE, AW_EXIT_REFUSED, 0, 0},
    {"broken", CLEAN, "0c00ff42", WHOLE, AW_EXIT_REFUSED, 0, 0},
    {"first 100 bytes", CLEAN, NULL, CUT, AW_EXIT_REFUSED, 0, 0},
    {"2945 bytes", CLEAN, NULL, LONG, AW_EXIT_REFUSED, 0, 0},
    {"event behind the end",
     CLEAN "00000000000000000000000000000000"
           "db0008423318c000",
     NULL, WHOLE, AW_EXIT_REFUSED, 0, 0},
    {"other memory", CLEAN, NULL, ELSEWHERE, AW_EXIT_REFUSED, 0, 0},
};

static aw_bytes log_file(const char *hex, int form)
{
    static uint8_t more[AW_HAB_LOG_SIZE + 1];
    aw_bytes log = area(hex);

    switch (form) {
    case CUT:
        log.n = 100;
        return log;
    case LONG:
        memcpy(more, log.p, log.n);
        return (aw_bytes){more, sizeof(more)};
    case PRINTED:
        return printed(hex, AW_HAB_LOG_ADDRESS);
    case ELSEWHERE:
        return printed(hex, AW_HAB_LOG_ADDRESS + 16);
    case EMPTY:
        log.n = 0;
        return log;
    default:
        return log;
    }
}

START_TEST(hab_logs)
{
    struct otp_evidence e = {.hab_log = NULL};

    if (logs[_i].image != NULL) {
        e.hab_log =
            scratch_file("image.log", log_file(logs[_i].image, logs[_i].form));
    }
    if (logs[_i].recovery != NULL) {
        e.recovery_log = scratch_file(
            "recovery.log", log_file(logs[_i].recovery, logs[_i].form));
    }
    int code = load(&e);

    ck_assert_msg(code == logs[_i].exit, "%s: got %d", logs[_i].name, code);
    if (code == AW_EXIT_OK) {
        ck_assert_int_eq(e.boot.image, logs[_i].want_image);
        ck_assert_int_eq(e.boot.recovery, logs[_i].want_recovery);
    }
    ck_assert(!e.boot.cold);
}
END_TEST

START_TEST(log_missing)
{
    struct otp_evidence e = {.hab_log = scratch_path("none")};

    ck_assert_int_eq(load(&e), AW_EXIT_REFUSED);
    ck_assert(!e.boot.cold);
}
END_TEST

#define OTHER_BOOT "01234567-89ab-4cde-8f01-23456789abcd"

/* Only a record of another boot, and no write since, is a boot since. */
START_TEST(boots)
{
    struct otp_evidence e = {.hab_log = NULL};
    const char *path = scratch_path("state/otp/" SERIAL);

    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
    aw_bytes mine = scratch_read(path);

    ck_assert(aw_bytes_starts(mine, "aw-otp-boot 1\nboot "));
    ck_assert_int_eq(load(&e), AW_EXIT_OK); /* the very boot */
    ck_assert(!e.boot.cold);
    keep("aw-otp-boot 1\nboot " OTHER_BOOT "\n");
    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(e.boot.cold);
    ck_assert_int_eq(load(&e), AW_EXIT_OK); /* still, until the next write */
    ck_assert(e.boot.cold);
    ck_assert_int_eq(spend(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
    CK_ASSERT_BYTES(scratch_read(path), mine);
    ck_assert_int_eq(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
}
END_TEST

/* Without a record that can be read, one more boot is asked for. */
START_TEST(record_lost)
{
    static const char *const lost[] = {
        "",
        "aw-otp-boot 2\nboot " OTHER_BOOT "\n",
        "boot " OTHER_BOOT "\n",
        "aw-otp-boot 1\n",
        "aw-otp-boot 1\nboot ",
        "aw-otp-boot 1\nboot \n",
        "aw-otp-boot 1\nboot another\n",
        "aw-otp-boot 1\nboot " OTHER_BOOT,
        "aw-otp-boot 1\nboot " OTHER_BOOT "\n\n",
        "aw-otp-boot 1\nboot 01234567-89ab-4cde-8f01-23456789abc\n",
        "aw-otp-boot 1\nboot 0123456789ab-4cde-8f01-23456789abcd-\n",
    };

    for (size_t i = 0; i < COUNT(lost); i++) {
        struct otp_evidence e = {.hab_log = NULL};

        keep(lost[i]);
        ck_assert_int_eq(load(&e), AW_EXIT_OK);
        ck_assert_msg(!e.boot.cold, "%zu", i);
        ck_assert_int_eq(load(&e), AW_EXIT_OK); /* now there is one: ours */
        ck_assert_msg(!e.boot.cold, "%zu", i);
        ck_assert(
            aw_bytes_starts(scratch_read(scratch_path("state/otp/" SERIAL)),
                            "aw-otp-boot 1\nboot "));
    }
}
END_TEST

START_TEST(record_not_writable)
{
    struct otp_evidence e = {.boot = {.cold = true}};

    (void)scratch_file("state", aw_text("a file where a folder must be"));
    ck_assert_int_ne(load(&e), AW_EXIT_OK);
    ck_assert(!e.boot.cold);
    e.boot.cold = true;
    ck_assert_int_ne(spend(&e), AW_EXIT_OK);
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
