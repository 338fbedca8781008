/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/tlogproof.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static uint8_t buf[AW_TLOG_PROOF_MAX + 1];

static void proof_file_holds(const cJSON *row)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes file = vec_str(row, "proof_file");
    struct aw_checkpoint checkpoint = {.size = 77};
    struct aw_tlog_proof proof;
    struct aw_vkey keys[2];
    struct aw_vkey stranger;
    struct aw_note note;
    aw_hash leaf;
    aw_hash other;

    ck_assert_int_eq(aw_tlog_proof_parse(file, &proof, NULL), AW_OK);
    ck_assert_uint_eq(proof.index, vec_u64(row, "index"));
    aw_tlog_proof_write(&proof, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), file);

    ck_assert_int_eq(aw_vkey_parse(vec_str(row, "log_vkey"), &keys[0], NULL),
                     AW_OK);
    ck_assert_int_eq(
        aw_vkey_parse(vec_str(row, "witness_vkey_type4"), &keys[1], NULL),
        AW_OK);
    ck_assert_int_eq(
        aw_vkey_parse(vec_file("transparency/serverless/armory-drive-prod2/"
                               "keys/armory-drive-log.pub"),
                      &stranger, NULL),
        AW_OK);
    aw_merkle_leaf(vec_str(row, "leaf"), &leaf);
    aw_merkle_leaf(aw_text("leaf-1"), &other);
    ck_assert_int_eq(aw_tlog_proof_verify(&proof, &other, keys[0].name,
                                          &keys[0], &checkpoint, NULL),
                     AW_ERR_PROOF);
    ck_assert_int_eq(aw_tlog_proof_verify(&proof, &leaf, aw_text("other"),
                                          &keys[0], &checkpoint, NULL),
                     AW_ERR_ORIGIN);
    ck_assert_int_eq(aw_tlog_proof_verify(&proof, &leaf, keys[0].name,
                                          &stranger, &checkpoint, NULL),
                     AW_ERR_NO_SIG);
    ck_assert_uint_eq(checkpoint.size, 77);
    ck_assert_int_eq(aw_tlog_proof_verify(&proof, &leaf, keys[0].name, &keys[0],
                                          &checkpoint, NULL),
                     AW_OK);
    ck_assert_uint_eq(checkpoint.size, 300);
    proof.index = 300;
    ck_assert_int_eq(aw_tlog_proof_verify(&proof, &leaf, keys[0].name, &keys[0],
                                          &checkpoint, NULL),
                     AW_ERR_RANGE);
    /* The witness's line is in the file as well. */
    ck_assert_int_eq(aw_note_open(proof.checkpoint, keys, 2, &note, NULL),
                     AW_OK);
    ck_assert_uint_eq(note.n_verified, 2);
}

START_TEST(recorded)
{
    const cJSON *row = NULL;
    size_t rows = 0;

    cJSON_ArrayForEach(row, vec_json("transparency/cosig/tlog-proof.json"))
    {
        proof_file_holds(row);
        rows++;
    }
    ck_assert_uint_eq(rows, 3);
}
END_TEST

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "MUXECfJZt8U+MgNgkP92dRAlokmLqYI+9xjKxQtOYW8=\n"

