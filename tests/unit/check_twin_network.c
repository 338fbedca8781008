/* SPDX-License-Identifier: Apache-2.0 */
/* The LAN jack of a board: what must be set up before a frame gets through. */
#include <string.h>

#include "board/net.h"
#include "suites.h"
#include "support.h"
#include "twin_board.h"

#define RING UINT32_C(0x0091a000)
#define BUF  UINT32_C(0x0091b000)

enum {
    ENET2 = TW_ENET2_BASE,
    GPR1 = 0x020e4004,
    PLL_ENET_SET = 0x020c80e4,
    PLL_ENET_CLR = 0x020c80e8,
    FRAME = 64
};

static struct {
    struct twin_board tb;
    unsigned sent;
    size_t n;
} t;

static void on_frame(void *ctx, const uint8_t *frame, size_t n)
{
    (void)ctx;
    ck_assert_uint_eq(frame[12], 0);
    t.sent++;
    t.n = n;
}

static void wr(uint32_t address, uint32_t value)
{
    const struct tw_access how = {.address = address,
                                  .size = 4,
                                  .write = true,
                                  .secure = true,
                                  .privileged = true,
                                  .master = TW_ROM};

    ck_assert_msg(tw_bus_write(&t.tb.board.bus, &how, value), "0x%08x",
                  (unsigned)address);
}

static uint32_t rd(uint32_t address)
{
    const struct tw_access how = {.address = address,
                                  .size = 4,
                                  .secure = true,
                                  .privileged = true,
                                  .master = TW_ROM};
    uint32_t value = 0;

    ck_assert(tw_bus_read(&t.tb.board.bus, &how, &value));
    return value;
}

static void mdio_write(uint32_t reg, uint32_t value)
{
    wr(ENET2 + 0x40, 0x50020000 | reg << 18 | value);
    (void)twin_board_run_ms(&t.tb, 1);
}

/* What firmware sets up, one step of it left out. */
enum step {
    PLL,
    DIVIDER,
    DIRECTION,
    SELECT,
    CLOCK_PAD,
    DATA_PAD,
    PHY,
    CABLE,
    NOTHING
};

static void set_up(enum step left_out)
{
    static const uint32_t pads[] = {0x0e4, 0x0e8, 0x0ec, 0x0f0,
                                    0x0f4, 0x0f8, 0x100};

    for (size_t i = 0; i < COUNT(pads); i++) {
        wr(0x020e0000 + pads[i], left_out == DATA_PAD ? 5 : 0);
    }
    wr(0x020e00fc, left_out == CLOCK_PAD ? 5 : 0x14);
    wr(GPR1, (rd(GPR1) & ~UINT32_C(0x44000)) |
                 (left_out == DIRECTION ? 0 : UINT32_C(1) << 18) |
                 (left_out == SELECT ? UINT32_C(1) << 14 : 0));
    wr(PLL_ENET_CLR, 0x100f);
    wr(PLL_ENET_SET, left_out == DIVIDER ? 0 : 4);
    (void)twin_board_run_ms(&t.tb, 1);
    wr(PLL_ENET_SET, left_out == PLL ? 0 : UINT32_C(1) << 20);
    wr(PLL_ENET_CLR, UINT32_C(1) << 16);
    tw_board_network(&t.tb.board, left_out != CABLE);

    wr(ENET2 + 0x44, 1 << 8 | 13 << 1);
    if (left_out != PHY) {
        mdio_write(0x17, 0x81);
    }
    (void)twin_board_run_ms(&t.tb, 1700);
    wr(RING, 0x8000U << 16 | 0x2000U << 16);
    wr(RING + 4, BUF);
    wr(RING + 8, UINT32_C(0xac00) << 16 | FRAME);
    wr(RING + 12, BUF + 0x800);
    wr(ENET2 + 0x184, RING + 8);
    wr(ENET2 + 0x180, RING);
    wr(ENET2 + 0x188, 1536);
    wr(ENET2 + 0x84, UINT32_C(1518) << 16 | 0x12c);
    wr(ENET2 + 0x24, 1 << 8 | 2);
    wr(ENET2 + 0x10, 1 << 24);
}

static void start(enum tw_soc soc)
{
    memset(&t, 0, sizeof(t));
    twin_board_init(&t.tb, soc);
    t.tb.board.owner.frame = on_frame;
    tw_board_on(&t.tb.board);
    (void)twin_board_run_ms(&t.tb, 100);
}

