/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YAML_TREE_H
#define YAML_TREE_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/* A document of mappings and scalars as a tree. */
enum { YAML_NODES_MAX = 8192, YAML_DEPTH_MAX = 8, YAML_TEXT_MAX = 128 };

/* One entry of a mapping; entry 0 is the document. */
struct yaml_node {
    char *key;    /* NULL for the document */
    char *value;  /* NULL for a mapping */
    size_t line;  /* counted from 1 */
    size_t child; /* first entry of a mapping; 0: none */
    size_t next;  /* next entry of the same mapping; 0: none */
};

struct yaml_tree {
    size_t n;
    size_t cap;
    struct yaml_node *node;
};

/** Reads a document. @return as aw_fusemap_yaml; tree is empty on failure */
AW_MUST_CHECK aw_err yaml_tree_read(aw_bytes text, struct yaml_tree *tree,
                                    struct aw_host_diag *host);
void yaml_tree_free(struct yaml_tree *tree);

/** Entry of a mapping by key; 0 when there is none. */
size_t yaml_tree_find(const struct yaml_tree *tree, size_t at, const char *key);

#endif
