/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/rebuilds.h"
#include "state_private.h"

/* They came after version 1 of the database, which older programs then still
 * can use. */
static aw_err ready(struct aw_state *state, struct aw_host_diag *host)
{
    return db_do(state,
                 "CREATE TABLE IF NOT EXISTS rebuild_cursor ("
                 " log_id BLOB NOT NULL PRIMARY KEY,"
                 " next INTEGER NOT NULL) STRICT;"
                 "CREATE TABLE IF NOT EXISTS rebuild ("
                 " log_id BLOB NOT NULL,"
                 " leaf INTEGER NOT NULL,"
                 " verdict INTEGER NOT NULL DEFAULT -1,"
                 " tries INTEGER NOT NULL DEFAULT 0,"
                 " next_time INTEGER NOT NULL DEFAULT 0,"
                 " queued_time INTEGER NOT NULL,"
                 " time INTEGER NOT NULL DEFAULT 0,"
                 " told INTEGER NOT NULL DEFAULT 0,"
                 " notified INTEGER NOT NULL DEFAULT 0,"
                 " acknowledged INTEGER NOT NULL DEFAULT 0,"
                 " detail TEXT NOT NULL DEFAULT '',"
                 " evidence TEXT NOT NULL DEFAULT '',"
                 " note BLOB NOT NULL DEFAULT x'',"
                 " PRIMARY KEY (log_id, leaf)) STRICT;"
                 "CREATE TABLE IF NOT EXISTS rebuild_pulse ("
                 " log_id BLOB NOT NULL PRIMARY KEY,"
                 " started INTEGER NOT NULL,"
                 " time INTEGER NOT NULL,"
                 " look_time INTEGER NOT NULL,"
                 " size INTEGER NOT NULL,"
                 " exit INTEGER NOT NULL,"
                 " looks INTEGER NOT NULL,"
                 " rebuilt INTEGER NOT NULL,"
                 " ended INTEGER NOT NULL) STRICT",
                 host);
}

static aw_bytes id_of(const uint8_t *log_id)
{
    return (aw_bytes){log_id, AW_SHA256_SIZE};
}

static aw_err begin(struct aw_state *state, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    return err == AW_OK ? db_do(state, "BEGIN IMMEDIATE", host) : err;
}

/* The cursor; AW_ERR_NOT_FOUND without one. */
static aw_err cursor(struct aw_state *state, const uint8_t *log_id,
                     uint64_t *next, struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "SELECT next FROM rebuild_cursor WHERE log_id = ?");

    query_bytes(&q, id_of(log_id));
    bool found = query_row(&q);
    uint64_t value = found ? (uint64_t)sqlite3_column_int64(q.stmt, 0) : 0;
    aw_err err = query_end(&q, host);

    if (err == AW_OK && !found) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_NOT_FOUND,
                       "rebuilds: cursor", 0);
    }
    if (err == AW_OK) {
        *next = value;
    }
    return err;
}

static aw_err put_leaf(struct aw_state *state, const uint8_t *log_id,
                       uint64_t index, int64_t now, struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "INSERT OR IGNORE INTO rebuild (log_id, leaf, queued_time)"
               " VALUES (?, ?, ?)");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)index);
    query_int(&q, now);
    (void)query_row(&q);
    return query_end(&q, host);
}

static aw_err put_cursor(struct aw_state *state, const uint8_t *log_id,
                         uint64_t next, struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "INSERT OR REPLACE INTO rebuild_cursor (log_id, next)"
               " VALUES (?, ?)");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)next);
    (void)query_row(&q);
    return query_end(&q, host);
}

/* Rows are added one after the other and never deleted: a gap below the cursor
 * is damage, and a leaf that nobody would look at. */
static aw_err check_rows(struct aw_state *state, const uint8_t *log_id,
                         uint64_t next, struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "SELECT COUNT(*), MIN(leaf), MAX(leaf) FROM rebuild"
                           " WHERE log_id = ?");

    query_bytes(&q, id_of(log_id));
    uint64_t n = query_row(&q) ? (uint64_t)sqlite3_column_int64(q.stmt, 0) : 0;
    uint64_t least = (uint64_t)sqlite3_column_int64(q.stmt, 1);
    uint64_t most = (uint64_t)sqlite3_column_int64(q.stmt, 2);
    aw_err err = query_end(&q, host);

    if (err == AW_OK && n > 0 && (most + 1 != next || most - least + 1 != n)) {
        err = aw_fail(
            aw_host_say(host,
                        "%s: leaves are missing in the queue of rebuilds; move "
                        "it away, then start anew with --accept-new-baseline",
                        state->db_path),
            AW_ERR_STATE, "rebuilds: leaves", n);
    }
    return err;
}

