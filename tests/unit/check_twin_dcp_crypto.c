/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, ciphers and hashes of the DCP. */
#include <string.h>

#include "aw/sha256.h"
#include "dcp_rig.h"
#include "identity.h"
#include "models/cipher.h"
#include "suites.h"
#include "support.h"

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
    const struct dr_packet p = {.control0 = 0x723,
                                .control1 = 0xfe10,
                                .source = DR_SOURCE,
                                .target = DR_TARGET,
                                .size = (uint32_t)in.n,
                                .payload = DR_PAYLOAD};
    uint8_t iv[16] = {0};
    uint8_t want[64];

    dr_up();
    dr.trusted = uniques[_i].trusted;
    memcpy(rr_ram(DR_SOURCE), in.p, in.n);
    ck_assert_uint_eq(dr_run(&p), 0);
    if (uniques[_i].out == NULL) {
        memcpy(want, in.p, in.n);
        tw_aes_cbc(dr.dcp.w.key.secret, 16, true, iv, want, in.n);
    } else {
        memcpy(want, vec_unhex(aw_text(uniques[_i].out)).p, in.n);
    }
    ck_assert_mem_eq(rr_ram(DR_TARGET), want, in.n);
    ck_assert_uint_eq(rr_read(DR_PACKET + 28), 1);
    ck_assert_uint_eq(rr_read(DCP_STAT) & 0xf, 1);
    ck_assert_uint_eq(rr_read(DCP_SEMA), 0);
}
END_TEST

/* Witness key of an open ULL, vector c of the firmware's key derivation, on
 * the way that firmware goes: D with its IV through the DCP. */
START_TEST(open_identity)
{
    const struct dr_packet p = {.control0 = 0x723,
                                .control1 = 0xfe10,
                                .source = DR_SOURCE,
                                .target = DR_TARGET,
                                .size = 32,
                                .payload = DR_PAYLOAD};

    dr_up();
    for (size_t i = 0; i < IDENTITY_KEYS; i++) {
        memcpy(rr_ram(DR_SOURCE), identity_diversifier(), 32);
        identity_label(IDENTITY_OPEN_ULL, (enum identity_key)i,
                       rr_ram(DR_PAYLOAD));
        ck_assert_uint_eq(dr_run(&p), 0);
        identity_check(IDENTITY_OPEN_ULL, (enum identity_key)i,
                       rr_ram(DR_TARGET));
    }
}
END_TEST

