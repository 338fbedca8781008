/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fw/mmu.h"
#include "suites.h"
#include "support.h"

static uint32_t l1[MMU_L1_ENTRIES];
static uint32_t l2[MMU_L2_TABLES][MMU_L2_ENTRIES];
static struct mmu_tables tables;

#define L2_AT UINT32_C(0x80200000)

static aw_err build(const struct mmu_range *ranges, size_t n)
{
    tables = (struct mmu_tables){.l1 = l1, .l2 = l2, .l2_address = L2_AT};
    return mmu_build(&tables, ranges, n);
}

/* Descriptors by the architecture manual: type, XN, B C TEX, AP. */
static const struct {
    enum mmu_kind kind;
    uint32_t section;
    uint32_t page;
} forms[] = {
    {MMU_NONE, 0, 0},
    {MMU_CODE, 0x9002940e, 0x90000a5e},
    {MMU_CONST, 0x9002941e, 0x90000a5f},
    {MMU_DATA, 0x9002141e, 0x9000085f},
    {MMU_DMA, 0x90021412, 0x90000853},
    {MMU_DEVICE, 0x90020416, 0x90000817},
    {MMU_USER_CODE, 0x90029c0f, 0x90000a7e},
    {MMU_USER_CONST, 0x90029c1f, 0x90000a7f},
    {MMU_USER_DATA, 0x90021c1f, 0x9000087f},
};

START_TEST(forms_by_kind)
{
    const struct mmu_range whole = {0x90000000, 0x00100000, forms[_i].kind};
    const struct mmu_range part = {0x90000000, 0x1000, forms[_i].kind};

    ck_assert_int_eq(build(&whole, 1), AW_OK);
    ck_assert_uint_eq(l1[0x900], forms[_i].section);
    ck_assert_uint_eq(l1[0x901], 0);
    ck_assert_int_eq(build(&part, 1), AW_OK);
    ck_assert_uint_eq(l1[0x900],
                      L2_AT | (forms[_i].kind >= MMU_USER_CODE ? 5 : 1));
    ck_assert_uint_eq(l2[0][0], forms[_i].page);
    ck_assert_uint_eq(l2[0][1], 0);
}
END_TEST

/* Nothing can be written and executed. */
START_TEST(write_xor_execute)
{
    for (int kind = MMU_NONE; kind < MMU_KINDS; kind++) {
        const struct mmu_range r = {0, 0x00101000, (enum mmu_kind)kind};

        ck_assert_int_eq(build(&r, 1), AW_OK);
        bool executes = (l1[0] & 2) == 2 && (l1[0] & 1U << 4) == 0;
        bool writes = (l1[0] & 2) == 2 && (l1[0] & 1U << 15) == 0;

        ck_assert(!(executes && writes));
        executes = (l2[0][0] & 3) == 2;
        writes = (l2[0][0] & 2) == 2 && (l2[0][0] & 1U << 9) == 0;
        ck_assert(!(executes && writes));
    }
}
END_TEST

/* A page in the middle of a section leaves the others as they were. */
START_TEST(pages_replace_a_section)
{
    const struct mmu_range ranges[] = {
        {0x80000000, 0x00200000, MMU_DATA},
        {0x80001000, 0x1000, MMU_CODE},
        {0x80003000, 0x1000, MMU_NONE},
    };

    ck_assert_int_eq(build(ranges, 3), AW_OK);
    ck_assert_uint_eq(tables.l2_used, 1);
    ck_assert_uint_eq(l2[0][0], 0x8000085f);
    ck_assert_uint_eq(l2[0][1], 0x80001a5e);
    ck_assert_uint_eq(l2[0][2], 0x8000285f);
    ck_assert_uint_eq(l2[0][3], 0);
    ck_assert_uint_eq(l2[0][255], 0x800ff85f);
    ck_assert_uint_eq(l1[0x801], 0x8012141e);
}
END_TEST

/* Sections of a user that become pages stay forbidden to PL1; only a user's
 * memory is elsewhere. */
START_TEST(users_are_moved)
{
    const struct mmu_range ranges[] = {
        {0x90000000, 0x00200000, MMU_USER_DATA},
        {0x90001000, 0x1000, MMU_NONE},
        {0x80000000, 0x1000, MMU_CODE},
    };

    tables = (struct mmu_tables){
        .l1 = l1, .l2 = l2, .l2_address = L2_AT, .user_offset = 0x08000000};
    ck_assert_int_eq(mmu_build(&tables, ranges, 3), AW_OK);
    ck_assert_uint_eq(l1[0x900], L2_AT | 5);
    ck_assert_uint_eq(l2[0][0], 0x9800087f);
    ck_assert_uint_eq(l2[0][1], 0);
    ck_assert_uint_eq(l2[0][2], 0x9800287f);
    ck_assert_uint_eq(l1[0x901], 0x98121c1f);
    ck_assert_uint_eq(l1[0x800], (L2_AT + 0x400) | 1);
    ck_assert_uint_eq(l2[1][0], 0x80000a5e);
}
END_TEST

static const struct {
    const char *name;
    struct mmu_range range;
    aw_err want;
} edges[] = {
    {"last page of all", {0xfffff000, 0x1000, MMU_DATA}, AW_OK},
    {"empty", {0x80000000, 0, MMU_DATA}, AW_OK},
    {"start inside a page", {0x80000800, 0x1000, MMU_DATA}, AW_ERR_RANGE},
    {"half a page", {0x80000000, 0x800, MMU_DATA}, AW_ERR_RANGE},
    {"wraps", {0xfffff000, 0x2000, MMU_DATA}, AW_ERR_RANGE},
};

START_TEST(range_edges)
{
    ck_assert_msg(build(&edges[_i].range, 1) == edges[_i].want, "%s",
                  edges[_i].name);
}
END_TEST

START_TEST(tables_run_out)
{
    struct mmu_range ranges[MMU_L2_TABLES + 1];

    for (uint32_t i = 0; i <= MMU_L2_TABLES; i++) {
        ranges[i] = (struct mmu_range){i << 20, 0x1000, MMU_DATA};
    }
    ck_assert_int_eq(build(ranges, MMU_L2_TABLES), AW_OK);
    ck_assert_int_eq(build(ranges, MMU_L2_TABLES + 1), AW_ERR_SPACE);
}
END_TEST

Suite *suite_fw_mmu(void)
{
    Suite *s = suite_create("fw_mmu");
    TCase *tc = tcase_create("tables");

    tcase_add_loop_test(tc, forms_by_kind, 0, sizeof(forms) / sizeof(forms[0]));
    tcase_add_test(tc, write_xor_execute);
    tcase_add_test(tc, pages_replace_a_section);
    tcase_add_test(tc, users_are_moved);
    tcase_add_loop_test(tc, range_edges, 0, sizeof(edges) / sizeof(edges[0]));
    tcase_add_test(tc, tables_run_out);
    suite_add_tcase(s, tc);
    return s;
}
