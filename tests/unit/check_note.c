/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/note.h"

#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "suites.h"
#include "support.h"

static const struct {
    const char *name;
    aw_err err;
} results[] = {
    {"ok", AW_OK},
    {"malformed", AW_ERR_FORMAT},
    {"invalid-signature", AW_ERR_SIG},
    {"no-known-signature", AW_ERR_NO_SIG},
    {"ambiguous-key", AW_ERR_AMBIGUOUS},
};

static aw_err result_of(const cJSON *row)
{
    for (size_t i = 0; i < COUNT(results); i++) {
        if (aw_bytes_is(vec_str(row, "result"), results[i].name)) {
            return results[i].err;
        }
    }
    ck_abort_msg("unknown result");
}

static size_t parse_keys(const cJSON *row, const char *member,
                         struct aw_vkey *keys, size_t max)
{
    const cJSON *item = NULL;
    size_t n = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, member))
    {
        ck_assert_uint_lt(n, max);
        ck_assert_int_eq(
            aw_vkey_parse(aw_text(item->valuestring), &keys[n++], NULL), AW_OK);
    }
    return n;
}

/* NAME+ID of a line, as the vectors write it. */
static aw_bytes name_and_id(const struct aw_note_sig *sig, char *buf,
                            size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);

    aw_wr_put(&w, sig->name);
    aw_wr_u8(&w, '+');
    aw_wr_hex_u64(&w, sig->id, 8);
    return aw_wr_done(&w);
}

/* True when open found that the number-th line verifies. */
static bool verified_line(const struct aw_note *note, size_t number)
{
    return memchr(note->verified, (int)number, sizeof(note->verified)) != NULL;
}

static void check_verified(const struct aw_note *note, const cJSON *row)
{
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(row, "verified");
    struct aw_rd r = aw_rd_init(note->sigs);
    struct aw_note_sig sig;
    size_t line = 0;
    size_t found = 0;
    char buf[300];

    while (aw_note_sig_next(&r, &sig) == AW_OK) {
        if (verified_line(note, ++line)) {
            const cJSON *item = cJSON_GetArrayItem(want, (int)found++);

            CK_ASSERT_BYTES(name_and_id(&sig, buf, sizeof(buf)),
                            aw_text(cJSON_GetStringValue(item)));
        }
    }
    ck_assert_uint_eq(line, note->n_sigs);
    ck_assert_uint_eq(found, (size_t)cJSON_GetArraySize(want));
    ck_assert_uint_eq(found, note->n_verified);
}

static void check_unverified(const struct aw_note *note,
                             const struct aw_vkey *keys, size_t n_keys,
                             const cJSON *row)
{
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(row, "unverified");
    struct aw_rd r = aw_rd_init(note->sigs);
    struct aw_note_sig sig;
    size_t found = 0;
    char buf[300];

    while (aw_note_sig_next_unverified(note, keys, n_keys, &r, &sig) == AW_OK) {
        const cJSON *item = cJSON_GetArrayItem(want, (int)found++);

        ck_assert_ptr_nonnull(item);
        CK_ASSERT_BYTES(name_and_id(&sig, buf, sizeof(buf)),
                        aw_text(item->valuestring));
    }
    ck_assert_uint_eq(found, (size_t)cJSON_GetArraySize(want));
}

/* True when the row gives what upstream gives. */
static bool open_row(const cJSON *row)
{
    struct aw_vkey keys[4];
    struct aw_note note = {.n_sigs = 77};
    struct aw_diag diag = {0};
    size_t n = parse_keys(row, "keys", keys, COUNT(keys));
    aw_bytes message = vec_b64(row, "msg_b64");
    aw_err got = aw_note_open(message, keys, n, &note, &diag);

    ck_assert_int_eq(got, diag.err);
    if (got != AW_OK) {
        ck_assert_uint_eq(note.n_sigs, 77);
    }
    if (got != result_of(row)) {
        return false;
    }
    if (got == AW_ERR_NO_SIG) {
        ck_assert_int_eq(aw_note_split(message, &note, NULL), AW_OK);
        ck_assert_uint_eq(note.n_verified, 0);
    } else if (got != AW_OK) {
        return true;
    }
    CK_ASSERT_BYTES(note.text, vec_b64(row, "text_b64"));
    check_verified(&note, row);
    check_unverified(&note, keys, n, row);
    return true;
}

