/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration records in gob. */
#include "aw/bootcfg.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gob_vectors.h"
#include "suites.h"
#include "support.h"

#define GOB "transparency/gob/"

START_TEST(read_config)
{
    const cJSON *want = vec_json(gob_path("values", gob_configs[_i], "json"));
    struct aw_bootcfg c64 =
        gob_config(gob_path("ids64", gob_configs[_i], "gob"));
    struct aw_bootcfg c65 =
        gob_config(gob_path("ids65", gob_configs[_i], "gob"));

    gob_config_is(&c64, want);
    gob_config_is(&c65, want);
    ck_assert_uint_eq(c64.stream_n,
                      vec_file(gob_path("ids64", gob_configs[_i], "gob")).n);
}
END_TEST

START_TEST(write_config)
{
    static uint8_t buf[AW_BOOTCFG_MAX];
    const char *path = gob_path("ids64", gob_configs[_i], "gob");
    aw_bytes want = vec_file(path);
    struct aw_bootcfg c = gob_config(path);
    struct aw_wr w = aw_wr_init(buf, want.n);
    struct aw_wr narrow = aw_wr_init(buf, want.n - 1);

    ck_assert_int_eq(aw_bootcfg_write(&c, &narrow), AW_ERR_SPACE);
    ck_assert_uint_eq(narrow.n, 0);
    ck_assert_int_eq(aw_bootcfg_write(&c, &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), want);
}
END_TEST

static bool is_plain(aw_bytes stream)
{
    struct aw_bootcfg c;

    return aw_bootcfg_parse(stream, &c, NULL) == AW_OK &&
           c.stream_n == stream.n && aw_bootcfg_is_plain(&c, stream);
}

/* With any numbers of types; but with no other bit than the values need. */
START_TEST(plain_config)
{
    static uint8_t buf[AW_BOOTCFG_MAX];
    static uint8_t again[AW_BOOTCFG_MAX];
    aw_bytes whole = vec_file(gob_path("ids64", gob_configs[_i], "gob"));
    size_t step = whole.n < 4096 ? 1 : 61;
    struct aw_bootcfg c;

    ck_assert(is_plain(whole));
    ck_assert(is_plain(vec_file(gob_path("ids65", gob_configs[_i], "gob"))));
    for (size_t i = 0; i < 8 * whole.n; i += i < 2048 ? 1 : step) {
        struct aw_wr w = aw_wr_init(again, sizeof(again));

        memcpy(buf, whole.p, whole.n);
        buf[i / 8] ^= (uint8_t)(1U << i % 8);
        if (is_plain((aw_bytes){buf, whole.n})) {
            /* Then it says something else. */
            ck_assert_int_eq(
                aw_bootcfg_parse((aw_bytes){buf, whole.n}, &c, NULL), AW_OK);
            ck_assert_int_eq(aw_bootcfg_write(&c, &w), AW_OK);
            ck_assert(!aw_bytes_equal(aw_wr_done(&w), whole));
        }
    }
}
END_TEST

/* Every beginning of a stream is refused, whatever it ends in. */
START_TEST(truncated)
{
    aw_bytes whole = vec_file(gob_path("ids64", gob_configs[_i], "gob"));

    for (size_t n = 0; n < whole.n; n += whole.n < 4096 ? 1 : 61) {
        struct aw_bootcfg c = {.size = 99};
        aw_bytes part = {whole.p, n};

        ck_assert_int_eq(aw_bootcfg_parse(part, &c, NULL), AW_ERR_SHORT);
        ck_assert_int_eq(c.size, 99);
    }
}
END_TEST

static const char *const bundles[] = {"21-bundle-real-applet-ci2-49",
                                      "22-bundle-all-fields"};

START_TEST(bundle_file)
{
    static uint8_t buf[4096];
    aw_bytes want = vec_file(gob_path("ids64", bundles[_i], "gob"));
    aw_bytes old = vec_file(gob_path("ids65", bundles[_i], "gob"));
    struct aw_bundle_file f = {0};
    struct aw_wr w = aw_wr_init(buf, want.n);
    struct aw_wr w_old = aw_wr_init(buf, want.n);
    struct aw_wr narrow = aw_wr_init(buf, want.n - 1);

    ck_assert_int_eq(aw_bundle_file_parse(want, &f, NULL), AW_OK);
    ck_assert_int_eq(aw_bundle_file_write(&f, &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), want);
    ck_assert_int_eq(aw_bundle_file_write(&f, &narrow), AW_ERR_SPACE);
    ck_assert_int_eq(aw_bundle_file_parse(old, &f, NULL), AW_OK);
    ck_assert_int_eq(aw_bundle_file_write(&f, &w_old), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w_old), want);
    ck_assert_int_eq(
        aw_bundle_file_parse((aw_bytes){want.p, want.n - 1}, &f, NULL),
        AW_ERR_SHORT);
}
END_TEST

