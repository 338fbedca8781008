/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/log.h"

#include <stdio.h>
#include <string.h>

#include "aw/text.h"
#include "genlog.h"
#include "suites.h"
#include "support.h"

/* Large; one at a time in each test process. */
static struct aw_log reader;
static uint8_t buf[AW_ENTRIES_MAX];

static const enum aw_layout layouts[] = {AW_LAYOUT_SERVERLESS, AW_LAYOUT_TILES};

static struct aw_checkpoint gen_checkpoint(uint64_t size)
{
    struct aw_checkpoint c = {.origin = aw_text("example.com/gen"),
                              .size = size};

    if (size == 0) {
        aw_merkle_empty(&c.root);
    } else {
        c.root = gen_root(size);
    }
    return c;
}

static void open_gen(struct genlog *g)
{
    struct aw_store store = genlog_store(g);
    struct aw_checkpoint c = gen_checkpoint(g->size);

    ck_assert_int_eq(aw_log_open(&store, g->layout, &c, &reader, NULL), AW_OK);
}

static void inclusion_holds(uint64_t index)
{
    struct aw_proof proof;

    ck_assert_int_eq(aw_log_prove_inclusion(&reader, index, gen_node(0, index),
                                            &proof, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_merkle_check_inclusion(index, reader.tree.size,
                                               gen_node(0, index), &proof,
                                               &reader.tree.root, NULL),
                     AW_OK);
}

static void consistency_holds(uint64_t from)
{
    struct aw_tree held = {from, gen_root(from)};
    struct aw_proof proof;
    aw_hash root;

    ck_assert_int_eq(aw_log_follow(&reader, &held, &proof, NULL), AW_OK);
    ck_assert_int_eq(
        aw_merkle_check_consistency(&held, &reader.tree, &proof, NULL), AW_OK);
    ck_assert_int_eq(aw_log_root_at(&reader, from, &root, NULL), AW_OK);
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
    open_gen(&g);
    ck_assert_uint_eq(g.gets, range_tiles(size));
    ck_assert_uint_eq(g.hinted, g.gets > 1 ? g.gets : 0);
    for (size_t i = 0; i < COUNT(sizes) && sizes[i] <= size; i++) {
        inclusion_holds(sizes[i] - 1);
        inclusion_holds(sizes[i] / 2);
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
    struct genlog g = {.layout = layouts[_i], .size = 66000};

    open_gen(&g);
    g.unannounced = 0;
    inclusion_holds(1000);
    inclusion_holds(40000);
    inclusion_holds(65700);
    consistency_holds(33333);
    /* Proofs that needed one more tile only did not announce it. */
    ck_assert_uint_le(g.unannounced, 4);
    ck_assert_uint_ge(g.hinted, 2);
    g.gets = 0;
    inclusion_holds(1001);
    consistency_holds(33333);
    ck_assert_uint_eq(g.gets, 0);
}
END_TEST

START_TEST(cache_gives_up_the_oldest)
{
    struct genlog g = {.layout = AW_LAYOUT_TILES, .size = 66000};

    open_gen(&g);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 40; i++) {
            inclusion_holds(i * 1600 + round);
        }
    }
    /* The tiles above are used by every proof and stay. */
    ck_assert_uint_eq(g.gets, 4 + 80);
}
END_TEST

START_TEST(empty_log)
{
    struct genlog g = {.layout = layouts[_i], .size = 0};
    struct aw_store store = genlog_store(&g);
    struct aw_checkpoint c = gen_checkpoint(0);
    enum aw_layout layout = AW_LAYOUT_TILES;
    struct aw_proof proof = {.n = 7};
    struct aw_tree held = {0, c.root};
    aw_hash root;

    ck_assert_int_eq(aw_log_detect(&store, 0, &layout, NULL), AW_OK);
    ck_assert_int_eq(layout, AW_LAYOUT_SERVERLESS);
    open_gen(&g);
    ck_assert_uint_eq(g.gets, 0);
    ck_assert_int_eq(aw_log_prove_inclusion(&reader, 0, NULL, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_uint_eq(proof.n, 7);
    ck_assert_int_eq(aw_log_follow(&reader, &held, &proof, NULL), AW_OK);
    ck_assert_uint_eq(proof.n, 0);
    ck_assert_int_eq(aw_log_root_at(&reader, 0, &root, NULL), AW_OK);
    ck_assert(aw_hash_equal(&root, &c.root));
    c.root.b[0] ^= 1;
    ck_assert_int_eq(aw_log_open(&store, layouts[_i], &c, &reader, NULL),
                     AW_ERR_ROOT);
}
END_TEST

static uint64_t dec(aw_bytes text)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_dec_parse(text, &v), AW_OK);
    return v;
}

