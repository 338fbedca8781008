/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/tile.h"

#include <stdio.h>
#include <string.h>

#include "aw/sha256.h"
#include "gentree.h"
#include "suites.h"
#include "support.h"

static uint8_t buf[AW_TILE_TEXT_MAX];

/* A file that the lists of hashes name. */
struct listed {
    bool link;    /* upstream replaced it by a link to the full tile */
    aw_bytes sum; /* hex SHA-256, of files only */
    aw_bytes path;
};

static bool next_listed(struct aw_rd *r, struct listed *l)
{
    static const char mark[] = "symlink to ";

    if (aw_rd_left(r) == 0) {
        return false;
    }
    struct aw_rd line = aw_rd_init(aw_rd_line(r));

    ck_assert(!r->failed);
    l->link = aw_bytes_starts(line.b, mark);
    if (l->link) {
        (void)aw_rd_take(&line, sizeof(mark) - 1);
    }
    l->sum = aw_rd_until(&line, ' ');
    (void)aw_rd_take(&line, 1);
    l->path = aw_rd_rest(&line);
    ck_assert(!line.failed);
    return true;
}

static aw_bytes written(enum aw_layout layout, const struct aw_tile *tile)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_tile_write(layout, tile, &w);
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

static void sum_is(aw_bytes data, const struct listed *l)
{
    uint8_t digest[32];

    aw_sha256(data, digest);
    ck_assert_msg(aw_bytes_equal(vec_unhex(l->sum), (aw_bytes){digest, 32}),
                  "%s differs", vec_cstr(l->path));
}

static void tiles_equal(const struct aw_tile *a, const struct aw_tile *b)
{
    ck_assert_uint_eq(a->level, b->level);
    ck_assert_uint_eq(a->index, b->index);
    ck_assert_uint_eq(a->width, b->width);
    ck_assert_mem_eq(a->leaf, b->leaf, a->width * sizeof(a->leaf[0]));
}

/* The writer makes the recorded file, the parser reads it back. */
static void tile_file_holds(enum aw_layout layout, const struct aw_tile_id *id,
                            const struct listed *l)
{
    struct aw_tile want;
    struct aw_tile got;
    struct aw_tile_id whole = {id->level, id->index, AW_TILE_WIDTH};

    gen_tile(l->link ? &whole : id, &want);
    aw_bytes file = written(layout, &want);

    if (!l->link) {
        sum_is(file, l);
    }
    ck_assert_int_eq(aw_tile_parse(layout, id, file, &got, NULL), AW_OK);
    want.width = id->width;
    tiles_equal(&got, &want);
}

static void entries_file_holds(const struct aw_tile_id *id,
                               const struct listed *l)
{
    static uint8_t bundle[AW_TILE_WIDTH * 16];
    struct aw_wr w = aw_wr_init(bundle, sizeof(bundle));
    aw_hash leaves[AW_TILE_WIDTH];
    struct aw_tile want;
    char text[16];

    for (unsigned i = 0; i < id->width; i++) {
        ck_assert_int_eq(aw_entries_put(gen_entry(id->index * AW_TILE_WIDTH + i,
                                                  text, sizeof(text)),
                                        &w),
                         AW_OK);
    }
    sum_is(aw_wr_done(&w), l);
    ck_assert_int_eq(aw_entries_hash(aw_wr_done(&w), id->width, leaves, NULL),
                     AW_OK);
    gen_tile(id, &want);
    ck_assert_mem_eq(leaves, want.leaf, id->width * sizeof(leaves[0]));
}

static const struct {
    const char *list;
    enum aw_layout layout;
    size_t tiles;
    size_t bundles;
    size_t links;
} logs[] = {
    {"serverless/gen-700", AW_LAYOUT_SERVERLESS, 10, 0, 5},
    {"serverless/gen-66000", AW_LAYOUT_SERVERLESS, 264, 0, 3},
    {"tlog-tiles/gen-700", AW_LAYOUT_TILES, 10, 8, 0},
    {"tlog-tiles/gen-66000", AW_LAYOUT_TILES, 264, 260, 0},
};

