/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MERKLE_RIG_H
#define MERKLE_RIG_H

#include "aw/ftlog/merkle.h"

/* Fields of the recorded vectors, and a tree by its definition: leaf i is the
 * text leaf-<i>, nodes are gentree's. */
#define MK_LEAVES ((size_t)700)

/** Hash of exactly 32 bytes in hex; the probes hold others as well. */
bool mk_hash_field(aw_bytes hex, aw_hash *h);

/** Hashes with commas between them; "-" for none. */
bool mk_proof_field(aw_bytes list, struct aw_proof *proof);

uint64_t mk_number_field(aw_bytes text);

/** ctx: number of leaves in the tree that may be asked about. */
aw_err mk_get_node(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                   struct aw_diag *diag);

/** Root by the recursive definition, leaves [lo, hi). */
aw_hash mk_plain_root(size_t lo, size_t hi);

/** Nodes of a tree in which all leaves are equal, one for each of 64 levels. */
void mk_fill_alike(aw_hash *alike);

#endif
