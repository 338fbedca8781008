/* SPDX-License-Identifier: Apache-2.0 */
#include "gentree.h"

#include <stdio.h>
#include <string.h>

#include "aw/sha256.h"
#include "support.h"

enum { LEVELS = 17 };

/* Row after row; a row has half the nodes of the one below. */
static aw_hash nodes[2 * GEN_MAX];
static bool filled;

static aw_hash *row(unsigned level)
{
    size_t at = 0;

    for (unsigned l = 0; l < level; l++) {
        at += (size_t)GEN_MAX >> l;
    }
    return &nodes[at];
}

aw_bytes gen_entry(uint64_t i, char *text, size_t cap)
{
    (void)snprintf(text, cap, "leaf-%u", (unsigned)i);
    return aw_text(text);
}

static void hash_with(uint8_t prefix, aw_bytes a, aw_bytes b, aw_hash *out)
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    aw_sha256_update(&h, (aw_bytes){&prefix, 1});
    aw_sha256_update(&h, a);
    aw_sha256_update(&h, b);
    aw_sha256_final(&h, out->b);
}

void gen_prepare(void)
{
    char text[16];

    for (size_t i = 0; i < GEN_MAX; i++) {
        hash_with(0, gen_entry(i, text, sizeof(text)), (aw_bytes){NULL, 0},
                  &nodes[i]);
    }
    for (unsigned level = 1; level < LEVELS; level++) {
        for (size_t i = 0; i < (size_t)GEN_MAX >> level; i++) {
            const aw_hash *child = row(level - 1) + 2 * i;

            hash_with(1, (aw_bytes){child[0].b, AW_HASH_SIZE},
                      (aw_bytes){child[1].b, AW_HASH_SIZE}, row(level) + i);
        }
    }
    filled = true;
}

const aw_hash *gen_node(unsigned level, uint64_t index)
{
    /* One test here: each passed assertion of Check costs a write. */
    if (!filled || level >= LEVELS || index >= (uint64_t)GEN_MAX >> level) {
        ck_abort_msg("no node %u of level %u", (unsigned)index, level);
    }
    return row(level) + index;
}

aw_hash gen_root(uint64_t size)
{
    bool any = false;
    aw_hash acc;

    ck_assert_uint_gt(size, 0);
    memset(&acc, 0, sizeof(acc));
    for (unsigned level = 0; size >> level != 0; level++) {
        if ((size >> level & 1) == 0) {
            continue;
        }
        const aw_hash *part = gen_node(level, (size >> level) - 1);

        if (any) {
            hash_with(1, (aw_bytes){part->b, AW_HASH_SIZE},
                      (aw_bytes){acc.b, AW_HASH_SIZE}, &acc);
        } else {
            acc = *part;
        }
        any = true;
    }
    return acc;
}

void gen_tile(const struct aw_tile_id *id, struct aw_tile *tile)
{
    tile->level = id->level;
    tile->index = id->index;
    tile->width = id->width;
    for (unsigned i = 0; i < id->width; i++) {
        tile->leaf[i] = *gen_node(AW_TILE_HEIGHT * id->level,
                                  id->index * AW_TILE_WIDTH + i);
    }
}
