/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/audit_unit.h"

/* Nodes of the tree as the stored tiles give them, unchecked. */
static aw_err stored_node(void *ctx, unsigned level, uint64_t index,
                          aw_hash *node, struct aw_diag *diag)
{
    struct audit_reader *reader = ctx;
    unsigned in_tile = level % AW_TILE_HEIGHT;
    uint64_t per_tile = AW_TILE_WIDTH >> in_tile;
    struct aw_tile_id id = {level / AW_TILE_HEIGHT, index / per_tile, 0};

    id.width = aw_tile_width(id.level, id.index, reader->plan->tree.size);
    if (id.width == 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "tree: node", index);
    }
    aw_err err = audit_read_tile(reader, &id, &reader->tile, diag);

    if (err != AW_OK) {
        return err;
    }
    return aw_tile_node(&reader->tile, in_tile, (unsigned)(index % per_tile),
                        node);
}

/* Folds a node at `level` along the part of an inclusion proof that lies
 * above it; the proof is for the first leaf below the node. */
static void fold(uint64_t leaf, uint64_t size, unsigned level,
                 const struct aw_proof *proof, aw_hash *node)
{
    uint64_t index = leaf >> level;
    uint64_t last = (size - 1) >> level;

    for (size_t i = level; i < proof->n; i++) {
        while (index % 2 == 0 && index == last && last != 0) {
            index >>= 1;
            last >>= 1;
        }
        aw_hash self = *node;

        if (index % 2 == 1) {
            aw_merkle_node(&proof->h[i], &self, node);
        } else {
            aw_merkle_node(&self, &proof->h[i], node);
        }
        index >>= 1;
        last >>= 1;
    }
}

enum audit_blame audit_blame_of(struct audit_reader *reader, unsigned level,
                                uint64_t index, const aw_hash *computed,
                                const aw_hash *stored)
{
    const struct aw_tree *tree = &reader->plan->tree;
    struct aw_nodes nodes = {.ctx = reader, .get = stored_node};
    struct aw_proof proof = {0};
    uint64_t leaf = index << level;
    aw_hash with_computed = *computed;
    aw_hash with_stored = *stored;

    if (aw_merkle_prove_inclusion(leaf, tree->size, &nodes, &proof, NULL) !=
            AW_OK ||
        proof.n < level) {
        return AUDIT_BLAME_BOTH;
    }
    fold(leaf, tree->size, level, &proof, &with_computed);
    fold(leaf, tree->size, level, &proof, &with_stored);
    if (aw_hash_equal(&with_computed, &tree->root)) {
        return AUDIT_BLAME_STORED;
    }
    if (aw_hash_equal(&with_stored, &tree->root)) {
        return AUDIT_BLAME_BELOW;
    }
    return AUDIT_BLAME_BOTH;
}
