/* SPDX-License-Identifier: Apache-2.0 */
/* The record that holds a version. */
#include "aw/bootcfg.h"

#include <string.h>

#include "gob_vectors.h"
#include "suites.h"
#include "support.h"

static const struct {
    const char *file;
    const char *version;
} versions[] = {
    {"31-version-0_3_1710844364-incompatible", "0.3.1710844364-incompatible"},
    {"32-version-0_0_0", "0.0.0"},
    {"33-version-1_2_3", "1.2.3"},
    {"34-version-", ""},
};

START_TEST(version_record)
{
    uint8_t buf[32];
    uint8_t sector[256] = {0};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes stream = vec_file(gob_path(".", versions[_i].file, "gob"));
    aw_bytes version = {0};

    ck_assert_int_eq(aw_version_record_parse(stream, &version, NULL), AW_OK);
    CK_ASSERT_BYTES(version, aw_text(versions[_i].version));
    ck_assert_int_eq(aw_version_record_write(version, &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), stream);
    memcpy(sector, stream.p, stream.n);
    ck_assert_int_eq(aw_version_record_parse((aw_bytes){sector, sizeof(sector)},
                                             &version, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(version, aw_text(versions[_i].version));
    for (size_t n = 0; n < stream.n; n++) {
        ck_assert_int_eq(
            aw_version_record_parse((aw_bytes){stream.p, n}, &version, NULL),
            AW_ERR_SHORT);
    }
}
END_TEST

START_TEST(version_record_limits)
{
    static const char longest[] = "0.0.0+0123456789abcdef012345";
    static const uint8_t zeros[257];
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes version = aw_text("x");

    ck_assert_int_eq(aw_version_record_write(aw_text(longest), &w), AW_OK);
    ck_assert_uint_eq(w.n, 32);
    ck_assert_int_eq(aw_version_record_parse(aw_wr_done(&w), &version, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(version, aw_text(longest));
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_int_eq(
        aw_version_record_write(aw_text("0.0.0+0123456789abcdef0123456"), &w),
        AW_ERR_SPACE);
    ck_assert_uint_eq(w.n, 0);

    ck_assert_int_eq(
        aw_version_record_parse((aw_bytes){zeros, 32}, &version, NULL), AW_OK);
    ck_assert_uint_eq(version.n, 0);
    ck_assert_int_eq(
        aw_version_record_parse((aw_bytes){zeros, 257}, &version, NULL),
        AW_ERR_SPACE);
    ck_assert_int_eq(
        aw_version_record_parse((aw_bytes){zeros, 0}, &version, NULL),
        AW_ERR_SHORT);
}
END_TEST

static const struct {
    const char *hex;
    aw_err want;
} records[] = {
    {"080c0005302e302e30", AW_OK},
    {"330c002e", AW_ERR_SHORT}, /* 46 characters, cut */
    {"00080c0005302e302e30", AW_ERR_NOT_FOUND},
    {"080a0005302e302e30", AW_ERR_TYPE}, /* bytes */
    {"080c0105302e302e30", AW_ERR_FORMAT},
    {"080c0006302e302e30", AW_ERR_SHORT},
    {"080c0005302e302e", AW_ERR_SHORT},
};

START_TEST(version_record_bad)
{
    aw_bytes version = aw_text("x");
    aw_bytes stream = vec_unhex(aw_text(records[_i].hex));

    ck_assert_msg(aw_version_record_parse(stream, &version, NULL) ==
                      records[_i].want,
                  "%s", records[_i].hex);
    ck_assert(records[_i].want == AW_OK || aw_bytes_is(version, "x"));
}
END_TEST

Suite *suite_version_record(void)
{
    Suite *s = suite_create("version_record");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, version_record, 0, (int)COUNT(versions));
    tcase_add_test(tc, version_record_limits);
    tcase_add_loop_test(tc, version_record_bad, 0, (int)COUNT(records));
    suite_add_tcase(s, tc);
    return s;
}
