/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/policy.h"

#include <string.h>

#include "suites.h"
#include "support.h"

#define LOG                                    \
    "transparency.dev-aw-ftlog-ci-4+30fe79e3+" \
    "AUDoas+smwQDTlYbTzbEcAW+N6WyvB/4CysMWjpnRgat"
#define BOOT                                \
    "transparency.dev-aw-boot-ci+9f62b6ac+" \
    "AbnipFmpRltfRiS9JCxLUcAZsbeH4noBOJXbVD3H5Eg4"
#define OS1                                \
    "transparency.dev-aw-os1-ci+7a0eaef3+" \
    "AcsqvmrcKIbs21H2Bm2fWb6oFWn/9MmLGNc6NLJty2eQ"
#define OS2                                \
    "transparency.dev-aw-os2-ci+af8e4114+" \
    "AbBJk5MgxRB+68KhGojhUdSt1ts5GAdRIT1Eq9zEkgQh"
#define ECDSA                                                                \
    "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmP" \
    "trWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni" \
    "4Qt9DPfkWLc="
/* One witness's key as type 1 and type 4, and another's. */
#define W1     "witness.example/w1+2bcd5484+" W1_KEY
#define W1_KEY "Adqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI"
#define W1_AS_4 \
    "witness.example/w1+8541b17b+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI"
#define W2                                 \
    "ArmoredWitness-autumn-wood+863571a5+" \
    "AesIVCbad7gbU07JnA6YfZD0qg4B1c8xF4ISdnt9vjip"
#define W3                                \
    "ArmoredWitness-dry-sunset+ae83a8fa+" \
    "AQPzi+erfxCBvjk6nmndWU2aGEoO7zawoatven8Fvv/D"
