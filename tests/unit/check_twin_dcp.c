/* SPDX-License-Identifier: Apache-2.0 */
/* RNGB and DCP, driven as firmware would. */
#include "models/dcp.h"

#include <string.h>

#include "aw/sha256.h"
#include "identity.h"
#include "models/rngb.h"
#include "rig.h"
#include "suites.h"
#include "support.h"

#define RAM UINT32_C(0x00900000)

enum {
    RAM_SIZE = 0x20000,
    CCGR0 = 0x020c4068,
    CCGR6 = 0x020c4080,

    DCP = TW_DCP_BASE,
    CTRL = DCP,
    STAT = DCP + 0x10,
    CHANNELCTRL = DCP + 0x20,
    CAPABILITY0 = DCP + 0x30,
    KEY = DCP + 0x60,
    KEYDATA = DCP + 0x70,
    PACKET1 = DCP + 0x90,
    CMDPTR = DCP + 0x100,
    SEMA = DCP + 0x110,
    CHSTAT = DCP + 0x120,

    RNGB = TW_RNGB_BASE,
    CMD = RNGB + 0x04,
    CR = RNGB + 0x08,
    SR = RNGB + 0x0c,
    ESR = RNGB + 0x10,
    OUT = RNGB + 0x14
};

/* Where the tests put things. */
#define PACKET  (RAM + 0x1000)
#define PAYLOAD (RAM + 0x2000)
#define SOURCE  (RAM + 0x4000)
#define TARGET  (RAM + 0x10000)

static struct {
    struct rig rig;
    struct tw_dcp dcp;
    struct tw_rngb rngb;
    struct rig_line dcp_line;
    struct rig_line rngb_line;
    bool trusted;
    uint8_t ram[RAM_SIZE];
    uint8_t dirty[RAM_SIZE / TW_LINE];
} t;

static bool trusted(void *ctx)
{
    (void)ctx;
    return t.trusted;
}

static void setup(void)
{
    const struct tw_region region = {.name = "OCRAM",
                                     .base = RAM,
                                     .size = RAM_SIZE,
                                     .ram = {.bytes = t.ram, .dirty = t.dirty}};

    memset(&t, 0, sizeof(t));
    rig_init(&t.rig);
    tw_bus_add_ram(&t.rig.bus, &region);
    struct tw_dcp_wiring dcp = {.clock = &t.rig.clock,
                                .bus = &t.rig.bus,
                                .line = rig_watch(&t.dcp_line),
                                .key = {.usable = trusted}};
    struct tw_rngb_wiring rngb = {.clock = &t.rig.clock,
                                  .bus = &t.rig.bus,
                                  .line = rig_watch(&t.rngb_line),
                                  .seed = {3}};

    for (size_t i = 0; i < sizeof(dcp.key.secret); i++) {
        dcp.key.secret[i] = (uint8_t)i;
    }
    tw_dcp_init(&t.dcp, &dcp);
    tw_rngb_init(&t.rngb, &rngb);
    for (uint32_t at = CCGR0; at <= CCGR6; at += 4) {
        rig_write(&t.rig, at, UINT32_MAX);
    }
}