static void proof_is(const struct aw_proof *proof, aw_bytes list)
{
    uint8_t hex[AW_PROOF_MAX * 65];
    struct aw_wr w = aw_wr_init(hex, sizeof(hex));

    for (size_t i = 0; i < proof->n; i++) {
        aw_wr_text(&w, i == 0 ? "" : ",");
        aw_wr_hex(&w, (aw_bytes){proof->h[i].b, AW_HASH_SIZE});
    }
    if (proof->n == 0) {
        aw_wr_text(&w, "-");
    }
    CK_ASSERT_BYTES(aw_wr_done(&w), list);
}

static const struct {
    const char *folder;
    enum aw_layout layout;
} recorded[] = {
    {"transparency/serverless/gen-700", AW_LAYOUT_SERVERLESS},
    {"transparency/tlog-tiles/gen-700", AW_LAYOUT_TILES},
};

static struct aw_checkpoint opened(const char *folder, const char *name,
                                   const char *origin, aw_bytes vkey)
{
    struct aw_checkpoint c;
    struct aw_vkey key;
    char path[160];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(aw_vkey_parse(vkey, &key, NULL), AW_OK);
    ck_assert_int_eq(
        aw_checkpoint_open(vec_file(path), aw_text(origin), &key, 1, &c, NULL),
        AW_OK);
    return c;
}

static const char gen_vkey[] =
    "example.com/gen+7ae024f4+AQUrJLaWF3W4pbaK0ABjE+TXNlZ1GnTh1sorxVvnPYyN";

/* Fields: kind, index or old size, size, hashes. */
static void recorded_proof_is_made(const aw_bytes *f)
{
    uint64_t at = dec(f[1]);
    struct aw_proof proof;
    aw_err err = AW_OK;

    ck_assert_uint_eq(dec(f[2]), reader.tree.size);
    if (aw_bytes_is(f[0], "inclusion")) {
        err =
            aw_log_prove_inclusion(&reader, at, gen_node(0, at), &proof, NULL);
    } else {
        struct aw_tree from = {at, gen_root(at)};

        err = aw_log_prove_consistency(&reader, &from, &proof, NULL);
    }
    ck_assert_int_eq(err, AW_OK);
    proof_is(&proof, f[3]);
}

static void recorded_proofs_are_made(const char *list, size_t want)
{
    struct aw_rd r = aw_rd_init(vec_file(list));
    size_t rows = 0;
    aw_bytes f[4];

    for (; vec_tsv(&r, f, COUNT(f)) == 4; rows++) {
        recorded_proof_is_made(f);
    }
    ck_assert_uint_eq(rows, want);
}

START_TEST(recorded_proofs)
{
    struct veclog v = {recorded[_i].folder};
    struct aw_store store = veclog_store(&v);
    struct aw_checkpoint c = opened(recorded[_i].folder, "checkpoint",
                                    "example.com/gen", aw_text(gen_vkey));
    enum aw_layout layout = AW_LAYOUT_SERVERLESS;

    ck_assert_int_eq(aw_log_detect(&store, c.size, &layout, NULL), AW_OK);
    ck_assert_int_eq(layout, recorded[_i].layout);
    ck_assert_int_eq(aw_log_open(&store, layout, &c, &reader, NULL), AW_OK);
    recorded_proofs_are_made("transparency/serverless/gen-700.proofs.tsv", 23);
}
END_TEST

/* The signed checkpoint and the proofs are recorded; the suite `tile` shows
 * that the files made here are the recorded ones. */
START_TEST(recorded_proofs_of_66000)
{
    struct genlog g = {.layout = layouts[_i], .size = 66000};
    struct aw_store store = genlog_store(&g);
    struct aw_checkpoint c =
        opened("transparency/tlog-tiles/gen-66000", "checkpoint.66000",
               "example.com/gen", aw_text(gen_vkey));

    ck_assert_int_eq(aw_log_open(&store, g.layout, &c, &reader, NULL), AW_OK);
    recorded_proofs_are_made("transparency/serverless/gen-66000.proofs.tsv",
                             30);
}
END_TEST

