/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GENTREE_H
#define GENTREE_H

#include "aw/ftlog/tile.h"

/*
 * The log of the recorded gen-700 and gen-66000 logs: entry i is the text
 * leaf-<i>. Computed by the plain definition of the tree, one hash at a time,
 * as something to compare with.
 */
enum { GEN_MAX = 66000 };

/** Hashes the log. Call it while suites are made, so that the processes that
 *  run the tests share it. */
void gen_prepare(void);

/** Text of entry i; 16 bytes are enough. */
aw_bytes gen_entry(uint64_t i, char *text, size_t cap);

/** Any perfect node of the tree of GEN_MAX leaves. */
const aw_hash *gen_node(unsigned level, uint64_t index);

/** Root of the first `size` leaves. */
aw_hash gen_root(uint64_t size);

/** Leaf row of a tile. */
void gen_tile(const struct aw_tile_id *id, struct aw_tile *tile);

#endif
