/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_TILE_H
#define AW_FTLOG_TILE_H

#include "aw/ftlog/layout.h"

/*
 * Content of tiles and of entry bundles. Nothing here reads files, allocates
 * or keeps state; a whole-log audit calls it from many threads.
 */
enum {
    AW_TILE_HASHES_MAX = AW_TILE_WIDTH * AW_HASH_SIZE,
    /* Two header lines, 511 lines of base64 at most. */
    AW_TILE_TEXT_MAX = 3 + 4 + (2 * AW_TILE_WIDTH - 1) * 45,
    AW_ENTRY_MAX = 65535, /* bytes of one entry in a bundle */
    AW_ENTRIES_MAX = AW_TILE_WIDTH * (2 + AW_ENTRY_MAX)
};

/* A tile in memory, the same for both layouts: its leaf row. Everything else
 * in a tile follows from it. */
struct aw_tile {
    unsigned level;
    uint64_t index;
    unsigned width; /* hashes used, 1 to 256 */
    aw_hash leaf[AW_TILE_WIDTH];
};

/**
 * Reads the file of a tile.
 *
 * Tiled layout: exactly 32 bytes a leaf. Serverless layout: exactly the
 * lines that a tile of that width has, each a hash of 32 bytes in canonical
 * base64, or empty where no perfect node is; every stored inner node must be
 * the hash of its children. There the file of a partial tile may hold the
 * full tile instead, since upstream links old partial names to it; the tile
 * is then cut to the width asked for, after all of the file was checked.
 *
 * @param id    width 1 to 256
 * @param file  untrusted
 * @param tile  untouched on failure
 * @param diag  `at` counts bytes, or lines from 0 in the serverless layout
 *
 * @return AW_OK; AW_ERR_SHORT if the file ends too early; AW_ERR_FORMAT if
 *         it is too long or malformed, or id->width is not 1 to 256;
 *         AW_ERR_RANGE if its number of leaves is not the width;
 *         AW_ERR_DIGEST if a stored inner node is not the hash of its
 *         children.
 */
AW_MUST_CHECK aw_err aw_tile_parse(enum aw_layout layout,
                                   const struct aw_tile_id *id, aw_bytes file,
                                   struct aw_tile *tile, struct aw_diag *diag);

/** Writes the file of a tile, as upstream's writers do: at most
 *  AW_TILE_TEXT_MAX bytes in the serverless layout, AW_TILE_HASHES_MAX in the
 *  tiled one. */
void aw_tile_write(enum aw_layout layout, const struct aw_tile *tile,
                   struct aw_wr *w);

/**
 * Hash of a perfect node in a tile, recomputed from the leaf row.
 *
 * @param level  0 for the leaf row, up to 8 for the root of a full tile
 * @param index  from the left at that level, inside the tile
 * @param node   untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the tile has no such perfect node.
 */
AW_MUST_CHECK aw_err aw_tile_node(const struct aw_tile *tile, unsigned level,
                                  unsigned index, aw_hash *node);

/**
 * Root of the tree over n hashes, 0 to 256: for a full tile the node that is
 * a leaf of the next level.
 */
void aw_tile_root(const aw_hash *hashes, size_t n, aw_hash *root);

/**
 * Next entry of a bundle: u16 big-endian length, then the bytes.
 *
 * @param r      over the whole file; untrusted
 * @param entry  borrowed from the file; untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT if the file ends inside an entry, or before it.
 */
AW_MUST_CHECK aw_err aw_entries_next(struct aw_rd *r, aw_bytes *entry);

/**
 * Splits a whole bundle.
 *
 * @param file     untrusted
 * @param width    entries that it must have, 1 to 256
 * @param entries  `width` of them, borrowed from file; undefined on failure
 *
 * @return AW_OK; AW_ERR_SHORT if there are fewer entries; AW_ERR_FORMAT if
 *         bytes follow the last one, or width is not 1 to 256.
 */
AW_MUST_CHECK aw_err aw_entries_split(aw_bytes file, unsigned width,
                                      aw_bytes *entries, struct aw_diag *diag);

/**
 * Leaf hashes of all entries of a bundle. Errors as aw_entries_split.
 *
 * @param leaves  room for `width` hashes; untouched on failure
 */
AW_MUST_CHECK aw_err aw_entries_hash(aw_bytes file, unsigned width,
                                     aw_hash *leaves, struct aw_diag *diag);

/**
 * Appends an entry to a bundle.
 *
 * @return AW_OK; AW_ERR_RANGE if it is longer than AW_ENTRY_MAX (upstream
 *         cuts the length instead); AW_ERR_SPACE if w is full.
 */
AW_MUST_CHECK aw_err aw_entries_put(aw_bytes entry, struct aw_wr *w);

#endif
