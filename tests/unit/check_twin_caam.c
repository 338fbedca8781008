/* SPDX-License-Identifier: Apache-2.0 */
/* CAAM, driven as firmware would: job rings and descriptors in memory. */
#include "models/caam.h"

#include <string.h>

#include "aw/sha256.h"
#include "identity.h"
#include "models/cipher.h"
#include "rig.h"
#include "suites.h"
#include "support.h"

#define RAM UINT32_C(0x00900000)

/* Where the tests put things. */
#define IN_RING  (RAM + 0x100)
#define OUT_RING (RAM + 0x200)
#define JOB      (RAM + 0x400)
#define KEY      (RAM + 0x800)
#define IV       (RAM + 0x880)
#define RESULT   (RAM + 0x900)
#define MESSAGE  (RAM + 0x1000)
#define OUTPUT   (RAM + 0x3000)
#define NOWHERE  UINT32_C(0x10000000)

enum {
    RAM_SIZE = 0x20000,
    CCGR0 = 0x020c4068,
    CCGR6 = 0x020c4080,

    CAAM = TW_CAAM_BASE,
    SCFGR = CAAM + 0x0c,
    JRSTART = CAAM + 0x5c,
    RTMCTL = CAAM + 0x600,
    RTENT0 = CAAM + 0x640,
    RDSTA = CAAM + 0x6c0,
    RING0 = CAAM + 0x1000,
    IRBAR = 0x04,
    IRSR = 0x0c,
    IRSAR = 0x14,
    IRJAR = 0x1c,
    ORBAR = 0x24,
    ORSR = 0x2c,
    ORJRR = 0x34,
    ORSFR = 0x3c,
    JRINTR = 0x4c,
    JRCFGR = 0x54,
    JRCR = 0x6c,
    RSTA = CAAM + 0x6004,
    RCMD = CAAM + 0x600c,
    RCTL = CAAM + 0x6014,
    BLOCK0 = CAAM + 0x6100
};

static struct {
    struct rig rig;
    struct tw_caam caam;
    struct rig_line lines[TW_CAAM_LINES];
    bool trusted;
    unsigned violations;
    uint8_t ram[RAM_SIZE];
    uint8_t dirty[RAM_SIZE / TW_LINE];
} t;

static bool trusted(void *ctx)
{
    (void)ctx;
    return t.trusted;
}

static void violated(void *ctx, const char *from)
{
    (void)ctx;
    ck_assert_ptr_nonnull(from);
    t.violations++;
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
    struct tw_caam_wiring w = {.clock = &t.rig.clock,
                               .bus = &t.rig.bus,
                               .key = {.usable = trusted},
                               .seed = {5},
                               .violation = violated};

    for (size_t i = 0; i < TW_CAAM_LINES; i++) {
        w.lines[i] = rig_watch(&t.lines[i]);
    }
    for (size_t i = 0; i < sizeof(w.key.secret); i++) {
        w.key.secret[i] = (uint8_t)i;
    }
    tw_caam_init(&t.caam, &w);
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

/* Rings of one entry, as the firmware's driver has them. */
static void ring_up(uint32_t ring)
{
    uint32_t base = RING0 + 0x1000 * ring;

    wr(JRSTART, rd(JRSTART) & ~(UINT32_C(1) << ring));
    wr(JRSTART, rd(JRSTART) | UINT32_C(1) << ring);
    wr(base + IRBAR, IN_RING);
    wr(base + IRSR, 1);
    wr(base + ORBAR, OUT_RING);
    wr(base + ORSR, 1);
}

static void put_job(const uint32_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        wr(JOB + 4 * i, words[i]);
    }
}

