/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_MERKLE_H
#define AW_FTLOG_MERKLE_H

#include "aw/bytes.h"

/*
 * Merkle tree of RFC 6962 with SHA-256: leaf H(00 || d), node H(01 || l || r),
 * empty tree H(""). A node is named by its level (leaves are level 0) and its
 * index at that level, from the left; node (l, x) covers the leaves
 * [x * 2^l, (x + 1) * 2^l) and is perfect when all of them exist.
 * Format: docs/formats/merkle.md.
 */
enum {
    AW_HASH_SIZE = 32,
    /* Hashes of a proof: 64 for inclusion, one more for consistency. */
    AW_PROOF_MAX = 65
};

typedef struct aw_hash {
    uint8_t b[AW_HASH_SIZE];
} aw_hash;

/** Compares in variable time: hashes of a log are public. */
bool aw_hash_equal(const aw_hash *a, const aw_hash *b);

/** Root of the tree without leaves. */
void aw_merkle_empty(aw_hash *root);

/** Hash of one leaf. */
void aw_merkle_leaf(aw_bytes data, aw_hash *leaf);

/** Hash of an inner node. `node` may be one of the children. */
void aw_merkle_node(const aw_hash *left, const aw_hash *right, aw_hash *node);

/* A proof: n hashes, from leaf to root. */
struct aw_proof {
    size_t n;
    aw_hash h[AW_PROOF_MAX];
};

/* A tree of `size` leaves. Two of them are two views of one log. */
struct aw_tree {
    uint64_t size;
    aw_hash root;
};

/* The leaves [start, end) with the root of the tree over them alone. Valid
 * when start is a multiple of the smallest power of two >= end - start. */
struct aw_subtree {
    uint64_t start;
    uint64_t end;
    aw_hash root;
};

/**
 * Checks that the leaf is number `index` of the tree of `size` leaves.
 *
 * @param proof  untrusted
 *
 * @return AW_OK; AW_ERR_RANGE if index is not below size; AW_ERR_PROOF if
 *         the proof has too few or too many hashes or leads to another root.
 */
AW_MUST_CHECK aw_err aw_merkle_check_inclusion(uint64_t index, uint64_t size,
                                               const aw_hash *leaf,
                                               const struct aw_proof *proof,
                                               const aw_hash *root,
                                               struct aw_diag *diag);

/**
 * Checks that `to` begins with the very leaves of `from`. Trees of the same
 * size need an empty proof.
 *
 * @return AW_OK; AW_ERR_RANGE if from is empty (nothing can be proven about
 *         it) or larger than to; AW_ERR_PROOF if the proof has too few or too
 *         many hashes or leads to another root of either tree.
 */
AW_MUST_CHECK aw_err aw_merkle_check_consistency(const struct aw_tree *from,
                                                 const struct aw_tree *to,
                                                 const struct aw_proof *proof,
                                                 struct aw_diag *diag);

/** True when [start, end) may be a subtree; the empty one may, too. */
bool aw_subtree_valid(uint64_t start, uint64_t end);

/**
 * Checks that the leaf is number `index` of the log and lies in the subtree.
 *
 * @return AW_OK; AW_ERR_RANGE if the subtree is not valid or does not hold
 *         the index; AW_ERR_PROOF as aw_merkle_check_inclusion.
 */
AW_MUST_CHECK aw_err aw_merkle_check_subtree_inclusion(
    uint64_t index, const aw_hash *leaf, const struct aw_subtree *subtree,
    const struct aw_proof *proof, struct aw_diag *diag);

/**
 * Checks that the tree holds the leaves of the subtree at their places. An
 * empty subtree is part of every tree: its proof must be empty and its root
 * that of the empty tree; the tree's root does not count then.
 *
 * @return AW_OK; AW_ERR_RANGE if the subtree is not valid or reaches beyond
 *         the tree; AW_ERR_PROOF as aw_merkle_check_consistency.
 */
AW_MUST_CHECK aw_err aw_merkle_check_subtree_consistency(
    const struct aw_subtree *subtree, const struct aw_tree *tree,
    const struct aw_proof *proof, struct aw_diag *diag);

/* Where the hashes of perfect nodes come from. `get` is asked only for nodes
 * that are perfect in the tree in question, level 0 to 63; its errors are
 * passed on. */
