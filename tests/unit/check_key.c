/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/key.h"

#include <string.h>

#include "compat.h"
#include "suites.h"
#include "support.h"

static aw_bytes vkey_text(const struct aw_vkey *key, char *buf, size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);

    aw_vkey_write(key, &w);
    return aw_wr_done(&w);
}

START_TEST(vkey_vectors)
{
    const cJSON *row = NULL;
    struct compat compat;
    size_t rows = 0;

    compat_load(&compat, "Keys");
    cJSON_ArrayForEach(row, vec_json("transparency/note/vkey-cases.json"))
    {
        struct aw_vkey key = {0};
        bool want = vec_bool(row, "Ok");
        bool got = aw_vkey_parse(vec_str(row, "Key"), &key, NULL) == AW_OK;

        rows++;
        compat_decided(&compat, vec_str(row, "Why"), got == want);
        if (got && want) {
            char id[8];
            struct aw_wr w = aw_wr_init(id, sizeof(id));

            aw_wr_hex_u64(&w, key.id, 8);
            CK_ASSERT_BYTES(key.name, vec_str(row, "Name"));
            CK_ASSERT_BYTES(aw_wr_done(&w), vec_str(row, "Hash"));
        }
    }
    ck_assert_uint_eq(rows, 20);
    compat_done(&compat);
}
END_TEST

static const char ecdsa_key[] =
    "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtr"
    "Wm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9"
    "DPfkWLc=";

