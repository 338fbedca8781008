/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_PRIVATE_H
#define STATE_PRIVATE_H

#include <sqlite3.h>

#include "aw/hostio/state.h"

struct aw_state {
    sqlite3 *db;
    int dir;            /* descriptor of the directory, also the lock */
    char *path;         /* of the directory */
    char *db_path;      /* of state.db */
    char *known_path;   /* of known-logs */
    bool accept;        /* --accept-new-baseline */
    bool known_damaged; /* known-logs was damaged when opened */
    unsigned busy_ms;
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
};

/* --- state_db.c: queries ------------------------------------------------ */

/*
 * A query at work. Arguments are bound in order; the first failure sticks,
 * so one test of the end follows a run of calls.
 */
struct query {
    struct aw_state *state;
    sqlite3_stmt *stmt;
    int rc;   /* last result of SQLite */
    int next; /* number of the next argument */
};

struct query query_start(struct aw_state *state, const char *sql);
void query_bytes(struct query *q, aw_bytes value);
void query_text(struct query *q, const char *value);
void query_int(struct query *q, int64_t value);
/** Goes to the next row; false at the end and after a failure. */
bool query_row(struct query *q);
/** Column as bytes, borrowed until the next row. */
aw_bytes query_column(const struct query *q, int column);
/** Column as text; "" when it is none. Borrowed until the next row. */
const char *query_column_text(const struct query *q, int column);
/** Frees; AW_OK, or the error of the first failure. */
AW_MUST_CHECK aw_err query_end(struct query *q, struct aw_host_diag *host);

/** One statement without arguments and rows. */
AW_MUST_CHECK aw_err db_do(struct aw_state *state, const char *sql,
                           struct aw_host_diag *host);
/** Ends a transaction: commits after AW_OK, else rolls back and returns
 *  err. */
AW_MUST_CHECK aw_err db_commit(struct aw_state *state, aw_err err,
                               struct aw_host_diag *host);
/** Error for a result code of SQLite. */
aw_err db_fail(const struct aw_state *state, int rc, struct aw_host_diag *host);

/** Opens the database, makes it when it is missing. AW_ERR_STATE when it is
 *  damaged. */
AW_MUST_CHECK aw_err db_open(struct aw_state *state, struct aw_host_diag *host);
void db_close(struct aw_state *state);

/** Hash of one field: its length and its bytes. */
void sum_bytes(struct aw_sha256 *sum, aw_bytes field);
void sum_int(struct aw_sha256 *sum, uint64_t field);

/* --- state_known.c: the list of known logs ------------------------------- */

/** Reads the list.
 *  @param named    true when it names the log
 *  @param damaged  true when part of it cannot be read */
AW_MUST_CHECK aw_err known_find(const struct aw_state *state,
                                const uint8_t *log_id, bool *named,
                                bool *damaged, struct aw_host_diag *host);
/** Adds the logs of the database that it does not name. A damaged list stays
 *  as it is, unless the user accepts a new baseline. The lock is held. */
AW_MUST_CHECK aw_err known_sync(struct aw_state *state,
                                struct aw_host_diag *host);

/* --- state.c ------------------------------------------------------------ */

/** Waits a little for another process that has something locked.
 *  @param waited  times this was called before for this lock
 *  @return false: long enough, or the caller wants to stop */
bool state_wait(const struct aw_state *state, unsigned waited);
/** Why the wait for `path` was in vain. */
aw_err state_locked(const struct aw_state *state, const char *path,
                    struct aw_host_diag *host);

/** Keeps other processes out of the directory's files, the database has its
 *  own locks. Never inside a transaction. */
AW_MUST_CHECK aw_err state_lock(const struct aw_state *state,
                                struct aw_host_diag *host);
void state_unlock(const struct aw_state *state);
/** Renames a damaged file so that it is kept; its companions with it. */
AW_MUST_CHECK aw_err state_put_aside(const struct aw_state *state,
                                     const char *path,
                                     struct aw_host_diag *host);
/** Damaged state, with the way out. */
aw_err state_damaged(struct aw_host_diag *host, const char *path,
                     const char *what);

#endif
