/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "log/audit_unit.h"

bool audit_is_content(aw_err err)
{
    return err == AW_ERR_SHORT || err == AW_ERR_FORMAT || err == AW_ERR_RANGE ||
           err == AW_ERR_DIGEST;
}

static const char *hash_text(struct audit_reader *reader, const aw_hash *hash)
{
    char text[2 * AW_HASH_SIZE + 1] = {0};
    struct aw_wr w = aw_wr_init(text, sizeof(text) - 1);

    aw_wr_hex(&w, (aw_bytes){hash->b, AW_HASH_SIZE});
    return aw_pool_text(&reader->plan->ctx->pool, text);
}

void audit_report(struct audit_reader *reader, const struct aw_finding *finding)
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

void audit_report_damaged(struct audit_reader *reader, aw_err err,
                          const struct aw_diag *diag)
{
    audit_report(reader, &(struct aw_finding){
                             .err = err,
                             .subject = reader->path,
                             .expected = "a well-formed file of this log",
                             .diag = diag,
                         });
}

/* A file whose hash the tree does not have: that of leaf or tile `at`. */
static void report_differs(struct audit_reader *reader, const char *path,
                           uint64_t at, const aw_hash *want, const aw_hash *got)
{
    const struct aw_diag diag = {AW_ERR_DIGEST, "tree: hash", at};

    audit_report(reader, &(struct aw_finding){
                             .err = AW_ERR_DIGEST,
                             .subject = path,
                             .expected = hash_text(reader, want),
                             .got = hash_text(reader, got),
                             .diag = &diag,
                         });
}

/* Sets the path of a tile or bundle as it was read: the full file stands in
 * for a partial one that is gone. */
static void path_read(struct audit_reader *reader, enum aw_tile_kind kind,
                      const struct aw_tile_id *id, struct aw_log_path *path)
{
    struct aw_tile_id at = *id;
    aw_bytes file = {0};

    for (unsigned tries = 0; tries < 2; tries++) {
        if (kind == AW_TILE_OF_ENTRIES) {
            aw_entries_path(&at, path);
        } else {
            aw_tile_path(reader->plan->layout, &at, path);
        }
        if (at.width == AW_TILE_WIDTH ||
            audit_read(reader, path->text, AW_ENTRIES_MAX, &file, NULL) !=
                AW_ERR_NOT_FOUND) {
            return;
        }
        at.width = AW_TILE_WIDTH;
    }
}

/* Path of the file below hash i of a tile: a leaf's, or a lower tile's. */
static void file_below(struct audit_reader *reader, const struct aw_tile_id *id,
                       unsigned i, struct aw_log_path *path)
{
    uint64_t index = id->index * AW_TILE_WIDTH + i;

    if (id->level > 0) {
        struct aw_tile_id child = {id->level - 1, index, AW_TILE_WIDTH};

        aw_tile_path(reader->plan->layout, &child, path);
    } else if (reader->plan->layout == AW_LAYOUT_TILES) {
        path_read(reader, AW_TILE_OF_ENTRIES, id, path);
    } else {
        aw_seq_path(index, path);
    }
}

/* Names the files below the hashes that differ, each once. */
static void report_below(struct audit_reader *reader,
                         const struct aw_tile *stored, const aw_hash *row)
{
    struct aw_tile_id id = {stored->level, stored->index, stored->width};
    struct aw_log_path path;
    struct aw_log_path last = {{0}};

    for (unsigned i = 0; i < id.width; i++) {
        if (aw_hash_equal(&stored->leaf[i], &row[i])) {
            continue;
        }
        file_below(reader, &id, i, &path);
        if (strcmp(path.text, last.text) != 0) {
            report_differs(reader, path.text, id.index * AW_TILE_WIDTH + i,
                           &stored->leaf[i], &row[i]);
            last = path;
        }
    }
}

