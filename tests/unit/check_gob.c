/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of gob that no program of Go writes for our records: what is
 * skipped, and where the reader stops. */
#include <stdio.h>
#include <string.h>

#include "aw/bootcfg.h"
#include "suites.h"
#include "support.h"

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

Suite *suite_gob(void)
{
    Suite *s = suite_create("gob");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, skip, 0, (int)COUNT(skips));
    tcase_add_test(tc, types_limit);
    tcase_add_test(tc, fields_limit);
    tcase_add_test(tc, list_limits);
    suite_add_tcase(s, tc);
    return s;
}
