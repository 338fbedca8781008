/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_APPEND_H
#define AW_FTLOG_APPEND_H

#include "aw/files.h"
#include "aw/ftlog/log.h"

/*
 * Makes a tree larger: which tiles change when leaves are appended, and what
 * is in them, byte for byte as upstream's writers do (serverless-log, Tessera).
 *
 * Of the old tree only the partial tiles are read, one a level at most. A
 * tile that becomes full is written at once, the partial ones at the end. In
 * the serverless layout the old partial names of a tile that is full now
 * become other names of it; in the tiled layout they stay. Files of the old
 * tree are never changed otherwise, so its checkpoint stays good whatever
 * happens, and repeating an interrupted run is harmless.
 */

/* About 90 KB: static, or allocated by the caller. */
struct aw_append {
    enum aw_layout layout;
    struct aw_store store;
    struct aw_files files;
    struct aw_log_path path; /* the file that was asked for last */
    uint64_t size;           /* leaves so far */

    /* private: the tiles at the right edge, width 0 to 255, a level each */
    struct aw_tile row[AW_TILE_LEVELS];
    uint64_t partial[AW_TILE_LEVELS]; /* index of the tile that was partial */
    uint8_t was_partial;              /* bit L: there was one at level L */
    uint8_t changed;                  /* bit L: row L is in no file */
    uint8_t filled; /* bit L: the tile that was partial is full */
    uint8_t file[AW_TILE_TEXT_MAX];
};

/**
 * Starts at the tree of a log.
 *
 * @param log     opened at the old tree, so that its root is checked; not
 *                needed afterwards
 * @param files   copied
 * @param append  on failure undefined
 *
 * @return AW_OK; errors of reading tiles, with the path in log->path.
 */
AW_MUST_CHECK aw_err aw_append_begin(struct aw_log *log,
                                     const struct aw_files *files,
                                     struct aw_append *append,
                                     struct aw_diag *diag);

/**
 * Appends a leaf; a tile that it fills is put.
 *
 * @return AW_OK; AW_ERR_RANGE when the tree is full (2^64 - 1 leaves); errors
 *         of files. After a failure the run must be given up.
 */
AW_MUST_CHECK aw_err aw_append_leaf(struct aw_append *append,
                                    const aw_hash *leaf, struct aw_diag *diag);

/**
 * Puts the partial tiles, renames old ones and syncs: when it returns, all
 * tiles of the new tree are on the disk. More leaves may follow.
 *
 * @param tree  the tree as it is now; untouched on failure
 *
 * @return AW_OK; errors of files, and of the store that tells which partial
 *         names there are. After a failure the run must be given up.
 */
AW_MUST_CHECK aw_err aw_append_finish(struct aw_append *append,
                                      struct aw_tree *tree,
                                      struct aw_diag *diag);

#endif