/* The log at every recorded size, each continuing the one before. Partial
 * tiles that are gone are read from the full ones. */
START_TEST(recorded_sizes)
{
    static const char *const names[] = {
        "checkpoint.1",   "checkpoint.3",   "checkpoint.255", "checkpoint.256",
        "checkpoint.257", "checkpoint.300", "checkpoint.512", "checkpoint.700"};
    struct veclog v = {recorded[_i].folder};
    struct aw_store store = veclog_store(&v);
    struct aw_tree held = {.size = 0};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct aw_checkpoint c = opened(recorded[_i].folder, names[i],
                                        "example.com/gen", aw_text(gen_vkey));
        struct aw_proof proof;

        ck_assert_int_eq(
            aw_log_open(&store, recorded[_i].layout, &c, &reader, NULL), AW_OK);
        ck_assert_int_eq(aw_log_follow(&reader, &held, &proof, NULL), AW_OK);
        held = reader.tree;
        for (uint64_t n = 0; n < c.size; n += 7) {
            inclusion_holds(n);
        }
    }
}
END_TEST

static const struct {
    const char *folder;
    const char *key;
    const char *origin;
    uint64_t size;
} real[] = {
    {"transparency/serverless/armory-drive-prod1", "keys/armory-drive-log.pub",
     "Armory Drive Prod 1", 3},
    {"transparency/serverless/armory-drive-prod2", "keys/armory-drive-log.pub",
     "Armory Drive Prod 2", 2},
    {"transparency/serverless/armory-drive-test2021",
     "keys/armory-drive-log-test.pub", "ArmoryDrive Log v0", 7},
};

/* An entry, its index file and its proofs. */
static void entry_holds(uint64_t index)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint64_t found = 77;
    struct aw_proof proof;
    struct aw_proof again;
    aw_bytes entry;
    aw_hash leaf;

    ck_assert_int_eq(aw_log_get(&reader, index, &w, &entry, &proof, NULL),
                     AW_OK);
    aw_merkle_leaf(entry, &leaf);
    ck_assert_int_eq(aw_merkle_check_inclusion(index, reader.tree.size, &leaf,
                                               &proof, &reader.tree.root, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_log_find(&reader, &leaf, &found, &again, NULL), AW_OK);
    ck_assert_uint_eq(found, index);
    ck_assert_uint_eq(again.n, proof.n);
    ck_assert_mem_eq(again.h, proof.h, proof.n * sizeof(proof.h[0]));
}

static void entries_hold(void)
{
    for (uint64_t i = 0; i < reader.tree.size; i++) {
        entry_holds(i);
    }
}

START_TEST(real_logs)
{
    char folder[160];
    char name[96];
    struct veclog v = {folder};
    struct aw_store store = veclog_store(&v);
    struct aw_tree held = {.size = 0};
    struct aw_proof proof;

    (void)snprintf(folder, sizeof(folder), "%s/log", real[_i].folder);
    (void)snprintf(name, sizeof(name), "%s/%s", real[_i].folder, real[_i].key);
    aw_bytes key = vec_file(name);

    while (key.n > 0 && key.p[key.n - 1] == '\n') {
        key.n--;
    }
    for (uint64_t size = 1; size <= real[_i].size; size++) {
        (void)snprintf(name, sizeof(name), "checkpoint.%u", (unsigned)size);
        struct aw_checkpoint c =
            opened(real[_i].folder, name, real[_i].origin, key);

        ck_assert_uint_eq(c.size, size);
        ck_assert_int_eq(
            aw_log_open(&store, AW_LAYOUT_SERVERLESS, &c, &reader, NULL),
            AW_OK);
        ck_assert_int_eq(aw_log_follow(&reader, &held, &proof, NULL), AW_OK);
        held = reader.tree;
        entries_hold();
    }
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

    open_gen(&g);
    if (held.size > 0 && held.size < GEN_MAX) {
        held.root = gen_root(held.size);
    }
    held.root.b[7] ^= views[_i].other ? 1 : 0;
    ck_assert_int_eq(aw_tree_compare(&held, &reader.tree, &diag),
                     views[_i].compare);
    ck_assert_int_eq(aw_log_follow(&reader, &held, &proof, &diag),
                     views[_i].want);
    ck_assert((proof.n == 77) == (views[_i].want != AW_OK));
}
END_TEST

