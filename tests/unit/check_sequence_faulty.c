/* SPDX-License-Identifier: Apache-2.0 */
/* Writers that are stopped, and logs that are damaged. */
#include "aw/ftlog/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "aw/text.h"
#include "gentree.h"
#include "made_log.h"
#include "memfs.h"
#include "suites.h"
#include "support.h"

/*
 * The writer is stopped at each of its changes, and then the system loses
 * what was not synced, or some of it, or nothing. The next run must end with
 * the very log that an undisturbed one makes.
 */
enum { CRASH_FROM = 254, CRASH_TO = 259 };

static aw_err whole_run(struct made_log *b)
{
    struct aw_tree tree;
    aw_err err = made_add_range(b, CRASH_FROM, CRASH_TO);

    if (err == AW_OK) {
        err = made_integrate(b, &tree, NULL);
    }
    return err == AW_OK ? made_sign(b) : err;
}

struct crash {
    struct made_log start; /* before the run */
    struct made_log want;  /* after an undisturbed one */
};

static void crash_prepare(struct crash *c, enum aw_layout layout)
{
    struct aw_tree tree;

    made_init(&c->start, layout);
    made_key(&c->start);
    ck_assert_int_eq(made_add_range(&c->start, 0, CRASH_FROM), AW_OK);
    ck_assert_int_eq(made_integrate(&c->start, &tree, NULL), AW_OK);
    ck_assert_int_eq(made_sign(&c->start), AW_OK);
    c->want = c->start;
    memset(&c->want.fs, 0, sizeof(c->want.fs));
    memfs_copy(&c->want.fs, &c->start.fs);
    ck_assert_int_eq(whole_run(&c->want), AW_OK);
}

struct same {
    const struct memfs *other;
    const char *how;
};

static void same_file(void *ctx, const char *path)
{
    const struct same *s = ctx;
    aw_bytes got;

    ck_assert_msg(memfs_get(s->other, path, &got), "%s: %s", s->how, path);
}

static void same_bytes(void *ctx, const char *path)
{
    const struct crash *c = ctx;
    aw_bytes got;
    aw_bytes want;

    ck_assert(memfs_get(&c->start.fs, path, &got));
    ck_assert(memfs_get(&c->want.fs, path, &want));
    CK_ASSERT_BYTES(got, want);
}

static bool crash_once(const struct crash *c, size_t at, enum memfs_crash how,
                       unsigned seed)
{
    struct made_log b = c->start;
    struct crash end = {.want = c->want};

    memset(&b.fs, 0, sizeof(b.fs));
    memfs_copy(&b.fs, &c->start.fs);
    b.fs.fail_at = at;
    b.fs.fail_err = AW_ERR_IO;
    aw_err err = whole_run(&b);

    if (err == AW_OK) {
        memfs_free(&b.fs);
        return false;
    }
    ck_assert_int_eq(err, AW_ERR_IO);
    memfs_crash(&b.fs, how, seed);
    b.fs.fail_at = 0;
    ck_assert_int_eq(whole_run(&b), AW_OK);
    end.start = b;
    /* No file is missing; one may be left over, but none has other bytes. */
    memfs_walk(&c->want.fs, same_file, &(struct same){&b.fs, "missing"});
    memfs_walk(&c->want.fs, same_bytes, &end);
    memfs_free(&b.fs);
    return true;
}

START_TEST(crash_everywhere)
{
    static struct crash c;
    size_t at = 1;

    crash_prepare(&c, made_layouts[_i]);
    for (bool more = true; more; at++) {
        more = crash_once(&c, at, MEMFS_KEEP_ALL, 0);
        for (unsigned seed = 0; more && seed < 8; seed++) {
            more = crash_once(
                &c, at, seed == 0 ? MEMFS_KEEP_NONE : MEMFS_KEEP_SOME, seed);
        }
    }
    ck_assert_uint_gt(at, 10);
    memfs_free(&c.start.fs);
    memfs_free(&c.want.fs);
}
END_TEST

/* Files that somebody changed are found out before anything is built on
 * them. */