START_TEST(bundle_file_fields)
{
    struct aw_bundle_file f = {0};
    aw_bytes real = vec_file(gob_path("ids64", bundles[0], "gob"));
    aw_bytes all = vec_file(gob_path("ids64", bundles[1], "gob"));
    struct aw_bootcfg c = gob_config(gob_path("ids64", gob_configs[2], "gob"));

    ck_assert_int_eq(aw_bundle_file_parse(all, &f, NULL), AW_OK);
    CK_ASSERT_BYTES(f.checkpoint, aw_text("cp"));
    ck_assert_uint_eq(f.index, 5);
    ck_assert_uint_eq(f.n_proof, 1);
    ck_assert_uint_eq(f.proof[0].n, 32);
    CK_ASSERT_BYTES(f.manifest, aw_text("mf"));
    CK_ASSERT_BYTES(f.firmware, aw_text("fw"));
    CK_ASSERT_BYTES(f.hab_signature, aw_text("hs"));

    ck_assert_int_eq(aw_bundle_file_parse(real, &f, NULL), AW_OK);
    ck_assert_uint_eq(f.index, c.log_index);
    CK_ASSERT_BYTES(f.checkpoint, c.checkpoint);
    CK_ASSERT_BYTES(f.manifest, c.manifest);
    ck_assert_uint_eq(f.n_proof, c.n_proof);
    ck_assert_uint_eq(f.firmware.n, 0);
    ck_assert_uint_eq(f.hab_signature.n, 0);
}
END_TEST

/* The other Config of the Go projects calls the index by another name. */
START_TEST(foreign_config)
{
    struct aw_bootcfg c =
        gob_config(gob_path("ids64", "23-common-config-real", "gob"));
    struct aw_bootcfg c65 =
        gob_config(gob_path("ids65", "23-common-config-real", "gob"));

    ck_assert_int_eq(c.offset, 1073782784);
    ck_assert_int_eq(c.size, 16961253);
    ck_assert_uint_eq(c.log_index, 0);
    ck_assert_uint_eq(c.n_proof, 3);
    ck_assert_uint_eq(c.manifest.n, 1348);
    CK_ASSERT_BYTES(c65.manifest, c.manifest);
}
END_TEST

START_TEST(shifted_ids)
{
    struct aw_bootcfg c =
        gob_config(gob_path("ids64", "41-shifted-type-ids", "gob"));

    ck_assert_int_gt(c.offset, 0);
    ck_assert_int_gt(c.size, 0);
}
END_TEST

static const char *described(const struct aw_bootcfg *c)
{
    static char text[256];

    /* Go's nil lists are those not sent. */
    ck_assert_int_gt(
        snprintf(text, sizeof(text),
                 "off=%lld size=%lld sigs=%zu(nil %s) cp=%zu mf=%zu idx=%llu "
                 "proof=%zu(nil %s)",
                 (long long)c->offset, (long long)c->size, c->n_signatures,
                 c->n_signatures == 0 ? "true" : "false", c->checkpoint.n,
                 c->manifest.n, (unsigned long long)c->log_index, c->n_proof,
                 c->n_proof == 0 ? "true" : "false"),
        0);
    return text;
}

START_TEST(malformed)
{
    const cJSON *rows = vec_json(GOB "malformed.json");
    const cJSON *row = NULL;
    int n = 0;

    cJSON_ArrayForEach(row, rows)
    {
        const char *file = vec_cstr(vec_str(row, "file"));
        char path[256];
        struct aw_bootcfg c = {.size = 99};

        if (cJSON_GetObjectItemCaseSensitive(row, "ok") == NULL) {
            continue; /* about truncation, tested above */
        }
        ck_assert_int_gt(snprintf(path, sizeof(path), GOB "%s", file), 0);
        aw_err err = aw_bootcfg_parse(vec_file(path), &c, NULL);

        ck_assert_msg((err == AW_OK) == vec_bool(row, "ok"), "%s: %s", file,
                      aw_err_text(err));
        if (err == AW_OK) {
            CK_ASSERT_BYTES(aw_text(described(&c)), vec_str(row, "decoded"));
        } else {
            ck_assert_int_eq(c.size, 99);
        }
        n++;
    }
    ck_assert_int_eq(n, 44);
}
END_TEST

