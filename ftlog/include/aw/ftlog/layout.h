/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_LAYOUT_H
#define AW_FTLOG_LAYOUT_H

#include "aw/ftlog/merkle.h"

/*
 * Where the files of a log lie, in both layouts: serverless-log and C2SP
 * tlog-tiles. Formats: docs/formats/serverless-log.md, tiled-log.md.
 *
 * A tile of level L and index i holds, as its leaf row, up to 256 perfect
 * nodes of tree level 8 * L, the first of them with index 256 * i.
 */
enum aw_layout { AW_LAYOUT_SERVERLESS, AW_LAYOUT_TILES };

enum {
    AW_TILE_HEIGHT = 8,
    AW_TILE_WIDTH = 256,
    AW_TILE_LEVELS = 8,  /* levels that a tree below 2^64 leaves can have */
    AW_LOG_PATH_MAX = 80 /* longest path of either layout and its NUL */
};

/* The mutable file with the signed tree head, in both layouts. */
#define AW_LOG_CHECKPOINT "checkpoint"

/* A path relative to the log's root, '/' between parts, NUL at the end. */
struct aw_log_path {
    char text[AW_LOG_PATH_MAX];
};

/* Which tile. Width: 256 for a full tile, 1 to 255 for a partial one. */
struct aw_tile_id {
    unsigned level;
    uint64_t index;
    unsigned width;
};

/** Leaf nodes of a tile in a tree of `size` leaves: 256 when it is full, 0
 *  when it does not exist. */
unsigned aw_tile_width(unsigned level, uint64_t index, uint64_t size);

/**
 * Path of a tile of hashes.
 *
 * @param id  level at most 63, width 1 to 256: else it is our mistake and
 *            ends the program
 */
void aw_tile_path(enum aw_layout layout, const struct aw_tile_id *id,
                  struct aw_log_path *path);

/** Path of a bundle of entries, tiled layout. It has index and width of the
 *  tile of level 0; the level does not count. Width as aw_tile_path. */
void aw_entries_path(const struct aw_tile_id *id, struct aw_log_path *path);

/** Path of entry `index`, serverless layout. */
void aw_seq_path(uint64_t index, struct aw_log_path *path);

/** Path of the file that holds the index of a leaf hash, serverless layout. */
void aw_leaf_path(const aw_hash *leaf, struct aw_log_path *path);

/* What a path below tile/ names. */
enum aw_tile_kind {
    AW_TILE_OF_HASHES,
    AW_TILE_OF_ENTRIES /* tiled layout only; level 0 */
};

/**
 * Recognises the path of a tile or of an entry bundle: the inverse of
 * aw_tile_path and aw_entries_path. Exactly one text is accepted for each
 * tile.
 *
 * @param path  untrusted, relative to the log's root
 * @param kind  untouched on failure
 * @param id    untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT for any other text; AW_ERR_RANGE for a level
 *         above 63, an index of 2^64 or more, or a width that is not 1 to
 *         255.
 */
AW_MUST_CHECK aw_err aw_tile_path_parse(enum aw_layout layout, aw_bytes path,
                                        enum aw_tile_kind *kind,
                                        struct aw_tile_id *id);

/**
 * Recognises the path of an entry in the serverless layout: the inverse of
 * aw_seq_path.
 *
 * @param index  untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT for any other text; AW_ERR_RANGE for an index
 *         of 2^64 or more.
 */
AW_MUST_CHECK aw_err aw_seq_path_parse(aw_bytes path, uint64_t *index);

#endif
