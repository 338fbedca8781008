/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/witness.h"

#include <stdio.h>
#include <string.h>

#include "aw/ftlog/checkpoint.h"
#include "aw/text.h"
#include "suites.h"
#include "support.h"

static uint8_t work_area[AW_WITNESS_WORK];
static uint8_t body_area[AW_WITNESS_REQUEST_MAX + 100];

static struct aw_wr work(void)
{
    return aw_wr_init(work_area, sizeof(work_area));
}

/* Recorded requests are written again from their parts. */
START_TEST(recorded_requests)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(
        vec_json("transparency/witness/add-checkpoint.json"), "exchanges");
    const cJSON *row = NULL;
    size_t rows = 0;

    cJSON_ArrayForEach(row, list)
    {
        aw_bytes want = vec_str(row, "request_body");
        struct aw_rd r = aw_rd_init(want);
        struct aw_wr w = aw_wr_init(body_area, sizeof(body_area));
        struct aw_proof proof = {.n = 0};
        uint64_t old = 0;
        aw_bytes line = aw_rd_line(&r);

        ck_assert(aw_bytes_starts(line, "old "));
        ck_assert(aw_slice(line, 4, line.n - 4, &line));
        ck_assert_int_eq(aw_dec_parse(line, &old), AW_OK);
        for (line = aw_rd_line(&r); line.n > 0; line = aw_rd_line(&r)) {
            ck_assert_int_eq(aw_base64_decode_exact(line, proof.h[proof.n++].b,
                                                    AW_HASH_SIZE),
                             AW_OK);
        }
        ck_assert_int_eq(
            aw_witness_request(old, &proof, aw_rd_rest(&r), &w, NULL), AW_OK);
        CK_ASSERT_BYTES(aw_wr_done(&w), want);
        rows++;
    }
    ck_assert_uint_ge(rows, 9);
}
END_TEST

START_TEST(request_limits)
{
    static uint8_t note[AW_WITNESS_REQUEST_MAX];
    struct aw_wr w = aw_wr_init(body_area, sizeof(body_area));
    struct aw_proof proof = {.n = AW_WITNESS_PROOF_MAX};
    aw_bytes longest = {note, sizeof(note) - strlen("old 1\n\n")};

    ck_assert_int_eq(aw_witness_request(1, &proof, aw_text("x"), &w, NULL),
                     AW_OK);
    proof.n++;
    w.n = 0;
    ck_assert_int_eq(aw_witness_request(1, &proof, aw_text("x"), &w, NULL),
                     AW_ERR_RANGE);
    proof.n = 0;
    w.n = 0;
    ck_assert_int_eq(aw_witness_request(1, &proof, longest, &w, NULL), AW_OK);
    ck_assert_uint_eq(w.n, AW_WITNESS_REQUEST_MAX);
    longest.n++;
    w.n = 0;
    ck_assert_int_eq(aw_witness_request(1, &proof, longest, &w, NULL),
                     AW_ERR_SPACE);
    w = aw_wr_init(body_area, 8);
    ck_assert_int_eq(aw_witness_request(1, &proof, aw_text("xy"), &w, NULL),
                     AW_ERR_SPACE);
}
END_TEST

static const struct {
    const char *body;
    aw_err want;
    uint64_t size;
} conflicts[] = {
    {"0\n", AW_OK, 0},
    {"5\n", AW_OK, 5},
    {"18446744073709551615\n", AW_OK, UINT64_MAX},
    {"18446744073709551616\n", AW_ERR_RANGE, 0},
    {"", AW_ERR_FORMAT, 0},
    {"\n", AW_ERR_FORMAT, 0},
    {"5", AW_ERR_FORMAT, 0},
    {"5\n\n", AW_ERR_FORMAT, 0},
    {"5\r\n", AW_ERR_FORMAT, 0},
    {" 5\n", AW_ERR_FORMAT, 0},
    {"05\n", AW_ERR_FORMAT, 0},
    {"+5\n", AW_ERR_FORMAT, 0},
    {"5x\n", AW_ERR_FORMAT, 0},
    {"5\n6\n", AW_ERR_FORMAT, 0},
};

