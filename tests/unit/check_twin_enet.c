/* SPDX-License-Identifier: Apache-2.0 */
/* ENET and its PHY, driven as firmware would: rings in memory, MDIO. */
#include "models/enet.h"

#include <string.h>

#include "rig.h"
#include "suites.h"
#include "support.h"

#define RAM UINT32_C(0x80000000)

/* Where the tests put things. */
#define RX_RING (RAM + 0x1000)
#define TX_RING (RAM + 0x2000)
#define RX_BUF  (RAM + 0x4000)  /* 0x800 each */
#define TX_BUF  (RAM + 0x10000) /* 0x800 each */
#define NOWHERE UINT32_C(0x10000000)

enum {
    RAM_SIZE = 0x20000,
    CCGR0 = 0x020c4068,
    CCGR6 = 0x020c4080,
    ENET = TW_ENET2_BASE,
    EIR = ENET + 0x004,
    EIMR = ENET + 0x008,
    RDAR = ENET + 0x010,
    TDAR = ENET + 0x014,
    ECR = ENET + 0x024,
    MMFR = ENET + 0x040,
    MSCR = ENET + 0x044,
    MIBC = ENET + 0x064,
    RCR = ENET + 0x084,
    TCR = ENET + 0x0c4,
    PALR = ENET + 0x0e4,
    PAUR = ENET + 0x0e8,
    IAUR = ENET + 0x118,
    GAUR = ENET + 0x120,
    GALR = ENET + 0x124,
    RDSR = ENET + 0x180,
    TDSR = ENET + 0x184,
    MRBR = ENET + 0x188,
    FTRL = ENET + 0x1b0
};

enum {
    TXF = 1 << 27,
    TXB = 1 << 26,
    RXF = 1 << 25,
    RXB = 1 << 24,
    MII = 1 << 23,
    EBERR = 1 << 22,
    ACTIVE = 1 << 24,
    RING = 4
};

/* Upstream's setting: RMII, flow control, MII mode; at most 1518 bytes. */
#define RCR_NORMAL (UINT32_C(1518) << 16 | 0x124)

static struct {
    struct rig rig;
    struct tw_phy phy;
    struct tw_enet enet;
    struct rig_line line;
    bool reference;
    unsigned sent;
    struct tw_frame last;
    uint8_t ram[RAM_SIZE];
    uint8_t dirty[RAM_SIZE / TW_LINE];
} t;

static const uint8_t own[6] = {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x41};

static void on_send(void *ctx, const uint8_t *frame, size_t n)
{
    (void)ctx;
    t.sent++;
    t.last.n = (uint32_t)n;
    memcpy(t.last.bytes, frame, n);
}

static bool reference(void *ctx)
{
    (void)ctx;
    return t.reference;
}

static uint32_t rd(uint32_t address)
{
    return rig_read(&t.rig, address);
}

static void wr(uint32_t address, uint32_t value)
{
    rig_write(&t.rig, address, value);
}

static uint8_t *ram(uint32_t address)
{
    return &t.ram[address - RAM];
}

static uint64_t misuses(void)
{
    return t.rig.report.counts[TW_REPORT_MISUSE];
}

static void setup(void)
{
    const struct tw_region region = {.name = "DDR",
                                     .base = RAM,
                                     .size = RAM_SIZE,
                                     .ram = {.bytes = t.ram, .dirty = t.dirty}};

    memset(&t, 0, sizeof(t));
    t.reference = true;
    rig_init(&t.rig);
    tw_bus_add_ram(&t.rig.bus, &region);
    tw_phy_init(&t.phy, &t.rig.clock, &t.rig.report);
    const struct tw_enet_wiring w = {.name = "enet2",
                                     .clock = &t.rig.clock,
                                     .bus = &t.rig.bus,
                                     .master = TW_ENET2,
                                     .line = rig_watch(&t.line),
                                     .phy = &t.phy,
                                     .reference = reference,
                                     .send = on_send};

    tw_enet_init(&t.enet, &w, ENET);
    for (uint32_t at = CCGR0; at <= CCGR6; at += 4) {
        rig_write(&t.rig, at, UINT32_MAX);
    }
}

