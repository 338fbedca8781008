/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/policy.h"
#include "suites.h"
#include "support.h"

enum { KEYS = 5, BAD = 0x100 };

#define TEXT "o\n1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n"
#define NOW  UINT64_C(1700000000)

static void witness_key(unsigned i, struct aw_skey *key)
{
    static const char *const names[KEYS] = {"w0", "w1", "w2", "w3", "w4"};
    uint8_t seed[32] = {(uint8_t)(i + 1)};

    ck_assert_int_eq(
        aw_skey_init(aw_text(names[i]), AW_KEY_COSIG_V1, seed, key, NULL),
        AW_OK);
}

/* Policy with five witnesses w0 to w4, and the lines given. */
static void make_policy(const char *lines, struct aw_policy *policy)
{
    static char buf[4000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, "aw-policy 1\n");
    for (unsigned i = 0; i < KEYS; i++) {
        struct aw_skey key;
        struct aw_vkey public_key;

        witness_key(i, &key);
        aw_skey_public(&key, &public_key);
        aw_wr_text(&w, "witness ");
        aw_wr_put(&w, key.name);
        aw_wr_u8(&w, ' ');
        aw_vkey_write(&public_key, &w);
        aw_wr_u8(&w, '\n');
    }
    aw_wr_text(&w, lines);
    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), policy, NULL), AW_OK);
}

/* Checkpoint signed by its log and by the witnesses whose bits are set; with
 * BAD the last line is broken. */
