/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/layout.h"

#include "aw/text.h"

unsigned aw_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    if (level >= AW_TILE_LEVELS) {
        return 0;
    }
    uint64_t nodes = size >> (AW_TILE_HEIGHT * level);

    if (index < nodes / AW_TILE_WIDTH) {
        return AW_TILE_WIDTH;
    }
    return index == nodes / AW_TILE_WIDTH ? (unsigned)(nodes % AW_TILE_WIDTH)
                                          : 0;
}

static struct aw_wr path_begin(struct aw_log_path *path)
{
    return aw_wr_init(path->text, sizeof(path->text));
}

static void path_end(struct aw_wr *w)
{
    aw_wr_u8(w, 0);
    AW_BUG_ON(w->failed);
}

static bool id_valid(const struct aw_tile_id *id)
{
    return id->level <= 63 && id->width >= 1 && id->width <= AW_TILE_WIDTH;
}

static void serverless_tile_path(const struct aw_tile_id *id, struct aw_wr *w)
{
    aw_wr_text(w, "tile/");
    aw_wr_hex_u64(w, id->level, 2);
    aw_wr_text(w, "/");
    aw_wr_hex_u64(w, id->index >> 24, 4);
    for (unsigned shift = 24; shift > 0; shift -= 8) {
        aw_wr_text(w, "/");
        aw_wr_hex_u64(w, id->index >> (shift - 8) & 0xff, 2);
    }
    if (id->width < AW_TILE_WIDTH) {
        aw_wr_text(w, ".");
        aw_wr_hex_u64(w, id->width, 2);
    }
}

/* Groups of three decimal digits, "x" before all but the last, the width of a
 * partial tile. */
static void tiles_index(const struct aw_tile_id *id, struct aw_wr *w)
{
    uint64_t unit = 1; /* weight of the lowest digit of the group */

    while (id->index / unit >= 1000) {
        unit *= 1000;
    }
    for (; unit > 0; unit /= 1000) {
        uint64_t group = id->index / unit % 1000;

        aw_wr_text(w, unit > 1 ? "/x" : "/");
        aw_wr_dec(w, group / 100);
        aw_wr_dec(w, group / 10 % 10);
        aw_wr_dec(w, group % 10);
    }
    if (id->width < AW_TILE_WIDTH) {
        aw_wr_text(w, ".p/");
        aw_wr_dec(w, id->width);
    }
}

void aw_tile_path(enum aw_layout layout, const struct aw_tile_id *id,
                  struct aw_log_path *path)
{
    struct aw_wr w = path_begin(path);

    AW_BUG_ON(!id_valid(id));
    if (layout == AW_LAYOUT_SERVERLESS) {
        serverless_tile_path(id, &w);
    } else {
        aw_wr_text(&w, "tile/");
        aw_wr_dec(&w, id->level);
        tiles_index(id, &w);
    }
    path_end(&w);
}

void aw_entries_path(const struct aw_tile_id *id, struct aw_log_path *path)
{
    struct aw_wr w = path_begin(path);

    AW_BUG_ON(!id_valid(id));
    aw_wr_text(&w, "tile/entries");
    tiles_index(id, &w);
    path_end(&w);
}

void aw_seq_path(uint64_t index, struct aw_log_path *path)
{
    struct aw_wr w = path_begin(path);

    aw_wr_text(&w, "seq/");
    aw_wr_hex_u64(&w, index >> 32, 2);
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        aw_wr_text(&w, "/");
        aw_wr_hex_u64(&w, index >> (shift - 8) & 0xff, 2);
    }
    path_end(&w);
}

void aw_leaf_path(const aw_hash *leaf, struct aw_log_path *path)
{
    struct aw_wr w = path_begin(path);

    aw_wr_text(&w, "leaves");
    for (size_t i = 0; i < AW_HASH_SIZE; i++) {
        if (i <= 3) {
            aw_wr_text(&w, "/");
        }
        aw_wr_hex_u64(&w, leaf->b[i], 2);
    }
    path_end(&w);
}

/*
 * Parsing is lenient about padding; then the path is made again and must be
 * the same text, so that each file has one name only.
 */

/* Up to the next '/' or to the end. */
static aw_bytes next_part(struct aw_rd *r)
{
    struct aw_rd probe = *r;
    aw_bytes part = aw_rd_until(&probe, '/');

    if (probe.failed) {
        return aw_rd_rest(r);
    }
    *r = probe;
    return part;
}

typedef aw_err number_parser(aw_bytes text, uint64_t *v);

/* v := v * unit + the number in text. */
static aw_err add_part(number_parser *parse, aw_bytes text, uint64_t unit,
                       uint64_t *v)
{
    uint64_t part = 0;
    aw_err err = parse(text, &part);

    if (err != AW_OK) {
        return err;
    }
    if (*v > (UINT64_MAX - part) / unit) {
        return AW_ERR_RANGE;
    }
    *v = *v * unit + part;
    return AW_OK;
}

