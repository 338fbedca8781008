/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/merkle.h"

void aw_range_init(struct aw_range *range)
{
    range->size = 0;
    range->n = 0;
}

aw_err aw_range_load(uint64_t size, const struct aw_nodes *nodes,
                     struct aw_range *range, struct aw_diag *diag)
{
    struct aw_range r = {.size = size};

    for (unsigned bit = 64; bit-- > 0;) {
        if ((size >> bit & 1) == 0) {
            continue;
        }
        aw_err err =
            nodes->get(nodes->ctx, bit, (size >> bit) - 1, &r.h[r.n], diag);

        if (err != AW_OK) {
            return err;
        }
        r.n++;
    }
    *range = r;
    return AW_OK;
}

aw_err aw_range_append(struct aw_range *range, const aw_hash *leaf,
                       const struct aw_node_sink *sink)
{
    return aw_range_append_subtree(range, 0, leaf, sink);
}

static aw_err report(const struct aw_node_sink *sink, unsigned level,
                     uint64_t index, const aw_hash *node)
{
    return sink == NULL ? AW_OK : sink->put(sink->ctx, level, index, node);
}

aw_err aw_range_append_subtree(struct aw_range *range, unsigned level,
                               const aw_hash *root,
                               const struct aw_node_sink *sink)
{
    if (level > 63) {
        return AW_ERR_RANGE;
    }
    uint64_t leaves = (uint64_t)1 << level;

    if ((range->size & (leaves - 1)) != 0 ||
        range->size > UINT64_MAX - leaves) {
        return AW_ERR_RANGE;
    }
    /* The range changes only after the last call that may fail. */
    size_t n = range->n;
    uint64_t index = range->size >> level;
    aw_hash acc = *root;
    aw_err err = report(sink, level, index, &acc);

    while (err == AW_OK && (index & 1) != 0) {
        aw_merkle_node(&range->h[--n], &acc, &acc);
        index >>= 1;
        level++;
        err = report(sink, level, index, &acc);
    }
    if (err != AW_OK) {
        return err;
    }
    range->h[n] = acc;
    range->n = n + 1;
    range->size += leaves;
    return AW_OK;
}

void aw_range_root(const struct aw_range *range, aw_hash *root)
{
    if (range->n == 0) {
        aw_merkle_empty(root);
        return;
    }
    aw_hash acc = range->h[range->n - 1];

    for (size_t i = range->n - 1; i > 0; i--) {
        aw_merkle_node(&range->h[i - 1], &acc, &acc);
    }
    *root = acc;
}