START_TEST(open_vectors)
{
    const cJSON *row = NULL;
    size_t rows = 0;
    struct compat compat;

    compat_load(&compat, "Notes");
    cJSON_ArrayForEach(row, vec_json("transparency/note/open-cases.json"))
    {
        rows++;
        compat_decided(&compat, vec_str(row, "Name"), open_row(row));
    }
    ck_assert_uint_eq(rows, 57);
    compat_done(&compat);
}
END_TEST

/* Real manifests: every signer of the entry verifies. */
START_TEST(real_manifests)
{
    const cJSON *row = NULL;
    size_t signers = 0;
    const cJSON *expected = vec_json("transparency/aw-real/expected.json");

    cJSON_ArrayForEach(row,
                       cJSON_GetObjectItemCaseSensitive(expected, "entries"))
    {
        char path[200];
        struct aw_vkey keys[4];
        struct aw_note note;
        size_t n = parse_keys(row, "signers", keys, COUNT(keys));

        (void)snprintf(path, sizeof(path), "transparency/aw-real/%s",
                       vec_cstr(vec_str(row, "manifest")));
        ck_assert_int_eq(aw_note_open(vec_file(path), keys, n, &note, NULL),
                         AW_OK);
        ck_assert_uint_eq(note.n_verified, n);
        ck_assert_uint_eq(note.n_sigs, n);
        signers += n;
    }
    ck_assert_uint_eq(signers, 4);
}
END_TEST

/* A line of an unknown key, and one line that our key signed. */
#define LINE_A                                                               \
    "\xe2\x80\x94 example.com/a B3u5EZg9APsrqyrWkCZoyIiE5dRcXjlEZ6MSgl5mjwd" \
    "VjG8+0enW3jRCU1wrimPRmv8PwcVcBAh9EbU1SUuae2GmWgE=\n"
#define TEXT_A "line one\nline two\n"
static const char key_a[] =
    "example.com/a+077bb911+AYUd8kY//JIZknYFaOxiGMhTS7wnE+bmwC3OeVLjKYoO";

START_TEST(limits)
{
    static uint8_t big[AW_NOTE_MAX + 1];
    static struct aw_vkey keys[AW_NOTE_MAX_KEYS + 1];
    struct aw_note note;

    memset(big, 'a', sizeof(big));
    ck_assert_int_eq(aw_note_split((aw_bytes){big, sizeof(big)}, &note, NULL),
                     AW_ERR_SPACE);
    ck_assert_int_eq(
        aw_note_split((aw_bytes){big, sizeof(big) - 1}, &note, NULL),
        AW_ERR_FORMAT);
    ck_assert_int_eq(
        aw_vkey_parse(aw_text(key_a), &keys[AW_NOTE_MAX_KEYS - 1], NULL),
        AW_OK);
    ck_assert_int_eq(aw_note_open(aw_text(TEXT_A "\n" LINE_A), keys,
                                  AW_NOTE_MAX_KEYS, &note, NULL),
                     AW_OK);
    ck_assert_uint_eq(note.verified[AW_NOTE_MAX_KEYS - 1], 1);
    ck_assert_int_eq(aw_note_open(aw_text(TEXT_A "\n" LINE_A), keys,
                                  AW_NOTE_MAX_KEYS + 1, &note, NULL),
                     AW_ERR_SPACE);
    ck_assert_int_eq(aw_note_split((aw_bytes){NULL, 0}, &note, NULL),
                     AW_ERR_FORMAT);
}
END_TEST

