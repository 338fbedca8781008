/* SPDX-License-Identifier: Apache-2.0 */
#include "models/otg.h"

#include <string.h>

#include "rig.h"
#include "suites.h"
#include "support.h"
#include "usb/direct.h"

/* A driver in the manner of firmware, all through the bus, and a host. */
#define MEMORY UINT32_C(0x80000000)
enum {
    MEMORY_SIZE = 0x80000,
    BASE = TW_OTG_BASE,
    USBCMD = BASE + 0x140,
    USBSTS = BASE + 0x144,
    USBINTR = BASE + 0x148,
    FRINDEX = BASE + 0x14c,
    DEVICEADDR = BASE + 0x154,
    LISTADDR = BASE + 0x158,
    NAK = BASE + 0x178,
    NAKEN = BASE + 0x17c,
    PORTSC1 = BASE + 0x184,
    OTGSC = BASE + 0x1a4,
    USBMODE = BASE + 0x1a8,
    SETUPSTAT = BASE + 0x1ac,
    PRIME = BASE + 0x1b0,
    FLUSH = BASE + 0x1b4,
    STAT = BASE + 0x1b8,
    COMPLETE = BASE + 0x1bc,
    CTRL0 = BASE + 0x1c0,
    CTRL1 = BASE + 0x1c4,
    BULK = 512,
    TIMEOUT_MS = 1000,
    /* Memory map of the driver, from MEMORY on. */
    HEADS = 0,
    TDS = 0x1000,      /* one of 32 bytes for each pipe and chain place */
    BUFFERS = 0x10000, /* 64 KiB for each of pipes 0 to 3 */
    BUFFER = 0x10000,
    CHAIN = 4
};

static struct {
    struct rig rig;
    uint8_t memory[MEMORY_SIZE];
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_direct direct;
    struct tw_otg otg;
    struct rig_line irq;
    struct aw_usb_device usb;
    /* The driver. */
    uint32_t configuration;
    uint32_t out_n;       /* of the last transfer on endpoint 1 */
    unsigned completions; /* on endpoint 1, both ways */
    unsigned setups;
    unsigned resets;
    bool deaf; /* leaves setup packets where they are */

} t;

static uint32_t rd(uint32_t address)
{
    return rig_read(&t.rig, address);
}

static void wr(uint32_t address, uint32_t value)
{
    rig_write(&t.rig, address, value);
}

static uint32_t word(uint32_t at)
{
    struct aw_rd r = aw_rd_at((aw_bytes){t.memory, MEMORY_SIZE}, at);

    return aw_rd_le32(&r);
}

static void set_word(uint32_t at, uint32_t value)
{
    struct aw_wr w = aw_wr_init(t.memory + at, 4);

    aw_wr_le32(&w, value);
}

static uint32_t bit_of(unsigned pipe)
{
    return UINT32_C(1) << (pipe / 2 + (pipe % 2) * 16);
}

static uint32_t td_at(unsigned pipe, unsigned i)
{
    return TDS + (pipe * CHAIN + i) * 32;
}

static uint32_t buffer_at(unsigned pipe)
{
    return BUFFERS + pipe * BUFFER;
}

static void head(unsigned pipe, uint32_t max_packet, bool zlt)
{
    set_word(HEADS + pipe * 64, max_packet << 16 | (zlt ? 1U << 29 : 0) |
                                    (pipe == 0 ? 1U << 15 : 0));
    set_word(HEADS + pipe * 64 + 8, 1);
    set_word(HEADS + pipe * 64 + 12, 0);
}

/* Descriptor i of a pipe's chain: n bytes from an offset of its buffer. */
static void td(unsigned pipe, unsigned i, uint32_t offset, uint32_t n,
               bool last)
{
    uint32_t at = td_at(pipe, i);
    uint32_t buffer = MEMORY + buffer_at(pipe) + offset;

    set_word(at, last ? 1 : MEMORY + td_at(pipe, i + 1));
    set_word(at + 4, n << 16 | (last ? 1U << 15 : 0) | 0x80);
    set_word(at + 8, buffer);
    for (uint32_t k = 1; k < 5; k++) {
        set_word(at + 8 + 4 * k, (buffer & ~0xfffU) + k * 0x1000);
    }
}

