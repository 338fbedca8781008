/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merkle proofs. Input: three numbers (be64), two hashes, the proof's hashes.
 * Checks of such a proof must end. Proofs made for the same numbers in a tree
 * whose leaves are all alike must verify, and none of their neighbours may.
 */
#include "aw/ftlog/merkle.h"
#include "fuzz.h"

#include <string.h>

struct input {
    uint64_t a;
    uint64_t b;
    uint64_t c;
    aw_hash one;
    aw_hash two;
    struct aw_proof proof;
};

static void read_hash(struct aw_rd *r, aw_hash *h)
{
    aw_bytes b = aw_rd_take(r, sizeof(h->b));

    memset(h, 0, sizeof(*h));
    if (b.n > 0) {
        memcpy(h->b, b.p, b.n);
    }
}

static void read_input(struct aw_rd *r, struct input *in)
{
    in->a = aw_rd_be64(r);
    in->b = aw_rd_be64(r);
    in->c = aw_rd_be64(r);
    read_hash(r, &in->one);
    read_hash(r, &in->two);
    in->proof.n = 0;
    while (aw_rd_left(r) > 0 && in->proof.n < AW_PROOF_MAX) {
        read_hash(r, &in->proof.h[in->proof.n++]);
    }
}

/* Proof of no use for random roots: an error, unless nothing is to prove. */
static void check_given(const struct input *in)
{
    struct aw_tree from = {in->a, in->one};
    struct aw_tree to = {in->b, in->two};
    struct aw_subtree part = {in->a, in->b, in->one};
    struct aw_tree whole = {in->c, in->two};
    aw_err err = aw_merkle_check_inclusion(in->a, in->b, &in->one, &in->proof,
                                           &in->two, NULL);

    trap_unless(err != AW_OK || in->a < in->b);
    err = aw_merkle_check_consistency(&from, &to, &in->proof, NULL);
    trap_unless(err != AW_OK || (in->a > 0 && in->a <= in->b));
    err = aw_merkle_check_subtree_inclusion(in->c, &in->two, &part, &in->proof,
                                            NULL);
    trap_unless(err != AW_OK || (in->c >= in->a && in->c < in->b));
    err = aw_merkle_check_subtree_consistency(&part, &whole, &in->proof, NULL);
    trap_unless(err != AW_OK || (in->a <= in->b && in->b <= in->c));
}

static aw_err get_alike(void *ctx, unsigned level, uint64_t index,
                        aw_hash *node, struct aw_diag *diag)
{
    const aw_hash *alike = ctx;

    (void)index;
    (void)diag;
    trap_unless(level < 64);
    *node = alike[level];
    return AW_OK;
}

/* One bit of one hash, or one hash more. */
static void damage(const struct input *in, struct aw_proof *proof)
{
    if (proof->n > 0 && (in->c & 1) != 0) {
        proof->h[in->c % proof->n].b[in->c / 256 % AW_HASH_SIZE] ^= 1;
    } else if (proof->n < AW_PROOF_MAX) {
        proof->h[proof->n++] = in->one;
    } else {
        proof->n--;
    }
}

static void make_inclusion(const struct input *in, const struct aw_nodes *nodes,
                           const aw_hash *leaf)
{
    struct aw_proof proof;
    aw_hash root;
    aw_err err = aw_merkle_prove_inclusion(in->a, in->b, nodes, &proof, NULL);

    trap_unless((err == AW_OK) == (in->a < in->b));
    if (err != AW_OK) {
        return;
    }
    trap_unless(aw_merkle_root(in->b, nodes, &root, NULL) == AW_OK);
    trap_unless(aw_merkle_check_inclusion(in->a, in->b, leaf, &proof, &root,
                                          NULL) == AW_OK);
    damage(in, &proof);
    trap_unless(aw_merkle_check_inclusion(in->a, in->b, leaf, &proof, &root,
                                          NULL) == AW_ERR_PROOF);
}

static void make_part(const struct input *in, const struct aw_nodes *nodes)
{
    struct aw_subtree part = {in->a, in->b, in->one};
    struct aw_tree whole = {in->c, in->two};
    struct aw_proof proof;
    bool fits = aw_subtree_valid(in->a, in->b) && in->b <= in->c;
    aw_err err = aw_merkle_prove_subtree_consistency(in->a, in->b, in->c, nodes,
                                                     &proof, NULL);

    trap_unless((err == AW_OK) == fits);
    if (!fits) {
        return;
    }
    trap_unless(aw_merkle_subtree_root(in->a, in->b, nodes, &part.root, NULL) ==
                AW_OK);
    trap_unless(aw_merkle_root(in->c, nodes, &whole.root, NULL) == AW_OK);
    trap_unless(aw_merkle_check_subtree_consistency(&part, &whole, &proof,
                                                    NULL) == AW_OK);
    damage(in, &proof);
    trap_unless(aw_merkle_check_subtree_consistency(&part, &whole, &proof,
                                                    NULL) == AW_ERR_PROOF);
}

/* The compact range of b leaves, grown by one. */
static void grow_range(const struct input *in, const struct aw_nodes *nodes,
                       const aw_hash *leaf)
{
    struct aw_range range;
    aw_hash want;
    aw_hash got;

    trap_unless(aw_range_load(in->b, nodes, &range, NULL) == AW_OK);
    aw_err err = aw_range_append(&range, leaf, NULL);

    trap_unless((err == AW_OK) == (in->b != UINT64_MAX));
    trap_unless(aw_merkle_root(range.size, nodes, &want, NULL) == AW_OK);
    aw_range_root(&range, &got);
    trap_unless(aw_hash_equal(&want, &got));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static aw_hash alike[64];
    static bool filled;
    struct aw_nodes nodes = {alike, get_alike};
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    struct input in;

    for (size_t i = 0; i < 64 && !filled; i++) {
        if (i == 0) {
            aw_merkle_leaf(aw_text("x"), &alike[0]);
        } else {
            aw_merkle_node(&alike[i - 1], &alike[i - 1], &alike[i]);
        }
    }
    filled = true;
    read_input(&r, &in);
    check_given(&in);
    make_inclusion(&in, &nodes, &alike[0]);
    make_part(&in, &nodes);
    grow_range(&in, &nodes, &alike[0]);
    return 0;
}
