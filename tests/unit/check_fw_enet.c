/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of the network jack on the twin's models of ENET and PHY. */
#include <string.h>

#include "fw/dma.h"
#include "fw/lan.h"
#include "fw/reg.h"
#include "fw/time.h"
#include "models/enet.h"
#include "os/net.h"
#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    GPT_CNT = 0x02098024,
    MAC0 = 0x021bc400 + 0x10 * 34,
    GPR1 = 0x020e4004,
    TICKS_AN_ACCESS = 50,
    HEADER = 14,
    LEAST = 60,
    FRAME_US = 200,
    NEGOTIATE_US = 2000000
};
#define MEMORY  UINT32_C(0x80000000)
#define NOWHERE UINT32_C(0x10000000)

static const uint8_t own[ENET_MAC] = {0xda, 0x47, 0x2c, 0x51, 0xe8, 0x70};

static struct {
    struct rig rig;
    struct tw_phy phy;
    struct tw_enet enet;
    struct rig_line line;
    unsigned sent;
    struct tw_frame last;
    struct lan lan;
    bool deaf; /* the models are not asked */
} t;

/* What the driver has in memory for DMA: whole pages. */
static struct {
    _Alignas(4096) struct enet_queues queues;
    _Alignas(4096) uint8_t end[4096];
} memory;

static void on_send(void *ctx, const uint8_t *frame, size_t n)
{
    (void)ctx;
    t.sent++;
    t.last.n = (uint32_t)n;
    memcpy(t.last.bytes, frame, n);
}

static bool in_models(uint32_t address)
{
    return (address >= ENET2 && address < ENET2 + TW_ENET_SIZE) ||
           (address >= TW_CCM_BASE && address < TW_CCM_BASE + 0x1000) ||
           (address >= 0x020c8000 && address < 0x020c9000);
}

static bool on_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    t.rig.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&t.rig.clock);
    if (a->address == GPT_CNT) {
        a->value =
            (uint32_t)tw_clock_periods(&t.rig.clock, t.rig.clock.now, TIME_HZ);
        return true;
    }
    if (!in_models(a->address) || t.deaf) {
        return false;
    }
    if (a->write) {
        rig_write(&t.rig, a->address, a->value);
    } else {
        a->value = rig_read(&t.rig, a->address);
    }
    return true;
}

static void setup(void)
{
    static uint8_t dirty[sizeof(memory) / TW_LINE];
    const struct tw_region region = {
        .name = "firmware",
        .base = MEMORY,
        .size = sizeof(memory),
        .ram = {.bytes = (uint8_t *)&memory, .dirty = dirty}};

    fake_reset();
    memset(&t, 0, sizeof(t));
    memset(&memory, 0xa5, sizeof(memory));
    rig_init(&t.rig);
    tw_bus_add_ram(&t.rig.bus, &region);
    tw_phy_init(&t.phy, &t.rig.clock, &t.rig.report);
    const struct tw_enet_wiring w = {.name = "enet2",
                                     .clock = &t.rig.clock,
                                     .bus = &t.rig.bus,
                                     .master = TW_ENET2,
                                     .line = rig_watch(&t.line),
                                     .phy = &t.phy,
                                     .send = on_send};

    tw_enet_init(&t.enet, &w, ENET2);
    fake_hook(&(struct fake_hook){.access = on_access});
    fake_dma_on_miss(NULL);
    fake_dma_map(&memory, sizeof(memory), MEMORY);
    fake_put(MAC0, UINT32_C(2) << 24);
    time_init();
}

/* With link. */
static void setup_link(void)
{
    setup();
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, NULL), AW_OK);
    ck_assert(!lan_link(&t.lan));
    tw_phy_cable(&t.phy, true);
    rig_run_us(&t.rig, NEGOTIATE_US);
    ck_assert(lan_link(&t.lan));
}

static void expect_no_misuse(void)
{
    ck_assert_msg(t.rig.report.counts[TW_REPORT_MISUSE] == 0, "%s", t.rig.said);
}

static void make(uint8_t *frame, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        frame[i] = (uint8_t)(i * 7 + n);
    }
    memcpy(frame, own, ENET_MAC);
}

/* A frame on the wire to the driver. */
static void arrive(size_t n)
{
    uint8_t frame[TW_FRAME_MAX];

    make(frame, n);
    ck_assert(tw_enet_receive(&t.enet, frame, n));
    rig_run_us(&t.rig, FRAME_US);
}