static const struct {
    const char *file;
    aw_err want;
    unsigned hashes;
} files[] = {
    {HEAD "index 0\n\nx", AW_OK, 0},
    {HEAD "index 18446744073709551615\n" HASH HASH "\nx\n\n", AW_OK, 2},
    {HEAD "extra \nindex 0\n\nx", AW_OK, 0},
    {HEAD "extra YQ==\nindex 0\n" HASH "\nx", AW_OK, 1},
    {HEAD "extra YWJj\nindex 0\n\nx", AW_OK, 0},
    {"", AW_ERR_SHORT, 0},
    {"c2sp.org/tlog-proof@v1", AW_ERR_SHORT, 0},
    {"c2sp.org/tlog-proof@v2\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {"\n" HEAD "index 0\n\nx", AW_ERR_FORMAT, 0},
    {"c2sp.org/tlog-proof@v1\r\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD, AW_ERR_SHORT, 0},
    {HEAD "index 0", AW_ERR_SHORT, 0},
    {HEAD "index 0\n", AW_ERR_SHORT, 0},
    {HEAD "index 0\n\n", AW_ERR_SHORT, 0},
    {HEAD "index 0\n" HASH, AW_ERR_SHORT, 0},
    {HEAD "index 00\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index \n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index  0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index +0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index 18446744073709551616\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "Index 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index 0\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "index 0\nextra YQ==\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra YQ==\nextra YQ==\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra YQ\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra YR==\nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra YQ== \nindex 0\n\nx", AW_ERR_FORMAT, 0},
    {HEAD "extra YQ==", AW_ERR_SHORT, 0},
    {HEAD "index 0\nMUXECfJZt8U+MgNgkP92dRAlokmLqYI+9xjKxQtOYQ==\n\nx",
     AW_ERR_FORMAT, 0},
    {HEAD "index 0\nMUXECfJZt8U+MgNgkP92dRAlokmLqYI+9xjKxQtOYW9v\n\nx",
     AW_ERR_FORMAT, 0},
    {HEAD "index 0\nMUXECfJZt8U+MgNgkP92dRAlokmLqYI+9xjKxQtOYW9=\n\nx",
     AW_ERR_FORMAT, 0},
    {HEAD "index 0\n " HASH "\nx", AW_ERR_FORMAT, 0},
};

START_TEST(files_parse)
{
    struct aw_tlog_proof proof = {.index = 77};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes file = aw_text(files[_i].file);
    aw_err got = aw_tlog_proof_parse(file, &proof, NULL);

    ck_assert_msg(got == files[_i].want, "%s: got %s", files[_i].file,
                  aw_err_name(got));
    if (got != AW_OK) {
        ck_assert_uint_eq(proof.index, 77);
        return;
    }
    ck_assert_uint_eq(proof.proof.n, files[_i].hashes);
    aw_tlog_proof_write(&proof, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), file);
}
END_TEST

static aw_err parse_with_hashes(size_t n)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_tlog_proof proof;

    aw_wr_text(&w, HEAD "index 0\n");
    for (size_t i = 0; i < n; i++) {
        aw_wr_text(&w, HASH);
    }
    aw_wr_text(&w, "\nx");
    return aw_tlog_proof_parse(aw_wr_done(&w), &proof, NULL);
}

static aw_err parse_with_extra(const char *group, size_t groups,
                               const char *end)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_tlog_proof proof;

    aw_wr_text(&w, HEAD "extra ");
    for (size_t i = 0; i < groups; i++) {
        aw_wr_text(&w, group);
    }
    aw_wr_text(&w, end);
    aw_wr_text(&w, "\nindex 0\n\nx");
    return aw_tlog_proof_parse(aw_wr_done(&w), &proof, NULL);
}

START_TEST(limits)
{
    struct aw_tlog_proof proof;

    ck_assert_int_eq(parse_with_hashes(AW_PROOF_MAX), AW_OK);
    ck_assert_int_eq(parse_with_hashes(AW_PROOF_MAX + 1), AW_ERR_FORMAT);
    for (size_t groups = 0; groups < 40; groups++) {
        ck_assert_int_eq(parse_with_extra("YWJj", groups, ""), AW_OK);
        ck_assert_int_eq(parse_with_extra("YWJj", groups, "YWI="), AW_OK);
        ck_assert_int_eq(parse_with_extra("YWJj", groups, "YWI=YWJj"),
                         AW_ERR_FORMAT);
        ck_assert_int_eq(parse_with_extra("YWJj", groups, "="), AW_ERR_FORMAT);
    }
    memset(buf, 'x', sizeof(buf));
    ck_assert_int_eq(
        aw_tlog_proof_parse((aw_bytes){buf, sizeof(buf)}, &proof, NULL),
        AW_ERR_SPACE);
}
END_TEST

Suite *suite_tlogproof(void)
{
    Suite *s = suite_create("tlogproof");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, recorded);
    tcase_add_loop_test(tc, files_parse, 0, (int)COUNT(files));
    tcase_add_test(tc, limits);
    suite_add_tcase(s, tc);
    return s;
}
