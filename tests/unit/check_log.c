/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/log.h"

#include "log_rig.h"
#include "suites.h"
#include "support.h"

static void consistency_holds(uint64_t from)
{
    struct aw_tree held = {from, gen_root(from)};
    struct aw_proof proof;
    aw_hash root;

    ck_assert_int_eq(aw_log_follow(&lr.reader, &held, &proof, NULL), AW_OK);
    ck_assert_int_eq(
        aw_merkle_check_consistency(&held, &lr.reader.tree, &proof, NULL),
        AW_OK);
    ck_assert_int_eq(aw_log_root_at(&lr.reader, from, &root, NULL), AW_OK);
    ck_assert(aw_hash_equal(&root, &held.root));
}

/* Distinct tiles that hold the perfect parts of a tree. */
static size_t range_tiles(uint64_t size)
{
    size_t n = 0;

    for (unsigned level = 0; size >> (AW_TILE_HEIGHT * level) != 0; level++) {
        n += (size >> (AW_TILE_HEIGHT * level)) % AW_TILE_WIDTH != 0 ? 1 : 0;
    }
    return n;
}

static const uint64_t sizes[] = {1,   2,   3,     16,    255,   256,  257,
                                 300, 512, 65535, 65536, 65537, 66000};

static void log_holds(enum aw_layout layout, uint64_t size)
{
    struct genlog g = {.layout = layout, .size = size};
    struct aw_store store = genlog_store(&g);
    enum aw_layout found = AW_LAYOUT_SERVERLESS;

    ck_assert_int_eq(aw_log_detect(&store, size, &found, NULL), AW_OK);
    ck_assert_int_eq(found, layout);
    g.gets = 0;
    g.hinted = 0;
    lr_open(&g);
    ck_assert_uint_eq(g.gets, range_tiles(size));
    ck_assert_uint_eq(g.hinted, g.gets > 1 ? g.gets : 0);
    for (size_t i = 0; i < COUNT(sizes) && sizes[i] <= size; i++) {
        lr_inclusion_holds(sizes[i] - 1);
        lr_inclusion_holds(sizes[i] / 2);
        consistency_holds(sizes[i]);
    }
}

START_TEST(logs_of_many_sizes)
{
    log_holds(AW_LAYOUT_SERVERLESS, sizes[_i]);
    log_holds(AW_LAYOUT_TILES, sizes[_i]);
}
END_TEST

START_TEST(announces_what_a_proof_needs)
{
    struct genlog g = {.layout = lr_layouts[_i], .size = 66000};

    lr_open(&g);
    g.unannounced = 0;
    lr_inclusion_holds(1000);
    lr_inclusion_holds(40000);
    lr_inclusion_holds(65700);
    consistency_holds(33333);
    /* Proofs that needed one more tile only did not announce it. */
    ck_assert_uint_le(g.unannounced, 4);
    ck_assert_uint_ge(g.hinted, 2);
    g.gets = 0;
    lr_inclusion_holds(1001);
    consistency_holds(33333);
    ck_assert_uint_eq(g.gets, 0);
}
END_TEST

START_TEST(cache_gives_up_the_oldest)
{
    struct genlog g = {.layout = AW_LAYOUT_TILES, .size = 66000};

    lr_open(&g);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 40; i++) {
            lr_inclusion_holds(i * 1600 + round);
        }
    }
    /* The tiles above are used by every proof and stay. */
    ck_assert_uint_eq(g.gets, 4 + 80);
}
END_TEST