/* Runs the job at JOB on a ring; its status. */
static uint32_t run_on(uint32_t ring)
{
    uint32_t base = RING0 + 0x1000 * ring;

    wr(IN_RING, JOB);
    wr(OUT_RING, 0);
    wr(OUT_RING + 4, 0x77777777);
    wr(base + IRJAR, 1);
    ck_assert_uint_eq(rd(base + ORSFR) & 0x3ff, 0);
    rig_wait(&t.rig, base + ORSFR, 1, 1000);
    ck_assert_uint_eq(rd(OUT_RING), JOB);
    wr(base + ORJRR, 1);
    ck_assert_uint_eq(rd(base + ORSFR), 0);
    return rd(OUT_RING + 4);
}

static uint32_t run(const uint32_t *words, uint32_t n)
{
    put_job(words, n);
    return run_on(0);
}

#define RUN(words) run((words), COUNT(words))

START_TEST(ring_registers)
{
    ck_assert_uint_eq(rd(JRSTART), 0);
    ring_up(0);
    ck_assert_uint_eq(rd(RING0 + IRBAR), IN_RING);
    ck_assert_uint_eq(rd(RING0 + IRSAR), 1);
    ck_assert_uint_eq(rd(RING0 + ORSR), 1);
    ck_assert_uint_eq(rd(RING0), 0); /* high half */
    wr(RING0, 0);
    wr(RING0 + 0x20, 0);
    wr(CAAM + 0x14, 8); /* JR0MIDR: owner */
    ck_assert_uint_eq(rd(CAAM + 0x14), 8);
    wr(SCFGR, 0x300);
    ck_assert_uint_eq(rd(SCFGR), 0x300);
    ck_assert_uint_eq(rd(CAAM + 0xff8), 0x0a160300);
    ck_assert_uint_eq(misuses(), 0);
    (void)rd(CAAM + 0x700);
    wr(CAAM + 0x700, 1);
    wr(RING0 + 0x38, 1);
    wr(RING0, 1);
    ck_assert_uint_eq(misuses(), 4);
    t.rig.size = 2;
    ck_assert(rig_refuses_read(&t.rig, JRSTART));
    ck_assert(rig_refuses_write(&t.rig, JRSTART, 0));
    t.rig.size = 4;
    /* A reset of the ring, and of all. */
    wr(RING0 + JRCR, 1);
    ck_assert_uint_eq(rd(RING0 + IRBAR), 0);
    wr(CAAM + 4, UINT32_C(1) << 31);
    ck_assert_uint_eq(rd(SCFGR), 0);
}
END_TEST

static const uint32_t mkv[] = {0xb0800005, 0xf8400000, RESULT, 0x20,
                               0x870d0002};

START_TEST(master_key_blob)
{
    /* SHA-256("Armored Witness twin: BKEK of an open i.MX6UL"), documented in
     * models/hwkey.h. */
    aw_bytes open = vec_unhex(
        aw_text("cb2868fff3b5e16a010b25f630b7e3e4a23a3d5585b98d66785e3a43df9b"
                "8a38"));

    ring_up(0);
    ck_assert_uint_eq(RUN(mkv), 0);
    ck_assert_mem_eq(ram(RESULT), open.p, open.n);
    t.trusted = true;
    ck_assert_uint_eq(RUN(mkv), 0);
    ck_assert_mem_eq(ram(RESULT), t.caam.w.key.secret, 32);
    ck_assert_uint_eq(misuses(), 0);
}
END_TEST

static void cmac(uint32_t key_n, uint32_t n, uint32_t to)
{
    const uint32_t words[] = {0xb0800009, 0x02000000 | key_n, KEY,
                              0x8210060c, 0x22520000,         MESSAGE,
                              n,          0x52200010,         to};

    ck_assert_uint_eq(RUN(words), 0);
}

/* Key derivation as firmware does it: BKEK by the blob, then CMAC twice. */
static void derive_key(const uint8_t *diversifier, uint32_t n, uint8_t key[32])
{
    ck_assert_uint_eq(RUN(mkv), 0);
    memcpy(ram(KEY), ram(RESULT), 32);
    memcpy(ram(MESSAGE) + 1, diversifier, n);
    *ram(MESSAGE) = 0x41;
    cmac(32, n + 1, OUTPUT);
    *ram(MESSAGE) = 0x42;
    cmac(32, n + 1, OUTPUT + 16);
    memcpy(key, ram(OUTPUT), 32);
}