START_TEST(recorded_logs)
{
    char name[96];
    struct listed l;
    size_t tiles = 0;
    size_t bundles = 0;
    size_t links = 0;

    (void)snprintf(name, sizeof(name), "transparency/%s.sha256", logs[_i].list);
    struct aw_rd r = aw_rd_init(vec_file(name));

    while (next_listed(&r, &l)) {
        enum aw_tile_kind kind = AW_TILE_OF_HASHES;
        struct aw_tile_id id;

        if (!aw_bytes_starts(l.path, "tile/")) {
            continue;
        }
        ck_assert_int_eq(
            aw_tile_path_parse(logs[_i].layout, l.path, &kind, &id), AW_OK);
        if (kind == AW_TILE_OF_ENTRIES) {
            entries_file_holds(&id, &l);
            bundles++;
        } else {
            tile_file_holds(logs[_i].layout, &id, &l);
            tiles++;
        }
        links += l.link ? 1 : 0;
    }
    ck_assert_uint_eq(tiles, logs[_i].tiles);
    ck_assert_uint_eq(bundles, logs[_i].bundles);
    ck_assert_uint_eq(links, logs[_i].links);
}
END_TEST

/* Tiles of real and upstream logs: written again they are the same file. */
static const struct {
    enum aw_layout layout;
    const char *dir;
    const char *path;
} files[] = {
    {AW_LAYOUT_SERVERLESS, "serverless/armory-drive-prod1/log",
     "tile/00/0000/00/00/00.03"},
    {AW_LAYOUT_SERVERLESS, "serverless/armory-drive-prod2/log",
     "tile/00/0000/00/00/00.02"},
    {AW_LAYOUT_SERVERLESS, "serverless/armory-drive-test2021/log",
     "tile/00/0000/00/00/00.05"},
    {AW_LAYOUT_SERVERLESS, "serverless/armory-drive-test2021/log",
     "tile/00/0000/00/00/00.07"},
    {AW_LAYOUT_SERVERLESS, "aw-synthetic/log", "tile/00/0000/00/00/00.17"},
    {AW_LAYOUT_SERVERLESS, "serverless/gen-700", "tile/00/0000/00/00/01"},
    {AW_LAYOUT_TILES, "tlog-tiles/gen-700", "tile/0/002.p/188"},
    {AW_LAYOUT_TILES, "tlog-tiles/upstream-testdata/log", "tile/0/000.p/15"},
};

