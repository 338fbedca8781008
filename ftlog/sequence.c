/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/sequence.h"

#include <string.h>

#include "aw/sha256.h"
#include "aw/text.h"
#include "log_read.h"
#include "sequence_private.h"

bool sequence_is_serverless(const struct aw_sequence *s)
{
    return s->log->layout == AW_LAYOUT_SERVERLESS;
}

static aw_err put(struct aw_sequence *s, aw_bytes data, struct aw_diag *diag)
{
    return s->files.put(s->files.ctx, s->path.text, data, diag);
}

static aw_err sync(struct aw_sequence *s, struct aw_diag *diag)
{
    return s->files.sync(s->files.ctx, diag);
}

static aw_err probe(struct aw_sequence *s, struct aw_diag *diag)
{
    return log_probe(&s->log->store, s->path.text, diag);
}

static void empty_work(struct aw_sequence *s)
{
    s->work = aw_wr_init(s->work.p, s->work.cap);
}

/* The file s->path, in the work area. */
aw_err sequence_read_file(struct aw_sequence *s, aw_bytes *file,
                          struct aw_diag *diag)
{
    const struct aw_store *store = &s->log->store;

    empty_work(s);
    aw_err err = store->get(store->ctx, s->path.text, &s->work, diag);

    if (err == AW_OK) {
        *file = aw_wr_done(&s->work);
    }
    return err;
}

/* Serverless layout: an entry and its leaf hash. */
aw_err sequence_read_entry(struct aw_sequence *s, uint64_t index, aw_hash *leaf,
                           struct aw_diag *diag)
{
    aw_bytes entry = {NULL, 0};

    aw_seq_path(index, &s->path);
    aw_err err = sequence_read_file(s, &entry, diag);

    if (err == AW_ERR_SPACE || (err == AW_OK && entry.n > AW_ENTRY_MAX)) {
        return aw_fail(diag, AW_ERR_RANGE, "entry: length", index);
    }
    if (err == AW_OK) {
        aw_merkle_leaf(entry, leaf);
    }
    return err;
}

aw_err sequence_put_leaf_index(struct aw_sequence *s, const aw_hash *leaf,
                               uint64_t index, struct aw_diag *diag)
{
    uint8_t hex[16];
    struct aw_wr w = aw_wr_init(hex, sizeof(hex));

    aw_leaf_path(leaf, &s->path);
    aw_wr_hex_u64(&w, index, 0);
    return put(s, aw_wr_done(&w), diag);
}

/* Counts the entries in seq/ and mends leaves/: an entry that is not listed
 * there would be added a second time. */
static aw_err find_seq(struct aw_sequence *s, struct aw_diag *diag)
{
    bool mended = false;
    aw_hash leaf;
    aw_err err = AW_OK;

    while (s->next < UINT64_MAX) {
        err = sequence_read_entry(s, s->next, &leaf, diag);
        if (err != AW_OK) {
            break;
        }
        aw_leaf_path(&leaf, &s->path);
        err = probe(s, diag);
        if (err == AW_ERR_NOT_FOUND) {
            err = sequence_put_leaf_index(s, &leaf, s->next, diag);
            mended = true;
        }
        if (err != AW_OK) {
            return err;
        }
        s->next++;
    }
    if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
        return err;
    }
    return mended ? sync(s, diag) : AW_OK;
}

/* Widest bundle of an index that is there, not below `least`. */
static aw_err find_width(struct aw_sequence *s, uint64_t bundle, unsigned least,
                         unsigned *width, struct aw_diag *diag)
{
    struct aw_tile_id id = {0, bundle, AW_TILE_WIDTH};

    for (; id.width > least; id.width--) {
        aw_entries_path(&id, &s->path);
        aw_err err = probe(s, diag);

        if (err == AW_OK) {
            break;
        }
        if (err != AW_ERR_NOT_FOUND) {
            return err;
        }
    }
    *width = id.width;
    return AW_OK;
}

static aw_err find_bundles(struct aw_sequence *s, struct aw_diag *diag)
{
    unsigned width = AW_TILE_WIDTH;

    while (width == AW_TILE_WIDTH &&
           s->next / AW_TILE_WIDTH < UINT64_MAX / AW_TILE_WIDTH) {
        uint64_t bundle = s->next / AW_TILE_WIDTH;
        aw_err err = find_width(s, bundle, (unsigned)(s->next % AW_TILE_WIDTH),
                                &width, diag);

        if (err != AW_OK) {
            return err;
        }
        s->next = bundle * AW_TILE_WIDTH + width;
    }
    return AW_OK;
}

