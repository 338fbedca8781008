/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "state_private.h"

const char *aw_finding_name(enum aw_finding_kind kind)
{
    switch (kind) {
    case AW_FINDING_FORK:
        return "fork";
    case AW_FINDING_ROLLBACK:
        return "rollback";
    case AW_FINDING_PROOF:
        return "proof";
    case AW_FINDING_SIGNATURE:
        return "signature";
    case AW_FINDING_CONTENT:
        return "content";
    case AW_FINDING_POLICY:
        return "policy";
    }
    return "unknown";
}

static aw_bytes log_of(const struct aw_state_finding *f)
{
    return (aw_bytes){f->log_id, sizeof(f->log_id)};
}

/* What makes two findings the same. */
static void identify(const struct aw_state_finding *f,
                     uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    sum_bytes(&h, log_of(f));
    sum_int(&h, (uint64_t)f->kind);
    sum_bytes(&h, f->saved);
    sum_bytes(&h, f->shown);
    aw_sha256_final(&h, digest);
}

static aw_err check_sizes(const struct aw_state_finding *f,
                          struct aw_host_diag *host)
{
    if (f->saved.n > AW_STATE_NOTE_MAX || f->shown.n > AW_STATE_NOTE_MAX ||
        strlen(f->origin) > AW_STATE_TEXT_MAX ||
        strlen(f->detail) > AW_STATE_TEXT_MAX) {
        return aw_fail(aw_host_say(host, "finding with an over-long part"),
                       AW_ERR_SPACE, "state: finding", 0);
    }
    return AW_OK;
}

/* Counts a finding that is there already; *id is 0 when it is not. */
static aw_err repeat(struct aw_state *state, const uint8_t *same, int64_t *id,
                     struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "UPDATE finding SET times = times + 1, last_time = ?"
                           " WHERE same = ? RETURNING id");

    query_int(&q, (int64_t)time(NULL));
    query_bytes(&q, (aw_bytes){same, AW_SHA256_SIZE});
    while (query_row(&q)) {
        *id = sqlite3_column_int64(q.stmt, 0);
    }
    return query_end(&q, host);
}

static aw_err check_room(struct aw_state *state,
                         const struct aw_state_finding *f,
                         struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "SELECT count(*) FROM finding WHERE log_id = ?");
    int64_t n = 0;

    query_bytes(&q, log_of(f));
    if (query_row(&q)) {
        n = sqlite3_column_int64(q.stmt, 0);
    }
    aw_err err = query_end(&q, host);

    if (err == AW_OK && n >= AW_STATE_FINDINGS_MAX) {
        err = aw_fail(aw_host_say(host, "%s: %d findings of one log, no more",
                                  state->path, AW_STATE_FINDINGS_MAX),
                      AW_ERR_SPACE, "state: findings", (uint64_t)n);
    }
    return err;
}

static aw_err add(struct aw_state *state, const struct aw_state_finding *f,
                  const uint8_t *same, int64_t *id, struct aw_host_diag *host)
{
    aw_err err = check_room(state, f, host);

    if (err != AW_OK) {
        return err;
    }
    struct query q = query_start(
        state, "INSERT INTO finding (log_id, kind, first_time, last_time,"
               " times, acknowledged, saved, shown, origin, detail, same)"
               " VALUES (?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?)");
    int64_t now = (int64_t)time(NULL);

    query_bytes(&q, log_of(f));
    query_int(&q, (int64_t)f->kind);
    query_int(&q, now);
    query_int(&q, now);
    query_bytes(&q, f->saved);
    query_bytes(&q, f->shown);
    query_text(&q, f->origin);
    query_text(&q, f->detail);
    query_bytes(&q, (aw_bytes){same, AW_SHA256_SIZE});
    (void)query_row(&q);
    err = query_end(&q, host);
    if (err == AW_OK) {
        *id = sqlite3_last_insert_rowid(state->db);
    }
    return err;
}

aw_err aw_state_report(struct aw_state *state,
                       const struct aw_state_finding *finding, int64_t *id,
                       bool *fresh, struct aw_host_diag *host)
{
    uint8_t same[AW_SHA256_SIZE];
    int64_t number = 0;
    bool is_new = false;
    aw_err err = check_sizes(finding, host);

    if (err == AW_OK) {
        err = db_do(state, "BEGIN IMMEDIATE", host);
    }
    if (err != AW_OK) {
        return err;
    }
    identify(finding, same);
    err = repeat(state, same, &number, host);
    if (err == AW_OK && number == 0) {
        is_new = true;
        err = add(state, finding, same, &number, host);
    }
    err = db_commit(state, err, host);
    if (err == AW_OK && id != NULL) {
        *id = number;
    }
    if (err == AW_OK && fresh != NULL) {
        *fresh = is_new;
    }
    return err;
}

enum {
    COLUMN_ID,
    COLUMN_LOG_ID,
    COLUMN_KIND,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_TIMES,
    COLUMN_ACKNOWLEDGED,
    COLUMN_SAVED,
    COLUMN_SHOWN,
    COLUMN_ORIGIN,
    COLUMN_DETAIL
};

static struct aw_state_finding read_row(const struct query *q)
{
    aw_bytes log_id = query_column(q, COLUMN_LOG_ID);
    struct aw_state_finding f = {
        .id = sqlite3_column_int64(q->stmt, COLUMN_ID),
        .kind = (enum aw_finding_kind)sqlite3_column_int(q->stmt, COLUMN_KIND),
        .first_time = sqlite3_column_int64(q->stmt, COLUMN_FIRST),
        .last_time = sqlite3_column_int64(q->stmt, COLUMN_LAST),
        .times = (uint64_t)sqlite3_column_int64(q->stmt, COLUMN_TIMES),
        .acknowledged = sqlite3_column_int(q->stmt, COLUMN_ACKNOWLEDGED) != 0,
        .saved = query_column(q, COLUMN_SAVED),
        .shown = query_column(q, COLUMN_SHOWN),
        .origin = query_column_text(q, COLUMN_ORIGIN),
        .detail = query_column_text(q, COLUMN_DETAIL),
    };

    if (log_id.n == sizeof(f.log_id)) {
        memcpy(f.log_id, log_id.p, log_id.n);
    }
    return f;
}

aw_err aw_state_findings(struct aw_state *state, const uint8_t *log_id,
                         aw_err (*each)(void *ctx,
                                        const struct aw_state_finding *finding),
                         void *ctx, struct aw_host_diag *host)
{
    struct query q = query_start(
        state,
        "SELECT id, log_id, kind, first_time, last_time, times, acknowledged,"
        " saved, shown, origin, detail FROM finding"
        " WHERE log_id = ?1 OR length(?1) = 0 ORDER BY id");
    aw_err err = AW_OK;

    query_bytes(&q, (aw_bytes){log_id, log_id == NULL ? 0 : AW_SHA256_SIZE});
    while (err == AW_OK && query_row(&q)) {
        struct aw_state_finding f = read_row(&q);

        err = each(ctx, &f);
    }
    aw_err end = query_end(&q, host);

    return err != AW_OK ? err : end;
}

aw_err aw_state_acknowledge(struct aw_state *state, int64_t id,
                            struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "UPDATE finding SET acknowledged = 1 WHERE id = ?");

    query_int(&q, id);
    (void)query_row(&q);
    aw_err err = query_end(&q, host);

    if (err == AW_OK && sqlite3_changes(state->db) == 0) {
        err = aw_fail(aw_host_say(host, "%s: no finding %lld", state->path,
                                  (long long)id),
                      AW_ERR_NOT_FOUND, "state: finding", (uint64_t)id);
    }
    return err;
}