/* MDIO, as a driver does it. */

static uint16_t mdio(uint32_t op, uint32_t phy, uint32_t reg, uint16_t data)
{
    wr(EIR, MII);
    wr(MMFR,
       UINT32_C(1) << 30 | op << 28 | phy << 23 | reg << 18 | 2 << 16 | data);
    rig_wait(&t.rig, EIR, MII, 100);
    wr(EIR, MII);
    return (uint16_t)rd(MMFR);
}

static uint16_t phy_read(uint32_t reg)
{
    return mdio(2, 0, reg, 0);
}

static void phy_write(uint32_t reg, uint16_t value)
{
    (void)mdio(1, 0, reg, value);
}

static void phy_up(void)
{
    wr(MSCR, 1 << 8 | 13 << 1);
    phy_write(0, 0x8000);
    for (unsigned i = 0; i < 100 && (phy_read(0) & 0x8000) != 0; i++) {
        rig_run_us(&t.rig, 100);
    }
    phy_write(0x17, 0x81);
    phy_write(0, 0x3100);
    for (unsigned i = 0; i < 40 && (phy_read(1) & 4) == 0; i++) {
        rig_run_us(&t.rig, 100000);
    }
    ck_assert_uint_eq(phy_read(1) & 0x24, 0x24);
}

static void descriptor(uint32_t at, uint32_t status, uint32_t length,
                       uint32_t buffer)
{
    wr(at, status << 16 | length);
    wr(at + 4, buffer);
}

static void mac_up(void)
{
    wr(ECR, 1);
    ck_assert_uint_eq(rd(ECR) & 3, 0);
    wr(ECR, 1 << 8);
    wr(EIR, UINT32_MAX);
    wr(EIMR, 0);
    wr(TCR, 4);
    wr(MRBR, 1536);
    wr(FTRL, 1518);
    wr(RCR, RCR_NORMAL);
    wr(PALR, UINT32_C(0x1a5589a2));
    wr(PAUR, UINT32_C(0x69410000));
    wr(MSCR, 1 << 8 | 13 << 1);
    for (uint32_t i = 0; i < RING; i++) {
        uint32_t wrap = i + 1 == RING ? 0x2000 : 0;

        descriptor(RX_RING + 8 * i, 0x8000 | wrap, 0, RX_BUF + 0x800 * i);
        descriptor(TX_RING + 8 * i, wrap, 0, TX_BUF + 0x800 * i);
    }
    wr(RDSR, RX_RING);
    wr(TDSR, TX_RING);
    wr(ECR, 1 << 8 | 2);
    wr(RDAR, ACTIVE);
}

static void up(void)
{
    setup();
    tw_phy_cable(&t.phy, true);
    mac_up();
    phy_up();
    ck_assert_uint_eq(misuses(), 0);
}

static void make_frame(uint8_t *to, const uint8_t *address, size_t n)
{
    memcpy(to, address, 6);
    memcpy(to + 6, own, 6);
    to[12] = 0x08;
    to[13] = 0;
    for (size_t i = 14; i < n; i++) {
        to[i] = (uint8_t)(i * 13);
    }
}

/* PHY */

