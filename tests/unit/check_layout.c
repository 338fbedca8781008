/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/layout.h"

#include "aw/text.h"
#include "suites.h"
#include "support.h"

static uint64_t dec(aw_bytes text)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_dec_parse(text, &v), AW_OK);
    return v;
}

static uint64_t hex(aw_bytes text)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_hex_parse_u64(text, &v), AW_OK);
    return v;
}

/* Both directions. */
static void tile_row(enum aw_layout layout, enum aw_tile_kind kind,
                     const struct aw_tile_id *id, aw_bytes want)
{
    enum aw_tile_kind got_kind = AW_TILE_OF_HASHES;
    struct aw_tile_id got = {0};
    struct aw_log_path path;

    if (kind == AW_TILE_OF_ENTRIES) {
        aw_entries_path(id, &path);
    } else {
        aw_tile_path(layout, id, &path);
    }
    CK_ASSERT_BYTES(aw_text(path.text), want);
    ck_assert_int_eq(aw_tile_path_parse(layout, want, &got_kind, &got), AW_OK);
    ck_assert_int_eq(got_kind, kind);
    ck_assert_uint_eq(got.level, id->level);
    ck_assert_uint_eq(got.index, id->index);
    ck_assert_uint_eq(got.width, id->width);
}

static void seq_row(aw_bytes index, aw_bytes want)
{
    struct aw_log_path path;
    uint64_t got = 0;

    aw_seq_path(hex(index), &path);
    CK_ASSERT_BYTES(aw_text(path.text), want);
    ck_assert_int_eq(aw_seq_path_parse(want, &got), AW_OK);
    ck_assert_uint_eq(got, hex(index));
}

static void leaf_row(aw_bytes hash, aw_bytes want)
{
    struct aw_log_path path;
    aw_hash leaf;
    struct aw_wr w = aw_wr_init(leaf.b, sizeof(leaf.b));

    ck_assert_int_eq(aw_hex_decode(hash, &w), AW_OK);
    aw_leaf_path(&leaf, &path);
    CK_ASSERT_BYTES(aw_text(path.text), want);
}

/* Tree level and index -> tile, node inside it, line of the text form. */
static void coords_row(const aw_bytes *f)
{
    unsigned level = (unsigned)dec(f[1]);
    uint64_t index = dec(f[2]);
    unsigned inside = level % AW_TILE_HEIGHT;
    uint64_t tile = index >> (AW_TILE_HEIGHT - inside);
    uint64_t node = index - (tile << (AW_TILE_HEIGHT - inside));

    ck_assert_uint_eq(dec(f[3]), level / AW_TILE_HEIGHT);
    ck_assert_uint_eq(dec(f[4]), tile);
    ck_assert_uint_eq(dec(f[5]), inside);
    ck_assert_uint_eq(dec(f[6]), node);
    ck_assert_uint_eq(dec(f[7]),
                      (node << (inside + 1)) + ((uint64_t)1 << inside) - 1);
}

/* Upstream says 0 for a full tile and for one that does not exist. */
static void partial_row(const aw_bytes *f)
{
    unsigned level = (unsigned)dec(f[1]);
    uint64_t index = dec(f[2]);
    uint64_t size = dec(f[3]);
    unsigned width = aw_tile_width(level, index, size);
    uint64_t nodes = size >> (AW_TILE_HEIGHT * level);

    ck_assert_uint_eq(width % AW_TILE_WIDTH, dec(f[4]));
    ck_assert((width == AW_TILE_WIDTH) == (index < nodes / AW_TILE_WIDTH));
}

static unsigned full_or(uint64_t width)
{
    return width == 0 ? AW_TILE_WIDTH : (unsigned)width;
}

