/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by the SHA instructions of x86-64, two messages at a time. CMake
 * compiles this file alone with these instructions enabled; it must not run
 * before sha256_cpuid.c has found them.
 *
 * Source: FIPS 180-4; Intel 64 and IA-32 Software Developer's Manual, volume
 * 2, SHA256RNDS2, SHA256MSG1 and SHA256MSG2.
 */
#include <immintrin.h>
#include <string.h>

#include "sha256_bulk.h"

enum { BLOCK = 64, LENGTH_FIELD = 8 };

static const uint32_t round_keys[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* State words in the order of the instructions: A is the highest lane. */
struct state {
    __m128i abef;
    __m128i cdgh;
};

/* The last 16 words of the message schedule. */
struct words {
    __m128i w0;
    __m128i w1;
    __m128i w2;
    __m128i w3;
};

static inline __m128i load(const void *p)
{
    __m128i v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline struct state first_state(void)
{
    return (struct state){
        _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
        _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)};
}

/* Digest bytes: the words A to H, each big-endian. */
static inline void store_state(const struct state *s, uint8_t *digest)
{
    const __m128i reverse =
        _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    __m128i abcd = _mm_unpackhi_epi64(s->abef, s->cdgh);
    __m128i efgh = _mm_unpacklo_epi64(s->abef, s->cdgh);

    abcd = _mm_shuffle_epi8(abcd, reverse);
    efgh = _mm_shuffle_epi8(efgh, reverse);
    memcpy(digest, &abcd, sizeof(abcd));
    memcpy(digest + sizeof(abcd), &efgh, sizeof(efgh));
}

static inline struct words load_block(const uint8_t *block)
{
    const __m128i big_endian =
        _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

    return (struct words){
        _mm_shuffle_epi8(load(block), big_endian),
        _mm_shuffle_epi8(load(block + 16), big_endian),
        _mm_shuffle_epi8(load(block + 32), big_endian),
        _mm_shuffle_epi8(load(block + 48), big_endian),
    };
}

static inline void four_rounds(struct state *s, __m128i words, __m128i keys)
{
    __m128i wk = _mm_add_epi32(words, keys);

    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, wk);
    wk = _mm_shuffle_epi32(wk, 0x0e);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, wk);
}

/* The four words that follow the 16 given. */
static inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum =
        _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

    return _mm_sha256msg2_epu32(sum, w3);
}

/* Rounds on two states side by side. */
static inline void both(struct state *a, struct state *b, __m128i wa,
                        __m128i wb, const uint32_t *keys)
{
    __m128i k = load(keys);

    four_rounds(a, wa, k);
    four_rounds(b, wb, k);
}

static inline void sixteen_rounds(struct state *a, struct state *b,
                                  const struct words *wa,
                                  const struct words *wb, const uint32_t *keys)
{
    both(a, b, wa->w0, wb->w0, keys);
    both(a, b, wa->w1, wb->w1, keys + 4);
    both(a, b, wa->w2, wb->w2, keys + 8);
    both(a, b, wa->w3, wb->w3, keys + 12);
}

static inline void schedule(struct words *w)
{
    w->w0 = next_words(w->w0, w->w1, w->w2, w->w3);
    w->w1 = next_words(w->w1, w->w2, w->w3, w->w0);
    w->w2 = next_words(w->w2, w->w3, w->w0, w->w1);
    w->w3 = next_words(w->w3, w->w0, w->w1, w->w2);
}

static inline void add_state(struct state *s, const struct state *before)
{
    s->abef = _mm_add_epi32(s->abef, before->abef);
    s->cdgh = _mm_add_epi32(s->cdgh, before->cdgh);
}

/* One block into each of two states. */
static void compress_two(struct state *a, const uint8_t *block_a,
                         struct state *b, const uint8_t *block_b)
{
    struct state sa = *a;
    struct state sb = *b;
    struct words wa = load_block(block_a);
    struct words wb = load_block(block_b);

    sixteen_rounds(&sa, &sb, &wa, &wb, round_keys);
    for (size_t i = 16; i < 64; i += 16) {
        schedule(&wa);
        schedule(&wb);
        sixteen_rounds(&sa, &sb, &wa, &wb, round_keys + i);
    }
    add_state(&sa, a);
    add_state(&sb, b);
    *a = sa;
    *b = sb;
}

static void put_be64(uint8_t *p, uint64_t v)
{
    for (size_t i = 0; i < LENGTH_FIELD; i++) {
        p[i] = (uint8_t)(v >> (8 * (LENGTH_FIELD - 1 - i)));
    }
}

/* One of the two messages in work: the prefix, its bytes, the padding. */
struct lane {
    struct state s;
    size_t message; /* number in the list */
    size_t at;      /* offset of the next block in the padded message */
    size_t end;     /* length of the padded message */
    uint8_t block[BLOCK];
};

