/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/merkle.h"

#include <stdio.h>
#include <string.h>

#include "aw/text.h"
#include "compat.h"
#include "suites.h"
#include "support.h"

/* Hash of exactly 32 bytes in hex; the probes hold others as well. */
static bool hash_field(aw_bytes hex, aw_hash *h)
{
    struct aw_wr w = aw_wr_init(h->b, sizeof(h->b));

    return aw_hex_decode(hex, &w) == AW_OK && w.n == sizeof(h->b);
}

static bool proof_field(aw_bytes list, struct aw_proof *proof)
{
    struct aw_rd r = aw_rd_init(list);

    proof->n = 0;
    if (aw_bytes_is(list, "-")) {
        return true;
    }
    while (proof->n < AW_PROOF_MAX) {
        struct aw_rd probe = r;
        aw_bytes item = aw_rd_until(&probe, ',');
        bool last = probe.failed;

        if (last) {
            item = aw_rd_rest(&r);
        }
        if (!hash_field(item, &proof->h[proof->n])) {
            return false;
        }
        proof->n++;
        if (last) {
            return true;
        }
        r = probe;
    }
    return false;
}

static uint64_t number_field(aw_bytes text)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_dec_parse(text, &v), AW_OK);
    return v;
}

/* The last four fields of each kind: two hashes, proof, name. */
struct probe {
    uint64_t number[3];
    aw_hash hash[2];
    struct aw_proof proof;
};

static aw_err run_inclusion(const struct probe *p)
{
    return aw_merkle_check_inclusion(p->number[0], p->number[1], &p->hash[1],
                                     &p->proof, &p->hash[0], NULL);
}

static aw_err run_consistency(const struct probe *p)
{
    struct aw_tree from = {p->number[0], p->hash[0]};
    struct aw_tree to = {p->number[1], p->hash[1]};

    return aw_merkle_check_consistency(&from, &to, &p->proof, NULL);
}

static aw_err run_subtree_inclusion(const struct probe *p)
{
    struct aw_subtree s = {p->number[1], p->number[2], p->hash[0]};

    return aw_merkle_check_subtree_inclusion(p->number[0], &p->hash[1], &s,
                                             &p->proof, NULL);
}

static aw_err run_subtree_consistency(const struct probe *p)
{
    struct aw_subtree s = {p->number[0], p->number[1], p->hash[0]};
    struct aw_tree tree = {p->number[2], p->hash[1]};

    return aw_merkle_check_subtree_consistency(&s, &tree, &p->proof, NULL);
}

static const struct {
    const char *file;
    size_t numbers;
    size_t rows;
    aw_err (*run)(const struct probe *p);
} kinds[] = {
    {"inclusion", 2, 98, run_inclusion},
    {"consistency", 2, 98, run_consistency},
    {"subtreeinclusion", 3, 204, run_subtree_inclusion},
    {"subtreeconsistency", 3, 118, run_subtree_consistency},
};

static bool probe_passes(size_t kind, const aw_bytes *f)
{
    size_t at = kinds[kind].numbers;
    struct probe p;

    for (size_t i = 0; i < at; i++) {
        p.number[i] = number_field(f[1 + i]);
    }
    return hash_field(f[1 + at], &p.hash[0]) &&
           hash_field(f[2 + at], &p.hash[1]) &&
           proof_field(f[3 + at], &p.proof) && kinds[kind].run(&p) == AW_OK;
}

static void run_probes(size_t kind, struct compat *compat)
{
    char path[128];
    aw_bytes f[9];
    size_t rows = 0;

    (void)snprintf(path, sizeof(path), "transparency/merkle/%s.tsv",
                   kinds[kind].file);
    struct aw_rd r = aw_rd_init(vec_file(path));

    for (size_t n = vec_tsv(&r, f, COUNT(f)); n > 0;
         n = vec_tsv(&r, f, COUNT(f))) {
        ck_assert_uint_eq(n, kinds[kind].numbers + 5);
        compat_decided(compat, f[n - 1],
                       probe_passes(kind, f) == aw_bytes_is(f[0], "ok"));
        rows++;
    }
    ck_assert_uint_eq(rows, kinds[kind].rows);
}

START_TEST(upstream_probes)
{
    struct compat compat;

    compat_load(&compat, "Merkle");
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        run_probes(kind, &compat);
    }
    compat_done(&compat);
}
END_TEST