START_TEST(phy_registers)
{
    setup();
    wr(MSCR, 1 << 8 | 13 << 1);
    ck_assert_uint_eq(phy_read(2), 0x2000);
    ck_assert_uint_eq(phy_read(3), 0xa140);
    ck_assert_uint_eq(phy_read(0), 0x3100);
    ck_assert_uint_eq(phy_read(1), 0x7849); /* no cable */
    ck_assert_uint_eq(phy_read(0x17), 0x0041);
    ck_assert_uint_eq(mdio(2, 1, 2, 0), 0xffff); /* nobody at address 1 */
    (void)mdio(1, 1, 0x18, 0x10);
    ck_assert_uint_eq(phy_read(0x18), 0x0480);
    phy_write(0x18, 0x10); /* link LED on */
    ck_assert_uint_eq(phy_read(0x18), 0x10);
    phy_write(2, 0);
    ck_assert_uint_eq(phy_read(2), 0x2000);
    ck_assert_uint_eq(misuses(), 0);
    phy_write(0x1d, 1);
    ck_assert_uint_eq(misuses(), 1);
    /* The second LED, in the extended space. */
    phy_write(0x0d, 0x001f);
    phy_write(0x0e, 0x0469);
    phy_write(0x0d, 0x401f);
    ck_assert_uint_eq(phy_read(0x0e), 0x0040);
    phy_write(0x0e, 0x0030);
    ck_assert_uint_eq(phy_read(0x0e), 0x0030);
    ck_assert_uint_eq(t.phy.extended[0x469], 0x30);
    /* With an address that moves on. */
    phy_write(0x0d, 0x801f);
    phy_write(0x0e, 0x1111);
    phy_write(0x0e, 0x2222);
    ck_assert_uint_eq(t.phy.extended[0x46a], 0x2222);
    phy_write(0x0d, 0xc01f);
    (void)phy_read(0x0e);
    phy_write(0x0e, 0x3333);
    ck_assert_uint_eq(t.phy.extended[0x46b], 0x3333);
    phy_write(0x0d, 0x001f);
    ck_assert_uint_eq(phy_read(0x0e), 0x046c);
    phy_write(0x0d, 0x4007); /* another space */
    phy_write(0x0e, 1);
    ck_assert_uint_eq(phy_read(0x0e), 0);
    ck_assert_uint_eq(misuses(), 2);
}
END_TEST

START_TEST(phy_link)
{
    setup();
    wr(MSCR, 1 << 8 | 13 << 1);
    tw_phy_cable(&t.phy, true);
    rig_run_us(&t.rig, 1000000);
    ck_assert_uint_eq(phy_read(1), 0x7849);
    ck_assert_uint_eq(phy_read(5), 0);
    rig_run_us(&t.rig, 600000);
    ck_assert_uint_eq(phy_read(1), 0x786d);
    ck_assert_uint_eq(phy_read(5), 0xcde1);
    ck_assert_uint_eq(phy_read(0x10), 0x15);
    /* A loss shows once, even when it is over. */
    tw_phy_cable(&t.phy, false);
    tw_phy_cable(&t.phy, true);
    rig_run_us(&t.rig, 1600000);
    ck_assert_uint_eq(phy_read(1) & 4, 0);
    ck_assert_uint_eq(phy_read(1) & 4, 4);
    /* Fixed speed comes up at once; power down takes it away. */
    phy_write(0, 0x2000);
    rig_run_us(&t.rig, 20000);
    ck_assert_uint_eq(phy_read(0x10), 0x01);
    phy_write(0, 0x0900);
    rig_run_us(&t.rig, 2000000);
    ck_assert_uint_eq(phy_read(0x10), 0x06);
    phy_write(0, 0x3300);
    ck_assert_uint_eq(phy_read(0), 0x3100); /* restart clears itself */
    rig_run_us(&t.rig, 1600000);
    ck_assert_uint_eq(phy_read(0x10), 0x15);
}
END_TEST

START_TEST(phy_reset)
{
    setup();
    wr(MSCR, 1 << 8 | 13 << 1);
    phy_write(0x17, 0x81);
    phy_write(0, 0x8000);
    ck_assert_uint_eq(phy_read(0) & 0x8000, 0x8000);
    phy_write(0x17, 0x81); /* too early */
    ck_assert_uint_eq(misuses(), 1);
    rig_run_us(&t.rig, 400);
    ck_assert_uint_eq(phy_read(0), 0x3100);
    ck_assert_uint_eq(phy_read(0x17), 0x0041);
    phy_write(0x17, 0x81);
    phy_write(0x1f, 0x4000); /* soft: registers stay */
    rig_run_us(&t.rig, 400);
    ck_assert_uint_eq(phy_read(0x17), 0x0081);
    phy_write(0x1f, 0x8000);
    rig_run_us(&t.rig, 400);
    ck_assert_uint_eq(phy_read(0x17), 0x0041);
}
END_TEST