START_TEST(otp_key)
{
    /* SHA-256("Armored Witness twin: OTP key", 00..0f). */
    aw_bytes key = vec_unhex(aw_text("0ffe7893a19c3fdc309182c9eea91c53"));
    const struct dr_packet p = {.control0 = 0x523,
                                .control1 = 0xff00,
                                .source = DR_SOURCE,
                                .target = DR_TARGET,
                                .size = 16};
    uint8_t want[16] = {0};

    dr_up();
    ck_assert_uint_eq(dr_run(&p), 0);
    tw_aes_ecb(want, 16, true, want, 16);
    ck_assert_mem_eq(rr_ram(DR_TARGET), want, 16);
    dr.trusted = true;
    memset(want, 0, sizeof(want));
    tw_aes_ecb(key.p, 16, true, want, 16);
    ck_assert_uint_eq(dr_run(&p), 0);
    ck_assert_mem_eq(rr_ram(DR_TARGET), want, 16);
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

START_TEST(cipher)
{
    aw_bytes in = vec_unhex(aw_text(plain));
    aw_bytes out = vec_unhex(aw_text(ciphers[_i].out));
    struct dr_packet p = {.control0 = ciphers[_i].control0,
                          .source = DR_SOURCE,
                          .target = DR_TARGET,
                          .size = 64,
                          .payload = DR_PAYLOAD};

    dr_up();
    for (uint32_t slot = 0; slot < 4; slot++) {
        dr_ram_key(slot);
        ck_assert_uint_eq(rr_read(DCP_KEYDATA), 0);
        p.control0 = ciphers[_i].control0;
        p.control1 = ciphers[_i].control1 | slot << 8;
        memcpy(rr_ram(DR_SOURCE), in.p, in.n);
        memcpy(rr_ram(DR_PAYLOAD), &in.p[16], 16);
        p.source = DR_SOURCE;
        ck_assert_uint_eq(dr_run(&p), 0);
        ck_assert_mem_eq(rr_ram(DR_TARGET), out.p, out.n);
        /* And back, in place. */
        p.control0 &= ~UINT32_C(0x100);
        p.source = DR_TARGET;
        ck_assert_uint_eq(dr_run(&p), 0);
        ck_assert_mem_eq(rr_ram(DR_TARGET), in.p, in.n);
        rr_write(DCP_KEY, slot << 4);
        for (uint32_t i = 0; i < 4; i++) {
            rr_write(DCP_KEYDATA, 0);
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
    struct dr_packet p = {.next = DR_PACKET + 0x100,
                          .control0 = 0xb25 | 0x5a000000,
                          .control1 = 0x10,
                          .source = DR_SOURCE,
                          .target = DR_TARGET,
                          .size = 32,
                          .payload = DR_PAYLOAD};

    dr_up();
    memcpy(rr_ram(DR_SOURCE), in.p, in.n);
    memcpy(rr_ram(DR_PAYLOAD), in.p, 32);
    dr_put(DR_PACKET, &p);
    p = (struct dr_packet){.control0 = 0x922,
                           .control1 = 0x10,
                           .source = DR_SOURCE + 32,
                           .target = DR_TARGET + 32,
                           .size = 32,
                           .payload = DR_PAYLOAD};
    dr_put(DR_PACKET + 0x100, &p);
    ck_assert_uint_eq(dr_go(1), 0);
    ck_assert_mem_eq(rr_ram(DR_TARGET), out.p, out.n);
    ck_assert_uint_eq(rr_read(DR_PACKET + 28), 0x5a000001);
    ck_assert_uint_eq(rr_read(DR_PACKET + 0x100 + 28), 1);
    ck_assert_uint_eq(rr_read(DCP_CMDPTR), DR_PACKET + 0x100);
    /* Contiguous packets need no pointer. */
    p.control0 = 0x929;
    p.source = DR_SOURCE;
    dr_put(DR_PACKET, &p);
    p.control0 = 0x922;
    dr_put(DR_PACKET + 32, &p);
    ck_assert_uint_eq(dr_go(1), 0);
    ck_assert_uint_eq(rr_read(DR_PACKET + 32 + 28), 1);
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
    struct dr_packet p = {.control0 = 0x3043,
                          .control1 = hashes[_i].select << 16,
                          .source = DR_SOURCE,
                          .size = hashes[_i].size,
                          .payload = DR_PAYLOAD};
    uint32_t first = hashes[_i].first;
    uint8_t want[32];
    uint32_t n = 0;

    dr_up();
    digest_of((size_t)_i, want, &n);
    if (first > 0) {
        p.control0 = 0x1043;
        p.size = first;
        ck_assert_uint_eq(dr_run(&p), 0);
        p.control0 = 0x2043;
        p.size = hashes[_i].size - first;
    }
    ck_assert_uint_eq(dr_run(&p), 0);
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_eq(rr_ram(DR_PAYLOAD)[i], want[n - 1 - i]);
    }
    /* And the other way: compared with what stands there. */
    p.control0 = 0x7043;
    p.size = hashes[_i].size;
    ck_assert_uint_eq(dr_run(&p), 0);
    rr_ram(DR_PAYLOAD)[n - 1] ^= 1;
    ck_assert_uint_eq(dr_run(&p), 2);
    ck_assert_uint_eq(rr_read(DR_PACKET + 28), 3);
}
END_TEST

Suite *suite_twin_dcp_crypto(void)
{
    Suite *s = suite_create("twin_dcp_crypto");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, dr_setup, NULL);
    tcase_add_loop_test(tc, unique_key, 0, (int)COUNT(uniques));
    tcase_add_test(tc, open_identity);
    tcase_add_test(tc, otp_key);
    tcase_add_loop_test(tc, cipher, 0, (int)COUNT(ciphers));
    tcase_add_test(tc, payload_key_and_chaining);
    tcase_add_loop_test(tc, hash, 0, (int)COUNT(hashes));
    suite_add_tcase(s, tc);
    return s;
}
