/* SPDX-License-Identifier: Apache-2.0 */
/* Reading recorded logs: real ones, and their histories. */
#include <stdio.h>
#include <string.h>

#include "aw/text.h"
#include "log_rig.h"
#include "suites.h"
#include "support.h"

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

    ck_assert_uint_eq(dec(f[2]), lr.reader.tree.size);
    if (aw_bytes_is(f[0], "inclusion")) {
        err = aw_log_prove_inclusion(&lr.reader, at, gen_node(0, at), &proof,
                                     NULL);
    } else {
        struct aw_tree from = {at, gen_root(at)};

        err = aw_log_prove_consistency(&lr.reader, &from, &proof, NULL);
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
    ck_assert_int_eq(aw_log_open(&store, layout, &c, &lr.reader, NULL), AW_OK);
    recorded_proofs_are_made("transparency/serverless/gen-700.proofs.tsv", 23);
}
END_TEST

/* The signed checkpoint and the proofs are recorded; the suite `tile` shows
 * that the files made here are the recorded ones. */
START_TEST(recorded_proofs_of_66000)
{
    struct genlog g = {.layout = lr_layouts[_i], .size = 66000};
    struct aw_store store = genlog_store(&g);
    struct aw_checkpoint c =
        opened("transparency/tlog-tiles/gen-66000", "checkpoint.66000",
               "example.com/gen", aw_text(gen_vkey));

    ck_assert_int_eq(aw_log_open(&store, g.layout, &c, &lr.reader, NULL),
                     AW_OK);
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
            aw_log_open(&store, recorded[_i].layout, &c, &lr.reader, NULL),
            AW_OK);
        ck_assert_int_eq(aw_log_follow(&lr.reader, &held, &proof, NULL), AW_OK);
        held = lr.reader.tree;
        for (uint64_t n = 0; n < c.size; n += 7) {
            lr_inclusion_holds(n);
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
    struct aw_wr w = aw_wr_init(lr.buf, sizeof(lr.buf));
    uint64_t found = 77;
    struct aw_proof proof;
    struct aw_proof again;
    aw_bytes entry;
    aw_hash leaf;

    ck_assert_int_eq(aw_log_get(&lr.reader, index, &w, &entry, &proof, NULL),
                     AW_OK);
    aw_merkle_leaf(entry, &leaf);
    ck_assert_int_eq(aw_merkle_check_inclusion(index, lr.reader.tree.size,
                                               &leaf, &proof,
                                               &lr.reader.tree.root, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_log_find(&lr.reader, &leaf, &found, &again, NULL),
                     AW_OK);
    ck_assert_uint_eq(found, index);
    ck_assert_uint_eq(again.n, proof.n);
    ck_assert_mem_eq(again.h, proof.h, proof.n * sizeof(proof.h[0]));
}

static void entries_hold(void)
{
    for (uint64_t i = 0; i < lr.reader.tree.size; i++) {
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
            aw_log_open(&store, AW_LAYOUT_SERVERLESS, &c, &lr.reader, NULL),
            AW_OK);
        ck_assert_int_eq(aw_log_follow(&lr.reader, &held, &proof, NULL), AW_OK);
        held = lr.reader.tree;
        entries_hold();
    }
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

Suite *suite_log_recorded(void)
{
    Suite *s = suite_create("log_recorded");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, recorded_proofs, 0, (int)COUNT(recorded));
    tcase_add_loop_test(tc, recorded_proofs_of_66000, 0, 2);
    tcase_add_loop_test(tc, recorded_sizes, 0, (int)COUNT(recorded));
    tcase_add_loop_test(tc, real_logs, 0, (int)COUNT(real));
    tcase_add_test(tc, recorded_forks);
    suite_add_tcase(s, tc);
    return s;
}