static const struct {
    const char *file;
    aw_err want;
} reasons[] = {
    {"all-zero", AW_ERR_NOT_FOUND},
    {"leading-zero-messages", AW_ERR_NOT_FOUND},
    {"empty", AW_ERR_SHORT},
    {"types-only", AW_ERR_SHORT},
    {"types-then-zeros", AW_ERR_SHORT},
    {"offset-as-uint", AW_ERR_TYPE},
    {"value-type-int", AW_ERR_TYPE},
    {"undefined-value-type", AW_ERR_TYPE},
    {"no-field-matches", AW_ERR_TYPE},
    {"duplicate-type", AW_ERR_FORMAT},
    {"builtin-id-defined", AW_ERR_FORMAT},
    {"nine-byte-int", AW_ERR_FORMAT},
    {"empty-field-name", AW_ERR_FORMAT},
    {"field-out-of-range", AW_ERR_FORMAT},
    {"message-length-huge", AW_ERR_SHORT},
    {"slice-count-huge", AW_ERR_SPACE},
    {"slice-count-too-big-for-data", AW_ERR_SPACE},
};

START_TEST(reason)
{
    struct aw_bootcfg c;
    struct aw_diag diag = {0};
    aw_bytes stream = vec_file(gob_path("malformed", reasons[_i].file, "gob"));
    aw_err err = aw_bootcfg_parse(stream, &c, &diag);

    ck_assert_msg(err == reasons[_i].want, "%s: %s at %s", reasons[_i].file,
                  aw_err_name(err), diag.where);
    ck_assert_int_eq(diag.err, err);
    ck_assert_ptr_nonnull(diag.where);
}
END_TEST

START_TEST(size_limit)
{
    static uint8_t area[AW_BOOTCFG_MAX + 1];
    static uint8_t text[AW_BOOTCFG_MAX];
    static uint8_t out[AW_BOOTCFG_MAX + 1];
    aw_bytes stream = vec_file(gob_path("ids64", gob_configs[2], "gob"));
    struct aw_bootcfg c;

    memcpy(area, stream.p, stream.n);
    ck_assert_int_eq(
        aw_bootcfg_parse((aw_bytes){area, AW_BOOTCFG_MAX}, &c, NULL), AW_OK);
    ck_assert_int_eq(
        aw_bootcfg_parse((aw_bytes){area, AW_BOOTCFG_MAX + 1}, &c, NULL),
        AW_ERR_SPACE);

    /* 179 bytes of types, then "fe <2>", "ff80", "04 02", "fe <2>", 00 00. */
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    struct aw_bootcfg large = {.manifest = {text, AW_BOOTCFG_MAX - 179 - 12}};

    ck_assert_int_eq(aw_bootcfg_write(&large, &w), AW_OK);
    ck_assert_uint_eq(w.n, AW_BOOTCFG_MAX);
    ck_assert_int_eq(aw_bootcfg_parse(aw_wr_done(&w), &c, NULL), AW_OK);
    large.manifest.n++;
    w = aw_wr_init(out, sizeof(out));
    ck_assert_int_eq(aw_bootcfg_write(&large, &w), AW_ERR_SPACE);
    ck_assert_uint_eq(w.n, 0);
}
END_TEST

START_TEST(too_many_to_write)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_bootcfg c = {.n_proof = AW_BOOTCFG_PROOF_MAX + 1};

    ck_assert_int_eq(aw_bootcfg_write(&c, &w), AW_ERR_SPACE);
}
END_TEST

Suite *suite_bootcfg(void)
{
    Suite *s = suite_create("bootcfg");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, read_config, 0, GOB_CONFIGS);
    tcase_add_loop_test(tc, write_config, 0, GOB_CONFIGS);
    tcase_add_loop_test(tc, truncated, 0, GOB_CONFIGS);
    tcase_add_loop_test(tc, plain_config, 0, GOB_CONFIGS);
    tcase_add_loop_test(tc, bundle_file, 0, (int)COUNT(bundles));
    tcase_add_test(tc, bundle_file_fields);
    tcase_add_test(tc, foreign_config);
    tcase_add_test(tc, shifted_ids);
    tcase_add_test(tc, malformed);
    tcase_add_loop_test(tc, reason, 0, (int)COUNT(reasons));
    tcase_add_test(tc, size_limit);
    tcase_add_test_raise_signal(tc, too_many_to_write, SIGABRT);
    suite_add_tcase(s, tc);
    return s;
}
