/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAB_TREE_H
#define HAB_TREE_H

#include "hab/hab.h"

/*
 * The annotated tree of aw hab explain: what stands at which bytes of a file.
 * In text a line each, children indented; in JSON objects with offset, bytes,
 * name, value and parts.
 */
struct tree {
    struct aw_ctx *ctx;
    aw_bytes file;
    size_t base; /* offset of what is explained in the file */
    unsigned depth;
};

/** Opens a node; its children follow until tree_end. Offsets count from
 *  tree->base. */
AW_PRINTF(5, 6)
void tree_begin(struct tree *tree, size_t at, size_t n, const char *name,
                const char *format, ...);
void tree_end(struct tree *tree);

/** A node without children. */
AW_PRINTF(5, 6)
void tree_leaf(struct tree *tree, size_t at, size_t n, const char *name,
               const char *format, ...);

/** Hex digits of bytes, cut to `max` bytes; memory from the pool. */
const char *tree_hex(const struct tree *tree, aw_bytes bytes, size_t max);
/** Bytes as text; memory from the pool. */
const char *tree_text(const struct tree *tree, aw_bytes bytes);

/* Parts of files. `bytes` begins at tree->base. */
void explain_image(struct tree *tree, aw_bytes bytes);
void explain_dcd(struct tree *tree, size_t at, aw_bytes bytes);
void explain_csf(struct tree *tree, aw_bytes bytes);
void explain_table(struct tree *tree, size_t at, aw_bytes bytes);
void explain_cert(struct tree *tree, size_t at, aw_bytes der);
void explain_object(struct tree *tree, size_t at, aw_bytes bytes);

#endif