/* Leaf i is the text leaf-<i>; node (l, x) by the definition of the tree. */
enum { SMALL = 70 };
#define LEAVES ((size_t)700)

static aw_hash nodes[10][LEAVES];

static void fill_nodes(void)
{
    for (size_t i = 0; i < LEAVES; i++) {
        char text[24];

        (void)snprintf(text, sizeof(text), "leaf-%zu", i);
        aw_merkle_leaf(aw_text(text), &nodes[0][i]);
    }
    for (size_t level = 1; level < 10; level++) {
        for (size_t i = 0; i < LEAVES >> level; i++) {
            aw_merkle_node(&nodes[level - 1][2 * i],
                           &nodes[level - 1][2 * i + 1], &nodes[level][i]);
        }
    }
}

/* ctx: number of leaves in the tree that may be asked about. */
static aw_err get_node(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                       struct aw_diag *diag)
{
    const uint64_t *size = ctx;

    (void)diag;
    ck_assert_uint_lt(level, 10);
    ck_assert_uint_le((index + 1) << level, *size);
    *node = nodes[level][index];
    return AW_OK;
}

/* Root by the recursive definition, leaves [lo, hi). */
static aw_hash plain_root(size_t lo, size_t hi)
{
    aw_hash out;
    size_t k = 1;

    if (lo == hi) {
        aw_merkle_empty(&out);
        return out;
    }
    if (hi - lo == 1) {
        return nodes[0][lo];
    }
    while (2 * k < hi - lo) {
        k *= 2;
    }
    aw_hash left = plain_root(lo, lo + k);
    aw_hash right = plain_root(lo + k, hi);

    aw_merkle_node(&left, &right, &out);
    return out;
}

START_TEST(roots_of_all_sizes)
{
    struct aw_rd r =
        aw_rd_init(vec_file("transparency/merkle/roots-leaf-n.tsv"));
    struct aw_range range;
    aw_bytes f[2];
    uint64_t size = 0;

    aw_range_init(&range);
    while (vec_tsv(&r, f, COUNT(f)) == 2) {
        struct aw_nodes source = {&size, get_node};
        struct aw_range loaded;
        aw_hash want;
        aw_hash got;

        ck_assert_uint_eq(number_field(f[0]), size);
        ck_assert(hash_field(f[1], &want));
        ck_assert_int_eq(aw_merkle_root(size, &source, &got, NULL), AW_OK);
        ck_assert(aw_hash_equal(&got, &want));
        aw_range_root(&range, &got);
        ck_assert(aw_hash_equal(&got, &want));
        ck_assert_int_eq(aw_range_load(size, &source, &loaded, NULL), AW_OK);
        ck_assert_uint_eq(loaded.size, size);
        ck_assert_uint_eq(loaded.n, range.n);
        ck_assert_mem_eq(loaded.h, range.h, range.n * sizeof(range.h[0]));
        ck_assert_int_eq(aw_range_append(&range, &nodes[0][size], NULL), AW_OK);
        size++;
    }
    ck_assert_uint_eq(size, 301);
}
END_TEST

/* A call that must fail for every damaged form of a proof. */
struct trial {
    aw_err (*check)(const void *ctx, const struct aw_proof *proof);
    const void *ctx;
};

static void changed_bit_fails(const struct trial *t,
                              const struct aw_proof *good, size_t bit)
{
    struct aw_proof bad = *good;

    bad.h[bit / 256].b[bit % 256 / 8] ^= (uint8_t)(1U << bit % 8);
    ck_assert_int_eq(t->check(t->ctx, &bad), AW_ERR_PROOF);
}

static void dropped_hash_fails(const struct trial *t,
                               const struct aw_proof *good, size_t i)
{
    struct aw_proof bad = *good;

    bad.n--;
    memmove(&bad.h[i], &bad.h[i + 1], (bad.n - i) * sizeof(bad.h[0]));
    ck_assert_int_eq(t->check(t->ctx, &bad), AW_ERR_PROOF);
}

static void added_hash_fails(const struct trial *t, const struct aw_proof *good,
                             size_t i)
{
    struct aw_proof bad = *good;

    memmove(&bad.h[i + 1], &bad.h[i], (bad.n - i) * sizeof(bad.h[0]));
    memset(&bad.h[i], 0x5a, sizeof(bad.h[i]));
    bad.n++;
    ck_assert_int_eq(t->check(t->ctx, &bad), AW_ERR_PROOF);
}