START_TEST(jack)
{
    static const uint8_t frame[FRAME];
    bool all = _i == NOTHING;

    start(TW_ULL);
    set_up((enum step)_i);
    wr(ENET2 + 0x14, 1 << 24);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert_uint_eq(t.sent, all ? 1 : 0);
    ck_assert_uint_eq(t.n, all ? FRAME : 0);
    bool taken = tw_board_receive(&t.tb.board, frame, sizeof(frame));

    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert(taken == (rd(RING) >> 31 == 0));
    ck_assert(taken || !all);
    ck_assert(!taken || (_i != PHY && _i != CABLE));
    twin_board_free(&t.tb);
}
END_TEST

START_TEST(none_on_gamma)
{
    static const uint8_t frame[FRAME];
    uint32_t value = 0;
    const struct tw_access how = {
        .address = ENET2, .size = 4, .secure = true, .privileged = true};

    start(TW_ULZ);
    tw_board_network(&t.tb.board, true);
    ck_assert(!tw_board_receive(&t.tb.board, frame, sizeof(frame)));
    ck_assert(!tw_bus_read(&t.tb.board.bus, &how, &value));
    twin_board_free(&t.tb);
}
END_TEST

START_TEST(off_is_deaf)
{
    static const uint8_t frame[FRAME];

    start(TW_UL);
    set_up(NOTHING);
    tw_board_off(&t.tb.board);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert(!tw_board_receive(&t.tb.board, frame, sizeof(frame)));
    twin_board_free(&t.tb);
}
END_TEST

/* DHCP and ARP with the network that libslirp plays, over rings and registers
 * as firmware would. */
enum {
    HEAD = 42, /* Ethernet, IP, UDP */
    DHCP = 300,
    RX_MAX = 1536
};

static struct {
    struct tw_loop loop;
    struct tw_net net;
    unsigned came;
} n;

static void on_out(void *ctx, const uint8_t *frame, size_t size)
{
    (void)ctx;
    tw_net_queue(&n.net, frame, size);
}

static void on_in(void *ctx, aw_bytes frame)
{
    (void)ctx;
    n.came += tw_board_receive(&t.tb.board, frame.p, frame.n) ? 1 : 0;
}

static void connect(void)
{
    const struct tw_net_sink sink = {.frame = on_in};

    memset(&n, 0, sizeof(n));
    start(TW_ULL);
    set_up(NOTHING);
    t.tb.board.owner.frame = on_out;
    ck_assert_int_eq(tw_net_user(&n.net.backend, &n.loop, &sink, NULL, 0, NULL),
                     AW_OK);
}

/* Sends what was put at BUF + 0x800, and waits for the answer. */
static const uint8_t *exchange(uint32_t size)
{
    static uint8_t answer[RX_MAX];
    struct tw_bus *bus = &t.tb.board.bus;
    int64_t wait_ns = -1;

    wr(RING, 0x8000U << 16 | 0x2000U << 16);
    wr(RING + 8, UINT32_C(0xac00) << 16 | size);
    wr(ENET2 + 0x10, 1 << 24);
    wr(ENET2 + 0x14, 1 << 24);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert(n.net.pending);
    tw_net_flush(&n.net, true);
    tw_net_prepare(&n.net, &wait_ns);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert_uint_eq(rd(RING) >> 31, 0);
    ck_assert(tw_dma_read(bus, TW_ROM, BUF, answer, sizeof(answer)));
    return answer;
}

static void put(aw_bytes frame)
{
    ck_assert(
        tw_dma_write(&t.tb.board.bus, TW_ROM, BUF + 0x800, frame.p, frame.n));
}

#define US "\x02\x61\x77\x00\x00\x01"

START_TEST(user_network_arp)
{
    static const uint8_t who[FRAME] =
        "\xff\xff\xff\xff\xff\xff" US "\x08\x06"
        "\x00\x01\x08\x00\x06\x04\x00\x01" US "\x0a\x00\x02\x0f"
        "\x00\x00\x00\x00\x00\x00\x0a\x00\x02\x02";

    connect();
    put((aw_bytes){who, sizeof(who)});
    const uint8_t *answer = exchange(sizeof(who));

    ck_assert_mem_eq(answer, US, 6);
    ck_assert_mem_eq(answer + 12, "\x08\x06", 2);
    ck_assert_mem_eq(answer + 20, "\x00\x02", 2);
    ck_assert_mem_eq(answer + 28, "\x0a\x00\x02\x02", 4);
    ck_assert_uint_eq(n.came, 1);
    tw_net_close(&n.net);
    twin_board_free(&t.tb);
}
END_TEST

