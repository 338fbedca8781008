/* SPDX-License-Identifier: Apache-2.0 */
/* Adding entries to a log and integrating them. */
#include "aw/ftlog/sequence.h"

#include <stdio.h>
#include <string.h>

#include "aw/sha256.h"
#include "gentree.h"
#include "made_log.h"
#include "memfs.h"
#include "suites.h"
#include "support.h"

static void sum_is(aw_bytes data, aw_bytes hex, const char *path)
{
    uint8_t digest[32];

    aw_sha256(data, digest);
    ck_assert_msg(aw_bytes_equal(vec_unhex(hex), (aw_bytes){digest, 32}),
                  "%s differs", path);
}

/* One row of a list of hashes: the file is there and right. A link need not
 * be one, only lead to the same bytes. */
static void row_holds(const struct made_log *b, struct aw_rd line)
{
    static const char mark[] = "symlink to ";
    bool link = aw_bytes_starts(line.b, mark);
    aw_bytes got = {NULL, 0};
    aw_bytes want = {NULL, 0};

    if (link) {
        (void)aw_rd_take(&line, sizeof(mark) - 1);
    }
    aw_bytes first = aw_rd_until(&line, ' ');

    (void)aw_rd_take(&line, 1);
    const char *path = vec_cstr(aw_rd_rest(&line));

    ck_assert_msg(memfs_get(&b->fs, path, &got), "%s is missing", path);
    if (link) {
        ck_assert(memfs_get(&b->fs, vec_cstr(first), &want));
        CK_ASSERT_BYTES(got, want);
    } else {
        sum_is(got, first, path);
    }
}

struct counted {
    size_t tiles;
    size_t bundles;
};

static void count_file(void *ctx, const char *path)
{
    struct counted *c = ctx;

    if (strncmp(path, "tile/entries/", 13) == 0) {
        c->bundles++;
    } else if (strncmp(path, "tile/", 5) == 0) {
        c->tiles++;
    }
}

/* Keeps the checkpoint under the name that the recorded logs give it. */
static void keep_checkpoint(struct made_log *b, size_t size)
{
    char name[64];
    aw_bytes note;

    ck_assert(memfs_get(&b->fs, AW_LOG_CHECKPOINT, &note));
    (void)snprintf(name, sizeof(name), "checkpoint.%zu", size);
    memfs_set(&b->fs, name, note);
}

static const struct {
    const char *list;
    enum aw_layout layout;
    struct counted files;
    size_t rows;
    size_t sizes[9];
} recorded[] = {
    {"serverless/gen-700",
     AW_LAYOUT_SERVERLESS,
     {10, 0},
     20,
     {1, 3, 255, 256, 257, 300, 512, 700}},
    {"tlog-tiles/gen-700",
     AW_LAYOUT_TILES,
     {10, 8},
     28,
     {1, 3, 255, 256, 257, 300, 512, 700}},
    {"serverless/gen-66000",
     AW_LAYOUT_SERVERLESS,
     {264, 0},
     270,
     {65535, 65536, 65537, 66000}},
    {"tlog-tiles/gen-66000",
     AW_LAYOUT_TILES,
     {264, 260},
     530,
     {65535, 65536, 65537, 66000}},
};

START_TEST(recorded_logs)
{
    struct made_log b;
    struct aw_tree tree;
    struct counted files = {0};
    char name[96];
    size_t rows = 0;
    size_t size = 0;

    made_init(&b, recorded[_i].layout);
    made_key(&b);
    ck_assert_int_eq(made_sign(&b), AW_OK);
    keep_checkpoint(&b, 0);
    for (const size_t *to = recorded[_i].sizes; *to != 0; to++) {
        ck_assert_int_eq(made_add_range(&b, size, *to), AW_OK);
        ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
        ck_assert_uint_eq(tree.size, *to);
        ck_assert_int_eq(made_sign(&b), AW_OK);
        keep_checkpoint(&b, *to);
        size = *to;
    }
    (void)snprintf(name, sizeof(name), "transparency/%s.sha256",
                   recorded[_i].list);
    struct aw_rd r = aw_rd_init(vec_file(name));

    for (; aw_rd_left(&r) > 0; rows++) {
        row_holds(&b, aw_rd_init(aw_rd_line(&r)));
    }
    ck_assert_uint_eq(rows, recorded[_i].rows);
    /* And no file more than upstream writes. */
    memfs_walk(&b.fs, count_file, &files);
    ck_assert_uint_eq(files.tiles, recorded[_i].files.tiles);
    ck_assert_uint_eq(files.bundles, recorded[_i].files.bundles);
    memfs_free(&b.fs);
}
END_TEST

