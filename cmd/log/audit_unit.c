/* SPDX-License-Identifier: Apache-2.0 */
#include "log/audit_unit.h"

#include <string.h>

#include "aw/text.h"
#include "common/progress.h"
#include "common/stop.h"

/* Tiles announced to the store at a time: with their entries at most 64
 * files in the tiled layout. */
enum { HINT_TILES = 32, HINT_LEAVES = AW_TILE_WIDTH };

/* True for what is wrong with a file's content, not with getting it. */
static bool is_content(aw_err err)
{
    return err == AW_ERR_SHORT || err == AW_ERR_FORMAT || err == AW_ERR_RANGE ||
           err == AW_ERR_DIGEST;
}

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

static const char *hash_text(struct audit_reader *reader, const aw_hash *hash)
{
    char text[2 * AW_HASH_SIZE + 1] = {0};
    struct aw_wr w = aw_wr_init(text, sizeof(text) - 1);

    aw_wr_hex(&w, (aw_bytes){hash->b, AW_HASH_SIZE});
    return aw_pool_text(&reader->plan->ctx->pool, text);
}

static void report(struct audit_reader *reader,
                   const struct aw_finding *finding)
{
    struct aw_finding f = *finding;

    f.on = AW_ON_STATEMENT;
    f.exit = reader->plan->remote ? AW_EXIT_LOG : AW_EXIT_MISMATCH;
    if (f.remedy == NULL) {
        f.remedy = "get the file again from the log; if it stays, the log "
                   "does not serve what it signed: keep the evidence";
    }
    (void)aw_report(reader->plan->ctx, &f);
}

/* A file that is there but damaged. */
static void report_damaged(struct audit_reader *reader, aw_err err,
                           const struct aw_diag *diag)
{
    report(reader, &(struct aw_finding){
                       .err = err,
                       .subject = reader->path,
                       .expected = "a well-formed file of this log",
                       .diag = diag,
                   });
}

/* A file whose hash the tree does not have. */
static void report_differs(struct audit_reader *reader, const char *path,
                           const aw_hash *want, const aw_hash *got)
{
    report(reader, &(struct aw_finding){
                       .err = AW_ERR_DIGEST,
                       .subject = path,
                       .expected = hash_text(reader, want),
                       .got = hash_text(reader, got),
                   });
}

/* Path of the file that holds a leaf. */
static void leaf_file(const struct audit_plan *plan, uint64_t leaf,
                      struct aw_log_path *path)
{
    uint64_t index = leaf / AW_TILE_WIDTH;
    struct aw_tile_id id = {0, index, aw_tile_width(0, index, plan->tree.size)};

    if (plan->layout == AW_LAYOUT_TILES) {
        aw_entries_path(&id, path);
    } else {
        aw_seq_path(leaf, path);
    }
}

static void report_blame(struct audit_reader *reader,
                         const struct aw_tile_id *id, unsigned i,
                         const aw_hash *computed)
{
    const struct audit_plan *plan = reader->plan;
    aw_hash stored = reader->tile.leaf[i];
    struct aw_log_path below;
    struct aw_log_path above;
    uint64_t index = id->index * AW_TILE_WIDTH + i;
    enum audit_blame blame = audit_blame_of(reader, id->level * AW_TILE_HEIGHT,
                                            index, computed, &stored);

    aw_tile_path(plan->layout, id, &above);
    if (id->level == 0) {
        leaf_file(plan, index, &below);
    } else {
        struct aw_tile_id child = {id->level - 1, index, AW_TILE_WIDTH};

        aw_tile_path(plan->layout, &child, &below);
    }
    if (blame != AUDIT_BLAME_STORED) {
        report_differs(reader, below.text, &stored, computed);
    }
    if (blame != AUDIT_BLAME_BELOW) {
        report_differs(reader, above.text, computed, &stored);
    }
}

