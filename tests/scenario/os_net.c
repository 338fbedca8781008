/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the applet, through the trusted OS and its driver, on the wire of
 * a twin. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "aw/sha256.h"
#include "cpu/debug.h"
#include "device.h"
#include "elf_symbols.h"
#include "support.h"

enum {
    BOOT_MS = 3000,
    LINK_MS = 4000,
    WIRE_MS = 20,
    HEADER = 14,
    LEAST = 60, /* the shortest on the wire, without FCS */
    MOST = 1514,
    FRAMES = 600
};

static struct device d;
static uint8_t own[6];
static const uint8_t peer[6] = {0x52, 0x55, 0x0a, 0, 2, 2};

/* What came out. */
static struct {
    unsigned n;
    size_t length;
    uint8_t bytes[2048];
} out;

static void on_frame(const uint8_t *frame, size_t n)
{
    out.n++;
    out.length = n;
    memcpy(out.bytes, frame, n);
}

/* From the serial number, as upstream does it: the id's bytes as the fuses
 * have them. */
static void make_own(void)
{
    uint64_t unit = d.board.config.unit;
    char text[32];
    uint8_t digest[AW_SHA256_SIZE];
    size_t n = 4;

    memcpy(text, "MAC:", n);
    for (unsigned i = 0; i < 8; i++) {
        (void)snprintf(text + n, sizeof(text) - n, "%02X",
                       (unsigned)(unit >> (8 * i) & 0xff));
        n += 2;
    }
    aw_sha256((aw_bytes){(const uint8_t *)text, n}, digest);
    memcpy(own, digest, sizeof(own));
    own[0] = (uint8_t)((own[0] & 0xfe) | 2);
}

static void start(enum tw_soc soc)
{
    device_init(&d, soc);
    d.frame = on_frame;
    memset(&out, 0, sizeof(out));
    device_put(&d, 2, device_file("tests/os_net.imx"));
    tw_board_network(&d.board, false);
    ck_assert_msg(device_boot(&d, "net: ready", BOOT_MS), "%.3000s", d.console);
    ck_assert_msg(!device_said(&d, "FAIL"), "%.3000s", d.console);
    make_own();
}

static void expect_clean(void)
{
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_DMA_DIRTY], 0);
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_REFUSED], 0);
    ck_assert_msg(!device_said(&d, "FAIL") && !device_said(&d, "applet: "),
                  "%.3000s", d.console);
}

/* A frame to the applet. */
static void send(const uint8_t to[6], size_t n, uint8_t first)
{
    uint8_t frame[MOST];

    for (size_t i = 0; i < n; i++) {
        frame[i] = (uint8_t)(i * 7 + n);
    }
    memcpy(frame, to, 6);
    memcpy(frame + 6, peer, 6);
    frame[12] = 0x88;
    frame[13] = 0xb5;
    if (n > HEADER) {
        frame[HEADER] = first;
    }
    ck_assert(tw_board_receive(&d.board, frame, n));
}

static void plug(bool in)
{
    tw_board_network(&d.board, in);
    ck_assert_msg(device_run(&d,
                             in ? "net: link 00000001" : "net: link 00000000",
                             LINK_MS),
                  "%.3000s", d.console);
}

START_TEST(frames_go_round)
{
    static const size_t lengths[] = {HEADER, 15,  59,   LEAST,
                                     61,     512, 1513, MOST};

    start((enum tw_soc)_i);
    char mac[64];

    (void)snprintf(mac, sizeof(mac), "net: mac 0000%02x%02x", own[0], own[1]);
    ck_assert_msg(device_said(&d, mac), "%.3000s", d.console);
    (void)snprintf(mac, sizeof(mac), "net: mac %02x%02x%02x%02x", own[2],
                   own[3], own[4], own[5]);
    ck_assert_msg(device_said(&d, mac), "%.3000s", d.console);
    plug(true);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t wire = lengths[i] < LEAST ? LEAST : lengths[i];

        send(own, lengths[i], 0);
        (void)device_run(&d, NULL, WIRE_MS);
        ck_assert_uint_eq(out.n, i + 1);
        ck_assert_uint_eq(out.length, wire);
        ck_assert_mem_eq(out.bytes, peer, 6);
        ck_assert_mem_eq(out.bytes + 6, own, 6);
        ck_assert_uint_eq(out.bytes[12], 0x88);
        if (lengths[i] > HEADER + 1) {
            ck_assert_uint_eq(out.bytes[lengths[i] - 1],
                              (uint8_t)((lengths[i] - 1) * 7 + lengths[i]));
        }
    }
    expect_clean();
    device_free(&d);
}
END_TEST

/* To others: not taken. To everybody: taken. */
START_TEST(addresses)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t other[6] = {2, 1, 2, 3, 4, 5};
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1};

    start(TW_ULL);
    plug(true);
    send(other, 100, 0);
    send(group, 100, 0);
    (void)device_run(&d, NULL, WIRE_MS);
    ck_assert_uint_eq(out.n, 0);
    send(all, 100, 0);
    (void)device_run(&d, NULL, WIRE_MS);
    ck_assert_uint_eq(out.n, 1);
    expect_clean();
    device_free(&d);
}
END_TEST

