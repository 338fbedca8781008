/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program on the LAN: sets up ENET2 and its transceiver, asks for an address
 * by DHCP, for the gateway by ARP, then sends back what comes to UDP port 7.
 */
#include "fw.h"

void run(void);

#define ENET2 0x020b4000U
#define MUX   0x020e0000U
#define GPR1  0x020e4004U
#define PLL   0x020c80e0U /* of ENET; +4 sets, +8 clears bits */

enum {
    EIR = 0x04,
    RDAR = 0x10,
    TDAR = 0x14,
    ECR = 0x24,
    MMFR = 0x40,
    MSCR = 0x44,
    RCR = 0x84,
    PALR = 0xe4,
    PAUR = 0xe8,
    RDSR = 0x180,
    TDSR = 0x184,
    MRBR = 0x188,
    EIR_MII = 1 << 23,
    BMSR = 1,
    BMSR_LINK = 4,
    RCSR = 0x17,
    FRAME = 1536,
    RING = 8,
    LEAST = 60
};

/* WMCR of WDOG1 to WDOG3, 16 bits: its only bit in use is PDE, the counter
 * that switches the board off 16 s after a reset unless it is cleared. */
#define WMCR(base) (*(volatile uint16_t *)((base) + 8U))
#define WDOG1      0x020bc000U
#define WDOG2      0x020c0000U
#define WDOG3      0x021e4000U

/* Descriptors: flags above the length, then the address. */
#define FULL 0x80000000U /* belongs to the controller */
#define WRAP 0x20000000U
#define LAST 0x0c000000U /* and append the FCS */

static volatile uint32_t rx[RING][2] __attribute__((aligned(64)));
static volatile uint32_t tx[2] __attribute__((aligned(64)));
static uint8_t in[RING][FRAME] __attribute__((aligned(64)));
static uint8_t out[FRAME] __attribute__((aligned(64)));
static uint32_t next;
static uint32_t address; /* ours */

static const uint8_t mac[6] = {0x02, 0x61, 0x77, 0, 0, 1};

/* Nobody takes exceptions here. */
volatile struct trap last;

static void sleep_us(uint32_t us)
{
    gpt_start(us);
    __asm__ volatile("wfi" ::: "memory");
    gic_acknowledge();
}

static uint32_t mdio(uint32_t word)
{
    REG(ENET2 + EIR) = EIR_MII;
    REG(ENET2 + MMFR) = word;
    while ((REG(ENET2 + EIR) & EIR_MII) == 0) {
    }
    return REG(ENET2 + MMFR) & 0xffff;
}