START_TEST(conflict)
{
    uint64_t size = 77;
    aw_err got = aw_witness_conflict(aw_text(conflicts[_i].body), &size, NULL);

    ck_assert_msg(got == conflicts[_i].want, "%s: %s", conflicts[_i].body,
                  aw_err_text(got));
    ck_assert_uint_eq(size, got == AW_OK ? conflicts[_i].size : 77);
}
END_TEST

#define TEXT \
    "example.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

/* A policy of three witnesses, w0 to w2, with the seeds 0, 1 and 2. */
struct set {
    char name[3][4];
    struct aw_skey key[3];
    struct aw_policy policy;
};

static void make_set(struct set *s)
{
    aw_policy_init(&s->policy);
    for (size_t i = 0; i < 3; i++) {
        uint8_t seed[32] = {(uint8_t)i};
        struct aw_witness_key *w = &s->policy.witness[s->policy.n_witnesses++];

        (void)snprintf(s->name[i], sizeof(s->name[i]), "w%zu", i);
        ck_assert_int_eq(aw_skey_init(aw_text(s->name[i]), AW_KEY_COSIG_V1,
                                      seed, &s->key[i], NULL),
                         AW_OK);
        aw_skey_public(&s->key[i], &w->key);
        w->name = aw_text(s->name[i]);
    }
}

static void put_line(struct aw_wr *w, const struct aw_skey *key,
                     const char *text, uint64_t time)
{
    ck_assert_int_eq(aw_note_sign(aw_text(text), key, time, w), AW_OK);
}

static aw_err take(const struct set *s, const struct aw_wr *answer,
                   struct aw_cosignatures *to)
{
    struct aw_wr w = work();

    return aw_witness_take(aw_wr_done(answer), aw_text(TEXT), &s->policy, &w,
                           to, NULL);
}

START_TEST(takes_cosignatures)
{
    char answer_area[2048];
    char note_area[4096];
    struct aw_wr answer = aw_wr_init(answer_area, sizeof(answer_area));
    struct aw_wr note = aw_wr_init(note_area, sizeof(note_area));
    struct aw_cosignatures got = {.time = {0}};
    struct aw_cosigned counted;
    struct set s;

    make_set(&s);
    put_line(&answer, &s.key[2], TEXT, 1000);
    ck_assert_int_eq(take(&s, &answer, &got), AW_OK);
    ck_assert_uint_eq(got.time[2], 1000);
    CK_ASSERT_BYTES(got.line[2], aw_wr_done(&answer));
    ck_assert_uint_eq(got.line[0].n, 0);
    /* Two of them in one answer, among a stranger's; the later time replaces. */
    struct aw_wr second =
        aw_wr_init(answer_area + answer.n, sizeof(answer_area) - answer.n);
    struct aw_skey stranger = s.key[1];

    stranger.name = aw_text("stranger");
    put_line(&second, &stranger,
             "x\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
             "AAAAAA=\n",
             5);
    put_line(&second, &s.key[0], TEXT, 1001);
    put_line(&second, &s.key[2], TEXT, 1002);
    ck_assert_int_eq(take(&s, &second, &got), AW_OK);
    ck_assert_uint_eq(got.time[0], 1001);
    ck_assert_uint_eq(got.time[2], 1002);
    ck_assert_uint_eq(got.line[1].n, 0);
    /* Said again, the earlier one does not come back. */
    ck_assert_int_eq(take(&s, &answer, &got), AW_OK);
    ck_assert_uint_eq(got.time[2], 1002);
    /* The whole note is one that the policy counts. */
    aw_witness_write(aw_text(TEXT "\n"), &got, &note);
    ck_assert_int_eq(
        aw_policy_cosigned(&s.policy, aw_wr_done(&note), 0, &counted, NULL),
        AW_OK);
    ck_assert_uint_eq(counted.n, 2);
    ck_assert(counted.counted[0] && counted.counted[2]);
}
END_TEST

enum damage {
    D_EMPTY,
    D_RUBBISH,
    D_CUT,
    D_BLANK_FIRST,
    D_BLANK_LAST,
    D_BLANK_BETWEEN,
    D_OTHER_TEXT,
    D_NO_TIME,
    D_STRANGER,
    D_ONE_BAD,
    D_TYPE_1,
    D_LONG
};