/* More than the rings hold, one after the other and at once. */
START_TEST(many)
{
    start(TW_ULL);
    plug(true);
    for (unsigned i = 0; i < FRAMES; i++) {
        send(own, 60 + i, 0);
        (void)device_run(&d, NULL, 5);
        ck_assert_uint_eq(out.n, i + 1);
        ck_assert_uint_eq(out.length, 60 + i);
    }
    out.n = 0;
    send(own, 1514, 199);
    (void)device_run(&d, NULL, 5 * WIRE_MS);
    ck_assert_msg(device_said(&d, "net: full"), "%.3000s", d.console);
    ck_assert_uint_eq(out.n, 200);
    expect_clean();
    device_free(&d);
}
END_TEST

START_TEST(link_comes_and_goes)
{
    start(TW_UL);
    plug(true);
    d.n_console = 0;
    plug(false);
    d.n_console = 0;
    plug(true);
    send(own, 100, 0);
    (void)device_run(&d, NULL, WIRE_MS);
    ck_assert_uint_eq(out.n, 1);
    expect_clean();
    device_free(&d);
}
END_TEST

static uint32_t seed = 0x2545f491;

static uint32_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* It still answers, and is not slower. */
static void expect_answer(void)
{
    out.n = 0;
    send(own, 100, 0);
    (void)device_run(&d, NULL, WIRE_MS);
    ck_assert_uint_eq(out.n, 1);
}

/* Anything on the wire: shorter than an address, longer than a frame, of any
 * content, one at a time and more than the ring holds. */
START_TEST(hostile_frames)
{
    enum { HOSTILE = 20000, LONGEST = 2000, BURST = 400 };
    static uint8_t frame[LONGEST];

    start(TW_ULL);
    plug(true);
    for (unsigned i = 0; i < HOSTILE; i++) {
        size_t n = next() % 4 == 0 ? next() % 64 : next() % LONGEST;

        for (size_t k = 0; k < n; k++) {
            frame[k] = (uint8_t)next();
        }
        if (n >= 6 && next() % 2 == 0) {
            memcpy(frame, own, sizeof(own));
        }
        if (n > HEADER) {
            frame[HEADER] = 0; /* one copy */
        }
        (void)tw_board_receive(&d.board, frame, n);
        if (i % BURST == 0) {
            (void)device_run(&d, NULL, 5 * WIRE_MS);
        }
    }
    (void)device_run(&d, NULL, 5 * WIRE_MS);
    expect_answer();
    expect_clean();
    ck_assert_uint_eq(d.resets, 0);
    device_free(&d);
}
END_TEST

/* A controller that says anything in its descriptors: frames get lost, the OS
 * does not. */
START_TEST(hostile_descriptors)
{
    enum { HOSTILE = 3000, RX = 256, LAST = 1 << 27, LEAST_QUEUES = 1 << 16 };
    uint64_t led_at = 0;

    start(TW_ULL);
    plug(true);
    /* USB has queues, too; these begin with the ring. */
    struct elf_symbol queues =
        elf_symbol(device_file("tests/os_net.debug"), "queues", 0);

    if (queues.size < LEAST_QUEUES) {
        queues = elf_symbol(device_file("tests/os_net.debug"), "queues", 1);
    }
    ck_assert_uint_ge(queues.size, LEAST_QUEUES);
    uint32_t rx = queues.address;

    for (unsigned i = 0; i < HOSTILE; i++) {
        uint32_t word = i % 2 == 0 ? next() : LAST | (next() & 0xffff);
        uint32_t at = rx + next() % RX * 8;

        ck_assert_uint_eq(tw_cpu_poke(d.board.cpu, at, &word, sizeof(word)),
                          sizeof(word));
        send(own, 60 + i % 1400, 0);
        (void)device_run(&d, NULL, 5);
    }
    ck_assert(!device_said(&d, "applet: ") && !device_said(&d, "panic") &&
              !device_said(&d, "FAIL"));
    ck_assert_uint_eq(d.resets, 0);
    led_at = d.led_at;
    (void)device_run(&d, NULL, 2 * LINK_MS);
    ck_assert(d.led_at > led_at);
    device_free(&d);
}
END_TEST

/* The gamma board has no jack: calls say so. */
START_TEST(no_jack)
{
    start(TW_ULZ);
    ck_assert_msg(device_said(&d, "ok   net: none"), "%.3000s", d.console);
    ck_assert(!device_said(&d, "net: mac"));
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_UNMAPPED], 0);
    expect_clean();
    device_free(&d);
}
END_TEST

Suite *os_net_suite(void)
{
    Suite *s = suite_create("os_net");
    TCase *tc = tcase_create("frames");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, frames_go_round, TW_UL, TW_ULZ);
    tcase_add_test(tc, addresses);
    tcase_add_test(tc, many);
    tcase_add_test(tc, link_comes_and_goes);
    tcase_add_test(tc, no_jack);
    tcase_add_test(tc, hostile_frames);
    tcase_add_test(tc, hostile_descriptors);
    suite_add_tcase(s, tc);
    return s;
}