static void prime(unsigned pipe)
{
    set_word(HEADS + pipe * 64 + 8, MEMORY + td_at(pipe, 0));
    set_word(HEADS + pipe * 64 + 12, 0);
    wr(PRIME, bit_of(pipe));
    ck_assert_uint_eq(rd(PRIME), 0);
}

static void flush(uint32_t bits)
{
    wr(FLUSH, bits);
    ck_assert_uint_eq(rd(FLUSH), 0);
    ck_assert_uint_eq(rd(STAT) & bits, 0);
}

static void start_controller(void)
{
    wr(USBCMD, 2);
    ck_assert_uint_eq(rd(USBCMD) & 2, 0);
    wr(USBMODE, 2 | 1 << 3);
    ck_assert_uint_eq(rd(USBMODE) & 3, 2);
    head(0, 64, true);
    head(1, 64, true);
    wr(LISTADDR, MEMORY + HEADS);
    wr(OTGSC, 1 << 3);
    wr(USBSTS, rd(USBSTS));
    wr(USBINTR, 0x47);
    wr(USBCMD, 1);
}

static const uint8_t device_descriptor[18] = {
    18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 2, 0x27, 0, 1, 0, 0, 0, 1};
static const uint8_t config_descriptor[32] = {
    9,  2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0,    0, 2, 8, 6,
    80, 0, 7,  5, 1, 2, 0, 2,    0,  7, 5, 0x81, 2, 0, 2, 0};

static void status_out(void)
{
    td(0, 0, 0, 0, true);
    prime(0);
}

static void send_control(const void *bytes, uint32_t n, uint32_t asked)
{
    memcpy(t.memory + buffer_at(1), bytes, n);
    td(1, 0, 0, n < asked ? n : asked, true);
    prime(1);
    status_out();
}

static void ack(void)
{
    td(1, 0, 0, 0, true);
    prime(1);
}

/* Endpoint 1 both ways: what comes in one transfer is echoed. */
static void listen_bulk(uint32_t n)
{
    td(2, 0, 0, n, true);
    prime(2);
}

static void configure(uint32_t value)
{
    t.configuration = value;
    head(2, BULK, true);
    head(3, BULK, false);
    wr(CTRL1, 1 << 7 | 2 << 2 | 1 << 6 | 1 << 23 | 2 << 18 | 1 << 22);
    flush(bit_of(2) | bit_of(3));
    listen_bulk(0x4000);
}

static void stall_control(void)
{
    wr(CTRL0, rd(CTRL0) | 1 << 16 | 1);
}

static void answer(const uint8_t *s)
{
    uint32_t length = s[6] | (uint32_t)s[7] << 8;

    switch (s[0] << 8 | s[1]) {
    case 0x8006:
        if (s[3] == 1) {
            send_control(device_descriptor, 18, length);
        } else if (s[3] == 2) {
            send_control(config_descriptor, 32, length);
        } else {
            stall_control();
        }
        break;
    case 0x0005:
        wr(DEVICEADDR, (uint32_t)s[2] << 25 | 1 << 24);
        ack();
        break;
    case 0x0009:
        configure(s[2]);
        ack();
        break;
    case 0x4000: /* data OUT, then status IN */
        td(0, 0, 0, length, true);
        prime(0);
        ack();
        break;
    case 0xc000: /* 200 bytes of data IN */
        memset(t.memory + buffer_at(1), 0x5a, 200);
        send_control(t.memory + buffer_at(1), 200, length);
        break;
    default:
        stall_control();
        break;
    }
}