START_TEST(mdio_errors)
{
    setup();
    wr(MMFR, 0x60020000); /* no clock */
    ck_assert_uint_eq(misuses(), 1);
    wr(MSCR, 13 << 1);
    wr(MMFR, 0x20020000);
    wr(MMFR, 0x60000000);
    wr(MMFR, 0x70020000);
    ck_assert_uint_eq(misuses(), 4);
    wr(MMFR, 0x60020000);
    wr(MMFR, 0x60020000); /* one is on the wires */
    ck_assert_uint_eq(misuses(), 5);
    /* 64 bits at 2.36 MHz are 27 us. */
    rig_run_us(&t.rig, 26);
    ck_assert_uint_eq(rd(EIR) & MII, 0);
    rig_run_us(&t.rig, 3);
    ck_assert_uint_eq(rd(EIR) & MII, MII);
}
END_TEST

/* MAC */

START_TEST(mac_registers)
{
    setup();
    ck_assert_uint_eq(rd(ECR), 0xf0000000);
    ck_assert_uint_eq(rd(RCR), 0x05ee0001);
    ck_assert_uint_eq(rd(PAUR), 0x8808);
    ck_assert_uint_eq(rd(MIBC), 0xc0000000);
    ck_assert_uint_eq(rd(FTRL), 0x7ff);
    wr(MRBR, UINT32_MAX);
    ck_assert_uint_eq(rd(MRBR), 0x3ff0);
    wr(RDAR, ACTIVE);
    ck_assert_uint_eq(rd(RDAR), 0); /* the controller is off */
    ck_assert_uint_eq(misuses(), 1);
    wr(ECR, 1 << 4);
    ck_assert_uint_eq(misuses(), 2);
    mac_up();
    wr(RDSR, RX_RING); /* while it runs */
    ck_assert_uint_eq(misuses(), 3);
    ck_assert_uint_eq(rd(RDAR), ACTIVE);
    wr(ECR, 1 << 8);
    ck_assert_uint_eq(rd(RDAR), 0);
}
END_TEST

START_TEST(transmit)
{
    up();
    make_frame(ram(TX_BUF), own, 100);
    wr(EIMR, TXF);
    descriptor(TX_RING, 0x8c00, 100, TX_BUF);
    wr(TDAR, ACTIVE);
    ck_assert_uint_eq(t.sent, 0);
    /* 124 bytes with preamble, FCS and gap: 9.92 us of 100 Mbit/s. */
    rig_run_us(&t.rig, 9);
    ck_assert_uint_eq(t.sent, 0);
    rig_run_us(&t.rig, 1);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(t.last.n, 100);
    ck_assert_mem_eq(t.last.bytes, ram(TX_BUF), 100);
    ck_assert_uint_eq(rd(TX_RING) >> 16, 0x0c00);
    ck_assert_uint_eq(rd(TDAR), 0);
    ck_assert_uint_eq(rd(EIR), TXF | TXB);
    ck_assert(t.line.level);
    wr(EIR, TXF);
    ck_assert(!t.line.level);
    /* Short ones are padded. */
    descriptor(TX_RING + 8, 0x8c00, 20, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(t.last.n, 60);
    ck_assert_uint_eq(t.last.bytes[59], 0);
    ck_assert_mem_eq(t.last.bytes, ram(TX_BUF), 20);
    ck_assert_uint_eq(misuses(), 0);
}
END_TEST

/* Several buffers a frame, several frames a start, the ring's end. */
START_TEST(transmit_ring)
{
    up();
    for (uint32_t round = 0; round < 3; round++) {
        make_frame(ram(TX_BUF), own, 300);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t last = i == 2 ? 0x0c00 : 0;

            descriptor(TX_RING + 8 * i, 0x8000 | last, 100, TX_BUF + 100 * i);
        }
        make_frame(ram(TX_BUF + 0x1800), own, 64);
        descriptor(TX_RING + 24, 0xac00, 64, TX_BUF + 0x1800);
        wr(TDAR, ACTIVE);
        rig_run_us(&t.rig, 100);
        ck_assert_uint_eq(t.sent / 2, round + 1);
        ck_assert_uint_eq(t.last.n, 64);
        ck_assert_uint_eq(rd(TX_RING + 24) >> 16, 0x2c00);
    }
    /* Graceful stop holds frames back. */
    wr(TCR, 5);
    descriptor(TX_RING, 0x8c00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 6);
    wr(TCR, 4);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 7);
}
END_TEST

