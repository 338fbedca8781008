/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_MERKLE_H
#define AW_FTLOG_MERKLE_H

#include "aw/bytes.h"

/* Merkle tree of RFC 6962 with SHA-256: leaf H(00 || d), node H(01 || l || r),
 * empty tree H(""). */
enum { AW_HASH_SIZE = 32, AW_PROOF_MAX = 64 };

typedef struct aw_hash {
    uint8_t b[AW_HASH_SIZE];
} aw_hash;

bool aw_hash_equal(const aw_hash *a, const aw_hash *b);
void aw_merkle_empty(aw_hash *root);
void aw_merkle_leaf(aw_bytes data, aw_hash *leaf);
void aw_merkle_node(const aw_hash *left, const aw_hash *right, aw_hash *node);

/* A proof; hashes from leaf to root. */
struct aw_proof {
    size_t n;
    aw_hash h[AW_PROOF_MAX];
};

AW_MUST_CHECK aw_err aw_merkle_check_inclusion(uint64_t index, uint64_t size,
                                               const aw_hash *leaf,
                                               const struct aw_proof *proof,
                                               const aw_hash *root,
                                               struct aw_diag *diag);

/* Two trees of one log. */
struct aw_tree {
    uint64_t size;
    aw_hash root;
};

AW_MUST_CHECK aw_err aw_merkle_check_consistency(const struct aw_tree *from,
                                                 const struct aw_tree *to,
                                                 const struct aw_proof *proof,
                                                 struct aw_diag *diag);

/* Where nodes of perfect subtrees come from: level 0 are leaf hashes. */
struct aw_nodes {
    void *ctx;
    aw_err (*get)(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                  struct aw_diag *diag);
};

AW_MUST_CHECK aw_err aw_merkle_prove_inclusion(uint64_t index, uint64_t size,
                                               const struct aw_nodes *nodes,
                                               struct aw_proof *proof,
                                               struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_merkle_prove_consistency(uint64_t from, uint64_t to,
                                                 const struct aw_nodes *nodes,
                                                 struct aw_proof *proof,
                                                 struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_merkle_root(uint64_t size, const struct aw_nodes *nodes,
                                    aw_hash *root, struct aw_diag *diag);

/* Compact range [0, size): hashes of its perfect parts, left to right. */
struct aw_range {
    uint64_t size;
    size_t n;
    aw_hash h[64];
};

/* Called for every node that an append completes; may be NULL. */
struct aw_node_sink {
    void *ctx;
    aw_err (*put)(void *ctx, unsigned level, uint64_t index,
                  const aw_hash *node);
};

void aw_range_init(struct aw_range *range);
AW_MUST_CHECK aw_err aw_range_append(struct aw_range *range,
                                     const aw_hash *leaf,
                                     const struct aw_node_sink *sink);
/* Appends a perfect subtree of 2^level leaves; range->size must be a multiple
 * of 2^level. */
AW_MUST_CHECK aw_err aw_range_append_subtree(struct aw_range *range,
                                             unsigned level,
                                             const aw_hash *root,
                                             const struct aw_node_sink *sink);
void aw_range_root(const struct aw_range *range, aw_hash *root);

#endif