aw_err aw_sequence_open(struct aw_log *log, const struct aw_files *files,
                        const struct aw_wr *work, struct aw_sequence *sequence,
                        struct aw_diag *diag)
{
    sequence->log = log;
    sequence->files = *files;
    sequence->next = log->tree.size;
    sequence->work = *work;
    AW_BUG_ON(work->cap < (sequence_is_serverless(sequence)
                               ? (size_t)AW_SEQUENCE_WORK_SERVERLESS
                               : (size_t)AW_SEQUENCE_WORK_TILES));
    return sequence_is_serverless(sequence) ? find_seq(sequence, diag)
                                            : find_bundles(sequence, diag);
}

/* The entries that the tree covers are those that it was made of. */
static aw_err check_bundle(struct aw_sequence *s, uint64_t bundle,
                           const aw_hash *leaves, struct aw_diag *diag)
{
    struct aw_tile_id id = {0, bundle, 0};
    struct aw_tile *tile = NULL;

    id.width = aw_tile_width(0, bundle, s->log->tree.size);
    if (id.width == 0) {
        return AW_OK;
    }
    aw_err err = log_tile(s->log, &id, &tile, diag);

    for (unsigned i = 0; err == AW_OK && i < id.width; i++) {
        if (!aw_hash_equal(&leaves[i], &tile->leaf[i])) {
            err = aw_fail(diag, AW_ERR_DIGEST, "entry: leaf",
                          bundle * AW_TILE_WIDTH + i);
        }
    }
    return err;
}

/* Tiled layout: the widest bundle of an index, in the work area, and the leaf
 * hashes of its entries. */
aw_err sequence_read_bundle(struct aw_sequence *s, uint64_t bundle,
                            aw_hash *leaves, struct aw_diag *diag)
{
    struct aw_tile_id id = {0, bundle, aw_tile_width(0, bundle, s->next)};
    aw_bytes file = {NULL, 0};

    aw_entries_path(&id, &s->path);
    aw_err err = sequence_read_file(s, &file, diag);

    if (err == AW_OK) {
        err = aw_entries_hash(file, id.width, leaves, diag);
    }
    return err == AW_OK ? check_bundle(s, bundle, leaves, diag) : err;
}

/* Entries before their indices: an index file never names what is missing. */
static aw_err put_seq(struct aw_sequence *s, const struct sequence_batch *b,
                      struct aw_diag *diag)
{
    aw_err err = AW_OK;

    for (size_t i = 0; i < b->n && err == AW_OK; i++) {
        if (!b->entry[i].duplicate) {
            aw_seq_path(b->entry[i].index, &s->path);
            err = put(s, b->entry[i].data, diag);
        }
    }
    if (err == AW_OK) {
        err = sync(s, diag);
    }
    for (size_t i = 0; i < b->n && err == AW_OK; i++) {
        if (!b->entry[i].duplicate) {
            err = sequence_put_leaf_index(s, &b->entry[i].leaf,
                                          b->entry[i].index, diag);
        }
    }
    return err == AW_OK ? sync(s, diag) : err;
}

/* Puts the bundle in the work area; `next` is the index behind its end. */
static aw_err put_bundle(struct aw_sequence *s, uint64_t next,
                         struct aw_diag *diag)
{
    struct aw_tile_id id = {0, (next - 1) / AW_TILE_WIDTH,
                            (unsigned)((next - 1) % AW_TILE_WIDTH) + 1};

    aw_entries_path(&id, &s->path);
    aw_err err = put(s, aw_wr_done(&s->work), diag);

    empty_work(s);
    return err;
}

/* A partial bundle that was pending is part of a wider one now, and no tree
 * will ever ask for it. */
static aw_err remove_narrower(struct aw_sequence *s, struct aw_diag *diag)
{
    uint64_t bundle = s->next / AW_TILE_WIDTH;
    struct aw_tile_id id = {0, bundle, (unsigned)(s->next % AW_TILE_WIDTH)};

    if (s->next == s->log->tree.size || id.width == 0) {
        return AW_OK;
    }
    aw_entries_path(&id, &s->path);
    return s->files.remove(s->files.ctx, s->path.text, diag);
}