struct aw_nodes {
    void *ctx;
    aw_err (*get)(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                  struct aw_diag *diag);
};

/**
 * Makes the proof that aw_merkle_check_inclusion asks for. What comes from
 * untrusted nodes must be checked afterwards.
 *
 * @param proof  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if index is not below size; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_prove_inclusion(uint64_t index, uint64_t size,
                                               const struct aw_nodes *nodes,
                                               struct aw_proof *proof,
                                               struct aw_diag *diag);

/**
 * Makes the proof that aw_merkle_check_consistency asks for.
 *
 * @param from,to  sizes of the two trees
 * @param proof    untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if from is 0 or above to; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_prove_consistency(uint64_t from, uint64_t to,
                                                 const struct aw_nodes *nodes,
                                                 struct aw_proof *proof,
                                                 struct aw_diag *diag);

/**
 * Makes the proof that aw_merkle_check_subtree_inclusion asks for.
 *
 * @param start,end  the subtree
 * @param proof      untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the subtree is not valid or does not hold
 *         the index; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_prove_subtree_inclusion(
    uint64_t index, uint64_t start, uint64_t end, const struct aw_nodes *nodes,
    struct aw_proof *proof, struct aw_diag *diag);

/**
 * Makes the proof that aw_merkle_check_subtree_consistency asks for.
 *
 * @param start,end  the subtree
 * @param size       leaves of the tree
 * @param proof      untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the subtree is not valid or reaches beyond
 *         the tree; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_prove_subtree_consistency(
    uint64_t start, uint64_t end, uint64_t size, const struct aw_nodes *nodes,
    struct aw_proof *proof, struct aw_diag *diag);

/**
 * Root of the tree of `size` leaves, from its perfect nodes.
 *
 * @param root  untouched on failure
 *
 * @return AW_OK; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_root(uint64_t size, const struct aw_nodes *nodes,
                                    aw_hash *root, struct aw_diag *diag);

/**
 * Root of the tree over the leaves [start, end) alone.
 *
 * @param root  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the subtree is not valid; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_merkle_subtree_root(uint64_t start, uint64_t end,
                                            const struct aw_nodes *nodes,
                                            aw_hash *root,
                                            struct aw_diag *diag);

/* Compact range [0, size): hashes of its perfect parts, left to right, one a
 * set bit of size, the highest bit first. */
struct aw_range {
    uint64_t size;
    size_t n;
    aw_hash h[64];
};

/* Called for every node that an append completes, lower levels first. An
 * error of `put` ends the append and is passed on. */
struct aw_node_sink {
    void *ctx;
    aw_err (*put)(void *ctx, unsigned level, uint64_t index,
                  const aw_hash *node);
};

/** Makes the range of the tree without leaves. */
void aw_range_init(struct aw_range *range);

/**
 * Makes the range of the tree of `size` leaves from its perfect nodes.
 *
 * @param range  untouched on failure
 *
 * @return AW_OK; errors of nodes.
 */
AW_MUST_CHECK aw_err aw_range_load(uint64_t size, const struct aw_nodes *nodes,
                                   struct aw_range *range,
                                   struct aw_diag *diag);

/**
 * Appends one leaf.
 *
 * @param range  untouched on failure
 * @param sink   may be NULL; called for the leaf and for each parent that it
 *               completes
 *
 * @return AW_OK; AW_ERR_RANGE when the range is full (2^64 - 1 leaves);
 *         errors of sink.
 */
AW_MUST_CHECK aw_err aw_range_append(struct aw_range *range,
                                     const aw_hash *leaf,
                                     const struct aw_node_sink *sink);

/**
 * Appends a perfect subtree of 2^level leaves.
 *
 * @param range  untouched on failure
 * @param sink   may be NULL; called for the subtree's root and for each
 *               parent that it completes
 *
 * @return AW_OK; AW_ERR_RANGE when range->size is no multiple of 2^level,
 *         level is above 63, or the size would pass 2^64 - 1; errors of sink.
 */
AW_MUST_CHECK aw_err aw_range_append_subtree(struct aw_range *range,
                                             unsigned level,
                                             const aw_hash *root,
                                             const struct aw_node_sink *sink);

/** Root of the tree that the range describes. */
void aw_range_root(const struct aw_range *range, aw_hash *root);

#endif
