/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "suites.h"
#include "support.h"

static void check_row(const cJSON *row, const struct aw_checkpoint *got)
{
    aw_bytes body = vec_b64(row, "body_b64");
    uint8_t buf[1000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    CK_ASSERT_BYTES(got->origin, vec_str(row, "Origin"));
    ck_assert_uint_eq(got->size, vec_u64(row, "Size"));
    CK_ASSERT_BYTES(((aw_bytes){got->root.b, AW_HASH_SIZE}),
                    vec_b64(row, "hash_b64"));
    CK_ASSERT_BYTES(got->extensions, vec_b64(row, "rest_b64"));
    aw_checkpoint_write(got, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), body);
}

START_TEST(parse_vectors)
{
    const cJSON *row = NULL;
    size_t rows = 0;
    struct compat compat;

    compat_load(&compat, "Checkpoints");
    cJSON_ArrayForEach(row,
                       vec_json("transparency/checkpoint/parse-cases.json"))
    {
        struct aw_checkpoint checkpoint = {.size = 77};
        aw_bytes name = vec_str(row, "Name");
        bool want = vec_bool(row, "Ok");
        aw_err got =
            aw_checkpoint_parse(vec_b64(row, "body_b64"), &checkpoint, NULL);

        rows++;
        compat_decided(&compat, name, want == (got == AW_OK));
        if (got == AW_OK) {
            check_row(row, &checkpoint);
        } else {
            ck_assert_int_eq(got, AW_ERR_FORMAT);
            ck_assert_uint_eq(checkpoint.size, 77);
        }
    }
    ck_assert_uint_eq(rows, 23);
    compat_done(&compat);
}
END_TEST

#define ROOT  "qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n"
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

static const struct {
    const char *text;
    aw_err want;
    uint64_t at;
} texts[] = {
    {"o\n1\n" ROOT, AW_OK, 0},
    {"o\n0\n" EMPTY, AW_OK, 0},
    {"o\n0\n" ROOT, AW_ERR_FORMAT, 4},
    {"o\n00\n" EMPTY, AW_ERR_FORMAT, 2},
    {"\n1\n" ROOT, AW_ERR_FORMAT, 0},
    {"o\n1\n" ROOT "x", AW_ERR_FORMAT, 49},
    {"o\n1\n" ROOT "x\n\n", AW_ERR_FORMAT, 51},
    {"o\n1\n" ROOT "x\ny\n", AW_OK, 0},
    {"o\n1\n\n", AW_ERR_FORMAT, 4},
    {"", AW_ERR_FORMAT, 0},
};

START_TEST(parse_table)
{
    struct aw_checkpoint checkpoint;
    struct aw_diag diag = {0};
    aw_err got =
        aw_checkpoint_parse(aw_text(texts[_i].text), &checkpoint, &diag);

    ck_assert_msg(got == texts[_i].want, "%s: %s", texts[_i].text,
                  aw_err_text(got));
    if (got != AW_OK) {
        ck_assert_uint_eq(diag.at, texts[_i].at);
    }
}
END_TEST

static void check_signer(const struct aw_note *note, size_t number,
                         const struct aw_vkey *key, const cJSON *want)
{
    ck_assert_ptr_nonnull(want);
    CK_ASSERT_BYTES(key->name, vec_str(want, "name"));
    ck_assert_uint_eq(key->id,
                      strtoul(vec_cstr(vec_str(want, "key_id")), NULL, 16));
    ck_assert_uint_eq(note->verified[number], number + 1);
    ck_assert_uint_eq(note->time[number], vec_str(want, "timestamp").n == 0
                                              ? 0
                                              : vec_u64(want, "timestamp"));
}

static size_t real_keys(const cJSON *row, struct aw_vkey *keys)
{
    const cJSON *item = NULL;
    size_t n = 1;

    ck_assert_int_eq(aw_vkey_parse(vec_str(row, "log_vkey"), &keys[0], NULL),
                     AW_OK);
    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(row, "cosigner_vkeys"))
    {
        ck_assert_int_eq(aw_vkey_parse_cosigner(aw_text(item->valuestring),
                                                &keys[n++], NULL),
                         AW_OK);
    }
    return n;
}

