/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/ecdsa.h"
#include "aw/ed25519.h"
#include "aw/sha256.h"
#include "sha256_bulk.h"
#include "suites.h"
#include "support.h"

/* FIPS 180-4 examples. */
static const struct {
    const char *text;
    const char *digest;
} hashes[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(sha256_examples)
{
    uint8_t digest[32];

    aw_sha256(aw_text(hashes[_i].text), digest);
    CK_ASSERT_BYTES(((aw_bytes){digest, 32}),
                    vec_unhex(aw_text(hashes[_i].digest)));
}
END_TEST

/* Bulk hashing gives what one hash at a time gives, for every length around
 * the block boundaries and for odd and even counts. */
START_TEST(sha256_bulk)
{
    enum { MAX = 300 };
    static uint8_t data[MAX];
    aw_bytes messages[5];
    uint8_t got[5][32];

    for (size_t i = 0; i < MAX; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t n = 0; n + 4 < MAX; n++) {
        size_t count = n % 6;

        for (size_t i = 0; i < count; i++) {
            messages[i] = (aw_bytes){data, n + (n % 3 == 0 ? 0 : i)};
        }
        aw_sha256_prefixed(0, messages, count, got);
        for (size_t i = 0; i < count; i++) {
            struct aw_sha256 h;
            uint8_t want[32];

            aw_sha256_init(&h);
            aw_sha256_update(&h, (aw_bytes){(const uint8_t *)"\0", 1});
            aw_sha256_update(&h, messages[i]);
            aw_sha256_final(&h, want);
            ck_assert_mem_eq(got[i], want, 32);
        }
    }
}
END_TEST

START_TEST(sha256_pairs_in_place)
{
    uint8_t tree[10][32];
    uint8_t want[5][32];

    for (size_t i = 0; i < sizeof(tree); i++) {
        tree[i / 32][i % 32] = (uint8_t)(i * 11);
    }
    for (size_t i = 0; i < 5; i++) {
        uint8_t node[65] = {1};

        memcpy(node + 1, tree[2 * i], 64);
        aw_sha256((aw_bytes){node, 65}, want[i]);
    }
    aw_sha256_pairs((const uint8_t(*)[32])tree, 5, tree);
    ck_assert_mem_eq(tree, want, sizeof(want));
}
END_TEST

/* Small and repeatable; nobody needs good numbers here. */
static size_t next_random(size_t below)
{
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % below);
}

enum { LENGTHS = 1001, COUNTS = 10 };

typedef void hash_list(uint8_t prefix, const aw_bytes *messages, size_t n,
                       uint8_t (*digests)[AW_SHA256_SIZE]);

/* The list hashed one way; what lies behind the digests stays. */
static void way_agrees(hash_list *way, const aw_bytes *messages, size_t n)
{
    uint8_t plain[COUNTS + 1][32];
    uint8_t got[COUNTS + 1][32];

    memset(plain, 0xa5, sizeof(plain));
    memset(got, 0xa5, sizeof(got));
    sha256_plain_prefixed(7, messages, n, plain);
    way(7, messages, n, got);
    ck_assert_mem_eq(plain, got, sizeof(plain));
}

static void all_ways_agree(const aw_bytes *messages, size_t n)
{
    way_agrees(aw_sha256_prefixed, messages, n);
    if (sha256_fast_usable()) {
        way_agrees(sha256_fast_prefixed, messages, n);
    }
}

START_TEST(sha256_ways_agree)
{
    static uint8_t data[LENGTHS + 64];
    aw_bytes messages[COUNTS];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)next_random(256);
    }
    for (size_t round = 0; round < 2000; round++) {
        size_t n = round % COUNTS;

        for (size_t i = 0; i < n; i++) {
            messages[i].p = data + next_random(64);
            messages[i].n = next_random(round % 3 == 0 ? 70 : LENGTHS);
        }
        all_ways_agree(messages, n);
    }
    /* Each length alone and beside another one. */
    for (size_t n = 0; n < LENGTHS; n++) {
        messages[0] = (aw_bytes){data, n};
        messages[1] = (aw_bytes){n % 2 == 0 ? NULL : data, n % 2};
        all_ways_agree(messages, 1);
        all_ways_agree(messages, 2);
    }
}
END_TEST

