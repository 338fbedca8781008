/* SPDX-License-Identifier: Apache-2.0 */
/* Makes proofs: the sibling of every node on the way up (merkle_walk.h). */
#include "aw/ftlog/merkle.h"
#include "merkle_walk.h"

/* A tree inside the log: `size` leaves from leaf number `base`, which is a
 * multiple of a power of two that is not below size. */
struct source {
    const struct aw_nodes *nodes;
    uint64_t base;
    uint64_t size;
};

static aw_err source_get(const struct source *s, unsigned level, uint64_t index,
                         aw_hash *node, struct aw_diag *diag)
{
    return s->nodes->get(s->nodes->ctx, level, (s->base >> level) + index, node,
                         diag);
}

/* Hash of the last node at `level` (64: of the whole tree), which may miss
 * leaves on its right: folds its perfect parts from right to left. */
static aw_err fold_last(const struct source *s, unsigned level, aw_hash *out,
                        struct aw_diag *diag)
{
    bool any = false;
    aw_hash acc;

    aw_merkle_empty(&acc);
    for (unsigned bit = 0; bit < level; bit++) {
        aw_hash left;

        if ((s->size >> bit & 1) == 0) {
            continue;
        }
        aw_err err = source_get(s, bit, (s->size >> bit) - 1, &left, diag);

        if (err != AW_OK) {
            return err;
        }
        if (any) {
            aw_merkle_node(&left, &acc, &acc);
        } else {
            acc = left;
        }
        any = true;
    }
    *out = acc;
    return AW_OK;
}

/* Hash of a node of this tree, perfect or the last of its level. */
static aw_err node_of(const struct source *s, unsigned level, uint64_t index,
                      aw_hash *node, struct aw_diag *diag)
{
    uint64_t whole = s->size >> level; /* perfect nodes of this level */

    return index < whole ? source_get(s, level, index, node, diag)
                         : fold_last(s, level, node, diag);
}

static aw_err push(const struct source *s, unsigned level, uint64_t index,
                   struct aw_proof *proof, struct aw_diag *diag)
{
    AW_BUG_ON(proof->n >= AW_PROOF_MAX);
    aw_err err = node_of(s, level, index, &proof->h[proof->n], diag);

    if (err == AW_OK) {
        proof->n++;
    }
    return err;
}

/* Proof for the leaves [first, last] of the source; last is below its size. */
static aw_err prove(const struct source *s, uint64_t first, uint64_t last,
                    struct aw_proof *out, struct aw_diag *diag)
{
    struct walk w = {0, first, last, s->size - 1};
    struct aw_proof proof = {.n = 0};
    aw_err err = AW_OK;

    walk_to_seed(&w);
    if (w.first != w.last) {
        err = push(s, w.level, w.last, &proof, diag);
    }
    while (err == AW_OK && !walk_at_root(&w)) {
        bool left = walk_sibling_is_left(&w);

        err = push(s, w.level, left ? w.last - 1 : w.last + 1, &proof, diag);
        walk_up(&w);
    }
    if (err == AW_OK) {
        *out = proof;
    }
    return err;
}

aw_err aw_merkle_prove_inclusion(uint64_t index, uint64_t size,
                                 const struct aw_nodes *nodes,
                                 struct aw_proof *proof, struct aw_diag *diag)
{
    struct source s = {nodes, 0, size};

    if (index >= size) {
        return aw_fail(diag, AW_ERR_RANGE, "inclusion: index", index);
    }
    return prove(&s, index, index, proof, diag);
}

aw_err aw_merkle_prove_consistency(uint64_t from, uint64_t to,
                                   const struct aw_nodes *nodes,
                                   struct aw_proof *proof, struct aw_diag *diag)
{
    struct source s = {nodes, 0, to};

    if (from == 0 || from > to) {
        return aw_fail(diag, AW_ERR_RANGE, "consistency: old size", from);
    }
    return prove(&s, 0, from - 1, proof, diag);
}

aw_err aw_merkle_prove_subtree_inclusion(uint64_t index, uint64_t start,
                                         uint64_t end,
                                         const struct aw_nodes *nodes,
                                         struct aw_proof *proof,
                                         struct aw_diag *diag)
{
    struct source s = {nodes, start, end - start};

    if (!aw_subtree_valid(start, end)) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: start", start);
    }
    if (index < start || index >= end) {
        return aw_fail(diag, AW_ERR_RANGE, "inclusion: index", index);
    }
    return prove(&s, index - start, index - start, proof, diag);
}

aw_err aw_merkle_prove_subtree_consistency(uint64_t start, uint64_t end,
                                           uint64_t size,
                                           const struct aw_nodes *nodes,
                                           struct aw_proof *proof,
                                           struct aw_diag *diag)
{
    struct source s = {nodes, 0, size};

    if (!aw_subtree_valid(start, end)) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: start", start);
    }
    if (end > size) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: end", end);
    }
    if (start == end) {
        proof->n = 0;
        return AW_OK;
    }
    return prove(&s, start, end - 1, proof, diag);
}

aw_err aw_merkle_root(uint64_t size, const struct aw_nodes *nodes,
                      aw_hash *root, struct aw_diag *diag)
{
    struct source s = {nodes, 0, size};

    return fold_last(&s, 64, root, diag);
}

aw_err aw_merkle_subtree_root(uint64_t start, uint64_t end,
                              const struct aw_nodes *nodes, aw_hash *root,
                              struct aw_diag *diag)
{
    struct source s = {nodes, start, end - start};

    if (!aw_subtree_valid(start, end)) {
        return aw_fail(diag, AW_ERR_RANGE, "subtree: start", start);
    }
    return fold_last(&s, 64, root, diag);
}