START_TEST(serverless_paths)
{
    struct aw_rd r = aw_rd_init(vec_file("transparency/serverless/paths.tsv"));
    aw_bytes f[8];
    size_t rows = 0;

    for (; vec_tsv(&r, f, COUNT(f)) > 0; rows++) {
        if (aw_bytes_is(f[0], "seq")) {
            seq_row(f[1], f[2]);
        } else if (aw_bytes_is(f[0], "tile")) {
            struct aw_tile_id id = {(unsigned)hex(f[1]), hex(f[2]),
                                    full_or(hex(f[3]))};

            tile_row(AW_LAYOUT_SERVERLESS, AW_TILE_OF_HASHES, &id, f[4]);
        } else if (aw_bytes_is(f[0], "leaf")) {
            leaf_row(f[1], f[2]);
        } else if (aw_bytes_is(f[0], "coords")) {
            coords_row(f);
        } else {
            ck_assert(aw_bytes_is(f[0], "partial"));
            partial_row(f);
        }
    }
    ck_assert_uint_eq(rows, 390);
}
END_TEST

START_TEST(tiled_paths)
{
    struct aw_rd r = aw_rd_init(vec_file("transparency/tlog-tiles/paths.tsv"));
    aw_bytes f[8];
    size_t rows = 0;

    for (; vec_tsv(&r, f, COUNT(f)) > 0; rows++) {
        if (aw_bytes_is(f[0], "tile")) {
            struct aw_tile_id id = {(unsigned)dec(f[1]), dec(f[2]),
                                    full_or(dec(f[3]))};

            tile_row(AW_LAYOUT_TILES, AW_TILE_OF_HASHES, &id, f[4]);
        } else if (aw_bytes_is(f[0], "entries")) {
            struct aw_tile_id id = {0, dec(f[2]), full_or(dec(f[3]))};

            tile_row(AW_LAYOUT_TILES, AW_TILE_OF_ENTRIES, &id, f[4]);
        } else {
            ck_assert(aw_bytes_is(f[0], "partial"));
            partial_row(f);
        }
    }
    ck_assert_uint_eq(rows, 246);
}
END_TEST

