/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_REBUILDS_H
#define AW_HOSTIO_REBUILDS_H

#include "aw/hostio/state.h"

/*
 * What a monitor of rebuilds did with each leaf of a log: a queue in the state
 * directory. The cursor, up to where leaves were queued, moves in the same
 * step in which they are; what became of a leaf stays until somebody says that
 * it was seen. Every change is on the disk when the function returns, or did
 * not happen. Errors beside those named: those of aw/hostio/state.h.
 */
enum {
    AW_REBUILDS_NOTE_MAX = 16 * 1024, /* bytes of a result */
    AW_REBUILDS_PENDING = -1          /* verdict of a leaf not built yet */
};

struct aw_rebuilds_row {
    uint64_t index;
    int64_t verdict; /* the caller's number, or AW_REBUILDS_PENDING */
    uint64_t tries;
    int64_t next_time; /* when to try again; 0: never */
    int64_t time;      /* of the last try */
    bool told;         /* it was reported */
    bool acknowledged;
    aw_bytes detail; /* one line */
    aw_bytes note;   /* signed result; may be empty */
};

/**
 * Queues all leaves that are not queued yet.
 *
 * @param first  where the queue begins when there is none for the log yet
 * @param size   of the log
 * @param added  set to the number of leaves queued; may be NULL
 */
AW_MUST_CHECK aw_err aw_rebuilds_queue(struct aw_state *state,
                                       const uint8_t *log_id, uint64_t first,
                                       uint64_t size, uint64_t *added,
                                       struct aw_host_diag *host);

/**
 * Where the next leaf will be queued.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is no queue for the log.
 */
AW_MUST_CHECK aw_err aw_rebuilds_cursor(struct aw_state *state,
                                        const uint8_t *log_id, uint64_t *next,
                                        struct aw_host_diag *host);

/**
 * The lowest leaf that is to be built now.
 *
 * @param now    seconds since 1970
 * @param index  untouched on failure
 * @param tries  so many were made already
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is none.
 */
AW_MUST_CHECK aw_err aw_rebuilds_next(struct aw_state *state,
                                      const uint8_t *log_id, int64_t now,
                                      uint64_t *index, uint64_t *tries,
                                      struct aw_host_diag *host);

/** Saves what became of a queued leaf: verdict, tries, times, detail, note.
 *  AW_ERR_NOT_FOUND when it is not queued, AW_ERR_SPACE for too long texts. */
AW_MUST_CHECK aw_err aw_rebuilds_save(struct aw_state *state,
                                      const uint8_t *log_id,
                                      const struct aw_rebuilds_row *row,
                                      struct aw_host_diag *host);

/** Marks a leaf as reported. @param first  false: it was already */
AW_MUST_CHECK aw_err aw_rebuilds_tell(struct aw_state *state,
                                      const uint8_t *log_id, uint64_t index,
                                      bool *first, struct aw_host_diag *host);

/** Marks a leaf as seen by the operator. AW_ERR_NOT_FOUND when there is no
 *  such leaf. */
AW_MUST_CHECK aw_err aw_rebuilds_acknowledge(struct aw_state *state,
                                             const uint8_t *log_id,
                                             uint64_t index,
                                             struct aw_host_diag *host);

/**
 * Calls `each` for all leaves, by index.
 *
 * @param each  the row is borrowed for the call, which must not use the state
 *
 * @return AW_OK; what `each` returned.
 */
AW_MUST_CHECK aw_err
aw_rebuilds_list(struct aw_state *state, const uint8_t *log_id,
                 aw_err (*each)(void *ctx, const struct aw_rebuilds_row *row),
                 void *ctx, struct aw_host_diag *host);

#endif