aw_err audit_compare_row(struct audit_reader *reader,
                         const struct aw_tile_id *id, const aw_hash *row)
{
    struct aw_diag diag = {0};
    aw_err err = audit_read_tile(reader, id, &reader->tile, &diag);

    if (is_content(err)) {
        report_damaged(reader, err, &diag);
        return AW_OK;
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_tile stored = reader->tile;

    for (unsigned i = 0; i < id->width; i++) {
        if (!aw_hash_equal(&stored.leaf[i], &row[i])) {
            reader->tile = stored;
            report_blame(reader, id, i, &row[i]);
        }
    }
    return AW_OK;
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

/* leaves/<hash> must give the index of this leaf, or of an equal one. */
static aw_err check_index(struct audit_reader *reader, uint64_t index,
                          const aw_hash *leaf)
{
    struct aw_log_path path;
    aw_bytes file = {0};
    uint64_t value = 0;
    struct aw_diag diag = {0};

    aw_leaf_path(leaf, &path);
    aw_err err = audit_read(reader, path.text, &file, &diag);

    if (err != AW_OK) {
        return err;
    }
    if (aw_hex_parse_u64(file, &value) != AW_OK || value > index) {
        report(reader,
               &(struct aw_finding){
                   .err = AW_ERR_DIGEST,
                   .subject = path.text,
                   .expected = aw_pool_printf(&reader->plan->ctx->pool, "%llx",
                                              (unsigned long long)index),
                   .got = aw_pool_bytes(&reader->plan->ctx->pool, file),
               });
    }
    return AW_OK;
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
        err = audit_read(reader, path.text, &leaf, diag);
        if (err == AW_OK) {
            aw_merkle_leaf(leaf, &reader->row[i]);
        }
        if (err == AW_OK && reader->plan->check_index) {
            err = check_index(reader, first + i, &reader->row[i]);
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
    aw_err err = audit_read(reader, path.text, &file, diag);

    if (err == AW_ERR_NOT_FOUND && width < AW_TILE_WIDTH) {
        struct aw_tile_id whole = {0, id->index, AW_TILE_WIDTH};
        struct aw_log_path full;

        width = AW_TILE_WIDTH;
        aw_entries_path(&whole, &full);
        err = audit_read(reader, full.text, &file, diag);
        if (err == AW_ERR_NOT_FOUND) {
            (void)memcpy(reader->path, path.text, sizeof(path.text));
        }
    }
    if (err == AW_OK) {
        err = aw_entries_hash(file, width, reader->row, diag);
    }
    return err;
}

/* Compares one leaf file with the row that came from its tile. */
static aw_err check_seq(struct audit_reader *reader,
                        const struct aw_tile_id *id, unsigned i)
{
    uint64_t index = id->index * AW_TILE_WIDTH + i;
    struct aw_log_path path;
    aw_bytes file = {0};
    aw_hash leaf;

    aw_seq_path(index, &path);
    aw_err err = audit_read(reader, path.text, &file, NULL);

    if (err == AW_ERR_NOT_FOUND) {
        audit_gaps_add(&reader->missing, index, index);
        return AW_OK;
    }
    if (err == AW_OK) {
        aw_merkle_leaf(file, &leaf);
        if (!aw_hash_equal(&leaf, &reader->row[i])) {
            report_blame(reader, id, i, &leaf);
        }
    }
    return err;
}

/* With the row from the tile in place: the leaves that are there must fit,
 * those that are not are named. */
static aw_err check_leaves(struct audit_reader *reader,
                           const struct aw_tile_id *id)
{
    struct aw_diag diag = {0};
    aw_hash from_tile[AW_TILE_WIDTH];
    uint64_t first = id->index * AW_TILE_WIDTH;
    aw_err err = AW_OK;

    if (reader->plan->layout == AW_LAYOUT_SERVERLESS) {
        for (unsigned i = 0; i < id->width && err == AW_OK; i++) {
            err = check_seq(reader, id, i);
        }
        return err;
    }
    memcpy(from_tile, reader->row, sizeof(from_tile));
    err = hash_bundle(reader, id, &diag);
    if (err == AW_ERR_NOT_FOUND) {
        audit_gaps_add(&reader->missing, first, first + id->width - 1);
        err = AW_OK;
    } else if (is_content(err)) {
        report_damaged(reader, err, &diag);
        err = AW_OK;
    } else if (err == AW_OK) {
        err = audit_compare_row(reader, id, reader->row);
    }
    memcpy(reader->row, from_tile, sizeof(from_tile));
    return err;
}

static aw_err row_from_tile(struct audit_reader *reader,
                            const struct aw_tile_id *id, struct aw_diag *diag)
{
    aw_err err = audit_read_tile(reader, id, &reader->tile, diag);

    if (err == AW_OK) {
        memcpy(reader->row, reader->tile.leaf, sizeof(reader->row));
        if (!aw_store_is_remote(reader->store)) {
            err = check_leaves(reader, id);
        }
    }
    return err;
}

/* One row of level 0: its hashes end in reader->row. */
static aw_err do_row(struct audit_reader *reader, const struct aw_tile_id *id)
{
    const struct audit_plan *plan = reader->plan;
    struct aw_diag diag = {0};
    aw_err err = AW_OK;

    if (plan->from_tiles) {
        err = row_from_tile(reader, id, &diag);
    } else if (plan->layout == AW_LAYOUT_TILES) {
        err = hash_bundle(reader, id, &diag);
    } else {
        err = hash_seq(reader, id->index, id->width, &diag);
    }
    if (is_content(err)) {
        report_damaged(reader, err, &diag);
        return AW_OK;
    }
    if (err == AW_OK && !plan->from_tiles) {
        err = audit_compare_row(reader, id, reader->row);
    }
    return err;
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
        if (aw_cancelled()) {
            return AW_ERR_CANCELLED;
        }
        if (i % HINT_TILES == 0) {
            hint_rows(reader, first + i, HINT_TILES);
        }
        aw_err err = do_row(reader, &id);

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

        unit->err = audit_compare_row(reader, &id, unit->tile);
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
