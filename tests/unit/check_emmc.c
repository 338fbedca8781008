/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"

#include "suites.h"
#include "support.h"

/* Blocks of the smallest device seen. */
#define CARD_BLOCKS UINT64_C(30576640)

START_TEST(sorted_without_overlap)
{
    size_t n = 0;
    const struct aw_emmc_region *r = aw_emmc_regions(&n);
    uint64_t end = 0;

    ck_assert_uint_eq(n, 17);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(r[i].first >= end && r[i].blocks > 0, "%s", r[i].name);
        ck_assert_uint_lt(r[i].copy, 2);
        end = r[i].first + r[i].blocks;
    }
    ck_assert_uint_le(end, CARD_BLOCKS);
}
END_TEST

static const struct {
    enum aw_emmc_kind kind;
    enum aw_component component;
    unsigned copy;
    uint64_t offset; /* bytes, as transparency formats print them */
    uint64_t size;
} places[] = {
    {AW_EMMC_IMAGE, AW_BOOTLOADER, 0, 1024, 10357760},
    {AW_EMMC_BOOT_STATE, AW_BOOTLOADER, 0, 10358784, 512},
    {AW_EMMC_BOOT_STATE, AW_BOOTLOADER, 1, 10359296, 512},
    {AW_EMMC_SETTINGS, AW_TRUSTED_OS, 0, 10359808, 512},
    {AW_EMMC_SETTINGS, AW_TRUSTED_OS, 1, 10360320, 512},
    {AW_EMMC_CONFIG, AW_TRUSTED_OS, 1, 10362880, 40960},
    {AW_EMMC_CONFIG, AW_TRUSTED_APPLET, 1, 10403840, 40960},
    {AW_EMMC_CONFIG, AW_BOOTLOADER, 0, 10444800, 40960},
    {AW_EMMC_CONFIG, AW_TRUSTED_OS, 0, 10485760, 40960},
    {AW_EMMC_SLOT, AW_TRUSTED_OS, 0, 10526720, 531607552},
    {AW_EMMC_SLOT, AW_TRUSTED_OS, 1, 542134272, 531607552},
    {AW_EMMC_CONFIG, AW_TRUSTED_APPLET, 0, 1073741824, 40960},
    {AW_EMMC_SLOT, AW_TRUSTED_APPLET, 0, 1073782784, 530579456},
    {AW_EMMC_SLOT, AW_TRUSTED_APPLET, 1, 1604362240, 543121408},
    {AW_EMMC_DATA, AW_TRUSTED_APPLET, 0, 2147483648, UINT64_C(2) << 30},
    {AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, 0, 15636365312, 1 << 20},
    {AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, 1, 15637413888, 1 << 20},
};

START_TEST(place)
{
    size_t n = 0;
    const struct aw_emmc_region *all = aw_emmc_regions(&n);
    const struct aw_emmc_region *r =
        aw_emmc_find(places[_i].kind, places[_i].component, places[_i].copy);

    ck_assert_uint_eq(n, COUNT(places));
    ck_assert_ptr_eq(r, &all[_i]);
    ck_assert_uint_eq(aw_emmc_offset(r), places[_i].offset);
    ck_assert_uint_eq(aw_emmc_size(r), places[_i].size);
    ck_assert_ptr_eq(aw_emmc_at(r->first), r);
    ck_assert_ptr_eq(aw_emmc_at(r->first + r->blocks - 1), r);
    ck_assert_ptr_ne(aw_emmc_at(r->first + r->blocks), r);
    ck_assert_ptr_ne(aw_emmc_at(r->first - 1), r);
}
END_TEST

START_TEST(nowhere)
{
    static const uint64_t gaps[] = {0,        1,         0x4f0c,    0x4f0f,
                                    0x800000, 0x1d1ffff, 0x1d21000, UINT64_MAX};

    for (size_t i = 0; i < COUNT(gaps); i++) {
        ck_assert_ptr_null(aw_emmc_at(gaps[i]));
    }
    ck_assert_ptr_null(aw_emmc_find(AW_EMMC_SLOT, AW_RECOVERY, 0));
    ck_assert_ptr_null(aw_emmc_find(AW_EMMC_CONFIG, AW_BOOTLOADER, 1));
    ck_assert_ptr_null(aw_emmc_find(AW_EMMC_SLOT, AW_TRUSTED_OS, 2));
}
END_TEST

static const struct {
    int64_t offset;
    int64_t size;
    enum aw_component component;
    aw_err want;
} checks[] = {
    {1024, 2976768, AW_BOOTLOADER, AW_OK},
    {1024, 10357760, AW_BOOTLOADER, AW_OK},
    {1024, 10357760 + 1, AW_BOOTLOADER, AW_ERR_SPACE},
    {512, 1, AW_BOOTLOADER, AW_ERR_NOT_FOUND},
    {10526720, 1, AW_BOOTLOADER, AW_ERR_NOT_FOUND},
    {1024, 1, AW_RECOVERY, AW_ERR_NOT_FOUND},
    {10526720, 1, AW_TRUSTED_OS, AW_OK},
    {542134272, AW_FIRMWARE_MAX, AW_TRUSTED_OS, AW_OK},
    {542134272, AW_FIRMWARE_MAX + 1, AW_TRUSTED_OS, AW_ERR_SPACE},
    {10526720, 0, AW_TRUSTED_OS, AW_ERR_RANGE},
    {10526720, -1, AW_TRUSTED_OS, AW_ERR_RANGE},
    {10526720, INT64_MIN, AW_TRUSTED_OS, AW_ERR_RANGE},
    {10526720, INT64_MAX, AW_TRUSTED_OS, AW_ERR_SPACE},
    {10526721, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {10526719, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {1073782784, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {0, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {-1, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {INT64_MIN, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {INT64_MAX, 1, AW_TRUSTED_OS, AW_ERR_NOT_FOUND},
    {1073782784, 16961253, AW_TRUSTED_APPLET, AW_OK},
    {1604362240, 16961253, AW_TRUSTED_APPLET, AW_OK},
    {1073741824, 16961253, AW_TRUSTED_APPLET, AW_ERR_NOT_FOUND},
};

START_TEST(check_place)
{
    const struct aw_emmc_region *r = NULL;

    ck_assert_int_eq(aw_emmc_check(checks[_i].component, checks[_i].offset,
                                   checks[_i].size, &r),
                     checks[_i].want);
    ck_assert_int_eq(r != NULL, checks[_i].want == AW_OK);
    if (r != NULL) {
        ck_assert_uint_eq(aw_emmc_offset(r), (uint64_t)checks[_i].offset);
        ck_assert_int_eq(r->component, checks[_i].component);
    }
}
END_TEST

Suite *suite_emmc(void)
{
    Suite *s = suite_create("emmc");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, sorted_without_overlap);
    tcase_add_loop_test(tc, place, 0, (int)COUNT(places));
    tcase_add_test(tc, nowhere);
    tcase_add_loop_test(tc, check_place, 0, (int)COUNT(checks));
    suite_add_tcase(s, tc);
    return s;
}
