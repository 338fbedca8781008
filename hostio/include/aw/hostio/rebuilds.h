/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_REBUILDS_H
#define AW_HOSTIO_REBUILDS_H

#include "aw/hostio/state.h"

/*
 * What a monitor of rebuilds did with each leaf of a log: a queue in the state
 * directory. The cursor, up to where leaves were queued, moves in the same
 * step in which they are; what became of a leaf stays until somebody says that
 * it was seen, and after. Every change is on the disk when the function
 * returns, or did not happen. Tables: docs/formats/rebuild-state.md.
 *
 * Log ids are those of aw_state_log_init. Times are seconds since 1970, UTC.
 * Readers and one monitor may use a state at the same time. Errors beside
 * those named: those of aw/hostio/state.h.
 */
enum {
    AW_REBUILDS_NOTE_MAX = 16 * 1024, /* bytes of a result */
    AW_REBUILDS_PENDING = -1          /* verdict of a leaf not built yet */
};

struct aw_rebuilds_row {
    uint64_t index;
    int64_t verdict; /* the caller's number, or AW_REBUILDS_PENDING */
    uint64_t tries;
    int64_t next_time;   /* when to try again; 0: never */
    int64_t queued_time; /* when the leaf was first seen */
    int64_t time;        /* of the last try; 0: none */
    bool told;           /* it was reported */
    bool notified;       /* the hook was called, and said that all is well */
    bool acknowledged;
    aw_bytes detail;   /* one line */
    aw_bytes evidence; /* name of the folder; empty for none */
    aw_bytes note;     /* the result, signed or not; may be empty */
};

/**
 * Queues all leaves that are not queued yet.
 *
 * @param first  where the queue begins when there is none for the log yet
 * @param size   of the log
 * @param now    their queued_time
 *
 * @return AW_OK; AW_ERR_STATE when leaves are missing that were queued before:
 *         the file is damaged; AW_ERR_TIMEOUT; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_rebuilds_queue(struct aw_state *state,
                                       const uint8_t *log_id, uint64_t first,
                                       uint64_t size, int64_t now,
                                       struct aw_host_diag *host);

/**
 * Where the next leaf will be queued.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is no queue for the log.
 */
AW_MUST_CHECK aw_err aw_rebuilds_cursor(struct aw_state *state,
                                        const uint8_t *log_id, uint64_t *next,
                                        struct aw_host_diag *host);

/* A leaf to be built. */
struct aw_rebuilds_due {
    uint64_t index;
    uint64_t tries; /* so many were made already */
};

/**
 * The leaf that is to be built now: the lowest one that was not built yet,
 * else the lowest one whose time has come.
 *
 * @param from   only leaves from this index on; 0 for all
 * @param due    untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is none.
 */
AW_MUST_CHECK aw_err aw_rebuilds_next(struct aw_state *state,
                                      const uint8_t *log_id, int64_t now,
                                      uint64_t from,
                                      struct aw_rebuilds_due *due,
                                      struct aw_host_diag *host);

/**
 * Saves what became of a queued leaf: verdict, tries, times but queued_time,
 * detail, evidence, note. With another verdict than before it counts as not
 * told, not notified, not acknowledged.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when it is not queued; AW_ERR_SPACE for too
 *         long texts.
 */
AW_MUST_CHECK aw_err aw_rebuilds_save(struct aw_state *state,
                                      const uint8_t *log_id,
                                      const struct aw_rebuilds_row *row,
                                      struct aw_host_diag *host);

/** Marks a leaf as reported. @param first  false: it was already */
AW_MUST_CHECK aw_err aw_rebuilds_tell(struct aw_state *state,
                                      const uint8_t *log_id, uint64_t index,
                                      bool *first, struct aw_host_diag *host);

/** Marks a leaf as notified. AW_ERR_NOT_FOUND when there is no such leaf. */
AW_MUST_CHECK aw_err aw_rebuilds_notified(struct aw_state *state,
                                          const uint8_t *log_id, uint64_t index,
                                          struct aw_host_diag *host);

/** Marks a leaf as seen by the operator. AW_ERR_NOT_FOUND when there is no
 *  such leaf, or nothing became of it yet. */
AW_MUST_CHECK aw_err aw_rebuilds_acknowledge(struct aw_state *state,
                                             const uint8_t *log_id,
                                             uint64_t index,
                                             struct aw_host_diag *host);

/**
 * Has a leaf built again, whatever became of it. What became of it stays until
 * then.
 *
 * @param now  not 0
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when it is not queued.
 */
AW_MUST_CHECK aw_err aw_rebuilds_again(struct aw_state *state,
                                       const uint8_t *log_id, uint64_t index,
                                       int64_t now, struct aw_host_diag *host);

/* Which leaves: from an index on, so many at most; 0 for all. */
struct aw_rebuilds_range {
    uint64_t from;
    uint64_t max;
};

/**
 * Calls `each` for leaves, by index.
 *
 * @param range  NULL: all
 * @param each   the row is borrowed for the call, which must not use the state
 *
 * @return AW_OK, also when there is no queue; what `each` returned.
 */
AW_MUST_CHECK aw_err
aw_rebuilds_list(struct aw_state *state, const uint8_t *log_id,
                 const struct aw_rebuilds_range *range,
                 aw_err (*each)(void *ctx, const struct aw_rebuilds_row *row),
                 void *ctx, struct aw_host_diag *host);

/* How a monitor is: one row a log, written at each look and after each leaf.
 * It may be lost without harm. */
struct aw_rebuilds_pulse {
    int64_t started;   /* when the monitor began */
    int64_t time;      /* when this was written */
    int64_t look_time; /* of the last look at the log that succeeded; 0: none */
    uint64_t size;     /* of the log then */
    int64_t exit;      /* exit code of the last look */
    uint64_t looks;    /* since it began */
    uint64_t rebuilt;  /* the same */
    bool ended;        /* it was stopped in order */
};

AW_MUST_CHECK aw_err aw_rebuilds_beat(struct aw_state *state,
                                      const uint8_t *log_id,
                                      const struct aw_rebuilds_pulse *pulse,
                                      struct aw_host_diag *host);

/** @return AW_OK; AW_ERR_NOT_FOUND when there was never a monitor. */
AW_MUST_CHECK aw_err aw_rebuilds_pulse(struct aw_state *state,
                                       const uint8_t *log_id,
                                       struct aw_rebuilds_pulse *pulse,
                                       struct aw_host_diag *host);

#endif
