/* SPDX-License-Identifier: Apache-2.0 */
/* The client of the control interface: against the firmware's own framing, and
 * against devices that answer what they may not. */
#include "aw/sdp/control.h"

#include <string.h>

#include "fw/u2fhid.h"
#include "suites.h"
#include "support.h"

enum { REPORT = AW_CONTROL_REPORT, SCRIPT = 400, TIMEOUT_MS = 100 };
#define BROADCAST UINT32_C(0xffffffff)

static const uint8_t nonce[AW_CONTROL_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct {
    struct u2fhid h;
    bool scripted;
    uint8_t script[SCRIPT][REPORT];
    size_t sizes[SCRIPT];   /* 0: REPORT */
    bool quiet[SCRIPT + 1]; /* before this one the line is quiet, once */
    size_t n;
    size_t at;
    aw_err in_error; /* of every report, if it is one */
    unsigned writes;
    uint32_t waited_ms;
    aw_err claimed;
    struct aw_usb_device usb;
    struct aw_control c;
    struct aw_diag diag;
} t;

static aw_err claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    (void)ctx;
    (void)diag;
    ck_assert_uint_eq(interface, 0);
    return t.claimed;
}

static aw_err receive(uint8_t *data, size_t size, size_t *done,
                      uint32_t timeout_ms)
{
    *done = 0;
    ck_assert_uint_eq(size, REPORT);
    if (t.in_error != AW_OK) {
        return t.in_error;
    }
    if (t.scripted && t.quiet[t.at]) {
        t.quiet[t.at] = false;
        t.waited_ms += timeout_ms;
        return AW_ERR_TIMEOUT;
    }
    if (t.scripted && t.at < t.n) {
        *done = t.sizes[t.at] == 0 ? (size_t)REPORT : t.sizes[t.at];
        memcpy(data, t.script[t.at++], REPORT);
        return AW_OK;
    }
    if (!t.scripted && u2fhid_send(&t.h, data)) {
        *done = REPORT;
        return AW_OK;
    }
    t.waited_ms += timeout_ms;
    return AW_ERR_TIMEOUT;
}

static aw_err transfer(void *ctx, uint8_t endpoint, uint8_t *data, size_t size,
                       size_t *done, uint32_t timeout_ms)
{
    (void)ctx;
    if (endpoint == 0x83) {
        return receive(data, size, done, timeout_ms);
    }
    ck_assert_uint_eq(endpoint, 0x03);
    ck_assert_uint_eq(size, REPORT);
    t.writes++;
    if (!t.scripted) {
        u2fhid_receive(&t.h, (aw_bytes){data, size}, t.writes);
    }
    *done = size;
    return AW_OK;
}

/* Vendor commands as the real OS has them, as far as framing goes. */
static enum u2fhid_error serve(void *ctx, uint8_t command, aw_bytes request,
                               struct aw_wr *reply)
{
    static const struct aw_ctl_status status = {.serial = "S", .hab = true};
    static const struct aw_ctl_response no = {.error = 1, .reason = "no"};
    static const struct aw_ctl_log empty = {.more = true};

    (void)ctx;
    switch (command) {
    case AW_CTL_INF:
        aw_ctl_status_write(&status, reply);
        return U2FHID_OK;
    case AW_CTL_CFG:
        aw_ctl_response_write(&no, reply);
        return U2FHID_OK;
    case AW_CTL_HAB:
        return U2FHID_OK;
    case AW_CTL_CRASH_LOGS:
        aw_ctl_log_write(&empty, reply);
        return U2FHID_OK;
    case 0xe0:
        aw_wr_put(reply, request);
        return U2FHID_OK;
    case 0xe1:
        return U2FHID_OTHER;
    default:
        return U2FHID_BAD_COMMAND;
    }
}

static aw_err open_it(void)
{
    return aw_control_open(&t.c, &t.usb, TIMEOUT_MS, nonce, &t.diag);
}

static void setup(void)
{
    memset(&t, 0, sizeof(t));
    t.usb = (struct aw_usb_device){.claim = claim, .transfer = transfer};
    u2fhid_init(&t.h, serve, NULL);
}

static struct aw_wr call(uint8_t command, aw_bytes request, aw_err want)
{
    static uint8_t bytes[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    aw_err got = aw_control_call(&t.c, command, request, &w, &t.diag);

    ck_assert_msg(got == want, "%s: %s", aw_err_name(got), t.diag.where);
    ck_assert(got == AW_OK || w.n == 0);
    return w;
}

static const size_t lengths[] = {0, 1, 56, 57, 58, 115, 116, 1024, 7608, 7609};

START_TEST(messages)
{
    static uint8_t bytes[AW_CTL_MESSAGE_MAX + 1];
    const aw_bytes request = {bytes, lengths[_i]};

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 31);
    }
    ck_assert_int_eq(open_it(), AW_OK);
    struct aw_wr w = call(0xe0, request, AW_OK);

    CK_ASSERT_BYTES(aw_wr_done(&w), request);
    ck_assert_int_eq(aw_control_ping(&t.c, request, &t.diag), AW_OK);
    unsigned writes = t.writes;

    (void)call(0xe0, (aw_bytes){bytes, sizeof(bytes)}, AW_ERR_SPACE);
    ck_assert_uint_eq(t.writes, writes);
}
END_TEST

