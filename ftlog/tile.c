/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/tile.h"

#include <string.h>

#include "aw/sha256.h"
#include "aw/text.h"

static void hash_pairs(const aw_hash *children, size_t n, aw_hash *parents)
{
    aw_sha256_pairs(&children->b, n, &parents->b);
}

void aw_tile_root(const aw_hash *hashes, size_t n, aw_hash *root)
{
    aw_hash row[AW_TILE_WIDTH / 2 + 1];

    AW_BUG_ON(n > AW_TILE_WIDTH);
    if (n == 0) {
        aw_merkle_empty(root);
        return;
    }
    /* One row up at a time; an odd node at the end moves up unchanged. */
    const aw_hash *from = hashes;

    for (; n > 1; n = (n + 1) / 2, from = row) {
        aw_hash last = from[n - 1];

        hash_pairs(from, n / 2, row);
        if (n % 2 != 0) {
            row[n / 2] = last;
        }
    }
    *root = from[0];
}

aw_err aw_tile_node(const struct aw_tile *tile, unsigned level, unsigned index,
                    aw_hash *node)
{
    if (level > AW_TILE_HEIGHT || index >= tile->width >> level) {
        return AW_ERR_RANGE;
    }
    aw_tile_root(&tile->leaf[index << level], (size_t)1 << level, node);
    return AW_OK;
}

/*
 * Text form: line k holds the node with in-order position k. Leaf i is line
 * 2 * i; an inner node of level l and index x is line x * 2^(l+1) + 2^l - 1.
 * inner[j] below is line 2 * j + 1.
 */
struct text_tile {
    unsigned width;
    aw_hash leaf[AW_TILE_WIDTH];
    aw_hash inner[AW_TILE_WIDTH];
};

/* True when line 2 * j + 1 holds a perfect node: it ends inside the tile and
 * is not the root of a full one, which belongs to the level above. */
static bool inner_is_stored(unsigned j, unsigned width)
{
    unsigned leaves = 2; /* below the node */

    for (unsigned odd = j; (odd & 1) != 0; odd >>= 1) {
        leaves *= 2;
    }
    unsigned first = j + 1 - leaves / 2;

    return leaves < AW_TILE_WIDTH && first + leaves <= width;
}

/* Fills inner[] from leaf[]. */
static void recompute(struct text_tile *t)
{
    aw_hash row[AW_TILE_WIDTH / 2];
    const aw_hash *from = t->leaf;

    for (unsigned n = t->width / 2, step = 1; n > 0; n /= 2, step *= 2) {
        hash_pairs(from, n, row);
        from = row;
        for (unsigned i = 0; i < n; i++) {
            t->inner[i * 2 * step + step - 1] = row[i];
        }
    }
}

static aw_err parse_number(struct aw_rd *r, uint64_t *v)
{
    aw_bytes line = aw_rd_line(r);

    return r->failed ? AW_ERR_SHORT : aw_dec_parse(line, v);
}

static aw_err parse_header(struct aw_rd *r, unsigned *width,
                           struct aw_diag *diag)
{
    uint64_t v = 0;
    aw_err err = parse_number(r, &v);

    if (err != AW_OK) {
        return aw_fail(diag, err, "tile: hash size", 0);
    }
    if (v != AW_HASH_SIZE) {
        return aw_fail(diag, AW_ERR_FORMAT, "tile: hash size", 0);
    }
    err = parse_number(r, &v);
    if (err != AW_OK) {
        return aw_fail(diag, err, "tile: number of leaves", 1);
    }
    if (v < 1 || v > AW_TILE_WIDTH) {
        return aw_fail(diag, AW_ERR_FORMAT, "tile: number of leaves", 1);
    }
    *width = (unsigned)v;
    return AW_OK;
}

/* One node line; `h` is NULL where none may be stored. */
static aw_err parse_node(struct aw_rd *r, aw_hash *h)
{
    aw_bytes line = aw_rd_line(r);

    if (r->failed) {
        return AW_ERR_SHORT;
    }
    if (h == NULL) {
        return line.n == 0 ? AW_OK : AW_ERR_FORMAT;
    }
    return aw_base64_decode_exact(line, h->b, sizeof(h->b));
}

