/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "state_private.h"

/* A saved row, and whether it is as it was written. */
struct row {
    bool found;
    bool broken;
    struct aw_state_seen seen; /* with a note of its own when asked for */
};

void aw_state_log_init(struct aw_state_log *log, const char *origin,
                       const char *vkey)
{
    struct aw_sha256 h;
    aw_bytes end = aw_text("\n");

    aw_sha256_init(&h);
    aw_sha256_update(&h, aw_text(origin));
    aw_sha256_update(&h, end);
    aw_sha256_update(&h, aw_text(vkey));
    aw_sha256_update(&h, end);
    aw_sha256_final(&h, log->id);
    log->origin = origin;
    log->vkey = vkey;
}

static aw_bytes id_of(const struct aw_state_log *log)
{
    return (aw_bytes){log->id, sizeof(log->id)};
}

/* Sum over a row; a bit that flips on the disk shows. */
static void sum_row(const struct aw_state_log *log,
                    const struct aw_state_seen *seen, aw_bytes note,
                    uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    sum_bytes(&h, id_of(log));
    sum_bytes(&h, aw_text(log->origin));
    sum_bytes(&h, aw_text(log->vkey));
    sum_int(&h, seen->size);
    sum_bytes(&h, (aw_bytes){seen->root, sizeof(seen->root)});
    sum_int(&h, (uint64_t)seen->first_seen);
    sum_int(&h, (uint64_t)seen->last_seen);
    sum_int(&h, (uint64_t)seen->began);
    sum_bytes(&h, note);
    aw_sha256_final(&h, digest);
}

enum {
    COLUMN_ORIGIN,
    COLUMN_VKEY,
    COLUMN_SIZE,
    COLUMN_ROOT,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_BEGAN,
    COLUMN_NOTE,
    COLUMN_SUM
};

static bool row_intact(const struct query *q, const struct aw_state_log *log,
                       const struct aw_state_seen *seen)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_state_log saved = *log;
    aw_bytes sum = query_column(q, COLUMN_SUM);

    saved.origin = query_column_text(q, COLUMN_ORIGIN);
    saved.vkey = query_column_text(q, COLUMN_VKEY);
    sum_row(&saved, seen, query_column(q, COLUMN_NOTE), digest);
    return query_column(q, COLUMN_ROOT).n == AW_SHA256_SIZE &&
           aw_bytes_equal(sum, (aw_bytes){digest, sizeof(digest)});
}

static void row_read(const struct query *q, const struct aw_state_log *log,
                     struct row *row)
{
    struct aw_state_seen *seen = &row->seen;
    aw_bytes root = query_column(q, COLUMN_ROOT);
    aw_bytes note = query_column(q, COLUMN_NOTE);

    row->found = true;
    seen->baseline = AW_BASELINE_KNOWN;
    seen->began =
        sqlite3_column_int(q->stmt, COLUMN_BEGAN) == (int)AW_BASELINE_ACCEPTED
            ? AW_BASELINE_ACCEPTED
            : AW_BASELINE_NEW;
    seen->size = (uint64_t)sqlite3_column_int64(q->stmt, COLUMN_SIZE);
    seen->first_seen = sqlite3_column_int64(q->stmt, COLUMN_FIRST);
    seen->last_seen = sqlite3_column_int64(q->stmt, COLUMN_LAST);
    if (root.n == sizeof(seen->root)) {
        memcpy(seen->root, root.p, root.n);
    }
    row->broken = !row_intact(q, log, seen);
    if (!row->broken && note.n > 0) {
        seen->note = (struct aw_blob){.p = aw_alloc(note.n, 1), .n = note.n};
        memcpy(seen->note.p, note.p, note.n);
    }
}

/* The caller frees row->seen.note. */
static aw_err row_load(struct aw_state *state, const struct aw_state_log *log,
                       struct row *row, struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "SELECT origin, vkey, size, root, first_seen, last_seen, began,"
               " note, sum FROM log WHERE id = ?");

    memset(row, 0, sizeof(*row));
    query_bytes(&q, id_of(log));
    if (query_row(&q)) {
        row_read(&q, log, row);
    }
    aw_err err = query_end(&q, host);

    if (err != AW_OK) {
        aw_blob_free(&row->seen.note);
    }
    return err;
}