typedef void hash_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                        uint8_t (*parents)[AW_SHA256_SIZE]);

/* In place and elsewhere. */
static void pairs_agree(hash_pairs *way, size_t n)
{
    uint8_t tree[2 * COUNTS][32];
    uint8_t plain[COUNTS + 1][32];
    uint8_t got[COUNTS + 1][32];

    for (size_t i = 0; i < sizeof(tree); i++) {
        tree[i / 32][i % 32] = (uint8_t)next_random(256);
    }
    memset(plain, 0xa5, sizeof(plain));
    memset(got, 0xa5, sizeof(got));
    sha256_plain_pairs((const uint8_t(*)[32])tree, n, plain);
    way((const uint8_t(*)[32])tree, n, got);
    ck_assert_mem_eq(plain, got, sizeof(plain));
    way((const uint8_t(*)[32])tree, n, tree);
    ck_assert_mem_eq(plain, tree, n * 32);
}

START_TEST(sha256_pairs_ways_agree)
{
    for (size_t n = 0; n < COUNTS; n++) {
        pairs_agree(aw_sha256_pairs, n);
        pairs_agree(sha256_plain_pairs, n);
        if (sha256_fast_usable()) {
            pairs_agree(sha256_fast_pairs, n);
        }
    }
}
END_TEST

/* RFC 8032, 7.1, test 2. */
static const char seed_hex[] =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
static const char public_hex[] =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char sig_hex[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

START_TEST(ed25519_rfc8032)
{
    uint8_t public_key[32];
    uint8_t sig[64];
    const uint8_t *seed = vec_unhex(aw_text(seed_hex)).p;
    aw_bytes msg = aw_text("r");

    aw_ed25519_public(seed, public_key);
    ck_assert_mem_eq(public_key, vec_unhex(aw_text(public_hex)).p, 32);
    aw_ed25519_sign(seed, msg, sig);
    ck_assert_mem_eq(sig, vec_unhex(aw_text(sig_hex)).p, 64);
    ck_assert_int_eq(aw_ed25519_verify(public_key, msg, sig), AW_OK);
    for (size_t i = 0; i < 64; i++) {
        sig[i] ^= 1;
        ck_assert_int_eq(aw_ed25519_verify(public_key, msg, sig), AW_ERR_SIG);
        sig[i] ^= 1;
    }
    ck_assert_int_eq(aw_ed25519_verify(public_key, aw_text("s"), sig),
                     AW_ERR_SIG);
}
END_TEST

START_TEST(p256_bad_keys)
{
    uint8_t digest[32] = {0};
    uint8_t spki[AW_P256_SPKI] = {0x30, 0x59};

    ck_assert(!aw_p256_spki_valid((aw_bytes){spki, sizeof(spki)}));
    ck_assert(!aw_p256_spki_valid((aw_bytes){NULL, 0}));
    ck_assert_int_eq(
        aw_p256_verify((aw_bytes){spki, sizeof(spki)}, digest, aw_text("x")),
        AW_ERR_KEY);
}
END_TEST

Suite *suite_crypto(void)
{
    Suite *s = suite_create("crypto");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, sha256_examples, 0, (int)COUNT(hashes));
    tcase_add_test(tc, sha256_bulk);
    tcase_add_test(tc, sha256_pairs_in_place);
    tcase_add_test(tc, sha256_ways_agree);
    tcase_add_test(tc, sha256_pairs_ways_agree);
    tcase_add_test(tc, ed25519_rfc8032);
    tcase_add_test(tc, p256_bad_keys);
    suite_add_tcase(s, tc);
    return s;
}
