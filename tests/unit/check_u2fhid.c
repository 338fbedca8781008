/* SPDX-License-Identifier: Apache-2.0 */
/* Framing of the control interface: what a message in reports may look like. */
#include <string.h>

#include "fw/u2fhid.h"
#include "suites.h"
#include "support.h"

#define BROADCAST UINT32_C(0xffffffff)
enum { FIRST = 57, MORE = 59 };

static struct u2fhid h;
static uint8_t got[U2FHID_REPORT];
static uint64_t now;
static size_t served;

/* Vendor commands: 0xc0 echoes, 0xc1 answers with nothing, 0xc2 with too much,
 * others are unknown. */
static enum u2fhid_error serve(void *ctx, uint8_t command, aw_bytes request,
                               struct aw_wr *reply)
{
    (void)ctx;
    served = request.n;
    switch (command) {
    case 0xc0:
        aw_wr_put(reply, request);
        return U2FHID_OK;
    case 0xc1:
        return U2FHID_OK;
    case 0xc2:
        aw_wr_zeros(reply, U2FHID_MESSAGE_MAX + 1);
        return U2FHID_OK;
    default:
        return U2FHID_BAD_COMMAND;
    }
}

static void setup(void)
{
    u2fhid_init(&h, serve, NULL);
    now = 1000;
    served = 0;
}

static void put(uint32_t channel, const uint8_t *rest, size_t n)
{
    uint8_t report[U2FHID_REPORT] = {(uint8_t)(channel >> 24),
                                     (uint8_t)(channel >> 16),
                                     (uint8_t)(channel >> 8), (uint8_t)channel};

    memcpy(report + 4, rest, n);
    u2fhid_receive(&h, (aw_bytes){report, sizeof(report)}, now);
}

static void first(uint32_t channel, uint8_t command, size_t n)
{
    const uint8_t rest[] = {
        command, (uint8_t)(n >> 8), (uint8_t)n, 1, 2, 3, 4, 5, 6, 7, 8};

    put(channel, rest, sizeof(rest));
}

static void more(uint32_t channel, uint8_t sequence)
{
    put(channel, &sequence, 1);
}

static void expect(uint32_t channel, uint8_t command, size_t n)
{
    struct aw_rd r = aw_rd_init((aw_bytes){got, sizeof(got)});

    ck_assert(u2fhid_send(&h, got));
    ck_assert_uint_eq(aw_rd_be32(&r), channel);
    ck_assert_uint_eq(aw_rd_u8(&r), command);
    ck_assert_uint_eq(aw_rd_be16(&r), n);
}

static void expect_error(uint32_t channel, uint8_t error)
{
    expect(channel, U2FHID_ERROR, 1);
    ck_assert_uint_eq(got[7], error);
    ck_assert(!u2fhid_send(&h, got));
}

START_TEST(init_gives_channels)
{
    static const uint8_t want[] = {0xff, 0xff, 0xff, 0xff, 0x86, 0, 17, 1,
                                   2,    3,    4,    5,    6,    7, 8,  0,
                                   0,    0,    1,    12,   4,    2, 0,  0};

    first(BROADCAST, U2FHID_INIT, 8);
    ck_assert(u2fhid_send(&h, got));
    ck_assert_mem_eq(got, want, sizeof(want));
    ck_assert(!u2fhid_send(&h, got));
    first(BROADCAST, U2FHID_INIT, 8);
    expect(BROADCAST, U2FHID_INIT, 17);
    ck_assert_uint_eq(got[18], 2);
    /* On a channel: it stays, and what was under way is forgotten. */
    first(2, 0xc0, 100);
    first(2, U2FHID_INIT, 8);
    expect(2, U2FHID_INIT, 17);
    ck_assert_uint_eq(got[18], 2);
    more(2, 0);
    ck_assert(!u2fhid_send(&h, got));
    first(2, U2FHID_INIT, 7);
    expect_error(2, U2FHID_BAD_LENGTH);
    /* What another channel has under way goes on. */
    first(2, 0xc0, 100);
    first(BROADCAST, U2FHID_INIT, 8);
    expect(BROADCAST, U2FHID_INIT, 17);
    ck_assert_uint_eq(got[18], 3);
    first(3, U2FHID_INIT, 8);
    expect(3, U2FHID_INIT, 17);
    first(3, 0xc1, 0);
    expect_error(3, U2FHID_BUSY);
    more(2, 0);
    expect(2, 0xc0, 100);
    first(BROADCAST, U2FHID_INIT, 8);
    first(4, U2FHID_INIT, 8);
    expect(BROADCAST, U2FHID_INIT, 17);
    expect(4, U2FHID_INIT, 17);
    ck_assert(u2fhid_send(&h, got)); /* the rest of 2's */
    ck_assert_uint_eq(got[3], 2);
    ck_assert_uint_eq(got[4], 0);
    ck_assert(!u2fhid_send(&h, got));
    /* And what is its own is forgotten, answer and errors. */
    first(2, 0xc0, 100);
    more(2, 0);
    first(2, U2FHID_INIT, 8);
    expect(2, U2FHID_INIT, 17);
    ck_assert(!u2fhid_send(&h, got));
    first(2, 0x84, 0);
    first(3, 0x84, 0);
    first(2, U2FHID_INIT, 8);
    expect(3, U2FHID_ERROR, 1);
    expect(2, U2FHID_INIT, 17);
    ck_assert(!u2fhid_send(&h, got));
}
END_TEST