/* With tripwire, as the manual says. */
static void take_setup(void)
{
    uint8_t s[8];

    wr(SETUPSTAT, 1);
    do {
        wr(USBCMD, rd(USBCMD) | 1 << 13);
        memcpy(s, t.memory + HEADS + 40, 8);
    } while ((rd(USBCMD) & 1 << 13) == 0);
    wr(USBCMD, rd(USBCMD) & ~(UINT32_C(1) << 13));
    ck_assert_uint_eq(rd(SETUPSTAT), 0);
    flush(bit_of(0) | bit_of(1));
    t.setups++;
    answer(s);
}

static void take_reset(void)
{
    wr(SETUPSTAT, rd(SETUPSTAT));
    wr(COMPLETE, rd(COMPLETE));
    flush(0xff00ff);
    t.configuration = 0;
    t.resets++;
}

static void echo(uint32_t complete)
{
    if ((complete & bit_of(2)) != 0) {
        t.out_n = 0x4000 - (word(td_at(2, 0) + 4) >> 16 & 0x7fff);
        memcpy(t.memory + buffer_at(3), t.memory + buffer_at(2), t.out_n);
        td(3, 0, 0, t.out_n, true);
        prime(3);
        t.completions++;
    }
    if ((complete & bit_of(3)) != 0) {
        ck_assert_uint_eq(word(td_at(3, 0) + 4) & 0x7fff00ff, 0);
        t.completions++;
        listen_bulk(0x4000);
    }
}

static void interrupt(void)
{
    uint32_t status = rd(USBSTS);

    wr(USBSTS, status & 0x47);
    if ((status & 1 << 6) != 0) {
        take_reset();
        return;
    }
    if ((rd(SETUPSTAT) & 1) != 0 && !t.deaf) {
        take_setup();
    }
    uint32_t complete = rd(COMPLETE);

    wr(COMPLETE, complete);
    echo(complete);
}

/* The twin: events, and the driver after each tick. */
static void run(void *ctx, uint64_t until, const bool *done)
{
    (void)ctx;
    while (!*done && t.rig.clock.next <= until) {
        t.rig.clock.now = t.rig.clock.next;
        tw_clock_fire(&t.rig.clock);
        if (t.irq.level) {
            interrupt();
        }
    }
    if (!*done && t.rig.clock.now < until) {
        t.rig.clock.now = until;
    }
}

static void run_ms(uint32_t ms)
{
    bool never = false;

    run(NULL, t.rig.clock.now + tw_clock_ticks(&t.rig.clock, ms, 1000), &never);
}

static void setup(void)
{
    const struct tw_region region = {.name = "DDR",
                                     .base = MEMORY,
                                     .size = MEMORY_SIZE,
                                     .ram = {.bytes = t.memory}};

    memset(&t, 0, sizeof(t));
    rig_init(&t.rig);
    tw_bus_add_ram(&t.rig.bus, &region);
    tw_otg_init(&t.otg, 0, &t.rig.bus, &t.rig.clock, &t.port);
    t.otg.irq = rig_watch(&t.irq);
    tw_usb_host_init(&t.host, &t.port, &t.rig.clock);
    t.direct = (struct tw_usb_direct){
        .clock = &t.rig.clock, .run = run, .host = {&t.host}, .hosts = 1};
    wr(TW_CCM_BASE + 0x80, 0xffffffff);
}

static void plug_in(void)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    struct aw_usb usb = tw_usb_direct(&t.direct);
    const struct aw_usb_want want = {.vendor = 0x1209};
    struct aw_usb_id id;

    start_controller();
    tw_usb_cable(&t.port, true);
    ck_assert_int_eq(aw_usb_arrival(&usb, &want, TIMEOUT_MS, list, &id, NULL),
                     AW_OK);
    ck_assert_int_eq(usb.open(usb.ctx, &id, &t.usb, NULL), AW_OK);
}

static aw_err control(uint8_t type, uint8_t request, uint8_t *data, uint16_t n,
                      size_t *done)
{
    const struct aw_usb_setup s = {type, request, 0, 0, n};

    return t.usb.control(t.usb.ctx, &s, data, done, TIMEOUT_MS, NULL);
}