static aw_err put_bundles(struct aw_sequence *s, const struct sequence_batch *b,
                          struct aw_diag *diag)
{
    uint64_t next = s->next;
    aw_hash leaf[AW_TILE_WIDTH];
    aw_err err = AW_OK;

    empty_work(s);
    if (next % AW_TILE_WIDTH != 0) {
        err = sequence_read_bundle(s, next / AW_TILE_WIDTH, leaf, diag);
    }
    for (size_t i = 0; i < b->n && err == AW_OK; i++) {
        if (b->entry[i].duplicate) {
            continue;
        }
        err = aw_entries_put(b->entry[i].data, &s->work);
        next++;
        if (err == AW_OK && next % AW_TILE_WIDTH == 0) {
            err = put_bundle(s, next, diag);
        }
    }
    if (err == AW_OK && next % AW_TILE_WIDTH != 0) {
        err = put_bundle(s, next, diag);
    }
    if (err == AW_OK) {
        err = sync(s, diag);
    }
    return err == AW_OK ? remove_narrower(s, diag) : err;
}

aw_err aw_sequence_add(struct aw_sequence *sequence, struct aw_new_entry *entry,
                       size_t n, uint32_t *slot, size_t n_slots,
                       struct aw_diag *diag)
{
    struct sequence_batch b = {entry, n, slot, n_slots - 1};

    AW_BUG_ON(n_slots == 0 || (n_slots & b.mask) != 0 || n > n_slots / 2 ||
              n >= UINT32_MAX);
    if (n > UINT64_MAX - 1 - sequence->next) {
        return aw_fail(diag, AW_ERR_RANGE, "log: full", sequence->next);
    }
    for (size_t i = 0; i < n; i++) {
        if (entry[i].data.n > AW_ENTRY_MAX) {
            return aw_fail(diag, AW_ERR_RANGE, "entry: length", i);
        }
    }
    sequence_batch_fill(&b);
    aw_err err = sequence_find(sequence, &b, diag);

    if (err != AW_OK) {
        return err;
    }
    uint64_t next = sequence_batch_number(&b, sequence->next);

    if (next == sequence->next) {
        return AW_OK;
    }
    err = sequence_is_serverless(sequence) ? put_seq(sequence, &b, diag)
                                           : put_bundles(sequence, &b, diag);
    if (err == AW_OK) {
        sequence->next = next;
    }
    return err;
}

static aw_err feed_seq(struct aw_sequence *s, struct aw_append *append,
                       struct aw_diag *diag)
{
    uint64_t from = append->size;
    uint64_t room = AW_TILE_WIDTH - from % AW_TILE_WIDTH;
    uint64_t end = s->next - from < room ? s->next : from + room;
    aw_hash leaf;
    aw_err err = AW_OK;

    while (append->size < end && err == AW_OK) {
        err = sequence_read_entry(s, append->size, &leaf, diag);
        if (err == AW_OK) {
            err = aw_append_leaf(append, &leaf, diag);
        }
    }
    return err;
}

static aw_err feed_bundle(struct aw_sequence *s, struct aw_append *append,
                          struct aw_diag *diag)
{
    uint64_t bundle = append->size / AW_TILE_WIDTH;
    unsigned width = aw_tile_width(0, bundle, s->next);
    unsigned in = (unsigned)(append->size % AW_TILE_WIDTH);
    aw_hash leaf[AW_TILE_WIDTH];
    aw_err err = sequence_read_bundle(s, bundle, leaf, diag);

    for (; err == AW_OK && in < width; in++) {
        err = aw_append_leaf(append, &leaf[in], diag);
    }
    return err;
}

aw_err aw_sequence_feed(struct aw_sequence *sequence, struct aw_append *append,
                        struct aw_diag *diag)
{
    if (append->size >= sequence->next) {
        return AW_OK;
    }
    return sequence_is_serverless(sequence)
               ? feed_seq(sequence, append, diag)
               : feed_bundle(sequence, append, diag);
}

aw_err aw_sequence_commit(struct aw_sequence *sequence,
                          const struct aw_tree *tree, struct aw_diag *diag)
{
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));

    aw_tree_state_write(tree, &w);
    aw_err err = sequence->files.put(sequence->files.ctx, AW_LOG_TREE_STATE,
                                     aw_wr_done(&w), diag);

    return err == AW_OK ? sync(sequence, diag) : err;
}