/* Long base64 of an unknown key is checked to its end. */
START_TEST(long_lines)
{
    static const struct {
        size_t at; /* this character ... */
        char to;   /* ... becomes that */
        aw_err want;
    } changes[] = {
        {0, 'A', AW_OK},
        {255, '=', AW_ERR_FORMAT},
        {254, '=', AW_ERR_FORMAT},
        {256, '-', AW_ERR_FORMAT},
        {3995, '=', AW_ERR_FORMAT},
        {3999, '=', AW_OK},
        {3998, '=', AW_ERR_FORMAT},
    };
    char message[8192];

    for (size_t i = 0; i < COUNT(changes); i++) {
        char base64[4001];
        struct aw_note note;

        memset(base64, 'A', 4000);
        base64[4000] = 0;
        base64[changes[i].at] = changes[i].to;
        int n = snprintf(message, sizeof(message),
                         "t\n\n\xe2\x80\x94 name %s\n", base64);
        aw_err got = aw_note_split((aw_bytes){(uint8_t *)message, (size_t)n},
                                   &note, NULL);

        ck_assert_msg(got == changes[i].want, "%zu: %s", changes[i].at,
                      aw_err_text(got));
    }
}
END_TEST

/* Offsets in the diagnosis point at what is wrong. */
static const struct {
    const char *message;
    aw_err err;
    uint64_t at;
} places[] = {
    {"a\x01\n\n" LINE_A, AW_ERR_FORMAT, 1},
    {"a\xff\n\n" LINE_A, AW_ERR_FORMAT, 1},
    {"a\n\njunk\n", AW_ERR_FORMAT, 3},
    {TEXT_A "\n" LINE_A "junk\n", AW_ERR_FORMAT, 19 + sizeof(LINE_A) - 1},
    {"Xine one\nline two\n\n" LINE_A, AW_ERR_SIG, 19},
};

START_TEST(diagnosis)
{
    struct aw_vkey key;
    struct aw_note note;
    struct aw_diag diag = {0};

    ck_assert_int_eq(aw_vkey_parse(aw_text(key_a), &key, NULL), AW_OK);
    ck_assert_int_eq(
        aw_note_open(aw_text(places[_i].message), &key, 1, &note, &diag),
        places[_i].err);
    ck_assert_uint_eq(diag.at, places[_i].at);
}
END_TEST

START_TEST(sign_vectors)
{
    const cJSON *row = NULL;
    size_t signed_rows = 0;

    cJSON_ArrayForEach(row, vec_json("transparency/note/skey-cases.json"))
    {
        struct aw_skey key;
        char buf[1000];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        if (!vec_bool(row, "Ok")) {
            continue;
        }
        ck_assert_int_eq(aw_skey_parse(vec_str(row, "Skey"), &key, NULL),
                         AW_OK);
        aw_wr_put(&w, vec_str(row, "Text"));
        aw_wr_u8(&w, '\n');
        ck_assert_int_eq(aw_note_sign(vec_str(row, "Text"), &key, 0, &w),
                         AW_OK);
        CK_ASSERT_BYTES(aw_wr_done(&w), vec_str(row, "Msg"));
        aw_skey_wipe(&key);
        signed_rows++;
    }
    ck_assert_uint_eq(signed_rows, 4);
}
END_TEST

static const char skey_a[] = "PRIVATE+KEY+example.com/a+077bb911+"
                             "AelHlP0wemJwD724DGtZxtBfVaJ6UDS64FqG5dIQOxkZ";
static const char skey_b[] = "PRIVATE+KEY+example.com/b+d791e934+"
                             "ASuwQ3lBCcBKT+y7z9KeDMSIjUNWT2aXKoqryhrBdngx";

