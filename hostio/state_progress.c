/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "state_private.h"

static aw_bytes id_of(const struct aw_state_progress *name)
{
    return (aw_bytes){name->log_id, AW_SHA256_SIZE};
}

static aw_bytes root_of(const struct aw_state_progress *name)
{
    return (aw_bytes){name->root, AW_SHA256_SIZE};
}

/* A value that flipped a bit on the disk would let an audit skip work. */
static void sum_value(const struct aw_state_progress *name, aw_bytes value,
                      uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    sum_bytes(&h, id_of(name));
    sum_bytes(&h, root_of(name));
    sum_bytes(&h, aw_text(name->layout));
    sum_bytes(&h, aw_text(name->key));
    sum_bytes(&h, value);
    aw_sha256_final(&h, digest);
}

static aw_err expire(struct aw_state *state,
                     const struct aw_state_progress *name,
                     struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "DELETE FROM progress WHERE log_id = ? AND layout = ?"
               " AND root <> ?");

    query_bytes(&q, id_of(name));
    query_text(&q, name->layout);
    query_bytes(&q, root_of(name));
    (void)query_row(&q);
    return query_end(&q, host);
}

static aw_err put(struct aw_state *state, const struct aw_state_progress *name,
                  aw_bytes value, struct aw_host_diag *host)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct query q = query_start(
        state, "INSERT OR REPLACE INTO progress (log_id, layout, key, root,"
               " value, sum) VALUES (?, ?, ?, ?, ?, ?)");

    sum_value(name, value, digest);
    query_bytes(&q, id_of(name));
    query_text(&q, name->layout);
    query_text(&q, name->key);
    query_bytes(&q, root_of(name));
    query_bytes(&q, value);
    query_bytes(&q, (aw_bytes){digest, sizeof(digest)});
    (void)query_row(&q);
    return query_end(&q, host);
}

aw_err aw_state_progress_put(struct aw_state *state,
                             const struct aw_state_progress *name,
                             aw_bytes value, struct aw_host_diag *host)
{
    if (value.n > AW_STATE_PROGRESS_MAX ||
        strlen(name->layout) > AW_STATE_TEXT_MAX ||
        strlen(name->key) > AW_STATE_TEXT_MAX) {
        return aw_fail(aw_host_say(host, "progress too long"), AW_ERR_SPACE,
                       "state: progress", value.n);
    }
    aw_err err = db_do(state, "BEGIN IMMEDIATE", host);

    if (err != AW_OK) {
        return err;
    }
    err = expire(state, name, host);
    if (err == AW_OK) {
        err = put(state, name, value, host);
    }
    return db_commit(state, err, host);
}

/* Appends the value when it is intact and fits. */
static aw_err take(const struct query *q, const struct aw_state_progress *name,
                   struct aw_wr *out, struct aw_host_diag *host)
{
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes value = query_column(q, 0);

    sum_value(name, value, digest);
    if (!aw_bytes_equal(query_column(q, 1),
                        (aw_bytes){digest, sizeof(digest)})) {
        return aw_fail(aw_host_say(host, "saved progress is damaged"),
                       AW_ERR_NOT_FOUND, "state: progress", 0);
    }
    if (value.n > out->cap - out->n) {
        return aw_fail(aw_host_say(host, "saved progress does not fit"),
                       AW_ERR_SPACE, "state: progress", value.n);
    }
    aw_wr_put(out, value);
    return AW_OK;
}

aw_err aw_state_progress_get(struct aw_state *state,
                             const struct aw_state_progress *name,
                             struct aw_wr *out, struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "SELECT value, sum FROM progress WHERE log_id = ?"
                           " AND layout = ? AND key = ? AND root = ?");
    aw_err err = AW_OK;

    query_bytes(&q, id_of(name));
    query_text(&q, name->layout);
    query_text(&q, name->key);
    query_bytes(&q, root_of(name));
    bool found = query_row(&q);

    if (found) {
        err = take(&q, name, out, host);
    }
    aw_err end = query_end(&q, host);

    if (end != AW_OK || found) {
        return end != AW_OK ? end : err;
    }
    return aw_fail(aw_host_say(host, "no saved progress"), AW_ERR_NOT_FOUND,
                   "state: progress", 0);
}

aw_err aw_state_progress_clear(struct aw_state *state, const uint8_t *log_id,
                               struct aw_host_diag *host)
{
    struct query q =
        query_start(state, "DELETE FROM progress WHERE log_id = ?");

    query_bytes(&q, (aw_bytes){log_id, AW_SHA256_SIZE});
    (void)query_row(&q);
    return query_end(&q, host);
}
