/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/sha256.h"
#include "gentree.h"
#include "memfs.h"
#include "suites.h"
#include "support.h"

/* A log under construction in memory, as the program builds one. */
struct built {
    enum aw_layout layout;
    struct memfs fs;
    aw_bytes origin;
    struct aw_skey key;
};

static uint8_t work[AW_SEQUENCE_WORK_TILES];
static struct aw_log log_at;
static struct aw_append append;
static struct aw_sequence sequence;

static const enum aw_layout layouts[] = {AW_LAYOUT_SERVERLESS, AW_LAYOUT_TILES};

static void put_tree(struct memfs *fs, const struct aw_tree *tree)
{
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));

    aw_tree_state_write(tree, &w);
    memfs_set(fs, AW_LOG_TREE_STATE, aw_wr_done(&w));
}

static void built_init(struct built *b, enum aw_layout layout)
{
    struct aw_tree empty = {.size = 0};

    memset(b, 0, sizeof(*b));
    b->layout = layout;
    aw_merkle_empty(&empty.root);
    put_tree(&b->fs, &empty);
}

static aw_err load_tree(struct built *b, struct aw_tree *tree)
{
    uint8_t *p = malloc(AW_TREE_LOAD_WORK);

    ck_assert_ptr_nonnull(p);
    struct aw_wr w = aw_wr_init(p, AW_TREE_LOAD_WORK);
    struct aw_store store = memfs_store(&b->fs);
    aw_err err = aw_tree_state_load(&store, &w, tree, NULL);

    free(p);
    return err;
}

/* Opens log and sequence at what the files hold. */
static aw_err open_built(struct built *b, struct aw_diag *diag)
{
    struct aw_store store = memfs_store(&b->fs);
    struct aw_files files = memfs_files(&b->fs);
    struct aw_wr w = aw_wr_init(work, sizeof(work));
    struct aw_tree tree;
    aw_err err = load_tree(b, &tree);

    if (err != AW_OK) {
        return err;
    }
    struct aw_checkpoint at = {.size = tree.size, .root = tree.root};

    err = aw_log_open(&store, b->layout, &at, &log_at, diag);
    return err == AW_OK ? aw_sequence_open(&log_at, &files, &w, &sequence, diag)
                        : err;
}

static aw_err add_entries(struct built *b, struct aw_new_entry *e, size_t n,
                          struct aw_diag *diag)
{
    size_t slots = 2;

    while (slots < 2 * n) {
        slots *= 2;
    }
    uint32_t *slot = calloc(slots, sizeof(*slot));

    ck_assert_ptr_nonnull(slot);
    aw_err err = open_built(b, diag);

    if (err == AW_OK) {
        err = aw_sequence_add(&sequence, e, n, slot, slots, diag);
    }
    free(slot);
    return err;
}

/* Adds the entries [from, to) of gentree. */
static aw_err add_range(struct built *b, size_t from, size_t to)
{
    size_t n = to - from;
    struct aw_new_entry *e = calloc(n + 1, sizeof(*e));
    char(*text)[16] = calloc(n + 1, sizeof(*text));

    ck_assert(e != NULL && text != NULL);
    for (size_t i = 0; i < n; i++) {
        e[i].data = gen_entry(from + i, text[i], sizeof(text[i]));
    }
    aw_err err = add_entries(b, e, n, NULL);

    for (size_t i = 0; i < n && err == AW_OK; i++) {
        if (e[i].index != from + i) {
            ck_abort_msg("entry %zu got index %zu", from + i,
                         (size_t)e[i].index);
        }
    }
    free(e);
    free(text);
    return err;
}

static aw_err integrate(struct built *b, struct aw_tree *tree,
                        struct aw_diag *diag)
{
    struct aw_files files = memfs_files(&b->fs);
    aw_err err = open_built(b, diag);

    if (err == AW_OK) {
        err = aw_append_begin(&log_at, &files, &append, diag);
    }
    while (err == AW_OK && append.size < sequence.next) {
        err = aw_sequence_feed(&sequence, &append, diag);
    }
    if (err == AW_OK) {
        err = aw_append_finish(&append, tree, diag);
    }
    return err == AW_OK ? aw_sequence_commit(&sequence, tree, diag) : err;
}

