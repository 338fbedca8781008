/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_SEQUENCE_H
#define AW_FTLOG_SEQUENCE_H

#include "aw/ftlog/append.h"

/*
 * Entries of a log that is being written. An entry gets its index when it is
 * added; later it is integrated, that is, becomes a leaf of the tree:
 *
 *   indices      0 ......... log->tree.size ......... next
 *                integrated                pending
 *
 * Pending entries lie where the layout has entries: in seq/, with the index
 * of their leaf hash in leaves/, or in bundles wider than the tree asks for.
 * There must be one writer at a time; the caller holds a lock.
 */

/* The size of the tree that is on the disk, which the checkpoint follows: as
 * Tessera's POSIX storage keeps it; in the serverless layout it is ours. */
#define AW_LOG_TREE_STATE ".state/treeState"
/* Tessera's mark of a tiled log, and its content. */
#define AW_LOG_VERSION      ".state/version"
#define AW_LOG_VERSION_TEXT "1"

enum {
    AW_TREE_STATE_MAX = 1024,                    /* bytes of the file */
    AW_TREE_STATE_WORK = 48 * AW_TREE_STATE_MAX, /* for aw_tree_state_parse */
    AW_TREE_LOAD_WORK = AW_TREE_STATE_WORK + AW_TREE_STATE_MAX +
                        AW_CHECKPOINT_MAX, /* for aw_tree_state_load */
    /* Bytes of the work area of a sequence. */
    AW_SEQUENCE_WORK_SERVERLESS = AW_ENTRY_MAX,
    AW_SEQUENCE_WORK_TILES = AW_ENTRIES_MAX
};

/**
 * Reads the tree state: {"size":N,"root":"base64"}. Other keys are ignored.
 *
 * @param file  untrusted
 * @param work  memory, AW_TREE_STATE_WORK bytes are enough
 * @param tree  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if a key is missing; AW_ERR_TYPE for a
 *         value of the wrong type; AW_ERR_FORMAT, also when the root is not
 *         32 bytes, or not the empty tree's at size 0; AW_ERR_RANGE for a
 *         size of 2^64 or more; AW_ERR_DUPLICATE, AW_ERR_SHORT, AW_ERR_SPACE
 *         as aw_json_parse.
 */
AW_MUST_CHECK aw_err aw_tree_state_parse(aw_bytes file, struct aw_wr *work,
                                         struct aw_tree *tree,
                                         struct aw_diag *diag);

/** Writes the tree state as Tessera does. */
void aw_tree_state_write(const struct aw_tree *tree, struct aw_wr *w);

/**
 * Finds the integrated tree: the tree state, or the tree of the checkpoint
 * when that is larger or there is no tree state, since upstream's tools for
 * serverless logs keep none. No signature is checked: whoever opens the log
 * at the tree finds out whether its tiles agree.
 *
 * @param work  memory, AW_TREE_LOAD_WORK bytes are enough
 * @param tree  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when neither file is there: the log has to
 *         be made first; AW_ERR_FORMAT for a damaged checkpoint; errors of
 *         aw_tree_state_parse and of the store.
 */
AW_MUST_CHECK aw_err aw_tree_state_load(const struct aw_store *store,
                                        struct aw_wr *work,
                                        struct aw_tree *tree,
                                        struct aw_diag *diag);

struct aw_sequence {
    struct aw_log *log; /* at the integrated tree; borrowed */
    struct aw_files files;
    uint64_t next;           /* index of the next new entry */
    struct aw_log_path path; /* the file that was asked for last */
    struct aw_wr work;       /* private: the caller's memory */
};

/**
 * Finds the pending entries. In the serverless layout it also adds what an
 * interrupted run has left out of leaves/.
 *
 * @param log       opened at the integrated tree; must outlive the sequence
 * @param files     copied
 * @param work      memory, of the size that AW_SEQUENCE_WORK_... names for
 *                  the log's layout; borrowed
 * @param sequence  on failure only `path` is defined
 *
 * @return AW_OK; AW_ERR_RANGE for an entry longer than AW_ENTRY_MAX; errors
 *         of reading, and of files.
 */
AW_MUST_CHECK aw_err aw_sequence_open(struct aw_log *log,
                                      const struct aw_files *files,
                                      const struct aw_wr *work,
                                      struct aw_sequence *sequence,
                                      struct aw_diag *diag);

/* An entry to be added, and what came of it. */
struct aw_new_entry {
    aw_bytes data;  /* at most AW_ENTRY_MAX bytes */
    aw_hash leaf;   /* set */
    uint64_t index; /* set */
    bool duplicate; /* set: it was in the log, or earlier in this list */
};

/**
 * Adds entries: when it returns AW_OK, all of them are on the disk. Entries
 * that the log has already keep their index. Where an index file of the
 * serverless layout names another entry, all leaves are looked at and the file
 * is written anew.
 *
 * @param entry    n entries; what is set is undefined on failure
 * @param slot     memory for a table of the leaf hashes
 * @param n_slots  a power of two, at least 2 * n
 *
 * @return AW_OK; AW_ERR_RANGE, with the number of the entry in `at`, if one
 *         is longer than AW_ENTRY_MAX, or the log would be full: nothing is
 *         changed then; AW_ERR_DIGEST if a bundle holds other entries than the
 *         tree; errors of reading, and of files. A failure may leave some of the entries added; adding
 *         them again is harmless.
 */
AW_MUST_CHECK aw_err aw_sequence_add(struct aw_sequence *sequence,
                                     struct aw_new_entry *entry, size_t n,
                                     uint32_t *slot, size_t n_slots,
                                     struct aw_diag *diag);

/**
 * Appends pending entries to the tree, up to the end of the tile that they
 * are in: to be called until append->size is sequence->next.
 *
 * @param append  begun with sequence->log
 *
 * @return AW_OK; AW_ERR_DIGEST if a bundle holds other entries than the tree;
 *         errors of reading, of files and of aw_append_leaf.
 */
AW_MUST_CHECK aw_err aw_sequence_feed(struct aw_sequence *sequence,
                                      struct aw_append *append,
                                      struct aw_diag *diag);

/**
 * Puts the tree state and syncs: the tree is integrated now. The sequence's
 * log stays at the old tree.
 *
 * @param tree  from aw_append_finish
 *
 * @return AW_OK; errors of files.
 */
AW_MUST_CHECK aw_err aw_sequence_commit(struct aw_sequence *sequence,
                                        const struct aw_tree *tree,
                                        struct aw_diag *diag);

#endif