START_TEST(enumerates)
{
    plug_in();
    ck_assert_uint_eq(t.resets, 1);
    ck_assert_uint_eq(t.configuration, 1);
    ck_assert_uint_eq(rd(DEVICEADDR), UINT32_C(1) << 25);
    ck_assert_uint_eq(rd(PORTSC1) >> 26 & 3, 2); /* high speed */
    ck_assert_uint_eq(rd(PORTSC1) & 1, 1);
    ck_assert(t.host.found.present);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 0);
    /* Off the bus. */
    wr(USBCMD, 0);
    ck_assert(!t.host.found.present);
    wr(USBCMD, 1);
    run_ms(300);
    ck_assert(t.host.found.present);
    ck_assert_uint_eq(t.resets, 2);
}
END_TEST

START_TEST(full_speed)
{
    start_controller();
    wr(PORTSC1, rd(PORTSC1) | 1 << 24);
    tw_usb_cable(&t.port, true);
    run_ms(300);
    ck_assert(t.host.found.present);
    ck_assert(t.port.full_speed);
    ck_assert_uint_eq(rd(PORTSC1) >> 26 & 3, 0);
}
END_TEST

START_TEST(control_transfers)
{
    uint8_t data[400];
    size_t done = 0;

    plug_in();
    ck_assert_int_eq(control(0xc0, 0, data, 400, &done), AW_OK);
    ck_assert_uint_eq(done, 200);
    ck_assert_uint_eq(data[199], 0x5a);
    memset(data, 0x77, sizeof(data));
    ck_assert_int_eq(control(0x40, 0, data, 400, &done), AW_OK);
    ck_assert_mem_eq(t.memory + buffer_at(0), data, 400);
    ck_assert_int_eq(control(0x40, 7, data, 0, &done), AW_ERR_STALL);
    /* The next setup packet ends the stall. */
    ck_assert_int_eq(control(0xc0, 0, data, 400, &done), AW_OK);
    ck_assert_uint_eq(rd(CTRL0) & 0x10001, 0);
}
END_TEST

/* Lengths around packet, page and descriptor limits, there and back. */
START_TEST(bulk_echo)
{
    static const size_t lengths[] = {0,    1,    511,  512,  513,  1023,
                                     1024, 4095, 4096, 4097, 8192, 16383};
    static uint8_t data[0x4000];
    static uint8_t back[0x5000];

    plug_in();
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 13 >> 2);
    }
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t done = 0;

        ck_assert_int_eq(
            t.usb.transfer(t.usb.ctx, 1, data, lengths[i], &done, TIMEOUT_MS),
            AW_OK);
        if (lengths[i] > 0 && lengths[i] % BULK == 0) {
            /* Whole packets do not end a transfer; an empty one does. */
            ck_assert_int_eq(
                t.usb.transfer(t.usb.ctx, 1, data, 0, &done, TIMEOUT_MS),
                AW_OK);
        }
        ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 0x81, back, sizeof(back),
                                        &done, TIMEOUT_MS),
                         AW_OK);
        ck_assert_uint_eq(done, lengths[i]);
        ck_assert_mem_eq(back, data, lengths[i]);
    }
    ck_assert_uint_eq(t.completions, 2 * COUNT(lengths));
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* A chain of descriptors; only the last one interrupts. */
START_TEST(chains)
{
    static uint8_t data[4000];
    size_t done = 0;

    plug_in();
    flush(bit_of(2));
    td(2, 0, 0, 1024, false);
    td(2, 1, 1024, 512, false);
    td(2, 2, 0x1f01, 2048, true);
    prime(2);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i ^ i >> 8);
    }
    ck_assert_int_eq(
        t.usb.transfer(t.usb.ctx, 1, data, 3584, &done, TIMEOUT_MS), AW_OK);
    ck_assert_mem_eq(t.memory + buffer_at(2), data, 1536);
    ck_assert_mem_eq(t.memory + buffer_at(2) + 0x1f01, data + 1536, 2048);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(word(td_at(2, i) + 4) & 0x7fff00ff, 0);
    }
    run_ms(1);
    ck_assert_uint_eq(t.completions, 1);
}
END_TEST