static const struct {
    enum damage damage;
    aw_err want;
} refusals[] = {
    {D_EMPTY, AW_ERR_FORMAT},      {D_RUBBISH, AW_ERR_FORMAT},
    {D_CUT, AW_ERR_FORMAT},        {D_BLANK_FIRST, AW_ERR_FORMAT},
    {D_BLANK_LAST, AW_ERR_FORMAT}, {D_BLANK_BETWEEN, AW_ERR_FORMAT},
    {D_OTHER_TEXT, AW_ERR_SIG},    {D_NO_TIME, AW_ERR_RANGE},
    {D_STRANGER, AW_ERR_NO_SIG},   {D_ONE_BAD, AW_ERR_SIG},
    {D_TYPE_1, AW_ERR_NO_SIG},     {D_LONG, AW_ERR_SPACE},
};

static const char other[] =
    "example.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n";

static void damage(const struct set *s, enum damage d, struct aw_wr *w)
{
    struct aw_skey key = s->key[1];

    switch (d) {
    case D_EMPTY:
        break;
    case D_RUBBISH:
        aw_wr_text(w, "cosigned\n");
        break;
    case D_CUT:
        put_line(w, &key, TEXT, 9);
        w->n--;
        break;
    case D_BLANK_FIRST:
        aw_wr_text(w, "\n");
        put_line(w, &key, TEXT, 9);
        break;
    case D_BLANK_LAST:
        put_line(w, &key, TEXT, 9);
        aw_wr_text(w, "\n");
        break;
    case D_BLANK_BETWEEN:
        put_line(w, &key, TEXT, 9);
        aw_wr_text(w, "\n");
        put_line(w, &s->key[0], TEXT, 9);
        break;
    case D_OTHER_TEXT:
        put_line(w, &key, other, 9);
        break;
    case D_NO_TIME:
        put_line(w, &key, TEXT, 0);
        break;
    case D_STRANGER:
        key.seed[0] = 9;
        ck_assert_int_eq(
            aw_skey_init(aw_text("w1"), AW_KEY_COSIG_V1, key.seed, &key, NULL),
            AW_OK);
        put_line(w, &key, TEXT, 9);
        break;
    case D_ONE_BAD:
        put_line(w, &s->key[0], TEXT, 9);
        put_line(w, &key, other, 9);
        break;
    case D_TYPE_1:
        ck_assert_int_eq(
            aw_skey_init(aw_text("w1"), AW_KEY_ED25519, key.seed, &key, NULL),
            AW_OK);
        put_line(w, &key, TEXT, 9);
        break;
    case D_LONG:
        while (w->n <= AW_WITNESS_ANSWER_MAX) {
            put_line(w, &key, TEXT, 9);
        }
        break;
    }
}

START_TEST(refuses)
{
    static char area[2 * AW_WITNESS_ANSWER_MAX];
    struct aw_wr answer = aw_wr_init(area, sizeof(area));
    struct aw_cosignatures got = {.time = {3, 4, 5}};
    struct aw_cosignatures before = got;
    struct set s;

    make_set(&s);
    damage(&s, refusals[_i].damage, &answer);
    aw_err err = take(&s, &answer, &got);

    ck_assert_msg(err == refusals[_i].want, "%d: %s", _i, aw_err_text(err));
    ck_assert_mem_eq(&got, &before, sizeof(got));
}
END_TEST

START_TEST(small_work)
{
    char area[1024];
    struct aw_wr answer = aw_wr_init(area, sizeof(area));
    struct aw_wr w = aw_wr_init(work_area, 100);
    struct aw_cosignatures got = {.time = {0}};
    struct set s;

    make_set(&s);
    put_line(&answer, &s.key[0], TEXT, 9);
    ck_assert_int_eq(aw_witness_take(aw_wr_done(&answer), aw_text(TEXT),
                                     &s.policy, &w, &got, NULL),
                     AW_ERR_SPACE);
}
END_TEST

Suite *suite_witness(void)
{
    Suite *s = suite_create("witness");
    TCase *tc = tcase_create("protocol");

    tcase_add_test(tc, recorded_requests);
    tcase_add_test(tc, request_limits);
    tcase_add_loop_test(tc, conflict, 0, (int)COUNT(conflicts));
    tcase_add_test(tc, takes_cosignatures);
    tcase_add_loop_test(tc, refuses, 0, (int)COUNT(refusals));
    tcase_add_test(tc, small_work);
    suite_add_tcase(s, tc);
    return s;
}
