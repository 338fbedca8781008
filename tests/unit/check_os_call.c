/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the applet, and its life, without a processor under it. */
#include <string.h>

#include "fw/dma.h"
#include "fw/policy.h"
#include "fw/reg.h"
#include "fw/ring.h"
#include "fw/time.h"
#include "os/applet/run.h"
#include "os/call/call.h"
#include "suites.h"
#include "support.h"

enum { PAGE = 4096, GPT_CNT = 0x02098024 };
#define DATA UINT32_C(0x90012000)

/* The applet's key of the vectors of upstream's derivation. */
const struct policy policy = {
    .applet_public_key = "transparency.dev-aw-applet-ci+3ff32e2c+"
                         "AV1fgxtByjXuPjPfi0/7qTbEBlPGGCyxqr6ZlppoLOz3",
    .version = "1.2.3",
    .revision = "abc",
    .srk_hash = "00",
    .variant = "test"};

const uint8_t mon_page[1];
struct mon_frame mon_frame;

void mon_flush(const struct space *space)
{
    (void)space;
}

aw_err run_take(struct applet *a)
{
    (void)a;
    return AW_OK;
}

void run_start(struct applet *a)
{
    (void)a;
}

aw_err entropy(uint8_t *to, size_t n)
{
    memset(to, 0x5a, n);
    return AW_OK;
}

static struct os os;
static uint8_t data[2 * PAGE];
static uint64_t now_ms;

/* The counter is a register; time only goes on here. */
static void at_ms(uint64_t ms)
{
    now_ms = ms;
    fake_put(GPT_CNT, (uint32_t)(ms * TIME_PER_MS));
}

static void setup(void)
{
    const struct space_region r = {DATA, 2 * PAGE, MMU_USER_DATA};

    fake_reset();
    time_init();
    ring_init();
    fake_dma_on_miss(NULL);
    memset(&os, 0, sizeof(os));
    memset(data, 0, sizeof(data));
    fake_dma_map(data, sizeof(data), DATA);
    ck_assert_int_eq(space_add(&os.applet.space, &r), AW_OK);
    os.applet.phase = APPLET_RUNS;
    os.applet.pause_ms = 1000;
    at_ms(1000);
}

static int32_t call(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t *r = os.applet.state.r;

    r[0] = number;
    r[1] = a;
    r[2] = b;
    r[3] = c;
    call_serve(&os);
    return (int32_t)r[0];
}

/* Edges of the memory that the applet has here, with every call that takes
 * memory of some size. */
static const struct {
    const char *name;
    uint32_t number;
    uint32_t size; /* of its struct; 0: r2 says it */
} takes[] = {
    {"write", ABI_WRITE, 0},
    {"nanotime", ABI_NANOTIME, 8},
    {"getrandom", ABI_GETRANDOM, 0},
    {"config", ABI_CONFIG, sizeof(struct abi_config)},
    {"status", ABI_STATUS, sizeof(struct abi_status)},
    {"witness status", ABI_SET_WITNESS_STATUS,
     sizeof(struct abi_witness_status)},
    {"console log", ABI_CONSOLE_LOG, 0},
    {"crash log", ABI_CRASH_LOG, 0},
    {"versions", ABI_GET_INSTALLED_VERSIONS, sizeof(struct abi_versions)},
};

START_TEST(memory_edges)
{
    const uint32_t n = takes[_i].size != 0 ? takes[_i].size : 16;
    const uint32_t number = takes[_i].number;

    ck_assert_int_ge(call(number, DATA, n, 0), 0);
    ck_assert_int_ge(call(number, DATA + 2 * PAGE - n, n, 0), 0);
    ck_assert_int_eq(call(number, DATA + 2 * PAGE - n + 1, n, 0),
                     -AW_ERR_RANGE);
    ck_assert_int_eq(call(number, DATA - 1, n, 0), -AW_ERR_RANGE);
    ck_assert_int_eq(call(number, 0, n, 0), -AW_ERR_RANGE);
    ck_assert_int_eq(call(number, 0xffffffff, n, 0), -AW_ERR_RANGE);
    if (takes[_i].size == 0) {
        ck_assert_int_eq(call(number, DATA, 0x80000000, 0), -AW_ERR_RANGE);
        ck_assert_int_eq(call(number, DATA, 0xffffffff, 0), -AW_ERR_RANGE);
        ck_assert_int_ge(call(number, 0, 0, 0), 0);
    }
}
END_TEST