START_TEST(empty_log)
{
    struct genlog g = {.layout = lr_layouts[_i], .size = 0};
    struct aw_store store = genlog_store(&g);
    struct aw_checkpoint c = lr_checkpoint(0);
    enum aw_layout layout = AW_LAYOUT_TILES;
    struct aw_proof proof = {.n = 7};
    struct aw_tree held = {0, c.root};
    aw_hash root;

    ck_assert_int_eq(aw_log_detect(&store, 0, &layout, NULL), AW_OK);
    ck_assert_int_eq(layout, AW_LAYOUT_SERVERLESS);
    lr_open(&g);
    ck_assert_uint_eq(g.gets, 0);
    ck_assert_int_eq(aw_log_prove_inclusion(&lr.reader, 0, NULL, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_uint_eq(proof.n, 7);
    ck_assert_int_eq(aw_log_follow(&lr.reader, &held, &proof, NULL), AW_OK);
    ck_assert_uint_eq(proof.n, 0);
    ck_assert_int_eq(aw_log_root_at(&lr.reader, 0, &root, NULL), AW_OK);
    ck_assert(aw_hash_equal(&root, &c.root));
    c.root.b[0] ^= 1;
    ck_assert_int_eq(aw_log_open(&store, lr_layouts[_i], &c, &lr.reader, NULL),
                     AW_ERR_ROOT);
}
END_TEST

static const struct {
    uint64_t held;
    bool other; /* another root than the log's */
    aw_err want;
    aw_err compare;
} views[] = {
    {0, false, AW_OK, AW_OK},
    {0, true, AW_OK, AW_OK}, /* nothing is known about an empty tree */
    {1, false, AW_OK, AW_OK},
    {1, true, AW_ERR_PROOF, AW_OK},
    {299, false, AW_OK, AW_OK},
    {299, true, AW_ERR_PROOF, AW_OK},
    {300, false, AW_OK, AW_OK},
    {300, true, AW_ERR_FORK, AW_ERR_FORK},
    {301, false, AW_ERR_ROLLBACK, AW_ERR_ROLLBACK},
    {301, true, AW_ERR_ROLLBACK, AW_ERR_ROLLBACK},
    {UINT64_MAX, true, AW_ERR_ROLLBACK, AW_ERR_ROLLBACK},
};

START_TEST(follows_one_history)
{
    struct genlog g = {.layout = AW_LAYOUT_TILES, .size = 300};
    struct aw_tree held = {.size = views[_i].held};
    struct aw_proof proof = {.n = 77};
    struct aw_diag diag = {AW_OK, NULL, 0};

    lr_open(&g);
    if (held.size > 0 && held.size < GEN_MAX) {
        held.root = gen_root(held.size);
    }
    held.root.b[7] ^= views[_i].other ? 1 : 0;
    ck_assert_int_eq(aw_tree_compare(&held, &lr.reader.tree, &diag),
                     views[_i].compare);
    ck_assert_int_eq(aw_log_follow(&lr.reader, &held, &proof, &diag),
                     views[_i].want);
    ck_assert((proof.n == 77) == (views[_i].want != AW_OK));
}
END_TEST

START_TEST(batches)
{
    static aw_bytes entries[AW_TILE_WIDTH];
    static const struct {
        uint64_t first;
        size_t n;
        aw_err want;
    } rows[] = {
        {0, 1, AW_OK},
        {0, 256, AW_OK},
        {256, 44, AW_OK},
        {299, 1, AW_OK},
        {100, 100, AW_OK},
        {0, 0, AW_ERR_RANGE},
        {0, 257, AW_ERR_RANGE},
        {255, 2, AW_ERR_RANGE},
        {256, 45, AW_ERR_RANGE},
        {300, 1, AW_ERR_RANGE},
        {0, SIZE_MAX, AW_ERR_RANGE},
    };
    struct genlog g = {.layout = lr_layouts[_i], .size = 300};

    lr_open(&g);
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct aw_wr w = aw_wr_init(lr.buf, sizeof(lr.buf));
        char text[16];

        ck_assert_int_eq(aw_log_batch(&lr.reader, rows[r].first, rows[r].n, &w,
                                      entries, NULL),
                         rows[r].want);
        for (size_t i = 0; rows[r].want == AW_OK && i < rows[r].n; i++) {
            CK_ASSERT_BYTES(entries[i],
                            gen_entry(rows[r].first + i, text, sizeof(text)));
        }
    }
}
END_TEST

/* The index file of leaf 10 says "a"; a changed bit makes "`" of it, that of
 * leaf 16 "10" becomes "00" or "11". */
static const struct {
    uint64_t leaf;
    size_t at; /* changed byte of the index file, none if 9 */
    uint64_t size;
    aw_err want;
} finds[] = {
    {10, 9, 300, AW_OK},
    {16, 9, 300, AW_OK},
    {299, 9, 300, AW_OK},
    {10, 0, 300, AW_ERR_FORMAT},
    {16, 0, 300, AW_ERR_DIGEST},
    {16, 1, 300, AW_ERR_DIGEST},
    {299, 9, 299, AW_ERR_NOT_FOUND},
    {301, 9, 300, AW_ERR_NOT_FOUND},
};

START_TEST(finds_leaves)
{
    struct genlog g = {.layout = AW_LAYOUT_SERVERLESS, .size = finds[_i].size};
    struct aw_log_path path;
    struct aw_proof proof = {.n = 77};
    uint64_t index = 77;

    lr_open(&g);
    g.size = 300; /* the index files are ahead of the checkpoint */
    aw_leaf_path(gen_node(0, finds[_i].leaf), &path);
    g.at = finds[_i].at;
    g.broken = g.at < 9 ? path.text : NULL;
    ck_assert_int_eq(aw_log_find(&lr.reader, gen_node(0, finds[_i].leaf),
                                 &index, &proof, NULL),
                     finds[_i].want);
    ck_assert_uint_eq(index, finds[_i].want == AW_OK ? finds[_i].leaf : 77);
    ck_assert((proof.n == 77) == (finds[_i].want != AW_OK));
}
END_TEST

START_TEST(other_errors)
{
    struct genlog g = {.layout = AW_LAYOUT_TILES, .size = 300};
    struct aw_store store = genlog_store(&g);
    struct aw_proof proof;
    enum aw_layout layout = AW_LAYOUT_SERVERLESS;
    struct aw_tree from = {0, gen_root(300)};
    uint64_t index = 0;
    aw_hash root;

    lr_open(&g);
    ck_assert_int_eq(
        aw_log_find(&lr.reader, gen_node(0, 1), &index, &proof, NULL),
        AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(
        aw_log_prove_inclusion(&lr.reader, 5, gen_node(0, 6), &proof, NULL),
        AW_ERR_DIGEST);
    ck_assert_int_eq(aw_log_prove_consistency(&lr.reader, &from, &proof, NULL),
                     AW_ERR_RANGE);
    from.size = 301;
    ck_assert_int_eq(aw_log_prove_consistency(&lr.reader, &from, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_log_root_at(&lr.reader, 301, &root, NULL),
                     AW_ERR_RANGE);
    struct aw_nodes nodes = aw_log_nodes(&lr.reader);

    ck_assert_int_eq(nodes.get(nodes.ctx, 0, 300, &root, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(nodes.get(nodes.ctx, 3, 37, &root, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(nodes.get(nodes.ctx, 63, 0, &root, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(nodes.get(nodes.ctx, 8, 0, &root, NULL), AW_OK);
    /* No file at all, then a server that fails. */
    g.size = 3;
    ck_assert_int_eq(aw_log_detect(&store, 300, &layout, NULL),
                     AW_ERR_NOT_FOUND);
    g.failing = "tile/00/0000/00/00/01.2c";
    ck_assert_int_eq(aw_log_detect(&store, 300, &layout, NULL), AW_ERR_NET);
}
END_TEST

Suite *suite_log(void)
{
    Suite *s = suite_create("log");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, logs_of_many_sizes, 0, (int)COUNT(sizes));
    tcase_add_loop_test(tc, announces_what_a_proof_needs, 0, 2);
    tcase_add_test(tc, cache_gives_up_the_oldest);
    tcase_add_loop_test(tc, empty_log, 0, 2);
    tcase_add_loop_test(tc, follows_one_history, 0, (int)COUNT(views));
    tcase_add_loop_test(tc, batches, 0, 2);
    tcase_add_loop_test(tc, finds_leaves, 0, (int)COUNT(finds));
    tcase_add_test(tc, other_errors);
    suite_add_tcase(s, tc);
    return s;
}
