/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/ivt.h"

#include <string.h>

#include "aw/hab/dcd.h"
#include "suites.h"
#include "support.h"

START_TEST(vector)
{
    aw_bytes image = vec_file("hab/image/test.imx");
    struct aw_ivt ivt;
    struct aw_boot_data boot;
    aw_bytes dcd = {0};
    uint8_t buf[AW_IVT_SIZE + AW_BOOT_DATA_SIZE];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    size_t csf = 0;

    ck_assert_int_eq(aw_ivt_parse(image, &ivt, NULL), AW_OK);
    ck_assert_uint_eq(ivt.version, 0x40);
    ck_assert_uint_eq(ivt.self, 0x8000f400);
    ck_assert_uint_eq(ivt.entry, 0x80010040);
    ck_assert_uint_eq(ivt.dcd, 0x8000f42c);
    ck_assert_uint_eq(ivt.boot_data, 0x8000f420);
    ck_assert_uint_eq(ivt.csf, 0x80012000);
    ck_assert_int_eq(aw_ivt_offset(&ivt, ivt.csf, &csf, NULL), AW_OK);
    ck_assert_uint_eq(csf, image.n);
    ck_assert_int_eq(aw_boot_data_parse(image, &ivt, &boot, NULL), AW_OK);
    ck_assert_uint_eq(boot.start, 0x8000f000);
    ck_assert_uint_eq(boot.length, 0x7000);
    ck_assert_uint_eq(boot.plugin, 0);
    ck_assert_int_eq(aw_ivt_find_dcd(image, &dcd, NULL), AW_OK);
    CK_ASSERT_BYTES(dcd, vec_file("hab/image/test.dcd.bin"));

    aw_ivt_write(&ivt, &w);
    aw_boot_data_write(&boot, &w);
    image.n = sizeof(buf);
    CK_ASSERT_BYTES(aw_wr_done(&w), image);
}
END_TEST

START_TEST(sdp_vector)
{
    aw_bytes dcd = {0};

    ck_assert_int_eq(
        aw_ivt_find_dcd(vec_file("hab/image/test-sdp.imx"), &dcd, NULL),
        AW_ERR_NOT_FOUND);
    ck_assert_ptr_null(dcd.p);
}
END_TEST

/* IVT of an image at 0x80000400 with a DCD at 0x20 and boot data at 0x28. */
static const uint8_t good[] = {
    0xd1, 0x00, 0x20, 0x40, 0x00, 0x10, 0x00, 0x80, /* entry */
    0x00, 0x00, 0x00, 0x00, 0x20, 0x04, 0x00, 0x80, /* dcd */
    0x28, 0x04, 0x00, 0x80, 0x00, 0x04, 0x00, 0x80, /* boot data, self */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* csf */
    0xd2, 0x00, 0x08, 0x41, 0xc0, 0x00, 0x04, 0x00, /* DCD */
    0x00, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, /* boot data */
    0x00, 0x00, 0x00, 0x00,
};