static uint32_t a32(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static void set_up_pins(void)
{
    static const uint16_t pads[] = {0x0e4, 0x0e8, 0x0ec, 0x0f0,
                                    0x0f4, 0x0f8, 0x100};

    for (uint32_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++) {
        REG(MUX + pads[i]) = 0;
    }
    REG(MUX + 0x0fc) = 0x14;
    REG(GPR1) = (REG(GPR1) & ~0x44000U) | 1U << 18;
    REG(PLL + 8) = 0x100f;
    REG(PLL + 4) = 4;
    sleep_us(100);
    REG(PLL + 4) = 1U << 20;
    REG(PLL + 8) = 1U << 16;
}

static void stay_on(void)
{
    WMCR(WDOG1) = 0;
    WMCR(WDOG2) = 0;
    WMCR(WDOG3) = 0;
}

static void set_up(void)
{
    set_up_pins();
    REG(ENET2 + MSCR) = 1 << 8 | 13 << 1;
    (void)mdio(0x50020000 | RCSR << 18 | 0x81);
    while ((mdio(0x60020000 | BMSR << 18) & BMSR_LINK) == 0) {
        sleep_us(10000);
    }
    for (uint32_t i = 0; i < RING; i++) {
        rx[i][0] = FULL | (i == RING - 1 ? WRAP : 0);
        rx[i][1] = a32(in[i]);
    }
    REG(ENET2 + RDSR) = (uint32_t)(uintptr_t)rx;
    REG(ENET2 + TDSR) = (uint32_t)(uintptr_t)tx;
    REG(ENET2 + MRBR) = FRAME;
    REG(ENET2 + PALR) = 0x02617700;
    REG(ENET2 + PAUR) = 0x00018808;
    REG(ENET2 + RCR) = 1518U << 16 | 0x124;
    REG(ENET2 + ECR) = 1 << 8 | 2;
    REG(ENET2 + RDAR) = 1 << 24;
}

static void transmit(uint32_t n)
{
    for (; n < LEAST; n++) {
        out[n] = 0;
    }
    tx[1] = a32(out);
    tx[0] = FULL | WRAP | LAST | n;
    REG(ENET2 + TDAR) = 1 << 24;
    while ((tx[0] & FULL) != 0) {
    }
}

/* The next frame within so many ms; NULL without one. Its buffer is the
 * controller's again after done(). */
static uint8_t *receive(uint32_t ms)
{
    for (uint32_t i = 0; (rx[next][0] & FULL) != 0; i++) {
        if (i == ms) {
            return NULL;
        }
        sleep_us(1000);
    }
    return in[next];
}

static void done(void)
{
    rx[next][0] = FULL | (next == RING - 1 ? WRAP : 0);
    REG(ENET2 + RDAR) = 1 << 24;
    next = (next + 1) % RING;
}

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static void copy(uint8_t *to, const uint8_t *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

static void fill(uint8_t *to, uint8_t value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[i] = value;
    }
}

/* Ethernet, IP and UDP before n bytes at out[42]. */
static void send_udp(const uint8_t *to_mac, uint32_t to, uint32_t from_port,
                     uint32_t to_port, uint32_t n)
{
    uint32_t sum = 0;

    copy(out, to_mac, 6);
    copy(out + 6, mac, 6);
    put16(out + 12, 0x0800);
    put16(out + 14, 0x4500);
    put16(out + 16, 28 + n);
    put32(out + 18, 0);
    put16(out + 22, 64 << 8 | 17);
    put16(out + 24, 0);
    put32(out + 26, address);
    put32(out + 30, to);
    for (uint32_t i = 14; i < 34; i += 2) {
        sum += get16(out + i);
    }
    put16(out + 24, ~(sum + (sum >> 16)));
    put16(out + 34, from_port);
    put16(out + 36, to_port);
    put16(out + 38, 8 + n);
    put16(out + 40, 0);
    transmit(42 + n);
}

/* One round of DHCP; the address offered, 0 without an answer. */
static uint32_t dhcp(uint32_t kind, uint32_t wanted)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t *p = out + 42;
    const uint8_t *frame = NULL;
    uint32_t got = 0;

    fill(p, 0, 300);
    put32(p, 0x01010600);
    put32(p + 4, 0x61776177);
    copy(p + 28, mac, 6);
    put32(p + 236, 0x63825363);
    put32(p + 240, 0x35010000 | kind << 8);
    p[243] = 50;
    p[244] = 4;
    put32(p + 245, wanted);
    p[249] = 255;
    if (wanted == 0) {
        p[243] = 255;
    }
    send_udp(all, 0xffffffff, 68, 67, 300);
    while (got == 0 && (frame = receive(500)) != NULL) {
        if (get16(frame + 12) == 0x0800 && get16(frame + 36) == 68) {
            got = get32(frame + 42 + 16);
        }
        done();
    }
    return got;
}

/* Last four bytes of the gateway's address on the wire. */
static uint32_t arp(uint32_t who)
{
    const uint8_t *frame = NULL;
    uint32_t got = 0;

    fill(out, 0xff, 6);
    copy(out + 6, mac, 6);
    put16(out + 12, 0x0806);
    put32(out + 14, 0x00010800);
    put32(out + 18, 0x06040001);
    copy(out + 22, mac, 6);
    put32(out + 28, address);
    fill(out + 32, 0, 6);
    put32(out + 38, who);
    transmit(42);
    while (got == 0 && (frame = receive(500)) != NULL) {
        if (get16(frame + 12) == 0x0806 && get32(frame + 28) == who) {
            got = get32(frame + 24);
        }
        done();
    }
    return got;
}

static void echo(void)
{
    const uint8_t *frame = receive(1);

    if (frame == NULL) {
        return;
    }
    if (get16(frame + 12) == 0x0800 && frame[23] == 17 &&
        get16(frame + 36) == 7) {
        uint32_t n = get16(frame + 38) - 8;

        if (n <= 1000) {
            copy(out + 42, frame + 42, n);
            send_udp(frame + 6, get32(frame + 26), 7, get16(frame + 34), n);
            show("echo", n);
            line();
        }
    }
    done();
}

void run(void)
{
    print_start();
    stay_on();
    gic_start();
    set_up();
    print("link\n");
    uint32_t offered = dhcp(1, 0);

    show("offer", offered);
    show("ack", address = dhcp(3, offered));
    show("gateway", arp(0x0a000202));
    line();
    for (;;) {
        echo();
    }
}