static const struct {
    const char *folder;
    enum aw_layout layout;
    size_t files; /* of the recorded folder, lock files left out */
} upstream[] = {
    {"transparency/serverless/upstream-testdata", AW_LAYOUT_SERVERLESS, 62},
    {"transparency/tlog-tiles/upstream-testdata", AW_LAYOUT_TILES, 49},
};

struct compared {
    const struct made_log *b;
    const char *folder;
    size_t n;
};

static void compare_file(void *ctx, const char *path)
{
    struct compared *c = ctx;
    char full[256];
    aw_bytes got;

    /* In the serverless layout the tree state is ours alone. */
    if (c->b->layout == AW_LAYOUT_SERVERLESS &&
        strcmp(path, AW_LOG_TREE_STATE) == 0) {
        return;
    }
    (void)snprintf(full, sizeof(full), "%s/log/%s", c->folder, path);
    ck_assert(memfs_get(&c->b->fs, path, &got));
    CK_ASSERT_BYTES(got, vec_file(full));
    c->n++;
}

START_TEST(upstream_logs)
{
    char name[96];
    struct made_log b;
    struct aw_tree tree;
    struct compared c = {&b, upstream[_i].folder, 0};

    (void)snprintf(name, sizeof(name), "%s/keys.json", upstream[_i].folder);
    const cJSON *keys = vec_json(name);
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(keys, "entries");
    const cJSON *text = NULL;
    size_t size = 0;

    made_init(&b, upstream[_i].layout);
    b.origin = vec_str(keys, "origin");
    ck_assert_int_eq(aw_skey_parse(vec_str(keys, "skey"), &b.key, NULL), AW_OK);
    if (b.layout == AW_LAYOUT_TILES) {
        memfs_set(&b.fs, AW_LOG_VERSION, aw_text(AW_LOG_VERSION_TEXT));
    }
    ck_assert_int_eq(made_sign(&b), AW_OK);
    keep_checkpoint(&b, 0);
    cJSON_ArrayForEach(text, entries)
    {
        struct aw_new_entry e = {.data = aw_text(text->valuestring)};

        ck_assert_int_eq(made_add(&b, &e, 1, NULL), AW_OK);
        ck_assert_uint_eq(e.index, size);
        ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
        ck_assert_int_eq(made_sign(&b), AW_OK);
        keep_checkpoint(&b, ++size);
    }
    memfs_walk(&b.fs, compare_file, &c);
    ck_assert_uint_eq(c.n, upstream[_i].files);
    memfs_free(&b.fs);
}
END_TEST

/* Adding one at a time before integrating leaves no more bundles than adding
 * all at once. */
START_TEST(one_at_a_time)
{
    struct made_log b;
    struct aw_tree tree;
    struct counted files = {0};

    made_init(&b, made_layouts[_i]);
    for (size_t i = 0; i < 260; i++) {
        ck_assert_int_eq(made_add_range(&b, i, i + 1), AW_OK);
    }
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    aw_hash root = gen_root(260);

    ck_assert(aw_hash_equal(&tree.root, &root));
    memfs_walk(&b.fs, count_file, &files);
    ck_assert_uint_eq(files.tiles, 3);
    ck_assert_uint_eq(files.bundles, b.layout == AW_LAYOUT_TILES ? 2 : 0);
    memfs_free(&b.fs);
}
END_TEST