/* What is left to do. */
struct job {
    const aw_bytes *messages;
    size_t n;
    size_t next; /* first message that no lane has taken */
    uint8_t prefix;
    uint8_t (*digests)[AW_SHA256_SIZE];
};

/* Takes the next message; false when there is none. */
static bool lane_take(struct lane *l, struct job *j)
{
    if (j->next == j->n) {
        return false;
    }
    l->s = first_state();
    l->message = j->next++;
    l->at = 0;
    /* Prefix, message, 0x80, length, rounded up to whole blocks. */
    l->end =
        (1 + j->messages[l->message].n + LENGTH_FIELD) / BLOCK * BLOCK + BLOCK;
    return true;
}

/* Builds a block that is not inside the message: the first and the last. */
static const uint8_t *edge_block(struct lane *l, const struct job *j)
{
    const aw_bytes m = j->messages[l->message];
    size_t text_end = 1 + m.n; /* in the padded message */
    size_t from = l->at == 0 ? 0 : l->at - 1;
    size_t to = l->at == 0 ? 1 : 0; /* place in the block */

    memset(l->block, 0, sizeof(l->block));
    if (l->at == 0) {
        l->block[0] = j->prefix;
    }
    if (from < m.n) {
        size_t left = m.n - from;

        memcpy(l->block + to, m.p + from,
               left < BLOCK - to ? left : BLOCK - to);
    }
    if (text_end >= l->at && text_end - l->at < BLOCK) {
        l->block[text_end - l->at] = 0x80;
    }
    if (l->at + BLOCK == l->end) {
        put_be64(l->block + BLOCK - LENGTH_FIELD, (uint64_t)text_end * 8);
    }
    return l->block;
}

static const uint8_t *next_block(struct lane *l, const struct job *j)
{
    const aw_bytes m = j->messages[l->message];

    if (l->at > 0 && l->at - 1 + BLOCK <= m.n) {
        return m.p + (l->at - 1);
    }
    return edge_block(l, j);
}

/* After a block: true while the lane has work. */
static bool lane_go_on(struct lane *l, struct job *j)
{
    l->at += BLOCK;
    if (l->at < l->end) {
        return true;
    }
    store_state(&l->s, j->digests[l->message]);
    return lane_take(l, j);
}

/* Ends the last message; the other lane repeats its work for nothing. */
static void lane_finish(struct lane *l, struct job *j)
{
    struct state idle = first_state();
    bool more = true;

    while (more) {
        const uint8_t *block = next_block(l, j);

        compress_two(&l->s, block, &idle, block);
        more = lane_go_on(l, j);
    }
}

void sha256_fast_prefixed(uint8_t prefix, const aw_bytes *messages, size_t n,
                          uint8_t (*digests)[AW_SHA256_SIZE])
{
    struct job j = {messages, n, 0, prefix, digests};
    struct lane a;
    struct lane b;
    bool more_a = lane_take(&a, &j);
    bool more_b = lane_take(&b, &j);

    while (more_a && more_b) {
        compress_two(&a.s, next_block(&a, &j), &b.s, next_block(&b, &j));
        more_a = lane_go_on(&a, &j);
        more_b = lane_go_on(&b, &j);
    }
    if (more_a) {
        lane_finish(&a, &j);
    }
    if (more_b) {
        lane_finish(&b, &j);
    }
}

/* A node's message is 65 bytes: one block of the prefix and 63 bytes, one of
 * the last byte and padding. */
struct node_blocks {
    uint8_t first[BLOCK];
    uint8_t second[BLOCK];
};

static inline void node_fill(struct node_blocks *n, const uint8_t *children)
{
    enum { NODE_BITS = 65 * 8 };

    n->first[0] = 1;
    memcpy(n->first + 1, children, BLOCK - 1);
    memset(n->second, 0, sizeof(n->second));
    n->second[0] = children[BLOCK - 1];
    n->second[1] = 0x80;
    put_be64(n->second + BLOCK - LENGTH_FIELD, NODE_BITS);
}

static void two_nodes(const uint8_t *left, const uint8_t *right,
                      uint8_t *parent_left, uint8_t *parent_right)
{
    struct state a = first_state();
    struct state b = a;
    struct node_blocks na;
    struct node_blocks nb;

    node_fill(&na, left);
    node_fill(&nb, right);
    compress_two(&a, na.first, &b, nb.first);
    compress_two(&a, na.second, &b, nb.second);
    store_state(&a, parent_left);
    store_state(&b, parent_right);
}

void sha256_fast_pairs(const uint8_t (*children)[AW_SHA256_SIZE], size_t n,
                       uint8_t (*parents)[AW_SHA256_SIZE])
{
    uint8_t spare[AW_SHA256_SIZE];
    size_t i = 0;

    for (; i + 1 < n; i += 2) {
        two_nodes(children[2 * i], children[2 * i + 2], parents[i],
                  parents[i + 1]);
    }
    if (i < n) {
        two_nodes(children[2 * i], children[2 * i], parents[i], spare);
    }
}