/* Discover, or a request for the address offered. */
static aw_bytes dhcp(bool request)
{
    static const uint8_t head[] =
        "\xff\xff\xff\xff\xff\xff" US "\x08\x00"
        "\x45\x00\x01\x48\x00\x00\x00\x00\x40\x11\x79\xa6\x00\x00\x00\x00"
        "\xff\xff\xff\xff\x00\x44\x00\x43\x01\x34\x00\x00"
        "\x01\x01\x06\x00\x12\x34\x56\x78";
    static const uint8_t ask[] = "\x63\x82\x53\x63\x35\x01\x03\x32\x04\x0a\x00"
                                 "\x02\x0f\xff";
    static const uint8_t find[] = "\x63\x82\x53\x63\x35\x01\x01\xff";
    static uint8_t frame[HEAD + DHCP];

    struct aw_wr w = aw_wr_init(frame, sizeof(frame));
    aw_bytes options = request ? (aw_bytes){ask, sizeof(ask) - 1}
                               : (aw_bytes){find, sizeof(find) - 1};

    aw_wr_put(&w, (aw_bytes){head, sizeof(head) - 1});
    aw_wr_zeros(&w, HEAD + 28 - w.n);
    aw_wr_text(&w, "\x02\x61\x77");
    aw_wr_be16(&w, 0);
    aw_wr_u8(&w, 1);
    aw_wr_zeros(&w, HEAD + 236 - w.n);
    aw_wr_put(&w, options);
    aw_wr_zeros(&w, sizeof(frame) - w.n);
    ck_assert(!w.failed);
    return (aw_bytes){frame, sizeof(frame)};
}

START_TEST(user_network_dhcp)
{
    enum { OFFER = 2, ACK = 5, TYPE = HEAD + 242 };

    connect();
    for (int i = 0; i < 2; i++) {
        aw_bytes frame = dhcp(i == 1);

        put(frame);
        const uint8_t *answer = exchange((uint32_t)frame.n);

        ck_assert_mem_eq(answer + 34, "\x00\x43\x00\x44", 4);
        ck_assert_mem_eq(answer + HEAD + 4, "\x12\x34\x56\x78", 4);
        ck_assert_mem_eq(answer + HEAD + 16, "\x0a\x00\x02\x0f", 4);
        ck_assert_uint_eq(answer[TYPE], i == 0 ? OFFER : ACK);
    }
    tw_net_close(&n.net);
    ck_assert_uint_eq(n.loop.n, 0);
    twin_board_free(&t.tb);
}
END_TEST

START_TEST(queue)
{
    static const uint8_t frame[TW_FRAME_MAX + 1];

    memset(&n, 0, sizeof(n));
    /* Nothing is connected. */
    tw_net_queue(&n.net, frame, 60);
    ck_assert_uint_eq(n.net.n, 0);
    connect();
    tw_net_queue(&n.net, frame, sizeof(frame));
    ck_assert_uint_eq(n.net.n, 0);
    for (unsigned i = 0; i <= TW_NET_QUEUE; i++) {
        tw_net_queue(&n.net, frame, TW_FRAME_MAX);
    }
    ck_assert_uint_eq(n.net.n, TW_NET_QUEUE);
    tw_net_flush(&n.net, false);
    ck_assert(!n.net.pending && n.net.n == 0 && n.came == 0);
    tw_net_close(&n.net);
    tw_net_close(&n.net);
    twin_board_free(&t.tb);
}
END_TEST

Suite *suite_twin_network(void)
{
    Suite *s = suite_create("twin_network");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, jack, 0, NOTHING + 1);
    tcase_add_test(tc, none_on_gamma);
    tcase_add_test(tc, off_is_deaf);
    tcase_add_test(tc, user_network_arp);
    tcase_add_test(tc, user_network_dhcp);
    tcase_add_test(tc, queue);
    suite_add_tcase(s, tc);
    return s;
}