static const struct {
    const char *diversifier; /* hex */
    const char *key;
} derived[] = {
    {"deadbeef",
     "ba9f9ee040a63549d83e44ebf21e440b89b1c4b9f3b5207d6f190049fb1d3837"},
    {"41726d6f72795769746e6573734d4143", /* ArmoryWitnessMAC */
     "6d1d726f43b30c0218245b76ad61195aeb0b6f7caa458c97924d2157256de65d"},
};

START_TEST(derivation)
{
    aw_bytes diversifier = vec_unhex(aw_text(derived[_i].diversifier));
    uint8_t key[32];

    ring_up(0);
    t.trusted = true;
    derive_key(diversifier.p, (uint32_t)diversifier.n, key);
    CK_ASSERT_BYTES(((aw_bytes){key, sizeof(key)}),
                    vec_unhex(aw_text(derived[_i].key)));
}
END_TEST

static void hash(uint32_t n, uint32_t to)
{
    const uint32_t words[] = {0xb0800007, 0x8443000c, 0x24540000, MESSAGE,
                              n,          0x54200020, to};

    ck_assert_uint_eq(RUN(words), 0);
}

/* Keys of a device, vector d of the firmware's key derivation: diversifier
 * SHA-256(D, d16) by the CAAM, then the derivation. */
START_TEST(identity)
{
    uint8_t div[32];
    uint8_t key[32];

    ring_up(0);
    t.trusted = true;
    for (size_t i = 0; i < IDENTITY_KEYS; i++) {
        memcpy(ram(MESSAGE), identity_diversifier(), 32);
        identity_label(IDENTITY_UL, (enum identity_key)i, ram(MESSAGE) + 32);
        hash(48, OUTPUT);
        memcpy(div, ram(OUTPUT), sizeof(div));
        derive_key(div, sizeof(div), key);
        identity_check(IDENTITY_UL, (enum identity_key)i, key);
    }
}
END_TEST

/* Vector b needs no engine: it fixes what follows the engine. */
START_TEST(identity_of_fixed_key)
{
    uint8_t key[32];

    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < IDENTITY_KEYS; i++) {
        identity_check(IDENTITY_FIXED, (enum identity_key)i, key);
    }
}
END_TEST

START_TEST(sha256)
{
    static const uint32_t sizes[] = {0, 1, 63, 64, 65, 4096, 0x18000};
    uint8_t want[32];

    ring_up(0);
    for (size_t i = 0; i < 0x18000; i++) {
        ram(MESSAGE)[i] = (uint8_t)(i * 5 + i / 100);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        hash(sizes[i], RESULT);
        aw_sha256((aw_bytes){ram(MESSAGE), sizes[i]}, want);
        ck_assert_mem_eq(ram(RESULT), want, sizeof(want));
    }
}
END_TEST

static const struct {
    uint32_t key_n;
    uint32_t aai; /* 0x10 CBC, 0x20 ECB */
} modes[] = {{16, 0x10}, {24, 0x10}, {32, 0x10}, {16, 0x20}, {32, 0x20}};

START_TEST(aes)
{
    uint32_t n = modes[_i].key_n;
    uint32_t words[] = {0xb080000c, 0x02000000 | n,
                        KEY,        0x12200010,
                        IV,         0x8210000d | modes[_i].aai << 4,
                        0x22520000, MESSAGE,
                        96,         0x60700000,
                        OUTPUT,     96};
    uint8_t plain[96];
    uint8_t want[96];
    uint8_t iv[16];

    ring_up(0);
    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = (uint8_t)(i * 7);
    }
    memcpy(ram(KEY), &plain[9], 32);
    memcpy(ram(IV), &plain[50], 16);
    memcpy(iv, &plain[50], 16);
    memcpy(ram(MESSAGE), plain, sizeof(plain));
    memcpy(want, plain, sizeof(want));
    if (modes[_i].aai == 0x10) {
        tw_aes_cbc(&plain[9], n, true, iv, want, sizeof(want));
    } else {
        tw_aes_ecb(&plain[9], n, true, want, sizeof(want));
    }
    ck_assert_uint_eq(RUN(words), 0);
    ck_assert_mem_eq(ram(OUTPUT), want, sizeof(want));
    /* Back; a shorter length in the command word itself. */
    words[5] = 0x8210000c | modes[_i].aai << 4;
    words[7] = OUTPUT;
    words[10] = MESSAGE;
    memset(ram(MESSAGE), 0, sizeof(plain));
    ck_assert_uint_eq(RUN(words), 0);
    ck_assert_mem_eq(ram(MESSAGE), plain, sizeof(plain));
}
END_TEST