START_TEST(recorded_files)
{
    enum aw_tile_kind kind = AW_TILE_OF_ENTRIES;
    struct aw_tile_id id;
    struct aw_tile tile;
    char path[160];

    (void)snprintf(path, sizeof(path), "transparency/%s/%s", files[_i].dir,
                   files[_i].path);
    aw_bytes file = vec_file(path);

    ck_assert_int_eq(aw_tile_path_parse(files[_i].layout,
                                        aw_text(files[_i].path), &kind, &id),
                     AW_OK);
    ck_assert_int_eq(aw_tile_parse(files[_i].layout, &id, file, &tile, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(written(files[_i].layout, &tile), file);
}
END_TEST

static void reads_back(enum aw_layout layout, const struct aw_tile_id *id)
{
    struct aw_tile tile;
    struct aw_tile got;

    gen_tile(id, &tile);
    ck_assert_int_eq(
        aw_tile_parse(layout, id, written(layout, &tile), &got, NULL), AW_OK);
    tiles_equal(&got, &tile);
}

START_TEST(every_width)
{
    for (unsigned width = 1; width <= AW_TILE_WIDTH; width++) {
        struct aw_tile_id id = {0, 3, width};

        reads_back(AW_LAYOUT_SERVERLESS, &id);
        reads_back(AW_LAYOUT_TILES, &id);
    }
}
END_TEST

START_TEST(nodes_inside_a_tile)
{
    struct aw_tile_id id = {0, 1, 200};
    struct aw_tile tile;
    aw_hash node;

    gen_tile(&id, &tile);
    for (unsigned level = 0; level < 8; level++) {
        unsigned n = 200U >> level;

        for (unsigned i = 0; i < n; i++) {
            ck_assert_int_eq(aw_tile_node(&tile, level, i, &node), AW_OK);
            ck_assert(
                aw_hash_equal(&node, gen_node(level, (256U >> level) + i)));
        }
        ck_assert_int_eq(aw_tile_node(&tile, level, n, &node), AW_ERR_RANGE);
    }
    ck_assert_int_eq(aw_tile_node(&tile, 8, 0, &node), AW_ERR_RANGE);
    ck_assert_int_eq(aw_tile_node(&tile, 31, 0, &node), AW_ERR_RANGE);
    ck_assert_int_eq(aw_tile_node(&tile, 32, 0, &node), AW_ERR_RANGE);
    id.width = 256;
    gen_tile(&id, &tile);
    ck_assert_int_eq(aw_tile_node(&tile, 8, 0, &node), AW_OK);
    ck_assert(aw_hash_equal(&node, gen_node(8, 1)));
}
END_TEST

START_TEST(roots_of_rows)
{
    struct aw_tile_id id = {0, 0, 256};
    struct aw_tile tile;
    aw_hash root;

    gen_tile(&id, &tile);
    for (size_t n = 1; n <= 256; n++) {
        aw_hash want = gen_root(n);

        aw_tile_root(tile.leaf, n, &root);
        ck_assert(aw_hash_equal(&root, &want));
    }
    aw_hash empty;

    aw_merkle_empty(&empty);
    aw_tile_root(tile.leaf, 0, &root);
    ck_assert(aw_hash_equal(&root, &empty));
}
END_TEST

/* Changes to the text of a tile of 5 leaves: a line is put in place of
 * another; "" removes the line with its line feed. */
static const struct {
    const char *name;
    const char *text;
    int line;
    aw_err want;
} edits[] = {
    {"as made", NULL, 2, AW_OK},
    {"hash size 31", "31\n", 0, AW_ERR_FORMAT},
    {"hash size with zero", "032\n", 0, AW_ERR_FORMAT},
    {"hash size with space", " 32\n", 0, AW_ERR_FORMAT},
    {"hash size missing", "", 0, AW_ERR_FORMAT},
    {"carriage return", "32\r\n", 0, AW_ERR_FORMAT},
    {"width 0", "0\n", 1, AW_ERR_FORMAT},
    {"width 4", "4\n", 1, AW_ERR_FORMAT},
    {"width 6", "6\n", 1, AW_ERR_SHORT},
    {"width 257", "257\n", 1, AW_ERR_FORMAT},
    {"width 2^64", "18446744073709551616\n", 1, AW_ERR_RANGE},
    {"width with zero", "05\n", 1, AW_ERR_FORMAT},
    {"leaf empty", "\n", 2, AW_ERR_FORMAT},
    {"leaf of 31 bytes", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n", 2,
     AW_ERR_FORMAT},
    {"leaf of 33 bytes", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 2,
     AW_ERR_FORMAT},
    {"leaf with trailing bits",
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", 2, AW_ERR_FORMAT},
    {"leaf with a space", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \n", 2,
     AW_ERR_FORMAT},
    {"other leaf", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 2,
     AW_ERR_DIGEST},
    {"last leaf is free", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 10,
     AW_OK},
    {"inner node empty", "\n", 3, AW_ERR_FORMAT},
    {"other inner node", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 3,
     AW_ERR_DIGEST},
    {"other inner node of level 2",
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 5, AW_ERR_DIGEST},
    {"imperfect node stored", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
     9, AW_ERR_FORMAT},
    {"empty line missing", "", 9, AW_ERR_FORMAT},
    {"last line missing", "", 10, AW_ERR_SHORT},
    {"last line without end",
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 10, AW_ERR_SHORT},
    {"line added", "\n", 11, AW_ERR_FORMAT},
    {"space added", " ", 11, AW_ERR_FORMAT},
};

/* Copies lines, one of them replaced. */
static aw_bytes edited(aw_bytes text, int at, const char *line)
{
    static uint8_t out[AW_TILE_TEXT_MAX];
    struct aw_rd r = aw_rd_init(text);
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    int i = 0;

    for (; aw_rd_left(&r) > 0; i++) {
        aw_bytes have = aw_rd_line(&r);

        if (i == at && line != NULL) {
            aw_wr_text(&w, line);
        } else {
            aw_wr_put(&w, have);
            aw_wr_text(&w, "\n");
        }
    }
    if (i == at) {
        aw_wr_text(&w, line);
    }
    return aw_wr_done(&w);
}

START_TEST(edited_text)
{
    struct aw_tile_id id = {0, 0, 5};
    struct aw_tile tile;
    struct aw_diag diag = {AW_OK, NULL, 0};

    gen_tile(&id, &tile);
    aw_bytes file = edited(written(AW_LAYOUT_SERVERLESS, &tile), edits[_i].line,
                           edits[_i].text);
    aw_err got = aw_tile_parse(AW_LAYOUT_SERVERLESS, &id, file, &tile, &diag);

    ck_assert_msg(got == edits[_i].want, "%s: got %s at %s %u", edits[_i].name,
                  aw_err_name(got), diag.where, (unsigned)diag.at);
}
END_TEST

START_TEST(width_asked_for)
{
    static const struct {
        unsigned file;
        unsigned asked;
        aw_err text;
        aw_err hashes;
    } rows[] = {
        {5, 5, AW_OK, AW_OK},
        {5, 4, AW_ERR_RANGE, AW_ERR_FORMAT},
        {5, 6, AW_ERR_RANGE, AW_ERR_SHORT},
        {255, 5, AW_ERR_RANGE, AW_ERR_FORMAT},
        {256, 5, AW_OK, AW_ERR_FORMAT},
        {256, 256, AW_OK, AW_OK},
        {5, 256, AW_ERR_RANGE, AW_ERR_SHORT},
        {5, 0, AW_ERR_FORMAT, AW_ERR_FORMAT},
        {5, 257, AW_ERR_FORMAT, AW_ERR_FORMAT},
    };
    struct aw_tile_id id = {1, 0, rows[_i].file};
    struct aw_tile tile;
    struct aw_tile got = {.level = 99};

    id.width = rows[_i].file;
    id.level = 0;
    gen_tile(&id, &tile);
    id.width = rows[_i].asked;
    ck_assert_int_eq(aw_tile_parse(AW_LAYOUT_TILES, &id,
                                   written(AW_LAYOUT_TILES, &tile), &got, NULL),
                     rows[_i].hashes);
    ck_assert((got.level == 99) == (rows[_i].hashes != AW_OK));
    got.level = 99;
    ck_assert_int_eq(aw_tile_parse(AW_LAYOUT_SERVERLESS, &id,
                                   written(AW_LAYOUT_SERVERLESS, &tile), &got,
                                   NULL),
                     rows[_i].text);
    ck_assert((got.level == 99) == (rows[_i].text != AW_OK));
    if (rows[_i].text == AW_OK) {
        ck_assert_uint_eq(got.width, rows[_i].asked);
    }
}
END_TEST

/* No byte of a tile file can change unnoticed: it does not parse, or another
 * leaf comes out (caught later, by the tile above or the root). */
START_TEST(every_byte_counts)
{
    struct aw_tile_id id = {0, 0, 6};
    struct aw_tile tile;
    struct aw_tile got;

    gen_tile(&id, &tile);
    aw_bytes file = written(AW_LAYOUT_SERVERLESS, &tile);

    for (size_t i = 0; i < file.n; i++) {
        buf[i] ^= 1;
        if (aw_tile_parse(AW_LAYOUT_SERVERLESS, &id, file, &got, NULL) ==
            AW_OK) {
            ck_assert_mem_ne(got.leaf, tile.leaf, 6 * sizeof(tile.leaf[0]));
        }
        buf[i] ^= 1;
    }
    for (size_t n = 0; n < file.n; n++) {
        ck_assert_int_ne(aw_tile_parse(AW_LAYOUT_SERVERLESS, &id,
                                       (aw_bytes){file.p, n}, &got, NULL),
                         AW_OK);
    }
}
END_TEST

static const struct {
    const char *hex;
    unsigned width;
    aw_err want;
} bundles[] = {
    {"0000", 1, AW_OK},
    {"0001aa", 1, AW_OK},
    {"0001aa0000", 2, AW_OK},
    {"0001aa0000", 1, AW_ERR_FORMAT},
    {"0001aa0000", 3, AW_ERR_SHORT},
    {"0002aa", 1, AW_ERR_SHORT},
    {"00", 1, AW_ERR_SHORT},
    {"", 1, AW_ERR_SHORT},
    {"", 0, AW_ERR_FORMAT},
    {"0000", 257, AW_ERR_FORMAT},
    {"ffffaa", 1, AW_ERR_SHORT},
};

START_TEST(entry_bundles)
{
    aw_hash leaves[AW_TILE_WIDTH];
    struct aw_diag diag;

    ck_assert_int_eq(aw_entries_hash(vec_unhex(aw_text(bundles[_i].hex)),
                                     bundles[_i].width, leaves, &diag),
                     bundles[_i].want);
}
END_TEST

START_TEST(entry_limits)
{
    static uint8_t big[AW_ENTRY_MAX + 1];
    static uint8_t file[AW_ENTRY_MAX + 2];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rd r;
    aw_bytes entry = {NULL, 0};

    ck_assert_int_eq(aw_entries_put((aw_bytes){big, sizeof(big)}, &w),
                     AW_ERR_RANGE);
    ck_assert_uint_eq(w.n, 0);
    ck_assert_int_eq(aw_entries_put((aw_bytes){big, AW_ENTRY_MAX}, &w), AW_OK);
    r = aw_rd_init(aw_wr_done(&w));
    ck_assert_int_eq(aw_entries_next(&r, &entry), AW_OK);
    ck_assert_uint_eq(entry.n, AW_ENTRY_MAX);
    ck_assert_int_eq(aw_entries_next(&r, &entry), AW_ERR_SHORT);
    ck_assert_uint_eq(entry.n, AW_ENTRY_MAX);
    w = aw_wr_init(file, AW_ENTRY_MAX + 1);
    ck_assert_int_eq(aw_entries_put((aw_bytes){big, AW_ENTRY_MAX}, &w),
                     AW_ERR_SPACE);
    ck_assert_uint_eq(w.n, 0);
}
END_TEST

Suite *suite_tile(void)
{
    Suite *s = suite_create("tile");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, recorded_logs, 0, (int)COUNT(logs));
    tcase_add_loop_test(tc, recorded_files, 0, (int)COUNT(files));
    tcase_add_test(tc, every_width);
    tcase_add_test(tc, nodes_inside_a_tile);
    tcase_add_test(tc, roots_of_rows);
    tcase_add_loop_test(tc, edited_text, 0, (int)COUNT(edits));
    tcase_add_loop_test(tc, width_asked_for, 0, 9);
    tcase_add_test(tc, every_byte_counts);
    tcase_add_loop_test(tc, entry_bundles, 0, (int)COUNT(bundles));
    tcase_add_test(tc, entry_limits);
    suite_add_tcase(s, tc);
    return s;
}