/* A checksum of software is checked, and taken off. */
START_TEST(transmit_with_fcs)
{
    up();
    make_frame(ram(TX_BUF), own, 60);
    memset(ram(TX_BUF) + 60, 0, 4);
    descriptor(TX_RING, 0x8800, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(t.sent, 0);
    ck_assert_uint_eq(misuses(), 1);
    /* Receive it to learn its FCS, and send it with that. */
    ck_assert(tw_enet_receive(&t.enet, ram(TX_BUF), 60));
    rig_run_us(&t.rig, 20);
    memcpy(ram(TX_BUF) + 60, ram(RX_BUF) + 60, 4);
    descriptor(TX_RING + 8, 0x8800, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(t.last.n, 60);
    descriptor(TX_RING + 16, 0x8800, 40, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(misuses(), 2);
}
END_TEST

START_TEST(transmit_errors)
{
    up();
    /* No memory: the controller stops. */
    descriptor(TX_RING, 0x8c00, 64, NOWHERE);
    wr(TDAR, ACTIVE);
    ck_assert_uint_eq(rd(EIR) & EBERR, EBERR);
    ck_assert_uint_eq(rd(ECR) & 2, 0);
    mac_up();
    /* Longer than a frame can be; never ending. */
    for (uint32_t i = 0; i < RING; i++) {
        descriptor(TX_RING + 8 * i, 0x8000 | (i == 3 ? 0x2000U : 0), 0x7f0,
                   TX_BUF);
    }
    wr(TDAR, ACTIVE);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(rd(TDAR), 0);
    for (uint32_t i = 0; i < RING; i++) {
        descriptor(TX_RING + 8 * i, 0x8000 | (i == 3 ? 0x2000U : 0), 0, TX_BUF);
    }
    wr(TDAR, ACTIVE);
    ck_assert_uint_eq(rd(TDAR), 0);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 0);
}
END_TEST

/* Without clock, link, RMII or reference choice nothing gets out. */
START_TEST(transmit_lost)
{
    up();
    make_frame(ram(TX_BUF), own, 64);
    descriptor(TX_RING, 0x8c00, 64, TX_BUF);
    t.reference = false;
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(TX_RING) >> 31, 1); /* stands still */
    t.reference = true;
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 1);
    phy_write(0x17, 0x01);
    descriptor(TX_RING + 8, 0x8c00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert(!tw_enet_receive(&t.enet, ram(TX_BUF), 64));
    ck_assert_uint_eq(misuses(), 1); /* told once */
    phy_write(0x17, 0x81);
    wr(RCR, RCR_NORMAL & ~UINT32_C(0x100));
    descriptor(TX_RING + 16, 0x8c00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(misuses(), 2);
    wr(RCR, RCR_NORMAL);
    tw_phy_cable(&t.phy, false);
    descriptor(TX_RING + 24, 0xac00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(rd(TX_RING + 24) >> 31, 0);
}
END_TEST

START_TEST(receive)
{
    uint8_t frame[100];

    up();
    make_frame(frame, own, sizeof(frame));
    wr(EIMR, RXF);
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 9);
    ck_assert_uint_eq(rd(EIR) & RXF, 0);
    rig_run_us(&t.rig, 2);
    ck_assert(t.line.level);
    ck_assert_uint_eq(rd(RX_RING), UINT32_C(0x0800) << 16 | 104);
    ck_assert_mem_eq(ram(RX_BUF), frame, sizeof(frame));
    /* 60 bytes at least, and the FCS: one that has the CRC's residue. */
    ck_assert(tw_enet_receive(&t.enet, frame, 30));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING + 8), UINT32_C(0x0800) << 16 | 64);
    ck_assert_uint_eq(ram(RX_BUF + 0x800)[59], 0);
    /* Stripped where asked for. */
    wr(RCR, RCR_NORMAL | 1 << 14);
    ck_assert(tw_enet_receive(&t.enet, frame, 70));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING + 16), UINT32_C(0x0800) << 16 | 70);
}
END_TEST