START_TEST(length_in_the_command)
{
    const uint32_t words[] = {0xb0800006, 0x8443000c, 0x24140003,
                              MESSAGE,    0x54200020, RESULT};
    uint8_t want[32];

    ring_up(0);
    memcpy(ram(MESSAGE), "abc", 3);
    ck_assert_uint_eq(RUN(words), 0);
    aw_sha256(aw_text("abc"), want);
    ck_assert_mem_eq(ram(RESULT), want, sizeof(want));
}
END_TEST

static const uint32_t instantiate[] = {0xb0800006, 0x82500000 | 0x04,
                                       0xa2000001, 0x10880004,
                                       0x00000001, 0x82501000};
static const uint32_t generate[] = {0xb0800004, 0x82500000, 0x60340020, OUTPUT};

START_TEST(rng_instantiate)
{
    uint32_t words[COUNT(instantiate)];
    uint8_t first[32];

    ring_up(0);
    ck_assert_uint_eq(rd(RDSTA), 0);
    ck_assert_uint_eq(RUN(generate) & 0xf00000ff, 0x20000054);
    memcpy(words, instantiate, sizeof(words));
    words[1] = 0x82500006; /* as firmware has it, with the ICV bit */
    ck_assert_uint_eq(RUN(words), 0);
    ck_assert_uint_eq(rd(RDSTA), 0x40000001);
    /* Once a boot: a second time is an error of the RNG. */
    ck_assert_uint_eq(RUN(instantiate), 0x20000153);
    ck_assert_uint_eq(RUN(generate), 0);
    memcpy(first, ram(OUTPUT), sizeof(first));
    ck_assert_uint_eq(RUN(generate), 0);
    ck_assert_mem_ne(first, ram(OUTPUT), sizeof(first));
}
END_TEST

START_TEST(trng)
{
    uint32_t words[16];
    unsigned same = 0;

    ring_up(0);
    /* Programming mode, defaults, access for software. */
    wr(RTMCTL, rd(RTMCTL) | 1 << 16);
    wr(RTMCTL, rd(RTMCTL) | 1 << 6);
    wr(RTMCTL, rd(RTMCTL) | 1 << 5);
    wr(CAAM + 0x610, 0x0c8009c4);
    ck_assert_uint_eq(rd(CAAM + 0x610), 0x0c8009c4);
    wr(SCFGR, 0x300);
    wr(RTMCTL, rd(RTMCTL) & ~UINT32_C(0x10000));
    wr(CAAM + 0x610, 1); /* outside programming mode */
    ck_assert_uint_eq(rd(CAAM + 0x610), 0x0c8009c4);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(rd(RTENT0), 0); /* too early */
    ck_assert_uint_eq(misuses(), 2);
    rig_run_us(&t.rig, 25000);
    ck_assert_uint_ne(rd(RTMCTL) & 1 << 10, 0);
    for (uint32_t i = 0; i < 16; i++) {
        words[i] = rd(RTENT0 + 4 * i);
    }
    /* The last word starts anew. */
    ck_assert_uint_eq(rd(RTMCTL) & 1 << 10, 0);
    rig_run_us(&t.rig, 25000);
    for (uint32_t i = 0; i < 16; i++) {
        same += rd(RTENT0 + 4 * i) == words[i] ? 1 : 0;
    }
    ck_assert_uint_eq(same, 0);
    /* While software holds it, jobs cannot use it. */
    ck_assert_uint_eq(RUN(instantiate), 0x20000151);
    wr(RTMCTL, rd(RTMCTL) & ~UINT32_C(0x20));
    ck_assert_uint_eq(RUN(instantiate), 0);
    ck_assert_uint_eq(rd(RTENT0), 0);
}
END_TEST