/* A descriptor that is appended while the chain runs is found. */
START_TEST(appends)
{
    static uint8_t data[1024];
    size_t done = 0;

    plug_in();
    flush(bit_of(2));
    td(2, 0, 0, 512, true);
    prime(2);
    td(2, 1, 0x2000, 512, true);
    set_word(td_at(2, 0), MEMORY + td_at(2, 1));
    wr(USBCMD, rd(USBCMD) | 1 << 14);
    ck_assert_uint_ne(rd(STAT) & bit_of(2), 0);
    ck_assert_uint_ne(rd(USBCMD) & 1 << 14, 0);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 512, &done, TIMEOUT_MS),
                     AW_OK);
    ck_assert_uint_ne(rd(STAT) & bit_of(2), 0);
    /* The hazard that ATDTW is there for: something moved meanwhile. */
    ck_assert_uint_eq(rd(USBCMD) & 1 << 14, 0);
    memset(data, 0x33, sizeof(data));
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 512, &done, TIMEOUT_MS),
                     AW_OK);
    ck_assert_mem_eq(t.memory + buffer_at(2) + 0x2000, data, 512);
}
END_TEST

START_TEST(stalls_and_naks)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    plug_in();
    wr(CTRL1, rd(CTRL1) | 1 << 16);
    ck_assert_int_eq(
        t.usb.transfer(t.usb.ctx, 0x81, data, 64, &done, TIMEOUT_MS),
        AW_ERR_STALL);
    wr(CTRL1, rd(CTRL1) & ~(UINT32_C(1) << 16));
    wr(NAK, rd(NAK));
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 0x81, data, 64, &done, 10),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(rd(NAK), bit_of(3));
    wr(CTRL1, rd(CTRL1) | 1);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 64, &done, TIMEOUT_MS),
                     AW_ERR_STALL);
    /* An endpoint that is off does not answer. */
    wr(CTRL1, 2 << 2 | 2 << 18);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 64, &done, TIMEOUT_MS),
                     AW_ERR_IO);
}
END_TEST

/* More than the descriptor has room for. */
START_TEST(overflow)
{
    uint8_t data[512] = {0};
    size_t done = 0;

    plug_in();
    flush(bit_of(2));
    listen_bulk(100);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 200, &done, 100),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(word(td_at(2, 0) + 4) & 0xff, 0x60);
    ck_assert_uint_eq(rd(STAT) & bit_of(2), 0);
}
END_TEST

/* What silicon would do silently wrong is reported, and not done. */
START_TEST(misuse)
{
    static const struct {
        const char *name;
        uint32_t at;
        uint32_t value;
        const char *said;
    } rows[] = {
        {"inactive", TDS + 2 * CHAIN * 32 + 4, 100 << 16, "not active"},
        {"halted", TDS + 2 * CHAIN * 32 + 4, 100 << 16 | 0xc0, "halted"},
        {"no packet size", HEADS + 128, 0, "packet size"},
        {"Mult", HEADS + 128, 1U << 30 | 512 << 16, "Mult"},
        {"no descriptor", HEADS + 128 + 8, 1, "without a descriptor"},
        {"stale status", HEADS + 128 + 12, 0x40, "status bits"},
        {"alignment", HEADS + 128 + 8, MEMORY + TDS + 4, "aligned"},
    };

    plug_in();
    for (size_t i = 0; i < COUNT(rows); i++) {
        flush(bit_of(2));
        head(2, BULK, true);
        td(2, 0, 0, 100, true);
        set_word(HEADS + 128 + 8, MEMORY + td_at(2, 0));
        set_word(rows[i].at, rows[i].value);
        wr(PRIME, bit_of(2));
        ck_assert_msg(strstr(t.rig.said, rows[i].said) != NULL, "%s: %s",
                      rows[i].name, t.rig.said);
        ck_assert_msg((rd(STAT) & bit_of(2)) == 0 || i == 3, "%s",
                      rows[i].name);
    }
    head(2, BULK, true);
    td(2, 0, 0, 100, true);
    prime(2);
    wr(PRIME, bit_of(2));
    ck_assert_ptr_nonnull(strstr(t.rig.said, "primed while"));
    wr(USBMODE, 3);
    ck_assert_ptr_nonnull(strstr(t.rig.said, "without a reset"));
    ck_assert_uint_eq(rd(USBMODE) & 3, 2);
    wr(CTRL1 + 4, 1 << 7 | 2 << 2);
    ck_assert_ptr_nonnull(strstr(t.rig.said, "type control"));
    wr(USBCMD, 2);
    wr(USBCMD, 1);
    ck_assert_ptr_nonnull(strstr(t.rig.said, "before USBMODE"));
    wr(USBCMD, 0);
    wr(USBMODE, 3);
    wr(USBCMD, 1);
    ck_assert_ptr_nonnull(strstr(t.rig.said, "host mode"));
    ck_assert(!t.host.attached);
}
END_TEST