static const struct {
    const char *name;
    size_t n;   /* image bytes used */
    size_t at;  /* one byte changed here ... */
    uint8_t to; /* ... to this */
    aw_err ivt;
    aw_err dcd;
    aw_err boot;
} cases[] = {
    {"as made", 52, 0, 0xd1, AW_OK, AW_OK, AW_OK},
    {"IVT cut", 31, 0, 0xd1, AW_ERR_SHORT, AW_ERR_SHORT, AW_ERR_SHORT},
    {"IVT only", 32, 0, 0xd1, AW_OK, AW_ERR_SHORT, AW_ERR_SHORT},
    {"tag", 52, 0, 0xd0, AW_ERR_FORMAT, AW_ERR_FORMAT, AW_ERR_FORMAT},
    {"length high", 52, 1, 0x01, AW_ERR_FORMAT, AW_ERR_FORMAT, AW_ERR_FORMAT},
    {"length low", 52, 2, 0x24, AW_ERR_FORMAT, AW_ERR_FORMAT, AW_ERR_FORMAT},
    {"major 3", 52, 3, 0x30, AW_ERR_FORMAT, AW_ERR_FORMAT, AW_ERR_FORMAT},
    {"major 5", 52, 3, 0x50, AW_ERR_FORMAT, AW_ERR_FORMAT, AW_ERR_FORMAT},
    {"minor 15", 52, 3, 0x4f, AW_OK, AW_OK, AW_OK},
    {"DCD below image", 52, 13, 0x03, AW_OK, AW_ERR_RANGE, AW_OK},
    {"DCD far behind image", 52, 15, 0xff, AW_OK, AW_ERR_SHORT, AW_OK},
    {"DCD header cut", 35, 0, 0xd1, AW_OK, AW_ERR_SHORT, AW_ERR_SHORT},
    {"DCD body cut by one byte", 39, 0, 0xd1, AW_OK, AW_ERR_SHORT,
     AW_ERR_SHORT},
    {"DCD body ends with image", 40, 0, 0xd1, AW_OK, AW_OK, AW_ERR_SHORT},
    {"DCD tag", 52, 32, 0xd3, AW_OK, AW_ERR_FORMAT, AW_OK},
    {"DCD version", 52, 35, 0x51, AW_OK, AW_ERR_FORMAT, AW_OK},
    {"DCD length 3", 52, 34, 0x03, AW_OK, AW_ERR_FORMAT, AW_OK},
    {"DCD length 4", 52, 34, 0x04, AW_OK, AW_OK, AW_OK},
    {"DCD length 0x0808", 52, 33, 0x08, AW_OK, AW_ERR_RANGE, AW_OK},
    {"boot data below image", 52, 17, 0x03, AW_OK, AW_OK, AW_ERR_RANGE},
    {"boot data cut", 51, 0, 0xd1, AW_OK, AW_OK, AW_ERR_SHORT},
    {"self above all", 52, 23, 0x81, AW_OK, AW_ERR_RANGE, AW_ERR_RANGE},
};

START_TEST(table)
{
    uint8_t copy[sizeof(good)];
    struct aw_ivt ivt = {.entry = 7};
    struct aw_boot_data boot = {.length = 7};
    struct aw_diag diag = {0};
    aw_bytes dcd = {0};
    aw_bytes image = {copy, cases[_i].n};

    memcpy(copy, good, sizeof(copy));
    copy[cases[_i].at] = cases[_i].to;
    aw_err err = aw_ivt_parse(image, &ivt, &diag);

    ck_assert_msg(err == cases[_i].ivt, "%s: IVT %s", cases[_i].name,
                  aw_err_text(err));
    if (err != AW_OK) {
        ck_assert_uint_eq(ivt.entry, 7);
        ck_assert_int_eq(diag.err, err);
        return;
    }
    err = aw_ivt_find_dcd(image, &dcd, &diag);
    ck_assert_msg(err == cases[_i].dcd, "%s: DCD %s", cases[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(dcd.n == 0, err != AW_OK);
    err = aw_boot_data_parse(image, &ivt, &boot, &diag);
    ck_assert_msg(err == cases[_i].boot, "%s: boot data %s", cases[_i].name,
                  aw_err_text(err));
    ck_assert_uint_eq(boot.length, err == AW_OK ? 0x1000 : 7);
}
END_TEST

/* A pointer that upstream subtracts in 32 bits and lets wrap. */
START_TEST(wrapping_pointers)
{
    uint8_t copy[sizeof(good)];
    aw_bytes dcd = {0};

    memcpy(copy, good, sizeof(copy));
    copy[12] = 0xfd;
    copy[13] = 0x03;
    ck_assert_int_eq(
        aw_ivt_find_dcd((aw_bytes){copy, sizeof(copy)}, &dcd, NULL),
        AW_ERR_RANGE);
    copy[12] = 0x20;
    copy[13] = 0x04;
    copy[34] = 64; /* longer than what is left behind the DCD's offset */
    ck_assert_int_eq(
        aw_ivt_find_dcd((aw_bytes){copy, sizeof(copy)}, &dcd, NULL),
        AW_ERR_SHORT);
}
END_TEST

Suite *suite_ivt(void)
{
    Suite *s = suite_create("ivt");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vector);
    tcase_add_test(tc, sdp_vector);
    tcase_add_loop_test(tc, table, 0, (int)COUNT(cases));
    tcase_add_test(tc, wrapping_pointers);
    suite_add_tcase(s, tc);
    return s;
}