#define A   "aw-policy 1\n"
#define TWO "witness a " W1 "\nwitness b " W2 "\n"
#define SRK "b8ba457320663bf006accd3c57e06720e63b21ce5351cb91b4650690bb08d85a"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
    uint64_t line;
} cases[] = {
    {"nothing trusted", A, AW_OK, 0},
    {"all words",
     A "log " LOG " https://log.example/\norigin a b  c\ncomponent BOOTLOADER "
       "" BOOT "\ncomponent TRUSTED_OS " OS1 " " OS2 "\nhab-target ci\n"
       "srk-hash " SRK "\nbinaries https://b.example/\nrebuilder " W2
       "\nrebuilder " W3 "\nrebuilder-quorum 2\nrebuilds https://r.example/\n"
       "max-age 24h\n" TWO "group g 1 a b\nquorum g\n",
     AW_OK, 0},
    {"comments and blanks",
     A "# text\n\t # text\n\n \t\n  log\t" LOG "  \norigin  x y \t\n", AW_OK,
     0},
    {"unknown word", A "colour blue\n", AW_ERR_FORMAT, 2},
    {"case matters", A "Log " LOG "\n", AW_ERR_FORMAT, 2},
    {"other version", "aw-policy 2\n", AW_ERR_UNSUPPORTED, 1},
    {"no version", "aw-policy\n", AW_ERR_UNSUPPORTED, 1},
    {"two versions", "aw-policy 1 1\n", AW_ERR_UNSUPPORTED, 1},
    {"format in second line", "#\n" A, AW_ERR_FORMAT, 2},
    {"last line cut", A "hab-target ci", AW_ERR_FORMAT, 2},
    {"control character", A "# \x01\n", AW_ERR_FORMAT, 2},
    {"carriage return", A "hab-target ci\r\n", AW_ERR_FORMAT, 2},
    {"delete", A "# \x7f\n", AW_ERR_FORMAT, 2},
    {"high octets in a comment", A "# \xff\xfe\n", AW_OK, 0},
    {"trailing comment", A "hab-target ci # x\n", AW_ERR_FORMAT, 2},
    /* log and origin */
    {"log twice", A "log " LOG "\nlog " LOG "\norigin x\n", AW_ERR_DUPLICATE,
     3},
    {"log without origin", A "log " LOG "\n", AW_ERR_FORMAT, 0},
    {"origin without log", A "origin x\n", AW_ERR_FORMAT, 0},
    {"origin twice", A "origin x\norigin x\n", AW_ERR_DUPLICATE, 3},
    {"origin empty", A "log " LOG "\norigin \t \n", AW_ERR_FORMAT, 3},
    {"log of type 2", A "log " ECDSA "\norigin Rekor\n", AW_OK, 0},
    {"log of type 4", A "log " W1_AS_4 "\norigin x\n", AW_ERR_KEY, 2},
    {"log without key", A "log\n", AW_ERR_KEY, 2},
    {"log with three fields", A "log " LOG " u v\norigin x\n", AW_ERR_FORMAT,
     2},
    /* components */
    {"component unknown", A "component KERNEL " OS1 "\n", AW_ERR_FORMAT, 2},
    {"component without key", A "component TRUSTED_OS\n", AW_ERR_KEY, 2},
    {"component twice",
     A "component TRUSTED_OS " OS1 "\ncomponent TRUSTED_OS " OS2 "\n",
     AW_ERR_DUPLICATE, 3},
    {"component key twice", A "component TRUSTED_OS " OS1 " " OS1 "\n",
     AW_ERR_DUPLICATE, 2},
    {"key of two components",
     A "component TRUSTED_OS " OS1 "\ncomponent RECOVERY " OS1 "\n",
     AW_ERR_DUPLICATE, 3},
    {"component key of type 2", A "component TRUSTED_OS " ECDSA "\n",
     AW_ERR_KEY, 2},
    {"component key of type 4", A "component TRUSTED_OS " W1_AS_4 "\n",
     AW_ERR_KEY, 2},
    {"component bad key", A "component TRUSTED_OS " OS1 " x\n", AW_ERR_KEY, 2},
    {"four keys", A "component TRUSTED_OS " OS1 " " OS2 " " W1 " " W2 "\n",
     AW_OK, 0},
    {"five keys",
     A "component TRUSTED_OS " OS1 " " OS2 " " W1 " " W2 " " W3 "\n",
     AW_ERR_SPACE, 2},
    /* single values */
    {"hab-target empty", A "hab-target\n", AW_ERR_FORMAT, 2},
    {"hab-target twice", A "hab-target a\nhab-target a\n", AW_ERR_DUPLICATE, 3},
    {"SRK hash short", A "srk-hash 00\n", AW_ERR_FORMAT, 2},
    {"SRK hash long", A "srk-hash " SRK "00\n", AW_ERR_FORMAT, 2},
    {"SRK hash no hex", A "srk-hash " SRK "0g\n", AW_ERR_FORMAT, 2},
    {"SRK hash twice", A "srk-hash " SRK "\nsrk-hash " SRK "\n",
     AW_ERR_DUPLICATE, 3},
    {"binaries empty", A "binaries\n", AW_ERR_FORMAT, 2},
    {"rebuilds empty", A "rebuilds \n", AW_ERR_FORMAT, 2},
    {"rebuilder twice", A "rebuilder " W2 "\nrebuilder " W2 "\n",
     AW_ERR_DUPLICATE, 3},
    {"rebuilder of type 4", A "rebuilder " W1_AS_4 "\n", AW_ERR_KEY, 2},
    {"rebuilder quorum 0", A "rebuilder-quorum 0\n", AW_ERR_RANGE, 2},
    {"rebuilder quorum 17", A "rebuilder-quorum 17\n", AW_ERR_RANGE, 2},
    {"rebuilder quorum text", A "rebuilder-quorum two\n", AW_ERR_FORMAT, 2},
    {"rebuilder quorum above number",
     A "rebuilder-quorum 2\nrebuilder " W2 "\n", AW_ERR_RANGE, 0},
    {"rebuilder quorum before keys", A "rebuilder-quorum 1\nrebuilder " W2 "\n",
     AW_OK, 0},
    /* witnesses */
    {"witnesses without quorum", A TWO, AW_ERR_FORMAT, 0},
    {"quorum none", A TWO "quorum none\n", AW_OK, 0},
    {"quorum a witness", A TWO "quorum b\n", AW_OK, 0},
    {"quorum twice", A TWO "quorum a\nquorum a\n", AW_ERR_DUPLICATE, 5},
    {"quorum unknown", A TWO "quorum c\n", AW_ERR_NOT_FOUND, 4},
    {"quorum before", A "quorum a\n" TWO, AW_ERR_NOT_FOUND, 2},
    {"quorum empty", A TWO "quorum\n", AW_ERR_NOT_FOUND, 4},
    {"witness name twice", A "witness a " W1 "\nwitness a " W2 "\nquorum a\n",
     AW_ERR_DUPLICATE, 3},
    {"witness key twice",
     A "witness a " W1 "\nwitness b " W1_AS_4 "\nquorum a\n", AW_ERR_DUPLICATE,
     3},
    {"witness with URL", A "witness a " W1 " https://w/\nquorum a\n", AW_OK, 0},
    {"witness with more", A "witness a " W1 " u v\nquorum a\n", AW_ERR_FORMAT,
     2},
    {"witness called none", A "witness none " W1 "\nquorum none\n",
     AW_ERR_FORMAT, 2},
    {"witness of type 2", A "witness a " ECDSA "\nquorum a\n", AW_ERR_KEY, 2},
    {"witness with foreign id",
     A "witness a witness.example/w1+00000000+" W1_KEY "\n", AW_ERR_KEY, 2},
    {"witness with id of type 4",
     A "witness a witness.example/w1+8541b17b+" W1_KEY "\nquorum a\n", AW_OK,
     0},
    {"witness without name", A "witness\n", AW_ERR_FORMAT, 2},
    {"witness without key", A "witness a\n", AW_ERR_KEY, 2},
    /* groups */
    {"group all", A TWO "group g all a b\nquorum g\n", AW_OK, 0},
    {"group any", A TWO "group g any a b\nquorum g\n", AW_OK, 0},
    {"group 2 of 2", A TWO "group g 2 a b\nquorum g\n", AW_OK, 0},
    {"group 3 of 2", A TWO "group g 3 a b\nquorum g\n", AW_ERR_RANGE, 4},
    {"group 0 of 2", A TWO "group g 0 a b\nquorum g\n", AW_ERR_RANGE, 4},
    {"group 02", A TWO "group g 02 a b\nquorum g\n", AW_ERR_FORMAT, 4},
    {"group some", A TWO "group g some a b\nquorum g\n", AW_ERR_FORMAT, 4},
    {"group all of none", A TWO "group g all\nquorum g\n", AW_ERR_RANGE, 4},
    {"group any of none", A TWO "group g any\nquorum g\n", AW_ERR_RANGE, 4},
    {"group without threshold", A TWO "group g\nquorum g\n", AW_ERR_FORMAT, 4},
    {"group name taken", A TWO "group a any b\nquorum a\n", AW_ERR_DUPLICATE,
     4},
    {"member twice", A TWO "group g any a a\nquorum g\n", AW_ERR_DUPLICATE, 4},
    {"member of two groups", A TWO "group g any a\ngroup h any a b\nquorum h\n",
     AW_ERR_DUPLICATE, 5},
    {"member unknown", A TWO "group g any a c\nquorum g\n", AW_ERR_NOT_FOUND,
     4},
    {"member none", A TWO "group g any a none\nquorum g\n", AW_ERR_NOT_FOUND,
     4},
    {"member of itself", A TWO "group g any a g\nquorum g\n", AW_ERR_NOT_FOUND,
     4},
    {"group of groups",
     A TWO "group g any a\ngroup h any b\ngroup i all g h\nquorum i\n", AW_OK,
     0},
    /* max-age */
    {"max-age, no quorum", A "max-age 1h\n", AW_ERR_FORMAT, 0},
    {"max-age, quorum none", A TWO "max-age 1h\nquorum none\n", AW_ERR_FORMAT,
     0},
    {"max-age twice", A TWO "max-age 1h\nmax-age 1h\n", AW_ERR_DUPLICATE, 5},
    /* plain tlog-policy */
    {"plain", "log " LOG "\n" TWO "quorum a\n", AW_OK, 0},
    {"plain without log", TWO "quorum a\n", AW_OK, 0},
    {"plain, quorum none", "quorum none\n", AW_OK, 0},
    {"plain without quorum", "log " LOG "\n", AW_ERR_FORMAT, 0},
    {"plain with our word", "origin x\nquorum none\n", AW_ERR_FORMAT, 1},
    {"plain with two logs", "log " LOG "\nlog " ECDSA "\nquorum none\n",
     AW_ERR_DUPLICATE, 2},
    {"empty", "", AW_ERR_FORMAT, 0},
};