START_TEST(starts)
{
    setup_link();
    expect_no_misuse();
    ck_assert_uint_eq(rig_read(&t.rig, ENET2 + 0x0e4), 0xda472c51);
    ck_assert_uint_eq(rig_read(&t.rig, ENET2 + 0x0e8), 0xe8708808);
    ck_assert_uint_eq(fake_get(GPR1) & (1U << 14 | 1U << 18), 1U << 18);
    ck_assert_uint_eq(fake_get(0x020e00fc), 0x14);
    ck_assert_uint_eq(fake_get(0x020e057c), 2);
    ck_assert_uint_eq(tw_phy_read(&t.phy, 0x17), 0x81);
    ck_assert_uint_eq(tw_ccm_analog_hz(&t.rig.analog, TW_PLL_ENET2), 50000000);
}
END_TEST

START_TEST(does_not_start)
{
    struct aw_diag diag = {0};

    setup();
    fake_put(MAC0, UINT32_C(1) << 24);
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, &diag),
                     AW_ERR_UNSUPPORTED);
    /* No PLL, no controller: registers that nobody stands behind. */
    setup();
    t.deaf = true;
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, &diag),
                     AW_ERR_TIMEOUT);
    ck_assert_str_eq(diag.where, "lan: PLL");
    fake_put(0x020c80e0, UINT32_C(1) << 31);
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, &diag),
                     AW_ERR_TIMEOUT);
    ck_assert_str_eq(diag.where, "enet: reset");
    /* No PHY. */
    setup();
    t.enet.w.phy_address = 9;
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, &diag),
                     AW_ERR_NOT_FOUND);
    t.enet.w.phy_address = 0;
    /* The clock of MDIO stands still. */
    setup();
    ck_assert_int_eq(lan_init(&t.lan, &memory.queues, own, NULL), AW_OK);
    rig_write(&t.rig, ENET2 + 0x044, 0);
    ck_assert(!lan_link(&t.lan));
}
END_TEST

START_TEST(receives)
{
    static const struct {
        size_t n;
        uint32_t got; /* 0: dropped */
    } cases[] = {{HEADER, LEAST}, {59, LEAST},  {LEAST, LEAST}, {61, 61},
                 {1514, 1514},    {1518, 1518}, {1519, 0},      {2000, 0}};
    uint8_t got[ENET_RECEIVE_MAX];
    uint8_t want[TW_FRAME_MAX];
    unsigned dropped = 0;

    setup_link();
    ck_assert_uint_eq(enet_receive(&t.lan.enet, got), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        arrive(cases[i].n);
        ck_assert(t.line.level);
        enet_look(&t.lan.enet);
        ck_assert(!t.line.level);
        ck_assert(enet_waits(&t.lan.enet));
        uint32_t n = enet_receive(&t.lan.enet, got);

        ck_assert_msg(n == cases[i].got, "%zu: %u", cases[i].n, (unsigned)n);
        make(want, cases[i].n);
        if (n > 0) {
            ck_assert_mem_eq(got, want, cases[i].n < n ? cases[i].n : n);
        } else {
            dropped++;
        }
        ck_assert_uint_eq(t.lan.enet.dropped, dropped);
        ck_assert(!enet_waits(&t.lan.enet));
    }
    expect_no_misuse();
}
END_TEST

/* The rings go round, the one for receiving overflows and goes on. */
START_TEST(rings_go_round)
{
    uint8_t got[ENET_RECEIVE_MAX];
    unsigned n = 0;

    setup_link();
    for (unsigned i = 0; i < 2 * ENET_RX + 3; i++) {
        arrive(LEAST + i);
        ck_assert_uint_eq(enet_receive(&t.lan.enet, got), LEAST + i);
    }
    for (unsigned i = 0; i < ENET_RX + 20; i++) {
        arrive(LEAST);
    }
    while (enet_receive(&t.lan.enet, got) != 0) {
        n++;
    }
    ck_assert_uint_eq(n, ENET_RX);
    arrive(100);
    ck_assert_uint_eq(enet_receive(&t.lan.enet, got), 100);
    expect_no_misuse();
}
END_TEST