static const struct {
    const char *text;
    aw_err want;
    uint8_t type;
} vkeys[] = {
    {ecdsa_key, AW_OK, AW_KEY_ECDSA},
    {"witness.example/w1+2bcd5484+Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK, AW_KEY_ED25519},
    {"witness.example/w1+8541b17b+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK, AW_KEY_COSIG_V1},
    /* the id of the other type */
    {"witness.example/w1+8541b17b+Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_KEY, 0},
    {"witness.example/w1+2bcd5484+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_KEY, 0},
    /* types 3 and 7 */
    {"witness.example/w1+2bcd5484+A9qi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_UNSUPPORTED, 0},
    {"witness.example/w1+2bcd5484+B9qi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_UNSUPPORTED, 0},
    /* ML-DSA-44 with 32 bytes */
    {"witness.example/w1+2bcd5484+Btqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_KEY, 0},
    /* two line feeds, control character in the name, no key, empty */
    {"example.com/a+077bb911+AYUd8kY//JIZknYFaOxiGMhTS7wnE+bmwC3OeVLjKYoO\n\n",
     AW_ERR_KEY, 0},
    {"\x01+077bb911+AYUd8kY//JIZknYFaOxiGMhTS7wnE+bmwC3OeVLjKYoO", AW_ERR_KEY,
     0},
    {"\xff+077bb911+AYUd8kY//JIZknYFaOxiGMhTS7wnE+bmwC3OeVLjKYoO", AW_ERR_KEY,
     0},
    {"a+00000000+AQ==", AW_ERR_KEY, 0},
    {"a+0000000g+AQ==", AW_ERR_KEY, 0},
    {"a++AQ==", AW_ERR_KEY, 0},
    {"\n", AW_ERR_KEY, 0},
    {"", AW_ERR_KEY, 0},
};

START_TEST(vkey_table)
{
    struct aw_vkey key = {.id = 77};
    struct aw_diag diag = {0};
    char buf[AW_KEY_TEXT_MAX];
    aw_bytes text = aw_text(vkeys[_i].text);
    aw_err got = aw_vkey_parse(text, &key, &diag);

    ck_assert_msg(got == vkeys[_i].want, "%s: %s", vkeys[_i].text,
                  aw_err_text(got));
    if (got != AW_OK) {
        ck_assert_uint_eq(key.id, 77);
        ck_assert_int_eq(diag.err, got);
        return;
    }
    ck_assert_uint_eq(key.type, vkeys[_i].type);
    CK_ASSERT_BYTES(vkey_text(&key, buf, sizeof(buf)), text);
}
END_TEST

START_TEST(vkey_length)
{
    static char text[AW_KEY_TEXT_MAX + 1];
    struct aw_vkey key;

    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(
        aw_vkey_parse((aw_bytes){(uint8_t *)text, sizeof(text)}, &key, NULL),
        AW_ERR_SPACE);
    ck_assert_int_eq(
        aw_vkey_parse((aw_bytes){(uint8_t *)text, sizeof(text) - 1}, &key,
                      NULL),
        AW_ERR_KEY);
    ck_assert(aw_key_name_valid((aw_bytes){(uint8_t *)text, 255}));
    ck_assert(!aw_key_name_valid((aw_bytes){(uint8_t *)text, 256}));
}
END_TEST

/* A witness's key in all the forms in which it is published. */
static const struct {
    const char *text;
    aw_err want;
} cosigners[] = {
    {"witness.example/w1+2bcd5484+Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK},
    {"witness.example/w1+8541b17b+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK},
    {"witness.example/w1+8541b17b+Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK},
    {"witness.example/w1+2bcd5484+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_OK},
    {"witness.example/w2+2bcd5484+Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_KEY},
    {"witness.example/w1+00000000+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_KEY},
    {"witness.example/w1+2bcd5484+A9qi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
     AW_ERR_UNSUPPORTED},
    {ecdsa_key, AW_ERR_KEY},
    {"x", AW_ERR_KEY},
};

START_TEST(cosigner_table)
{
    struct aw_vkey key = {.id = 77};
    aw_err got =
        aw_vkey_parse_cosigner(aw_text(cosigners[_i].text), &key, NULL);

    ck_assert_msg(got == cosigners[_i].want, "%s: %s", cosigners[_i].text,
                  aw_err_text(got));
    ck_assert_uint_eq(key.id, got == AW_OK ? 0x8541b17b : 77);
    if (got == AW_OK) {
        ck_assert_uint_eq(key.type, AW_KEY_COSIG_V1);
    }
}
END_TEST

START_TEST(as_cosigner)
{
    struct aw_vkey plain;
    struct aw_vkey four;
    struct aw_vkey got;
    struct aw_vkey ecdsa;

    ck_assert_int_eq(aw_vkey_parse(aw_text(cosigners[0].text), &plain, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_vkey_parse(aw_text(cosigners[1].text), &four, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_vkey_as_cosigner(&plain, &got, NULL), AW_OK);
    ck_assert(aw_vkey_same(&got, &four));
    ck_assert(!aw_vkey_same(&plain, &four));
    ck_assert_int_eq(aw_vkey_as_cosigner(&four, &got, NULL), AW_OK);
    ck_assert(aw_vkey_same(&got, &four));
    ck_assert_int_eq(aw_vkey_parse(aw_text(ecdsa_key), &ecdsa, NULL), AW_OK);
    ck_assert_int_eq(aw_vkey_as_cosigner(&ecdsa, &got, NULL), AW_ERR_KEY);
    ck_assert(aw_vkey_same(&got, &four));
}
END_TEST

/* Types 2 and 5 want a P-256 key; each type its own length. */
START_TEST(vkey_parts)
{
    static const struct {
        unsigned type;
        aw_err want;
        size_t n;
    } parts[] = {
        {1, AW_OK, 32},
        {1, AW_ERR_KEY, 31},
        {1, AW_ERR_KEY, 33},
        {2, AW_ERR_KEY, 91},
        {4, AW_OK, 32},
        {4, AW_ERR_KEY, 0},
        {5, AW_ERR_KEY, 91},
        {6, AW_OK, 1312},
        {6, AW_ERR_KEY, 1311},
        {6, AW_ERR_KEY, 1313},
        {0, AW_ERR_UNSUPPORTED, 32},
        {3, AW_ERR_UNSUPPORTED, 32},
        {7, AW_ERR_UNSUPPORTED, 32},
        {255, AW_ERR_UNSUPPORTED, 32},
    };
    static uint8_t bytes[1400];

    for (size_t i = 0; i < COUNT(parts); i++) {
        struct aw_vkey key;
        aw_err got = aw_vkey_init(aw_text("n"), (uint8_t)parts[i].type,
                                  (aw_bytes){bytes, parts[i].n}, &key, NULL);

        ck_assert_msg(got == parts[i].want, "type %u, %zu bytes: %s",
                      parts[i].type, parts[i].n, aw_err_text(got));
    }
}
END_TEST

START_TEST(skey_vectors)
{
    const cJSON *row = NULL;
    size_t rows = 0;

    cJSON_ArrayForEach(row, vec_json("transparency/note/skey-cases.json"))
    {
        struct aw_skey key = {.id = 77};
        struct aw_vkey public_key;
        char buf[AW_KEY_TEXT_MAX];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        aw_bytes text = vec_str(row, "Skey");
        aw_err err = aw_skey_parse(text, &key, NULL);

        rows++;
        ck_assert_msg((err == AW_OK) == vec_bool(row, "Ok"), "%s",
                      vec_cstr(vec_str(row, "Why")));
        if (err != AW_OK) {
            ck_assert_uint_eq(key.id, 77);
            continue;
        }
        aw_skey_public(&key, &public_key);
        CK_ASSERT_BYTES(vkey_text(&public_key, buf, sizeof(buf)),
                        vec_str(row, "Vkey"));
        aw_skey_write(&key, &w);
        aw_bytes wrote = aw_wr_done(&w);

        ck_assert(aw_bytes_starts(text, vec_cstr(wrote)));
        ck_assert_uint_le(text.n - wrote.n, 1); /* the line feed */
        aw_skey_wipe(&key);
        ck_assert_uint_eq(key.seed[0] | key.seed[31], 0);
    }
    ck_assert_uint_eq(rows, 6);
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
} skeys[] = {
    {"PRIVATE+KEY+witness.example/w1+2bcd5484+"
     "Ac6fP50UrdKd4XDoQH+x4ujyRovUyJiJP6SZyCk7/aj0",
     AW_OK},
    {"PRIVATE+KEY+witness.example/w1+8541b17b+"
     "BM6fP50UrdKd4XDoQH+x4ujyRovUyJiJP6SZyCk7/aj0",
     AW_OK},
    {"PRIVATE+KEY+witness.example/w1+8541b17b+"
     "Ac6fP50UrdKd4XDoQH+x4ujyRovUyJiJP6SZyCk7/aj0",
     AW_ERR_KEY},
    {"PRIVATE+KEY+witness.example/w1+8541b17b+"
     "Bs6fP50UrdKd4XDoQH+x4ujyRovUyJiJP6SZyCk7/aj0",
     AW_ERR_UNSUPPORTED},
    {"PRIVATE+KEY+witness.example/w1+2bcd5484+Ac6fP50=", AW_ERR_KEY},
    {"PRIVATE+KEY+a b+2bcd5484+Ac6fP50UrdKd4XDoQH+x4ujyRovUyJiJP6SZyCk7/aj0",
     AW_ERR_KEY},
    {"PRIVATE+KEY+", AW_ERR_KEY},
    {"", AW_ERR_KEY},
};

START_TEST(skey_table)
{
    struct aw_skey key = {.id = 77};
    struct aw_skey four;
    aw_err got = aw_skey_parse(aw_text(skeys[_i].text), &key, NULL);

    ck_assert_msg(got == skeys[_i].want, "%s: %s", skeys[_i].text,
                  aw_err_text(got));
    if (got != AW_OK) {
        ck_assert_uint_eq(key.id, 77);
        return;
    }
    aw_skey_as_cosigner(&key, &four);
    ck_assert_uint_eq(four.type, AW_KEY_COSIG_V1);
    ck_assert_uint_eq(four.id, 0x8541b17b);
    ck_assert_mem_eq(four.seed, key.seed, sizeof(key.seed));
    aw_skey_wipe(&four);
    aw_skey_wipe(&key);
}
END_TEST

START_TEST(skey_length)
{
    static char text[AW_KEY_TEXT_MAX + 1];
    struct aw_skey key;
    uint8_t seed[32] = {1};

    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(
        aw_skey_parse((aw_bytes){(uint8_t *)text, sizeof(text)}, &key, NULL),
        AW_ERR_SPACE);
    ck_assert_int_eq(aw_skey_init(aw_text("n"), AW_KEY_ECDSA, seed, &key, NULL),
                     AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(
        aw_skey_init(aw_text("a+b"), AW_KEY_ED25519, seed, &key, NULL),
        AW_ERR_KEY);
}
END_TEST

/* Field `at` of every row of a table of published keys. */
static size_t parse_table(const char *path, size_t at, bool cosigner)
{
    struct aw_rd r = aw_rd_init(vec_file(path));
    aw_bytes fields[8];
    size_t rows = 0;
    size_t n = 0;

    while ((n = vec_tsv(&r, fields, COUNT(fields))) != 0) {
        struct aw_vkey key;
        struct aw_vkey four;
        aw_err err = aw_vkey_parse(fields[at], &key, NULL);

        ck_assert_uint_gt(n, at);
        rows++;
        ck_assert(!cosigner ||
                  aw_vkey_parse_cosigner(fields[at], &four, NULL) == AW_OK);
        /* One key was published with the id of the other type. */
        bool odd =
            aw_bytes_starts(fields[at], "ConfidentialWitness-buoyant-breeze+");

        ck_assert_msg(err == (odd ? AW_ERR_KEY : AW_OK), "%s",
                      vec_cstr(fields[at]));
    }
    return rows;
}

START_TEST(published_keys)
{
    ck_assert_uint_eq(
        parse_table("transparency/keys/omniwitness-logs.tsv", 1, false), 14);
    ck_assert_uint_eq(
        parse_table("transparency/keys/distributor-witnesses.tsv", 1, true),
        27);
}
END_TEST

Suite *suite_key(void)
{
    Suite *s = suite_create("key");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vkey_vectors);
    tcase_add_loop_test(tc, vkey_table, 0, (int)COUNT(vkeys));
    tcase_add_test(tc, vkey_length);
    tcase_add_loop_test(tc, cosigner_table, 0, (int)COUNT(cosigners));
    tcase_add_test(tc, as_cosigner);
    tcase_add_test(tc, vkey_parts);
    tcase_add_test(tc, skey_vectors);
    tcase_add_loop_test(tc, skey_table, 0, (int)COUNT(skeys));
    tcase_add_test(tc, skey_length);
    tcase_add_test(tc, published_keys);
    suite_add_tcase(s, tc);
    return s;
}