/* What follows offset `at`; empty when nothing does. */
static aw_bytes rest_from(aw_bytes b, size_t at)
{
    struct aw_rd r = aw_rd_at(b, at);

    return aw_rd_rest(&r);
}

/* Splits at the first '.'; `tail` is empty without one. */
static aw_bytes split_dot(aw_bytes part, aw_bytes *tail)
{
    size_t at = aw_bytes_find(part, 0, '.');

    *tail = rest_from(part, at + 1);
    return (aw_bytes){part.p, at};
}

static aw_err partial_width(number_parser *parse, aw_bytes text,
                            unsigned *width)
{
    uint64_t v = 0;
    aw_err err = parse(text, &v);

    if (err != AW_OK) {
        return err;
    }
    if (v < 1 || v >= AW_TILE_WIDTH) {
        return AW_ERR_RANGE;
    }
    *width = (unsigned)v;
    return AW_OK;
}

static aw_err parse_level(number_parser *parse, aw_bytes text, unsigned *level)
{
    uint64_t v = 0;
    aw_err err = parse(text, &v);

    if (err != AW_OK) {
        return err;
    }
    if (v > 63) {
        return AW_ERR_RANGE;
    }
    *level = (unsigned)v;
    return AW_OK;
}

/* r stands behind "tile/". */
static aw_err parse_serverless(struct aw_rd *r, struct aw_tile_id *id)
{
    aw_bytes suffix = {NULL, 0};
    aw_err err = parse_level(aw_hex_parse_u64, next_part(r), &id->level);

    for (unsigned i = 0; err == AW_OK && i < 4; i++) {
        aw_bytes part = next_part(r);

        if (i == 3) {
            part = split_dot(part, &suffix);
        }
        err = add_part(aw_hex_parse_u64, part, 256, &id->index);
    }
    id->width = AW_TILE_WIDTH;
    if (err == AW_OK && suffix.n > 0) {
        err = partial_width(aw_hex_parse_u64, suffix, &id->width);
    }
    return err;
}

/* r stands behind the level. */
static aw_err parse_tiles_index(struct aw_rd *r, struct aw_tile_id *id)
{
    aw_bytes suffix = {NULL, 0};
    bool more = true;

    while (more) {
        aw_bytes part = split_dot(next_part(r), &suffix);

        more = part.n > 0 && part.p[0] == 'x';
        aw_err err = add_part(aw_dec_parse_lax, rest_from(part, more ? 1 : 0),
                              1000, &id->index);

        if (err != AW_OK) {
            return err;
        }
    }
    id->width = AW_TILE_WIDTH;
    return suffix.n > 0
               ? partial_width(aw_dec_parse_lax, next_part(r), &id->width)
               : AW_OK;
}

static aw_err parse_tiles(struct aw_rd *r, enum aw_tile_kind *kind,
                          struct aw_tile_id *id)
{
    aw_bytes part = next_part(r);
    aw_err err = AW_OK;

    if (aw_bytes_is(part, "entries")) {
        *kind = AW_TILE_OF_ENTRIES;
    } else {
        err = parse_level(aw_dec_parse_lax, part, &id->level);
    }
    return err == AW_OK ? parse_tiles_index(r, id) : err;
}

aw_err aw_tile_path_parse(enum aw_layout layout, aw_bytes path,
                          enum aw_tile_kind *kind, struct aw_tile_id *id)
{
    struct aw_rd r = aw_rd_init(path);
    enum aw_tile_kind k = AW_TILE_OF_HASHES;
    struct aw_tile_id parsed = {0};
    struct aw_log_path again;

    if (!aw_bytes_is(next_part(&r), "tile")) {
        return AW_ERR_FORMAT;
    }
    aw_err err = layout == AW_LAYOUT_SERVERLESS ? parse_serverless(&r, &parsed)
                                                : parse_tiles(&r, &k, &parsed);

    if (err != AW_OK) {
        return err;
    }
    if (k == AW_TILE_OF_ENTRIES) {
        aw_entries_path(&parsed, &again);
    } else {
        aw_tile_path(layout, &parsed, &again);
    }
    if (!aw_bytes_is(path, again.text)) {
        return AW_ERR_FORMAT;
    }
    *kind = k;
    *id = parsed;
    return AW_OK;
}

aw_err aw_seq_path_parse(aw_bytes path, uint64_t *index)
{
    struct aw_rd r = aw_rd_init(path);
    struct aw_log_path again;
    uint64_t v = 0;
    aw_err err = aw_bytes_is(next_part(&r), "seq") ? AW_OK : AW_ERR_FORMAT;

    for (unsigned i = 0; err == AW_OK && i < 5; i++) {
        err = add_part(aw_hex_parse_u64, next_part(&r), 256, &v);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_seq_path(v, &again);
    if (!aw_bytes_is(path, again.text)) {
        return AW_ERR_FORMAT;
    }
    *index = v;
    return AW_OK;
}