static bool phy_off(void *ctx, unsigned index)
{
    (void)ctx;
    ck_assert_uint_eq(index, 0);
    return false;
}

START_TEST(needs_its_phy)
{
    t.otg.phy_ready = phy_off;
    start_controller();
    ck_assert_ptr_nonnull(strstr(t.rig.said, "PHY"));
    tw_usb_cable(&t.port, true);
    ck_assert(!t.host.attached);
}
END_TEST

/* Memory that is not there: a system error, no crash. */
START_TEST(bad_memory)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    plug_in();
    flush(bit_of(2));
    td(2, 0, 0, 64, true);
    set_word(td_at(2, 0) + 8, 0x10000000);
    prime(2);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 64, &done, 100),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_ne(rd(USBSTS) & 1 << 4, 0);
    flush(bit_of(3));
    wr(LISTADDR, 0x10000000);
    wr(PRIME, bit_of(3));
    ck_assert_uint_eq(rd(STAT) & bit_of(3), 0);
}
END_TEST

/* Setup lockout, and endpoint 0 while a setup packet waits. */
START_TEST(setup_waits)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    plug_in();
    t.deaf = true;
    const struct aw_usb_setup s = {0xc0, 0, 0, 0, 64};

    ck_assert_int_eq(t.usb.control(t.usb.ctx, &s, data, &done, 50, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(rd(SETUPSTAT), 1);
    /* Priming is for nothing while it waits. */
    td(1, 0, 0, 10, true);
    wr(PRIME, bit_of(1));
    ck_assert_uint_eq(rd(STAT) & bit_of(1), 0);
    t.deaf = false;
    ck_assert_int_eq(t.usb.control(t.usb.ctx, &s, data, &done, 50, NULL),
                     AW_OK);
    /* The tripwire falls when a packet comes. */
    wr(USBCMD, rd(USBCMD) | 1 << 13);
    t.deaf = true;
    ck_assert_int_eq(t.usb.control(t.usb.ctx, &s, data, &done, 50, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(rd(USBCMD) & 1 << 13, 0);
}
END_TEST

/* An address counts from the status packet on. */
START_TEST(address_advances)
{
    plug_in();
    wr(DEVICEADDR, UINT32_C(5) << 25 | 1 << 24);
    size_t n = 0;
    uint8_t packet[64];

    ck_assert_int_eq(t.otg.device.in(&t.otg, 5, 0, packet, 64, &n),
                     TW_USB_NONE);
    ack();
    ck_assert_int_eq(t.otg.device.in(&t.otg, 0, 0, packet, 64, &n), TW_USB_ACK);
    ck_assert_int_eq(t.otg.device.in(&t.otg, 5, 0, packet, 64, &n), TW_USB_NAK);
    ck_assert_int_eq(t.otg.device.in(&t.otg, 0, 0, packet, 64, &n),
                     TW_USB_NONE);
    ck_assert_int_eq(t.otg.device.in(&t.otg, 5, 8, packet, 64, &n),
                     TW_USB_NONE);
}
END_TEST

START_TEST(power_and_suspend)
{
    plug_in();
    wr(USBSTS, rd(USBSTS));
    ck_assert_uint_ne(rd(OTGSC) & 1 << 11, 0);
    ck_assert_uint_ne(rd(FRINDEX), 0);
    tw_usb_cable(&t.port, false);
    ck_assert_uint_eq(rd(OTGSC) & 1 << 11, 0);
    ck_assert_uint_ne(rd(OTGSC) & 1 << 19, 0); /* changed */
    ck_assert_uint_eq(rd(PORTSC1) & 1 << 7, 0);
    run_ms(4);
    ck_assert_uint_ne(rd(PORTSC1) & 1 << 7, 0);
    ck_assert_uint_ne(rd(USBSTS) & 1 << 8, 0);
    wr(OTGSC, rd(OTGSC));
    ck_assert_uint_eq(rd(OTGSC) & 1 << 19, 0);
    tw_usb_cable(&t.port, true);
    run_ms(300);
    ck_assert(t.host.found.present);
    ck_assert_uint_eq(rd(PORTSC1) & 1 << 7, 0);
    /* As an interrupt. */
    wr(USBSTS, rd(USBSTS));
    wr(OTGSC, (rd(OTGSC) & ~(UINT32_C(0x7f) << 16)) | 1 << 27);
    ck_assert(t.irq.level);
}
END_TEST

START_TEST(left_running)
{
    tw_otg_left_running(&t.otg);
    ck_assert_uint_eq(rd(USBMODE) & 3, 2);
    ck_assert_uint_eq(rd(USBCMD) & 1, 1);
    tw_usb_cable(&t.port, true);
    ck_assert(!t.host.attached);
    plug_in();
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device device = tw_otg_device(&t.otg);
    struct tw_saver to = {0};
    static uint8_t data[1000];
    size_t done = 0;

    plug_in();
    device.save(device.model, &to);
    ck_assert_int_eq(t.usb.transfer(t.usb.ctx, 1, data, 100, &done, TIMEOUT_MS),
                     AW_OK);
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    ck_assert(device.load(device.model, &from));
    ck_assert_uint_eq(from.at, to.n);
    ck_assert(t.port.device == &t.otg.device);
    ck_assert_uint_ne(rd(STAT) & bit_of(2), 0);
    td(2, 0, 0, 0x4000, true);
    ck_assert_int_eq(
        t.usb.transfer(t.usb.ctx, 1, data, 1000, &done, TIMEOUT_MS), AW_OK);
    tw_saver_free(&to);
    rig_round_trip(&t.rig, &device);
}
END_TEST

START_TEST(non_core)
{
    static struct tw_otg_nc nc;

    tw_otg_nc_init(&nc, &t.rig.bus);
    ck_assert_uint_eq(rd(TW_OTG_NC_BASE), 0x30001000);
    wr(TW_OTG_NC_BASE + 4, 0x80);
    ck_assert_uint_eq(rd(TW_OTG_NC_BASE + 4) & 0x80, 0x80);
    struct tw_device device = tw_otg_nc_device(&nc);

    rig_round_trip(&t.rig, &device);
}
END_TEST

Suite *suite_twin_otg(void)
{
    Suite *s = suite_create("twin_otg");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, enumerates);
    tcase_add_test(tc, full_speed);
    tcase_add_test(tc, control_transfers);
    tcase_add_test(tc, bulk_echo);
    tcase_add_test(tc, chains);
    tcase_add_test(tc, appends);
    tcase_add_test(tc, stalls_and_naks);
    tcase_add_test(tc, overflow);
    tcase_add_test(tc, misuse);
    tcase_add_test(tc, needs_its_phy);
    tcase_add_test(tc, bad_memory);
    tcase_add_test(tc, setup_waits);
    tcase_add_test(tc, address_advances);
    tcase_add_test(tc, power_and_suspend);
    tcase_add_test(tc, left_running);
    tcase_add_test(tc, snapshot);
    tcase_add_test(tc, non_core);
    suite_add_tcase(s, tc);
    return s;
}
