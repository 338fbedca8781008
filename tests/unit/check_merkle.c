/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/merkle.h"

#include <string.h>

#include "aw/text.h"
#include "gentree.h"
#include "merkle_rig.h"
#include "suites.h"
#include "support.h"

enum { SMALL = 70 };

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

    return aw_merkle_check_subtree_inclusion(t->index, gen_node(0, t->index),
                                             &t->tree, proof, NULL);
}

static void leaf_proof_holds(uint64_t index, uint64_t start, uint64_t end)
{
    struct aw_nodes source = {&end, mk_get_node};
    struct leaf_trial lt = {index,
                            {start, end, mk_plain_root(start, (size_t)end)}};
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
    struct aw_nodes source = {&size, mk_get_node};
    struct part_trial pt = {{start, end, mk_plain_root(start, (size_t)end)},
                            {size, mk_plain_root(0, (size_t)size)}};
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
            struct aw_nodes source = {&to, mk_get_node};
            struct aw_proof proof;

            part_proof_holds(0, from, to);
            ck_assert_int_eq(
                aw_merkle_prove_consistency(from, to, &source, &proof, NULL),
                AW_OK);
            struct aw_tree a = {from, mk_plain_root(0, (size_t)from)};
            struct aw_tree b = {to, mk_plain_root(0, (size_t)to)};

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
    uint64_t size = MK_LEAVES;
    struct aw_nodes source = {&size, mk_get_node};
    aw_bytes f[4];
    size_t rows = 0;

    for (; vec_tsv(&r, f, COUNT(f)) == 4; rows++) {
        uint64_t at = mk_number_field(f[1]);
        struct aw_proof want;
        struct aw_proof got;

        ck_assert(mk_proof_field(f[3], &want));
        aw_err err =
            aw_bytes_is(f[0], "inclusion")
                ? aw_merkle_prove_inclusion(at, MK_LEAVES, &source, &got, NULL)
                : aw_merkle_prove_consistency(at, MK_LEAVES, &source, &got,
                                              NULL);

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

    mk_fill_alike(alike);
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
    uint64_t limit = MK_LEAVES;
    struct aw_nodes source = {&limit, mk_get_node};
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
    *node = *gen_node(level, index);
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

Suite *suite_merkle(void)
{
    Suite *s = suite_create("merkle");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, inclusion_of_all_leaves);
    tcase_add_loop_test(tc, inclusion_in_all_subtrees, 1, 21);
    tcase_add_test(tc, consistency_of_all_sizes);
    tcase_add_loop_test(tc, consistency_of_all_subtrees, 1, 21);
    tcase_add_test(tc, recorded_proofs);
    tcase_add_loop_test(tc, giant_consistency, 0, (int)COUNT(giants));
    tcase_add_test(tc, bad_arguments);
    tcase_add_test(tc, source_errors_pass);
    suite_add_tcase(s, tc);
    return s;
}