static aw_bytes make_note(unsigned who, uint64_t time)
{
    static char buf[4000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint8_t seed[32] = {99};
    struct aw_skey log;

    aw_wr_text(&w, TEXT "\n");
    ck_assert_int_eq(
        aw_skey_init(aw_text("log"), AW_KEY_ED25519, seed, &log, NULL), AW_OK);
    ck_assert_int_eq(aw_note_sign(aw_text(TEXT), &log, 0, &w), AW_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        struct aw_skey key;

        witness_key(i, &key);
        ck_assert((who >> i & 1U) == 0 ||
                  aw_note_sign(aw_text(TEXT), &key, time, &w) == AW_OK);
    }
    if ((who & BAD) != 0) {
        buf[w.n - 20] = buf[w.n - 20] == 'A' ? 'B' : 'A';
    }
    return aw_wr_done(&w);
}

static const struct {
    const char *lines;
    unsigned who;
    aw_err want;
} cases[] = {
    {"quorum none\n", 0, AW_OK},
    {"quorum none\n", BAD, AW_OK},
    {"quorum w0\n", 1, AW_OK},
    {"quorum w0\n", 0x1e, AW_ERR_QUORUM},
    {"quorum w0\n", 0, AW_ERR_QUORUM},
    {"quorum w0\n", 1 | BAD, AW_ERR_SIG},
    /* a bad line of any known witness rejects the note */
    {"quorum w0\n", 3 | BAD, AW_ERR_SIG},
    {"group g any w0 w1 w2\nquorum g\n", 4, AW_OK},
    {"group g any w0 w1 w2\nquorum g\n", 0x18, AW_ERR_QUORUM},
    {"group g 2 w0 w1 w2\nquorum g\n", 5, AW_OK},
    {"group g 2 w0 w1 w2\nquorum g\n", 0x1c, AW_ERR_QUORUM},
    {"group g all w0 w1 w2\nquorum g\n", 7, AW_OK},
    {"group g all w0 w1 w2\nquorum g\n", 0x1b, AW_ERR_QUORUM},
    {"group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup z all x y\nquorum z\n", 0xb,
     AW_OK},
    {"group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup z all x y\nquorum z\n", 0x1c,
     AW_ERR_QUORUM},
    {"group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup z all x y\nquorum z\n", 7,
     AW_ERR_QUORUM},
    {"group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup z any x y\nquorum z\n", 8,
     AW_OK},
    {"group x 2 w0 w1 w2\ngroup z 2 x w3 w4\nquorum z\n", 0x18, AW_OK},
    {"group x 2 w0 w1 w2\ngroup z 2 x w3 w4\nquorum z\n", 0x9, AW_ERR_QUORUM},
};

START_TEST(groups)
{
    static struct aw_policy policy;
    struct aw_diag diag = {0};

    make_policy(cases[_i].lines, &policy);
    aw_err got = aw_policy_check_quorum(&policy, make_note(cases[_i].who, NOW),
                                        NOW, &diag);

    ck_assert_msg(got == cases[_i].want && diag.err == got, "%s %x: %s",
                  cases[_i].lines, cases[_i].who, aw_err_text(got));
}
END_TEST

static const struct {
    const char *lines;
    uint64_t time;
    aw_err want;
} ages[] = {
    {"quorum w0\nmax-age 1h\n", NOW, AW_OK},
    {"quorum w0\nmax-age 1h\n", NOW - 3600, AW_OK},
    {"quorum w0\nmax-age 1h\n", NOW - 3601, AW_ERR_QUORUM},
    {"quorum w0\nmax-age 1h\n", NOW + 300, AW_OK},
    {"quorum w0\nmax-age 1h\n", NOW + 301, AW_ERR_QUORUM},
    {"quorum w0\nmax-age 1h\n", 0, AW_ERR_QUORUM},
    {"quorum w0\nmax-age 1h\n", INT64_MAX, AW_ERR_QUORUM},
    {"quorum w0\n", 0, AW_OK},
    {"quorum w0\n", INT64_MAX, AW_OK},
};

START_TEST(age)
{
    static struct aw_policy policy;

    make_policy(ages[_i].lines, &policy);
    ck_assert_int_eq(
        aw_policy_check_quorum(&policy, make_note(1, ages[_i].time), NOW, NULL),
        ages[_i].want);
}
END_TEST

START_TEST(cosigned)
{
    static struct aw_policy policy;
    struct aw_cosigned got = {.n = 77};

    make_policy("quorum none\n", &policy);
    ck_assert_int_eq(
        aw_policy_cosigned(&policy, make_note(0x12, NOW), NOW, &got, NULL),
        AW_OK);
    ck_assert_uint_eq(got.n, 2);
    ck_assert(!got.counted[0] && got.counted[1] && got.counted[4]);
    ck_assert_uint_eq(got.time[4], NOW);
    ck_assert_uint_eq(got.time[0], 0);
    ck_assert_int_eq(
        aw_policy_cosigned(&policy, make_note(0, NOW), NOW, &got, NULL), AW_OK);
    ck_assert_uint_eq(got.n, 0);
    got.n = 77;
    ck_assert_int_eq(
        aw_policy_cosigned(&policy, make_note(1 | BAD, NOW), NOW, &got, NULL),
        AW_ERR_SIG);
    ck_assert_int_eq(aw_policy_cosigned(&policy, aw_text("x"), NOW, &got, NULL),
                     AW_ERR_FORMAT);
    ck_assert_uint_eq(got.n, 77);
}
END_TEST

/* Two device witnesses cosigned this real checkpoint. */
START_TEST(real)
{
    static struct aw_policy policy;
    aw_bytes message =
        vec_file("transparency/checkpoint/real/aw-ci3-59-two-witnesses.txt");
    struct aw_cosigned got;

    ck_assert_int_eq(
        aw_policy_parse(
            aw_text("log transparency.dev-aw-ftlog-ci-3+3f689522+"
                    "Aa1Eifq6rRC8qiK+bya07yV1fXyP156pEMsX7CFBC6gg\n"
                    "witness rain ArmoredWitness-weathered-rain+ea3d386d+"
                    "AWLblKp5JuiyrgRh6ev2nNJ5XAd+sc/mM2D2HW/b4d5S\n"
                    "witness sky ArmoredWitness-floral-sky+504ec40f+"
                    "AekCmTmKTTnQMNqIigkj7PFnhogawSJD23PJ8M8qLYDm\n"
                    "group both all rain sky\nquorum both\n"),
            &policy, NULL),
        AW_OK);
    ck_assert_int_eq(aw_policy_check_quorum(&policy, message, 0, NULL), AW_OK);
    policy.max_age_s = 10;
    ck_assert_int_eq(
        aw_policy_cosigned(&policy, message, 1729698510, &got, NULL), AW_OK);
    ck_assert(got.counted[0] && !got.counted[1]);
    ck_assert_int_eq(aw_policy_check_quorum(&policy, message, 1729698510, NULL),
                     AW_ERR_QUORUM);
    ck_assert_int_eq(aw_policy_check_quorum(&policy, message, 1729698509, NULL),
                     AW_OK);
}
END_TEST

Suite *suite_quorum(void)
{
    Suite *s = suite_create("quorum");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, groups, 0, (int)COUNT(cases));
    tcase_add_loop_test(tc, age, 0, (int)COUNT(ages));
    tcase_add_test(tc, cosigned);
    tcase_add_test(tc, real);
    suite_add_tcase(s, tc);
    return s;
}