/* Really signed: one key and origin, five trees of size 2. */
START_TEST(recorded_forks)
{
    static const char folder[] = "transparency/serverless/equivocation";
    static const char *const names[] = {"size1-0.txt", "size1-1.txt",
                                        "size1-2.txt", "size1-3.txt",
                                        "size2-0.txt", "size2-1.txt"};
    aw_bytes key = vec_file("transparency/serverless/equivocation/vkey");
    struct aw_tree tree[COUNT(names)];

    while (key.n > 0 && key.p[key.n - 1] == '\n') {
        key.n--;
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        struct aw_checkpoint c =
            opened(folder, names[i], "ArmoryDrive Log v0", key);

        tree[i] = (struct aw_tree){c.size, c.root};
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        for (size_t j = 0; j < COUNT(names); j++) {
            aw_err want = tree[j].size < tree[i].size ? AW_ERR_ROLLBACK
                          : tree[j].size > tree[i].size || i == j ? AW_OK
                                                                  : AW_ERR_FORK;

            ck_assert_int_eq(aw_tree_compare(&tree[i], &tree[j], NULL), want);
        }
    }
}
END_TEST

/* One file of the log is gone, unreachable or changed. */
static const struct {
    enum aw_layout layout;
    enum { MISSING, FAILING, BROKEN } fault;
    const char *path;
    size_t at;
    aw_err open;
    aw_err prove; /* leaf 299 of 300, when the log opened */
} faults[] = {
    {AW_LAYOUT_TILES, MISSING, "tile/0/001.p/44", 0, AW_ERR_NOT_FOUND, AW_OK},
    {AW_LAYOUT_TILES, FAILING, "tile/0/001.p/44", 0, AW_ERR_NET, AW_OK},
    {AW_LAYOUT_TILES, BROKEN, "tile/0/001.p/44", 0, AW_ERR_ROOT, AW_OK},
    {AW_LAYOUT_TILES, BROKEN, "tile/1/000.p/1", 9, AW_ERR_ROOT, AW_OK},
    {AW_LAYOUT_TILES, MISSING, "tile/1/000.p/1", 9, AW_ERR_NOT_FOUND, AW_OK},
    {AW_LAYOUT_TILES, BROKEN, "tile/0/000", 9, AW_OK, AW_OK},
    {AW_LAYOUT_SERVERLESS, MISSING, "tile/00/0000/00/00/01.2c", 0,
     AW_ERR_NOT_FOUND, AW_OK},
    {AW_LAYOUT_SERVERLESS, FAILING, "tile/00/0000/00/00/01.2c", 0, AW_ERR_NET,
     AW_OK},
    {AW_LAYOUT_SERVERLESS, BROKEN, "tile/00/0000/00/00/01.2c", 10,
     AW_ERR_DIGEST, AW_OK},
    {AW_LAYOUT_SERVERLESS, BROKEN, "tile/00/0000/00/00/01.2c", 0, AW_ERR_FORMAT,
     AW_OK},
    {AW_LAYOUT_SERVERLESS, BROKEN, "tile/01/0000/00/00/00.01", 10, AW_ERR_ROOT,
     AW_OK},
    {AW_LAYOUT_SERVERLESS, BROKEN, "tile/00/0000/00/00/00", 10, AW_OK, AW_OK},
};