/* A reply that nobody reads keeps others out for the time limit; a slow reader
 * of his own reply has all the time he needs. */
START_TEST(slow_reader)
{
    first(1, 0xc0, 200);
    more(1, 0);
    more(1, 1);
    more(1, 2);
    u2fhid_tick(&h, now);
    first(2, 0xc1, 0);
    expect(2, U2FHID_ERROR, 1);
    now += 60000;
    u2fhid_tick(&h, now);
    expect(1, 0xc0, 200);
    /* The time begins again with each report. */
    u2fhid_tick(&h, now);
    now += U2FHID_TIMEOUT_MS;
    u2fhid_tick(&h, now);
    first(2, 0xc1, 0);
    expect(2, U2FHID_ERROR, 1);
    ck_assert_uint_eq(got[7], U2FHID_BUSY);
    now += 1;
    first(2, 0xc1, 0);
    expect(1, U2FHID_ERROR, 1);
    ck_assert_uint_eq(got[7], U2FHID_TIMED_OUT);
    expect(2, 0xc1, 0);
    ck_assert(!u2fhid_send(&h, got));
    /* A new program that asks for a channel finds the way free. */
    first(1, 0xc0, 0);
    u2fhid_tick(&h, now);
    now += U2FHID_TIMEOUT_MS + 1;
    first(BROADCAST, U2FHID_INIT, 8);
    expect(1, U2FHID_ERROR, 1);
    expect(BROADCAST, U2FHID_INIT, 17);
    ck_assert(!u2fhid_send(&h, got));
}
END_TEST

/* Answers that nobody reads: the newest are kept. */
START_TEST(unread_answers)
{
    for (uint32_t i = 1; i <= U2FHID_SHORT + 5; i++) {
        first(i, 0x84, 0);
    }
    for (uint32_t i = 6; i <= U2FHID_SHORT + 5; i++) {
        expect(i, U2FHID_ERROR, 1);
        ck_assert_uint_eq(got[7], U2FHID_BAD_COMMAND);
    }
    ck_assert(!u2fhid_send(&h, got));
}
END_TEST

static const size_t lengths[] = {0,   1,   56,  57,   58,   115,
                                 116, 117, 175, 1024, 7608, 7609};

/* There and back, every report counted. */
START_TEST(echo)
{
    const uint8_t commands[] = {U2FHID_PING, 0xc0};
    size_t n = lengths[_i];
    size_t reports = n <= FIRST ? 0 : (n - FIRST + MORE - 1) / MORE;

    for (size_t c = 0; c < sizeof(commands); c++) {
        first(5, commands[c], n);
        for (size_t i = 0; i < reports; i++) {
            ck_assert(!u2fhid_send(&h, got));
            more(5, (uint8_t)i);
        }
        expect(5, commands[c], n);
        for (size_t i = 0; i < reports; i++) {
            ck_assert(u2fhid_send(&h, got));
            ck_assert_uint_eq(got[4], i);
        }
        ck_assert(!u2fhid_send(&h, got));
    }
    ck_assert_uint_eq(served, n);
}
END_TEST