/* Descriptors that fail: the status names the word, a report goes out. */
static const struct {
    uint32_t words[8];
    uint32_t n;
    uint32_t status;
} bad[] = {
    {{0xb0000002, 0x8443000c}, 2, 0x40000013},      /* shared header */
    {{0xb0800000}, 1, 0x40000013},                  /* no length */
    {{0xb0800041, 0x8443000c}, 2, 0x40000013},      /* too long */
    {{0xb0800002, 0x7c000000}, 2, 0x40000104},      /* MOVE: not modelled */
    {{0xb0800002, 0xa8000000}, 2, 0x40000104},      /* MATH */
    {{0xb0800002, 0xa2000003}, 2, 0x4000010d},      /* JUMP elsewhere */
    {{0xb0800002, 0x02000020}, 2, 0x40000106},      /* KEY without pointer */
    {{0xb0800003, 0x04000020, KEY}, 3, 0x40000106}, /* class 2 key */
    {{0xb0800003, 0x02400020, KEY}, 3, 0x40000106}, /* encrypted key */
    {{0xb0800003, 0x02000011, KEY}, 3, 0x20000113}, /* 17 bytes */
    {{0xb0800003, 0x02000020, NOWHERE}, 3, 0x40000116},
    {{0xb0800003, 0x12200021, IV}, 3, 0x40000107},
    {{0xb0800003, 0x12210010, IV}, 3, 0x40000107},
    {{0xb0800003, 0x12200010, NOWHERE}, 3, 0x40000116},
    {{0xb0800002, 0x82100504}, 2, 0x40000109}, /* not whole */
    {{0xb0800002, 0x8210070c}, 2, 0x20000111}, /* mode */
    {{0xb0800002, 0x8441000c}, 2, 0x40000109}, /* SHA-1 */
    {{0xb0800002, 0x870d0000}, 2, 0x40000109}, /* another blob */
    {{0xb0800002, 0x870d0002}, 2, 0x40000110}, /* no place for it */
    {{0xb0800005, 0xf8400000, RESULT, 31, 0x870d0002}, 5, 0x40000410},
    {{0xb0800005, 0xf8400000, NOWHERE, 32, 0x870d0002}, 5, 0x40000416},
    {{0xb0800004, 0xf8c00000, RESULT, 32}, 4, 0x40000110},
    {{0xb0800004, 0x24540000, MESSAGE, 16}, 4, 0x4000010a},
    {{0xb0800005, 0x8443000c, 0x24540000, NOWHERE, 16}, 5, 0x40000216},
    {{0xb0800005, 0x8443000c, 0x24540000, MESSAGE, 0x1000001}, 5, 0x4000020a},
    {{0xb0800005, 0x8210060c, 0x22520000, MESSAGE, 16}, 5, 0x20000213},
    {{0xb0800007, 0x02000010, KEY, 0x8210010d, 0x22520000, MESSAGE, 15},
     7,
     0x20000412},
    {{0xb0800003, 0x52200021, RESULT}, 3, 0x40000108},
    {{0xb0800003, 0x50200010, RESULT}, 3, 0x40000108},
    {{0xb0800003, 0x52200010, NOWHERE}, 3, 0x40000116},
    {{0xb0800003, 0x60300010, OUTPUT}, 3, 0x4000010b}, /* nothing to store */
    {{0xb0800002, 0x82500008}, 2, 0x20000151},         /* RNG mode */
};

