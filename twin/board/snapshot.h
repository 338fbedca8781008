/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SNAPSHOT_H
#define TWIN_SNAPSHOT_H

#include "board/folder.h"

/*
 * The whole of a twin at one tick, in one file: models, processor, memory,
 * fuses, storage. Format: docs/formats/twin-snapshot.md. A run from a snapshot
 * repeats tick for tick.
 */
enum { TW_HASH = 32 };

/** State of the board (without memory and storage), memory, fuses. */
void tw_board_save(struct tw_board *board, struct tw_saver *to);

/** False: refused. The board is then powered off. */
bool tw_board_load(struct tw_board *board, struct tw_loader *from);

/** SHA-256 over OCRAM and DDR: what `aw twin status` shows. */
void tw_board_hash(const struct tw_board *board, uint8_t digest[TW_HASH]);

/**
 * Writes the snapshot of a board with its folder's storage, whole or not at
 * all.
 *
 * @return errors of aw_file_write; AW_ERR_IO when storage cannot be read
 */
AW_MUST_CHECK aw_err tw_snapshot_write(struct tw_board *board,
                                       struct tw_folder *folder,
                                       const char *path,
                                       struct aw_host_diag *host);

/**
 * Brings board and storage to a snapshot.
 *
 * @return AW_OK; AW_ERR_DIGEST for a file that is damaged, AW_ERR_FORMAT for
 *         one that is no snapshot, AW_ERR_CONTENT for one of another twin or
 *         of a version that this one does not know; errors of aw_file_read;
 *         AW_ERR_IO, AW_ERR_RESOURCE when storage cannot be written, after
 *         which the board is off and its storage mixed.
 */
AW_MUST_CHECK aw_err tw_snapshot_read(struct tw_board *board,
                                      struct tw_folder *folder,
                                      const char *path,
                                      struct aw_host_diag *host);

#endif