START_TEST(unknown_numbers)
{
    unsigned known = 0;

    for (uint32_t number = 0; number < 0x1000; number++) {
        os.applet.phase = APPLET_RUNS;
        int32_t got = call(number, 0xffffffff, 0xffffffff, 0xffffffff);

        known += got == -AW_ERR_UNSUPPORTED ? 0 : 1;
    }
    ck_assert_uint_eq(known, 29);
    ck_assert_int_eq(call(0xffffffff, 0, 0, 0), -AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(call(0x80000000, 0, 0, 0), -AW_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(text_is_made_harmless)
{
    struct aw_wr w = aw_wr_init(data, 8);
    uint8_t out[8];

    aw_wr_text(&w, "a\x1b[2J\n\tz");
    ck_assert_int_eq(call(ABI_WRITE, DATA, 8, 0), 0);
    ck_assert_uint_eq(ring_copy(out, sizeof(out)), 8);
    ck_assert_int_eq(memcmp(out, "a?[2J\n\tz", 8), 0);
    ck_assert_int_eq(call(ABI_WRITE, DATA, 1025, 0), -AW_ERR_RANGE);
    ck_assert_int_eq(call(ABI_GETRANDOM, DATA, 257, 0), -AW_ERR_RANGE);
}
END_TEST

START_TEST(log_in_parts)
{
    struct aw_wr w = aw_wr_init(data, 10);

    aw_wr_text(&w, "0123456789");
    ck_assert_int_eq(call(ABI_WRITE, DATA, 10, 0), 0);
    ck_assert_int_eq(call(ABI_CONSOLE_LOG, DATA + 100, 4, 8), 2);
    ck_assert_int_eq(memcmp(data + 100, "89", 2), 0);
    ck_assert_int_eq(call(ABI_CONSOLE_LOG, DATA, 4, 10), 0);
    ck_assert_int_eq(call(ABI_CONSOLE_LOG, DATA, 4, 0xffffffff), 0);
}
END_TEST

START_TEST(time_of_24_mhz)
{
    uint64_t ns = 0;

    at_ms(100000);
    ck_assert_int_eq(call(ABI_NANOTIME, DATA, 0, 0), 0);
    memcpy(&ns, data, sizeof(ns));
    ck_assert_uint_eq(ns, UINT64_C(100000000000));
}
END_TEST

START_TEST(waiting)
{
    struct applet *a = &os.applet;

    os.events = ABI_EVENT_RX | ABI_EVENT_LINK;
    ck_assert_int_eq(call(ABI_WAIT_EVENT, ABI_EVENT_RX, 50, 0), ABI_EVENT_RX);
    ck_assert_int_eq(a->phase, APPLET_RUNS);
    ck_assert_uint_eq(os.events, ABI_EVENT_LINK);
    ck_assert_int_eq(call(ABI_WAIT_EVENT, ABI_EVENT_RX, 0, 0), 0);
    ck_assert_int_eq(a->phase, APPLET_RUNS);
    ck_assert_int_eq(call(ABI_WAIT_EVENT, ABI_EVENT_RX, 50, 0), 0);
    ck_assert_int_eq(a->phase, APPLET_WAITS);
    ck_assert(!applet_due(a, time_now()));
    ck_assert(!applet_due(a, time_now() + UINT64_C(50) * TIME_PER_MS - 1));
    applet_events(a, ABI_EVENT_LINK);
    ck_assert_int_eq(a->phase, APPLET_WAITS);
    applet_events(a, ABI_EVENT_RX);
    ck_assert_int_eq(a->phase, APPLET_RUNS);
    ck_assert_uint_eq(a->state.r[0], ABI_EVENT_RX);
    ck_assert_int_eq(call(ABI_WAIT_EVENT, ABI_EVENT_RX, 50, 0), 0);
    ck_assert(applet_due(a, time_now() + UINT64_C(50) * TIME_PER_MS));
    ck_assert_uint_eq(a->state.r[0], 0);
    (void)call(ABI_WAIT_EVENT, 0, 0xffffffff, 0);
    ck_assert(applet_next(a) == UINT64_MAX);
    ck_assert(!applet_due(a, UINT64_MAX - 1));
}
END_TEST

/* 1 s, 2 s, ... 60 s; a long life takes it back. */
START_TEST(pauses_double)
{
    static const uint32_t want[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct applet *a = &os.applet;
    uint64_t now = 0;

    for (size_t i = 0; i < COUNT(want); i++) {
        a->phase = APPLET_RUNS;
        a->started = now;
        applet_ended(a, APPLET_FAULTED, now);
        ck_assert_int_eq(a->phase, APPLET_PAUSED);
        ck_assert_uint_eq(applet_next(a) - now,
                          (uint64_t)want[i] * 1000 * TIME_PER_MS);
    }
    now += (uint64_t)60000 * TIME_PER_MS;
    applet_ended(a, APPLET_EXITED, now);
    ck_assert_uint_eq(applet_next(a) - now, (uint64_t)1000 * TIME_PER_MS);
}
END_TEST

START_TEST(exit_ends)
{
    (void)call(ABI_EXIT, 42, 0, 0);
    ck_assert_int_eq(os.applet.phase, APPLET_PAUSED);
    ck_assert_int_eq(os.applet.end, APPLET_EXITED);
    ck_assert_uint_eq(os.applet.end_code, 42);
}
END_TEST

static const struct {
    uint32_t number;
    uint32_t block;
    uint32_t blocks;
    aw_err want;
} blocks[] = {
    {ABI_READ, 0, 1, AW_ERR_PRECONDITION}, /* there is no card here */
    {ABI_READ, 0x3fffff, 1, AW_ERR_PRECONDITION},
    {ABI_READ, 0x3fffff, 2, AW_ERR_RANGE},
    {ABI_READ, 0x400000, 1, AW_ERR_RANGE},
    {ABI_READ, 0xffffffff, 1, AW_ERR_RANGE},
    {ABI_READ, 0xffc00000, 16, AW_ERR_RANGE},
    {ABI_READ, 0, 65, AW_ERR_RANGE},
    {ABI_READ, 0, 17, AW_ERR_RANGE}, /* more than the applet has */
    {ABI_READ, 0, 0x00800000, AW_ERR_RANGE},
    {ABI_READ, 0, 0x00800001, AW_ERR_RANGE},
    {ABI_WRITE_BLOCKS, 0, 16, AW_ERR_PRECONDITION},
    {ABI_WRITE_BLOCKS, 0xffc00002, 1, AW_ERR_RANGE},
};

START_TEST(blocks_of_the_area)
{
    ck_assert_int_eq(
        call(blocks[_i].number, blocks[_i].block, DATA, blocks[_i].blocks),
        -(int)blocks[_i].want);
}
END_TEST

Suite *suite_os_call(void)
{
    Suite *s = suite_create("os_call");
    TCase *tc = tcase_create("calls");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, memory_edges, 0, COUNT(takes));
    tcase_add_test(tc, unknown_numbers);
    tcase_add_test(tc, text_is_made_harmless);
    tcase_add_test(tc, log_in_parts);
    tcase_add_test(tc, time_of_24_mhz);
    tcase_add_test(tc, waiting);
    tcase_add_test(tc, pauses_double);
    tcase_add_test(tc, exit_ends);
    tcase_add_loop_test(tc, blocks_of_the_area, 0, COUNT(blocks));
    suite_add_tcase(s, tc);
    return s;
}
