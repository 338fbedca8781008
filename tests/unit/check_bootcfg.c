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

static void put_message(struct aw_wr *w, const char *hex)
{
    aw_bytes body = vec_unhex(aw_text(hex));

    ck_assert_uint_lt(body.n, 256);
    if (body.n >= 128) {
        aw_wr_u8(w, 0xff);
    }
    aw_wr_u8(w, (uint8_t)body.n);
    aw_wr_put(w, body);
}

/*
 * Streams of struct 64 {x of some type; Offset int}, x a field that we do
 * not know: what is skipped, and what not. Type 65 is "ff82", 66 "ff84", 67
 * "ff86"; a definition of 65 begins "ff81", then form, "0100" for a common
 * part without name and id, and its parts.
 */
static const struct {
    const char *name;
    const char *type;
    const char *defs[2];
    const char *value;
    aw_err want;
} skips[] = {
    {"bool", "02", {0}, "01", AW_OK},
    {"int", "04", {0}, "feffff", AW_OK},
    {"uint", "06", {0}, "05", AW_OK},
    {"float", "08", {0}, "fef03f", AW_OK},
    {"bytes", "0a", {0}, "03010203", AW_OK},
    {"bytes too long", "0a", {0}, "09010203", AW_ERR_SHORT},
    {"string", "0c", {0}, "03616263", AW_OK},
    {"complex", "0e", {0}, "fef03f08", AW_OK},
    {"interface", "10", {0}, "00", AW_ERR_UNSUPPORTED},
    {"id zero", "00", {0}, "01", AW_ERR_FORMAT},
    {"id of no built-in type", "12", {0}, "01", AW_ERR_FORMAT},
    {"negative id", "03", {0}, "01", AW_ERR_FORMAT},
    {"undefined", "ff82", {0}, "01", AW_ERR_FORMAT},
    {"slice", "ff82", {"ff81020100010c0000"}, "02016100", AW_OK},
    {"slice, count too high",
     "ff82",
     {"ff81020100010c0000"},
     "7f0161",
     AW_ERR_SHORT},
    {"slice, count huge",
     "ff82",
     {"ff81020100010c0000"},
     "f8ffffffffffffffff",
     AW_ERR_SHORT},
    {"slice of undefined",
     "ff82",
     {"ff8102010001ff840000"},
     "00",
     AW_ERR_FORMAT},
    {"slice of interfaces",
     "ff82",
     {"ff810201000110 0000"},
     "00",
     AW_ERR_UNSUPPORTED},
    {"array", "ff82", {"ff8101010001040104 0000"}, "020305", AW_OK},
    {"array of other length",
     "ff82",
     {"ff8101010001040104 0000"},
     "0103",
     AW_ERR_FORMAT},
    {"map", "ff82", {"ff8104010001 0c0106 0000"}, "0201610501620 6", AW_OK},
    {"map of undefined keys",
     "ff82",
     {"ff8104010001ff8401060000"},
     "00",
     AW_ERR_FORMAT},
    {"map, half a pair",
     "ff82",
     {"ff8104010001 0c0106 0000"},
     "fd0fffff",
     AW_ERR_SHORT},
    {"struct", "ff82", {"ff810301000101 0101610104 000000"}, "010500", AW_OK},
    {"struct, field beyond",
     "ff82",
     {"ff810301000101 0101610104 000000"},
     "020500",
     AW_ERR_FORMAT},
    {"struct with nameless field",
     "ff82",
     {"ff810301000101 02040000 00"},
     "00",
     AW_ERR_FORMAT},
    {"struct of undefined",
     "ff82",
     {"ff810301000101 01016101ff84 000000"},
     "00",
     AW_ERR_FORMAT},
    {"struct in slice",
     "ff82",
     {"ff8102010001ff840000", "ff830301000101 0101610104 000000"},
     "02 0105 00 00",
     AW_OK},
    {"custom code", "ff82", {"ff81050100 0000"}, "021122", AW_OK},
    {"custom binary", "ff82", {"ff81060100 0000"}, "021122", AW_OK},
    {"custom text", "ff82", {"ff81070100 0000"}, "021122", AW_OK},
    {"no such form", "ff82", {"ff81080100 0000"}, "021122", AW_ERR_FORMAT},
    {"no form", "ff82", {"ff8100"}, "00", AW_ERR_FORMAT},
    {"two forms",
     "ff82",
     {"ff81020100010c00 010100 00 00"},
     "00",
     AW_ERR_FORMAT},
    {"list within itself",
     "ff82",
     {"ff8102010001ff820000"},
     "01010101010101010101010101010100",
     AW_OK},
    {"list within itself, too deep",
     "ff82",
     {"ff8102010001ff820000"},
     "0101010101010101010101010101010100",
     AW_ERR_SPACE},
    {"element type left out", "ff82", {"ff810201"}, "00", AW_ERR_FORMAT},
};