aw_err aw_rebuilds_queue(struct aw_state *state, const uint8_t *log_id,
                         uint64_t first, uint64_t size, int64_t now,
                         struct aw_host_diag *host)
{
    uint64_t next = first;
    aw_err err = begin(state, host);

    if (err != AW_OK) {
        return err;
    }
    err = cursor(state, log_id, &next, host);
    if (err == AW_ERR_NOT_FOUND) {
        err = AW_OK;
    } else if (err == AW_OK) {
        err = check_rows(state, log_id, next, host);
    }
    for (; err == AW_OK && next < size; next++) {
        err = put_leaf(state, log_id, next, now, host);
    }
    if (err == AW_OK) {
        err = put_cursor(state, log_id, next, host);
    }
    return db_commit(state, err, host);
}

aw_err aw_rebuilds_cursor(struct aw_state *state, const uint8_t *log_id,
                          uint64_t *next, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    return err == AW_OK ? cursor(state, log_id, next, host) : err;
}

aw_err aw_rebuilds_next(struct aw_state *state, const uint8_t *log_id,
                        int64_t now, uint64_t from, struct aw_rebuilds_due *due,
                        struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "SELECT leaf, tries FROM rebuild WHERE log_id = ? AND leaf >= ?"
               " AND (verdict = -1 OR (next_time > 0 AND next_time <= ?))"
               " ORDER BY verdict <> -1, leaf LIMIT 1");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)from);
    query_int(&q, now);
    bool found = query_row(&q);
    struct aw_rebuilds_due is = {0};

    if (found) {
        is.index = (uint64_t)sqlite3_column_int64(q.stmt, 0);
        is.tries = (uint64_t)sqlite3_column_int64(q.stmt, 1);
    }
    err = query_end(&q, host);
    if (err == AW_OK && !found) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_NOT_FOUND,
                       "rebuilds: next", 0);
    }
    if (err == AW_OK) {
        *due = is;
    }
    return err;
}

/* Ends a query that must have changed one row. */
static aw_err end_update(struct query *q, struct aw_state *state,
                         uint64_t index, struct aw_host_diag *host)
{
    (void)query_row(q);
    aw_err err = query_end(q, host);

    if (err == AW_OK && sqlite3_changes(state->db) != 1) {
        err = aw_fail(aw_host_say(host, "leaf %llu is not in the queue",
                                  (unsigned long long)index),
                      AW_ERR_NOT_FOUND, "rebuilds: leaf", index);
    }
    return err;
}

aw_err aw_rebuilds_save(struct aw_state *state, const uint8_t *log_id,
                        const struct aw_rebuilds_row *row,
                        struct aw_host_diag *host)
{
    if (row->note.n > AW_REBUILDS_NOTE_MAX ||
        row->detail.n > AW_STATE_TEXT_MAX ||
        row->evidence.n > AW_STATE_TEXT_MAX) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_SPACE,
                       "rebuilds: result", row->note.n);
    }
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "UPDATE rebuild SET verdict = ?, tries = ?, next_time = ?,"
               " time = ?, detail = CAST(? AS TEXT),"
               " evidence = CAST(? AS TEXT), note = ?,"
               " told = told AND verdict = ?1,"
               " notified = notified AND verdict = ?1,"
               " acknowledged = acknowledged AND verdict = ?1"
               " WHERE log_id = ? AND leaf = ?");

    query_int(&q, row->verdict);
    query_int(&q, (int64_t)row->tries);
    query_int(&q, row->next_time);
    query_int(&q, row->time);
    query_bytes(&q, row->detail);
    query_bytes(&q, row->evidence);
    query_bytes(&q, row->note);
    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)row->index);
    return end_update(&q, state, row->index, host);
}

aw_err aw_rebuilds_tell(struct aw_state *state, const uint8_t *log_id,
                        uint64_t index, bool *first, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "UPDATE rebuild SET told = 1 WHERE log_id = ? AND leaf = ?"
               " AND told = 0");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)index);
    (void)query_row(&q);
    err = query_end(&q, host);
    if (err == AW_OK) {
        *first = sqlite3_changes(state->db) == 1;
    }
    return err;
}

/* Runs an update that has times, then log and leaf, as its arguments. */
static aw_err update_leaf(struct aw_state *state, const char *sql,
                          const int64_t *arg, const uint8_t *log_id,
                          uint64_t index, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(state, sql);

    if (arg != NULL) {
        query_int(&q, *arg);
    }
    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)index);
    return end_update(&q, state, index, host);
}

aw_err aw_rebuilds_notified(struct aw_state *state, const uint8_t *log_id,
                            uint64_t index, struct aw_host_diag *host)
{
    return update_leaf(state,
                       "UPDATE rebuild SET notified = 1 WHERE log_id = ? AND"
                       " leaf = ?",
                       NULL, log_id, index, host);
}