START_TEST(faulty_store)
{
    const char *path = faults[_i].path;
    struct genlog g = {
        .layout = faults[_i].layout,
        .size = 300,
        .missing = faults[_i].fault == MISSING ? path : NULL,
        .failing = faults[_i].fault == FAILING ? path : NULL,
        .broken = faults[_i].fault == BROKEN ? path : NULL,
        .at = faults[_i].at,
    };
    struct aw_store store = genlog_store(&g);
    struct aw_checkpoint c = gen_checkpoint(300);
    struct aw_diag diag = {AW_OK, NULL, 0};
    aw_err got = aw_log_open(&store, g.layout, &c, &reader, &diag);

    ck_assert_msg(got == faults[_i].open, "%s: got %s", path, aw_err_name(got));
    if (got != AW_OK) {
        ck_assert_int_eq(diag.err, got);
    }
    if (got != AW_OK && got != AW_ERR_ROOT) {
        ck_assert_str_eq(reader.path.text, path);
    }
    if (got == AW_OK) {
        struct aw_proof proof;

        inclusion_holds(299);
        aw_err lower =
            aw_log_prove_inclusion(&reader, 0, gen_node(0, 0), &proof, NULL);

        ck_assert(lower == AW_ERR_PROOF || lower == AW_ERR_DIGEST);
    }
}
END_TEST

/* A leaf that is proven is the right one. */
static aw_err leaf_or_error(uint64_t index)
{
    struct aw_proof proof;
    aw_err err = aw_log_prove_inclusion(&reader, index, NULL, &proof, NULL);

    if (err != AW_OK) {
        return err;
    }
    ck_assert_int_eq(aw_merkle_check_inclusion(index, reader.tree.size,
                                               gen_node(0, index), &proof,
                                               &reader.tree.root, NULL),
                     AW_OK);
    return AW_OK;
}

/* Whatever byte of a tile changes, no wrong leaf is proven. */
static void byte_changes_nothing(struct genlog *g, uint64_t size)
{
    struct aw_store store = genlog_store(g);
    struct aw_checkpoint c = gen_checkpoint(size);
    aw_err err = aw_log_open(&store, g->layout, &c, &reader, NULL);

    for (uint64_t i = 0; err == AW_OK && i < size; i++) {
        err = leaf_or_error(i);
    }
    ck_assert_int_ne(err, AW_OK);
}

START_TEST(changed_bytes)
{
    static const struct {
        const char *path;
        size_t bytes;
    } tiles[] = {{"tile/00/0000/00/00/00.06", 488}, {"tile/0/000.p/6", 192}};
    struct genlog g = {
        .layout = layouts[_i], .size = 6, .broken = tiles[_i].path};

    for (g.at = 0; g.at < tiles[_i].bytes; g.at++) {
        byte_changes_nothing(&g, 6);
    }
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
    struct genlog g = {.layout = layouts[_i], .size = 300};

    open_gen(&g);
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        char text[16];

        ck_assert_int_eq(
            aw_log_batch(&reader, rows[r].first, rows[r].n, &w, entries, NULL),
            rows[r].want);
        for (size_t i = 0; rows[r].want == AW_OK && i < rows[r].n; i++) {
            CK_ASSERT_BYTES(entries[i],
                            gen_entry(rows[r].first + i, text, sizeof(text)));
        }
    }
}
END_TEST

static const struct {
    enum aw_layout layout;
    const char *path; /* its byte `at` is changed */
    size_t at;
    aw_err get;   /* entry 260 alone */
    aw_err batch; /* entries 258 to 262 */
    const char *named;
} entry_faults[] = {
    {AW_LAYOUT_SERVERLESS, "seq/00/00/00/01/04", 0, AW_ERR_DIGEST,
     AW_ERR_DIGEST, "seq/00/00/00/01/04"},
    {AW_LAYOUT_SERVERLESS, "seq/00/00/00/01/05", 0, AW_OK, AW_ERR_DIGEST,
     "seq/00/00/00/01/05"},
    {AW_LAYOUT_TILES, "tile/entries/001.p/44", 9 * 5 - 1, AW_ERR_DIGEST,
     AW_ERR_DIGEST, "tile/entries/001.p/44"},
    {AW_LAYOUT_TILES, "tile/entries/001.p/44", 1, AW_ERR_SHORT, AW_ERR_SHORT,
     "tile/entries/001.p/44"},
    {AW_LAYOUT_TILES, "tile/entries/000", 1, AW_OK, AW_OK, NULL},
};