/* FCS of a known frame: 60 zero bytes are for nobody, so promiscuous. */
START_TEST(receive_fcs)
{
    static const uint8_t zeros[60];
    static const uint8_t fcs[4] = {0x08, 0x89, 0x12, 0x04};

    up();
    wr(RCR, RCR_NORMAL | 8);
    ck_assert(tw_enet_receive(&t.enet, zeros, sizeof(zeros)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING) >> 16, 0x0900); /* L, M */
    ck_assert_mem_eq(ram(RX_BUF) + 60, fcs, 4);
}
END_TEST

START_TEST(receive_ring)
{
    uint8_t frame[64];

    up();
    make_frame(frame, own, sizeof(frame));
    for (uint32_t i = 0; i < RING + 2; i++) {
        frame[20] = (uint8_t)i;
        ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    }
    rig_run_us(&t.rig, 100);
    for (uint32_t i = 0; i < RING; i++) {
        ck_assert_uint_eq(rd(RX_RING + 8 * i) >> 31, 0);
        ck_assert_uint_eq(ram(RX_BUF + 0x800 * i)[20], i);
    }
    /* Full: the rest is lost until software gives buffers back. */
    ck_assert_uint_eq(rd(RDAR), 0);
    ck_assert_uint_eq(t.enet.dropped, 2);
    descriptor(RX_RING, 0x8000, 0, RX_BUF);
    wr(RDAR, ACTIVE);
    frame[20] = 0x77;
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(ram(RX_BUF)[20], 0x77);
    /* More than the wire has had time for. */
    for (uint32_t i = 0; i < TW_ENET_QUEUE; i++) {
        ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    }
    ck_assert(!tw_enet_receive(&t.enet, frame, sizeof(frame)));
    ck_assert(!tw_enet_receive(&t.enet, frame, 13));
    wr(ECR, 1 << 8);
    ck_assert(!tw_enet_receive(&t.enet, frame, sizeof(frame)));
}
END_TEST

START_TEST(receive_pieces)
{
    uint8_t frame[500];

    up();
    wr(ECR, 1 << 8);
    wr(MRBR, 256);
    wr(ECR, 1 << 8 | 2);
    wr(RDAR, ACTIVE);
    make_frame(frame, own, sizeof(frame));
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(RX_RING), 256);
    ck_assert_uint_eq(rd(RX_RING + 8), UINT32_C(0x0800) << 16 | 504);
    ck_assert_uint_eq(rd(EIR) & (RXF | RXB), RXF | RXB);
    ck_assert_mem_eq(ram(RX_BUF), frame, 256);
    ck_assert_mem_eq(ram(RX_BUF + 0x800), &frame[256], 244);
}
END_TEST