static aw_err sign(struct built *b)
{
    uint8_t text[256];
    uint8_t note[1024];
    struct aw_wr t = aw_wr_init(text, sizeof(text));
    struct aw_wr n = aw_wr_init(note, sizeof(note));
    struct aw_files files = memfs_files(&b->fs);
    struct aw_tree tree;
    aw_err err = load_tree(b, &tree);

    if (err != AW_OK) {
        return err;
    }
    struct aw_checkpoint c = {
        .origin = b->origin, .size = tree.size, .root = tree.root};

    aw_checkpoint_write(&c, &t);
    aw_wr_put(&n, aw_wr_done(&t));
    aw_wr_u8(&n, '\n');
    ck_assert_int_eq(aw_note_sign(aw_wr_done(&t), &b->key, 0, &n), AW_OK);
    err = files.put(files.ctx, AW_LOG_CHECKPOINT, aw_wr_done(&n), NULL);
    return err == AW_OK ? files.sync(files.ctx, NULL) : err;
}

static void sum_is(aw_bytes data, aw_bytes hex, const char *path)
{
    uint8_t digest[32];

    aw_sha256(data, digest);
    ck_assert_msg(aw_bytes_equal(vec_unhex(hex), (aw_bytes){digest, 32}),
                  "%s differs", path);
}

/* One row of a list of hashes: the file is there and right. A link need not
 * be one, only lead to the same bytes. */
static void row_holds(const struct built *b, struct aw_rd line)
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

static void gen_key(struct built *b)
{
    uint8_t seed[32];

    aw_sha256(aw_text("awlog"), seed);
    b->origin = aw_text("example.com/gen");
    ck_assert_int_eq(
        aw_skey_init(b->origin, AW_KEY_ED25519, seed, &b->key, NULL), AW_OK);
}