static aw_err parse_text(aw_bytes file, struct text_tile *t,
                         struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(file);
    aw_err err = parse_header(&r, &t->width, diag);

    if (err != AW_OK) {
        return err;
    }
    for (unsigned line = 0; line < 2 * t->width - 1; line++) {
        unsigned i = line / 2;
        aw_hash *h = &t->leaf[i];

        if (line % 2 != 0) {
            h = inner_is_stored(i, t->width) ? &t->inner[i] : NULL;
        }
        err = parse_node(&r, h);
        if (err != AW_OK) {
            return aw_fail(diag, err, "tile: node line", line + 2);
        }
    }
    if (aw_rd_left(&r) > 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "tile: after the last line",
                       2 * t->width + 1);
    }
    return AW_OK;
}

static aw_err check_inner(const struct text_tile *t, struct aw_diag *diag)
{
    struct text_tile again;

    again.width = t->width;
    memcpy(again.leaf, t->leaf, t->width * sizeof(t->leaf[0]));
    recompute(&again);
    for (unsigned j = 0; j + 1 < t->width; j++) {
        if (inner_is_stored(j, t->width) &&
            !aw_hash_equal(&again.inner[j], &t->inner[j])) {
            return aw_fail(diag, AW_ERR_DIGEST, "tile: inner node",
                           2 * j + 1 + 2);
        }
    }
    return AW_OK;
}

static void tile_set(struct aw_tile *tile, const struct aw_tile_id *id,
                     const void *leaves)
{
    tile->level = id->level;
    tile->index = id->index;
    tile->width = id->width;
    memcpy(tile->leaf, leaves, id->width * sizeof(tile->leaf[0]));
}

static aw_err parse_serverless(const struct aw_tile_id *id, aw_bytes file,
                               struct aw_tile *tile, struct aw_diag *diag)
{
    struct text_tile t;
    aw_err err = parse_text(file, &t, diag);

    if (err != AW_OK) {
        return err;
    }
    if (t.width != id->width && t.width != AW_TILE_WIDTH) {
        return aw_fail(diag, AW_ERR_RANGE, "tile: number of leaves", 1);
    }
    err = check_inner(&t, diag);
    if (err != AW_OK) {
        return err;
    }
    tile_set(tile, id, t.leaf);
    return AW_OK;
}

aw_err aw_tile_parse(enum aw_layout layout, const struct aw_tile_id *id,
                     aw_bytes file, struct aw_tile *tile, struct aw_diag *diag)
{
    size_t want = (size_t)id->width * AW_HASH_SIZE;

    if (id->width < 1 || id->width > AW_TILE_WIDTH) {
        return aw_fail(diag, AW_ERR_FORMAT, "tile: width", id->width);
    }
    if (layout == AW_LAYOUT_SERVERLESS) {
        return parse_serverless(id, file, tile, diag);
    }
    if (file.n != want) {
        return aw_fail(diag, file.n < want ? AW_ERR_SHORT : AW_ERR_FORMAT,
                       "tile: length", file.n);
    }
    tile_set(tile, id, file.p);
    return AW_OK;
}

static void write_text(const struct aw_tile *tile, struct aw_wr *w)
{
    struct text_tile t;

    t.width = tile->width;
    memcpy(t.leaf, tile->leaf, t.width * sizeof(t.leaf[0]));
    recompute(&t);
    aw_wr_dec(w, AW_HASH_SIZE);
    aw_wr_text(w, "\n");
    aw_wr_dec(w, t.width);
    aw_wr_text(w, "\n");
    for (unsigned line = 0; line < 2 * t.width - 1; line++) {
        unsigned i = line / 2;
        const aw_hash *h = line % 2 == 0 ? &t.leaf[i] : &t.inner[i];

        if (line % 2 == 0 || inner_is_stored(i, t.width)) {
            aw_wr_base64(w, (aw_bytes){h->b, sizeof(h->b)});
        }
        aw_wr_text(w, "\n");
    }
}

void aw_tile_write(enum aw_layout layout, const struct aw_tile *tile,
                   struct aw_wr *w)
{
    AW_BUG_ON(tile->width < 1 || tile->width > AW_TILE_WIDTH);
    if (layout == AW_LAYOUT_SERVERLESS) {
        write_text(tile, w);
    } else {
        aw_wr_put(w, (aw_bytes){tile->leaf[0].b,
                                tile->width * sizeof(tile->leaf[0])});
    }
}
