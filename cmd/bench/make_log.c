/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/make_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/tile.h"
#include "aw/hostio/alloc.h"
#include "common/stop.h"

const char bench_skey[] = "PRIVATE+KEY+example.com/bench+47ab4a6a+"
                          "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const char bench_vkey[] = "example.com/bench+47ab4a6a+"
                          "ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

/* Tiles under construction, one row a level. */
struct maker {
    const struct bench_log *log;
    struct aw_host_diag *why;
    struct aw_tile row[AW_TILE_LEVELS];
    uint8_t *entries;
    size_t entries_cap;
};

/* Makes the folders of a path below dir, then writes the file. */
static aw_err put_file(struct maker *m, const char *path, aw_bytes data)
{
    char full[4096];
    int n = snprintf(full, sizeof(full), "%s/%s", m->log->dir, path);

    if (n < 0 || (size_t)n >= sizeof(full)) {
        return aw_fail(aw_host_say(m->why, "%s: path too long", path),
                       AW_ERR_SPACE, "bench: path", 0);
    }
    FILE *f = fopen(full, "wb");

    for (char *p = full + strlen(m->log->dir) + 1; f == NULL && *p != '\0';
         p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(full, 0755);
            *p = '/';
        }
    }
    if (f == NULL) {
        f = fopen(full, "wb");
    }
    if (f == NULL) {
        return aw_host_fail_errno(m->why, "bench: open", errno, full);
    }
    bool ok = fwrite(data.p, 1, data.n, f) == data.n;

    ok = fclose(f) == 0 && ok;
    return ok ? AW_OK : aw_host_fail_errno(m->why, "bench: write", errno, full);
}

static aw_err put_tile(struct maker *m, const struct aw_tile *tile)
{
    uint8_t buf[AW_TILE_HASHES_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_tile_id id = {tile->level, tile->index, tile->width};
    struct aw_log_path path;

    aw_tile_path(AW_LAYOUT_TILES, &id, &path);
    aw_tile_write(AW_LAYOUT_TILES, tile, &w);
    return put_file(m, path.text, aw_wr_done(&w));
}

/* A hash of a level; full rows are written and carried up. */
static aw_err push(struct maker *m, const aw_hash *hash)
{
    aw_hash carry = *hash;

    for (unsigned level = 0; level < AW_TILE_LEVELS; level++) {
        struct aw_tile *row = &m->row[level];

        row->level = level;
        row->leaf[row->width++] = carry;
        if (row->width < AW_TILE_WIDTH) {
            return AW_OK;
        }
        aw_err err = put_tile(m, row);

        if (err != AW_OK) {
            return err;
        }
        aw_tile_root(row->leaf, AW_TILE_WIDTH, &carry);
        row->width = 0;
        row->index++;
    }
    return AW_OK;
}

/* Content of an entry: its index, then bytes of a small generator. */
void bench_fill_entry(uint64_t index, uint8_t *p, size_t n)
{
    uint64_t x = index * 0x9e3779b97f4a7c15U + 1;
    struct aw_wr w = aw_wr_init(p, n);

    aw_wr_be64(&w, index);
    while (!w.failed) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        aw_wr_be64(&w, x);
    }
    memset(p + w.n, 0x5a, n - w.n);
}

/* One bundle of entries and its row. */
static aw_err put_bundle(struct maker *m, uint64_t index, unsigned width)
{
    struct aw_wr w = aw_wr_init(m->entries, m->entries_cap);
    uint8_t *entry = aw_alloc(m->log->entry_size, 1);
    struct aw_tile_id id = {0, index, width};
    aw_hash leaf[AW_TILE_WIDTH];
    struct aw_log_path path;
    aw_err err = AW_OK;

    for (unsigned i = 0; i < width && err == AW_OK; i++) {
        bench_fill_entry(index * AW_TILE_WIDTH + i, entry, m->log->entry_size);
        err = aw_entries_put((aw_bytes){entry, m->log->entry_size}, &w);
    }
    free(entry);
    if (err == AW_OK) {
        err = aw_entries_hash(aw_wr_done(&w), width, leaf, &m->why->diag);
    }
    if (err == AW_OK) {
        aw_entries_path(&id, &path);
        err = put_file(m, path.text, aw_wr_done(&w));
    }
    for (unsigned i = 0; i < width && err == AW_OK; i++) {
        err = push(m, &leaf[i]);
    }
    return err;
}

/* Root of what the rows hold, folded from the right. */
static void rows_root(const struct maker *m, aw_hash *root)
{
    struct aw_range range;
    aw_err err = AW_OK;

    aw_range_init(&range);
    for (unsigned level = AW_TILE_LEVELS; level-- > 0 && err == AW_OK;) {
        const struct aw_tile *row = &m->row[level];

        for (unsigned i = 0; i < row->width && err == AW_OK; i++) {
            err = aw_range_append_subtree(&range, level * AW_TILE_HEIGHT,
                                          &row->leaf[i], NULL);
        }
    }
    AW_BUG_ON(err != AW_OK);
    aw_range_root(&range, root);
}

static aw_err put_checkpoint(struct maker *m, const aw_hash *root)
{
    uint8_t text[256];
    uint8_t note[1024];
    struct aw_wr t = aw_wr_init(text, sizeof(text));
    struct aw_wr n = aw_wr_init(note, sizeof(note));
    struct aw_checkpoint checkpoint = {
        .origin = aw_text(BENCH_ORIGIN),
        .size = m->log->leaves,
        .root = *root,
    };
    struct aw_skey key;
    aw_err err = aw_skey_parse(aw_text(bench_skey), &key, &m->why->diag);

    if (err != AW_OK) {
        return err;
    }
    aw_checkpoint_write(&checkpoint, &t);
    aw_wr_put(&n, aw_wr_done(&t));
    aw_wr_u8(&n, '\n');
    err = aw_note_sign(aw_wr_done(&t), &key, 0, &n);
    aw_skey_wipe(&key);
    if (err != AW_OK) {
        return err;
    }
    return put_file(m, AW_LOG_CHECKPOINT, aw_wr_done(&n));
}

static aw_err put_all(struct maker *m)
{
    const struct bench_log *log = m->log;
    aw_err err = AW_OK;

    for (uint64_t at = 0; at < log->leaves && err == AW_OK;
         at += AW_TILE_WIDTH) {
        uint64_t left = log->leaves - at;
        unsigned width =
            left < AW_TILE_WIDTH ? (unsigned)left : (unsigned)AW_TILE_WIDTH;

        if (aw_cancelled()) {
            return AW_ERR_CANCELLED;
        }
        err = put_bundle(m, at / AW_TILE_WIDTH, width);
        if (log->progress != NULL) {
            log->progress(log->progress_ctx, width);
        }
    }
    for (unsigned level = 0; level < AW_TILE_LEVELS && err == AW_OK; level++) {
        if (m->row[level].width > 0) {
            err = put_tile(m, &m->row[level]);
        }
    }
    return err;
}

aw_err bench_make_log(const struct bench_log *log, aw_hash *root,
                      struct aw_host_diag *why)
{
    struct maker *m = aw_alloc(1, sizeof(*m));

    m->log = log;
    m->why = why;
    m->entries_cap = AW_TILE_WIDTH * (log->entry_size + 2);
    m->entries = aw_alloc(m->entries_cap, 1);
    aw_err err = put_all(m);

    if (err == AW_OK) {
        rows_root(m, root);
        err = put_checkpoint(m, root);
    }
    free(m->entries);
    free(m);
    return err;
}
