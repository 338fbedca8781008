/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_LOG_H
#define AW_FTLOG_LOG_H

#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/tile.h"
#include "aw/store.h"

/*
 * Reader of a log in either layout. The store is not trusted: every proof
 * that leaves this file has been checked against the root of the checkpoint
 * that the log was opened with.
 *
 * Besides the codes named below, functions that read files pass on what the
 * store returned (AW_ERR_NOT_FOUND for a missing file, AW_ERR_SPACE for one
 * that is too long, AW_ERR_NET and so on), and what aw_tile_parse or
 * aw_entries_split say of a damaged file. `path` then names that file.
 */
enum { AW_LOG_TILES = 16 };

/* About 150 KB: static, or allocated by the caller. Holds no pointer into
 * itself. */
struct aw_log {
    enum aw_layout layout;
    struct aw_store store;
    aw_bytes origin;         /* borrowed from the checkpoint */
    struct aw_tree tree;     /* as signed in the checkpoint */
    struct aw_log_path path; /* the file that was asked for last */

    /* private: the tiles used last */
    uint64_t clock;
    uint64_t used[AW_LOG_TILES]; /* 0: free */
    struct aw_tile tile[AW_LOG_TILES];
    uint8_t file[AW_TILE_TEXT_MAX];
};

/**
 * Compares what a log shows now with what it showed before, without reading
 * any file of it. A larger tree still needs the proof of aw_log_follow.
 *
 * @param held  the tree that was checked before; size 0 for none
 * @param seen  the tree of the new checkpoint
 *
 * @return AW_OK; AW_ERR_FORK for another root at the same size;
 *         AW_ERR_ROLLBACK for a smaller tree.
 */
AW_MUST_CHECK aw_err aw_tree_compare(const struct aw_tree *held,
                                     const struct aw_tree *seen,
                                     struct aw_diag *diag);

/**
 * Finds out which layout a store has: which path of the last tile of leaves
 * exists, serverless first. A tree without leaves has no files; it counts as
 * serverless.
 *
 * @param size    leaves, from the checkpoint
 * @param layout  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when neither path exists; other errors of
 *         the store.
 */
AW_MUST_CHECK aw_err aw_log_detect(const struct aw_store *store, uint64_t size,
                                   enum aw_layout *layout,
                                   struct aw_diag *diag);

/**
 * Opens the log at a checkpoint: reads the tiles of its compact range and
 * compares the root.
 *
 * @param store       copied
 * @param checkpoint  verified by the caller
 * @param log         on failure only `path` is defined
 *
 * @return AW_OK; AW_ERR_ROOT when the tiles lead to another root than the
 *         checkpoint's; errors of reading.
 */
AW_MUST_CHECK aw_err aw_log_open(const struct aw_store *store,
                                 enum aw_layout layout,
                                 const struct aw_checkpoint *checkpoint,
                                 struct aw_log *log, struct aw_diag *diag);

/**
 * Source of the log's perfect nodes, recomputed from tiles and not proven.
 * Its get returns AW_ERR_RANGE for a node that the tree does not have, and
 * errors of reading. Valid as long as the log.
 */
struct aw_nodes aw_log_nodes(struct aw_log *log);

/**
 * Proves that a leaf is number `index` of the log.
 *
 * @param leaf   NULL: whatever the log has there
 * @param proof  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if index is not below the tree's size;
 *         AW_ERR_PROOF when the tiles do not lead to the root;
 *         AW_ERR_DIGEST when they do, but with another leaf; errors of
 *         reading.
 */
AW_MUST_CHECK aw_err aw_log_prove_inclusion(struct aw_log *log, uint64_t index,
                                            const aw_hash *leaf,
                                            struct aw_proof *proof,
                                            struct aw_diag *diag);

/**
 * Proves that the log began as the tree `from`.
 *
 * @param proof  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if from is empty or larger than the log;
 *         AW_ERR_PROOF when its root is not that of the log's first leaves,
 *         or the tiles do not lead to the log's root; errors of reading.
 */
AW_MUST_CHECK aw_err aw_log_prove_consistency(struct aw_log *log,
                                              const struct aw_tree *from,
                                              struct aw_proof *proof,
                                              struct aw_diag *diag);

/**
 * Root that the log had at a smaller size, proven to lead to its present
 * one.
 *
 * @param root  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if size is above the log's; AW_ERR_PROOF when
 *         the tiles do not lead to the log's root; errors of reading.
 */
AW_MUST_CHECK aw_err aw_log_root_at(struct aw_log *log, uint64_t size,
                                    aw_hash *root, struct aw_diag *diag);

/**
 * Checks that the log continues the tree that was seen before. Upstream's
 * tracker keeps silent about a fork or a rollback; here both are errors, and
 * the caller keeps both checkpoints as evidence.
 *
 * @param held   the tree that was checked before; size 0: nothing yet, which
 *               is always continued
 * @param proof  the consistency proof; empty when there is nothing to prove;
 *               untouched on failure
 *
 * @return AW_OK; AW_ERR_FORK, AW_ERR_ROLLBACK as aw_tree_compare;
 *         AW_ERR_PROOF when the larger tree does not contain the held one;
 *         errors of reading.
 */
AW_MUST_CHECK aw_err aw_log_follow(struct aw_log *log,
                                   const struct aw_tree *held,
                                   struct aw_proof *proof,
                                   struct aw_diag *diag);

/**
 * Fetches one entry and proves it. For many entries in order, aw_log_batch
 * reads each file once only.
 *
 * @param buf    the entry's file is appended: up to AW_ENTRIES_MAX bytes in
 *               the tiled layout, which stores 256 entries a file
 * @param entry  borrowed from buf; untouched on failure
 * @param proof  untouched on failure
 *
 * @return as aw_log_prove_inclusion; AW_ERR_DIGEST when the entry is not the
 *         leaf that the log has at this index.
 */
AW_MUST_CHECK aw_err aw_log_get(struct aw_log *log, uint64_t index,
                                struct aw_wr *buf, aw_bytes *entry,
                                struct aw_proof *proof, struct aw_diag *diag);

/**
 * Fetches entries that lie in one tile of leaves, and proves all of them with
 * one proof for the tile.
 *
 * @param first    number of the first entry
 * @param n        1 to 256; first / 256 equals (first + n - 1) / 256
 * @param buf      the files are appended
 * @param entries  n of them, borrowed from buf; undefined on failure
 * @param diag     for AW_ERR_DIGEST `at` is the entry's index
 *
 * @return AW_OK; AW_ERR_RANGE if the entries are not of one tile or reach
 *         beyond the log; AW_ERR_PROOF when the tiles do not lead to the
 *         root; AW_ERR_DIGEST when an entry is not the log's leaf; errors of
 *         reading.
 */
AW_MUST_CHECK aw_err aw_log_batch(struct aw_log *log, uint64_t first, size_t n,
                                  struct aw_wr *buf, aw_bytes *entries,
                                  struct aw_diag *diag);

/**
 * Finds an entry by its leaf hash, serverless layout only, and proves it: the
 * index that the log names is a hint.
 *
 * @param index  untouched on failure
 * @param proof  untouched on failure
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED in the tiled layout; AW_ERR_NOT_FOUND
 *         when the log does not list the hash, or lists an index that the
 *         checkpoint does not cover yet; AW_ERR_FORMAT for a malformed index
 *         file; otherwise as aw_log_prove_inclusion.
 */
AW_MUST_CHECK aw_err aw_log_find(struct aw_log *log, const aw_hash *leaf,
                                 uint64_t *index, struct aw_proof *proof,
                                 struct aw_diag *diag);

#endif
