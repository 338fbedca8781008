/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/text.h"
#include "state_private.h"

/*
 * known-logs names every log that was ever seen, so that the loss of the
 * database is noticed. It is replaced as a whole, never cut; the database is
 * written first, so every crash leaves what known_sync can mend.
 */

enum {
    FILE_MAX = 16 * 1024 * 1024,
    CHECK_BYTES = 8, /* of the SHA-256 of the rest of the line */
    LINE_MAX_BYTES =
        2 * CHECK_BYTES + 2 * AW_SHA256_SIZE + 32 + AW_STATE_TEXT_MAX
};

static const char header[] = "aw-known-logs 1";

/* The list as it is on the disk. */
struct known {
    struct aw_blob file;
    struct aw_rd lines; /* what follows the header */
    bool damaged;       /* no header, or a line of another form */
};

/* An entry; false when the line was changed. */
static bool parse_line(aw_bytes line, uint8_t id[AW_SHA256_SIZE])
{
    struct aw_rd r = aw_rd_init(line);
    uint8_t check[CHECK_BYTES];
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t raw[AW_SHA256_SIZE];
    struct aw_wr check_wr = aw_wr_init(check, sizeof(check));
    struct aw_wr id_wr = aw_wr_init(raw, sizeof(raw));
    aw_bytes check_text = aw_rd_until(&r, ' ');
    struct aw_rd body = r;
    aw_bytes id_text = aw_rd_until(&body, ' ');

    aw_sha256(aw_rd_rest(&r), digest);
    if (body.failed || aw_hex_decode(check_text, &check_wr) != AW_OK ||
        aw_hex_decode(id_text, &id_wr) != AW_OK ||
        check_wr.n != sizeof(check) || id_wr.n != sizeof(raw) ||
        memcmp(check, digest, sizeof(check)) != 0) {
        return false;
    }
    memcpy(id, raw, sizeof(raw));
    return true;
}

/* Next good entry; broken ones are noted and passed over. */
static bool next_entry(struct known *known, uint8_t id[AW_SHA256_SIZE])
{
    while (aw_rd_left(&known->lines) > 0) {
        aw_bytes line = aw_rd_line(&known->lines);

        if (!known->lines.failed && parse_line(line, id)) {
            return true;
        }
        known->damaged = true;
    }
    return false;
}

static aw_err known_read(const struct aw_state *state, struct known *known,
                         struct aw_host_diag *host)
{
    *known = (struct known){{.p = NULL}, {{.p = NULL}, 0, false}, false};
    aw_err err = aw_file_read(state->known_path, FILE_MAX, &known->file, host);

    if (err == AW_ERR_NOT_FOUND) {
        return AW_OK;
    }
    if (err != AW_OK) {
        return err;
    }
    known->lines = aw_rd_init(aw_blob_bytes(&known->file));
    known->damaged = !aw_bytes_is(aw_rd_line(&known->lines), header);
    return AW_OK;
}

/* A second look at the same bytes. */
static struct known from_start(const struct known *known)
{
    struct known again = *known;

    again.lines = aw_rd_init(aw_blob_bytes(&known->file));
    again.damaged = !aw_bytes_is(aw_rd_line(&again.lines), header);
    return again;
}

static bool names(struct known *known, const uint8_t *id)
{
    uint8_t entry[AW_SHA256_SIZE];
    bool found = false;

    while (next_entry(known, entry)) {
        found = found || memcmp(entry, id, sizeof(entry)) == 0;
    }
    return found;
}

aw_err known_find(const struct aw_state *state, const uint8_t *log_id,
                  bool *named, bool *damaged, struct aw_host_diag *host)
{
    struct known known;
    aw_err err = known_read(state, &known, host);

    if (err != AW_OK) {
        return err;
    }
    *named = names(&known, log_id);
    *damaged = known.damaged;
    aw_blob_free(&known.file);
    return AW_OK;
}

/* A list being written, in memory that grows. */
struct text {
    char *p;
    size_t n;
    size_t room;
};

