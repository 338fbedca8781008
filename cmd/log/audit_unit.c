/* SPDX-License-Identifier: Apache-2.0 */
#include "log/audit_unit.h"

#include <string.h>

#include "aw/text.h"
#include "common/progress.h"
#include "common/stop.h"

/* Tiles announced to the store at a time: with their entries at most 64
 * files in the tiled layout. */
enum { HINT_TILES = 32, HINT_LEAVES = AW_TILE_WIDTH };

/* Bytes of a file below leaves/; 16 hex digits are the most. */
enum { INDEX_MAX = 64 };

void audit_gaps_add(struct audit_gaps *gaps, uint64_t first, uint64_t last)
{
    gaps->leaves += last - first + 1;
    if (gaps->n > 0 && gaps->run[gaps->n - 1].last + 1 == first) {
        gaps->run[gaps->n - 1].last = last;
    } else if (gaps->n < AUDIT_GAPS) {
        gaps->run[gaps->n++] = (struct audit_gap){first, last};
    } else {
        gaps->more = true;
    }
}

void audit_gaps_join(struct audit_gaps *gaps, const struct audit_gaps *more)
{
    uint64_t leaves = gaps->leaves + more->leaves;

    for (size_t i = 0; i < more->n; i++) {
        audit_gaps_add(gaps, more->run[i].first, more->run[i].last);
    }
    gaps->leaves = leaves;
    gaps->more = gaps->more || more->more;
}

/* Announces the files of the next rows, at most 64 at a time. */
static void hint_rows(struct audit_reader *reader, uint64_t index, unsigned n)
{
    const struct audit_plan *plan = reader->plan;
    const struct aw_store *store = aw_store_face(reader->store);
    struct aw_log_path path[2 * HINT_TILES];
    const char *text[2 * HINT_TILES];
    size_t count = 0;

    if (store->hint == NULL) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        struct aw_tile_id id = {0, index + i,
                                aw_tile_width(0, index + i, plan->tree.size)};

        if (id.width == 0) {
            break;
        }
        aw_tile_path(plan->layout, &id, &path[count]);
        text[count] = path[count].text;
        count++;
        if (!plan->from_tiles && plan->layout == AW_LAYOUT_TILES) {
            aw_entries_path(&id, &path[count]);
            text[count] = path[count].text;
            count++;
        }
    }
    store->hint(store->ctx, text, count);
}

static void hint_leaves(struct audit_reader *reader, uint64_t first, unsigned n)
{
    const struct aw_store *store = aw_store_face(reader->store);
    struct aw_log_path path[HINT_LEAVES];
    const char *text[HINT_LEAVES];

    if (store->hint == NULL) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        aw_seq_path(first + i, &path[i]);
        text[i] = path[i].text;
    }
    store->hint(store->ctx, text, n);
}

static void report_index(struct audit_reader *reader, const char *path,
                         uint64_t index, const char *got)
{
    struct aw_pool *pool = &reader->plan->ctx->pool;

    audit_report(reader, &(struct aw_finding){
                             .err = AW_ERR_DIGEST,
                             .subject = path,
                             .expected = aw_pool_printf(
                                 pool, "%llx", (unsigned long long)index),
                             .got = got,
                         });
}

/* Reads an index as writers spell it: hex, no zeros before it. */
static bool parse_index(aw_bytes file, uint64_t *value)
{
    uint8_t text[16];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    if (aw_hex_parse_u64(file, value) != AW_OK) {
        return false;
    }
    aw_wr_hex_u64(&w, *value, 1);
    return aw_bytes_equal(aw_wr_done(&w), file);
}

/* leaves/<hash> must give the index of this leaf, or of an equal one before
 * it. */
static aw_err check_index(struct audit_reader *reader, uint64_t index,
                          const aw_hash *leaf)
{
    struct aw_pool *pool = &reader->plan->ctx->pool;
    struct aw_log_path path;
    struct aw_log_path other;
    aw_bytes file = {0};
    uint64_t value = 0;
    aw_hash first;

    aw_leaf_path(leaf, &path);
    aw_err err = audit_read(reader, path.text, INDEX_MAX, &file, NULL);

    if (audit_is_content(err)) {
        report_index(reader, path.text, index, "a file too long for an index");
        return AW_OK;
    }
    if (err != AW_OK) {
        return err;
    }
    bool number = parse_index(file, &value);

    if (number && value == index) {
        return AW_OK;
    }
    const char *got = aw_pool_bytes(pool, file);

    if (!number || value > index) {
        report_index(reader, path.text, index, got);
        return AW_OK;
    }
    aw_seq_path(value, &other);
    err = audit_read(reader, other.text, AW_ENTRIES_MAX, &file, NULL);
    if (err == AW_OK) {
        aw_merkle_leaf(file, &first);
        if (!aw_hash_equal(&first, leaf)) {
            report_index(reader, path.text, index, got);
        }
    }
    return err;
}