static const struct {
    const char *path;
    enum aw_layout layout;
    aw_err want;
} bad_paths[] = {
    {"", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00/", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"/tile/00/0000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile//00/0000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/0/0000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/00000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/100/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/0g", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/0A", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.1", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.00", AW_LAYOUT_SERVERLESS, AW_ERR_RANGE},
    {"tile/00/0000/00/00/00.100", AW_LAYOUT_SERVERLESS, AW_ERR_RANGE},
    {"tile/00/0000/00/00/00.0001", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.01.01", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.temp", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/00/0000/00/00/00.01.temp", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/40/0000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_RANGE},
    {"tile/00/10000000000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_RANGE},
    {"tile/00/00000000000000000/00/00/00", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile/0/000", AW_LAYOUT_SERVERLESS, AW_ERR_FORMAT},
    {"tile", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/00", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/0000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/00/000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/64/000", AW_LAYOUT_TILES, AW_ERR_RANGE},
    {"tile/-1/000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x000/001", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/001/001", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x001/x001", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x001/1000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x001/", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.p", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.p/", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.p/0", AW_LAYOUT_TILES, AW_ERR_RANGE},
    {"tile/0/000.p/256", AW_LAYOUT_TILES, AW_ERR_RANGE},
    {"tile/0/000.p/01", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.p/1/", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.p/1/1", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/000.q/1", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x001.p/000.p/1", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/entries", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/entries/", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/Entries/000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/entries/0/000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/data/000", AW_LAYOUT_TILES, AW_ERR_FORMAT},
    {"tile/0/x018/x446/x744/x073/x709/x551/616", AW_LAYOUT_TILES, AW_ERR_RANGE},
    {"tile/0/x001/x000/x000/x000/x000/x000/x000/000", AW_LAYOUT_TILES,
     AW_ERR_RANGE},
};

START_TEST(refuses_other_paths)
{
    enum aw_tile_kind kind = AW_TILE_OF_ENTRIES;
    struct aw_tile_id id = {77, 78, 79};
    aw_err got = aw_tile_path_parse(bad_paths[_i].layout,
                                    aw_text(bad_paths[_i].path), &kind, &id);

    ck_assert_msg(got == bad_paths[_i].want, "%s: got %s", bad_paths[_i].path,
                  aw_err_name(got));
    ck_assert_int_eq(kind, AW_TILE_OF_ENTRIES);
    ck_assert(id.level == 77 && id.index == 78 && id.width == 79);
}
END_TEST

START_TEST(largest_indexes)
{
    static const struct {
        enum aw_layout layout;
        enum aw_tile_kind kind;
        const char *path;
    } rows[] = {
        {AW_LAYOUT_SERVERLESS, AW_TILE_OF_HASHES,
         "tile/3f/ffffffffff/ff/ff/ff.ff"},
        {AW_LAYOUT_TILES, AW_TILE_OF_HASHES,
         "tile/63/x018/x446/x744/x073/x709/x551/615.p/255"},
        {AW_LAYOUT_TILES, AW_TILE_OF_ENTRIES,
         "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_tile_id id = {rows[i].kind == AW_TILE_OF_ENTRIES ? 0 : 63,
                                UINT64_MAX, 255};

        tile_row(rows[i].layout, rows[i].kind, &id, aw_text(rows[i].path));
    }
    seq_row(aw_text("ffffffffffffffff"), aw_text("seq/ffffffff/ff/ff/ff/ff"));
}
END_TEST

static const struct {
    const char *path;
    aw_err want;
} bad_seqs[] = {
    {"seq", AW_ERR_FORMAT},
    {"seq/00/00/00/00", AW_ERR_FORMAT},
    {"seq/00/00/00/00/00/00", AW_ERR_FORMAT},
    {"seq/000/00/00/00/00", AW_ERR_FORMAT},
    {"seq/00/00/00/00/0A", AW_ERR_FORMAT},
    {"seq/00/00/00/00/100", AW_ERR_FORMAT},
    {"seq/100000000/00/00/00/00", AW_ERR_RANGE},
    {"tile/00/00/00/00/00", AW_ERR_FORMAT},
};

START_TEST(refuses_other_seq_paths)
{
    uint64_t index = 77;
    aw_err got = aw_seq_path_parse(aw_text(bad_seqs[_i].path), &index);

    ck_assert_msg(got == bad_seqs[_i].want, "%s: got %s", bad_seqs[_i].path,
                  aw_err_name(got));
    ck_assert_uint_eq(index, 77);
}
END_TEST

START_TEST(widths_of_large_trees)
{
    ck_assert_uint_eq(aw_tile_width(0, UINT64_MAX >> 8, UINT64_MAX), 255);
    ck_assert_uint_eq(aw_tile_width(0, 0, UINT64_MAX), 256);
    ck_assert_uint_eq(aw_tile_width(7, 0, UINT64_MAX), 255);
    ck_assert_uint_eq(aw_tile_width(7, 1, UINT64_MAX), 0);
    ck_assert_uint_eq(aw_tile_width(8, 0, UINT64_MAX), 0);
    ck_assert_uint_eq(aw_tile_width(63, 0, UINT64_MAX), 0);
    ck_assert_uint_eq(aw_tile_width(0, 0, 0), 0);
}
END_TEST

Suite *suite_layout(void)
{
    Suite *s = suite_create("layout");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, serverless_paths);
    tcase_add_test(tc, tiled_paths);
    tcase_add_loop_test(tc, refuses_other_paths, 0, (int)COUNT(bad_paths));
    tcase_add_test(tc, largest_indexes);
    tcase_add_loop_test(tc, refuses_other_seq_paths, 0, (int)COUNT(bad_seqs));
    tcase_add_test(tc, widths_of_large_trees);
    suite_add_tcase(s, tc);
    return s;
}