static const struct {
    enum aw_layout layout;
    const char *path;
    const char *content; /* NULL: last byte changed */
    aw_err add;
    aw_err integrate;
} damages[] = {
    {AW_LAYOUT_SERVERLESS, "tile/00/0000/00/00/01.2c", NULL, AW_ERR_SHORT,
     AW_ERR_SHORT},
    {AW_LAYOUT_SERVERLESS, "tile/00/0000/00/00/01.2c", "32\n", AW_ERR_SHORT,
     AW_ERR_SHORT},
    {AW_LAYOUT_TILES, "tile/0/001.p/44", NULL, AW_ERR_ROOT, AW_ERR_ROOT},
    {AW_LAYOUT_TILES, "tile/1/000.p/1", NULL, AW_ERR_ROOT, AW_ERR_ROOT},
    {AW_LAYOUT_TILES, "tile/entries/001.p/44", NULL, AW_ERR_DIGEST, AW_OK},
    {AW_LAYOUT_TILES, "tile/entries/001.p/44", "x", AW_ERR_SHORT, AW_OK},
    {AW_LAYOUT_TILES, ".state/treeState", "{}", AW_ERR_NOT_FOUND,
     AW_ERR_NOT_FOUND},
    {AW_LAYOUT_TILES, ".state/treeState", "", AW_ERR_SHORT, AW_ERR_SHORT},
};

START_TEST(damaged)
{
    struct made_log b;
    struct aw_tree tree;
    aw_bytes old;

    made_init(&b, damages[_i].layout);
    ck_assert_int_eq(made_add_range(&b, 0, 300), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert(memfs_get(&b.fs, damages[_i].path, &old));
    uint8_t *bad = malloc(old.n);

    ck_assert_ptr_nonnull(bad);
    memcpy(bad, old.p, old.n);
    bad[old.n - 1] ^= 1;
    memfs_set(&b.fs, damages[_i].path,
              damages[_i].content == NULL ? (aw_bytes){bad, old.n}
                                          : aw_text(damages[_i].content));
    free(bad);
    size_t before = b.fs.changes;

    ck_assert_int_eq(made_add_range(&b, 300, 301), damages[_i].add);
    ck_assert_uint_eq(b.fs.changes, before);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), damages[_i].integrate);
    memfs_free(&b.fs);
}
END_TEST

/* The index file of an entry that is to be added again. */
static const struct {
    const char *content;
    uint64_t index;
    aw_err want;
    bool duplicate;
} indices[] = {
    {"5", 5, AW_OK, true},
    /* Wrong ones: the tree says better, and they are mended. */
    {"6", 5, AW_OK, true},
    {"13", 5, AW_OK, true},
    {"", 5, AW_OK, true},
    {"5\n", 5, AW_OK, true},
    {"00000000000000005", 5, AW_OK, true},
    {"ff", 20, AW_OK, false}, /* not taken yet: left from a crash */
    {NULL, 20, AW_OK, false},
};

static void index_is(const struct made_log *b, const char *path, uint64_t want)
{
    aw_bytes file;
    uint64_t index = 0;

    ck_assert(memfs_get(&b->fs, path, &file));
    ck_assert_int_eq(aw_hex_parse_u64(file, &index), AW_OK);
    ck_assert_uint_eq(index, want);
}

