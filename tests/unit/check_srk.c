/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/srk.h"

#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "support.h"

static aw_bytes table_file(const char *name, const char *kind)
{
    char path[80];

    (void)snprintf(path, sizeof(path), "hab/srk/%s.%s.bin", name, kind);
    return vec_file(path);
}

static void check_entry(const struct aw_srk_table *table, size_t i,
                        const cJSON *row)
{
    const struct aw_srk_entry *e = &table->entry[i];
    struct aw_srk_key key = {0};
    aw_err err = aw_srk_key_parse(e, &key, NULL);

    ck_assert_uint_eq((uintptr_t)e->bytes.p - (uintptr_t)table->bytes.p,
                      vec_u64(row, "offset"));
    ck_assert_uint_eq(e->bytes.n, vec_u64(row, "length"));
    ck_assert_uint_eq(e->tag, vec_unhex(vec_str(row, "tag")).p[0]);
    CK_ASSERT_BYTES(((aw_bytes){e->digest, sizeof(e->digest)}),
                    vec_unhex(vec_str(row, "sha256")));
    if (e->tag == AW_SRK_DIGEST) {
        ck_assert_int_eq(err, AW_ERR_NOT_FOUND);
        ck_assert_ptr_null(key.modulus.p);
        return;
    }
    ck_assert_int_eq(err, AW_OK);
    ck_assert_int_eq(key.ca, aw_bytes_is(vec_str(row, "flags"), "80"));
    ck_assert_uint_eq(key.modulus.n + key.exponent.n + 12, e->bytes.n);
}

static void check_entries(const struct aw_srk_table *table, const cJSON *want)
{
    ck_assert_int_eq(cJSON_GetArraySize(want), (int)table->n);
    for (size_t i = 0; i < table->n; i++) {
        check_entry(table, i, cJSON_GetArrayItem(want, (int)i));
    }
}

static void check_words(const uint8_t *hash, const cJSON *want)
{
    uint32_t words[AW_SRK_WORDS];
    char buf[96];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    char expected[96];
    struct aw_wr x = aw_wr_init(expected, sizeof(expected));
    const cJSON *row = NULL;

    aw_srk_fuse_words(hash, words);
    for (size_t i = 0; i < AW_SRK_WORDS; i++) {
        aw_wr_text(&w, "0x");
        aw_wr_hex_u64(&w, words[i], 8);
    }
    cJSON_ArrayForEach(row, want)
    {
        aw_wr_text(&x, row->valuestring);
    }
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_wr_done(&x));
}

START_TEST(vectors)
{
    const cJSON *row = NULL;
    size_t rows = 0;

    cJSON_ArrayForEach(row, vec_json("hab/srk/srk.json"))
    {
        struct aw_srk_table table;
        uint8_t hash[AW_SHA256_SIZE];
        aw_bytes got = {hash, sizeof(hash)};
        aw_bytes bytes = table_file(row->string, "table");

        ck_assert_int_eq(aw_srk_parse(bytes, &table, NULL), AW_OK);
        ck_assert_uint_eq(table.bytes.n, vec_u64(row, "table_len"));
        aw_srk_hash(&table, hash);
        CK_ASSERT_BYTES(got, vec_unhex(vec_str(row, "srk_hash")));
        CK_ASSERT_BYTES(got, table_file(row->string, "fuse"));
        check_entries(&table, cJSON_GetObjectItem(row, "entries"));
        check_words(hash, cJSON_GetObjectItem(row, "fuse_words_bank3"));
        rows++;
    }
    ck_assert_uint_eq(rows, 6);
}
END_TEST

/* The table that habtool made, and the hash that it printed. */
START_TEST(habtool_table)
{
    struct aw_srk_table table;
    uint8_t hash[AW_SHA256_SIZE];

    ck_assert_int_eq(
        aw_srk_parse(vec_file("hab/pki-habtool/SRK.tbl"), &table, NULL), AW_OK);
    aw_srk_hash(&table, hash);
    CK_ASSERT_BYTES(((aw_bytes){hash, sizeof(hash)}),
                    vec_file("hab/pki-habtool/SRK.hash"));
}
END_TEST

