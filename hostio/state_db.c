/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sqlite_err.h"
#include "state_private.h"

enum {
    APPLICATION_ID = 0x41577374, /* "AWst" */
    SCHEMA = 1,                  /* user_version */
    LENGTH_MAX = 16 * 1024 * 1024
};

/* --- Errors ------------------------------------------------------------- */

aw_err state_damaged(struct aw_host_diag *host, const char *path,
                     const char *what)
{
    return aw_fail(
        aw_host_say(host,
                    "%s: %s; --accept-new-baseline starts anew and keeps the "
                    "damaged file",
                    path, what),
        AW_ERR_STATE, "state: saved", 0);
}

aw_err db_fail(const struct aw_state *state, int rc, struct aw_host_diag *host)
{
    aw_err err = sqlite_err(state->db, rc);
    const char *what = sqlite3_errstr(rc);

    /* Nothing that is put here is there already. */
    if (err == AW_ERR_STATE || err == AW_ERR_DUPLICATE) {
        return state_damaged(host, state->db_path, what);
    }
    if (err == AW_ERR_TIMEOUT) {
        return state_locked(state, state->db_path, host);
    }
    return aw_fail(aw_host_say(host, "%s: %s", state->db_path, what), err,
                   "state: database", (unsigned)rc);
}

/* --- Queries ------------------------------------------------------------ */

struct query query_start(struct aw_state *state, const char *sql)
{
    struct query q = {.state = state, .next = 1};

    q.rc = sqlite3_prepare_v2(state->db, sql, -1, &q.stmt, NULL);
    return q;
}

void query_bytes(struct query *q, aw_bytes value)
{
    if (q->rc == SQLITE_OK) {
        /* A null pointer would bind NULL. */
        q->rc = sqlite3_bind_blob64(q->stmt, q->next++,
                                    value.n == 0 ? (const void *)"" : value.p,
                                    value.n, SQLITE_TRANSIENT);
    }
}

void query_text(struct query *q, const char *value)
{
    if (q->rc == SQLITE_OK) {
        q->rc =
            sqlite3_bind_text(q->stmt, q->next++, value, -1, SQLITE_TRANSIENT);
    }
}

void query_int(struct query *q, int64_t value)
{
    if (q->rc == SQLITE_OK) {
        q->rc = sqlite3_bind_int64(q->stmt, q->next++, value);
    }
}

bool query_row(struct query *q)
{
    if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW) {
        return false;
    }
    q->rc = sqlite3_step(q->stmt);
    return q->rc == SQLITE_ROW;
}

aw_bytes query_column(const struct query *q, int column)
{
    const void *p = sqlite3_column_blob(q->stmt, column);
    int n = sqlite3_column_bytes(q->stmt, column);

    return p == NULL || n < 0 ? (aw_bytes){NULL, 0} : (aw_bytes){p, (size_t)n};
}

const char *query_column_text(const struct query *q, int column)
{
    const unsigned char *text = sqlite3_column_text(q->stmt, column);

    return text == NULL ? "" : (const char *)text;
}

aw_err query_end(struct query *q, struct aw_host_diag *host)
{
    int rc = q->rc;
    aw_err err = AW_OK;

    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE) {
        err = db_fail(q->state, rc, host);
    }
    (void)sqlite3_finalize(q->stmt); /* repeats the error of the last step */
    q->stmt = NULL;
    return err;
}