/* Countersigns `message`, which opens with the keys in `known`. */
static aw_bytes countersign(aw_bytes message, const char *known,
                            const char *signer, char *buf, size_t cap)
{
    struct aw_skey known_secret;
    struct aw_vkey key;
    struct aw_skey secret;
    struct aw_note note;
    struct aw_wr w = aw_wr_init(buf, cap);

    ck_assert_int_eq(aw_skey_parse(aw_text(known), &known_secret, NULL), AW_OK);
    aw_skey_public(&known_secret, &key);
    ck_assert_int_eq(aw_skey_parse(aw_text(signer), &secret, NULL), AW_OK);
    ck_assert_int_eq(aw_note_open(message, &key, 1, &note, NULL), AW_OK);
    ck_assert_int_eq(aw_note_countersign(&note, &key, 1, &secret, 0, &w),
                     AW_OK);
    return aw_wr_done(&w);
}

START_TEST(sign_order)
{
    const cJSON *want = vec_json("transparency/note/sign-order.json");
    aw_bytes first = vec_str(want, "signed1");
    char buf[1000];
    char again[1000];
    char thrice[1000];

    aw_bytes both = countersign(first, skey_a, skey_b, buf, sizeof(buf));

    CK_ASSERT_BYTES(both, vec_str(want, "countersigned2"));
    CK_ASSERT_BYTES(both, vec_str(want, "signed-both-at-once"));
    /* Whether a's own line was verified or not, it moves to the end. */
    CK_ASSERT_BYTES(countersign(both, skey_a, skey_a, again, sizeof(again)),
                    vec_str(want, "resigned-by-1"));
    CK_ASSERT_BYTES(countersign(both, skey_b, skey_a, again, sizeof(again)),
                    vec_str(want, "resigned-by-1"));
    /* Verified lines come before the others. */
    aw_bytes swapped = countersign(both, skey_b, skey_a, again, sizeof(again));

    CK_ASSERT_BYTES(
        countersign(swapped, skey_a, skey_b, thrice, sizeof(thrice)), both);
}
END_TEST

/* Repeated lines are written once; verified lines first. */
START_TEST(write_order)
{
    static const char unknown[] = "\xe2\x80\x94 z AAAAAAE=\n";
    char message[1000];
    char want[1000];
    char got[1000];
    struct aw_vkey key;
    struct aw_note note;
    struct aw_wr w = aw_wr_init(got, sizeof(got));

    (void)snprintf(message, sizeof(message), "%s\n%s%s%s%s", TEXT_A, unknown,
                   LINE_A, unknown, LINE_A);
    (void)snprintf(want, sizeof(want), "%s\n%s%s", TEXT_A, LINE_A, unknown);
    ck_assert_int_eq(aw_vkey_parse(aw_text(key_a), &key, NULL), AW_OK);
    ck_assert_int_eq(aw_note_open(aw_text(message), &key, 1, &note, NULL),
                     AW_OK);
    ck_assert_uint_eq(note.n_sigs, 4);
    ck_assert_uint_eq(note.n_verified, 1);
    aw_note_write(&note, &key, 1, NULL, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(want));
}
END_TEST

static const struct {
    const char *text;
    unsigned type;
    aw_err want;
    uint64_t time;
    size_t cap;
} signs[] = {
    {TEXT_A, 1, AW_OK, UINT64_MAX, 200},
    {TEXT_A, 1, AW_ERR_SPACE, 0, 100},
    {"no line feed", 1, AW_ERR_FORMAT, 0, 200},
    {"", 1, AW_ERR_FORMAT, 0, 200},
    {"tab\t\n", 1, AW_ERR_FORMAT, 0, 200},
    {"\xc0\x80\n", 1, AW_ERR_FORMAT, 0, 200},
    {TEXT_A, 4, AW_ERR_FORMAT, 0, 200},
    {"o\n1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n", 4, AW_OK, 0, 200},
    {"o\n1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n", 4, AW_OK,
     INT64_MAX, 200},
    {"o\n1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n", 4, AW_ERR_RANGE,
     (uint64_t)INT64_MAX + 1, 200},
    {TEXT_A, 2, AW_ERR_KEY, 0, 200},
};

