/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a log: which one, and what it holds. */
#include "log_read.h"

#include <string.h>

#include "aw/text.h"

aw_err log_read(struct aw_log *log, struct aw_wr *buf, aw_bytes *file,
                struct aw_diag *diag)
{
    size_t before = buf->n;
    aw_err err = log->store.get(log->store.ctx, log->path.text, buf, diag);

    if (err == AW_ERR_NOT_FOUND) {
        return aw_fail(diag, err, "log: no such file", 0);
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_at(aw_wr_done(buf), before);

    *file = aw_rd_rest(&r);
    return AW_OK;
}

aw_err log_probe(const struct aw_store *store, const char *path,
                 struct aw_diag *diag)
{
    uint8_t byte = 0;
    struct aw_wr buf = aw_wr_init(&byte, sizeof(byte));
    aw_err err = store->get(store->ctx, path, &buf, diag);

    /* One that is too long for a byte is there, too. */
    return err == AW_ERR_SPACE ? AW_OK : err;
}

static void set_path(struct aw_log *log, enum aw_tile_kind kind,
                     const struct aw_tile_id *id)
{
    if (kind == AW_TILE_OF_ENTRIES) {
        aw_entries_path(id, &log->path);
    } else {
        aw_tile_path(log->layout, id, &log->path);
    }
}

aw_err log_read_tile(struct aw_log *log, enum aw_tile_kind kind,
                     struct aw_tile_id *id, struct aw_wr *buf, aw_bytes *file,
                     struct aw_diag *diag)
{
    struct aw_log_path partial;

    set_path(log, kind, id);
    partial = log->path;
    aw_err err = log_read(log, buf, file, diag);

    if (err != AW_ERR_NOT_FOUND || id->width == AW_TILE_WIDTH) {
        return err;
    }
    struct aw_tile_id full = {id->level, id->index, AW_TILE_WIDTH};

    set_path(log, kind, &full);
    err = log_read(log, buf, file, diag);
    if (err == AW_ERR_NOT_FOUND) {
        log->path = partial; /* the file that should have been there */
    }
    if (err == AW_OK) {
        id->width = AW_TILE_WIDTH;
    }
    return err;
}

aw_err aw_log_detect(const struct aw_store *store, uint64_t size,
                     enum aw_layout *layout, struct aw_diag *diag)
{
    static const enum aw_layout layouts[] = {AW_LAYOUT_SERVERLESS,
                                             AW_LAYOUT_TILES};
    uint8_t scratch[AW_TILE_TEXT_MAX];
    struct aw_log_path path;
    struct aw_tile_id id = {.level = 0};

    if (size == 0) {
        *layout = AW_LAYOUT_SERVERLESS;
        return AW_OK;
    }
    id.index = (size - 1) / AW_TILE_WIDTH;
    id.width = aw_tile_width(0, id.index, size);
    for (size_t i = 0; i < 4; i++) {
        struct aw_wr buf = aw_wr_init(scratch, sizeof(scratch));
        struct aw_tile_id full = {0, id.index, AW_TILE_WIDTH};

        aw_tile_path(layouts[i / 2], i % 2 == 0 ? &id : &full, &path);
        aw_err err = store->get(store->ctx, path.text, &buf, diag);

        /* One that is too long exists, too; opening it will say so. */
        if (err == AW_OK || err == AW_ERR_SPACE) {
            *layout = layouts[i / 2];
            return AW_OK;
        }
        if (err != AW_ERR_NOT_FOUND) {
            return err;
        }
    }
    return aw_fail(diag, AW_ERR_NOT_FOUND, "log: no tile at size", size);
}

/* All entries of the bundle that the log has at this size. */
static aw_err read_bundle(struct aw_log *log, uint64_t bundle,
                          struct aw_wr *buf, aw_bytes *entries,
                          struct aw_diag *diag)
{
    struct aw_tile_id id = {0, bundle,
                            aw_tile_width(0, bundle, log->tree.size)};
    aw_bytes file = {NULL, 0};
    aw_err err = log_read_tile(log, AW_TILE_OF_ENTRIES, &id, buf, &file, diag);