START_TEST(sends)
{
    static const uint32_t lengths[] = {HEADER, 59, LEAST, 1513, 1514};
    uint8_t frame[2000];

    setup_link();
    ck_assert_int_eq(enet_send(&t.lan.enet, frame, HEADER - 1), AW_ERR_RANGE);
    ck_assert_int_eq(enet_send(&t.lan.enet, frame, 1515), AW_ERR_RANGE);
    ck_assert_int_eq(enet_send(&t.lan.enet, frame, 0x80000000), AW_ERR_RANGE);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        make(frame, lengths[i]);
        ck_assert_int_eq(enet_send(&t.lan.enet, frame, lengths[i]), AW_OK);
        rig_run_us(&t.rig, FRAME_US);
        ck_assert_uint_eq(t.sent, i + 1);
        ck_assert_uint_eq(t.last.n, lengths[i] < LEAST ? LEAST : lengths[i]);
        ck_assert_mem_eq(t.last.bytes, frame, lengths[i]);
    }
    expect_no_misuse();
}
END_TEST

START_TEST(queue_is_full)
{
    uint8_t frame[1514];
    unsigned queued = 0;

    setup_link();
    make(frame, sizeof(frame));
    while (enet_room(&t.lan.enet)) {
        ck_assert_int_eq(enet_send(&t.lan.enet, frame, sizeof(frame)), AW_OK);
        queued++;
        ck_assert_uint_le(queued / 2, ENET_TX);
    }
    ck_assert_uint_ge(queued, ENET_TX);
    ck_assert_int_eq(enet_send(&t.lan.enet, frame, sizeof(frame)),
                     AW_ERR_SPACE);
    rig_run_us(&t.rig, UINT64_C(1) * ENET_TX * FRAME_US);
    ck_assert_uint_eq(t.sent, queued);
    ck_assert(enet_room(&t.lan.enet));
    expect_no_misuse();
}
END_TEST

/* A descriptor that leads nowhere stops the controller; it starts again. */
START_TEST(bus_error)
{
    uint8_t got[ENET_RECEIVE_MAX];

    setup_link();
    memory.queues.rx[0][1] = NOWHERE;
    arrive(100);
    ck_assert_uint_eq(enet_receive(&t.lan.enet, got), 0);
    enet_look(&t.lan.enet);
    ck_assert_uint_eq(t.lan.enet.restarts, 1);
    arrive(100);
    ck_assert_uint_eq(enet_receive(&t.lan.enet, got), 100);
}
END_TEST

/* LEDs in the jack are bits of the PHY. */
START_TEST(leds)
{
    setup_link();
    ck_assert_int_eq(lan_led(&t.lan, LAN_GREEN, true), AW_OK);
    ck_assert_uint_eq(tw_phy_read(&t.phy, 0x18), 0x10);
    ck_assert_int_eq(lan_led(&t.lan, LAN_GREEN, false), AW_OK);
    ck_assert_uint_eq(tw_phy_read(&t.phy, 0x18), 0x12);
    ck_assert_int_eq(lan_led(&t.lan, LAN_YELLOW, true), AW_OK);
    ck_assert_uint_eq(t.phy.extended[0x469], 0x10);
    ck_assert_int_eq(lan_led(&t.lan, LAN_YELLOW, false), AW_OK);
    ck_assert_uint_eq(t.phy.extended[0x469], 0x30);
    expect_no_misuse();
}
END_TEST

/* As a published log of a device has it. */
START_TEST(address)
{
    static const uint8_t id[8] = {0xca, 0x6b, 0x65, 0xd9,
                                  0xd4, 0x99, 0x25, 0x16};
    uint8_t mac[ENET_MAC];

    net_mac(id, mac);
    ck_assert_mem_eq(mac, own, sizeof(mac));
}
END_TEST

Suite *suite_fw_enet(void)
{
    Suite *s = suite_create("fw_enet");
    TCase *tc = tcase_create("jack");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, starts);
    tcase_add_test(tc, does_not_start);
    tcase_add_test(tc, receives);
    tcase_add_test(tc, rings_go_round);
    tcase_add_test(tc, sends);
    tcase_add_test(tc, queue_is_full);
    tcase_add_test(tc, bus_error);
    tcase_add_test(tc, leds);
    tcase_add_test(tc, address);
    suite_add_tcase(s, tc);
    return s;
}