START_TEST(changed_entries)
{
    struct genlog g = {.layout = entry_faults[_i].layout,
                       .size = 300,
                       .broken = entry_faults[_i].path,
                       .at = entry_faults[_i].at};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_proof proof = {.n = 77};
    aw_bytes entry = {NULL, 77};
    aw_bytes entries[5];

    open_gen(&g);
    ck_assert_int_eq(aw_log_get(&reader, 260, &w, &entry, &proof, NULL),
                     entry_faults[_i].get);
    if (entry_faults[_i].get != AW_OK) {
        ck_assert_uint_eq(entry.n, 77);
        ck_assert_uint_eq(proof.n, 77);
        ck_assert_str_eq(reader.path.text, entry_faults[_i].named);
    }
    ck_assert_int_eq(aw_log_batch(&reader, 258, 5, &w, entries, NULL),
                     entry_faults[_i].batch);
    if (entry_faults[_i].batch != AW_OK) {
        ck_assert_str_eq(reader.path.text, entry_faults[_i].named);
    }
}
END_TEST

START_TEST(entry_errors)
{
    struct genlog g = {.layout = layouts[_i], .size = 300};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_proof proof;
    aw_bytes entry;
    const char *path = _i == 0 ? "seq/00/00/00/00/05" : "tile/entries/000";

    open_gen(&g);
    ck_assert_int_eq(aw_log_get(&reader, 300, &w, &entry, &proof, NULL),
                     AW_ERR_RANGE);
    g.missing = path;
    ck_assert_int_eq(aw_log_get(&reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_str_eq(reader.path.text, path);
    ck_assert_int_eq(aw_log_batch(&reader, 4, 3, &w, &entry, NULL),
                     AW_ERR_NOT_FOUND);
    g.missing = NULL;
    g.failing = path;
    ck_assert_int_eq(aw_log_get(&reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_NET);
    g.failing = NULL;
    w = aw_wr_init(buf, 5);
    ck_assert_int_eq(aw_log_get(&reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_SPACE);
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

    open_gen(&g);
    g.size = 300; /* the index files are ahead of the checkpoint */
    aw_leaf_path(gen_node(0, finds[_i].leaf), &path);
    g.at = finds[_i].at;
    g.broken = g.at < 9 ? path.text : NULL;
    ck_assert_int_eq(
        aw_log_find(&reader, gen_node(0, finds[_i].leaf), &index, &proof, NULL),
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

    open_gen(&g);
    ck_assert_int_eq(aw_log_find(&reader, gen_node(0, 1), &index, &proof, NULL),
                     AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(
        aw_log_prove_inclusion(&reader, 5, gen_node(0, 6), &proof, NULL),
        AW_ERR_DIGEST);
    ck_assert_int_eq(aw_log_prove_consistency(&reader, &from, &proof, NULL),
                     AW_ERR_RANGE);
    from.size = 301;
    ck_assert_int_eq(aw_log_prove_consistency(&reader, &from, &proof, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_log_root_at(&reader, 301, &root, NULL), AW_ERR_RANGE);
    struct aw_nodes nodes = aw_log_nodes(&reader);

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

static void add_tests(TCase *tc)
{
    tcase_add_loop_test(tc, logs_of_many_sizes, 0, (int)COUNT(sizes));
    tcase_add_loop_test(tc, announces_what_a_proof_needs, 0, 2);
    tcase_add_test(tc, cache_gives_up_the_oldest);
    tcase_add_loop_test(tc, empty_log, 0, 2);
    tcase_add_loop_test(tc, recorded_proofs, 0, (int)COUNT(recorded));
    tcase_add_loop_test(tc, recorded_proofs_of_66000, 0, 2);
    tcase_add_loop_test(tc, recorded_sizes, 0, (int)COUNT(recorded));
    tcase_add_loop_test(tc, real_logs, 0, (int)COUNT(real));
    tcase_add_loop_test(tc, follows_one_history, 0, (int)COUNT(views));
    tcase_add_test(tc, recorded_forks);
    tcase_add_loop_test(tc, faulty_store, 0, (int)COUNT(faults));
    tcase_add_loop_test(tc, changed_bytes, 0, 2);
    tcase_add_loop_test(tc, batches, 0, 2);
    tcase_add_loop_test(tc, changed_entries, 0, (int)COUNT(entry_faults));
    tcase_add_loop_test(tc, entry_errors, 0, 2);
    tcase_add_loop_test(tc, finds_leaves, 0, (int)COUNT(finds));
    tcase_add_test(tc, other_errors);
}

Suite *suite_log(void)
{
    Suite *s = suite_create("log");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 60);
    add_tests(tc);
    suite_add_tcase(s, tc);
    return s;
}