static aw_err lost(const struct aw_state *state, const struct aw_state_log *log,
                   const char *what, struct aw_host_diag *host)
{
    return aw_fail(
        aw_host_say(host,
                    "%s: %s for the log \"%s\"; --accept-new-baseline starts "
                    "anew with what it shows now",
                    state->path, what, log->origin),
        AW_ERR_STATE, "state: log", 0);
}

/* What the list of known logs says of one. */
struct memory {
    bool named;
    bool damaged; /* it may have been named */
};

/* What it means that nothing intact is saved. */
static aw_err no_row(const struct aw_state *state,
                     const struct aw_state_log *log, bool broken,
                     const struct memory *memory,
                     enum aw_state_baseline *baseline,
                     struct aw_host_diag *host)
{
    if (!broken && !memory->named && !memory->damaged) {
        *baseline = AW_BASELINE_NEW;
        return AW_OK;
    }
    if (state->accept) {
        *baseline = AW_BASELINE_ACCEPTED;
        return AW_OK;
    }
    if (broken) {
        return lost(state, log, "what was saved is damaged", host);
    }
    if (memory->named) {
        return lost(state, log, "it was seen before, but nothing is saved",
                    host);
    }
    return lost(state, log,
                "the list of known logs is damaged, nothing is "
                "saved",
                host);
}

aw_err aw_state_load(struct aw_state *state, const struct aw_state_log *log,
                     struct aw_state_seen *seen, struct aw_host_diag *host)
{
    struct memory memory = {.named = false};
    struct row row;
    /* The list first: a log is named there after its row was written, so
     * that a row which another process writes now is no lost one. */
    aw_err err =
        known_find(state, log->id, &memory.named, &memory.damaged, host);

    memory.damaged = memory.damaged || state->known_damaged;
    if (err == AW_OK) {
        err = row_load(state, log, &row, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (row.found && !row.broken) {
        *seen = row.seen;
        return AW_OK;
    }
    struct aw_state_seen none = {.baseline = AW_BASELINE_NEW};

    err = no_row(state, log, row.broken, &memory, &none.baseline, host);
    if (err == AW_OK) {
        none.began = none.baseline;
        *seen = none;
    }
    return err;
}

/* --- Moving on ---------------------------------------------------------- */

/* One line without control characters, at most AW_STATE_TEXT_MAX bytes. */
static aw_err check_line(const char *text, struct aw_host_diag *host)
{
    aw_bytes b = aw_text(text);

    if (b.n > AW_STATE_TEXT_MAX) {
        return aw_fail(aw_host_say(host, "origin or key too long"),
                       AW_ERR_SPACE, "state: text", b.n);
    }
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < 0x20 || b.p[i] == 0x7f) {
            return aw_fail(
                aw_host_say(host, "origin or key with control characters"),
                AW_ERR_FORMAT, "state: text", i);
        }
    }
    return AW_OK;
}

static aw_err check_input(const struct aw_state_log *log,
                          const struct aw_state_checkpoint *next,
                          struct aw_host_diag *host)
{
    aw_err err = check_line(log->origin, host);

    if (err == AW_OK) {
        err = check_line(log->vkey, host);
    }
    if (err == AW_OK && next->note.n > AW_STATE_NOTE_MAX) {
        err = aw_fail(aw_host_say(host, "checkpoint note too long"),
                      AW_ERR_SPACE, "state: note", next->note.n);
    }
    return err;
}

