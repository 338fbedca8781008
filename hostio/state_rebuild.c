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
                 " verdict INTEGER NOT NULL,"
                 " tries INTEGER NOT NULL,"
                 " next_time INTEGER NOT NULL,"
                 " time INTEGER NOT NULL,"
                 " told INTEGER NOT NULL,"
                 " acknowledged INTEGER NOT NULL,"
                 " detail TEXT NOT NULL,"
                 " note BLOB NOT NULL,"
                 " PRIMARY KEY (log_id, leaf)) STRICT",
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
                       uint64_t index, struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "INSERT OR IGNORE INTO rebuild (log_id, leaf, verdict, tries,"
               " next_time, time, told, acknowledged, detail, note)"
               " VALUES (?, ?, -1, 0, 0, 0, 0, 0, '', x'')");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)index);
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

aw_err aw_rebuilds_queue(struct aw_state *state, const uint8_t *log_id,
                         uint64_t first, uint64_t size, uint64_t *added,
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
    }
    uint64_t from = next;

    for (; err == AW_OK && next < size; next++) {
        err = put_leaf(state, log_id, next, host);
    }
    if (err == AW_OK) {
        err = put_cursor(state, log_id, next, host);
    }
    err = db_commit(state, err, host);
    if (err == AW_OK && added != NULL) {
        *added = next - from;
    }
    return err;
}

aw_err aw_rebuilds_cursor(struct aw_state *state, const uint8_t *log_id,
                          uint64_t *next, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    return err == AW_OK ? cursor(state, log_id, next, host) : err;
}

aw_err aw_rebuilds_next(struct aw_state *state, const uint8_t *log_id,
                        int64_t now, uint64_t *index, uint64_t *tries,
                        struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "SELECT leaf, tries FROM rebuild WHERE log_id = ? AND"
               " (verdict = -1 OR (next_time > 0 AND next_time <= ?))"
               " ORDER BY verdict <> -1, leaf LIMIT 1");

    query_bytes(&q, id_of(log_id));
    query_int(&q, now);
    bool found = query_row(&q);
    uint64_t leaf = found ? (uint64_t)sqlite3_column_int64(q.stmt, 0) : 0;
    uint64_t made = found ? (uint64_t)sqlite3_column_int64(q.stmt, 1) : 0;

    err = query_end(&q, host);
    if (err == AW_OK && !found) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_NOT_FOUND,
                       "rebuilds: next", 0);
    }
    if (err == AW_OK) {
        *index = leaf;
        *tries = made;
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
        row->detail.n > AW_STATE_TEXT_MAX) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_SPACE,
                       "rebuilds: result", row->note.n);
    }
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "UPDATE rebuild SET verdict = ?, tries = ?, next_time = ?,"
               " time = ?, detail = CAST(? AS TEXT), note = ?,"
               " told = told AND verdict = ?1,"
               " acknowledged = acknowledged AND verdict = ?1"
               " WHERE log_id = ? AND leaf = ?");

    query_int(&q, row->verdict);
    query_int(&q, (int64_t)row->tries);
    query_int(&q, row->next_time);
    query_int(&q, row->time);
    query_bytes(&q, row->detail);
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

aw_err aw_rebuilds_acknowledge(struct aw_state *state, const uint8_t *log_id,
                               uint64_t index, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "UPDATE rebuild SET acknowledged = 1 WHERE log_id = ? AND"
               " leaf = ? AND verdict <> -1");

    query_bytes(&q, id_of(log_id));
    query_int(&q, (int64_t)index);
    return end_update(&q, state, index, host);
}

static void take(const struct query *q, struct aw_rebuilds_row *row)
{
    row->index = (uint64_t)sqlite3_column_int64(q->stmt, 0);
    row->verdict = sqlite3_column_int64(q->stmt, 1);
    row->tries = (uint64_t)sqlite3_column_int64(q->stmt, 2);
    row->next_time = sqlite3_column_int64(q->stmt, 3);
    row->time = sqlite3_column_int64(q->stmt, 4);
    row->told = sqlite3_column_int64(q->stmt, 5) != 0;
    row->acknowledged = sqlite3_column_int64(q->stmt, 6) != 0;
    row->detail = query_column(q, 7);
    row->note = query_column(q, 8);
}

aw_err aw_rebuilds_list(struct aw_state *state, const uint8_t *log_id,
                        aw_err (*each)(void *ctx,
                                       const struct aw_rebuilds_row *row),
                        void *ctx, struct aw_host_diag *host)
{
    aw_err err = ready(state, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "SELECT leaf, verdict, tries, next_time, time, told,"
               " acknowledged, detail, note FROM rebuild WHERE log_id = ?"
               " ORDER BY leaf");

    query_bytes(&q, id_of(log_id));
    while (err == AW_OK && query_row(&q)) {
        struct aw_rebuilds_row row;

        take(&q, &row);
        err = each(ctx, &row);
    }
    aw_err end = query_end(&q, host);

    return err == AW_OK ? end : err;
}