static aw_bytes without_blanks(const char *text)
{
    static uint8_t buf[256];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    for (const char *c = text; *c != 0; c++) {
        if (*c != ' ') {
            aw_wr_u8(&w, (uint8_t)*c);
        }
    }
    return aw_wr_done(&w);
}

static const char *join(const char *a, const char *b, const char *c)
{
    static char hex[512];

    ck_assert_int_lt(snprintf(hex, sizeof(hex), "%s%s%s", a, b, c),
                     (int)sizeof(hex));
    return vec_cstr(without_blanks(hex));
}

START_TEST(skip)
{
    uint8_t buf[512];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_bootcfg c = {0};
    struct aw_diag diag = {0};

    put_message(&w, join("7f03010001020101780 1", skips[_i].type,
                         "0001064f6666736574010400 0000"));
    for (size_t i = 0; i < 2 && skips[_i].defs[i] != NULL; i++) {
        put_message(&w, join(skips[_i].defs[i], "", ""));
    }
    put_message(&w, join("ff8001", skips[_i].value, "010e00"));
    aw_err err = aw_bootcfg_parse(aw_wr_done(&w), &c, &diag);

    ck_assert_msg(err == skips[_i].want, "%s: %s at %s", skips[_i].name,
                  aw_err_name(err), diag.where);
    ck_assert_int_eq(c.offset, err == AW_OK ? 7 : 0);
}
END_TEST

/* Types 65 and up, each a slice, beside a config without fields. */
static aw_err parse_with_types(size_t n)
{
    static uint8_t buf[4096];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_bootcfg c;

    put_message(&w, "7f0301000000");
    for (size_t i = 1; i < n; i++) {
        char hex[64];

        ck_assert_int_gt(snprintf(hex, sizeof(hex), "fe%04x020100010c0000",
                                  (unsigned)(2 * (64 + i) - 1)),
                         0);
        put_message(&w, hex);
    }
    put_message(&w, "ff8000");
    return aw_bootcfg_parse(aw_wr_done(&w), &c, NULL);
}

START_TEST(types_limit)
{
    ck_assert_int_eq(parse_with_types(32), AW_OK);
    ck_assert_int_eq(parse_with_types(33), AW_ERR_SPACE);
}
END_TEST

static aw_err parse_with_fields(uint8_t n)
{
    static uint8_t buf[4096];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_bootcfg c;

    aw_wr_u8(&w, 0xfe);
    aw_wr_be16(&w, (uint16_t)(9 + 9 * n));
    aw_wr_put(&w, vec_unhex(aw_text("7f03010001ff")));
    aw_wr_u8(&w, n);
    for (uint8_t i = 0; i < n; i++) {
        aw_wr_put(&w, vec_unhex(aw_text("010453697a65010400")));
    }
    aw_wr_put(&w, vec_unhex(aw_text("0000")));
    put_message(&w, "ff8000");
    return aw_bootcfg_parse(aw_wr_done(&w), &c, NULL);
}

START_TEST(fields_limit)
{
    ck_assert_int_eq(parse_with_fields(128), AW_OK);
    ck_assert_int_eq(parse_with_fields(129), AW_ERR_SPACE);
}
END_TEST

/* Struct 64 with one list of n empty elements. */
static aw_bytes list_stream(const char *name_hex, uint8_t n)
{
    static uint8_t buf[512];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    put_message(&w, join("7f0301000101 01", name_hex, "01ff82000000"));
    put_message(&w, "ff81020100010a0000");
    aw_wr_u8(&w, (uint8_t)(5 + n));
    aw_wr_put(&w, vec_unhex(aw_text("ff8001")));
    aw_wr_u8(&w, n);
    for (uint8_t i = 0; i <= n; i++) {
        aw_wr_u8(&w, 0);
    }
    return aw_wr_done(&w);
}

START_TEST(list_limits)
{
    static const char signatures[] = "0a5369676e617475726573";
    static const char proof[] = "0e496e636c7573696f6e50726f6f66";
    struct aw_bootcfg c = {0};
    struct aw_bundle_file f = {0};

    ck_assert_int_eq(aw_bootcfg_parse(list_stream(signatures, 8), &c, NULL),
                     AW_OK);
    ck_assert_uint_eq(c.n_signatures, 8);
    ck_assert_int_eq(aw_bootcfg_parse(list_stream(signatures, 9), &c, NULL),
                     AW_ERR_SPACE);
    ck_assert_int_eq(aw_bundle_file_parse(list_stream(proof, 64), &f, NULL),
                     AW_OK);
    ck_assert_uint_eq(f.n_proof, 64);
    ck_assert_int_eq(aw_bundle_file_parse(list_stream(proof, 65), &f, NULL),
                     AW_ERR_SPACE);
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
    tcase_add_loop_test(tc, skip, 0, (int)COUNT(skips));
    tcase_add_test(tc, types_limit);
    tcase_add_test(tc, fields_limit);
    tcase_add_test(tc, list_limits);
    tcase_add_test(tc, size_limit);
    tcase_add_test_raise_signal(tc, too_many_to_write, SIGABRT);
    suite_add_tcase(s, tc);
    return s;
}