/* The saved row must be what the caller compared with. */
static aw_err check_same(const struct aw_state *state,
                         const struct aw_state_log *log,
                         const struct aw_state_seen *seen,
                         const struct row *row, struct aw_host_diag *host)
{
    bool intact = row->found && !row->broken;
    bool known = seen->baseline == AW_BASELINE_KNOWN;

    if (!intact && (known || (row->broken && !state->accept))) {
        return lost(state, log, "what was saved is gone or damaged", host);
    }
    if (intact != known || (intact && (row->seen.size != seen->size ||
                                       memcmp(row->seen.root, seen->root,
                                              sizeof(seen->root)) != 0))) {
        return aw_fail(
            aw_host_say(host, "%s: another process moved the log \"%s\" on",
                        state->path, log->origin),
            AW_ERR_EXISTS, "state: log", row->seen.size);
    }
    return AW_OK;
}

static aw_err check_forward(const struct aw_state_seen *saved,
                            const struct aw_state_checkpoint *next,
                            struct aw_host_diag *host)
{
    if (next->size < saved->size) {
        return aw_fail(aw_host_say(host, "tree of size %llu after one of %llu",
                                   (unsigned long long)next->size,
                                   (unsigned long long)saved->size),
                       AW_ERR_ROLLBACK, "state: size", next->size);
    }
    if (next->size == saved->size &&
        memcmp(next->root, saved->root, sizeof(saved->root)) != 0) {
        return aw_fail(aw_host_say(host, "other root at size %llu",
                                   (unsigned long long)next->size),
                       AW_ERR_FORK, "state: root", next->size);
    }
    return AW_OK;
}

static aw_err row_write(struct aw_state *state, const struct aw_state_log *log,
                        const struct aw_state_seen *row, aw_bytes note,
                        struct aw_host_diag *host)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct query q = query_start(
        state, "INSERT OR REPLACE INTO log (id, origin, vkey, size, root,"
               " first_seen, last_seen, began, note, sum)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

    sum_row(log, row, note, digest);
    query_bytes(&q, id_of(log));
    query_text(&q, log->origin);
    query_text(&q, log->vkey);
    query_int(&q, (int64_t)row->size);
    query_bytes(&q, (aw_bytes){row->root, sizeof(row->root)});
    query_int(&q, row->first_seen);
    query_int(&q, row->last_seen);
    query_int(&q, (int64_t)row->began);
    query_bytes(&q, note);
    query_bytes(&q, (aw_bytes){digest, sizeof(digest)});
    (void)query_row(&q);
    return query_end(&q, host);
}

/* Inside a transaction. */
static aw_err move_on(struct aw_state *state, const struct aw_state_log *log,
                      const struct aw_state_seen *seen,
                      const struct aw_state_checkpoint *next,
                      struct aw_host_diag *host)
{
    struct row row;
    aw_err err = row_load(state, log, &row, host);

    if (err != AW_OK) {
        return err;
    }
    aw_blob_free(&row.seen.note);
    err = check_same(state, log, seen, &row, host);
    if (err == AW_OK && row.found && !row.broken) {
        err = check_forward(&row.seen, next, host);
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_state_seen now = row.seen;

    if (seen->baseline != AW_BASELINE_KNOWN) {
        now.began = seen->baseline;
        now.first_seen = (int64_t)time(NULL);
    }
    now.last_seen = (int64_t)time(NULL);
    now.size = next->size;
    memcpy(now.root, next->root, sizeof(now.root));
    return row_write(state, log, &now, next->note, host);
}

static aw_err name_log(struct aw_state *state, struct aw_host_diag *host)
{
    aw_err err = state_lock(state, host);

    if (err != AW_OK) {
        return err;
    }
    err = known_sync(state, host);
    state_unlock(state);
    return err;
}

aw_err aw_state_advance(struct aw_state *state, const struct aw_state_log *log,
                        const struct aw_state_seen *seen,
                        const struct aw_state_checkpoint *next,
                        struct aw_host_diag *host)
{
    aw_err err = check_input(log, next, host);

    if (err == AW_OK) {
        err = db_do(state, "BEGIN IMMEDIATE", host);
    }
    if (err != AW_OK) {
        return err;
    }
    err = move_on(state, log, seen, next, host);
    err = db_commit(state, err, host);
    if (err == AW_OK && seen->baseline != AW_BASELINE_KNOWN) {
        err = name_log(state, host);
    }
    return err;
}
