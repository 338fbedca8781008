/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MADE_LOG_H
#define MADE_LOG_H

#include "aw/ftlog/sequence.h"
#include "memfs.h"

/* A log under construction in memory, as the program builds one. */
struct made_log {
    enum aw_layout layout;
    struct memfs fs;
    aw_bytes origin;
    struct aw_skey key;
};

/** Both of them. */
enum { MADE_LAYOUTS = 2 };
extern const enum aw_layout made_layouts[MADE_LAYOUTS];

/** Starts one without entries. */
void made_init(struct made_log *b, enum aw_layout layout);
/** Loads the tree that is on the disk. */
aw_err made_tree(struct made_log *b, struct aw_tree *tree);
/** Opens log and sequence at what the files hold. */
aw_err made_open(struct made_log *b, struct aw_diag *diag);
/** Adds entries to it. */
aw_err made_add(struct made_log *b, struct aw_new_entry *e, size_t n,
                struct aw_diag *diag);
/** Adds the entries [from, to) of gentree. */
aw_err made_add_range(struct made_log *b, size_t from, size_t to);
/** Integrates what is pending. */
aw_err made_integrate(struct made_log *b, struct aw_tree *tree,
                      struct aw_diag *diag);
/** Signs the checkpoint of the tree. */
aw_err made_sign(struct made_log *b);
/** Sets origin and key to those of the recorded logs. */
void made_key(struct made_log *b);
/** Index of the next entry, as the sequence that was opened last has it. */
uint64_t made_next(void);

#endif