START_TEST(bad_descriptors)
{
    ring_up(0);
    ck_assert_uint_eq(run(bad[_i].words, bad[_i].n), bad[_i].status);
    ck_assert_uint_eq(misuses(), 1);
    /* The ring goes on. */
    ck_assert_uint_eq(RUN(mkv), 0);
}
END_TEST

START_TEST(descriptor_nowhere)
{
    ring_up(0);
    wr(IN_RING, NOWHERE);
    wr(RING0 + IRJAR, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(OUT_RING + 4), 0x40000016);
    wr(RING0 + ORJRR, 1);
    wr(IN_RING, JOB + 1);
    wr(RING0 + IRJAR, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(OUT_RING + 4), 0x40000016);
}
END_TEST

/* What drivers do wrong with rings. */
START_TEST(ring_misuse)
{
    put_job(mkv, COUNT(mkv));
    wr(IN_RING, JOB);
    /* ORSR forgotten, as one known driver does. */
    wr(JRSTART, 1);
    wr(RING0 + IRBAR, IN_RING);
    wr(RING0 + IRSR, 1);
    wr(RING0 + ORBAR, OUT_RING);
    wr(RING0 + IRJAR, 1);
    rig_run_us(&t.rig, 1000);
    ck_assert_uint_eq(misuses(), 1);
    ck_assert_uint_eq(rd(RING0 + ORSFR), 0);
    wr(RING0 + IRBAR, IN_RING + 4); /* while a job waits */
    ck_assert_uint_eq(misuses(), 2);
    wr(RING0 + JRCR, 1);
    /* More jobs than room, more results than there are, not started. */
    ring_up(0);
    wr(RING0 + IRJAR, 2);
    ck_assert_uint_eq(misuses(), 3);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(RING0 + ORSFR), 1);
    wr(RING0 + ORJRR, 2);
    ck_assert_uint_eq(misuses(), 4);
    wr(JRSTART, 0);
    wr(RING0 + IRJAR, 1);
    ck_assert_uint_eq(misuses(), 5);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(RING0 + ORSFR), 0);
    wr(JRSTART, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(RING0 + ORSFR), 1);
    /* Rings that are no memory. */
    wr(RING0 + JRCR, 1);
    ring_up(0);
    wr(RING0 + IRBAR, NOWHERE);
    wr(RING0 + IRJAR, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(misuses(), 6);
    ring_up(0);
    wr(RING0 + ORBAR, NOWHERE);
    wr(RING0 + IRJAR, 1);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(misuses(), 7);
}
END_TEST

/* Rings of several entries, three of them, and their interrupts. */
START_TEST(rings)
{
    put_job(mkv, COUNT(mkv));
    for (uint32_t r = 0; r < TW_CAAM_RINGS; r++) {
        uint32_t base = RING0 + 0x1000 * r;

        ring_up(r);
        wr(base + IRSR, 4);
        wr(base + ORSR, 3);
        for (uint32_t i = 0; i < 4; i++) {
            wr(IN_RING + 4 * i, JOB);
        }
        wr(base + IRJAR, 4);
        ck_assert_uint_eq(rd(base + IRSAR), 0);
        rig_run_us(&t.rig, 100);
        ck_assert_uint_eq(rd(base + ORSFR), 3); /* as many as have room */
        ck_assert_uint_eq(rd(base + IRSAR), 3);
        ck_assert_uint_eq(rd(base + 0x64), 0);
        ck_assert(t.lines[r].level);
        wr(base + JRINTR, 1);
        ck_assert(!t.lines[r].level);
        wr(base + JRCFGR, 1); /* masked */
        wr(base + ORJRR, 3);
        rig_run_us(&t.rig, 100);
        ck_assert_uint_eq(rd(base + ORSFR), 1);
        ck_assert_uint_eq(rd(base + 0x5c), 0);
        ck_assert_uint_eq(rd(base + 0x64), 8);
        ck_assert(!t.lines[r].level);
        wr(base + JRCFGR, 0);
        ck_assert(t.lines[r].level);
        wr(base + JRCR, 1);
        ck_assert(!t.lines[r].level);
    }
}
END_TEST

