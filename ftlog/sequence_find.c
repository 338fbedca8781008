/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the entries that are to be added the log has already. */
#include <string.h>

#include "aw/text.h"
#include "log_read.h"
#include "sequence_private.h"

/* The slot of a hash: that of the entry that has it, or a free one. */
uint32_t *sequence_slot(const struct sequence_batch *b, const aw_hash *leaf)
{
    struct aw_rd r = aw_rd_init((aw_bytes){leaf->b, sizeof(leaf->b)});
    size_t at = (size_t)aw_rd_be64(&r) & b->mask;

    while (b->slot[at] != 0 &&
           !aw_hash_equal(&b->entry[b->slot[at] - 1].leaf, leaf)) {
        at = (at + 1) & b->mask;
    }
    return &b->slot[at];
}

void sequence_batch_fill(struct sequence_batch *b)
{
    memset(b->slot, 0, (b->mask + 1) * sizeof(b->slot[0]));
    for (size_t i = 0; i < b->n; i++) {
        struct aw_new_entry *e = &b->entry[i];

        aw_merkle_leaf(e->data, &e->leaf);
        uint32_t *slot = sequence_slot(b, &e->leaf);

        e->duplicate = *slot != 0;
        e->index = 0;
        if (*slot == 0) {
            *slot = (uint32_t)i + 1;
        }
    }
}

/* The log has a leaf with this hash already. */
static void batch_known(const struct sequence_batch *b, const aw_hash *leaf,
                        uint64_t index)
{
    uint32_t number = *sequence_slot(b, leaf);

    /* Of two equal leaves in the log the first one counts. */
    if (number != 0 && !b->entry[number - 1].duplicate) {
        b->entry[number - 1].duplicate = true;
        b->entry[number - 1].index = index;
    }
}

/* Gives indices to the new entries, then to those that repeat one of the
 * list. Returns the index behind the last. */
uint64_t sequence_batch_number(const struct sequence_batch *b, uint64_t next)
{
    for (size_t i = 0; i < b->n; i++) {
        struct aw_new_entry *e = &b->entry[i];
        const struct aw_new_entry *first =
            &b->entry[*sequence_slot(b, &e->leaf) - 1];

        if (first != e) {
            e->index = first->index;
        } else if (!e->duplicate) {
            e->index = next++;
        }
    }
    return next;
}

/* The index that leaves/ has for a leaf. One that is not taken yet is left
 * from a crash and counts as none. AW_ERR_DIGEST: it names another entry, or
 * nothing at all. */
static aw_err read_index(struct aw_sequence *s, const aw_hash *leaf,
                         uint64_t *index, struct aw_diag *diag)
{
    aw_bytes file = {NULL, 0};
    aw_hash at;

    aw_leaf_path(leaf, &s->path);
    aw_err err = sequence_read_file(s, &file, diag);

    if (err != AW_OK) {
        return err;
    }
    if (aw_hex_parse_u64(file, index) != AW_OK) {
        return aw_fail(diag, AW_ERR_DIGEST, "leaf index: number", 0);
    }
    if (*index >= s->next) {
        return AW_ERR_NOT_FOUND;
    }
    err = sequence_read_entry(s, *index, &at, diag);
    if (err == AW_OK && !aw_hash_equal(&at, leaf)) {
        err = aw_fail(diag, AW_ERR_DIGEST, "leaf index: entry", *index);
    }
    return err;
}

/* Looks all entries up in leaves/. @param wrong  an index there is wrong */
static aw_err find_listed(struct aw_sequence *s, const struct sequence_batch *b,
                          bool *wrong, struct aw_diag *diag)
{
    for (size_t i = 0; i < b->n; i++) {
        struct aw_new_entry *e = &b->entry[i];
        uint64_t index = 0;

        if (e->duplicate) {
            continue;
        }
        aw_err err = read_index(s, &e->leaf, &index, diag);

        if (err == AW_OK) {
            e->duplicate = true;
            e->index = index;
        } else if (err == AW_ERR_DIGEST) {
            *wrong = true;
        } else if (err != AW_ERR_NOT_FOUND) {
            return err;
        }
    }
    return AW_OK;
}