static const struct {
    uint32_t rcr;
    uint16_t status; /* 0: not taken */
    uint8_t to[6];
} filters[] = {
    {RCR_NORMAL, 0x0800, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x41}},
    {RCR_NORMAL, 0, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x42}},
    {RCR_NORMAL | 8, 0x0900, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x42}},
    {RCR_NORMAL, 0x0880, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {RCR_NORMAL | 16, 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {RCR_NORMAL, 0, {0x33, 0x33, 0, 0, 0, 1}},
    {RCR_NORMAL | 8, 0x0940, {0x33, 0x33, 0, 0, 0, 1}},
};

START_TEST(address_filter)
{
    uint8_t frame[64];

    up();
    wr(RCR, filters[_i].rcr);
    make_frame(frame, filters[_i].to, sizeof(frame));
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING) >> 16,
                      filters[_i].status == 0 ? 0x8000 : filters[_i].status);
}
END_TEST

/* Hash of 33:33:00:00:00:01: upper six bits of the CRC register. */
START_TEST(hash_filter)
{
    static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    uint8_t frame[64];
    unsigned hits = 0;

    up();
    make_frame(frame, group, sizeof(frame));
    for (uint32_t bit = 0; bit < 64; bit++) {
        mac_up();
        wr(bit >= 32 ? GAUR : GALR, UINT32_C(1) << (bit % 32));
        ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
        rig_run_us(&t.rig, 20);
        if (rd(RX_RING) >> 31 == 0) {
            hits++;
            ck_assert_uint_eq(bit, 23);
        }
    }
    ck_assert_uint_eq(hits, 1);
    mac_up();
    wr(IAUR, UINT32_MAX);
    wr(IAUR + 4, UINT32_MAX);
    frame[0] = 0x32;
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING) >> 16, 0x0800);
}
END_TEST

START_TEST(lengths)
{
    static uint8_t frame[1600];

    up();
    make_frame(frame, own, sizeof(frame));
    ck_assert(tw_enet_receive(&t.enet, frame, 1514));
    rig_run_us(&t.rig, 200);
    ck_assert_uint_eq(rd(RX_RING), UINT32_C(0x0800) << 16 | 1518);
    ck_assert(tw_enet_receive(&t.enet, frame, 1515));
    rig_run_us(&t.rig, 200);
    ck_assert_uint_eq(rd(RX_RING + 8), UINT32_C(0x0821) << 16 | 1518);
    wr(RCR, RCR_NORMAL | 1 << 30);
    ck_assert(tw_enet_receive(&t.enet, frame, 1515));
    rig_run_us(&t.rig, 200);
    ck_assert_uint_eq(rd(RX_RING + 16) >> 16, 0x8000);
}
END_TEST

/* Pause frames end in the MAC when flow control is on. */
START_TEST(pause_frames)
{
    static const uint8_t to[6] = {0x01, 0x80, 0xc2, 0, 0, 1};
    uint8_t frame[60];

    up();
    make_frame(frame, to, sizeof(frame));
    frame[12] = 0x88;
    frame[13] = 0x08;
    wr(RCR, RCR_NORMAL | 8);
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING) >> 31, 1);
    wr(RCR, (RCR_NORMAL | 8) & ~UINT32_C(0x20));
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(RX_RING) >> 31, 0);
}
END_TEST

START_TEST(receive_errors)
{
    uint8_t frame[64];

    up();
    make_frame(frame, own, sizeof(frame));
    descriptor(RX_RING, 0x8000, 0, NOWHERE);
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(EIR) & EBERR, EBERR);
    ck_assert_uint_eq(rd(ECR) & 2, 0);
    mac_up();
    wr(ECR, 1 << 8);
    wr(RDSR, NOWHERE);
    wr(ECR, 1 << 8 | 2);
    wr(RDAR, ACTIVE);
    ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(EIR) & EBERR, EBERR);
}
END_TEST