static const struct {
    const char *name;
    size_t n;
    uint32_t channel;
    uint8_t command;
    uint8_t error;
} refused[] = {
    {"MSG", 0, 1, 0x83, U2FHID_BAD_COMMAND},
    {"LOCK", 1, 1, 0x84, U2FHID_BAD_COMMAND},
    {"WINK", 0, 1, 0x88, U2FHID_BAD_COMMAND},
    {"SYNC", 0, 1, 0xbc, U2FHID_BAD_COMMAND},
    {"ERROR as a request", 1, 1, 0xbf, U2FHID_BAD_COMMAND},
    {"unknown vendor command", 0, 1, 0xff, U2FHID_BAD_COMMAND},
    {"channel 0", 0, 0, 0xc0, U2FHID_BAD_CHANNEL},
    {"INIT on channel 0", 8, 0, U2FHID_INIT, U2FHID_BAD_CHANNEL},
    {"broadcast", 0, BROADCAST, 0xc0, U2FHID_BAD_CHANNEL},
    {"too long", 7610, 1, 0xc0, U2FHID_BAD_LENGTH},
    {"longest number", 65535, 1, 0xc0, U2FHID_BAD_LENGTH},
    {"reply too long", 0, 1, 0xc2, U2FHID_OTHER},
};

START_TEST(refusals)
{
    first(refused[_i].channel, refused[_i].command, refused[_i].n);
    ck_assert(u2fhid_send(&h, got));
    ck_assert_msg(got[4] == U2FHID_ERROR && got[7] == refused[_i].error, "%s",
                  refused[_i].name);
    ck_assert(!u2fhid_send(&h, got));
    first(7, 0xc1, 0);
    expect(7, 0xc1, 0);
}
END_TEST

START_TEST(order_of_reports)
{
    more(1, 0); /* without a beginning */
    ck_assert(!u2fhid_send(&h, got));
    first(1, 0xc0, 200);
    more(1, 1); /* one is missing */
    expect_error(1, U2FHID_BAD_SEQUENCE);
    more(1, 1);
    ck_assert(!u2fhid_send(&h, got));
    first(1, 0xc0, 200);
    first(1, 0xc0, 0); /* before the end */
    expect_error(1, U2FHID_BAD_SEQUENCE);
    first(1, 0xc0, 200);
    first(2, 0xc0, 0); /* another channel meanwhile */
    expect_error(2, U2FHID_BUSY);
    more(2, 0);
    more(1, 0);
    more(1, 1);
    more(1, 2);
    expect(1, 0xc0, 200);
}
END_TEST

START_TEST(time_limit)
{
    first(1, 0xc0, 200);
    now += U2FHID_TIMEOUT_MS;
    u2fhid_tick(&h, now);
    ck_assert(!u2fhid_send(&h, got));
    u2fhid_tick(&h, now + 1);
    expect_error(1, U2FHID_TIMED_OUT);
    u2fhid_tick(&h, now + 10000);
    ck_assert(!u2fhid_send(&h, got));
    first(2, 0xc1, 0);
    expect(2, 0xc1, 0);
}
END_TEST

START_TEST(reports_of_other_sizes)
{
    static const uint8_t report[65] = {0, 0, 0, 9, 0xc1};

    for (size_t n = 0; n <= sizeof(report); n++) {
        u2fhid_receive(&h, (aw_bytes){report, n}, now);
        if (n == U2FHID_REPORT) {
            expect(9, 0xc1, 0);
        } else if (n >= 5) {
            expect_error(9, U2FHID_BAD_LENGTH);
        }
        ck_assert(!u2fhid_send(&h, got));
    }
}
END_TEST

Suite *suite_u2fhid(void)
{
    Suite *s = suite_create("u2fhid");
    TCase *tc = tcase_create("framing");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, init_gives_channels);
    tcase_add_test(tc, slow_reader);
    tcase_add_test(tc, unread_answers);
    tcase_add_loop_test(tc, echo, 0, COUNT(lengths));
    tcase_add_loop_test(tc, refusals, 0, COUNT(refused));
    tcase_add_test(tc, order_of_reports);
    tcase_add_test(tc, time_limit);
    tcase_add_test(tc, reports_of_other_sizes);
    suite_add_tcase(s, tc);
    return s;
}
