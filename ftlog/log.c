/* SPDX-License-Identifier: Apache-2.0 */
/* Reading tiles of a log, and proofs from them. */
#include "aw/ftlog/log.h"

#include <string.h>

#include "log_read.h"

aw_err aw_tree_compare(const struct aw_tree *held, const struct aw_tree *seen,
                       struct aw_diag *diag)
{
    if (seen->size < held->size) {
        return aw_fail(diag, AW_ERR_ROLLBACK, "log: size", seen->size);
    }
    if (held->size == seen->size && !aw_hash_equal(&held->root, &seen->root)) {
        return aw_fail(diag, AW_ERR_FORK, "log: root at size", seen->size);
    }
    return AW_OK;
}

/* The tile that holds a node, at the width that the log's size gives. */
static struct aw_tile_id tile_of(const struct aw_log *log, unsigned level,
                                 uint64_t index)
{
    struct aw_tile_id id = {
        .level = level / AW_TILE_HEIGHT,
        .index = index >> (AW_TILE_HEIGHT - level % AW_TILE_HEIGHT),
    };

    id.width = aw_tile_width(id.level, id.index, log->tree.size);
    return id;
}

static struct aw_tile *cached(struct aw_log *log, const struct aw_tile_id *id)
{
    for (size_t i = 0; i < AW_LOG_TILES; i++) {
        if (log->used[i] != 0 && log->tile[i].level == id->level &&
            log->tile[i].index == id->index) {
            log->used[i] = ++log->clock;
            return &log->tile[i];
        }
    }
    return NULL;
}

/* Reads the tile into the slot that was not used for longest. */
static aw_err load(struct aw_log *log, const struct aw_tile_id *id,
                   struct aw_tile **tile, struct aw_diag *diag)
{
    struct aw_wr buf = aw_wr_init(log->file, sizeof(log->file));
    struct aw_tile_id found = *id;
    aw_bytes file = {NULL, 0};
    size_t slot = 0;
    aw_err err =
        log_read_tile(log, AW_TILE_OF_HASHES, &found, &buf, &file, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 1; i < AW_LOG_TILES; i++) {
        if (log->used[i] < log->used[slot]) {
            slot = i;
        }
    }
    err = aw_tile_parse(log->layout, &found, file, &log->tile[slot], diag);
    if (err != AW_OK) {
        return err;
    }
    log->tile[slot].width = id->width;
    log->used[slot] = ++log->clock;
    *tile = &log->tile[slot];
    return AW_OK;
}

aw_err log_tile(struct aw_log *log, const struct aw_tile_id *id,
                struct aw_tile **tile, struct aw_diag *diag)
{
    struct aw_tile *have = cached(log, id);

    if (have == NULL) {
        return load(log, id, tile, diag);
    }
    *tile = have;
    return AW_OK;
}

static aw_err get_node(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                       struct aw_diag *diag)
{
    struct aw_log *log = ctx;
    struct aw_tile_id id = tile_of(log, level, index);
    unsigned inside = level % AW_TILE_HEIGHT;
    uint64_t first = id.index << (AW_TILE_HEIGHT - inside);
    struct aw_tile *tile = NULL;

    if (id.width == 0) {
        return aw_fail(diag, AW_ERR_RANGE, "log: node of level", level);
    }
    aw_err err = log_tile(log, &id, &tile, diag);

    if (err != AW_OK) {
        return err;
    }
    err = aw_tile_node(tile, inside, (unsigned)(index - first), node);
    return err == AW_OK ? AW_OK
                        : aw_fail(diag, err, "log: node of level", level);
}

struct aw_nodes aw_log_nodes(struct aw_log *log)
{
    return (struct aw_nodes){log, get_node};
}

/*
 * Which tiles an operation needs is found out by a rehearsal: the same code
 * runs over a source that notes tiles and returns hashes of zeros.
 */
enum { REHEARSED = 32 };

struct rehearsal {
    struct aw_log *log;
    size_t n;
    struct aw_tile_id id[REHEARSED];
};

static aw_err note_tile(void *ctx, unsigned level, uint64_t index,
                        aw_hash *node, struct aw_diag *diag)
{
    struct rehearsal *r = ctx;
    struct aw_tile_id id = tile_of(r->log, level, index);

    (void)diag;
    memset(node, 0, sizeof(*node));
    for (size_t i = 0; i < r->n; i++) {
        if (r->id[i].level == id.level && r->id[i].index == id.index) {
            return AW_OK;
        }
    }
    if (r->n < REHEARSED && id.width != 0 && cached(r->log, &id) == NULL) {
        r->id[r->n++] = id;
    }
    return AW_OK;
}

static void announce(const struct rehearsal *r)
{
    struct aw_log_path path[REHEARSED];
    const char *text[REHEARSED];

    for (size_t i = 0; i < r->n; i++) {
        aw_tile_path(r->log->layout, &r->id[i], &path[i]);
        text[i] = path[i].text;
    }
    /* A single file gains nothing. */
    if (r->n > 1) {
        r->log->store.hint(r->log->store.ctx, text, r->n);
    }
}