/* Run-time integrity: two blocks are hashed once, then watched. */
static void rtic_up(void)
{
    wr(BLOCK0 + 4, MESSAGE);
    wr(BLOCK0 + 0xc, 0x1000);
    wr(BLOCK0 + 0x24, OUTPUT);
    wr(BLOCK0 + 0x2c, 0x800);
    wr(RCTL, 0x33e);
    wr(CAAM + 0x601c, 0xff);
    wr(RCMD, 2);
    ck_assert_uint_eq(rd(RSTA), 1 << 25 | 1);
    rig_wait(&t.rig, RSTA, 2, 10000);
    ck_assert_uint_eq(rd(RSTA), 2);
    wr(RCMD, 5);
    ck_assert_uint_eq(rd(RSTA) >> 25 & 3, 2);
}

START_TEST(rtic)
{
    rtic_up();
    rig_run_us(&t.rig, 100000);
    ck_assert_uint_eq(rd(RSTA) >> 25 & 3, 2);
    ck_assert_uint_eq(t.violations, 0);
    wr(RCTL, 0); /* no change while it runs */
    ck_assert_uint_eq(misuses(), 1);
    *ram(OUTPUT + 0x7ff) ^= 1;
    rig_run_us(&t.rig, 100000);
    ck_assert_uint_eq(rd(RSTA) >> 25 & 3, 3);
    ck_assert_uint_eq(rd(RSTA) >> 4 & 15, 2);
    ck_assert_uint_ne(rd(RSTA) & 4, 0);
    ck_assert_uint_eq(t.violations, 1);
    ck_assert(t.lines[3].level);
    wr(RCMD, 2);
    ck_assert_uint_eq(misuses(), 2);
}
END_TEST

START_TEST(rtic_address)
{
    wr(BLOCK0 + 4, NOWHERE);
    wr(BLOCK0 + 0xc, 64);
    wr(RCTL, 0x10);
    wr(RCMD, 2);
    rig_run_us(&t.rig, 10000);
    ck_assert_uint_eq(rd(RSTA) >> 8 & 15, 1);
    ck_assert_uint_eq(t.violations, 1);
    ck_assert_uint_eq(rd(BLOCK0), 0);
    ck_assert_uint_eq(rd(CAAM + 0x602c), 0xffff);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_caam_device(&t.caam);

    ring_up(1);
    wr(RTMCTL, 0x20);
    rtic_up();
    put_job(mkv, COUNT(mkv));
    wr(IN_RING, JOB);
    wr(RING0 + 0x1000 + IRJAR, 1);
    rig_round_trip(&t.rig, &dev);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rd(RING0 + 0x1000 + ORSFR), 1);
    rig_run_us(&t.rig, 25000);
    ck_assert_uint_ne(rd(RTMCTL) & 1 << 10, 0);
    ck_assert_uint_eq(rd(RSTA) >> 25 & 3, 2);
    rig_round_trip(&t.rig, &dev);
}
END_TEST

Suite *suite_twin_caam(void)
{
    Suite *s = suite_create("twin_caam");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, ring_registers);
    tcase_add_test(tc, master_key_blob);
    tcase_add_loop_test(tc, derivation, 0, (int)COUNT(derived));
    tcase_add_test(tc, identity);
    tcase_add_test(tc, identity_of_fixed_key);
    tcase_add_test(tc, sha256);
    tcase_add_loop_test(tc, aes, 0, (int)COUNT(modes));
    tcase_add_test(tc, length_in_the_command);
    tcase_add_test(tc, rng_instantiate);
    tcase_add_test(tc, trng);
    tcase_add_loop_test(tc, bad_descriptors, 0, (int)COUNT(bad));
    tcase_add_test(tc, descriptor_nowhere);
    tcase_add_test(tc, ring_misuse);
    tcase_add_test(tc, rings);
    tcase_add_test(tc, rtic);
    tcase_add_test(tc, rtic_address);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
