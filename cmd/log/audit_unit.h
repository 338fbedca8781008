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

/**
 * Reads a file into the reader's buffer; borrowed until the next read.
 *
 * @param max  most bytes that such a file can have. A longer one is
 *             AW_ERR_FORMAT on a disk, AW_ERR_SPACE from a server.
 */
AW_MUST_CHECK aw_err audit_read(struct audit_reader *reader, const char *path,
                                size_t max, aw_bytes *data,
                                struct aw_diag *diag);

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
    bool known[AUDIT_UNIT_TILES]; /* false: neither tile nor leaves told */
    unsigned n_tail;              /* leaves behind the last full tile */
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
 * @param row    id->width hashes; set to what leads to the signed root where
 *               one of the two does, so that one wrong file is named once
 * @param known  id->width flags: false for a hash that could not be computed
 *               and is taken from the tile; NULL when all could
 *
 * @return AW_OK, also with a finding; the errors of the store.
 */
AW_MUST_CHECK aw_err audit_compare_row(struct audit_reader *reader,
                                       const struct aw_tile_id *id,
                                       aw_hash *row, const bool *known);

/** True when the tree with this row, and else the stored tiles, has the
 *  checkpoint's root. */
bool audit_row_fits(struct audit_reader *reader, const struct aw_tile_id *id,
                    const aw_hash *row);

/** True for what is wrong with a file's content, not with getting it. */
bool audit_is_content(aw_err err);

/** Reports what does not fit: exit 10, or 12 when a server says so. */
void audit_report(struct audit_reader *reader,
                  const struct aw_finding *finding);
/** Reports the file read last: it is there, but damaged. */
void audit_report_damaged(struct audit_reader *reader, aw_err err,
                          const struct aw_diag *diag);

#endif