aw_err aw_rebuilds_acknowledge(struct aw_state *state, const uint8_t *log_id,
                               uint64_t index, struct aw_host_diag *host)
{
    return update_leaf(state,
                       "UPDATE rebuild SET acknowledged = 1 WHERE log_id = ?"
                       " AND leaf = ? AND verdict <> -1",
                       NULL, log_id, index, host);
}

aw_err aw_rebuilds_again(struct aw_state *state, const uint8_t *log_id,
                         uint64_t index, int64_t now, struct aw_host_diag *host)
{
    return update_leaf(state,
                       "UPDATE rebuild SET next_time = ?, tries = 0"
                       " WHERE log_id = ? AND leaf = ?",
                       &now, log_id, index, host);
}

static void take(const struct query *q, struct aw_rebuilds_row *row)
{
    row->index = (uint64_t)sqlite3_column_int64(q->stmt, 0);
    row->verdict = sqlite3_column_int64(q->stmt, 1);
    row->tries = (uint64_t)sqlite3_column_int64(q->stmt, 2);
    row->next_time = sqlite3_column_int64(q->stmt, 3);
    row->queued_time = sqlite3_column_int64(q->stmt, 4);
    row->time = sqlite3_column_int64(q->stmt, 5);
    row->told = sqlite3_column_int64(q->stmt, 6) != 0;
    row->notified = sqlite3_column_int64(q->stmt, 7) != 0;
    row->acknowledged = sqlite3_column_int64(q->stmt, 8) != 0;
    row->detail = query_column(q, 9);
    row->evidence = query_column(q, 10);
    row->note = query_column(q, 11);
}

aw_err aw_rebuilds_list(struct aw_state *state, const uint8_t *log_id,
                        const struct aw_rebuilds_range *range,
                        aw_err (*each)(void *ctx,
                                       const struct aw_rebuilds_row *row),
                        void *ctx, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "SELECT leaf, verdict, tries, next_time, queued_time, time,"
               " told, notified, acknowledged, detail, evidence, note"
               " FROM rebuild WHERE log_id = ? AND leaf >= ?"
               " ORDER BY leaf LIMIT ?");

    query_bytes(&q, id_of(log_id));
    query_int(&q, range == NULL ? 0 : (int64_t)range->from);
    query_int(&q, range == NULL || range->max == 0 ? -1 /* no limit */
                                                   : (int64_t)range->max);
    while (err == AW_OK && query_row(&q)) {
        struct aw_rebuilds_row row;

        take(&q, &row);
        err = each(ctx, &row);
    }
    aw_err end = query_end(&q, host);

    return err == AW_OK ? end : err;
}

aw_err aw_rebuilds_beat(struct aw_state *state, const uint8_t *log_id,
                        const struct aw_rebuilds_pulse *pulse,
                        struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "INSERT OR REPLACE INTO rebuild_pulse (log_id, started, time,"
               " look_time, size, exit, looks, rebuilt, ended)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

    query_bytes(&q, id_of(log_id));
    query_int(&q, pulse->started);
    query_int(&q, pulse->time);
    query_int(&q, pulse->look_time);
    query_int(&q, (int64_t)pulse->size);
    query_int(&q, pulse->exit);
    query_int(&q, (int64_t)pulse->looks);
    query_int(&q, (int64_t)pulse->rebuilt);
    query_int(&q, pulse->ended ? 1 : 0);
    (void)query_row(&q);
    return query_end(&q, host);
}

aw_err aw_rebuilds_pulse(struct aw_state *state, const uint8_t *log_id,
                         struct aw_rebuilds_pulse *pulse,
                         struct aw_host_diag *host)
{
    struct aw_rebuilds_pulse p = {.started = 0};
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "SELECT started, time, look_time, size, exit, looks, rebuilt,"
               " ended FROM rebuild_pulse WHERE log_id = ?");

    query_bytes(&q, id_of(log_id));
    bool found = query_row(&q);

    if (found) {
        p.started = sqlite3_column_int64(q.stmt, 0);
        p.time = sqlite3_column_int64(q.stmt, 1);
        p.look_time = sqlite3_column_int64(q.stmt, 2);
        p.size = (uint64_t)sqlite3_column_int64(q.stmt, 3);
        p.exit = sqlite3_column_int64(q.stmt, 4);
        p.looks = (uint64_t)sqlite3_column_int64(q.stmt, 5);
        p.rebuilt = (uint64_t)sqlite3_column_int64(q.stmt, 6);
        p.ended = sqlite3_column_int64(q.stmt, 7) != 0;
    }
    err = query_end(&q, host);
    if (err == AW_OK && !found) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_NOT_FOUND,
                       "rebuilds: pulse", 0);
    }
    if (err == AW_OK) {
        *pulse = p;
    }
    return err;
}