START_TEST(duplicates)
{
    struct made_log b;
    struct aw_tree tree;
    char text[6][16];
    struct aw_new_entry e[6];
    /* Integrated, pending, new, new, the third again, integrated. */
    static const size_t which[] = {7, 301, 303, 304, 303, 299};
    static const uint64_t index[] = {7, 301, 303, 304, 303, 299};
    static const bool duplicate[] = {true, true, false, false, true, true};

    memset(e, 0, sizeof(e));
    made_init(&b, made_layouts[_i]);
    ck_assert_int_eq(made_add_range(&b, 0, 300), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(made_add_range(&b, 300, 303), AW_OK);
    for (size_t i = 0; i < COUNT(e); i++) {
        e[i].data = gen_entry(which[i], text[i], sizeof(text[i]));
    }
    ck_assert_int_eq(made_add(&b, e, COUNT(e), NULL), AW_OK);
    for (size_t i = 0; i < COUNT(e); i++) {
        ck_assert_uint_eq(e[i].index, index[i]);
        ck_assert_int_eq(e[i].duplicate, duplicate[i]);
    }
    ck_assert_uint_eq(made_next(), 305);
    size_t before = b.fs.changes;

    /* Nothing new: nothing is written. */
    ck_assert_int_eq(made_add(&b, e, COUNT(e), NULL), AW_OK);
    ck_assert_uint_eq(b.fs.changes, before);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    aw_hash root = gen_root(305);

    ck_assert(aw_hash_equal(&tree.root, &root));
    memfs_free(&b.fs);
}
END_TEST

START_TEST(longest_entry)
{
    static uint8_t big[AW_ENTRY_MAX + 1];
    struct made_log b;
    struct aw_tree tree;
    struct aw_diag diag = {.where = NULL};
    struct aw_new_entry e[] = {{.data = {big, 3}},
                               {.data = {big, AW_ENTRY_MAX + 1}},
                               {.data = {NULL, 0}}};

    made_init(&b, made_layouts[_i]);
    ck_assert_int_eq(made_add(&b, e, 3, &diag), AW_ERR_RANGE);
    ck_assert_uint_eq(diag.at, 1);
    ck_assert_uint_eq(b.fs.changes, 0);
    e[1].data.n = AW_ENTRY_MAX;
    ck_assert_int_eq(made_add(&b, e, 3, NULL), AW_OK);
    ck_assert_uint_eq(e[2].index, 2);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_uint_eq(tree.size, 3);
    memfs_free(&b.fs);
}
END_TEST

/* An upstream tool may have put a longer one. */
START_TEST(longer_entry_in_seq)
{
    static uint8_t big[AW_ENTRY_MAX + 1];
    struct made_log b;
    struct aw_diag diag = {.where = NULL};

    made_init(&b, AW_LAYOUT_SERVERLESS);
    memfs_set(&b.fs, "seq/00/00/00/00/00", (aw_bytes){big, sizeof(big)});
    ck_assert_int_eq(made_open(&b, &diag), AW_ERR_RANGE);
    ck_assert_str_eq(diag.where, "entry: length");
    memfs_free(&b.fs);
}
END_TEST

/* A batch of 10,000: of the old tree only the partial tiles are read. */
START_TEST(reads_what_it_needs)
{
    struct made_log b;
    struct aw_tree tree;

    made_init(&b, made_layouts[_i]);
    ck_assert_int_eq(made_add_range(&b, 0, 20500), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(made_add_range(&b, 20500, 30500), AW_OK);
    b.fs.tiles = 0;
    b.fs.gets = 0;
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    aw_hash root = gen_root(30500);

    ck_assert(aw_hash_equal(&tree.root, &root));
    /* Of level 0 and level 1; then again to see that the old name of the
     * level-0 tile is there. */
    ck_assert_uint_le(b.fs.tiles, 3);
    memfs_free(&b.fs);
}
END_TEST

START_TEST(full_tree)
{
    static struct aw_append append;
    aw_hash leaf = {{0}};
    struct aw_diag diag;

    append.size = UINT64_MAX;
    ck_assert_int_eq(aw_append_leaf(&append, &leaf, &diag), AW_ERR_RANGE);
    ck_assert_str_eq(diag.where, "append: size");
}
END_TEST

Suite *suite_sequence(void)
{
    Suite *s = suite_create("sequence");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, recorded_logs, 0, COUNT(recorded));
    tcase_add_loop_test(tc, upstream_logs, 0, COUNT(upstream));
    tcase_add_loop_test(tc, one_at_a_time, 0, MADE_LAYOUTS);
    tcase_add_loop_test(tc, duplicates, 0, MADE_LAYOUTS);
    tcase_add_loop_test(tc, longest_entry, 0, MADE_LAYOUTS);
    tcase_add_test(tc, longer_entry_in_seq);
    tcase_add_loop_test(tc, reads_what_it_needs, 0, MADE_LAYOUTS);
    tcase_add_test(tc, full_tree);
    suite_add_tcase(s, tc);
    return s;
}
