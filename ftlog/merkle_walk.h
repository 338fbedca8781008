/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MERKLE_WALK_H
#define MERKLE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One way up the tree serves all kinds of proof. A proof says that the leaves
 * [first, last] of a tree are a given subtree: one leaf for inclusion, a
 * prefix of the tree for consistency. The walk goes up along the subtree's
 * last leaf, level by level, so that nothing is ever shifted by 64.
 *
 * Source: RFC 9162, 2.1.3.2 and 2.1.4.2, extended to subtrees as in
 * draft-ietf-plants-merkle-tree-certs.
 */
struct walk {
    unsigned level;
    uint64_t first; /* node above the first leaf of the subtree */
    uint64_t last;  /* node above its last leaf */
    uint64_t end;   /* node above the last leaf of the tree */
};

static inline void walk_up(struct walk *w)
{
    w->level++;
    w->first >>= 1;
    w->last >>= 1;
    w->end >>= 1;
}

/* Climbs to the node that the proof starts from: the whole subtree when
 * first equals last afterwards, else its rightmost perfect part. */
static inline void walk_to_seed(struct walk *w)
{
    bool at_end = w->last == w->end;

    while (w->first != w->last && (at_end || (w->last & 1) != 0)) {
        walk_up(w);
    }
}

static inline bool walk_at_root(const struct walk *w)
{
    return w->end == 0;
}

/* Climbs to the next level at which the walk has a sibling; below the root
 * there is one. True when it lies on the left. */
static inline bool walk_sibling_is_left(struct walk *w)
{
    if (w->last == w->end) {
        while ((w->last & 1) == 0) {
            walk_up(w);
        }
    }
    return (w->last & 1) != 0;
}

#endif
