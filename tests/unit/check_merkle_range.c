/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges: roots of trees that grow leaf by leaf, and shapes of subtrees. */
#include "aw/ftlog/merkle.h"
#include "gentree.h"
#include "merkle_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(roots_of_all_sizes)
{
    struct aw_rd r =
        aw_rd_init(vec_file("transparency/merkle/roots-leaf-n.tsv"));
    struct aw_range range;
    aw_bytes f[2];
    uint64_t size = 0;

    aw_range_init(&range);
    while (vec_tsv(&r, f, COUNT(f)) == 2) {
        struct aw_nodes source = {&size, mk_get_node};
        struct aw_range loaded;
        aw_hash want;
        aw_hash got;

        ck_assert_uint_eq(mk_number_field(f[0]), size);
        ck_assert(mk_hash_field(f[1], &want));
        ck_assert_int_eq(aw_merkle_root(size, &source, &got, NULL), AW_OK);
        ck_assert(aw_hash_equal(&got, &want));
        aw_range_root(&range, &got);
        ck_assert(aw_hash_equal(&got, &want));
        ck_assert_int_eq(aw_range_load(size, &source, &loaded, NULL), AW_OK);
        ck_assert_uint_eq(loaded.size, size);
        ck_assert_uint_eq(loaded.n, range.n);
        ck_assert_mem_eq(loaded.h, range.h, range.n * sizeof(range.h[0]));
        ck_assert_int_eq(aw_range_append(&range, gen_node(0, size), NULL),
                         AW_OK);
        size++;
    }
    ck_assert_uint_eq(size, 301);
}
END_TEST

/* Counts nodes and compares each with the plain tree; fails at *left. */
struct sink {
    size_t seen;
    size_t left;
};

static aw_err sink_put(void *ctx, unsigned level, uint64_t index,
                       const aw_hash *node)
{
    struct sink *s = ctx;

    ck_assert(aw_hash_equal(node, gen_node(level, index)));
    s->seen++;
    return s->left-- == 0 ? AW_ERR_IO : AW_OK;
}

START_TEST(range_reports_each_node_once)
{
    struct sink s = {0, SIZE_MAX};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;

    aw_range_init(&range);
    for (size_t i = 0; i < MK_LEAVES; i++) {
        ck_assert_int_eq(aw_range_append(&range, gen_node(0, i), &sink), AW_OK);
    }
    /* All perfect nodes: size + size / 2 + size / 4 ... */
    ck_assert_uint_eq(s.seen, 700 + 350 + 175 + 87 + 43 + 21 + 10 + 5 + 2 + 1);
}
END_TEST

START_TEST(range_by_subtrees)
{
    struct sink s = {0, SIZE_MAX};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;
    aw_hash root;

    aw_range_init(&range);
    for (size_t i = 0; i < MK_LEAVES >> 3; i++) {
        ck_assert_int_eq(
            aw_range_append_subtree(&range, 3, gen_node(3, i), &sink), AW_OK);
    }
    ck_assert_int_eq(aw_range_append_subtree(
                         &range, 2, gen_node(2, MK_LEAVES / 4 - 1), &sink),
                     AW_OK);
    ck_assert_uint_eq(range.size, MK_LEAVES);
    aw_range_root(&range, &root);
    aw_hash want = mk_plain_root(0, MK_LEAVES);

    ck_assert(aw_hash_equal(&root, &want));
}
END_TEST

START_TEST(range_limits)
{
    struct sink s = {0, 1};
    struct aw_node_sink sink = {&s, sink_put};
    struct aw_range range;
    aw_hash alike[64];

    mk_fill_alike(alike);
    aw_range_init(&range);
    ck_assert_int_eq(aw_range_append_subtree(&range, 64, &alike[0], NULL),
                     AW_ERR_RANGE);
    for (unsigned level = 64; level-- > 0;) {
        ck_assert_int_eq(
            aw_range_append_subtree(&range, level, &alike[level], NULL), AW_OK);
        ck_assert_int_eq(aw_range_append_subtree(&range, 63, &alike[63], NULL),
                         AW_ERR_RANGE);
    }
    ck_assert_uint_eq(range.size, UINT64_MAX);
    ck_assert_uint_eq(range.n, 64);
    ck_assert_int_eq(aw_range_append(&range, &alike[0], NULL), AW_ERR_RANGE);
    /* A sink that fails in the middle of a merge leaves all as it was. */
    aw_range_init(&range);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(aw_range_append(&range, gen_node(0, i), NULL), AW_OK);
    }
    ck_assert_int_eq(aw_range_append(&range, gen_node(0, 3), &sink), AW_ERR_IO);
    ck_assert_uint_eq(range.size, 3);
    ck_assert_uint_eq(range.n, 2);
    s.left = SIZE_MAX;
    ck_assert_int_eq(aw_range_append(&range, gen_node(0, 3), &sink), AW_OK);
    ck_assert(aw_hash_equal(&range.h[0], gen_node(2, 0)));
}
END_TEST

static const struct {
    uint64_t start;
    uint64_t end;
    bool want;
} subtrees[] = {
    {0, 0, true},
    {5, 5, true},
    {5, 4, false},
    {0, UINT64_MAX, true},
    {UINT64_MAX - 1, UINT64_MAX, true},
    {1, UINT64_MAX, false},
    {(uint64_t)1 << 63, UINT64_MAX, true},
    {(uint64_t)1 << 62, UINT64_MAX, false},
    {(uint64_t)1 << 62, (uint64_t)1 << 63, true},
    {1, 2, true},
    {1, 3, false},
    {4, 7, true},
    {4, 8, true},
    {4, 9, false},
    {6, 9, false},
    {8, 13, true},
};

START_TEST(subtree_shapes)
{
    ck_assert(aw_subtree_valid(subtrees[_i].start, subtrees[_i].end) ==
              subtrees[_i].want);
}
END_TEST

Suite *suite_merkle_range(void)
{
    Suite *s = suite_create("merkle_range");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, roots_of_all_sizes);
    tcase_add_test(tc, range_reports_each_node_once);
    tcase_add_test(tc, range_by_subtrees);
    tcase_add_test(tc, range_limits);
    tcase_add_loop_test(tc, subtree_shapes, 0, (int)COUNT(subtrees));
    suite_add_tcase(s, tc);
    return s;
}