/* Leaf hashes of a row from one file a leaf. */
static aw_err hash_seq(struct audit_reader *reader, uint64_t index,
                       unsigned width, struct aw_diag *diag)
{
    uint64_t first = index * AW_TILE_WIDTH;
    aw_err err = AW_OK;

    hint_leaves(reader, first, width);
    for (unsigned i = 0; i < width && err == AW_OK; i++) {
        struct aw_log_path path;
        aw_bytes leaf = {0};

        aw_seq_path(first + i, &path);
        err = audit_read(reader, path.text, AW_ENTRIES_MAX, &leaf, diag);
        if (err == AW_OK) {
            aw_merkle_leaf(leaf, &reader->row[i]);
        }
    }
    return err;
}

/* Leaf hashes of a row from its entry bundle; the partial one may have been
 * replaced by the full one. */
static aw_err hash_bundle(struct audit_reader *reader,
                          const struct aw_tile_id *id, struct aw_diag *diag)
{
    struct aw_log_path path;
    aw_bytes file = {0};
    unsigned width = id->width;

    aw_entries_path(id, &path);
    aw_err err = audit_read(reader, path.text, AW_ENTRIES_MAX, &file, diag);

    if (err == AW_ERR_NOT_FOUND && width < AW_TILE_WIDTH) {
        struct aw_tile_id whole = {0, id->index, AW_TILE_WIDTH};
        struct aw_log_path full;

        width = AW_TILE_WIDTH;
        aw_entries_path(&whole, &full);
        err = audit_read(reader, full.text, AW_ENTRIES_MAX, &file, diag);
        if (err == AW_ERR_NOT_FOUND) {
            (void)memcpy(reader->path, path.text, sizeof(path.text));
        }
    }
    if (err == AW_OK) {
        err = aw_entries_hash(file, width, reader->row, diag);
    }
    return err;
}

/* Puts the hash of a leaf's file into the row, if there is such a file. */
static aw_err take_seq(struct audit_reader *reader, uint64_t index,
                       aw_hash *leaf, struct aw_diag *diag)
{
    struct aw_log_path path;
    aw_bytes file = {0};

    aw_seq_path(index, &path);
    aw_err err = audit_read(reader, path.text, AW_ENTRIES_MAX, &file, diag);

    if (err == AW_ERR_NOT_FOUND) {
        audit_gaps_add(&reader->missing, index, index);
        return AW_OK;
    }
    if (audit_is_content(err)) {
        audit_report_damaged(reader, err, diag);
        return AW_OK;
    }
    if (err == AW_OK) {
        aw_merkle_leaf(file, leaf);
    }
    return err;
}

/* With the row from the tile in place: the leaves that are there must fit,
 * those that are not are named. */
static aw_err check_leaves(struct audit_reader *reader,
                           const struct aw_tile_id *id)
{
    struct aw_diag diag = {0};
    uint64_t first = id->index * AW_TILE_WIDTH;
    aw_err err = AW_OK;

    if (reader->plan->layout == AW_LAYOUT_TILES) {
        err = hash_bundle(reader, id, &diag);
        if (err == AW_ERR_NOT_FOUND) {
            audit_gaps_add(&reader->missing, first, first + id->width - 1);
            return AW_OK;
        }
        if (audit_is_content(err)) {
            audit_report_damaged(reader, err, &diag);
            return AW_OK;
        }
    }
    for (unsigned i = 0; reader->plan->layout == AW_LAYOUT_SERVERLESS &&
                         i < id->width && err == AW_OK;
         i++) {
        err = take_seq(reader, first + i, &reader->row[i], &diag);
    }
    return err == AW_OK ? audit_compare_row(reader, id, reader->row, NULL)
                        : err;
}