/* Each hash with one changed bit (another one each time; all bits when
 * `every`), each hash dropped, one hash added at each place. */
static void damaged_proofs_fail(const struct trial *t,
                                const struct aw_proof *good, bool every)
{
    static size_t turn;
    size_t step = every ? 1 : 251;

    for (size_t bit = every ? 0 : turn++ % step; bit < good->n * 256;
         bit += step) {
        changed_bit_fails(t, good, bit);
    }
    for (size_t i = 0; i < good->n; i++) {
        dropped_hash_fails(t, good, i);
    }
    for (size_t i = 0; i <= good->n; i++) {
        added_hash_fails(t, good, i);
    }
}

struct leaf_trial {
    uint64_t index;
    struct aw_subtree tree;
};

static aw_err check_leaf(const void *ctx, const struct aw_proof *proof)
{
    const struct leaf_trial *t = ctx;

    return aw_merkle_check_subtree_inclusion(t->index, &nodes[0][t->index],
                                             &t->tree, proof, NULL);
}

static void leaf_proof_holds(uint64_t index, uint64_t start, uint64_t end)
{
    struct aw_nodes source = {&end, get_node};
    struct leaf_trial lt = {index,
                            {start, end, plain_root(start, (size_t)end)}};
    struct trial t = {check_leaf, &lt};
    struct aw_proof proof;
    aw_hash root;

    ck_assert_int_eq(aw_merkle_prove_subtree_inclusion(index, start, end,
                                                       &source, &proof, NULL),
                     AW_OK);
    ck_assert_int_eq(check_leaf(&lt, &proof), AW_OK);
    ck_assert_int_eq(aw_merkle_subtree_root(start, end, &source, &root, NULL),
                     AW_OK);
    ck_assert(aw_hash_equal(&root, &lt.tree.root));
    damaged_proofs_fail(&t, &proof, end <= 12);
    lt.tree.root.b[5] ^= 1;
    ck_assert_int_eq(check_leaf(&lt, &proof), AW_ERR_PROOF);
}

START_TEST(inclusion_of_all_leaves)
{
    for (uint64_t size = 1; size <= SMALL; size++) {
        for (uint64_t index = 0; index < size; index++) {
            leaf_proof_holds(index, 0, size);
        }
    }
}
END_TEST

START_TEST(inclusion_in_all_subtrees) /* one run for each end */
{
    uint64_t end = (uint64_t)_i;

    for (uint64_t start = 1; start < end; start++) {
        if (!aw_subtree_valid(start, end)) {
            continue;
        }
        for (uint64_t index = start; index < end; index++) {
            leaf_proof_holds(index, start, end);
        }
    }
}
END_TEST

struct part_trial {
    struct aw_subtree part;
    struct aw_tree tree;
};

static aw_err check_part(const void *ctx, const struct aw_proof *proof)
{
    const struct part_trial *t = ctx;

    return aw_merkle_check_subtree_consistency(&t->part, &t->tree, proof, NULL);
}

static void part_proof_holds(uint64_t start, uint64_t end, uint64_t size)
{
    struct aw_nodes source = {&size, get_node};
    struct part_trial pt = {{start, end, plain_root(start, (size_t)end)},
                            {size, plain_root(0, (size_t)size)}};
    struct trial t = {check_part, &pt};
    struct aw_proof proof;

    ck_assert_int_eq(aw_merkle_prove_subtree_consistency(start, end, size,
                                                         &source, &proof, NULL),
                     AW_OK);
    ck_assert_int_eq(check_part(&pt, &proof), AW_OK);
    damaged_proofs_fail(&t, &proof, size <= 12);
    pt.part.root.b[0] ^= 1;
    ck_assert_int_eq(check_part(&pt, &proof), AW_ERR_PROOF);
    pt.part.root.b[0] ^= 1;
    pt.tree.root.b[31] ^= 0x80;
    ck_assert_int_eq(check_part(&pt, &proof), AW_ERR_PROOF);
}

START_TEST(consistency_of_all_sizes)
{
    for (uint64_t to = 1; to <= SMALL; to++) {
        for (uint64_t from = 1; from <= to; from++) {
            struct aw_nodes source = {&to, get_node};
            struct aw_proof proof;

            part_proof_holds(0, from, to);
            ck_assert_int_eq(
                aw_merkle_prove_consistency(from, to, &source, &proof, NULL),
                AW_OK);
            struct aw_tree a = {from, plain_root(0, (size_t)from)};
            struct aw_tree b = {to, plain_root(0, (size_t)to)};

            ck_assert_int_eq(aw_merkle_check_consistency(&a, &b, &proof, NULL),
                             AW_OK);
        }
    }
}
END_TEST

