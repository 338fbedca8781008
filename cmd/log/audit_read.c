/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "log/audit_unit.h"

enum { FIRST_BUFFER = 128 * 1024 };

aw_err audit_reader_open(const struct audit_plan *plan,
                         struct audit_reader *reader, struct aw_host_diag *why)
{
    memset(reader, 0, sizeof(*reader));
    reader->plan = plan;
    aw_err err =
        aw_store_open(plan->source, plan->store_options, &reader->store, why);

    if (err == AW_OK) {
        reader->cap = FIRST_BUFFER;
        reader->buf = aw_alloc(reader->cap, 1);
    }
    return err;
}

void audit_reader_close(struct audit_reader *reader)
{
    aw_store_close(reader->store);
    free(reader->buf);
    reader->store = NULL;
    reader->buf = NULL;
}

/* Makes room for one more file; false at the limit. */
static bool grow(struct audit_reader *reader)
{
    size_t next = reader->cap * 2 < AW_ENTRIES_MAX ? reader->cap * 2
                                                   : (size_t)AW_ENTRIES_MAX;

    if (reader->cap >= AW_ENTRIES_MAX) {
        return false;
    }
    reader->buf = aw_grow(reader->buf, reader->cap, next, 1);
    reader->cap = next;
    return true;
}

aw_err audit_read(struct audit_reader *reader, const char *path, size_t max,
                  aw_bytes *data, struct aw_diag *diag)
{
    const struct aw_store *store = aw_store_face(reader->store);

    (void)memcpy(reader->path, path, strlen(path) + 1);
    for (;;) {
        struct aw_wr w =
            aw_wr_init(reader->buf, max < reader->cap ? max : reader->cap);
        aw_err err = store->get(store->ctx, path, &w, diag);

        if (err == AW_ERR_SPACE && reader->cap < max && grow(reader)) {
            continue;
        }
        if (err == AW_ERR_SPACE && !aw_store_is_remote(reader->store)) {
            /* No file of a log is that long: it is damaged. */
            return aw_fail(diag, AW_ERR_FORMAT, "log: file too long", max);
        }
        if (err == AW_OK) {
            *data = aw_wr_done(&w);
        }
        return err;
    }
}

aw_err audit_read_tile(struct audit_reader *reader, const struct aw_tile_id *id,
                       struct aw_tile *tile, struct aw_diag *diag)
{
    const struct audit_plan *plan = reader->plan;
    struct aw_log_path path;
    struct aw_tile_id stored = *id;
    aw_bytes file = {0};

    aw_tile_path(plan->layout, &stored, &path);
    aw_err err = audit_read(reader, path.text, AW_TILE_TEXT_MAX, &file, diag);

    if (err == AW_ERR_NOT_FOUND && id->width < AW_TILE_WIDTH) {
        struct aw_log_path full;

        stored.width = AW_TILE_WIDTH;
        aw_tile_path(plan->layout, &stored, &full);
        err = audit_read(reader, full.text, AW_TILE_TEXT_MAX, &file, diag);
        if (err == AW_ERR_NOT_FOUND) {
            (void)memcpy(reader->path, path.text, sizeof(path.text));
        }
    }
    if (err == AW_OK) {
        reader->tiles++;
        err = aw_tile_parse(plan->layout, &stored, file, tile, diag);
    }
    if (err == AW_OK) {
        tile->width = id->width;
    }
    return err;
}
