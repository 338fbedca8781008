/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/records.h"

#include <string.h>
#include <unistd.h>

#include "sqlite_err.h"

enum {
    APPLICATION_ID = 0x41577063, /* "AWpc" */
    VERSION = 1,
    BUSY_MS = 10000
};

static const char schema[] =
    "CREATE TABLE record (id INTEGER PRIMARY KEY, serial TEXT NOT NULL,"
    " time TEXT NOT NULL, name TEXT NOT NULL UNIQUE, note BLOB NOT NULL);"
    "CREATE INDEX record_serial ON record (serial)";

static aw_err fail(sqlite3 *db, int rc, const char *path,
                   struct aw_host_diag *host)
{
    return aw_fail(aw_host_say(host, "%s: %s", path, sqlite3_errstr(rc)),
                   sqlite_err(db, rc), "records", (unsigned)rc);
}

static int number(sqlite3 *db, const char *sql, int *value)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        *value = sqlite3_column_int(stmt, 0);
        rc = SQLITE_OK;
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* An empty file, which a writer that was interrupted leaves, becomes ours;
 * every other one has to be. */
static int check(sqlite3 *db, bool write, bool *empty)
{
    int id = 0;
    int version = 0;
    int pages = 0;
    int rc = number(db, "PRAGMA application_id", &id);

    if (rc == SQLITE_OK) {
        rc = number(db, "PRAGMA user_version", &version);
    }
    if (rc != SQLITE_OK || (id == APPLICATION_ID && version == VERSION)) {
        return rc;
    }
    if (id == 0 && version == 0 && !write) {
        rc = number(db, "PRAGMA page_count", &pages);
        *empty = rc == SQLITE_OK && pages == 0;
    }
    if (id != 0 || version != 0 || !write) {
        return rc != SQLITE_OK || *empty ? rc : SQLITE_NOTADB;
    }
    rc = run(db, schema);
    if (rc == SQLITE_OK) {
        rc = run(db, "PRAGMA application_id = 0x41577063");
    }
    return rc == SQLITE_OK ? run(db, "PRAGMA user_version = 1") : rc;
}

/* Readers may write, too, where they have the right: what a writer that was
 * killed has left half done is undone first. */
static aw_err open_file(const char *path, bool write, sqlite3 **db, bool *empty,
                        struct aw_host_diag *host)
{
    int flags = SQLITE_OPEN_READWRITE | (write ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOFOLLOW, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_busy_timeout(*db, BUSY_MS);
    }
    if (rc == SQLITE_OK && write) {
        rc = run(*db, "PRAGMA synchronous = EXTRA");
    }
    if (rc == SQLITE_OK) {
        rc = run(*db, write ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    if (rc == SQLITE_OK) {
        rc = check(*db, write, empty);
    }
    return rc == SQLITE_OK ? AW_OK : fail(*db, rc, path, host);
}

static int insert(sqlite3 *db, const struct aw_record *r)
{
    sqlite3_stmt *stmt = NULL;
    const char *const text[] = {r->serial, r->time, r->name};
    int rc = sqlite3_prepare_v2(
        db, "INSERT INTO record (serial, time, name, note) VALUES (?, ?, ?, ?)",
        -1, &stmt, NULL);

    for (int i = 0; i < 3 && rc == SQLITE_OK; i++) {
        rc = sqlite3_bind_text(stmt, i + 1, text[i], -1, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 4, r->note.p, (int)r->note.n,
                               SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

aw_err aw_records_add(const char *path, const struct aw_record *r,
                      struct aw_host_diag *host)
{
    sqlite3 *db = NULL;
    bool empty = false;

    if (r->note.n > AW_RECORD_NOTE_MAX ||
        strlen(r->serial) > AW_RECORD_TEXT_MAX ||
        strlen(r->time) > AW_RECORD_TEXT_MAX ||
        strlen(r->name) > AW_RECORD_TEXT_MAX) {
        return aw_fail(aw_host_say(host, "%s: too long", path), AW_ERR_SPACE,
                       "records", r->note.n);
    }
    aw_err err = open_file(path, true, &db, &empty, host);

    if (err == AW_OK) {
        int rc = insert(db, r);

        if (rc == SQLITE_OK) {
            rc = run(db, "COMMIT");
        }
        err = rc == SQLITE_OK ? AW_OK : fail(db, rc, path, host);
    }
    (void)sqlite3_close(db);
    return err;
}

aw_err aw_records_check(const char *path, struct aw_host_diag *host)
{
    sqlite3 *db = NULL;
    bool empty = false;

    if (access(path, F_OK) != 0) {
        return AW_OK;
    }
    aw_err err = open_file(path, true, &db, &empty, host);

    /* Closing undoes what was begun. */
    (void)sqlite3_close(db);
    return err;
}

static const char *column(sqlite3_stmt *stmt, int i)
{
    const unsigned char *text = sqlite3_column_text(stmt, i);

    return text == NULL ? "" : (const char *)text;
}

static aw_err each_row(sqlite3_stmt *stmt,
                       aw_err (*each)(void *ctx,
                                      const struct aw_record *record),
                       void *ctx, int *rc)
{
    aw_err err = AW_OK;

    while (err == AW_OK && (*rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct aw_record r = {
            .serial = column(stmt, 0),
            .time = column(stmt, 1),
            .name = column(stmt, 2),
            .note = {sqlite3_column_blob(stmt, 3),
                     (size_t)sqlite3_column_bytes(stmt, 3)},
        };

        err = r.note.n > AW_RECORD_NOTE_MAX ? AW_ERR_STATE : each(ctx, &r);
    }
    return err;
}

aw_err aw_records_read(const char *path,
                       aw_err (*each)(void *ctx,
                                      const struct aw_record *record),
                       void *ctx, struct aw_host_diag *host)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    bool empty = false;
    int rc = SQLITE_OK;

    if (access(path, F_OK) != 0) {
        return aw_fail(aw_host_say(host, "%s: no such file", path),
                       AW_ERR_NOT_FOUND, "records", 0);
    }
    aw_err err = open_file(path, false, &db, &empty, host);

    if (err == AW_OK && !empty) {
        rc = sqlite3_prepare_v2(
            db, "SELECT serial, time, name, note FROM record ORDER BY id", -1,
            &stmt, NULL);
    }
    if (stmt != NULL) {
        err = each_row(stmt, each, ctx, &rc);
    }
    if (err == AW_OK && rc != SQLITE_OK && rc != SQLITE_DONE) {
        err = fail(db, rc, path, host);
    }
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return err;
}
