/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/append.h"

#include <string.h>

#include "log_read.h"

static uint8_t bit(unsigned level)
{
    return (uint8_t)(1U << level);
}

aw_err aw_append_begin(struct aw_log *log, const struct aw_files *files,
                       struct aw_append *append, struct aw_diag *diag)
{
    append->layout = log->layout;
    append->store = log->store;
    append->files = *files;
    append->path.text[0] = '\0';
    append->size = log->tree.size;
    append->was_partial = 0;
    append->changed = 0;
    append->filled = 0;
    for (unsigned level = 0; level < AW_TILE_LEVELS; level++) {
        uint64_t nodes = log->tree.size >> (AW_TILE_HEIGHT * level);
        struct aw_tile_id id = {level, nodes / AW_TILE_WIDTH,
                                (unsigned)(nodes % AW_TILE_WIDTH)};
        struct aw_tile *row = &append->row[level];
        struct aw_tile *tile = NULL;

        row->level = level;
        row->index = id.index;
        row->width = 0;
        if (id.width == 0) {
            continue;
        }
        aw_err err = log_tile(log, &id, &tile, diag);

        if (err != AW_OK) {
            return err;
        }
        row->width = id.width;
        memcpy(row->leaf, tile->leaf, id.width * sizeof(row->leaf[0]));
        append->was_partial |= bit(level);
        append->partial[level] = id.index;
    }
    return AW_OK;
}

static aw_err put_row(struct aw_append *append, unsigned level,
                      struct aw_diag *diag)
{
    const struct aw_tile *row = &append->row[level];
    struct aw_tile_id id = {row->level, row->index, row->width};
    struct aw_wr w = aw_wr_init(append->file, sizeof(append->file));

    aw_tile_path(append->layout, &id, &append->path);
    aw_tile_write(append->layout, row, &w);
    AW_BUG_ON(w.failed);
    append->changed &= (uint8_t)~bit(level);
    return append->files.put(append->files.ctx, append->path.text,
                             aw_wr_done(&w), diag);
}

/* The row is a full tile: writes it and starts the next one. Its root is a
 * leaf of the level above. */
static aw_err carry(struct aw_append *append, unsigned level, aw_hash *root,
                    struct aw_diag *diag)
{
    struct aw_tile *row = &append->row[level];
    aw_err err = put_row(append, level, diag);

    if (err != AW_OK) {
        return err;
    }
    if ((append->was_partial & bit(level)) != 0 &&
        append->partial[level] == row->index) {
        append->filled |= bit(level);
    }
    aw_tile_root(row->leaf, AW_TILE_WIDTH, root);
    row->width = 0;
    row->index++;
    return AW_OK;
}

aw_err aw_append_leaf(struct aw_append *append, const aw_hash *leaf,
                      struct aw_diag *diag)
{
    aw_hash node = *leaf;

    if (append->size == UINT64_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "append: size", append->size);
    }
    append->size++;
    for (unsigned level = 0; level < AW_TILE_LEVELS; level++) {
        struct aw_tile *row = &append->row[level];

        row->leaf[row->width++] = node;
        append->changed |= bit(level);
        if (row->width < AW_TILE_WIDTH) {
            return AW_OK;
        }
        aw_err err = carry(append, level, &node, diag);

        if (err != AW_OK) {
            return err;
        }
    }
    /* A tile of the top level would need 2^64 leaves. */
    AW_BUG_ON(true);
    return AW_ERR_RANGE;
}

/* Old partial names of a tile that is full now name the full one. */
static aw_err alias_partials(struct aw_append *append, unsigned level,
                             struct aw_diag *diag)
{
    struct aw_tile_id id = {level, append->partial[level], AW_TILE_WIDTH};
    struct aw_log_path full;

    aw_tile_path(append->layout, &id, &full);
    for (id.width = 1; id.width < AW_TILE_WIDTH; id.width++) {
        aw_tile_path(append->layout, &id, &append->path);
        aw_err err = log_probe(&append->store, append->path.text, diag);

        if (err == AW_OK) {
            err = append->files.alias(append->files.ctx, append->path.text,
                                      full.text, diag);
        }
        if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
            return err;
        }
    }
    return AW_OK;
}

static aw_err alias_all(struct aw_append *append, struct aw_diag *diag)
{
    if (append->layout != AW_LAYOUT_SERVERLESS || append->filled == 0) {
        return AW_OK;
    }
    for (unsigned level = 0; level < AW_TILE_LEVELS; level++) {
        aw_err err = AW_OK;

        if ((append->filled & bit(level)) != 0) {
            err = alias_partials(append, level, diag);
        }
        if (err != AW_OK) {
            return err;
        }
    }
    return append->files.sync(append->files.ctx, diag);
}

/* What is partial now may fill up in the next round. */
static void next_round(struct aw_append *append)
{
    append->filled = 0;
    append->was_partial = 0;
    for (unsigned level = 0; level < AW_TILE_LEVELS; level++) {
        if (append->row[level].width > 0) {
            append->was_partial |= bit(level);
            append->partial[level] = append->row[level].index;
        }
    }
}

static void rows_tree(const struct aw_append *append, struct aw_tree *tree)
{
    struct aw_range range;
    aw_err err = AW_OK;

    aw_range_init(&range);
    for (unsigned level = AW_TILE_LEVELS; level-- > 0;) {
        const struct aw_tile *row = &append->row[level];

        for (unsigned i = 0; i < row->width && err == AW_OK; i++) {
            err = aw_range_append_subtree(&range, level * AW_TILE_HEIGHT,
                                          &row->leaf[i], NULL);
        }
    }
    AW_BUG_ON(err != AW_OK || range.size != append->size);
    tree->size = append->size;
    aw_range_root(&range, &tree->root);
}

aw_err aw_append_finish(struct aw_append *append, struct aw_tree *tree,
                        struct aw_diag *diag)
{
    aw_err err = AW_OK;

    for (unsigned level = 0; level < AW_TILE_LEVELS && err == AW_OK; level++) {
        if ((append->changed & bit(level)) != 0 &&
            append->row[level].width > 0) {
            err = put_row(append, level, diag);
        }
    }
    if (err == AW_OK) {
        err = append->files.sync(append->files.ctx, diag);
    }
    if (err == AW_OK) {
        err = alias_all(append, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    next_round(append);
    rows_tree(append, tree);
    return AW_OK;
}