static void parts_ending_at_hold(uint64_t end, uint64_t size)
{
    for (uint64_t start = 1; start < end; start++) {
        if (aw_subtree_valid(start, end)) {
            part_proof_holds(start, end, size);
        }
    }
}

START_TEST(consistency_of_all_subtrees) /* one run for each tree size */
{
    for (uint64_t end = 1; end <= (uint64_t)_i; end++) {
        parts_ending_at_hold(end, (uint64_t)_i);
    }
}
END_TEST

START_TEST(recorded_proofs)
{
    struct aw_rd r =
        aw_rd_init(vec_file("transparency/serverless/gen-700.proofs.tsv"));
    uint64_t size = LEAVES;
    struct aw_nodes source = {&size, get_node};
    aw_bytes f[4];
    size_t rows = 0;

    for (; vec_tsv(&r, f, COUNT(f)) == 4; rows++) {
        uint64_t at = number_field(f[1]);
        struct aw_proof want;
        struct aw_proof got;

        ck_assert(proof_field(f[3], &want));
        aw_err err =
            aw_bytes_is(f[0], "inclusion")
                ? aw_merkle_prove_inclusion(at, LEAVES, &source, &got, NULL)
                : aw_merkle_prove_consistency(at, LEAVES, &source, &got, NULL);

        ck_assert_int_eq(err, AW_OK);
        ck_assert_uint_eq(got.n, want.n);
        ck_assert_mem_eq(got.h, want.h, want.n * sizeof(want.h[0]));
    }
    ck_assert_uint_eq(rows, 23);
}
END_TEST

/* All nodes are alike, as in a log of 2^64 - 1 equal leaves. */
static aw_err get_alike(void *ctx, unsigned level, uint64_t index,
                        aw_hash *node, struct aw_diag *diag)
{
    const aw_hash *alike = ctx;

    (void)diag;
    ck_assert_uint_lt(level, 64);
    ck_assert_uint_lt(index, UINT64_MAX >> level);
    *node = alike[level];
    return AW_OK;
}

static void fill_alike(aw_hash *alike)
{
    aw_merkle_leaf(aw_text("x"), &alike[0]);
    for (size_t i = 1; i < 64; i++) {
        aw_merkle_node(&alike[i - 1], &alike[i - 1], &alike[i]);
    }
}

static const struct {
    uint64_t from;
    uint64_t to;
    size_t hashes;
} giants[] = {
    {UINT64_MAX, UINT64_MAX, 0},
    {UINT64_MAX - 1, UINT64_MAX, 64},
    {UINT64_MAX - 2, UINT64_MAX, 65},
    {1, UINT64_MAX, 64},
    {2, UINT64_MAX, 63},
    {3, UINT64_MAX, 65},
    {(uint64_t)1 << 63, UINT64_MAX, 1},
    {((uint64_t)1 << 63) + 1, UINT64_MAX, 65},
    {((uint64_t)1 << 63) - 1, UINT64_MAX, 65},
    {1, (uint64_t)1 << 63, 63},
    {((uint64_t)1 << 63) - 1, (uint64_t)1 << 63, 64},
};