START_TEST(parse)
{
    static struct aw_policy policy;
    struct aw_diag diag = {0};

    policy.n_groups = 77;
    aw_err got = aw_policy_parse(aw_text(cases[_i].text), &policy, &diag);

    ck_assert_msg(got == cases[_i].want && diag.at == cases[_i].line,
                  "%s: %s, line %u (%s)", cases[_i].name, aw_err_text(got),
                  (unsigned)diag.at, diag.where);
    ck_assert((got == AW_OK) == (policy.n_groups != 77));
}
END_TEST

static void hash_of(const struct aw_policy *policy, uint8_t digest[32])
{
    ck_assert_int_eq(aw_policy_hash(policy, digest), AW_OK);
}

/* What is written reads back to the same policy, with the same text. */
START_TEST(write_back)
{
    static struct aw_policy policy;
    static struct aw_policy again;
    char buf[2][4000];
    struct aw_wr w[2] = {aw_wr_init(buf[0], sizeof(buf[0])),
                         aw_wr_init(buf[1], sizeof(buf[1]))};
    struct aw_sink sink[2] = {aw_sink_wr(&w[0]), aw_sink_wr(&w[1])};
    uint8_t digest[3][32];

    if (aw_policy_parse(aw_text(cases[_i].text), &policy, NULL) != AW_OK) {
        return;
    }
    ck_assert_int_eq(aw_policy_write(&policy, &sink[0]), AW_OK);
    ck_assert_msg(aw_policy_parse(aw_wr_done(&w[0]), &again, NULL) == AW_OK,
                  "%s: %.*s", cases[_i].name, (int)w[0].n, buf[0]);
    ck_assert_int_eq(aw_policy_write(&again, &sink[1]), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w[0]), aw_wr_done(&w[1]));
    hash_of(&policy, digest[0]);
    hash_of(&again, digest[1]);
    aw_sha256(aw_wr_done(&w[0]), digest[2]);
    ck_assert_mem_eq(digest[0], digest[1], 32);
    ck_assert_mem_eq(digest[0], digest[2], 32);
}
END_TEST