START_TEST(loopback_and_statistics)
{
    up();
    wr(RCR, RCR_NORMAL | 1);
    wr(MIBC, 0);
    make_frame(ram(TX_BUF), own, 64);
    descriptor(TX_RING, 0x8c00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 50);
    ck_assert_uint_eq(t.sent, 0);
    ck_assert_uint_eq(rd(RX_RING), UINT32_C(0x0800) << 16 | 68);
    ck_assert_mem_eq(ram(RX_BUF), ram(TX_BUF), 64);
    ck_assert_uint_eq(rd(ENET + 0x204), 1);
    ck_assert_uint_eq(rd(ENET + 0x284), 1);
}
END_TEST

/* Descriptors without byte swap are big endian. */
START_TEST(big_endian_descriptors)
{
    up();
    wr(ECR, 0);
    make_frame(ram(TX_BUF), own, 64);
    wr(TX_RING, 0x4000008c); /* status 0x8c00, length 0x0040 */
    wr(TX_RING + 4, 0x00000180);
    wr(ECR, 2);
    wr(TDAR, ACTIVE);
    rig_run_us(&t.rig, 50);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(rd(TX_RING), 0x4000000c);
}
END_TEST

START_TEST(dma_meets_dirty_line)
{
    const struct tw_access how = {
        .address = TX_BUF, .size = 4, .secure = true, .privileged = true};
    struct tw_page page;

    up();
    ck_assert(tw_bus_page(&t.rig.bus, &how, &page));
    tw_page_mark(&page, 0);
    descriptor(TX_RING, 0x8c00, 64, TX_BUF);
    wr(TDAR, ACTIVE);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_enet_device(&t.enet);
    uint8_t frame[100];

    up();
    make_frame(frame, own, sizeof(frame));
    make_frame(ram(TX_BUF), own, 200);
    descriptor(TX_RING, 0x8c00, 200, TX_BUF);
    wr(TDAR, ACTIVE);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(tw_enet_receive(&t.enet, frame, sizeof(frame)));
    }
    rig_round_trip(&t.rig, &dev);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(t.sent, 1);
    ck_assert_uint_eq(t.last.n, 200);
    ck_assert_uint_eq(rd(RX_RING + 16), UINT32_C(0x0800) << 16 | 104);
    ck_assert_uint_eq(phy_read(1) & 4, 4);
    tw_phy_cable(&t.phy, false);
    tw_phy_cable(&t.phy, true);
    rig_round_trip(&t.rig, &dev);
    rig_run_us(&t.rig, 1600000);
    ck_assert_uint_eq(phy_read(1) & 4, 0);
    ck_assert_uint_eq(phy_read(1) & 4, 4);
    dev.reset(dev.model, TW_RESET_WARM);
    ck_assert_uint_eq(t.phy.regs[0x17], 0x81);
    dev.reset(dev.model, TW_RESET_POWER);
    ck_assert_uint_eq(t.phy.regs[0x17], 0x41);
}
END_TEST

Suite *suite_twin_enet(void)
{
    Suite *s = suite_create("twin_enet");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, phy_registers);
    tcase_add_test(tc, phy_link);
    tcase_add_test(tc, phy_reset);
    tcase_add_test(tc, mdio_errors);
    tcase_add_test(tc, mac_registers);
    tcase_add_test(tc, transmit);
    tcase_add_test(tc, transmit_ring);
    tcase_add_test(tc, transmit_with_fcs);
    tcase_add_test(tc, transmit_errors);
    tcase_add_test(tc, transmit_lost);
    tcase_add_test(tc, receive);
    tcase_add_test(tc, receive_fcs);
    tcase_add_test(tc, receive_ring);
    tcase_add_test(tc, receive_pieces);
    tcase_add_loop_test(tc, address_filter, 0, (int)COUNT(filters));
    tcase_add_test(tc, hash_filter);
    tcase_add_test(tc, lengths);
    tcase_add_test(tc, pause_frames);
    tcase_add_test(tc, receive_errors);
    tcase_add_test(tc, loopback_and_statistics);
    tcase_add_test(tc, big_endian_descriptors);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
