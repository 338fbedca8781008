/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FTLOG_SEQUENCE_PRIVATE_H
#define FTLOG_SEQUENCE_PRIVATE_H

#include "aw/ftlog/sequence.h"

bool sequence_is_serverless(const struct aw_sequence *s);

/* The file s->path, in the work area. */
aw_err sequence_read_file(struct aw_sequence *s, aw_bytes *file,
                          struct aw_diag *diag);

/* Serverless layout: the leaf hash of an entry. AW_ERR_RANGE for one that is
 * too long. */
aw_err sequence_read_entry(struct aw_sequence *s, uint64_t index, aw_hash *leaf,
                           struct aw_diag *diag);

/* Tiled layout: the widest bundle of an index, in the work area, and the leaf
 * hashes of its entries. AW_ERR_DIGEST where they are not those of the tree. */
aw_err sequence_read_bundle(struct aw_sequence *s, uint64_t bundle,
                            aw_hash *leaves, struct aw_diag *diag);

/* Serverless layout: writes what leaves/ knows of a leaf. */
aw_err sequence_put_leaf_index(struct aw_sequence *s, const aw_hash *leaf,
                               uint64_t index, struct aw_diag *diag);

/* Entries to be added, found by leaf hash: open addressing, 1 + number of the
 * entry in a slot, 0 where there is none. */
struct sequence_batch {
    struct aw_new_entry *entry;
    size_t n;
    uint32_t *slot;
    size_t mask;
};

/* The slot of a hash: that of the entry that has it, or a free one. */
uint32_t *sequence_slot(const struct sequence_batch *b, const aw_hash *leaf);

/* Hashes the entries and fills the table. */
void sequence_batch_fill(struct sequence_batch *b);

/* Gives indices to the new entries, then to those that repeat one of the
 * list. Returns the index behind the last. */
uint64_t sequence_batch_number(const struct sequence_batch *b, uint64_t next);

/* Marks the entries that the log has already, with their index. */
aw_err sequence_find(struct aw_sequence *s, const struct sequence_batch *b,
                     struct aw_diag *diag);

#endif