/* One field after the other. */
START_TEST(fields)
{
    static struct aw_policy p;
    struct aw_vkey key;

    ck_assert_int_eq(aw_policy_parse(aw_text(cases[1].text), &p, NULL), AW_OK);
    ck_assert_int_eq(aw_vkey_parse(aw_text(LOG), &key, NULL), AW_OK);
    ck_assert(p.has_log && aw_vkey_same(&p.log, &key));
    CK_ASSERT_BYTES(p.log_url, aw_text("https://log.example/"));
    CK_ASSERT_BYTES(p.origin, aw_text("a b  c"));
    ck_assert_uint_eq(p.signers[AW_BOOTLOADER].n, 1);
    ck_assert_uint_eq(p.signers[AW_RECOVERY].n, 0);
    ck_assert_uint_eq(p.signers[AW_TRUSTED_OS].n, 2);
    ck_assert_uint_eq(p.signers[AW_TRUSTED_APPLET].n, 0);
    ck_assert_int_eq(aw_vkey_parse(aw_text(OS2), &key, NULL), AW_OK);
    ck_assert(aw_vkey_same(&p.signers[AW_TRUSTED_OS].key[1], &key));
    CK_ASSERT_BYTES(p.hab_target, aw_text("ci"));
    ck_assert(p.has_srk_hash);
    CK_ASSERT_BYTES(((aw_bytes){p.srk_hash, 32}), vec_unhex(aw_text(SRK)));
    CK_ASSERT_BYTES(p.binaries_url, aw_text("https://b.example/"));
    ck_assert_uint_eq(p.n_rebuilders, 2);
    ck_assert_uint_eq(p.rebuilder_quorum, 2);
    CK_ASSERT_BYTES(p.rebuilds_url, aw_text("https://r.example/"));
    ck_assert_uint_eq(p.max_age_s, 86400);
    ck_assert_uint_eq(p.n_witnesses, 2);
    ck_assert_uint_eq(p.witness[0].key.id, 0x8541b17b);
    ck_assert_uint_eq(p.witness[0].key.type, AW_KEY_COSIG_V1);
    ck_assert_uint_eq(p.n_groups, 1);
    ck_assert_uint_eq(p.group[0].threshold, 1);
    ck_assert_uint_eq(p.group[0].member[1], 1);
    ck_assert(p.has_quorum);
    ck_assert_uint_eq(p.quorum, AW_POLICY_WITNESSES);
}
END_TEST

