/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration records as JSON. */
#include "aw/bootcfg.h"

#include "gob_vectors.h"
#include "suites.h"
#include "support.h"

static aw_err parse_json(aw_bytes text, struct aw_bootcfg *c)
{
    static uint8_t buf[AW_BOOTCFG_JSON_WORK];
    struct aw_wr work = aw_wr_init(buf, sizeof(buf));
    struct aw_diag diag = {0};
    aw_err err = aw_bootcfg_parse_json(text, &work, c, &diag);

    ck_assert_int_eq(diag.err, err);
    ck_assert(err == AW_OK || (work.n == 0 && !work.failed));
    return err;
}

/* The JSON that upstream printed and the stream it stands for. */
START_TEST(json_real)
{
    static uint8_t out[AW_BOOTCFG_MAX];
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    struct aw_bootcfg c = {0};
    aw_bytes text = vec_file("transparency/aw-real/ci2-49-applet.config.json");

    ck_assert_int_eq(parse_json(text, &c), AW_OK);
    ck_assert_int_eq(aw_bootcfg_write(&c, &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w),
                    vec_file(gob_path("ids64", gob_configs[2], "gob")));
}
END_TEST

#define START     "{\"Offset\":1024,\"Size\":-5,\"Signatures\":[\"AAA=\",\"\"],"
#define BUNDLE(b) START "\"Bundle\":{" b "}}"
#define NOTES     "\"Checkpoint\":\"AAAA\",\"Manifest\":null,"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
} jsons[] = {
    {"as made",
     BUNDLE(NOTES "\"LogIndex\":18446744073709551615,"
                  "\"InclusionProof\":[\"AA==\"],\"x\":1"),
     AW_OK},
    {"null list", BUNDLE(NOTES "\"LogIndex\":0,\"InclusionProof\":null"),
     AW_OK},
    {"no index", BUNDLE(NOTES "\"Index\":0,\"InclusionProof\":null"),
     AW_ERR_NOT_FOUND},
    {"negative index", BUNDLE(NOTES "\"LogIndex\":-1,\"InclusionProof\":null"),
     AW_ERR_RANGE},
    {"index in quotes",
     BUNDLE(NOTES "\"LogIndex\":\"1\",\"InclusionProof\":null"), AW_ERR_TYPE},
    {"no proof", BUNDLE(NOTES "\"LogIndex\":0"), AW_ERR_NOT_FOUND},
    {"proof is a text", BUNDLE(NOTES "\"LogIndex\":0,\"InclusionProof\":\"\""),
     AW_ERR_TYPE},
    {"number in proof", BUNDLE(NOTES "\"LogIndex\":0,\"InclusionProof\":[1]"),
     AW_ERR_TYPE},
    {"broken base64",
     BUNDLE(NOTES "\"LogIndex\":0,\"InclusionProof\":[\"AA\"]"), AW_ERR_FORMAT},
    {"no checkpoint",
     BUNDLE("\"Manifest\":null,\"LogIndex\":0,\"InclusionProof\":null"),
     AW_ERR_NOT_FOUND},
    {"no bundle", START "\"bundle\":{}}", AW_ERR_NOT_FOUND},
    {"no offset", "{\"Size\":1,\"Signatures\":null}", AW_ERR_NOT_FOUND},
    {"offset too large", "{\"Offset\":9223372036854775808}", AW_ERR_RANGE},
    {"nine signatures",
     "{\"Offset\":1,\"Size\":1,\"Signatures\":[\"\",\"\",\"\",\"\",\"\","
     "\"\",\"\",\"\",\"\"]}",
     AW_ERR_SPACE},
    {"array", "[]", AW_ERR_TYPE},
    {"cut", START, AW_ERR_SHORT},
    {"twice", "{\"Offset\":1,\"Offset\":1}", AW_ERR_DUPLICATE},
};

START_TEST(json_forms)
{
    struct aw_bootcfg c = {.size = 99};
    aw_err err = parse_json(aw_text(jsons[_i].text), &c);

    ck_assert_msg(err == jsons[_i].want, "%s: %s", jsons[_i].name,
                  aw_err_name(err));
    ck_assert_int_eq(c.size, err == AW_OK ? -5 : 99);
}
END_TEST

START_TEST(json_values)
{
    struct aw_bootcfg c = {0};

    ck_assert_int_eq(parse_json(aw_text(jsons[0].text), &c), AW_OK);
    ck_assert_int_eq(c.offset, 1024);
    ck_assert_uint_eq(c.n_signatures, 2);
    ck_assert_uint_eq(c.signatures[0].n, 2);
    ck_assert_uint_eq(c.signatures[1].n, 0);
    ck_assert_uint_eq(c.checkpoint.n, 3);
    ck_assert_uint_eq(c.manifest.n, 0);
    ck_assert_uint_eq(c.log_index, UINT64_MAX);
    ck_assert_uint_eq(c.n_proof, 1);
    ck_assert_uint_eq(c.proof[0].n, 1);
}
END_TEST

START_TEST(json_small_work_area)
{
    uint8_t buf[4096];
    struct aw_bootcfg c;
    bool fits = false;

    for (size_t cap = 0; cap <= sizeof(buf); cap++) {
        struct aw_wr work = aw_wr_init(buf, cap);
        aw_err err =
            aw_bootcfg_parse_json(aw_text(jsons[0].text), &work, &c, NULL);

        ck_assert(err == AW_OK || (err == AW_ERR_SPACE && !fits));
        ck_assert(err == AW_OK || (work.n == 0 && !work.failed));
        fits = err == AW_OK;
    }
    ck_assert(fits);
}
END_TEST

/* Upstream's own text byte for byte; every recorded value comes back. */
START_TEST(json_write_real)
{
    static uint8_t buf[AW_BOOTCFG_JSON_MAX];
    struct aw_bootcfg c = gob_config(gob_path("ids64", gob_configs[2], "gob"));
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_sink sink = aw_sink_wr(&w);

    aw_bootcfg_write_json(&c, &sink);
    CK_ASSERT_BYTES(aw_wr_done(&w),
                    vec_file("transparency/aw-real/ci2-49-applet.config.json"));
}
END_TEST

START_TEST(json_write_each)
{
    static uint8_t buf[AW_BOOTCFG_JSON_MAX];
    struct aw_bootcfg c = gob_config(gob_path("ids64", gob_configs[_i], "gob"));
    struct aw_bootcfg again = {0};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_sink sink = aw_sink_wr(&w);

    aw_bootcfg_write_json(&c, &sink);
    ck_assert(!w.failed);
    ck_assert_int_eq(parse_json(aw_wr_done(&w), &again), AW_OK);
    gob_config_is(&again,
                  vec_json(gob_path("values", gob_configs[_i], "json")));
}
END_TEST

Suite *suite_bootcfg_json(void)
{
    Suite *s = suite_create("bootcfg_json");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, json_write_real);
    tcase_add_loop_test(tc, json_write_each, 0, GOB_CONFIGS);
    tcase_add_test(tc, json_real);
    tcase_add_loop_test(tc, json_forms, 0, (int)COUNT(jsons));
    tcase_add_test(tc, json_values);
    tcase_add_test(tc, json_small_work_area);
    suite_add_tcase(s, tc);
    return s;
}
