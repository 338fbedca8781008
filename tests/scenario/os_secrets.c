/* SPDX-License-Identifier: Apache-2.0 */
/* Where keys are: bootloader and OS are stopped whenever one is at hand, and
 * everything is noted that follows from it and would do in its place. None of
 * that is on their stacks in the DDR at any of these moments; in the end it is
 * nowhere in the DDR, and nowhere in the chip's own memory. */
#include "suites.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aw/hmac.h"
#include "aw/text.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "elf_symbols.h"
#include "fw/scratch.h"
#include "fw/secret.h"
#include "os_support.h"
#include "support.h"

enum {
    SECRET_MAX = 64,
    SECRETS = 512,
    WINDOW = 8, /* bytes that are looked for at once */
    STEP = 4,
    BUCKETS = 1 << 16,
    HITS_MAX = 8,
    HASH_BLOCK = 64,
    SIGN_MS = 3000,
    AREA_BLOCK = 0x400000 /* the applet's */
};

struct secret {
    char name[40];
    uint8_t bytes[SECRET_MAX];
    size_t n;
};

static struct secret secrets[SECRETS];
static size_t n_secrets;

static void note_as(const char *name, const char *how, const uint8_t *bytes,
                    size_t n)
{
    struct secret *s = &secrets[n_secrets];

    ck_assert_uint_lt(n_secrets, SECRETS);
    ck_assert_uint_le(n, SECRET_MAX);
    (void)snprintf(s->name, sizeof(s->name), "%s%s", name, how);
    memcpy(s->bytes, bytes, n);
    s->n = n;
    for (size_t i = 0; i < n_secrets; i++) {
        if (secrets[i].n == n && memcmp(secrets[i].bytes, bytes, n) == 0) {
            return;
        }
    }
    n_secrets++;
}

/* As it is, and as hashes hold it: words the other way round. */
static void note(const char *name, const uint8_t *bytes, size_t n)
{
    uint8_t turned[SECRET_MAX];

    note_as(name, "", bytes, n);
    for (size_t i = 0; i < n; i++) {
        turned[i] = bytes[i ^ 3];
    }
    note_as(name, ", le32", turned, n);
    for (size_t i = 0; i < n; i++) {
        turned[i] = bytes[i ^ 7];
    }
    note_as(name, ", le64", turned, n);
}

/* What SHA-256 has become after the key's block: it makes MACs, too. */
static void note_hmac_state(const char *name, const uint8_t *key, size_t n,
                            uint8_t pad)
{
    crypto_hash_sha256_state state;
    uint8_t block[HASH_BLOCK];

    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < n; i++) {
        block[i] ^= key[i];
    }
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, block, sizeof(block));
    note(name, (const uint8_t *)state.state, sizeof(state.state));
    note("padded key", block, n);
}

static void note_hmac_key(const uint8_t *key, size_t n)
{
    note_hmac_state("inner MAC state", key, n, 0x36);
    note_hmac_state("outer MAC state", key, n, 0x5c);
}

/* The part's key for a role, and what HKDF makes of it. */
static void note_role_key(const uint8_t *key)
{
    static const char serial[] = "720A9DEAD4390330";
    uint8_t prk[AW_HMAC_SIZE];
    uint8_t okm[40];

    note("role key", key, DERIVE_KEY);
    aw_hmac_sha256(aw_text(serial), (aw_bytes){key, DERIVE_KEY}, prk);
    note("HKDF key", prk, sizeof(prk));
    note_hmac_key(prk, sizeof(prk));
    ck_assert_int_eq(aw_hkdf_sha256((aw_bytes){key, DERIVE_KEY},
                                    aw_text(serial), (aw_bytes){NULL, 0}, okm,
                                    sizeof(okm)),
                     AW_OK);
    note("HKDF output", okm, sizeof(okm));
}