START_TEST(commands)
{
    struct aw_ctl_status s;
    struct aw_ctl_information i = {.format = 7};
    const struct aw_ctl_config config = {.dhcp = true};
    const struct aw_ctl_arm arm = {.serial = "S"};
    struct aw_ctl_log piece = {.n = 5};

    ck_assert_int_eq(open_it(), AW_OK);
    ck_assert_int_eq(aw_control_status(&t.c, &s, &t.diag), AW_OK);
    ck_assert_str_eq(s.serial, "S");
    ck_assert(s.hab);
    /* A device that does not have our commands. */
    ck_assert_int_eq(aw_control_information(&t.c, &i, &t.diag),
                     AW_ERR_UNSUPPORTED);
    ck_assert_uint_eq(i.format, 7);
    ck_assert_int_eq(aw_control_arm(&t.c, &arm, &t.diag), AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(aw_control_rpmb_retry(&t.c, &t.diag), AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(aw_control_configure(&t.c, &config, &t.diag),
                     AW_ERR_REFUSED);
    ck_assert_uint_eq(t.c.fault, 0);
    ck_assert_str_eq(t.c.reason, "no");
    ck_assert_int_eq(aw_control_activate(&t.c, &t.diag), AW_OK);
    (void)call(0xe1, (aw_bytes){NULL, 0}, AW_ERR_REFUSED);
    ck_assert_uint_eq(t.c.fault, U2FHID_OTHER);
    /* An empty piece, and more to come: it would go on for ever. */
    ck_assert_int_eq(
        aw_control_log(&t.c, AW_CTL_CRASH_LOGS, false, &piece, &t.diag),
        AW_ERR_FORMAT);
}
END_TEST

/* One report of the script. */
static void say(uint32_t channel, uint8_t kind, const uint8_t *rest, size_t n)
{
    struct aw_wr w = aw_wr_init(t.script[t.n++], REPORT);

    ck_assert_uint_le(t.n, SCRIPT);
    aw_wr_be32(&w, channel);
    aw_wr_u8(&w, kind);
    aw_wr_put(&w, (aw_bytes){rest, n});
    ck_assert(!w.failed);
}

static void say_init(uint8_t change)
{
    uint8_t rest[19] = {0, 17, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9, 12, 4, 2};

    rest[2] ^= change;
    say(BROADCAST, 0x86, rest, sizeof(rest));
}

/* A session on channel 9, whose device then says what a test lets it. */
static void scripted(void)
{
    t.scripted = true;
    say_init(0);
    ck_assert_int_eq(open_it(), AW_OK);
    ck_assert_uint_eq(t.c.channel, 9);
}

/* What a device says to e0, and what becomes of it. */
static const struct {
    const char *name;
    struct {
        uint32_t channel;
        uint8_t kind;
        uint8_t rest[4];
    } say[3];
    uint32_t n;
    aw_err want;
} answers[] = {
    {"as it should", {{9, 0xe0, {0, 1, 7}}}, 1, AW_OK},
    {"for another first", {{8, 0xe0, {0, 1}}, {9, 0xe0, {0, 1}}}, 2, AW_OK},
    {"the rest of an old one", {{9, 0x05, {0}}, {9, 0xe0, {0, 1}}}, 2, AW_OK},
    {"nothing", {{0, 0, {0}}}, 0, AW_ERR_TIMEOUT},
    {"another command", {{9, 0xe1, {0, 1}}}, 1, AW_ERR_FORMAT},
    {"longer than a message", {{9, 0xe0, {0x1d, 0xba}}}, 1, AW_ERR_FORMAT},
    {"an error", {{9, 0xbf, {0, 1, 5}}}, 1, AW_ERR_REFUSED},
    {"busy, and then nothing", {{9, 0xbf, {0, 1, 6}}}, 1, AW_ERR_TIMEOUT},
    {"an error of two bytes", {{9, 0xbf, {0, 2, 6}}}, 1, AW_ERR_FORMAT},
    {"an error that is none", {{9, 0xbf, {0, 1, 0}}}, 1, AW_ERR_FORMAT},
    {"another's error", {{8, 0xbf, {0, 1, 6}}}, 1, AW_ERR_TIMEOUT},
    {"a rest that never comes", {{9, 0xe0, {0, 100}}}, 1, AW_ERR_TIMEOUT},
    {"a wrong sequence", {{9, 0xe0, {0, 100}}, {9, 1, {0}}}, 2, AW_ERR_FORMAT},
    {"a beginning in the middle",
     {{9, 0xe0, {0, 100}}, {9, 0xe0, {0, 100}}},
     2,
     AW_ERR_FORMAT},
    {"another's in between",
     {{9, 0xe0, {0, 100}}, {8, 0, {0}}, {9, 0, {0}}},
     3,
     AW_OK},
};

START_TEST(hostile_answers)
{
    scripted();
    for (size_t i = 0; i < answers[_i].n; i++) {
        say(answers[_i].say[i].channel, answers[_i].say[i].kind,
            answers[_i].say[i].rest, sizeof(answers[_i].say[i].rest));
    }
    (void)call(0xe0, (aw_bytes){NULL, 0}, answers[_i].want);
}
END_TEST

/* No end of reports for others, and of odd sizes. */
START_TEST(bounded)
{
    scripted();
    for (unsigned i = 0; i < 300; i++) {
        say(8, 0xe0, (const uint8_t *)"", 1);
    }
    (void)call(0xe0, (aw_bytes){NULL, 0}, AW_ERR_FORMAT);
    ck_assert_uint_lt(t.at, 100);
    t.n = t.at;
    say(9, 0xe0, (const uint8_t *)"\0\x64", 2);
    for (unsigned i = 0; i < 200; i++) {
        say(8, 0, (const uint8_t *)"", 1);
    }
    (void)call(0xe0, (aw_bytes){NULL, 0}, AW_ERR_FORMAT);
    t.n = t.at;
    t.sizes[t.n] = 63;
    say(9, 0xe0, (const uint8_t *)"\0\0", 2);
    (void)call(0xe0, (aw_bytes){NULL, 0}, AW_ERR_FORMAT);
}
END_TEST

/* Another program's message is under way: it is waited for, but not for ever.
 */
START_TEST(busy_device)
{
    ck_assert_int_eq(open_it(), AW_OK);
    t.h.receiving = true;
    t.h.channel = 77;
    (void)call(0xe0, (aw_bytes){NULL, 0}, AW_ERR_REFUSED);
    ck_assert_uint_eq(t.c.fault, U2FHID_BUSY);
    ck_assert_uint_ge(t.waited_ms, 3000);
    ck_assert_uint_le(t.waited_ms, 5000);
    /* It stopped coming. */
    t.writes += U2FHID_TIMEOUT_MS;
    t.waited_ms = 0;
    (void)call(0xe0, (aw_bytes){NULL, 0}, AW_OK);
    ck_assert_uint_eq(t.waited_ms, 0);
}
END_TEST

START_TEST(opening)
{
    static const uint8_t busy[] = {0, 1, 6};

    /* Answers to others, then ours. */
    t.scripted = true;
    say_init(1);
    say(3, 0xe0, (const uint8_t *)"", 1);
    say_init(0);
    ck_assert_int_eq(open_it(), AW_OK);
    /* Busy, and so no end. */
    t.n = 0;
    t.at = 0;
    for (unsigned i = 0; i < 4; i++) {
        say(BROADCAST, 0xbf, busy, sizeof(busy));
        t.quiet[t.n] = true;
    }
    ck_assert_int_eq(open_it(), AW_ERR_REFUSED);
    ck_assert_uint_eq(t.c.fault, 6);
    ck_assert_uint_eq(t.at, 4);
    /* Busy, another's answer, then not. */
    t.n = 0;
    t.at = 0;
    memset(t.quiet, 0, sizeof(t.quiet));
    say(BROADCAST, 0xbf, busy, sizeof(busy));
    say(5, 0xbf, busy, sizeof(busy));
    t.quiet[t.n] = true;
    say_init(0);
    ck_assert_int_eq(open_it(), AW_OK);
    memset(t.quiet, 0, sizeof(t.quiet));
    t.n = 0;
    t.at = 0;
    for (unsigned i = 0; i < 300; i++) {
        say_init(1);
    }
    ck_assert_int_eq(open_it(), AW_ERR_FORMAT);
    t.claimed = AW_ERR_PRECONDITION;
    ck_assert_int_eq(open_it(), AW_ERR_PRECONDITION);
    t.claimed = AW_OK;
    t.in_error = AW_ERR_GONE;
    ck_assert_int_eq(open_it(), AW_ERR_GONE);
}
END_TEST

Suite *suite_sdp_control(void)
{
    Suite *s = suite_create("sdp_control");
    TCase *tc = tcase_create("client");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, messages, 0, (int)COUNT(lengths));
    tcase_add_test(tc, commands);
    tcase_add_loop_test(tc, hostile_answers, 0, (int)COUNT(answers));
    tcase_add_test(tc, bounded);
    tcase_add_test(tc, busy_device);
    tcase_add_test(tc, opening);
    suite_add_tcase(s, tc);
    return s;
}