START_TEST(plain_origin)
{
    static struct aw_policy p;

    ck_assert_int_eq(
        aw_policy_parse(aw_text("log " LOG "\nquorum none\n"), &p, NULL),
        AW_OK);
    CK_ASSERT_BYTES(p.origin, aw_text("transparency.dev-aw-ftlog-ci-4"));
    ck_assert(!p.has_quorum);
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
    uint64_t seconds;
} durations[] = {
    {"1s", AW_OK, 1},
    {"1h", AW_OK, 3600},
    {"1.5h", AW_OK, 5400},
    {"1h30m5s", AW_OK, 5405},
    {"5s1h", AW_OK, 3605},
    {".5m", AW_OK, 30},
    {"2.m", AW_OK, 120},
    {"500ms500ms", AW_OK, 1},
    {"1000000us", AW_OK, 1},
    {"1000000\xc2\xb5s", AW_OK, 1},
    {"1000000\xce\xbcs", AW_OK, 1},
    {"1000000000ns", AW_OK, 1},
    {"2562047h", AW_OK, 2562047 * UINT64_C(3600)},
    {"2562048h", AW_ERR_RANGE, 0},
    {"2562047h59m", AW_ERR_RANGE, 0},
    {"99999999999999999999s", AW_ERR_RANGE, 0},
    {"1500ms", AW_ERR_RANGE, 0},
    {"0s", AW_ERR_RANGE, 0},
    {"0", AW_ERR_FORMAT, 0},
    {"1", AW_ERR_FORMAT, 0},
    {"-1s", AW_ERR_FORMAT, 0},
    {"+1s", AW_ERR_FORMAT, 0},
    {"1d", AW_ERR_FORMAT, 0},
    {".s", AW_ERR_FORMAT, 0},
    {"s", AW_ERR_FORMAT, 0},
    {"1h5", AW_ERR_FORMAT, 0},
    {"1 h", AW_ERR_FORMAT, 0},
    {"1e3s", AW_ERR_FORMAT, 0},
};

START_TEST(max_age)
{
    static struct aw_policy p;
    char buf[1000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, A TWO "quorum a\nmax-age ");
    aw_wr_text(&w, durations[_i].text);
    aw_wr_u8(&w, '\n');
    aw_err got = aw_policy_parse(aw_wr_done(&w), &p, NULL);

    ck_assert_msg(got == durations[_i].want, "%s: %s", durations[_i].text,
                  aw_err_text(got));
    ck_assert(got != AW_OK || p.max_age_s == durations[_i].seconds);
}
END_TEST