/* RFC 8032, 5.1.5. */
static void note_seed(const uint8_t *seed, uint8_t expanded[64])
{
    note("Ed25519 seed", seed, AW_ED25519_SEED);
    (void)crypto_hash_sha512(expanded, seed, AW_ED25519_SEED);
    note("Ed25519 halves", expanded, 64);
    expanded[0] &= 0xf8;
    expanded[31] &= 0x7f;
    expanded[31] |= 0x40;
    note("Ed25519 scalar", expanded, 32);
}

/* Who knows the nonce of a signature knows the key. */
static void note_nonce(const uint8_t *expanded, const uint8_t *what, size_t n)
{
    crypto_hash_sha512_state state;
    uint8_t hash[64];
    uint8_t nonce[32];

    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, expanded + 32, 32);
    (void)crypto_hash_sha512_update(&state, what, n);
    (void)crypto_hash_sha512_final(&state, hash);
    note("nonce hash", hash, sizeof(hash));
    crypto_core_ed25519_scalar_reduce(nonce, hash);
    note("nonce", nonce, sizeof(nonce));
}

static uint64_t window_at(const uint8_t *p)
{
    uint64_t v = 0;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Windows of secrets by their first bytes. */
static uint8_t marked[BUCKETS];

static void mark_windows(void)
{
    memset(marked, 0, sizeof(marked));
    for (size_t i = 0; i < n_secrets; i++) {
        for (size_t at = 0; at + WINDOW <= secrets[i].n; at += STEP) {
            marked[window_at(secrets[i].bytes + at) % BUCKETS] = 1;
        }
    }
}

static bool has_window(const struct secret *s, uint64_t window)
{
    size_t at = 0;

    while (at + WINDOW <= s->n && window_at(s->bytes + at) != window) {
        at += STEP;
    }
    return at + WINDOW <= s->n;
}

static const char *which(uint64_t window)
{
    for (size_t i = 0; i < n_secrets; i++) {
        if (has_window(&secrets[i], window)) {
            return secrets[i].name;
        }
    }
    return NULL;
}

/* Addresses of memory. */
struct area {
    uint32_t start;
    uint32_t size;
};

/* Prints where something is. */
static unsigned search(const struct tw_memory *memory, struct area area)
{
    uint32_t from = area.start - memory->base;
    unsigned hits = 0;

    ck_assert(from <= memory->size && area.size <= memory->size - from);
    for (uint32_t at = from; at + WINDOW <= from + area.size; at++) {
        uint64_t window = window_at(memory->bytes + at);

        if (window == 0 || marked[window % BUCKETS] == 0) {
            continue;
        }
        const char *name = which(window);

        if (name != NULL && hits++ < HITS_MAX) {
            printf("%s at %08x\n", name, memory->base + at);
        }
    }
    return hits;
}

static unsigned search_all(const struct tw_memory *memory)
{
    return search(memory, (struct area){memory->base, memory->size});
}

/* Functions to which keys are given; and the one that wipes a variable, by
 * which time it is full. */
enum place { PBKDF2, ROLE, SIGN, PUBLIC, END, WIPE, PLACES };
static const char *const functions[PLACES] = {
    "aw_pbkdf2_sha256",  "derive_role_key", "aw_ed25519_sign",
    "aw_ed25519_public", "keys_wipe",       "aw_wipe"};

static const struct image {
    const char *file;
    bool has[PLACES];
} images[] = {
    {"boot_debug.debug", {[PBKDF2] = true, [END] = true, [WIPE] = true}},
    {"tests/os_old.debug", {true, true, true, true, true, true}},
    {"tests/os_vectors.debug", {true, true, true, true, true, true}},
};

static struct stop {
    uint32_t address;
    enum place place;
    struct area stack; /* of the image, in the DDR */
} stops[COUNT(images) * PLACES];
static size_t n_stops;
static unsigned met[PLACES];
static unsigned looked;

static void stop_in(const struct image *image)
{
    aw_bytes symbols = device_file(image->file);
    uint32_t from = elf_symbol(symbols, "stack_guard", 0).address;
    uint32_t to = elf_symbol(symbols, "stack_end", 0).address;

    for (size_t p = 0; p < PLACES; p++) {
        if (image->has[p]) {
            struct stop s = {elf_symbol(symbols, functions[p], 0).address,
                             (enum place)p,
                             {from, to - from}};

            stops[n_stops++] = s;
            ck_assert(tw_cpu_break_add(d.board.cpu, s.address));
        }
    }
}

static void peek(uint32_t address, void *to, size_t n)
{
    ck_assert_uint_eq(tw_cpu_peek(d.board.cpu, address, to, n), n);
}

static void note_rpmb_key(void)
{
    struct scratch s;

    peek(SCRATCH_ADDRESS, &s, sizeof(s));
    if (!sodium_is_zero(s.rpmb_key, sizeof(s.rpmb_key))) {
        note("RPMB key", s.rpmb_key, sizeof(s.rpmb_key));
        note_hmac_key(s.rpmb_key, sizeof(s.rpmb_key));
    }
}

/* At the beginning of a function: what its arguments say. */
static void note_at(enum place place)
{
    static uint8_t message[16384];
    const uint32_t r[] = {tw_cpu_get(d.board.cpu, 0),
                          tw_cpu_get(d.board.cpu, 1),
                          tw_cpu_get(d.board.cpu, 2)};
    uint8_t key[32];
    uint8_t expanded[64];

    met[place]++;
    switch (place) {
    case PBKDF2:
        ck_assert_uint_le(r[1], sizeof(key));
        peek(r[0], key, r[1]);
        note("part's key", key, r[1]);
        note_hmac_key(key, r[1]);
        break;
    case ROLE:
        peek(r[2], key, sizeof(key));
        note_role_key(key);
        break;
    case SIGN:
        ck_assert_uint_le(r[2], sizeof(message));
        peek(r[0], key, sizeof(key));
        peek(r[1], message, r[2]);
        note_seed(key, expanded);
        note_nonce(expanded, message, r[2]);
        break;
    case PUBLIC:
        peek(r[0], key, sizeof(key));
        note_seed(key, expanded);
        break;
    case END:
        note_rpmb_key();
        break;
    default:
        break;
    }
}

/* Hashes go round thousands of times: some rounds will do. */
static void look_at_stack(const struct stop *stop)
{
    enum { ALL = 64, SOME = 251 };

    if (stop->place == WIPE && met[WIPE] > ALL && met[WIPE] % SOME != 0) {
        return;
    }
    mark_windows();
    ck_assert_msg(search(&d.board.ddr, stop->stack) == 0, "in %s",
                  functions[stop->place]);
    looked++;
}

static void look_where_it_stopped(void)
{
    uint32_t pc = tw_cpu_get(d.board.cpu, 15);

    for (size_t i = 0; i < n_stops; i++) {
        if (stops[i].address == pc) {
            note_at(stops[i].place);
            look_at_stack(&stops[i]);
            return;
        }
    }
}

static bool run_noting(const char *text, unsigned ms)
{
    struct tw_clock *clock = &d.board.clock;
    uint64_t end = clock->now + tw_clock_ticks(clock, ms, 1000);

    while (!device_said(&d, text) && clock->now < end) {
        uint64_t slice = clock->now + tw_clock_ticks(clock, 5, 1000);

        if (tw_board_run(&d.board, slice, NULL) == TW_BOARD_DEBUG) {
            look_where_it_stopped();
        }
    }
    return device_said(&d, text);
}

static void begin(const struct part *part)
{
    n_secrets = 0;
    n_stops = 0;
    memset(met, 0, sizeof(met));
    looked = 0;
    closed_make(part, false);
}

static void power_up(void)
{
    tw_board_off(&d.board);
    tw_board_on(&d.board);
}

/* Not even what nobody would look for. */
static void expect_blank(uint32_t start, uint32_t size)
{
    static uint8_t bytes[SECRET_STACK_SIZE];

    ck_assert_uint_le(size, sizeof(bytes));
    peek(start, bytes, size);
    ck_assert(sodium_is_zero(bytes, size));
}

static void expect_nothing_left(void)
{
    mark_windows();
    printf("%zu things to look for, %u looks at stacks\n", n_secrets, looked);
    ck_assert_uint_eq(search_all(&d.board.ddr), 0);
    ck_assert_uint_eq(search_all(&d.board.ocram), 0);
    expect_blank(SCRATCH_ADDRESS, sizeof(struct scratch));
    expect_blank(SECRET_STACK, SECRET_STACK_SIZE);
}

/* It would be found: in both memories, at any address. */
START_TEST(search_finds)
{
    static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

    begin(&closed_parts[0]);
    note("test", key, sizeof(key));
    mark_windows();
    ck_assert_uint_eq(search_all(&d.board.ddr), 0);
    memcpy(d.board.ddr.bytes + 0x1000003, key + 4, WINDOW);
    memcpy(d.board.ocram.bytes + TW_OCRAM_SIZE - WINDOW, key, WINDOW);
    ck_assert_uint_gt(search_all(&d.board.ddr), 0);
    ck_assert_uint_gt(search_all(&d.board.ocram), 0);
}
END_TEST

/* Vectors d and e: the first start of a closed part, then another one. */
START_TEST(nothing_after_boot)
{
    begin(&closed_parts[_i]);
    struct making os = os_release("tests/os_vectors.elf", "1.2.0", 0);

    put_release(&os, 1);
    stop_in(&images[0]);
    stop_in(&images[2]);
    power_up();
    ck_assert_msg(run_noting("os: ready", UP_MS), "%s", said());
    if (_i == 0) {
        aw_bytes k = vec_unhex(aw_text("6d052c724d63b44031c37263e4eb22fae882a0e"
                                       "cfca384efc47dbff08e50432e"));

        ck_assert(which(window_at(k.p)) != NULL);
    }
    aw_bytes key = vec_unhex(aw_text(closed_parts[_i].rpmb_key));

    ck_assert(which(window_at(key.p)) != NULL);
    ck_assert_uint_ge(met[PBKDF2], 2); /* bootloader and OS */
    ck_assert_uint_eq(met[ROLE], 3);
    expect_nothing_left();
}
END_TEST

/* An applet that has something signed. */
START_TEST(nothing_after_signing)
{
    static const char checkpoint[] =
        "log.example/x\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    uint8_t block[TW_BLOCK] = "sign 1700000000";

    begin(&closed_parts[_i]);
    put_system();
    struct making applet = applet_release("1.0.0", 0);

    applet.elf = device_file("applet_minimal.elf");
    put_release(&applet, 1);
    device_put(&d, AREA_BLOCK, (aw_bytes){block, sizeof(block)});
    memset(block, 0, sizeof(block));
    memcpy(block, checkpoint, sizeof(checkpoint) - 1);
    device_put(&d, AREA_BLOCK + 1, (aw_bytes){block, sizeof(block)});
    stop_in(&images[0]);
    stop_in(&images[1]);
    power_up();
    ck_assert_msg(run_noting("minimal: signature", UP_MS + SIGN_MS), "%s",
                  said());
    ck_assert_uint_ge(met[SIGN], 1);
    expect_nothing_left();
}
END_TEST

Suite *os_secrets_suite(void)
{
    Suite *s = suite_create("os_secrets");
    TCase *tc = tcase_create("secrets");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, search_finds);
    tcase_add_loop_test(tc, nothing_after_boot, 0, CLOSED_PARTS);
    tcase_add_loop_test(tc, nothing_after_signing, 0, CLOSED_PARTS);
    suite_add_tcase(s, tc);
    return s;
}