START_TEST(sign_table)
{
    char buf[200];
    struct aw_wr w = aw_wr_init(buf, signs[_i].cap);
    struct aw_skey key;

    ck_assert_int_eq(aw_skey_parse(aw_text(skey_a), &key, NULL), AW_OK);
    if (signs[_i].type == AW_KEY_COSIG_V1) {
        aw_skey_as_cosigner(&key, &key);
    }
    key.type = (uint8_t)signs[_i].type;
    aw_err got =
        aw_note_sign(aw_text(signs[_i].text), &key, signs[_i].time, &w);

    ck_assert_msg(got == signs[_i].want, "%d: %s", _i, aw_err_text(got));
    if (got != AW_OK && got != AW_ERR_SPACE) {
        ck_assert_uint_eq(w.n, 0);
        ck_assert(!w.failed);
    }
}
END_TEST

/* A signer out of our reach: what it returns, and which key it has. */
static aw_err sign_remotely(void *ctx, aw_bytes message,
                            uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    const struct aw_skey *key = ctx;

    if (key == NULL) {
        return aw_fail(diag, AW_ERR_CANCELLED, "test: declined", 7);
    }
    aw_ed25519_sign(key->seed, message, sig);
    return AW_OK;
}

START_TEST(sign_by_another)
{
    struct aw_skey a;
    struct aw_skey b;
    char got[200];
    struct aw_wr w = aw_wr_init(got, sizeof(got));
    struct aw_note_signer by = {.signer = {&a, sign_remotely}};
    struct aw_diag diag = {.where = NULL};

    ck_assert_int_eq(aw_skey_parse(aw_text(skey_a), &a, NULL), AW_OK);
    ck_assert_int_eq(aw_skey_parse(aw_text(skey_b), &b, NULL), AW_OK);
    aw_skey_public(&a, &by.key);
    ck_assert_int_eq(aw_note_sign_by(aw_text(TEXT_A), &by, 0, &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(LINE_A));
    /* Another key than the name says, and none at all. */
    by.signer.ctx = &b;
    ck_assert_int_eq(aw_note_sign_by(aw_text(TEXT_A), &by, 0, &w, &diag),
                     AW_ERR_SIG);
    ck_assert_str_eq(diag.where, "note: signature just made");
    by.signer.ctx = NULL;
    ck_assert_int_eq(aw_note_sign_by(aw_text(TEXT_A), &by, 0, &w, &diag),
                     AW_ERR_CANCELLED);
    ck_assert_uint_eq(diag.at, 7);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(LINE_A));
    by.key.type = AW_KEY_ECDSA;
    ck_assert_int_eq(aw_note_sign_by(aw_text(TEXT_A), &by, 0, &w, NULL),
                     AW_ERR_KEY);
}
END_TEST

START_TEST(sign_long)
{
    static uint8_t text[AW_NOTE_MAX + 1];
    char buf[200];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_skey key;

    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(aw_skey_parse(aw_text(skey_a), &key, NULL), AW_OK);
    ck_assert_int_eq(aw_note_sign((aw_bytes){text, sizeof(text)}, &key, 0, &w),
                     AW_ERR_SPACE);
    text[AW_NOTE_COSIGNED_MAX] = '\n';
    aw_skey_as_cosigner(&key, &key);
    ck_assert_int_eq(
        aw_note_sign((aw_bytes){text, AW_NOTE_COSIGNED_MAX + 1}, &key, 0, &w),
        AW_ERR_SPACE);
    aw_note_sig_write(aw_text("n"), 1, (aw_bytes){text, 257}, &w);
    ck_assert(w.failed);
}
END_TEST

Suite *suite_note(void)
{
    Suite *s = suite_create("note");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, open_vectors);
    tcase_add_test(tc, real_manifests);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, long_lines);
    tcase_add_loop_test(tc, diagnosis, 0, (int)COUNT(places));
    tcase_add_test(tc, sign_vectors);
    tcase_add_test(tc, sign_order);
    tcase_add_test(tc, write_order);
    tcase_add_loop_test(tc, sign_table, 0, (int)COUNT(signs));
    tcase_add_test(tc, sign_by_another);
    tcase_add_test(tc, sign_long);
    suite_add_tcase(s, tc);
    return s;
}