START_TEST(leaf_index)
{
    struct made_log b;
    struct aw_log_path path;
    struct aw_tree tree;
    char text[16];
    struct aw_new_entry e = {.data = gen_entry(5, text, sizeof(text))};

    made_init(&b, AW_LAYOUT_SERVERLESS);
    ck_assert_int_eq(made_add_range(&b, 0, 20), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    aw_leaf_path(gen_node(0, 5), &path);
    if (indices[_i].content == NULL) {
        struct aw_files files = memfs_files(&b.fs);

        ck_assert_int_eq(files.remove(files.ctx, path.text, NULL), AW_OK);
    } else {
        memfs_set(&b.fs, path.text, aw_text(indices[_i].content));
    }
    ck_assert_int_eq(made_add(&b, &e, 1, NULL), indices[_i].want);
    if (indices[_i].want == AW_OK) {
        ck_assert_uint_eq(e.index, indices[_i].index);
        ck_assert_int_eq(e.duplicate, indices[_i].duplicate);
        index_is(&b, path.text, indices[_i].index);
    }
    memfs_free(&b.fs);
}
END_TEST

/* A folder that was mixed from two copies: a wrong index of an entry that is
 * new, pending, or twice in the list. */
START_TEST(wrong_index_of_others)
{
    struct made_log b;
    struct aw_log_path path;
    struct aw_tree tree;
    char text[3][16];
    static const size_t number[] = {20, 30, 20};
    struct aw_new_entry e[3] = {{.index = 0}};

    made_init(&b, AW_LAYOUT_SERVERLESS);
    ck_assert_int_eq(made_add_range(&b, 0, 20), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(made_add_range(&b, 20, 25), AW_OK);
    for (size_t i = 0; i < 3; i++) {
        e[i].data = gen_entry(number[i], text[i], sizeof(text[i]));
        aw_leaf_path(gen_node(0, number[i]), &path);
        memfs_set(&b.fs, path.text, aw_text("3"));
    }
    ck_assert_int_eq(made_add(&b, e, 3, NULL), AW_OK);
    ck_assert(e[0].duplicate && !e[1].duplicate && e[2].duplicate);
    ck_assert_uint_eq(e[0].index, 20);
    ck_assert_uint_eq(e[1].index, 25);
    ck_assert_uint_eq(e[2].index, 20);
    for (size_t i = 0; i < 3; i++) {
        aw_leaf_path(gen_node(0, number[i]), &path);
        index_is(&b, path.text, e[i].index);
    }
    memfs_free(&b.fs);
}
END_TEST

/* Pending bundles that contradict the tree do not get into it. */
START_TEST(wrong_pending_bundle)
{
    struct made_log b;
    struct aw_tree tree;
    uint8_t file[64];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    aw_err err = AW_OK;

    made_init(&b, AW_LAYOUT_TILES);
    ck_assert_int_eq(made_add_range(&b, 0, 2), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    for (size_t i = 0; i < 3 && err == AW_OK; i++) {
        err = aw_entries_put(aw_text("other"), &w);
    }
    ck_assert_int_eq(err, AW_OK);
    memfs_set(&b.fs, "tile/entries/000.p/3", aw_wr_done(&w));
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_ERR_DIGEST);
    ck_assert_int_eq(made_add_range(&b, 3, 4), AW_ERR_DIGEST);
    memfs_free(&b.fs);
}
END_TEST

/* A log without tree state, as upstream's serverless tools leave it. */
START_TEST(from_checkpoint_alone)
{
    struct made_log b;
    struct aw_tree tree;
    struct aw_files files;

    made_init(&b, made_layouts[_i]);
    made_key(&b);
    ck_assert_int_eq(made_add_range(&b, 0, 10), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(made_sign(&b), AW_OK);
    files = memfs_files(&b.fs);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_TREE_STATE, NULL), AW_OK);
    ck_assert_int_eq(made_tree(&b, &tree), AW_OK);
    ck_assert_uint_eq(tree.size, 10);
    ck_assert_int_eq(made_add_range(&b, 10, 11), AW_OK);
    ck_assert_int_eq(made_integrate(&b, &tree, NULL), AW_OK);
    ck_assert_uint_eq(tree.size, 11);
    /* The checkpoint is older than the tree state now. */
    ck_assert_int_eq(made_tree(&b, &tree), AW_OK);
    ck_assert_uint_eq(tree.size, 11);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_TREE_STATE, NULL), AW_OK);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_CHECKPOINT, NULL), AW_OK);
    ck_assert_int_eq(made_tree(&b, &tree), AW_ERR_NOT_FOUND);
    memfs_set(&b.fs, AW_LOG_CHECKPOINT, aw_text("no note"));
    ck_assert_int_eq(made_tree(&b, &tree), AW_ERR_FORMAT);
    memfs_free(&b.fs);
}
END_TEST

/* A failing disk shows as what it is. */
START_TEST(errors_pass_through)
{
    struct made_log b;
    struct aw_tree tree;
    size_t at = 1;
    aw_err err = AW_ERR_RESOURCE;

    for (; err != AW_OK; at++) {
        made_init(&b, made_layouts[_i]);
        b.fs.fail_at = at;
        b.fs.fail_err = AW_ERR_RESOURCE;
        err = made_add_range(&b, 0, 3);
        if (err == AW_OK) {
            err = made_integrate(&b, &tree, NULL);
        }
        ck_assert(err == AW_OK || err == AW_ERR_RESOURCE);
        memfs_free(&b.fs);
    }
    ck_assert_uint_gt(at, 5);
}
END_TEST

Suite *suite_sequence_faulty(void)
{
    Suite *s = suite_create("sequence_faulty");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, crash_everywhere, 0, MADE_LAYOUTS);
    tcase_add_loop_test(tc, damaged, 0, COUNT(damages));
    tcase_add_loop_test(tc, leaf_index, 0, COUNT(indices));
    tcase_add_test(tc, wrong_index_of_others);
    tcase_add_test(tc, wrong_pending_bundle);
    tcase_add_loop_test(tc, from_checkpoint_alone, 0, MADE_LAYOUTS);
    tcase_add_loop_test(tc, errors_pass_through, 0, MADE_LAYOUTS);
    suite_add_tcase(s, tc);
    return s;
}
