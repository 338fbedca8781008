/* SPDX-License-Identifier: Apache-2.0 */
#include "log_rig.h"

#include "aw/text.h"
#include "support.h"

struct log_rig lr;

const enum aw_layout lr_layouts[2] = {AW_LAYOUT_SERVERLESS, AW_LAYOUT_TILES};

struct aw_checkpoint lr_checkpoint(uint64_t size)
{
    struct aw_checkpoint c = {.origin = aw_text("example.com/gen"),
                              .size = size};

    if (size == 0) {
        aw_merkle_empty(&c.root);
    } else {
        c.root = gen_root(size);
    }
    return c;
}

void lr_open(struct genlog *g)
{
    struct aw_store store = genlog_store(g);
    struct aw_checkpoint c = lr_checkpoint(g->size);

    ck_assert_int_eq(aw_log_open(&store, g->layout, &c, &lr.reader, NULL),
                     AW_OK);
}

void lr_inclusion_holds(uint64_t index)
{
    struct aw_proof proof;

    ck_assert_int_eq(aw_log_prove_inclusion(&lr.reader, index,
                                            gen_node(0, index), &proof, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_merkle_check_inclusion(index, lr.reader.tree.size,
                                               gen_node(0, index), &proof,
                                               &lr.reader.tree.root, NULL),
                     AW_OK);
}
