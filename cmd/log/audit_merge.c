/* SPDX-License-Identifier: Apache-2.0 */
#include "log/audit_merge.h"

#include <string.h>

enum { UNIT_LEVEL = 16 }; /* tree level of a unit's root */

#define RESUME_MAGIC "aw-audit 2\n"

void audit_merge_init(struct audit_merge *merge)
{
    memset(merge, 0, sizeof(*merge));
    aw_range_init(&merge->range);
}

/* Adds a hash to the row of a level; a full row is compared and becomes a
 * hash of the next level. */
static aw_err push(struct audit_merge *merge, struct audit_reader *reader,
                   const aw_hash *hash)
{
    aw_hash carry = *hash;

    for (unsigned level = 2; level < AW_TILE_LEVELS; level++) {
        struct audit_row *row = &merge->row[level];

        row->hash[row->n++] = carry;
        if (row->n < AW_TILE_WIDTH) {
            return AW_OK;
        }
        struct aw_tile_id id = {level, row->index, AW_TILE_WIDTH};
        aw_err err = audit_compare_row(reader, &id, row->hash, NULL);

        if (err != AW_OK) {
            return err;
        }
        aw_tile_root(row->hash, AW_TILE_WIDTH, &carry);
        row->n = 0;
        row->index++;
    }
    return AW_OK;
}

aw_err audit_merge_add(struct audit_merge *merge, struct audit_reader *reader,
                       const struct audit_unit *unit)
{
    aw_err err = AW_OK;

    AW_BUG_ON(unit->number != merge->next);
    merge->next++;
    if (unit->full) {
        err = push(merge, reader, &unit->root);
        if (err == AW_OK) {
            err = aw_range_append_subtree(&merge->range, UNIT_LEVEL,
                                          &unit->root, NULL);
        }
        return err;
    }
    for (unsigned i = 0; i < unit->n_tiles && err == AW_OK; i++) {
        err = aw_range_append_subtree(&merge->range, AW_TILE_HEIGHT,
                                      &unit->tile[i], NULL);
    }
    for (unsigned i = 0; i < unit->n_tail && err == AW_OK; i++) {
        err = aw_range_append(&merge->range, &unit->tail[i], NULL);
    }
    return err;
}

aw_err audit_merge_end(struct audit_merge *merge, struct audit_reader *reader)
{
    for (unsigned level = 2; level < AW_TILE_LEVELS; level++) {
        struct audit_row *row = &merge->row[level];
        struct aw_tile_id id = {level, row->index, row->n};

        if (row->n == 0) {
            continue;
        }
        aw_err err = audit_compare_row(reader, &id, row->hash, NULL);

        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

static void put_hashes(struct aw_wr *w, const aw_hash *hashes, size_t n)
{
    aw_wr_be64(w, n);
    for (size_t i = 0; i < n; i++) {
        aw_wr_put(w, (aw_bytes){hashes[i].b, AW_HASH_SIZE});
    }
}

/* Number of hashes read, or SIZE_MAX when there are more than max. */
static size_t take_hashes(struct aw_rd *r, aw_hash *hashes, size_t max)
{
    uint64_t n = aw_rd_be64(r);

    if (r->failed || n > max) {
        r->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        aw_bytes hash = aw_rd_take(r, AW_HASH_SIZE);

        if (hash.n == AW_HASH_SIZE) {
            memcpy(hashes[i].b, hash.p, AW_HASH_SIZE);
        }
    }
    return (size_t)n;
}

static void put_gaps(struct aw_wr *w, const struct audit_gaps *gaps)
{
    aw_wr_be64(w, gaps->leaves);
    aw_wr_u8(w, gaps->more ? 1 : 0);
    aw_wr_be64(w, gaps->n);
    for (size_t i = 0; i < gaps->n; i++) {
        aw_wr_be64(w, gaps->run[i].first);
        aw_wr_be64(w, gaps->run[i].last);
    }
}

static void take_gaps(struct aw_rd *r, struct audit_gaps *gaps)
{
    memset(gaps, 0, sizeof(*gaps));
    gaps->leaves = aw_rd_be64(r);
    gaps->more = aw_rd_u8(r) != 0;
    uint64_t n = aw_rd_be64(r);

    r->failed = r->failed || n > AUDIT_GAPS;
    for (; !r->failed && gaps->n < n; gaps->n++) {
        gaps->run[gaps->n].first = aw_rd_be64(r);
        gaps->run[gaps->n].last = aw_rd_be64(r);
    }
}

void audit_merge_save(const struct audit_merge *merge,
                      const struct audit_gaps *missing, struct aw_wr *w)
{
    aw_wr_text(w, RESUME_MAGIC);
    aw_wr_be64(w, merge->next);
    aw_wr_be64(w, merge->range.size);
    put_hashes(w, merge->range.h, merge->range.n);
    for (unsigned level = 2; level < AW_TILE_LEVELS; level++) {
        aw_wr_be64(w, merge->row[level].index);
        put_hashes(w, merge->row[level].hash, merge->row[level].n);
    }
    put_gaps(w, missing);
}

/* True when rows and range are those of `next` full units. */
static bool is_whole(const struct audit_merge *m)
{
    uint64_t units = m->next;
    size_t parts = 0;

    if (m->range.size / AUDIT_UNIT_LEAVES != units ||
        m->range.size % AUDIT_UNIT_LEAVES != 0) {
        return false;
    }
    for (uint64_t left = units; left != 0; left &= left - 1) {
        parts++;
    }
    for (unsigned level = 2; level < AW_TILE_LEVELS; level++) {
        if (m->row[level].n != units % AW_TILE_WIDTH ||
            m->row[level].index != units / AW_TILE_WIDTH) {
            return false;
        }
        units /= AW_TILE_WIDTH;
    }
    return m->range.n == parts;
}

aw_err audit_merge_load(struct audit_merge *merge, struct audit_gaps *missing,
                        aw_bytes saved)
{
    struct audit_merge m;
    struct audit_gaps gaps;
    struct aw_rd r = aw_rd_init(saved);
    aw_bytes magic = aw_rd_take(&r, strlen(RESUME_MAGIC));

    audit_merge_init(&m);
    m.next = aw_rd_be64(&r);
    m.range.size = aw_rd_be64(&r);
    m.range.n = take_hashes(&r, m.range.h, sizeof(m.range.h) / AW_HASH_SIZE);
    for (unsigned level = 2; level < AW_TILE_LEVELS; level++) {
        m.row[level].index = aw_rd_be64(&r);
        m.row[level].n =
            (unsigned)take_hashes(&r, m.row[level].hash, AW_TILE_WIDTH - 1);
    }
    take_gaps(&r, &gaps);
    if (r.failed || aw_rd_left(&r) != 0 || !aw_bytes_is(magic, RESUME_MAGIC) ||
        !is_whole(&m)) {
        return AW_ERR_FORMAT;
    }
    *merge = m;
    *missing = gaps;
    return AW_OK;
}