static void text_line(struct text *text, aw_bytes line)
{
    if (text->p == NULL || text->n + line.n + 1 > text->room) {
        size_t room = 2 * text->room + line.n + 1;

        text->p = aw_grow(text->p, text->room, room, 1);
        text->room = room;
    }
    if (line.n > 0) {
        memcpy(text->p + text->n, line.p, line.n);
    }
    text->n += line.n;
    text->p[text->n++] = '\n';
}

static void text_entry(struct text *text, const uint8_t *id, int64_t seen,
                       const char *origin)
{
    char line[LINE_MAX_BYTES];
    char body[LINE_MAX_BYTES];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr b = aw_wr_init(body, sizeof(body));
    struct aw_wr w = aw_wr_init(line, sizeof(line));

    aw_wr_hex(&b, (aw_bytes){id, AW_SHA256_SIZE});
    aw_wr_text(&b, " ");
    aw_wr_dec(&b, seen < 0 ? 0 : (uint64_t)seen);
    aw_wr_text(&b, " ");
    aw_wr_text(&b, origin);
    aw_sha256(aw_wr_done(&b), digest);
    aw_wr_hex(&w, (aw_bytes){digest, CHECK_BYTES});
    aw_wr_text(&w, " ");
    aw_wr_put(&w, aw_wr_done(&b));
    AW_BUG_ON(b.failed || w.failed); /* aw_state_advance limits the origin */
    text_line(text, aw_wr_done(&w));
}

static void keep_good_lines(const struct known *known, struct text *text)
{
    struct known from = from_start(known);
    uint8_t id[AW_SHA256_SIZE];

    text_line(text, aw_text(header));
    while (aw_rd_left(&from.lines) > 0) {
        aw_bytes line = aw_rd_line(&from.lines);

        if (!from.lines.failed && parse_line(line, id)) {
            text_line(text, line);
        }
    }
}

/* Adds the logs of the database that the list lacks, and counts them. */
static aw_err add_rows(struct aw_state *state, const struct known *known,
                       struct text *text, size_t *added,
                       struct aw_host_diag *host)
{
    struct query q = query_start(
        state, "SELECT id, first_seen, origin FROM log ORDER BY id");

    while (query_row(&q)) {
        aw_bytes id = query_column(&q, 0);
        const char *origin = query_column_text(&q, 2);
        struct known again = from_start(known);

        if (id.n == AW_SHA256_SIZE && strlen(origin) <= AW_STATE_TEXT_MAX &&
            !names(&again, id.p)) {
            text_entry(text, id.p, sqlite3_column_int64(q.stmt, 1), origin);
            (*added)++;
        }
    }
    return query_end(&q, host);
}

static aw_err write_list(struct aw_state *state, const struct known *known,
                         const struct text *text, struct aw_host_diag *host)
{
    aw_bytes data = {(const uint8_t *)text->p, text->n};

    if (known->damaged) {
        aw_err err = state_put_aside(state, state->known_path, host);

        if (err != AW_OK) {
            return err;
        }
    }
    return aw_file_write(state->known_path, data, 0600, AW_FILE_REPLACE, host);
}

aw_err known_sync(struct aw_state *state, struct aw_host_diag *host)
{
    struct known known;
    struct text text = {NULL, 0, 0};
    size_t added = 0;
    uint8_t id[AW_SHA256_SIZE];
    aw_err err = known_read(state, &known, host);

    if (err != AW_OK) {
        return err;
    }
    while (next_entry(&known, id)) {
        /* only to learn whether all are good */
    }
    state->known_damaged = state->known_damaged || known.damaged;
    if (known.damaged && !state->accept) {
        goto out; /* evidence; aw_state_load says what it means */
    }
    keep_good_lines(&known, &text);
    err = add_rows(state, &known, &text, &added, host);
    if (err == AW_OK && (added > 0 || known.damaged)) {
        err = write_list(state, &known, &text, host);
    }
out:
    free(text.p);
    aw_blob_free(&known.file);
    return err;
}