static void rehearse_root(struct aw_log *log)
{
    struct rehearsal r = {.log = log};
    struct aw_nodes nodes = {&r, note_tile};
    aw_hash ignored;

    if (log->store.hint != NULL &&
        aw_merkle_root(log->tree.size, &nodes, &ignored, NULL) == AW_OK) {
        announce(&r);
    }
}

static void rehearse_proof(struct aw_log *log, uint64_t start, uint64_t end)
{
    struct rehearsal r = {.log = log};
    struct aw_nodes nodes = {&r, note_tile};
    struct aw_proof ignored;

    if (log->store.hint != NULL &&
        aw_merkle_prove_subtree_consistency(start, end, log->tree.size, &nodes,
                                            &ignored, NULL) == AW_OK) {
        announce(&r);
    }
}

aw_err log_prove_part(struct aw_log *log, const struct aw_subtree *part,
                      struct aw_proof *proof, struct aw_diag *diag)
{
    struct aw_nodes nodes = aw_log_nodes(log);
    struct aw_proof made;

    rehearse_proof(log, part->start, part->end);
    aw_err err = aw_merkle_prove_subtree_consistency(
        part->start, part->end, log->tree.size, &nodes, &made, diag);

    if (err == AW_OK) {
        err =
            aw_merkle_check_subtree_consistency(part, &log->tree, &made, diag);
    }
    if (err == AW_OK) {
        *proof = made;
    }
    return err;
}

aw_err aw_log_open(const struct aw_store *store, enum aw_layout layout,
                   const struct aw_checkpoint *checkpoint, struct aw_log *log,
                   struct aw_diag *diag)
{
    struct aw_nodes nodes = aw_log_nodes(log);
    aw_hash root;

    log->layout = layout;
    log->store = *store;
    log->origin = checkpoint->origin;
    log->tree = (struct aw_tree){checkpoint->size, checkpoint->root};
    log->clock = 0;
    memset(log->used, 0, sizeof(log->used));
    memset(&log->path, 0, sizeof(log->path));
    rehearse_root(log);
    aw_err err = aw_merkle_root(log->tree.size, &nodes, &root, diag);

    if (err != AW_OK) {
        return err;
    }
    if (!aw_hash_equal(&root, &log->tree.root)) {
        return aw_fail(diag, AW_ERR_ROOT, "log: root at size", log->tree.size);
    }
    return AW_OK;
}

aw_err aw_log_prove_inclusion(struct aw_log *log, uint64_t index,
                              const aw_hash *leaf, struct aw_proof *proof,
                              struct aw_diag *diag)
{
    struct aw_subtree part = {.start = index};
    struct aw_proof made;

    if (index >= log->tree.size) {
        return aw_fail(diag, AW_ERR_RANGE, "inclusion: index", index);
    }
    part.end = index + 1;
    rehearse_proof(log, part.start, part.end);
    aw_err err = get_node(log, 0, index, &part.root, diag);

    if (err == AW_OK) {
        err = log_prove_part(log, &part, &made, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (leaf != NULL && !aw_hash_equal(leaf, &part.root)) {
        return aw_fail(diag, AW_ERR_DIGEST, "inclusion: leaf", index);
    }
    *proof = made;
    return AW_OK;
}

aw_err aw_log_prove_consistency(struct aw_log *log, const struct aw_tree *from,
                                struct aw_proof *proof, struct aw_diag *diag)
{
    struct aw_subtree part = {0, from->size, from->root};

    if (from->size == 0 || from->size > log->tree.size) {
        return aw_fail(diag, AW_ERR_RANGE, "consistency: old size", from->size);
    }
    return log_prove_part(log, &part, proof, diag);
}

aw_err aw_log_root_at(struct aw_log *log, uint64_t size, aw_hash *root,
                      struct aw_diag *diag)
{
    struct aw_nodes nodes = aw_log_nodes(log);
    struct aw_tree from = {.size = size};
    struct aw_proof proof;

    if (size > log->tree.size) {
        return aw_fail(diag, AW_ERR_RANGE, "consistency: old size", size);
    }
    aw_err err = aw_merkle_root(size, &nodes, &from.root, diag);

    if (err == AW_OK && size > 0) {
        err = aw_log_prove_consistency(log, &from, &proof, diag);
    }
    if (err == AW_OK) {
        *root = from.root;
    }
    return err;
}

aw_err aw_log_follow(struct aw_log *log, const struct aw_tree *held,
                     struct aw_proof *proof, struct aw_diag *diag)
{
    aw_err err = aw_tree_compare(held, &log->tree, diag);

    if (err != AW_OK) {
        return err;
    }
    if (held->size == 0 || held->size == log->tree.size) {
        proof->n = 0;
        return AW_OK;
    }
    return aw_log_prove_consistency(log, held, proof, diag);
}