/* The tiled layout has no index: all leaves are looked at. */
static aw_err find_in_tiles(struct aw_sequence *s,
                            const struct sequence_batch *b,
                            struct aw_diag *diag)
{
    uint64_t size = s->log->tree.size;
    struct aw_tile_id id = {.level = 0};

    for (; id.index * AW_TILE_WIDTH < size; id.index++) {
        struct aw_tile *tile = NULL;

        id.width = aw_tile_width(0, id.index, size);
        aw_err err = log_tile(s->log, &id, &tile, diag);

        if (err != AW_OK) {
            return err;
        }
        for (unsigned i = 0; i < id.width; i++) {
            batch_known(b, &tile->leaf[i], id.index * AW_TILE_WIDTH + i);
        }
    }
    return AW_OK;
}

static aw_err find_pending(struct aw_sequence *s,
                           const struct sequence_batch *b, struct aw_diag *diag)
{
    aw_hash leaf[AW_TILE_WIDTH];
    aw_err err = AW_OK;

    for (uint64_t at = s->log->tree.size; at < s->next && err == AW_OK;) {
        unsigned in = (unsigned)(at % AW_TILE_WIDTH);
        unsigned width = aw_tile_width(0, at / AW_TILE_WIDTH, s->next);

        err = sequence_read_bundle(s, at / AW_TILE_WIDTH, leaf, diag);
        for (; err == AW_OK && in < width; in++) {
            batch_known(b, &leaf[in], at++);
        }
    }
    return err;
}

/* Serverless layout: the same. */
static aw_err find_pending_seq(struct aw_sequence *s,
                               const struct sequence_batch *b,
                               struct aw_diag *diag)
{
    aw_err err = AW_OK;

    for (uint64_t at = s->log->tree.size; at < s->next && err == AW_OK; at++) {
        aw_hash leaf;

        err = sequence_read_entry(s, at, &leaf, diag);
        if (err == AW_OK) {
            batch_known(b, &leaf, at);
        }
    }
    return err;
}

/* Writes the index of entries that the log has and leaves/ does not know. */
static aw_err mend_listed(struct aw_sequence *s, const struct sequence_batch *b,
                          struct aw_diag *diag)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct aw_new_entry *e = &b->entry[i];
        bool first = *sequence_slot(b, &e->leaf) == (uint32_t)i + 1;
        uint64_t index = 0;

        if (!first || !e->duplicate) {
            continue;
        }
        aw_err err = read_index(s, &e->leaf, &index, diag);

        if (err == AW_ERR_DIGEST || err == AW_ERR_NOT_FOUND) {
            err = sequence_put_leaf_index(s, &e->leaf, e->index, diag);
        }
        if (err != AW_OK) {
            return err;
        }
    }
    return s->files.sync(s->files.ctx, diag);
}

/* A wrong index is left where a folder was mixed from two copies of the log:
 * then the leaves themselves are looked at, as in the tiled layout. */
static aw_err find_in_seq(struct aw_sequence *s, const struct sequence_batch *b,
                          struct aw_diag *diag)
{
    bool wrong = false;
    aw_err err = find_listed(s, b, &wrong, diag);

    if (err != AW_OK || !wrong) {
        return err;
    }
    err = find_in_tiles(s, b, diag);
    if (err == AW_OK) {
        err = find_pending_seq(s, b, diag);
    }
    return err == AW_OK ? mend_listed(s, b, diag) : err;
}

aw_err sequence_find(struct aw_sequence *s, const struct sequence_batch *b,
                     struct aw_diag *diag)
{
    if (sequence_is_serverless(s)) {
        return find_in_seq(s, b, diag);
    }
    aw_err err = find_in_tiles(s, b, diag);

    return err == AW_OK ? find_pending(s, b, diag) : err;
}