START_TEST(real)
{
    const cJSON *row = NULL;
    size_t rows = 0;

    cJSON_ArrayForEach(row, vec_json("transparency/checkpoint/real.json"))
    {
        struct aw_vkey keys[4];
        struct aw_checkpoint got;
        struct aw_note note;
        char path[200] = "transparency/checkpoint/";
        const cJSON *verified =
            cJSON_GetObjectItemCaseSensitive(row, "verified");
        struct aw_wr w = aw_wr_init(path + 24, sizeof(path) - 25);

        aw_wr_put(&w, vec_str(row, "file"));
        aw_bytes message = vec_file(path);
        size_t n = real_keys(row, keys);

        rows++;
        ck_assert_int_eq(aw_checkpoint_open(message, vec_str(row, "origin"),
                                            keys, n, &got, NULL),
                         AW_OK);
        ck_assert_uint_eq(got.size, vec_u64(row, "size"));
        CK_ASSERT_BYTES(((aw_bytes){got.root.b, AW_HASH_SIZE}),
                        vec_b64(row, "root"));
        ck_assert_int_eq(aw_note_open(message, keys, n, &note, NULL), AW_OK);
        ck_assert_uint_eq(note.n_verified, n);
        ck_assert_uint_eq((size_t)cJSON_GetArraySize(verified), n);
        for (size_t i = 0; i < n; i++) {
            check_signer(&note, i, &keys[i],
                         cJSON_GetArrayItem(verified, (int)i));
        }
    }
    ck_assert_uint_eq(rows, 6);
}
END_TEST

/* Opens text signed by a key named log (and one named other). */
static aw_err open_signed(const char *text, bool by_log, bool by_other,
                          const char *origin)
{
    static const uint8_t seeds[2][32] = {{1}, {2}};
    static const char *const names[2] = {"log", "other"};
    const bool by[2] = {by_log, by_other};
    struct aw_vkey keys[2];
    struct aw_checkpoint got = {.size = 77};
    uint8_t buf[1000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, text);
    aw_wr_u8(&w, '\n');
    for (size_t i = 0; i < 2; i++) {
        struct aw_skey key;

        ck_assert_int_eq(aw_skey_init(aw_text(names[i]), AW_KEY_ED25519,
                                      seeds[i], &key, NULL),
                         AW_OK);
        aw_skey_public(&key, &keys[i]);
        ck_assert(!by[i] || aw_note_sign(aw_text(text), &key, 0, &w) == AW_OK);
    }
    aw_err err = aw_checkpoint_open(aw_wr_done(&w), aw_text(origin), keys, 2,
                                    &got, NULL);

    ck_assert((err == AW_OK) == (got.size != 77));
    return err;
}

START_TEST(open_order)
{
    ck_assert_int_eq(open_signed("o\n1\n" ROOT, true, true, "o"), AW_OK);
    ck_assert_int_eq(open_signed("o\n1\n" ROOT, true, false, "o"), AW_OK);
    /* Whoever else signed: the log must have. */
    ck_assert_int_eq(open_signed("o\n1\n" ROOT, false, true, "o"),
                     AW_ERR_NO_SIG);
    ck_assert_int_eq(open_signed("junk\n", false, true, "o"), AW_ERR_NO_SIG);
    ck_assert_int_eq(open_signed("junk\n", true, false, "o"), AW_ERR_FORMAT);
    ck_assert_int_eq(open_signed("o\n1\n" ROOT, true, true, "p"),
                     AW_ERR_ORIGIN);
    ck_assert_int_eq(open_signed("o\n1\n" ROOT, true, true, ""), AW_ERR_ORIGIN);
    ck_assert_int_eq(open_signed("o \n1\n" ROOT, true, true, "o"),
                     AW_ERR_ORIGIN);
}
END_TEST

START_TEST(open_limit)
{
    static uint8_t big[AW_CHECKPOINT_MAX + 1];
    struct aw_checkpoint got;

    memset(big, 'a', sizeof(big));
    ck_assert_int_eq(aw_checkpoint_open((aw_bytes){big, sizeof(big)},
                                        aw_text("o"), NULL, 0, &got, NULL),
                     AW_ERR_SPACE);
    ck_assert_int_eq(aw_checkpoint_open((aw_bytes){big, sizeof(big) - 1},
                                        aw_text("o"), NULL, 0, &got, NULL),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(aw_checkpoint_open(
                         vec_file("transparency/checkpoint/real/aw-ci2-50.txt"),
                         aw_text("o"), NULL, 0, &got, NULL),
                     AW_ERR_NO_SIG);
}
END_TEST

START_TEST(log_ids)
{
    struct aw_rd r = aw_rd_init(vec_file("transparency/keys/log-ids.tsv"));
    aw_bytes fields[2];
    size_t rows = 0;

    while (vec_tsv(&r, fields, 2) == 2) {
        uint8_t id[32];

        aw_log_id(fields[1], id);
        CK_ASSERT_BYTES(((aw_bytes){id, sizeof(id)}), vec_unhex(fields[0]));
        rows++;
    }
    ck_assert_uint_eq(rows, 9);
}
END_TEST

Suite *suite_checkpoint(void)
{
    Suite *s = suite_create("checkpoint");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, parse_vectors);
    tcase_add_loop_test(tc, parse_table, 0, (int)COUNT(texts));
    tcase_add_test(tc, real);
    tcase_add_test(tc, open_order);
    tcase_add_test(tc, open_limit);
    tcase_add_test(tc, log_ids);
    suite_add_tcase(s, tc);
    return s;
}