static uint64_t misuses(void)
{
    return t.rig.report.counts[TW_REPORT_MISUSE];
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

static void dcp_up(void)
{
    wr(CTRL + 4, UINT32_C(1) << 31);
    wr(CTRL + 8, UINT32_C(1) << 31);
    wr(CTRL + 8, UINT32_C(1) << 30);
    wr(CHANNELCTRL, 0xf);
}

struct packet {
    uint32_t next;
    uint32_t control0;
    uint32_t control1;
    uint32_t source;
    uint32_t target;
    uint32_t size;
    uint32_t payload;
    uint32_t status;
};

static void put_packet(uint32_t at, const struct packet *p)
{
    const uint32_t words[8] = {p->next,   p->control0, p->control1, p->source,
                               p->target, p->size,     p->payload,  p->status};

    for (uint32_t i = 0; i < 8; i++) {
        wr(at + 4 * i, words[i]);
    }
}

/* Runs what lies at PACKET on channel 0; CH0STAT. */
static uint32_t go(uint32_t packets)
{
    wr(CHSTAT + 8, UINT32_MAX);
    wr(STAT + 8, 0xf);
    wr(CMDPTR, PACKET);
    wr(SEMA, packets);
    rig_run_us(&t.rig, 2000);
    return rd(CHSTAT);
}

static uint32_t run(const struct packet *p)
{
    put_packet(PACKET, p);
    return go(1);
}

START_TEST(dcp_registers)
{
    ck_assert_uint_eq(rd(CTRL), 0xf0800000);
    ck_assert_uint_eq(rd(STAT), 0x10000000);
    ck_assert_uint_eq(rd(CAPABILITY0), 0x00000404);
    ck_assert_uint_eq(rd(DCP + 0x40), 0x00070001);
    ck_assert_uint_eq(rd(DCP + 0x430), 0x02010000);
    /* In reset nothing else can be written. */
    wr(CHANNELCTRL, 1);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(rd(CHANNELCTRL), 0);
    dcp_up();
    ck_assert_uint_eq(rd(CTRL), 0x30800000);
    ck_assert_uint_eq(rd(CHANNELCTRL), 0xf);
    wr(CHANNELCTRL + 8, 4);
    ck_assert_uint_eq(rd(CHANNELCTRL), 0xb);
    wr(CHANNELCTRL + 0xc, 5);
    ck_assert_uint_eq(rd(CHANNELCTRL), 0xe);
    wr(CAPABILITY0, UINT32_C(1) << 29);
    wr(CAPABILITY0, 0);
    ck_assert_uint_eq(rd(CAPABILITY0), 0x20000404);
    (void)rd(DCP + 0x500);
    wr(DCP + 0x430, 0);
    ck_assert_uint_eq(misuses(), 3);
    t.rig.size = 1;
    ck_assert(rig_refuses_read(&t.rig, CTRL));
    ck_assert(rig_refuses_write(&t.rig, CTRL, 0));
    t.rig.size = 4;
    wr(CTRL + 4, UINT32_C(1) << 31);
    ck_assert_uint_eq(rd(CHANNELCTRL), 0);
}
END_TEST

/* The key of the part: zeros while it is open, the board's when it is closed
 * and trusted. Answers are those of OpenSSL's command line. */
static const struct {
    bool trusted;
    const char *in;
    const char *out;
} uniques[] = {
    {false, "deadbeef0c0c0c0c0c0c0c0c0c0c0c0c",
     "75f9022d5a867ad430440feec6611f0a"}, /* tamago-example, open device */
    {false, "41726d6f72795769746e6573734d4143",
     "2e9e29f42ccba01883f1872855e74781"}, /* ArmoryWitnessMAC */
    {true,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
     NULL},
};

START_TEST(unique_key)
{
    aw_bytes in = vec_unhex(aw_text(uniques[_i].in));
    const struct packet p = {.control0 = 0x723,
                             .control1 = 0xfe10,
                             .source = SOURCE,
                             .target = TARGET,
                             .size = (uint32_t)in.n,
                             .payload = PAYLOAD};
    uint8_t iv[16] = {0};
    uint8_t want[64];

    dcp_up();
    t.trusted = uniques[_i].trusted;
    memcpy(ram(SOURCE), in.p, in.n);
    ck_assert_uint_eq(run(&p), 0);
    if (uniques[_i].out == NULL) {
        memcpy(want, in.p, in.n);
        tw_aes_cbc(t.dcp.w.key.secret, 16, true, iv, want, in.n);
    } else {
        memcpy(want, vec_unhex(aw_text(uniques[_i].out)).p, in.n);
    }
    ck_assert_mem_eq(ram(TARGET), want, in.n);
    ck_assert_uint_eq(rd(PACKET + 28), 1);
    ck_assert_uint_eq(rd(STAT) & 0xf, 1);
    ck_assert_uint_eq(rd(SEMA), 0);
}
END_TEST

/* Witness key of an open ULL, vector c of the firmware's key derivation, on
 * the way that firmware goes: D with its IV through the DCP. */
START_TEST(open_identity)
{
    const struct packet p = {.control0 = 0x723,
                             .control1 = 0xfe10,
                             .source = SOURCE,
                             .target = TARGET,
                             .size = 32,
                             .payload = PAYLOAD};

    dcp_up();
    for (size_t i = 0; i < IDENTITY_KEYS; i++) {
        memcpy(ram(SOURCE), identity_diversifier(), 32);
        identity_label(IDENTITY_OPEN_ULL, (enum identity_key)i, ram(PAYLOAD));
        ck_assert_uint_eq(run(&p), 0);
        identity_check(IDENTITY_OPEN_ULL, (enum identity_key)i, ram(TARGET));
    }
}
END_TEST

START_TEST(otp_key)
{
    /* SHA-256("Armored Witness twin: OTP key", 00..0f). */
    aw_bytes key = vec_unhex(aw_text("0ffe7893a19c3fdc309182c9eea91c53"));
    const struct packet p = {.control0 = 0x523,
                             .control1 = 0xff00,
                             .source = SOURCE,
                             .target = TARGET,
                             .size = 16};
    uint8_t want[16] = {0};

    dcp_up();
    ck_assert_uint_eq(run(&p), 0);
    tw_aes_ecb(want, 16, true, want, 16);
    ck_assert_mem_eq(ram(TARGET), want, 16);
    t.trusted = true;
    memset(want, 0, sizeof(want));
    tw_aes_ecb(key.p, 16, true, want, 16);
    ck_assert_uint_eq(run(&p), 0);
    ck_assert_mem_eq(ram(TARGET), want, 16);
}
END_TEST

static const char plain[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

/* Key 00..0f, IV 10..1f; by OpenSSL's command line. */
static const struct {
    uint32_t control0;
    uint32_t control1;
    const char *out;
} ciphers[] = {
    {0x323, 0x0010,
     "954f64f2e4e86e9eee82d20216684899a93b9ddb22e8ab104c61e728831d6d5a"
     "1f51afc19343249ef3b4495be12dc4f3e0b296f5c91be273a66c1216a66da5fd"},
    {0x123, 0x0000,
     "0a940bb5416ef045f1c39458c653ea5a07feef74e1d5036e900eee118e949293"
     "5be87e2e5b447c944b21c9af7756c0d803f2c3bdca826bf082d7cfb035cdb8c1"},
};

static void ram_key(uint32_t slot)
{
    wr(KEY, slot << 4);
    for (uint32_t i = 0; i < 4; i++) {
        wr(KEYDATA,
           (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24);
    }
}

START_TEST(cipher)
{
    aw_bytes in = vec_unhex(aw_text(plain));
    aw_bytes out = vec_unhex(aw_text(ciphers[_i].out));
    struct packet p = {.control0 = ciphers[_i].control0,
                       .source = SOURCE,
                       .target = TARGET,
                       .size = 64,
                       .payload = PAYLOAD};

    dcp_up();
    for (uint32_t slot = 0; slot < 4; slot++) {
        ram_key(slot);
        ck_assert_uint_eq(rd(KEYDATA), 0);
        p.control0 = ciphers[_i].control0;
        p.control1 = ciphers[_i].control1 | slot << 8;
        memcpy(ram(SOURCE), in.p, in.n);
        memcpy(ram(PAYLOAD), &in.p[16], 16);
        p.source = SOURCE;
        ck_assert_uint_eq(run(&p), 0);
        ck_assert_mem_eq(ram(TARGET), out.p, out.n);
        /* And back, in place. */
        p.control0 &= ~UINT32_C(0x100);
        p.source = TARGET;
        ck_assert_uint_eq(run(&p), 0);
        ck_assert_mem_eq(ram(TARGET), in.p, in.n);
        wr(KEY, slot << 4);
        for (uint32_t i = 0; i < 4; i++) {
            wr(KEYDATA, 0);
        }
    }
}
END_TEST

/* A key in the payload stands before the IV; a second packet without an IV
 * goes on where the first ended. */
START_TEST(payload_key_and_chaining)
{
    aw_bytes in = vec_unhex(aw_text(plain));
    aw_bytes out = vec_unhex(aw_text(ciphers[0].out));
    struct packet p = {.next = PACKET + 0x100,
                       .control0 = 0xb25 | 0x5a000000,
                       .control1 = 0x10,
                       .source = SOURCE,
                       .target = TARGET,
                       .size = 32,
                       .payload = PAYLOAD};

    dcp_up();
    memcpy(ram(SOURCE), in.p, in.n);
    memcpy(ram(PAYLOAD), in.p, 32);
    put_packet(PACKET, &p);
    p = (struct packet){.control0 = 0x922,
                        .control1 = 0x10,
                        .source = SOURCE + 32,
                        .target = TARGET + 32,
                        .size = 32,
                        .payload = PAYLOAD};
    put_packet(PACKET + 0x100, &p);
    ck_assert_uint_eq(go(1), 0);
    ck_assert_mem_eq(ram(TARGET), out.p, out.n);
    ck_assert_uint_eq(rd(PACKET + 28), 0x5a000001);
    ck_assert_uint_eq(rd(PACKET + 0x100 + 28), 1);
    ck_assert_uint_eq(rd(CMDPTR), PACKET + 0x100);
    /* Contiguous packets need no pointer. */
    p.control0 = 0x929;
    p.source = SOURCE;
    put_packet(PACKET, &p);
    p.control0 = 0x922;
    put_packet(PACKET + 32, &p);
    ck_assert_uint_eq(go(1), 0);
    ck_assert_uint_eq(rd(PACKET + 32 + 28), 1);
}
END_TEST

/* Hashes, whole and in packets; the result is byte-reversed. */
static const struct {
    uint32_t select; /* 0 SHA-1, 2 SHA-256 */
    uint32_t first;  /* bytes of a first packet; 0: one packet */
    uint32_t size;
    const char *digest; /* of that many zero bytes; NULL: SHA-256, computed */
} hashes[] = {
    {2, 0, 0,
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
     "55"},
    {2, 0, 3, NULL},
    {2, 0, 64, NULL},
    {2, 64, 65, NULL},
    {2, 4096, 10000, NULL},
    {2, 128, 128, NULL},
    {0, 0, 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {0, 0, 64, "c8d7d0ef0eedfa82d2ea1aa592845b9a6d4b02b7"},
    {0, 64, 100, "ed4a77d1b56a118938788fc53037759b6c501e3d"},
};

static void digest_of(size_t row, uint8_t *want, uint32_t *n)
{
    static const uint8_t zeros[16384];
    aw_bytes given = {0};

    if (hashes[row].digest != NULL) {
        given = vec_unhex(aw_text(hashes[row].digest));
        memcpy(want, given.p, given.n);
    } else {
        aw_sha256((aw_bytes){zeros, hashes[row].size}, want);
    }
    *n = hashes[row].select == 0 ? 20 : 32;
}

START_TEST(hash)
{
    struct packet p = {.control0 = 0x3043,
                       .control1 = hashes[_i].select << 16,
                       .source = SOURCE,
                       .size = hashes[_i].size,
                       .payload = PAYLOAD};
    uint32_t first = hashes[_i].first;
    uint8_t want[32];
    uint32_t n = 0;

    dcp_up();
    digest_of((size_t)_i, want, &n);
    if (first > 0) {
        p.control0 = 0x1043;
        p.size = first;
        ck_assert_uint_eq(run(&p), 0);
        p.control0 = 0x2043;
        p.size = hashes[_i].size - first;
    }
    ck_assert_uint_eq(run(&p), 0);
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_eq(ram(PAYLOAD)[i], want[n - 1 - i]);
    }
    /* And the other way: compared with what stands there. */
    p.control0 = 0x7043;
    p.size = hashes[_i].size;
    ck_assert_uint_eq(run(&p), 0);
    ram(PAYLOAD)[n - 1] ^= 1;
    ck_assert_uint_eq(run(&p), 2);
    ck_assert_uint_eq(rd(PACKET + 28), 3);
}
END_TEST

START_TEST(copy_and_fill)
{
    struct packet p = {.control0 = 0x13,
                       .source = SOURCE,
                       .target = TARGET,
                       .size = 5000,
                       .payload = PAYLOAD};

    dcp_up();
    for (uint32_t i = 0; i < 5000; i++) {
        ram(SOURCE)[i] = (uint8_t)(i * 11);
    }
    ck_assert_uint_eq(run(&p), 0);
    ck_assert_mem_eq(ram(TARGET), ram(SOURCE), 5000);
    ck_assert_uint_eq(ram(TARGET)[5000], 0);
    p.control0 = 0x10003;
    p.source = 0x44332211;
    p.size = 6;
    ck_assert_uint_eq(run(&p), 0);
    ck_assert_mem_eq(ram(TARGET), "\x11\x22\x33\x44\x11\x22", 6);
    ck_assert_uint_eq(ram(TARGET)[6], (uint8_t)66);
}
END_TEST

/* Packets that end in an error: CH0STAT, and whether it is reported. */
static const struct {
    struct packet packet;
    uint32_t stat;
    bool reported;
} errors[] = {
    {{0, 0x83, 0, SOURCE, TARGET, 16, 0, 0}, 0x050004, true},     /* blit */
    {{0, 0x100013, 0, SOURCE, TARGET, 16, 0, 0}, 0x050004, true}, /* swap */
    {{0, 0x3043, 0x10000, SOURCE, 0, 16, PAYLOAD, 0}, 0x050004, true},
    {{0, 0x3043, 0x30000, SOURCE, 0, 16, PAYLOAD, 0}, 0x050004, false},
    {{0, 0x1043, 0x20000, SOURCE, 0, 63, PAYLOAD, 0}, 0x050004, false},
    {{0, 0x2043, 0x20000, SOURCE, 0, 64, PAYLOAD, 0}, 0x050004, false},
    {{0, 0x123, 0, SOURCE, TARGET, 15, 0, 0}, 0x050004, false},
    {{0, 0x123, 1, SOURCE, TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0x20, SOURCE, TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0x400, SOURCE, TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0xfe00, SOURCE, TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x13, 0, 0x10000000, TARGET, 16, 0, 0}, 0x10, false},
    {{0, 0x13, 0, SOURCE, 0x10000000, 16, 0, 0}, 0x20, false},
    {{0, 0x923, 0, SOURCE, TARGET, 16, 0x10000000, 0}, 0x040004, false},
    {{0, 0x323, 0x10, SOURCE, TARGET, 16, 0x10000000, 0}, 0x040004, false},
    {{0, 0x3043, 0x20000, SOURCE, 0, 16, 0x10000000, 0}, 0x040020, false},
};

START_TEST(packet_errors)
{
    uint64_t before = 0;

    dcp_up();
    before = misuses();
    wr(CTRL + 4, 1);
    ck_assert_uint_eq(run(&errors[_i].packet), errors[_i].stat);
    ck_assert_uint_eq(misuses() - before, errors[_i].reported ? 1 : 0);
    ck_assert_uint_eq(rd(PACKET + 28), errors[_i].stat | 1);
    ck_assert(t.dcp_line.level);
    /* The channel stands until its error is cleared; the packet was not
     * counted off. */
    ck_assert_uint_eq(rd(SEMA), 1 << 16);
    wr(SEMA + 8, 0xff);
    ck_assert_uint_eq(rd(SEMA), 0);
    const struct packet good = {
        .control0 = 0x13, .source = SOURCE, .target = TARGET, .size = 16};

    ck_assert_uint_eq(run(&good), 0);
}
END_TEST

START_TEST(chain_errors)
{
    struct packet p = {
        .control0 = 0x13, .source = SOURCE, .target = TARGET, .size = 16};

    dcp_up();
    put_packet(PACKET, &p);
    ck_assert_uint_eq(go(2), 0x020004); /* no chain */
    wr(SEMA + 8, 0xff);
    p.control0 = 0x17;
    put_packet(PACKET, &p);
    ck_assert_uint_eq(go(2), 0x010004); /* the next one is 0 */
    wr(SEMA + 8, 0xff);
    p.next = 0x10000000;
    put_packet(PACKET, &p);
    ck_assert_uint_eq(go(2), 0x000008); /* is no memory */
    wr(SEMA + 8, 0xff);
    wr(CHSTAT + 8, UINT32_MAX);
    wr(CMDPTR, PACKET + 2);
    wr(SEMA, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(CHSTAT), 0x000008);
}
END_TEST

/* Channels take turns; the lower one first unless another has priority. */
START_TEST(channels_and_interrupts)
{
    struct packet p = {
        .control0 = 0x13, .source = SOURCE, .target = TARGET, .size = 2048};

    dcp_up();
    for (uint32_t i = 0; i < 4; i++) {
        put_packet(PACKET + 0x100 * i, &p);
        wr(CMDPTR + 0x40 * i, PACKET + 0x100 * i);
    }
    wr(CHANNELCTRL, 0x40f);
    wr(CTRL + 4, 8);
    wr(SEMA + 0x40, 1);
    wr(SEMA + 0xc0, 1);
    wr(SEMA + 0x80, 1);
    ck_assert_uint_eq(rd(STAT), 0x120e0000);
    ck_assert_uint_eq(rd(PACKET1), 0x13);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(STAT), 0x130c0002);
    rig_run_us(&t.rig, 20);
    ck_assert(!t.dcp_line.level);
    ck_assert_uint_eq(rd(STAT), 0x14080006);
    rig_run_us(&t.rig, 20);
    ck_assert_uint_eq(rd(STAT), 0x1000000e);
    ck_assert(t.dcp_line.level);
    wr(STAT + 8, 8);
    ck_assert(!t.dcp_line.level);
}
END_TEST

START_TEST(dma_meets_dirty_line)
{
    const struct tw_access how = {
        .address = SOURCE, .size = 4, .secure = true, .privileged = true};
    const struct packet p = {
        .control0 = 0x13, .source = SOURCE, .target = TARGET, .size = 64};
    struct tw_page page;

    dcp_up();
    ck_assert(tw_bus_page(&t.rig.bus, &how, &page));
    tw_page_mark(&page, 0);
    ck_assert_uint_eq(run(&p), 0);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

START_TEST(dcp_snapshot)
{
    struct tw_device dev = tw_dcp_device(&t.dcp);
    struct packet p = {.control0 = 0x1043,
                       .control1 = 0x20000,
                       .source = SOURCE,
                       .size = 128,
                       .payload = PAYLOAD};
    uint8_t want[32];

    dcp_up();
    ram_key(2);
    ck_assert_uint_eq(run(&p), 0);
    rig_round_trip(&t.rig, &dev);
    p.control0 = 0x2043;
    p.size = 1;
    ck_assert_uint_eq(run(&p), 0);
    aw_sha256((aw_bytes){ram(SOURCE), 129}, want);
    ck_assert_uint_eq(ram(PAYLOAD)[31], want[0]);
    /* In the middle of a packet. */
    put_packet(PACKET, &p);
    wr(CMDPTR, PACKET);
    wr(SEMA, 1);
    rig_round_trip(&t.rig, &dev);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(SEMA), 1 << 16); /* no hash is under way: an error */
}
END_TEST

/* RNGB */

static void rngb_up(void)
{
    wr(CMD, 0x20);
    wr(CMD, 0x40);
    wr(CMD, 0x01);
    rig_wait(&t.rig, SR, 0x10, 1000);
    ck_assert_uint_eq(rd(SR) & (7 << 21 | 1 << 16), 0);
    wr(CR, 0x10);
    wr(CMD, 0x02);
    rig_wait(&t.rig, SR, 0x20, 10000);
    wr(CMD, 0x10);
}

static uint32_t random_word(void)
{
    uint32_t us = 0;

    while ((rd(SR) >> 8 & 15) == 0 && us < 1000) {
        rig_run_us(&t.rig, 1);
        us++;
    }
    ck_assert_uint_lt(us, 1000);
    return rd(OUT);
}

START_TEST(rngb_gives)
{
    struct tw_device dev = tw_rngb_device(&t.rngb);
    uint32_t words[32];
    uint32_t ones = 0;

    ck_assert_uint_eq(rd(RNGB), 0x10000280);
    ck_assert_uint_eq(rd(SR), 5 << 12);
    rngb_up();
    for (size_t i = 0; i < COUNT(words); i++) {
        words[i] = random_word();
        for (uint32_t b = 0; b < 32; b++) {
            ones += words[i] >> b & 1;
        }
    }
    ck_assert_uint_gt(ones, 400);
    ck_assert_uint_lt(ones, 624);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(SR) >> 8 & 15, 5);
    ck_assert_uint_eq(misuses(), 0);
    rig_round_trip(&t.rig, &dev);
    /* The same board gives the same noise. */
    uint32_t next = random_word();

    setup();
    rngb_up();
    for (size_t i = 0; i < COUNT(words); i++) {
        ck_assert_uint_eq(random_word(), words[i]);
    }
    ck_assert_uint_eq(random_word(), next);
}
END_TEST

START_TEST(rngb_interrupts)
{
    wr(CMD, 0x01);
    rig_run_us(&t.rig, 300);
    ck_assert(t.rngb_line.level);
    wr(CMD, 0x10);
    ck_assert(!t.rngb_line.level);
    wr(CR, 0x20); /* masked */
    wr(CMD, 0x02);
    ck_assert_uint_eq(rd(SR) & 2, 2);
    rig_run_us(&t.rig, 3000);
    ck_assert_uint_eq(rd(SR) & 0x22, 0x20);
    ck_assert(!t.rngb_line.level);
}
END_TEST

START_TEST(rngb_self_test_fails)
{
    t.rngb.fail_test = true;
    wr(CMD, 0x01);
    rig_run_us(&t.rig, 300);
    ck_assert_uint_eq(rd(SR) & (1 << 16 | 7 << 21 | 1 << 4),
                      1 << 16 | 7 << 21 | 1 << 4);
    ck_assert_uint_eq(rd(ESR), 4);
    ck_assert(t.rngb_line.level);
    /* No words come after an error. */
    wr(CMD, 0x02);
    rig_run_us(&t.rig, 5000);
    ck_assert_uint_eq(rd(SR) >> 8 & 15, 0);
    wr(CMD, 0x20);
    ck_assert_uint_eq(rd(SR) & 1 << 16, 0);
    ck_assert(!t.rngb_line.level);
}
END_TEST

START_TEST(rngb_underflow)
{
    ck_assert_uint_eq(rd(OUT), 0);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(rd(SR) & 1 << 16, 1 << 16);
    ck_assert_uint_eq(rd(ESR), 1 << 4);
    wr(CMD, 0x20);
    wr(CR, 0x02); /* an abort instead of zeros */
    ck_assert(rig_refuses_read(&t.rig, OUT));
    (void)rd(RNGB + 0x18);
    wr(SR, 0);
    ck_assert_uint_eq(misuses(), 4);
    t.rig.size = 2;
    ck_assert(rig_refuses_read(&t.rig, SR));
    ck_assert(rig_refuses_write(&t.rig, CR, 0));
}
END_TEST

/* After 2^20 words the seed is used up. */
START_TEST(rngb_reseed)
{
    rngb_up();
    wr(CR, 0);
    t.rngb.given = (1U << 20) - 5;
    for (size_t i = 0; i < 5; i++) {
        (void)random_word();
    }
    rig_run_us(&t.rig, 100);
    ck_assert_uint_ne(rd(SR) & 8, 0);
    t.rngb.level = 0;
    rig_run_us(&t.rig, 10000);
    ck_assert_uint_eq(rd(SR) >> 8 & 15, 0);
    wr(CMD, 0x02);
    rig_run_us(&t.rig, 3000);
    ck_assert_uint_eq(rd(SR) & 0x48, 0x40);
    (void)random_word();
    /* Automatically, when asked for. */
    wr(CR, 0x10);
    t.rngb.given = 1U << 20;
    (void)random_word();
    rig_run_us(&t.rig, 5000);
    ck_assert_uint_eq(rd(SR) & 8, 0);
}
END_TEST

/* AES-CMAC: NIST SP 800-38B, appendix D.1 and D.3. */
static const struct {
    const char *key;
    size_t n;
    const char *mac;
} cmacs[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 16,
     "070a16b46b4d4144f79bdd9dd04a287c"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 40,
     "dfa66747de9ae63030ca32611497c827"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 64,
     "51f0bebf7e3b9d92fc49741779363cfe"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0,
     "028962f61b7bf89efc6b551f4667d983"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 40,
     "aaf3d8f1de5640c232f5b169b9c911e6"},
};

