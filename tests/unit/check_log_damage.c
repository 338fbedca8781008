/* SPDX-License-Identifier: Apache-2.0 */
/* Reading logs of which a file is gone, unreachable or changed. */
#include "log_rig.h"
#include "suites.h"
#include "support.h"

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
    struct aw_checkpoint c = lr_checkpoint(300);
    struct aw_diag diag = {AW_OK, NULL, 0};
    aw_err got = aw_log_open(&store, g.layout, &c, &lr.reader, &diag);

    ck_assert_msg(got == faults[_i].open, "%s: got %s", path, aw_err_name(got));
    if (got != AW_OK) {
        ck_assert_int_eq(diag.err, got);
    }
    if (got != AW_OK && got != AW_ERR_ROOT) {
        ck_assert_str_eq(lr.reader.path.text, path);
    }
    if (got == AW_OK) {
        struct aw_proof proof;

        lr_inclusion_holds(299);
        aw_err lower =
            aw_log_prove_inclusion(&lr.reader, 0, gen_node(0, 0), &proof, NULL);

        ck_assert(lower == AW_ERR_PROOF || lower == AW_ERR_DIGEST);
    }
}
END_TEST

/* A leaf that is proven is the right one. */
static aw_err leaf_or_error(uint64_t index)
{
    struct aw_proof proof;
    aw_err err = aw_log_prove_inclusion(&lr.reader, index, NULL, &proof, NULL);

    if (err != AW_OK) {
        return err;
    }
    ck_assert_int_eq(aw_merkle_check_inclusion(index, lr.reader.tree.size,
                                               gen_node(0, index), &proof,
                                               &lr.reader.tree.root, NULL),
                     AW_OK);
    return AW_OK;
}

/* Whatever byte of a tile changes, no wrong leaf is proven. */
static void byte_changes_nothing(struct genlog *g, uint64_t size)
{
    struct aw_store store = genlog_store(g);
    struct aw_checkpoint c = lr_checkpoint(size);
    aw_err err = aw_log_open(&store, g->layout, &c, &lr.reader, NULL);

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
        .layout = lr_layouts[_i], .size = 6, .broken = tiles[_i].path};

    for (g.at = 0; g.at < tiles[_i].bytes; g.at++) {
        byte_changes_nothing(&g, 6);
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
    struct aw_wr w = aw_wr_init(lr.buf, sizeof(lr.buf));
    struct aw_proof proof = {.n = 77};
    aw_bytes entry = {NULL, 77};
    aw_bytes entries[5];

    lr_open(&g);
    ck_assert_int_eq(aw_log_get(&lr.reader, 260, &w, &entry, &proof, NULL),
                     entry_faults[_i].get);
    if (entry_faults[_i].get != AW_OK) {
        ck_assert_uint_eq(entry.n, 77);
        ck_assert_uint_eq(proof.n, 77);
        ck_assert_str_eq(lr.reader.path.text, entry_faults[_i].named);
    }
    ck_assert_int_eq(aw_log_batch(&lr.reader, 258, 5, &w, entries, NULL),
                     entry_faults[_i].batch);
    if (entry_faults[_i].batch != AW_OK) {
        ck_assert_str_eq(lr.reader.path.text, entry_faults[_i].named);
    }
}
END_TEST

START_TEST(entry_errors)
{
    struct genlog g = {.layout = lr_layouts[_i], .size = 300};
    struct aw_wr w = aw_wr_init(lr.buf, sizeof(lr.buf));
    struct aw_proof proof;
    aw_bytes entry;
    const char *path = _i == 0 ? "seq/00/00/00/00/05" : "tile/entries/000";

    lr_open(&g);
    ck_assert_int_eq(aw_log_get(&lr.reader, 300, &w, &entry, &proof, NULL),
                     AW_ERR_RANGE);
    g.missing = path;
    ck_assert_int_eq(aw_log_get(&lr.reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_str_eq(lr.reader.path.text, path);
    ck_assert_int_eq(aw_log_batch(&lr.reader, 4, 3, &w, &entry, NULL),
                     AW_ERR_NOT_FOUND);
    g.missing = NULL;
    g.failing = path;
    ck_assert_int_eq(aw_log_get(&lr.reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_NET);
    g.failing = NULL;
    w = aw_wr_init(lr.buf, 5);
    ck_assert_int_eq(aw_log_get(&lr.reader, 5, &w, &entry, &proof, NULL),
                     AW_ERR_SPACE);
}
END_TEST

Suite *suite_log_damage(void)
{
    Suite *s = suite_create("log_damage");
    TCase *tc = tcase_create("all");

    gen_prepare();
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, faulty_store, 0, (int)COUNT(faults));
    tcase_add_loop_test(tc, changed_bytes, 0, 2);
    tcase_add_loop_test(tc, changed_entries, 0, (int)COUNT(entry_faults));
    tcase_add_loop_test(tc, entry_errors, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
