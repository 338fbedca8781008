/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_AUDIT_MERGE_H
#define LOG_AUDIT_MERGE_H

#include "log/audit_unit.h"

/* The tree above the units: one growing row for each tile level from 2 on,
 * and the compact range of all leaves so far. */
struct audit_row {
    uint64_t index; /* of the tile that grows */
    unsigned n;
    aw_hash hash[AW_TILE_WIDTH];
};

struct audit_merge {
    uint64_t next; /* unit to come */
    struct aw_range range;
    struct audit_row row[AW_TILE_LEVELS]; /* by tile level; 0 and 1 unused */
};

void audit_merge_init(struct audit_merge *merge);

/** Takes the next unit; compares each tile that becomes full.
 *  @return AW_OK; the errors of the store. */
AW_MUST_CHECK aw_err audit_merge_add(struct audit_merge *merge,
                                     struct audit_reader *reader,
                                     const struct audit_unit *unit);

/** Compares the partial tiles at the right edge. */
AW_MUST_CHECK aw_err audit_merge_end(struct audit_merge *merge,
                                     struct audit_reader *reader);

/** Writes and reads what a later run needs, at most AUDIT_RESUME_MAX bytes.
 *  AW_ERR_FORMAT for anything that audit_merge_save did not write. */
void audit_merge_save(const struct audit_merge *merge,
                      const struct audit_gaps *missing, struct aw_wr *w);
AW_MUST_CHECK aw_err audit_merge_load(struct audit_merge *merge,
                                      struct audit_gaps *missing,
                                      aw_bytes saved);

#endif