    return err == AW_OK ? aw_entries_split(file, id.width, entries, diag) : err;
}

enum { ANNOUNCED = 32 };

static void announce_entries(struct aw_log *log, uint64_t first, size_t n)
{
    struct aw_log_path path[ANNOUNCED];
    const char *text[ANNOUNCED];

    if (log->store.hint == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        aw_seq_path(first + i, &path[i]);
        text[i] = path[i].text;
    }
    log->store.hint(log->store.ctx, text, n);
}

static aw_err read_seq(struct aw_log *log, uint64_t first, size_t n,
                       struct aw_wr *buf, aw_bytes *entries,
                       struct aw_diag *diag)
{
    for (size_t i = 0; i < n; i++) {
        if (n > 1 && i % ANNOUNCED == 0) {
            announce_entries(log, first + i,
                             n - i < ANNOUNCED ? n - i : ANNOUNCED);
        }
        aw_seq_path(first + i, &log->path);
        aw_err err = log_read(log, buf, &entries[i], diag);

        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

/* Entries of one tile, as the store gives them. */
static aw_err read_entries(struct aw_log *log, uint64_t first, size_t n,
                           struct aw_wr *buf, aw_bytes *entries,
                           struct aw_diag *diag)
{
    aw_bytes all[AW_TILE_WIDTH];

    if (log->layout == AW_LAYOUT_SERVERLESS) {
        return read_seq(log, first, n, buf, entries, diag);
    }
    aw_err err = read_bundle(log, first / AW_TILE_WIDTH, buf, all, diag);

    if (err == AW_OK) {
        memcpy(entries, &all[first % AW_TILE_WIDTH], n * sizeof(entries[0]));
    }
    return err;
}

static aw_err wrong_entry(struct aw_log *log, uint64_t index,
                          struct aw_diag *diag)
{
    struct aw_tile_id id = {0, index / AW_TILE_WIDTH, 0};

    id.width = aw_tile_width(0, id.index, log->tree.size);
    if (log->layout == AW_LAYOUT_SERVERLESS) {
        aw_seq_path(index, &log->path);
    } else {
        set_path(log, AW_TILE_OF_ENTRIES, &id);
    }
    return aw_fail(diag, AW_ERR_DIGEST, "entry: leaf", index);
}

aw_err aw_log_get(struct aw_log *log, uint64_t index, struct aw_wr *buf,
                  aw_bytes *entry, struct aw_proof *proof, struct aw_diag *diag)
{
    aw_bytes got;
    aw_hash leaf;

    if (index >= log->tree.size) {
        return aw_fail(diag, AW_ERR_RANGE, "entry: index", index);
    }
    aw_err err = read_entries(log, index, 1, buf, &got, diag);

    if (err != AW_OK) {
        return err;
    }
    aw_merkle_leaf(got, &leaf);
    err = aw_log_prove_inclusion(log, index, &leaf, proof, diag);
    if (err == AW_ERR_DIGEST) {
        return wrong_entry(log, index, diag);
    }
    if (err == AW_OK) {
        *entry = got;
    }
    return err;
}

/* Checks that the tile's leaf row belongs to the log, then each entry. */
static aw_err prove_batch(struct aw_log *log, uint64_t first, size_t n,
                          const aw_bytes *entries, struct aw_diag *diag)
{
    struct aw_tile_id id = {.level = 0, .index = first / AW_TILE_WIDTH};
    struct aw_tile *tile = NULL;
    aw_hash row[AW_TILE_WIDTH];
    aw_hash leaf;
    struct aw_proof proof;

    id.width = aw_tile_width(0, id.index, log->tree.size);
    aw_err err = log_tile(log, &id, &tile, diag);

    if (err != AW_OK) {
        return err;
    }
    memcpy(row, tile->leaf, id.width * sizeof(row[0]));
    struct aw_subtree part = {.start = id.index * AW_TILE_WIDTH};

    part.end = part.start + id.width;
    aw_tile_root(row, id.width, &part.root);
    err = log_prove_part(log, &part, &proof, diag);
    for (size_t i = 0; err == AW_OK && i < n; i++) {
        aw_merkle_leaf(entries[i], &leaf);
        if (!aw_hash_equal(&leaf, &row[first % AW_TILE_WIDTH + i])) {
            err = wrong_entry(log, first + i, diag);
        }
    }
    return err;
}

aw_err aw_log_batch(struct aw_log *log, uint64_t first, size_t n,
                    struct aw_wr *buf, aw_bytes *entries, struct aw_diag *diag)
{
    if (first >= log->tree.size || n < 1 || n > log->tree.size - first ||
        n > AW_TILE_WIDTH - first % AW_TILE_WIDTH) {
        return aw_fail(diag, AW_ERR_RANGE, "entry: index", first);
    }
    aw_err err = read_entries(log, first, n, buf, entries, diag);

    return err == AW_OK ? prove_batch(log, first, n, entries, diag) : err;
}

aw_err aw_log_find(struct aw_log *log, const aw_hash *leaf, uint64_t *index,
                   struct aw_proof *proof, struct aw_diag *diag)
{
    uint8_t hex[16];
    struct aw_wr buf = aw_wr_init(hex, sizeof(hex));
    uint64_t hint = 0;
    aw_bytes file = {NULL, 0};

    if (log->layout != AW_LAYOUT_SERVERLESS) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "log: index of leaf hashes",
                       0);
    }
    aw_leaf_path(leaf, &log->path);
    aw_err err = log_read(log, &buf, &file, diag);

    if (err != AW_OK) {
        return err;
    }
    err = aw_hex_parse_u64(file, &hint);
    if (err != AW_OK) {
        return aw_fail(diag, err, "leaf index: number", 0);
    }
    if (hint >= log->tree.size) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "leaf index: not covered", hint);
    }
    err = aw_log_prove_inclusion(log, hint, leaf, proof, diag);
    if (err == AW_OK) {
        *index = hint;
    }
    return err;
}
