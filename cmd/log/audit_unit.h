/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_AUDIT_UNIT_H
#define LOG_AUDIT_UNIT_H

#include "aw/ftlog/tile.h"
#include "log/audit.h"

/* One worker's means: a store and buffers that grow to the largest file. */
struct audit_reader {
    const struct audit_plan *plan;
    struct aw_host_store *store;
    uint8_t *buf;
    size_t cap;
    struct aw_tile tile;
    aw_hash row[AW_TILE_WIDTH];
    uint64_t tiles;             /* read so far */
    struct audit_gaps missing;  /* of the unit under way */
    char path[AW_LOG_PATH_MAX]; /* file read last */
};

AW_MUST_CHECK aw_err audit_reader_open(const struct audit_plan *plan,
                                       struct audit_reader *reader,
                                       struct aw_host_diag *why);
void audit_reader_close(struct audit_reader *reader);

/**
 * Reads a tile of the audited tree; when the partial file is gone, the full
 * one that replaced it.
 *
 * @return AW_OK; AW_ERR_FORMAT and the like for a damaged file, which the
 *         caller reports as a finding; the errors of the store.
 */
AW_MUST_CHECK aw_err audit_read_tile(struct audit_reader *reader,
                                     const struct aw_tile_id *id,
                                     struct aw_tile *tile,
                                     struct aw_diag *diag);

/** Reads a file into the reader's buffer; borrowed until the next read. */
AW_MUST_CHECK aw_err audit_read(struct audit_reader *reader, const char *path,
                                aw_bytes *data, struct aw_diag *diag);

/* Outcome of a unit: its root when it is full, else its perfect parts. */
struct audit_unit {
    uint64_t number;
    aw_err err; /* of reading */
    struct aw_host_diag why;
    char path[AW_LOG_PATH_MAX];
    bool full;
    aw_hash root;
    unsigned n_tiles; /* full tiles of level 0 */
    aw_hash tile[AUDIT_UNIT_TILES];
    unsigned n_tail; /* leaves behind the last full tile */
    aw_hash tail[AW_TILE_WIDTH];
    uint64_t tiles; /* read */
    struct audit_gaps missing;
};

/** Does one unit: leaves, tiles of level 0, the tile of level 1. */
void audit_unit_run(struct audit_reader *reader, uint64_t number,
                    struct audit_unit *unit);

/**
 * Compares a computed row with the stored tile above it; a difference is a
 * finding that names the file to blame.
 *
 * @return AW_OK, also with a finding; the errors of the store.
 */
AW_MUST_CHECK aw_err audit_compare_row(struct audit_reader *reader,
                                       const struct aw_tile_id *id,
                                       const aw_hash *row);

/* Which side of a difference does not fit the signed root. */
enum audit_blame {
    AUDIT_BLAME_BELOW,  /* the leaf or the lower tile */
    AUDIT_BLAME_STORED, /* the hash in the tile */
    AUDIT_BLAME_BOTH
};

/** Tries both values of a node against the checkpoint's root, with a proof
 *  from the stored tiles. */
enum audit_blame audit_blame_of(struct audit_reader *reader, unsigned level,
                                uint64_t index, const aw_hash *computed,
                                const aw_hash *stored);

#endif