START_TEST(cmac)
{
    aw_bytes key = vec_unhex(aw_text(cmacs[_i].key));
    aw_bytes message = vec_unhex(aw_text(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"));
    uint8_t mac[16];

    tw_aes_cmac(key.p, key.n, message.p, cmacs[_i].n, mac);
    CK_ASSERT_BYTES(((aw_bytes){mac, sizeof(mac)}),
                    vec_unhex(aw_text(cmacs[_i].mac)));
}
END_TEST

Suite *suite_twin_dcp(void)
{
    Suite *s = suite_create("twin_dcp");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, dcp_registers);
    tcase_add_loop_test(tc, unique_key, 0, (int)COUNT(uniques));
    tcase_add_test(tc, open_identity);
    tcase_add_test(tc, otp_key);
    tcase_add_loop_test(tc, cipher, 0, (int)COUNT(ciphers));
    tcase_add_test(tc, payload_key_and_chaining);
    tcase_add_loop_test(tc, hash, 0, (int)COUNT(hashes));
    tcase_add_test(tc, copy_and_fill);
    tcase_add_loop_test(tc, packet_errors, 0, (int)COUNT(errors));
    tcase_add_test(tc, chain_errors);
    tcase_add_test(tc, channels_and_interrupts);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, dcp_snapshot);
    tcase_add_test(tc, rngb_gives);
    tcase_add_test(tc, rngb_interrupts);
    tcase_add_test(tc, rngb_self_test_fails);
    tcase_add_test(tc, rngb_underflow);
    tcase_add_test(tc, rngb_reseed);
    tcase_add_loop_test(tc, cmac, 0, (int)COUNT(cmacs));
    suite_add_tcase(s, tc);
    return s;
}