/* Names the tile, with its first hash that differs. */
static void report_tile(struct audit_reader *reader,
                        const struct aw_tile *stored, const aw_hash *row)
{
    struct aw_tile_id id = {stored->level, stored->index, stored->width};
    struct aw_log_path path;
    unsigned i = 0;

    path_read(reader, AW_TILE_OF_HASHES, &id, &path);
    while (aw_hash_equal(&stored->leaf[i], &row[i])) {
        i++;
    }
    report_differs(reader, path.text, id.index * AW_TILE_WIDTH + i, &row[i],
                   &stored->leaf[i]);
}

/* The stored tree, with one tile put in its place. */
struct overlay {
    struct audit_reader *reader;
    struct aw_tile tile;
};

/* Nodes of the tree as the tiles give them, unchecked. */
static aw_err node_of(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                      struct aw_diag *diag)
{
    struct overlay *o = ctx;
    struct audit_reader *reader = o->reader;
    unsigned in_tile = level % AW_TILE_HEIGHT;
    unsigned per_tile = AW_TILE_WIDTH >> in_tile;
    struct aw_tile_id id = {level / AW_TILE_HEIGHT, index / per_tile, 0};
    const struct aw_tile *tile = &o->tile;

    id.width = aw_tile_width(id.level, id.index, reader->plan->tree.size);
    if (id.width == 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "tree: node", index);
    }
    if (id.level != o->tile.level || id.index != o->tile.index) {
        aw_err err = audit_read_tile(reader, &id, &reader->tile, diag);

        if (err != AW_OK) {
            return err;
        }
        tile = &reader->tile;
    }
    return aw_tile_node(tile, in_tile, (unsigned)(index % per_tile), node);
}

bool audit_row_fits(struct audit_reader *reader, const struct aw_tile_id *id,
                    const aw_hash *row)
{
    const struct aw_tree *tree = &reader->plan->tree;
    unsigned level = id->level * AW_TILE_HEIGHT;
    struct overlay o = {.reader = reader,
                        .tile = {id->level, id->index, id->width, {{{0}}}}};
    struct aw_nodes nodes = {.ctx = &o, .get = node_of};
    struct aw_subtree part = {
        .start = (id->index * AW_TILE_WIDTH) << level,
        .end = (id->index * AW_TILE_WIDTH + id->width) << level,
    };
    struct aw_proof proof = {0};

    memcpy(o.tile.leaf, row, id->width * sizeof(row[0]));
    aw_tile_root(row, id->width, &part.root);
    return aw_merkle_prove_subtree_consistency(part.start, part.end, tree->size,
                                               &nodes, &proof, NULL) == AW_OK &&
           aw_merkle_check_subtree_consistency(&part, tree, &proof, NULL) ==
               AW_OK;
}

/* Computed and stored row differ: finds out which one the signed root wants,
 * and ends with that one in `row`. */
static void blame(struct audit_reader *reader, const struct aw_tile *stored,
                  aw_hash *row)
{
    struct aw_tile_id id = {stored->level, stored->index, stored->width};

    if (audit_row_fits(reader, &id, row)) {
        report_tile(reader, stored, row);
        return;
    }
    report_below(reader, stored, row);
    if (!audit_row_fits(reader, &id, stored->leaf)) {
        report_tile(reader, stored, row);
    }
    memcpy(row, stored->leaf, id.width * sizeof(row[0]));
}

aw_err audit_compare_row(struct audit_reader *reader,
                         const struct aw_tile_id *id, aw_hash *row,
                         const bool *known)
{
    struct aw_diag diag = {0};
    aw_err err = audit_read_tile(reader, id, &reader->tile, &diag);

    if (audit_is_content(err)) {
        audit_report_damaged(reader, err, &diag);
        return AW_OK;
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_tile *stored = &reader->tile;
    bool same = true;

    for (unsigned i = 0; i < id->width; i++) {
        if (known != NULL && !known[i]) {
            row[i] = stored->leaf[i];
        }
        same = same && aw_hash_equal(&stored->leaf[i], &row[i]);
    }
    if (!same) {
        struct aw_tile copy = *stored; /* reader->tile is used again */

        blame(reader, &copy, row);
    }
    return AW_OK;
}
