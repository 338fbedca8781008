/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_READ_H
#define LOG_READ_H

#include "aw/ftlog/log.h"

/*
 * Shared by the files of the log reader.
 */

/** Appends the file log->path to buf. `file` is borrowed from buf. Errors of
 *  the store. */
AW_MUST_CHECK aw_err log_read(struct aw_log *log, struct aw_wr *buf,
                              aw_bytes *file, struct aw_diag *diag);

/** AW_OK when the store has the file, AW_ERR_NOT_FOUND when not; other errors
 *  of the store. */
AW_MUST_CHECK aw_err log_probe(const struct aw_store *store, const char *path,
                               struct aw_diag *diag);

/** Reads a tile or a bundle; when a partial one is gone, the full one, and
 *  sets id->width to 256. Errors of the store. */
AW_MUST_CHECK aw_err log_read_tile(struct aw_log *log, enum aw_tile_kind kind,
                                   struct aw_tile_id *id, struct aw_wr *buf,
                                   aw_bytes *file, struct aw_diag *diag);

/** Tile from the cache or the store; borrowed from log until the next call.
 *  Errors of reading. */
AW_MUST_CHECK aw_err log_tile(struct aw_log *log, const struct aw_tile_id *id,
                              struct aw_tile **tile, struct aw_diag *diag);

/** Makes the consistency proof for a part of the log and checks it. Errors
 *  as aw_merkle_check_subtree_consistency, and of reading. */
AW_MUST_CHECK aw_err log_prove_part(struct aw_log *log,
                                    const struct aw_subtree *part,
                                    struct aw_proof *proof,
                                    struct aw_diag *diag);

#endif