/* Witness number i; all keys differ. */
static void put_witness(struct aw_wr *w, unsigned i)
{
    uint8_t seed[32] = {(uint8_t)i, 1};
    struct aw_skey key;
    struct aw_vkey public_key;

    ck_assert_int_eq(
        aw_skey_init(aw_text("n"), AW_KEY_COSIG_V1, seed, &key, NULL), AW_OK);
    aw_skey_public(&key, &public_key);
    aw_wr_text(w, "witness w");
    aw_wr_dec(w, i);
    aw_wr_u8(w, ' ');
    aw_vkey_write(&public_key, w);
    aw_wr_u8(w, '\n');
}

START_TEST(most_witnesses)
{
    static struct aw_policy p;
    static char buf[AW_POLICY_MAX + 1];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, A "quorum none\n");
    for (unsigned i = 0; i < AW_POLICY_WITNESSES; i++) {
        put_witness(&w, i);
    }
    struct aw_wr groups = w;

    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_OK);
    ck_assert_uint_eq(p.n_witnesses, AW_POLICY_WITNESSES);
    put_witness(&w, AW_POLICY_WITNESSES);
    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_ERR_SPACE);
    w = groups;
    for (unsigned i = 0; i <= AW_POLICY_GROUPS; i++) {
        ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_OK);
        aw_wr_text(&w, "group g");
        aw_wr_dec(&w, i);
        aw_wr_text(&w, " any w");
        aw_wr_dec(&w, i);
        aw_wr_u8(&w, '\n');
    }
    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_ERR_SPACE);
    /* As many members as a group can have. */
    w = groups;
    aw_wr_text(&w, "group one any w0\ngroup all all");
    for (unsigned i = 1; i < AW_POLICY_WITNESSES; i++) {
        aw_wr_text(&w, " w");
        aw_wr_dec(&w, i);
    }
    aw_wr_text(&w, " one\n");
    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_OK);
    ck_assert_uint_eq(p.group[1].n, AW_POLICY_MEMBERS);
    ck_assert_uint_eq(p.group[1].threshold, AW_POLICY_MEMBERS);
    memset(buf, '\n', sizeof(buf));
    ck_assert_int_eq(
        aw_policy_parse((aw_bytes){(uint8_t *)buf, sizeof(buf)}, &p, NULL),
        AW_ERR_SPACE);
}
END_TEST

/* An ML-DSA-44 witness is kept and written, though it never counts. */
START_TEST(mldsa44_witness)
{
    static struct aw_policy p;
    char buf[2][4000];
    struct aw_wr w = aw_wr_init(buf[0], sizeof(buf[0]));
    struct aw_wr out = aw_wr_init(buf[1], sizeof(buf[1]));
    struct aw_sink sink = aw_sink_wr(&out);
    const cJSON *rows = vec_json("transparency/cosig/synthetic.json");
    uint8_t digest[32];

    aw_wr_text(&w, A "witness pq ");
    aw_wr_put(&w, vec_str(cJSON_GetArrayItem(rows, 5), "witness_vkey"));
    aw_wr_text(&w, "\nquorum pq\n");
    ck_assert_int_eq(aw_policy_parse(aw_wr_done(&w), &p, NULL), AW_OK);
    ck_assert_uint_eq(p.witness[0].key.type, AW_KEY_MLDSA44);
    ck_assert_int_eq(aw_policy_write(&p, &sink), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&out), aw_wr_done(&w));
    p.witness[0].key_text.n = 0;
    ck_assert_int_eq(aw_policy_hash(&p, digest), AW_ERR_KEY);
}
END_TEST

Suite *suite_policy(void)
{
    Suite *s = suite_create("policy");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, parse, 0, (int)COUNT(cases));
    tcase_add_loop_test(tc, write_back, 0, (int)COUNT(cases));
    tcase_add_test(tc, fields);
    tcase_add_test(tc, plain_origin);
    tcase_add_loop_test(tc, max_age, 0, (int)COUNT(durations));
    tcase_add_test(tc, most_witnesses);
    tcase_add_test(tc, mldsa44_witness);
    suite_add_tcase(s, tc);
    return s;
}