START_TEST(giant_consistency)
{
    aw_hash alike[64];
    struct aw_nodes source = {alike, get_alike};
    struct aw_tree from = {giants[_i].from, {{0}}};
    struct aw_tree to = {giants[_i].to, {{0}}};
    struct aw_proof proof;

    fill_alike(alike);
    ck_assert_int_eq(aw_merkle_root(from.size, &source, &from.root, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_merkle_root(to.size, &source, &to.root, NULL), AW_OK);
    ck_assert_int_eq(
        aw_merkle_prove_consistency(from.size, to.size, &source, &proof, NULL),
        AW_OK);
    ck_assert_uint_eq(proof.n, giants[_i].hashes);
    ck_assert_int_eq(aw_merkle_check_consistency(&from, &to, &proof, NULL),
                     AW_OK);
    /* The same walk from the side of the last old leaf. */
    ck_assert_int_eq(aw_merkle_prove_inclusion(from.size - 1, to.size, &source,
                                               &proof, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_merkle_check_inclusion(from.size - 1, to.size,
                                               &alike[0], &proof, &to.root,
                                               NULL),
                     AW_OK);
}
END_TEST

START_TEST(bad_arguments)
{
    aw_hash h = {{0}};
    uint64_t limit = LEAVES;
    struct aw_nodes source = {&limit, get_node};
    struct aw_proof proof = {.n = 7};
    struct aw_tree none = {0, h};
    struct aw_tree one = {1, h};
    struct aw_tree two = {2, h};
    struct aw_diag diag = {AW_OK, NULL, 0};

    ck_assert_int_eq(aw_merkle_prove_inclusion(0, 0, &source, &proof, &diag),
                     AW_ERR_RANGE);
    ck_assert_int_eq(diag.err, AW_ERR_RANGE);
    ck_assert_int_eq(aw_merkle_prove_inclusion(5, 5, &source, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_merkle_prove_consistency(0, 5, &source, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_merkle_prove_consistency(6, 5, &source, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(
        aw_merkle_prove_subtree_inclusion(3, 4, 8, &source, &proof, NULL),
        AW_ERR_RANGE);
    ck_assert_int_eq(
        aw_merkle_prove_subtree_inclusion(3, 2, 6, &source, &proof, NULL),
        AW_ERR_RANGE);
    ck_assert_int_eq(
        aw_merkle_prove_subtree_consistency(4, 8, 7, &source, &proof, NULL),
        AW_ERR_RANGE);
    ck_assert_uint_eq(proof.n, 7);
    proof.n = 0;
    ck_assert_int_eq(aw_merkle_check_consistency(&none, &one, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_merkle_check_consistency(&two, &one, &proof, NULL),
                     AW_ERR_RANGE);
    proof.n = AW_PROOF_MAX + 1;
    ck_assert_int_eq(aw_merkle_check_consistency(&one, &two, &proof, NULL),
                     AW_ERR_PROOF);
    ck_assert_int_eq(aw_merkle_check_inclusion(0, 2, &h, &proof, &h, NULL),
                     AW_ERR_PROOF);
}
END_TEST

/* Fails at call number *left. */
static aw_err get_failing(void *ctx, unsigned level, uint64_t index,
                          aw_hash *node, struct aw_diag *diag)
{
    size_t *left = ctx;

    if ((*left)-- == 0) {
        return aw_fail(diag, AW_ERR_IO, "test", index);
    }
    *node = nodes[level][index];
    return AW_OK;
}

START_TEST(source_errors_pass)
{
    size_t left = 0;
    struct aw_nodes source = {&left, get_failing};
    struct aw_proof proof = {.n = 9};
    struct aw_range range = {.n = 9};
    aw_hash root = {{1}};

    for (size_t i = 0; i < 4; i++) {
        left = i;
        ck_assert_int_eq(
            aw_merkle_prove_inclusion(2, 13, &source, &proof, NULL), AW_ERR_IO);
        left = i;
        ck_assert_int_eq(
            aw_merkle_prove_consistency(7, 13, &source, &proof, NULL),
            AW_ERR_IO);
        left = i;
        ck_assert_int_eq(aw_merkle_root(15, &source, &root, NULL), AW_ERR_IO);
        left = i;
        ck_assert_int_eq(aw_range_load(15, &source, &range, NULL), AW_ERR_IO);
    }
    ck_assert_uint_eq(proof.n, 9);
    ck_assert_uint_eq(range.n, 9);
    ck_assert_uint_eq(root.b[0], 1);
}
END_TEST

/* Counts nodes and compares each with the plain tree; fails at *left. */
struct sink {
    size_t seen;
    size_t left;
};

static aw_err sink_put(void *ctx, unsigned level, uint64_t index,
                       const aw_hash *node)
{
    struct sink *s = ctx;

    ck_assert(aw_hash_equal(node, &nodes[level][index]));
    s->seen++;
    return s->left-- == 0 ? AW_ERR_IO : AW_OK;
}

START_TEST(range_reports_each_node_once)
{
    struct sink s = {0, SIZE_MAX};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;

    aw_range_init(&range);
    for (size_t i = 0; i < LEAVES; i++) {
        ck_assert_int_eq(aw_range_append(&range, &nodes[0][i], &sink), AW_OK);
    }
    /* All perfect nodes: size + size / 2 + size / 4 ... */
    ck_assert_uint_eq(s.seen, 700 + 350 + 175 + 87 + 43 + 21 + 10 + 5 + 2 + 1);
}
END_TEST

START_TEST(range_by_subtrees)
{
    struct sink s = {0, SIZE_MAX};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;
    aw_hash root;

    aw_range_init(&range);
    for (size_t i = 0; i < LEAVES >> 3; i++) {
        ck_assert_int_eq(
            aw_range_append_subtree(&range, 3, &nodes[3][i], &sink), AW_OK);
    }
    ck_assert_int_eq(
        aw_range_append_subtree(&range, 2, &nodes[2][LEAVES / 4 - 1], &sink),
        AW_OK);
    ck_assert_uint_eq(range.size, LEAVES);
    aw_range_root(&range, &root);
    aw_hash want = plain_root(0, LEAVES);

    ck_assert(aw_hash_equal(&root, &want));
}
END_TEST

START_TEST(range_limits)
{
    struct sink s = {0, 1};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;
    aw_hash alike[64];

    fill_alike(alike);
    aw_range_init(&range);
    ck_assert_int_eq(aw_range_append_subtree(&range, 64, &alike[0], NULL),
                     AW_ERR_RANGE);
    for (unsigned level = 64; level-- > 0;) {
        ck_assert_int_eq(
            aw_range_append_subtree(&range, level, &alike[level], NULL), AW_OK);
        ck_assert_int_eq(aw_range_append_subtree(&range, 63, &alike[63], NULL),
                         AW_ERR_RANGE);
    }
    ck_assert_uint_eq(range.size, UINT64_MAX);
    ck_assert_uint_eq(range.n, 64);
    ck_assert_int_eq(aw_range_append(&range, &alike[0], NULL), AW_ERR_RANGE);
    /* A sink that fails in the middle of a merge leaves all as it was. */
    aw_range_init(&range);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(aw_range_append(&range, &nodes[0][i], NULL), AW_OK);
    }
    ck_assert_int_eq(aw_range_append(&range, &nodes[0][3], &sink), AW_ERR_IO);
    ck_assert_uint_eq(range.size, 3);
    ck_assert_uint_eq(range.n, 2);
    s.left = SIZE_MAX;
    ck_assert_int_eq(aw_range_append(&range, &nodes[0][3], &sink), AW_OK);
    ck_assert(aw_hash_equal(&range.h[0], &nodes[2][0]));
}
END_TEST

static const struct {
    uint64_t start;
    uint64_t end;
    bool want;
} subtrees[] = {
    {0, 0, true},
    {5, 5, true},
    {5, 4, false},
    {0, UINT64_MAX, true},
    {UINT64_MAX - 1, UINT64_MAX, true},
    {1, UINT64_MAX, false},
    {(uint64_t)1 << 63, UINT64_MAX, true},
    {(uint64_t)1 << 62, UINT64_MAX, false},
    {(uint64_t)1 << 62, (uint64_t)1 << 63, true},
    {1, 2, true},
    {1, 3, false},
    {4, 7, true},
    {4, 8, true},
    {4, 9, false},
    {6, 9, false},
    {8, 13, true},
};

START_TEST(subtree_shapes)
{
    ck_assert(aw_subtree_valid(subtrees[_i].start, subtrees[_i].end) ==
              subtrees[_i].want);
}
END_TEST

Suite *suite_merkle(void)
{
    Suite *s = suite_create("merkle");
    TCase *tc = tcase_create("all");

    fill_nodes();
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, upstream_probes);
    tcase_add_test(tc, roots_of_all_sizes);
    tcase_add_test(tc, inclusion_of_all_leaves);
    tcase_add_loop_test(tc, inclusion_in_all_subtrees, 1, 21);
    tcase_add_test(tc, consistency_of_all_sizes);
    tcase_add_loop_test(tc, consistency_of_all_subtrees, 1, 21);
    tcase_add_test(tc, recorded_proofs);
    tcase_add_loop_test(tc, giant_consistency, 0, (int)COUNT(giants));
    tcase_add_test(tc, bad_arguments);
    tcase_add_test(tc, source_errors_pass);
    tcase_add_test(tc, range_reports_each_node_once);
    tcase_add_test(tc, range_by_subtrees);
    tcase_add_test(tc, range_limits);
    tcase_add_loop_test(tc, subtree_shapes, 0, (int)COUNT(subtrees));
    suite_add_tcase(s, tc);
    return s;
}