/* The row of the tile itself. *known: false when the tile is damaged. */
static aw_err row_from_tile(struct audit_reader *reader,
                            const struct aw_tile_id *id, bool *known)
{
    struct aw_diag diag = {0};
    aw_err err = audit_read_tile(reader, id, &reader->tile, &diag);

    *known = err == AW_OK;
    if (audit_is_content(err)) {
        audit_report_damaged(reader, err, &diag);
        return AW_OK;
    }
    if (err == AW_OK) {
        memcpy(reader->row, reader->tile.leaf, sizeof(reader->row));
    }
    return err;
}

/* One row of level 0: its hashes end in reader->row. *known: false when
 * nothing tells them. */
static aw_err settle_row(struct audit_reader *reader,
                         const struct aw_tile_id *id, bool *known)
{
    const struct audit_plan *plan = reader->plan;
    struct aw_diag diag = {0};
    aw_err err = AW_OK;

    if (plan->from_tiles) {
        err = row_from_tile(reader, id, known);
        if (err == AW_OK && *known && !aw_store_is_remote(reader->store)) {
            err = check_leaves(reader, id);
        }
        return err;
    }
    if (plan->layout == AW_LAYOUT_TILES) {
        err = hash_bundle(reader, id, &diag);
    } else {
        err = hash_seq(reader, id->index, id->width, &diag);
    }
    if (audit_is_content(err)) {
        audit_report_damaged(reader, err, &diag);
        return row_from_tile(reader, id, known);
    }
    *known = true;
    return err == AW_OK ? audit_compare_row(reader, id, reader->row, NULL)
                        : err;
}

/* The index of leaf hashes: after the row was compared, so that a wrong leaf
 * is not looked up under its wrong hash. */
static aw_err do_index(struct audit_reader *reader, const struct aw_tile_id *id,
                       bool known)
{
    aw_err err = AW_OK;

    for (unsigned i = 0;
         reader->plan->check_index && known && i < id->width && err == AW_OK;
         i++) {
        err =
            check_index(reader, id->index * AW_TILE_WIDTH + i, &reader->row[i]);
    }
    return err;
}

static aw_err do_row(struct audit_reader *reader, const struct aw_tile_id *id,
                     bool *known)
{
    aw_err err = settle_row(reader, id, known);

    return err == AW_OK ? do_index(reader, id, *known) : err;
}

static bool must_stop(const struct audit_plan *plan)
{
    return aw_cancelled() || audit_enough(plan->ctx);
}

static aw_err do_rows(struct audit_reader *reader, struct audit_unit *unit)
{
    const struct audit_plan *plan = reader->plan;
    uint64_t first = unit->number * AUDIT_UNIT_TILES;

    for (unsigned i = 0; i < AUDIT_UNIT_TILES; i++) {
        struct aw_tile_id id = {0, first + i,
                                aw_tile_width(0, first + i, plan->tree.size)};

        if (id.width == 0) {
            break;
        }
        if (must_stop(plan)) {
            return AW_ERR_CANCELLED;
        }
        if (i % HINT_TILES == 0) {
            hint_rows(reader, first + i, HINT_TILES);
        }
        aw_err err = do_row(reader, &id, &unit->known[i]);

        if (err != AW_OK) {
            return err;
        }
        if (plan->progress != NULL) {
            aw_progress_add(plan->progress, id.width);
        }
        if (id.width == AW_TILE_WIDTH) {
            aw_tile_root(reader->row, AW_TILE_WIDTH, &unit->tile[i]);
            unit->n_tiles++;
        } else {
            memcpy(unit->tail, reader->row, sizeof(unit->tail));
            unit->n_tail = id.width;
        }
    }
    return AW_OK;
}

void audit_unit_run(struct audit_reader *reader, uint64_t number,
                    struct audit_unit *unit)
{
    uint64_t tiles = reader->tiles;

    memset(unit, 0, sizeof(*unit));
    unit->number = number;
    memset(&reader->missing, 0, sizeof(reader->missing));
    unit->err = do_rows(reader, unit);
    if (unit->err == AW_OK && unit->n_tiles > 0) {
        struct aw_tile_id id = {1, number, unit->n_tiles};

        unit->err = audit_compare_row(reader, &id, unit->tile, unit->known);
    }
    if (unit->err == AW_OK && unit->n_tiles == AUDIT_UNIT_TILES) {
        unit->full = true;
        aw_tile_root(unit->tile, AUDIT_UNIT_TILES, &unit->root);
    }
    if (unit->err != AW_OK) {
        unit->why = *aw_store_why(reader->store);
        (void)memcpy(unit->path, reader->path, sizeof(unit->path));
    }
    unit->tiles = reader->tiles - tiles;
    unit->missing = reader->missing;
}