/* Keeps the checkpoint under the name that the recorded logs give it. */
static void keep_checkpoint(struct built *b, size_t size)
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
    struct built b;
    struct aw_tree tree;
    struct counted files = {0};
    char name[96];
    size_t rows = 0;
    size_t size = 0;

    built_init(&b, recorded[_i].layout);
    gen_key(&b);
    ck_assert_int_eq(sign(&b), AW_OK);
    keep_checkpoint(&b, 0);
    for (const size_t *to = recorded[_i].sizes; *to != 0; to++) {
        ck_assert_int_eq(add_range(&b, size, *to), AW_OK);
        ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
        ck_assert_uint_eq(tree.size, *to);
        ck_assert_int_eq(sign(&b), AW_OK);
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
    const struct built *b;
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
    struct built b;
    struct aw_tree tree;
    struct compared c = {&b, upstream[_i].folder, 0};

    (void)snprintf(name, sizeof(name), "%s/keys.json", upstream[_i].folder);
    const cJSON *keys = vec_json(name);
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(keys, "entries");
    const cJSON *text = NULL;
    size_t size = 0;

    built_init(&b, upstream[_i].layout);
    b.origin = vec_str(keys, "origin");
    ck_assert_int_eq(aw_skey_parse(vec_str(keys, "skey"), &b.key, NULL), AW_OK);
    if (b.layout == AW_LAYOUT_TILES) {
        memfs_set(&b.fs, AW_LOG_VERSION, aw_text(AW_LOG_VERSION_TEXT));
    }
    ck_assert_int_eq(sign(&b), AW_OK);
    keep_checkpoint(&b, 0);
    cJSON_ArrayForEach(text, entries)
    {
        struct aw_new_entry e = {.data = aw_text(text->valuestring)};

        ck_assert_int_eq(add_entries(&b, &e, 1, NULL), AW_OK);
        ck_assert_uint_eq(e.index, size);
        ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
        ck_assert_int_eq(sign(&b), AW_OK);
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
    struct built b;
    struct aw_tree tree;
    struct counted files = {0};

    built_init(&b, layouts[_i]);
    for (size_t i = 0; i < 260; i++) {
        ck_assert_int_eq(add_range(&b, i, i + 1), AW_OK);
    }
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
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
    struct built b;
    struct aw_tree tree;
    char text[6][16];
    struct aw_new_entry e[6];
    /* Integrated, pending, new, new, the third again, integrated. */
    static const size_t which[] = {7, 301, 303, 304, 303, 299};
    static const uint64_t index[] = {7, 301, 303, 304, 303, 299};
    static const bool duplicate[] = {true, true, false, false, true, true};

    memset(e, 0, sizeof(e));
    built_init(&b, layouts[_i]);
    ck_assert_int_eq(add_range(&b, 0, 300), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(add_range(&b, 300, 303), AW_OK);
    for (size_t i = 0; i < COUNT(e); i++) {
        e[i].data = gen_entry(which[i], text[i], sizeof(text[i]));
    }
    ck_assert_int_eq(add_entries(&b, e, COUNT(e), NULL), AW_OK);
    for (size_t i = 0; i < COUNT(e); i++) {
        ck_assert_uint_eq(e[i].index, index[i]);
        ck_assert_int_eq(e[i].duplicate, duplicate[i]);
    }
    ck_assert_uint_eq(sequence.next, 305);
    size_t before = b.fs.changes;

    /* Nothing new: nothing is written. */
    ck_assert_int_eq(add_entries(&b, e, COUNT(e), NULL), AW_OK);
    ck_assert_uint_eq(b.fs.changes, before);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    aw_hash root = gen_root(305);

    ck_assert(aw_hash_equal(&tree.root, &root));
    memfs_free(&b.fs);
}
END_TEST

START_TEST(longest_entry)
{
    static uint8_t big[AW_ENTRY_MAX + 1];
    struct built b;
    struct aw_tree tree;
    struct aw_diag diag = {.where = NULL};
    struct aw_new_entry e[] = {{.data = {big, 3}},
                               {.data = {big, AW_ENTRY_MAX + 1}},
                               {.data = {NULL, 0}}};

    built_init(&b, layouts[_i]);
    ck_assert_int_eq(add_entries(&b, e, 3, &diag), AW_ERR_RANGE);
    ck_assert_uint_eq(diag.at, 1);
    ck_assert_uint_eq(b.fs.changes, 0);
    e[1].data.n = AW_ENTRY_MAX;
    ck_assert_int_eq(add_entries(&b, e, 3, NULL), AW_OK);
    ck_assert_uint_eq(e[2].index, 2);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    ck_assert_uint_eq(tree.size, 3);
    memfs_free(&b.fs);
}
END_TEST

/* An upstream tool may have put a longer one. */
START_TEST(longer_entry_in_seq)
{
    static uint8_t big[AW_ENTRY_MAX + 1];
    struct built b;
    struct aw_diag diag = {.where = NULL};

    built_init(&b, AW_LAYOUT_SERVERLESS);
    memfs_set(&b.fs, "seq/00/00/00/00/00", (aw_bytes){big, sizeof(big)});
    ck_assert_int_eq(open_built(&b, &diag), AW_ERR_RANGE);
    ck_assert_str_eq(diag.where, "entry: length");
    memfs_free(&b.fs);
}
END_TEST

/* A batch of 10,000: of the old tree only the partial tiles are read. */
START_TEST(reads_what_it_needs)
{
    struct built b;
    struct aw_tree tree;

    built_init(&b, layouts[_i]);
    ck_assert_int_eq(add_range(&b, 0, 20500), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(add_range(&b, 20500, 30500), AW_OK);
    b.fs.tiles = 0;
    b.fs.gets = 0;
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    aw_hash root = gen_root(30500);

    ck_assert(aw_hash_equal(&tree.root, &root));
    /* Of level 0 and level 1; then again to see that the old name of the
     * level-0 tile is there. */
    ck_assert_uint_le(b.fs.tiles, 3);
    memfs_free(&b.fs);
}
END_TEST

/*
 * The writer is stopped at each of its changes, and then the system loses
 * what was not synced, or some of it, or nothing. The next run must end with
 * the very log that an undisturbed one makes.
 */
enum { CRASH_FROM = 254, CRASH_TO = 259 };

static aw_err whole_run(struct built *b)
{
    struct aw_tree tree;
    aw_err err = add_range(b, CRASH_FROM, CRASH_TO);

    if (err == AW_OK) {
        err = integrate(b, &tree, NULL);
    }
    return err == AW_OK ? sign(b) : err;
}

struct crash {
    struct built start; /* before the run */
    struct built want;  /* after an undisturbed one */
};

static void crash_prepare(struct crash *c, enum aw_layout layout)
{
    struct aw_tree tree;

    built_init(&c->start, layout);
    gen_key(&c->start);
    ck_assert_int_eq(add_range(&c->start, 0, CRASH_FROM), AW_OK);
    ck_assert_int_eq(integrate(&c->start, &tree, NULL), AW_OK);
    ck_assert_int_eq(sign(&c->start), AW_OK);
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
    struct built b = c->start;
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

    crash_prepare(&c, layouts[_i]);
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
    struct built b;
    struct aw_tree tree;
    aw_bytes old;

    built_init(&b, damages[_i].layout);
    ck_assert_int_eq(add_range(&b, 0, 300), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
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

    ck_assert_int_eq(add_range(&b, 300, 301), damages[_i].add);
    ck_assert_uint_eq(b.fs.changes, before);
    ck_assert_int_eq(integrate(&b, &tree, NULL), damages[_i].integrate);
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
    {"6", 0, AW_ERR_DIGEST, false},
    {"ff", 20, AW_OK, false}, /* not taken yet: left from a crash */
    {"", 0, AW_ERR_FORMAT, false},
    {"5\n", 0, AW_ERR_FORMAT, false},
    {"00000000000000005", 0, AW_ERR_FORMAT, false},
    {NULL, 20, AW_OK, false},
};

START_TEST(leaf_index)
{
    struct built b;
    struct aw_log_path path;
    struct aw_tree tree;
    char text[16];
    struct aw_new_entry e = {.data = gen_entry(5, text, sizeof(text))};

    built_init(&b, AW_LAYOUT_SERVERLESS);
    ck_assert_int_eq(add_range(&b, 0, 20), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    aw_leaf_path(gen_node(0, 5), &path);
    if (indices[_i].content == NULL) {
        struct aw_files files = memfs_files(&b.fs);

        ck_assert_int_eq(files.remove(files.ctx, path.text, NULL), AW_OK);
    } else {
        memfs_set(&b.fs, path.text, aw_text(indices[_i].content));
    }
    ck_assert_int_eq(add_entries(&b, &e, 1, NULL), indices[_i].want);
    if (indices[_i].want == AW_OK) {
        ck_assert_uint_eq(e.index, indices[_i].index);
        ck_assert_int_eq(e.duplicate, indices[_i].duplicate);
    }
    memfs_free(&b.fs);
}
END_TEST

/* Pending bundles that contradict the tree do not get into it. */
START_TEST(wrong_pending_bundle)
{
    struct built b;
    struct aw_tree tree;
    uint8_t file[64];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    aw_err err = AW_OK;

    built_init(&b, AW_LAYOUT_TILES);
    ck_assert_int_eq(add_range(&b, 0, 2), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    for (size_t i = 0; i < 3 && err == AW_OK; i++) {
        err = aw_entries_put(aw_text("other"), &w);
    }
    ck_assert_int_eq(err, AW_OK);
    memfs_set(&b.fs, "tile/entries/000.p/3", aw_wr_done(&w));
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_ERR_DIGEST);
    ck_assert_int_eq(add_range(&b, 3, 4), AW_ERR_DIGEST);
    memfs_free(&b.fs);
}
END_TEST

/* A log without tree state, as upstream's serverless tools leave it. */
START_TEST(from_checkpoint_alone)
{
    struct built b;
    struct aw_tree tree;
    struct aw_files files;

    built_init(&b, layouts[_i]);
    gen_key(&b);
    ck_assert_int_eq(add_range(&b, 0, 10), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    ck_assert_int_eq(sign(&b), AW_OK);
    files = memfs_files(&b.fs);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_TREE_STATE, NULL), AW_OK);
    ck_assert_int_eq(load_tree(&b, &tree), AW_OK);
    ck_assert_uint_eq(tree.size, 10);
    ck_assert_int_eq(add_range(&b, 10, 11), AW_OK);
    ck_assert_int_eq(integrate(&b, &tree, NULL), AW_OK);
    ck_assert_uint_eq(tree.size, 11);
    /* The checkpoint is older than the tree state now. */
    ck_assert_int_eq(load_tree(&b, &tree), AW_OK);
    ck_assert_uint_eq(tree.size, 11);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_TREE_STATE, NULL), AW_OK);
    ck_assert_int_eq(files.remove(files.ctx, AW_LOG_CHECKPOINT, NULL), AW_OK);
    ck_assert_int_eq(load_tree(&b, &tree), AW_ERR_NOT_FOUND);
    memfs_set(&b.fs, AW_LOG_CHECKPOINT, aw_text("no note"));
    ck_assert_int_eq(load_tree(&b, &tree), AW_ERR_FORMAT);
    memfs_free(&b.fs);
}
END_TEST

#define ROOT15 "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs="
#define EMPTY  "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const struct {
    const char *text;
    aw_err want;
    uint64_t size;
} states[] = {
    {"{\"size\":15,\"root\":\"" ROOT15 "\"}", AW_OK, 15},
    {"{\"size\":0,\"root\":\"" EMPTY "\"}", AW_OK, 0},
    {" { \"root\" : \"" ROOT15 "\", \"new\": [], \"size\" : 15 } ", AW_OK, 15},
    {"{\"size\":18446744073709551615,\"root\":\"" ROOT15 "\"}", AW_OK,
     UINT64_MAX},
    {"{\"size\":18446744073709551616,\"root\":\"" ROOT15 "\"}", AW_ERR_RANGE,
     0},
    {"{\"size\":0,\"root\":\"" ROOT15 "\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1.0,\"root\":\"" ROOT15 "\"}", AW_ERR_TYPE, 0},
    {"{\"size\":\"1\",\"root\":\"" ROOT15 "\"}", AW_ERR_TYPE, 0},
    {"{\"Size\":1,\"root\":\"" ROOT15 "\"}", AW_ERR_NOT_FOUND, 0},
    {"{\"size\":1}", AW_ERR_NOT_FOUND, 0},
    {"{\"size\":1,\"root\":null}", AW_ERR_TYPE, 0},
    {"{\"size\":1,\"root\":\"\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1,\"root\":\"AAAA\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1,\"size\":1,\"root\":\"" ROOT15 "\"}", AW_ERR_DUPLICATE, 0},
    {"[]", AW_ERR_TYPE, 0},
    {"", AW_ERR_SHORT, 0},
    {"{\"size\":15,\"root\":\"" ROOT15 "\"", AW_ERR_SHORT, 0},
};

START_TEST(tree_state)
{
    static uint8_t area[AW_TREE_STATE_WORK];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_tree tree = {.size = 77};
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr out = aw_wr_init(file, sizeof(file));

    ck_assert_int_eq(
        aw_tree_state_parse(aw_text(states[_i].text), &w, &tree, NULL),
        states[_i].want);
    ck_assert_uint_eq(tree.size,
                      states[_i].want == AW_OK ? states[_i].size : 77);
    if (_i < 2) {
        aw_tree_state_write(&tree, &out);
        CK_ASSERT_BYTES(aw_wr_done(&out), aw_text(states[_i].text));
    }
}
END_TEST

/* The work area is large enough for the worst text. */
START_TEST(tree_state_longest)
{
    static uint8_t area[AW_TREE_STATE_WORK];
    static uint8_t text[AW_TREE_STATE_MAX + 1];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_wr t = aw_wr_init(text, sizeof(text));
    struct aw_tree tree;

    aw_wr_text(&t, "{\"size\":15,\"root\":\"" ROOT15 "\",\"a\":[0");
    while (t.n < AW_TREE_STATE_MAX - 3) {
        aw_wr_text(&t, ",0");
    }
    aw_wr_text(&t, "]}");
    while (t.n < AW_TREE_STATE_MAX) {
        aw_wr_text(&t, " ");
    }
    ck_assert_int_eq(aw_tree_state_parse(aw_wr_done(&t), &w, &tree, NULL),
                     AW_OK);
    aw_wr_text(&t, " ");
    ck_assert_int_eq(aw_tree_state_parse(aw_wr_done(&t), &w, &tree, NULL),
                     AW_ERR_SPACE);
}
END_TEST

START_TEST(full_tree)
{
    aw_hash leaf = {{0}};
    struct aw_diag diag;

    append.size = UINT64_MAX;
    ck_assert_int_eq(aw_append_leaf(&append, &leaf, &diag), AW_ERR_RANGE);
    ck_assert_str_eq(diag.where, "append: size");
}
END_TEST

/* A failing disk shows as what it is. */
START_TEST(errors_pass_through)
{
    struct built b;
    struct aw_tree tree;
    size_t at = 1;
    aw_err err = AW_ERR_RESOURCE;

    for (; err != AW_OK; at++) {
        built_init(&b, layouts[_i]);
        b.fs.fail_at = at;
        b.fs.fail_err = AW_ERR_RESOURCE;
        err = add_range(&b, 0, 3);
        if (err == AW_OK) {
            err = integrate(&b, &tree, NULL);
        }
        ck_assert(err == AW_OK || err == AW_ERR_RESOURCE);
        memfs_free(&b.fs);
    }
    ck_assert_uint_gt(at, 5);
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
    tcase_add_loop_test(tc, one_at_a_time, 0, COUNT(layouts));
    tcase_add_loop_test(tc, duplicates, 0, COUNT(layouts));
    tcase_add_loop_test(tc, longest_entry, 0, COUNT(layouts));
    tcase_add_test(tc, longer_entry_in_seq);
    tcase_add_loop_test(tc, reads_what_it_needs, 0, COUNT(layouts));
    tcase_add_loop_test(tc, crash_everywhere, 0, COUNT(layouts));
    tcase_add_loop_test(tc, damaged, 0, COUNT(damages));
    tcase_add_loop_test(tc, leaf_index, 0, COUNT(indices));
    tcase_add_test(tc, wrong_pending_bundle);
    tcase_add_loop_test(tc, from_checkpoint_alone, 0, COUNT(layouts));
    tcase_add_loop_test(tc, tree_state, 0, COUNT(states));
    tcase_add_test(tc, tree_state_longest);
    tcase_add_test(tc, full_tree);
    tcase_add_loop_test(tc, errors_pass_through, 0, COUNT(layouts));
    suite_add_tcase(s, tc);
    return s;
}
