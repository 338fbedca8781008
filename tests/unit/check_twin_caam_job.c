/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of CAAM: keys, ciphers, hashes, random numbers, and bad ones. */
#include <string.h>

#include "aw/sha256.h"
#include "caam_rig.h"
#include "identity.h"
#include "models/cipher.h"
#include "suites.h"
#include "support.h"

START_TEST(master_key_blob)
{
    /* SHA-256("Armored Witness twin: BKEK of an open i.MX6UL"), documented in
     * models/hwkey.h. */
    aw_bytes open = vec_unhex(
        aw_text("cb2868fff3b5e16a010b25f630b7e3e4a23a3d5585b98d66785e3a43df9b"
                "8a38"));

    ca_ring_up(0);
    ck_assert_uint_eq(CA_RUN(ca_mkv), 0);
    ck_assert_mem_eq(rr_ram(CA_RESULT), open.p, open.n);
    ca.trusted = true;
    ck_assert_uint_eq(CA_RUN(ca_mkv), 0);
    ck_assert_mem_eq(rr_ram(CA_RESULT), ca.caam.w.key.secret, 32);
    ck_assert_uint_eq(rr_misuses(), 0);
}
END_TEST

static void cmac(uint32_t key_n, uint32_t n, uint32_t to)
{
    const uint32_t words[] = {0xb0800009, 0x02000000 | key_n, CA_KEY,
                              0x8210060c, 0x22520000,         CA_MESSAGE,
                              n,          0x52200010,         to};

    ck_assert_uint_eq(CA_RUN(words), 0);
}

/* Key derivation as firmware does it: BKEK by the blob, then CMAC twice. */
static void derive_key(const uint8_t *diversifier, uint32_t n, uint8_t key[32])
{
    ck_assert_uint_eq(CA_RUN(ca_mkv), 0);
    memcpy(rr_ram(CA_KEY), rr_ram(CA_RESULT), 32);
    memcpy(rr_ram(CA_MESSAGE) + 1, diversifier, n);
    *rr_ram(CA_MESSAGE) = 0x41;
    cmac(32, n + 1, CA_OUTPUT);
    *rr_ram(CA_MESSAGE) = 0x42;
    cmac(32, n + 1, CA_OUTPUT + 16);
    memcpy(key, rr_ram(CA_OUTPUT), 32);
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

    ca_ring_up(0);
    ca.trusted = true;
    derive_key(diversifier.p, (uint32_t)diversifier.n, key);
    CK_ASSERT_BYTES(((aw_bytes){key, sizeof(key)}),
                    vec_unhex(aw_text(derived[_i].key)));
}
END_TEST

static void hash(uint32_t n, uint32_t to)
{
    const uint32_t words[] = {0xb0800007, 0x8443000c, 0x24540000, CA_MESSAGE,
                              n,          0x54200020, to};

    ck_assert_uint_eq(CA_RUN(words), 0);
}

/* Keys of a device, vector d of the firmware's key derivation: diversifier
 * SHA-256(D, d16) by the CAAM, then the derivation. */
