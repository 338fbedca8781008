/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/merkle.h"

#include <string.h>

#include "aw/sha256.h"
#include "merkle_walk.h"

_Static_assert(sizeof(aw_hash) == AW_SHA256_SIZE, "hashes lie side by side");

bool aw_hash_equal(const aw_hash *a, const aw_hash *b)
{
    return memcmp(a->b, b->b, AW_HASH_SIZE) == 0;
}

void aw_merkle_empty(aw_hash *root)
{
    aw_sha256((aw_bytes){NULL, 0}, root->b);
}

void aw_merkle_leaf(aw_bytes data, aw_hash *leaf)
{
    aw_sha256_prefixed(0, &data, 1, &leaf->b);
}

void aw_merkle_node(const aw_hash *left, const aw_hash *right, aw_hash *node)
{
    uint8_t children[2][AW_SHA256_SIZE];

    memcpy(children[0], left->b, AW_HASH_SIZE);
    memcpy(children[1], right->b, AW_HASH_SIZE);
    aw_sha256_pairs((const uint8_t(*)[AW_SHA256_SIZE])children, 1, &node->b);
}

/* What a proof claims: both hashes at the walk's present node. */
struct claim {
    aw_hash part; /* of the subtree alone */
    aw_hash tree; /* with the leaves that follow it */
};

static void claim_step(struct claim *c, struct walk *w, const aw_hash *sibling)
{
    if (!walk_sibling_is_left(w)) {
        aw_merkle_node(&c->tree, sibling, &c->tree);
    } else {
        /* Nodes on the left belong to the subtree only while it is wider
         * than one node. */
        if (w->first < w->last) {
            aw_merkle_node(sibling, &c->part, &c->part);
        }
        aw_merkle_node(sibling, &c->tree, &c->tree);
    }
    walk_up(w);
}

/* Checks one way up: all of the proof is used, and both roots come out. */
static aw_err check_walk(struct walk w, const aw_hash *part,
                         const struct aw_proof *proof, const aw_hash *root,
                         struct aw_diag *diag)
{
    struct claim c = {*part, *part};
    size_t i = 0;

    if (proof->n > AW_PROOF_MAX) {
        return aw_fail(diag, AW_ERR_PROOF, "proof: number of hashes", proof->n);
    }
    walk_to_seed(&w);
    if (w.first != w.last) {
        if (proof->n == 0) {
            return aw_fail(diag, AW_ERR_PROOF, "proof: number of hashes", 0);
        }
        c.part = proof->h[0];
        c.tree = proof->h[0];
        i = 1;
    }
    for (; i < proof->n && !walk_at_root(&w); i++) {
        claim_step(&c, &w, &proof->h[i]);
    }
    if (i != proof->n || !walk_at_root(&w)) {
        return aw_fail(diag, AW_ERR_PROOF, "proof: number of hashes", proof->n);
    }
    if (!aw_hash_equal(&c.part, part)) {
        return aw_fail(diag, AW_ERR_PROOF, "proof: older root", proof->n);
    }
    if (!aw_hash_equal(&c.tree, root)) {
        return aw_fail(diag, AW_ERR_PROOF, "proof: root", proof->n);
    }
    return AW_OK;
}

aw_err aw_merkle_check_inclusion(uint64_t index, uint64_t size,
                                 const aw_hash *leaf,
                                 const struct aw_proof *proof,
                                 const aw_hash *root, struct aw_diag *diag)
{
    if (index >= size) {
        return aw_fail(diag, AW_ERR_RANGE, "inclusion: index", index);
    }
    struct walk w = {0, index, index, size - 1};

    return check_walk(w, leaf, proof, root, diag);
}

aw_err aw_merkle_check_consistency(const struct aw_tree *from,
                                   const struct aw_tree *to,
                                   const struct aw_proof *proof,
                                   struct aw_diag *diag)
{
    if (from->size == 0 || from->size > to->size) {
        return aw_fail(diag, AW_ERR_RANGE, "consistency: old size", from->size);
    }
    struct walk w = {0, 0, from->size - 1, to->size - 1};

    return check_walk(w, &from->root, proof, &to->root, diag);
}

bool aw_subtree_valid(uint64_t start, uint64_t end)
{
    if (start > end) {
        return false;
    }
    /* Spread the highest bit of the last offset: one less than the smallest
     * power of two that is not below the length. */
    uint64_t mask = end - start <= 1 ? 0 : end - start - 1;

    for (unsigned shift = 1; shift < 64; shift *= 2) {
        mask |= mask >> shift;
    }
    return (start & mask) == 0;
}

aw_err aw_merkle_check_subtree_inclusion(uint64_t index, const aw_hash *leaf,
                                         const struct aw_subtree *subtree,
                                         const struct aw_proof *proof,
                                         struct aw_diag *diag)
{
    if (!aw_subtree_valid(subtree->start, subtree->end)) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: start", subtree->start);
    }
    if (index < subtree->start) {
        return aw_fail(diag, AW_ERR_RANGE, "inclusion: index", index);
    }
    return aw_merkle_check_inclusion(index - subtree->start,
                                     subtree->end - subtree->start, leaf, proof,
                                     &subtree->root, diag);
}

static aw_err check_empty_subtree(const struct aw_subtree *subtree,
                                  const struct aw_proof *proof,
                                  struct aw_diag *diag)
{
    aw_hash empty;

    aw_merkle_empty(&empty);
    if (proof->n != 0) {
        return aw_fail(diag, AW_ERR_PROOF, "proof: number of hashes", proof->n);
    }
    if (!aw_hash_equal(&subtree->root, &empty)) {
        return aw_fail(diag, AW_ERR_PROOF, "subtree: root", subtree->start);
    }
    return AW_OK;
}

aw_err aw_merkle_check_subtree_consistency(const struct aw_subtree *subtree,
                                           const struct aw_tree *tree,
                                           const struct aw_proof *proof,
                                           struct aw_diag *diag)
{
    if (!aw_subtree_valid(subtree->start, subtree->end)) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: start", subtree->start);
    }
    if (subtree->end > tree->size) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: end", subtree->end);
    }
    if (subtree->start == subtree->end) {
        return check_empty_subtree(subtree, proof, diag);
    }
    struct walk w = {0, subtree->start, subtree->end - 1, tree->size - 1};

    return check_walk(w, &subtree->root, proof, &tree->root, diag);
}