aw_err db_do(struct aw_state *state, const char *sql, struct aw_host_diag *host)
{
    int rc = sqlite3_exec(state->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? AW_OK : db_fail(state, rc, host);
}

aw_err db_commit(struct aw_state *state, aw_err err, struct aw_host_diag *host)
{
    if (err == AW_OK) {
        err = db_do(state, "COMMIT", host);
    }
    /* Some errors have ended the transaction already. */
    if (err != AW_OK && sqlite3_get_autocommit(state->db) == 0) {
        (void)sqlite3_exec(state->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

/* --- Opening ------------------------------------------------------------ */

static const char schema[] =
    "CREATE TABLE log ("
    " id BLOB NOT NULL PRIMARY KEY,"
    " origin TEXT NOT NULL,"
    " vkey TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " root BLOB NOT NULL,"
    " first_seen INTEGER NOT NULL,"
    " last_seen INTEGER NOT NULL,"
    " began INTEGER NOT NULL,"
    " note BLOB NOT NULL,"
    " sum BLOB NOT NULL) STRICT;"
    "CREATE TABLE finding ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " log_id BLOB NOT NULL,"
    " kind INTEGER NOT NULL,"
    " first_time INTEGER NOT NULL,"
    " last_time INTEGER NOT NULL,"
    " times INTEGER NOT NULL,"
    " acknowledged INTEGER NOT NULL,"
    " saved BLOB NOT NULL,"
    " shown BLOB NOT NULL,"
    " origin TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " same BLOB NOT NULL UNIQUE) STRICT;"
    "CREATE INDEX finding_log ON finding (log_id);"
    "CREATE TABLE progress ("
    " log_id BLOB NOT NULL,"
    " layout TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " root BLOB NOT NULL,"
    " value BLOB NOT NULL,"
    " sum BLOB NOT NULL,"
    " PRIMARY KEY (log_id, layout, key)) STRICT;"
    "PRAGMA application_id = 1096250228;" /* APPLICATION_ID */
    "PRAGMA user_version = 1;";

_Static_assert(APPLICATION_ID == 1096250228, "number inside the schema");
_Static_assert(SCHEMA == 1, "number inside the schema");

/* First number that a query gives. */
static aw_err number(struct aw_state *state, const char *sql, int64_t *value,
                     struct aw_host_diag *host)
{
    struct query q = query_start(state, sql);

    if (query_row(&q)) {
        *value = sqlite3_column_int64(q.stmt, 0);
    }
    return query_end(&q, host);
}

static aw_err make_schema(struct aw_state *state, struct aw_host_diag *host)
{
    int64_t id = 0;
    aw_err err = db_do(state, "BEGIN IMMEDIATE", host);

    if (err != AW_OK) {
        return err;
    }
    /* Another process may have been faster. */
    err = number(state, "PRAGMA application_id", &id, host);
    if (err == AW_OK && id == 0) {
        err = db_do(state, schema, host);
    }
    return db_commit(state, err, host);
}

static aw_err check_version(struct aw_state *state, struct aw_host_diag *host)
{
    int64_t id = 0;
    int64_t version = 0;
    int64_t tables = 0;
    aw_err err = number(state, "PRAGMA application_id", &id, host);

    if (err == AW_OK) {
        err = number(state, "PRAGMA user_version", &version, host);
    }
    if (err == AW_OK) {
        err =
            number(state, "SELECT count(*) FROM sqlite_schema", &tables, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (id == 0 && version == 0 && tables == 0) {
        return make_schema(state, host); /* a new file */
    }
    if (id == APPLICATION_ID && version > SCHEMA) {
        return aw_fail(
            aw_host_say(host, "%s: written by a newer program", state->db_path),
            AW_ERR_UNSUPPORTED, "state: version", (uint64_t)version);
    }
    if (id != APPLICATION_ID || version != SCHEMA) {
        return state_damaged(host, state->db_path, "not a state database");
    }
    return AW_OK;
}

/* The tables are there, with all columns: preparing finds out. */
static aw_err check_tables(struct aw_state *state, struct aw_host_diag *host)
{
    static const char *const probes[] = {
        "SELECT id, origin, vkey, size, root, first_seen, last_seen, began,"
        " note, sum FROM log",
        "SELECT id, log_id, kind, first_time, last_time, times, acknowledged,"
        " saved, shown, origin, detail, same FROM finding",
        "SELECT log_id, layout, key, root, value, sum FROM progress",
    };
    aw_err err = AW_OK;

    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]) && err == AW_OK;
         i++) {
        struct query q = query_start(state, probes[i]);

        err = query_end(&q, host);
    }
    return err;
}

static aw_err check_pages(struct aw_state *state, struct aw_host_diag *host)
{
    struct query q = query_start(state, "PRAGMA quick_check(1)");
    bool good = query_row(&q) && strcmp(query_column_text(&q, 0), "ok") == 0;
    aw_err err = query_end(&q, host);

    if (err == AW_OK && !good) {
        err = state_damaged(host, state->db_path, "damaged");
    }
    return err;
}

/* True when the file says that only a later SQLite may write to it: SQLite
 * calls that read-only, and no check of its finds it. */
static bool is_of_the_future(int fd)
{
    /* Write and read version of the file format: 1, or 2 for WAL. */
    enum { WRITE_VERSION = 18, READ_VERSION = 19, HEAD = 20, KNOWN = 2 };
    uint8_t head[HEAD];

    return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           (head[WRITE_VERSION] > KNOWN || head[READ_VERSION] > KNOWN);
}

/* SQLite would make the file readable for others. */
static aw_err make_file(const struct aw_state *state, struct aw_host_diag *host)
{
    int fd =
        open(state->db_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        aw_err err =
            aw_host_fail_errno(host, "state: open", errno, state->db_path);

        return err == AW_ERR_RESOURCE ? AW_ERR_RESOURCE : AW_ERR_IO;
    }
    bool future = is_of_the_future(fd);

    (void)close(fd);
    return future ? state_damaged(host, state->db_path, "damaged header")
                  : AW_OK;
}

/* As SQLite wants it: the call's number, and whether to try once more. */
static int on_busy(void *ctx, int before)
{
    return state_wait(ctx, (unsigned)before) ? 1 : 0;
}

static aw_err prepare(struct aw_state *state, struct aw_host_diag *host)
{
    static const char pragmas[] = "PRAGMA journal_mode = DELETE;"
                                  "PRAGMA synchronous = EXTRA;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA trusted_schema = OFF;";

    (void)sqlite3_busy_handler(state->db, on_busy, state);
    (void)sqlite3_extended_result_codes(state->db, 1);
    (void)sqlite3_limit(state->db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
    (void)sqlite3_db_config(state->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    aw_err err = db_do(state, pragmas, host);

    if (err == AW_OK) {
        err = check_version(state, host);
    }
    if (err == AW_OK) {
        err = check_tables(state, host);
    }
    if (err == AW_OK) {
        err = check_pages(state, host);
    }
    return err;
}

aw_err db_open(struct aw_state *state, struct aw_host_diag *host)
{
    aw_err err = make_file(state, host);

    if (err != AW_OK) {
        return err;
    }
    int rc = sqlite3_open_v2(state->db_path, &state->db, SQLITE_OPEN_READWRITE,
                             NULL);

    err = rc == SQLITE_OK ? prepare(state, host) : db_fail(state, rc, host);
    if (err != AW_OK) {
        db_close(state);
    }
    return err;
}

void db_close(struct aw_state *state)
{
    (void)sqlite3_close(state->db);
    state->db = NULL;
}

/* --- Sums --------------------------------------------------------------- */

void sum_int(struct aw_sha256 *sum, uint64_t field)
{
    uint8_t bytes[8];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_be64(&w, field);
    aw_sha256_update(sum, aw_wr_done(&w));
}

void sum_bytes(struct aw_sha256 *sum, aw_bytes field)
{
    sum_int(sum, field.n);
    aw_sha256_update(sum, field);
}