START_TEST(identity)
{
    uint8_t div[32];
    uint8_t key[32];

    ca_ring_up(0);
    ca.trusted = true;
    for (size_t i = 0; i < IDENTITY_KEYS; i++) {
        memcpy(rr_ram(CA_MESSAGE), identity_diversifier(), 32);
        identity_label(IDENTITY_UL, (enum identity_key)i,
                       rr_ram(CA_MESSAGE) + 32);
        hash(48, CA_OUTPUT);
        memcpy(div, rr_ram(CA_OUTPUT), sizeof(div));
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

    ca_ring_up(0);
    for (size_t i = 0; i < 0x18000; i++) {
        rr_ram(CA_MESSAGE)[i] = (uint8_t)(i * 5 + i / 100);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        hash(sizes[i], CA_RESULT);
        aw_sha256((aw_bytes){rr_ram(CA_MESSAGE), sizes[i]}, want);
        ck_assert_mem_eq(rr_ram(CA_RESULT), want, sizeof(want));
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
    uint32_t words[] = {
        0xb080000c, 0x02000000 | n, CA_KEY,
        0x12200010, CA_IV,          0x8210000d | modes[_i].aai << 4,
        0x22520000, CA_MESSAGE,     96,
        0x60700000, CA_OUTPUT,      96};
    uint8_t plain[96];
    uint8_t want[96];
    uint8_t iv[16];

    ca_ring_up(0);
    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = (uint8_t)(i * 7);
    }
    memcpy(rr_ram(CA_KEY), &plain[9], 32);
    memcpy(rr_ram(CA_IV), &plain[50], 16);
    memcpy(iv, &plain[50], 16);
    memcpy(rr_ram(CA_MESSAGE), plain, sizeof(plain));
    memcpy(want, plain, sizeof(want));
    if (modes[_i].aai == 0x10) {
        tw_aes_cbc(&plain[9], n, true, iv, want, sizeof(want));
    } else {
        tw_aes_ecb(&plain[9], n, true, want, sizeof(want));
    }
    ck_assert_uint_eq(CA_RUN(words), 0);
    ck_assert_mem_eq(rr_ram(CA_OUTPUT), want, sizeof(want));
    /* Back; a shorter length in the command word itself. */
    words[5] = 0x8210000c | modes[_i].aai << 4;
    words[7] = CA_OUTPUT;
    words[10] = CA_MESSAGE;
    memset(rr_ram(CA_MESSAGE), 0, sizeof(plain));
    ck_assert_uint_eq(CA_RUN(words), 0);
    ck_assert_mem_eq(rr_ram(CA_MESSAGE), plain, sizeof(plain));
}
END_TEST

START_TEST(length_in_the_command)
{
    const uint32_t words[] = {0xb0800006, 0x8443000c, 0x24140003,
                              CA_MESSAGE, 0x54200020, CA_RESULT};
    uint8_t want[32];

    ca_ring_up(0);
    memcpy(rr_ram(CA_MESSAGE), "abc", 3);
    ck_assert_uint_eq(CA_RUN(words), 0);
    aw_sha256(aw_text("abc"), want);
    ck_assert_mem_eq(rr_ram(CA_RESULT), want, sizeof(want));
}
END_TEST

static const uint32_t instantiate[] = {0xb0800006, 0x82500000 | 0x04,
                                       0xa2000001, 0x10880004,
                                       0x00000001, 0x82501000};
static const uint32_t generate[] = {0xb0800004, 0x82500000, 0x60340020,
                                    CA_OUTPUT};

START_TEST(rng_instantiate)
{
    uint32_t words[COUNT(instantiate)];
    uint8_t first[32];

    ca_ring_up(0);
    ck_assert_uint_eq(rr_read(CAAM_RDSTA), 0);
    ck_assert_uint_eq(CA_RUN(generate) & 0xf00000ff, 0x20000054);
    memcpy(words, instantiate, sizeof(words));
    words[1] = 0x82500006; /* as firmware has it, with the ICV bit */
    ck_assert_uint_eq(CA_RUN(words), 0);
    ck_assert_uint_eq(rr_read(CAAM_RDSTA), 0x40000001);
    /* Once a boot: a second time is an error of the RNG. */
    ck_assert_uint_eq(CA_RUN(instantiate), 0x20000153);
    ck_assert_uint_eq(CA_RUN(generate), 0);
    memcpy(first, rr_ram(CA_OUTPUT), sizeof(first));
    ck_assert_uint_eq(CA_RUN(generate), 0);
    ck_assert_mem_ne(first, rr_ram(CA_OUTPUT), sizeof(first));
}
END_TEST

START_TEST(trng)
{
    uint32_t words[16];
    unsigned same = 0;

    ca_ring_up(0);
    /* Programming mode, defaults, access for software. */
    rr_write(CAAM_RTMCTL, rr_read(CAAM_RTMCTL) | 1 << 16);
    rr_write(CAAM_RTMCTL, rr_read(CAAM_RTMCTL) | 1 << 6);
    rr_write(CAAM_RTMCTL, rr_read(CAAM_RTMCTL) | 1 << 5);
    rr_write(TW_CAAM_BASE + 0x610, 0x0c8009c4);
    ck_assert_uint_eq(rr_read(TW_CAAM_BASE + 0x610), 0x0c8009c4);
    rr_write(CAAM_SCFGR, 0x300);
    rr_write(CAAM_RTMCTL, rr_read(CAAM_RTMCTL) & ~UINT32_C(0x10000));
    rr_write(TW_CAAM_BASE + 0x610, 1); /* outside programming mode */
    ck_assert_uint_eq(rr_read(TW_CAAM_BASE + 0x610), 0x0c8009c4);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert_uint_eq(rr_read(CAAM_RTENT0), 0); /* too early */
    ck_assert_uint_eq(rr_misuses(), 2);
    rig_run_us(&rr.rig, 25000);
    ck_assert_uint_ne(rr_read(CAAM_RTMCTL) & 1 << 10, 0);
    for (uint32_t i = 0; i < 16; i++) {
        words[i] = rr_read(CAAM_RTENT0 + 4 * i);
    }
    /* The last word starts anew. */
    ck_assert_uint_eq(rr_read(CAAM_RTMCTL) & 1 << 10, 0);
    rig_run_us(&rr.rig, 25000);
    for (uint32_t i = 0; i < 16; i++) {
        same += rr_read(CAAM_RTENT0 + 4 * i) == words[i] ? 1 : 0;
    }
    ck_assert_uint_eq(same, 0);
    /* While software holds it, jobs cannot use it. */
    ck_assert_uint_eq(CA_RUN(instantiate), 0x20000151);
    rr_write(CAAM_RTMCTL, rr_read(CAAM_RTMCTL) & ~UINT32_C(0x20));
    ck_assert_uint_eq(CA_RUN(instantiate), 0);
    ck_assert_uint_eq(rr_read(CAAM_RTENT0), 0);
}
END_TEST

/* Descriptors that fail: the status names the word, a report goes out. */
static const struct {
    uint32_t words[8];
    uint32_t n;
    uint32_t status;
} bad[] = {
    {{0xb0000002, 0x8443000c}, 2, 0x40000013},         /* shared header */
    {{0xb0800000}, 1, 0x40000013},                     /* no length */
    {{0xb0800041, 0x8443000c}, 2, 0x40000013},         /* too long */
    {{0xb0800002, 0x7c000000}, 2, 0x40000104},         /* MOVE: not modelled */
    {{0xb0800002, 0xa8000000}, 2, 0x40000104},         /* MATH */
    {{0xb0800002, 0xa2000003}, 2, 0x4000010d},         /* JUMP elsewhere */
    {{0xb0800002, 0x02000020}, 2, 0x40000106},         /* KEY without pointer */
    {{0xb0800003, 0x04000020, CA_KEY}, 3, 0x40000106}, /* class 2 key */
    {{0xb0800003, 0x02400020, CA_KEY}, 3, 0x40000106}, /* encrypted key */
    {{0xb0800003, 0x02000011, CA_KEY}, 3, 0x20000113}, /* 17 bytes */
    {{0xb0800003, 0x02000020, CA_NOWHERE}, 3, 0x40000116},
    {{0xb0800003, 0x12200021, CA_IV}, 3, 0x40000107},
    {{0xb0800003, 0x12210010, CA_IV}, 3, 0x40000107},
    {{0xb0800003, 0x12200010, CA_NOWHERE}, 3, 0x40000116},
    {{0xb0800002, 0x82100504}, 2, 0x40000109}, /* not whole */
    {{0xb0800002, 0x8210070c}, 2, 0x20000111}, /* mode */
    {{0xb0800002, 0x8441000c}, 2, 0x40000109}, /* SHA-1 */
    {{0xb0800002, 0x870d0000}, 2, 0x40000109}, /* another blob */
    {{0xb0800002, 0x870d0002}, 2, 0x40000110}, /* no place for it */
    {{0xb0800005, 0xf8400000, CA_RESULT, 31, 0x870d0002}, 5, 0x40000410},
    {{0xb0800005, 0xf8400000, CA_NOWHERE, 32, 0x870d0002}, 5, 0x40000416},
    {{0xb0800004, 0xf8c00000, CA_RESULT, 32}, 4, 0x40000110},
    {{0xb0800004, 0x24540000, CA_MESSAGE, 16}, 4, 0x4000010a},
    {{0xb0800005, 0x8443000c, 0x24540000, CA_NOWHERE, 16}, 5, 0x40000216},
    {{0xb0800005, 0x8443000c, 0x24540000, CA_MESSAGE, 0x1000001},
     5,
     0x4000020a},
    {{0xb0800005, 0x8210060c, 0x22520000, CA_MESSAGE, 16}, 5, 0x20000213},
    {{0xb0800007, 0x02000010, CA_KEY, 0x8210010d, 0x22520000, CA_MESSAGE, 15},
     7,
     0x20000412},
    {{0xb0800003, 0x52200021, CA_RESULT}, 3, 0x40000108},
    {{0xb0800003, 0x50200010, CA_RESULT}, 3, 0x40000108},
    {{0xb0800003, 0x52200010, CA_NOWHERE}, 3, 0x40000116},
    {{0xb0800003, 0x60300010, CA_OUTPUT}, 3, 0x4000010b}, /* nothing to store */
    {{0xb0800002, 0x82500008}, 2, 0x20000151},            /* RNG mode */
};

START_TEST(bad_descriptors)
{
    ca_ring_up(0);
    ck_assert_uint_eq(ca_run(bad[_i].words, bad[_i].n), bad[_i].status);
    ck_assert_uint_eq(rr_misuses(), 1);
    /* The ring goes on. */
    ck_assert_uint_eq(CA_RUN(ca_mkv), 0);
}
END_TEST

START_TEST(descriptor_nowhere)
{
    ca_ring_up(0);
    rr_write(CA_IN_RING, CA_NOWHERE);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CA_OUT_RING + 4), 0x40000016);
    rr_write(CAAM_RING0 + CAAM_ORJRR, 1);
    rr_write(CA_IN_RING, CA_JOB + 1);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CA_OUT_RING + 4), 0x40000016);
}
END_TEST

Suite *suite_twin_caam_job(void)
{
    Suite *s = suite_create("twin_caam_job");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, ca_setup, NULL);
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
    suite_add_tcase(s, tc);
    return s;
}