static size_t keys_of(const char *name, struct aw_srk_table *table,
                      struct aw_srk_key *keys)
{
    ck_assert_int_eq(aw_srk_parse(table_file(name, "table"), table, NULL),
                     AW_OK);
    for (size_t i = 0; i < table->n; i++) {
        ck_assert_int_eq(aw_srk_key_parse(&table->entry[i], &keys[i], NULL),
                         AW_OK);
    }
    return table->n;
}

/* Tables rebuilt from the keys inside are the same bytes. */
START_TEST(rebuild)
{
    static const struct {
        const char *from;
        unsigned hashed;
        const char *want;
    } rows[] = {
        {"srk4", 0, "srk4"},
        {"srk4", 0xe, "srk4-hashed"},
        {"srk4-lead00", 0, "srk4-lead00"},
        {"srk1", 0, "srk1"},
        {"srkn4", 0, "srkn4"},
        {"srk4096", 0, "srk4096"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buf[AW_SRK_TABLE_MAX];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        struct aw_srk_table table;
        struct aw_srk_key keys[AW_SRK_MAX];
        size_t n = keys_of(rows[i].from, &table, keys);

        ck_assert_int_eq(aw_srk_table_write(keys, n, rows[i].hashed, &w, NULL),
                         AW_OK);
        CK_ASSERT_BYTES(aw_wr_done(&w), table_file(rows[i].want, "table"));
    }
}
END_TEST

START_TEST(write_refusals)
{
    static uint8_t zeros[600];
    uint8_t buf[AW_SRK_TABLE_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_srk_table table;
    struct aw_srk_key keys[AW_SRK_MAX + 1];
    struct aw_srk_key twice[2];

    (void)keys_of("srk4", &table, keys);
    keys[4] = keys[3];
    ck_assert_int_eq(aw_srk_table_write(keys, 0, 0, &w, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(aw_srk_table_write(keys, 5, 0, &w, NULL), AW_ERR_RANGE);
    twice[0] = keys[0];
    twice[1] = keys[0];
    ck_assert_int_eq(aw_srk_table_write(twice, 2, 0, &w, NULL),
                     AW_ERR_DUPLICATE);
    twice[1] = keys[1];
    twice[1].ca = false;
    ck_assert_int_eq(aw_srk_table_write(twice, 2, 0, &w, NULL), AW_ERR_KEY);
    twice[0].modulus = (aw_bytes){zeros, sizeof(zeros)};
    ck_assert_int_eq(aw_srk_table_write(twice, 1, 0, &w, NULL), AW_ERR_KEY);
    twice[0] = keys[0];
    twice[0].exponent = (aw_bytes){zeros, 3};
    ck_assert_int_eq(aw_srk_table_write(twice, 1, 0, &w, NULL), AW_ERR_KEY);
    ck_assert_uint_eq(w.n, 0);
    w = aw_wr_init(buf, 274);
    ck_assert_int_eq(aw_srk_table_write(keys, 1, 0, &w, NULL), AW_ERR_SPACE);
    w = aw_wr_init(buf, 275);
    ck_assert_int_eq(aw_srk_table_write(keys, 1, 0, &w, NULL), AW_OK);
}
END_TEST

/* One byte of srk1 (one entry of 271 bytes) or srk4-hashed changed. */
static const struct {
    const char *name;
    const char *file;
    size_t n; /* bytes used; 0: all */
    size_t at;
    uint8_t to;
    aw_err want;
    aw_err key; /* of entry 0 */
} cases[] = {
    {"as made", "srk1", 0, 0, 0xd7, AW_OK, AW_OK},
    {"header cut", "srk1", 3, 0, 0xd7, AW_ERR_SHORT, AW_OK},
    {"body cut", "srk1", 274, 0, 0xd7, AW_ERR_SHORT, AW_OK},
    {"tag", "srk1", 0, 0, 0xd6, AW_ERR_FORMAT, AW_OK},
    {"version", "srk1", 0, 3, 0x30, AW_ERR_FORMAT, AW_OK},
    {"length 19", "srk1", 0, 1, 0, AW_ERR_FORMAT, AW_OK},
    {"one byte less than the entry", "srk1", 0, 2, 0x12, AW_ERR_FORMAT, AW_OK},
    {"entry tag", "srk1", 0, 4, 0xe2, AW_ERR_FORMAT, AW_OK},
    {"entry longer than the table", "srk1", 0, 6, 0x10, AW_ERR_FORMAT, AW_OK},
    {"entry shorter than the table", "srk1", 0, 6, 0x0e, AW_ERR_FORMAT, AW_OK},
    {"algorithm", "srk1", 0, 7, 0x22, AW_OK, AW_ERR_UNSUPPORTED},
    {"reserved byte", "srk1", 0, 8, 1, AW_OK, AW_ERR_UNSUPPORTED},
    {"unknown flag", "srk1", 0, 11, 0x81, AW_OK, AW_ERR_UNSUPPORTED},
    {"CA flag clear", "srk1", 0, 11, 0, AW_OK, AW_OK},
    {"modulus longer", "srk1", 0, 13, 1, AW_OK, AW_ERR_UNSUPPORTED},
    {"exponent longer", "srk1", 0, 15, 4, AW_OK, AW_ERR_UNSUPPORTED},
    {"modulus with leading zero", "srk1", 0, 16, 0, AW_OK, AW_ERR_UNSUPPORTED},
    {"even modulus", "srk1", 0, 271, 2, AW_OK, AW_ERR_UNSUPPORTED},
    {"exponent with leading zero", "srk1", 0, 272, 0, AW_OK,
     AW_ERR_UNSUPPORTED},
    {"digest entry, algorithm", "srk4-hashed", 0, 278, 0x11, AW_ERR_FORMAT,
     AW_OK},
    {"digest entry, length", "srk4-hashed", 0, 277, 0x48, AW_ERR_FORMAT, AW_OK},
};

START_TEST(case_table)
{
    uint8_t copy[2048];
    struct aw_srk_table table = {.n = 7};
    struct aw_srk_key key = {0};
    aw_bytes file = table_file(cases[_i].file, "table");
    aw_bytes in = {copy, cases[_i].n == 0 ? file.n : cases[_i].n};

    ck_assert_uint_le(file.n, sizeof(copy));
    memcpy(copy, file.p, file.n);
    copy[cases[_i].at] = cases[_i].to;
    aw_err err = aw_srk_parse(in, &table, NULL);

    ck_assert_msg(err == cases[_i].want, "%s: %s", cases[_i].name,
                  aw_err_text(err));
    if (err != AW_OK) {
        ck_assert_uint_eq(table.n, 7);
        return;
    }
    err = aw_srk_key_parse(&table.entry[0], &key, NULL);
    ck_assert_msg(err == cases[_i].key, "%s: key: %s", cases[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(key.modulus.n == 0, err != AW_OK);
}
END_TEST

START_TEST(entry_count)
{
    uint8_t buf[4 + 5 * 36];
    aw_bytes file = table_file("srk4-hashed", "table");
    struct aw_srk_table table;
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_put(&w, vec_unhex(aw_text("d700b840")));
    for (size_t i = 0; i < 5; i++) {
        aw_wr_put(&w, (aw_bytes){file.p + 275, 36});
    }
    ck_assert_int_eq(aw_srk_parse(aw_wr_done(&w), &table, NULL), AW_ERR_RANGE);
    buf[2] = 4 + 4 * 36;
    ck_assert_int_eq(aw_srk_parse(aw_wr_done(&w), &table, NULL), AW_OK);
    ck_assert_uint_eq(table.n, 4);
    buf[2] = 4;
    ck_assert_int_eq(aw_srk_parse(aw_wr_done(&w), &table, NULL), AW_ERR_RANGE);
}
END_TEST

Suite *suite_srk(void)
{
    Suite *s = suite_create("srk");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vectors);
    tcase_add_test(tc, habtool_table);
    tcase_add_test(tc, rebuild);
    tcase_add_test(tc, write_refusals);
    tcase_add_loop_test(tc, case_table, 0, (int)COUNT(cases));
    tcase_add_test(tc, entry_count);
    suite_add_tcase(s, tc);
    return s;
}
