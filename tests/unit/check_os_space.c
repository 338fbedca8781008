/* SPDX-License-Identifier: Apache-2.0 */
/* User memory of the trusted OS: regions, tables, every edge of an access. */
#include <string.h>

#include "fw/dma.h"
#include "os/applet/space.h"
#include "suites.h"
#include "support.h"

enum { PAGE = 4096 };
#define TEXT  UINT32_C(0x90010000)
#define CONST UINT32_C(0x90011000)
#define DATA  UINT32_C(0x90012000)
#define STACK UINT32_C(0x9fffe000)
#define END   UINT32_C(0xa0000000)
#define L2_AT UINT32_C(0x80200000)
#define MON   UINT32_C(0x80014000)

static uint32_t l1[MMU_L1_ENTRIES];
static uint32_t l2[MMU_L2_TABLES][MMU_L2_ENTRIES];
static uint8_t low[4 * PAGE];
static uint8_t high[2 * PAGE];
static struct space space;

static void add(uint32_t start, uint32_t size, enum mmu_kind kind)
{
    const struct space_region r = {start, size, kind};

    ck_assert_int_eq(space_add(&space, &r), AW_OK);
}

/* Text, constants, two pages of data; a hole; guard and stack. */
static void setup(void)
{
    fake_dma_on_miss(NULL);
    fake_dma_map(low, sizeof(low), TEXT);
    fake_dma_map(high, sizeof(high), STACK);
    memset(&space, 0, sizeof(space));
    space.tables = (struct mmu_tables){.l1 = l1, .l2 = l2, .l2_address = L2_AT};
    space_init(&space);
    add(STACK - PAGE, PAGE, MMU_NONE);
    add(STACK, 2 * PAGE, MMU_USER_DATA);
    add(TEXT, PAGE, MMU_USER_CODE);
    add(CONST, PAGE, MMU_USER_CONST);
    add(DATA, 2 * PAGE, MMU_USER_DATA);
}

static const struct {
    const char *name;
    uint32_t address;
    uint32_t n;
    bool read;
    bool write;
} accesses[] = {
    {"nothing, anywhere", 0, 0, true, true},
    {"nothing, at the last address", 0xffffffff, 0, true, true},
    {"text", TEXT, PAGE, true, false},
    {"before text", TEXT - 1, 1, false, false},
    {"into text", TEXT - 1, 2, false, false},
    {"constants", CONST, 1, true, false},
    {"text and constants", CONST - 4, 8, true, false},
    {"text to data", TEXT, 4 * PAGE, true, false},
    {"one more", TEXT, 4 * PAGE + 1, false, false},
    {"data", DATA, 2 * PAGE, true, true},
    {"data and one more", DATA, 2 * PAGE + 1, false, false},
    {"last byte of data", DATA + 2 * PAGE - 1, 1, true, true},
    {"behind data", DATA + 2 * PAGE, 1, false, false},
    {"constants into data", DATA - 1, 2, true, false},
    {"guard", STACK - PAGE, 1, false, false},
    {"end of guard", STACK - 1, 1, false, false},
    {"guard into stack", STACK - 1, 2, false, false},
    {"stack", STACK, 2 * PAGE, true, true},
    {"stack and one more", STACK, 2 * PAGE + 1, false, false},
    {"end of window", END - 1, 1, true, true},
    {"over the end of the window", END - 1, 2, false, false},
    {"behind the window", END, 1, false, false},
    {"hole in the window", 0x98000000, 4, false, false},
    {"all of the window", SPACE_START, SPACE_SIZE, false, false},
    {"OS", 0x80010000, 4, false, false},
    {"address 0", 0, 1, false, false},
    {"last address", 0xffffffff, 1, false, false},
    {"wraps to 0", 0xffffffff, 2, false, false},
    {"length 0x80000000", DATA, 0x80000000, false, false},
    {"length 0xffffffff", DATA, 0xffffffff, false, false},
    {"wraps to where it began", DATA, 0 - DATA, false, false},
    {"wraps into data", END - PAGE, DATA + PAGE - (END - PAGE), false, false},
};

START_TEST(access)
{
    uint8_t *p = low;
    bool ok = space_at(&space, accesses[_i].address, accesses[_i].n, false,
                       &p) == AW_OK;

    ck_assert_msg(ok == accesses[_i].read, "%s: read", accesses[_i].name);
    ok = space_at(&space, accesses[_i].address, accesses[_i].n, true, &p) ==
         AW_OK;
    ck_assert_msg(ok == accesses[_i].write, "%s: write", accesses[_i].name);
}
END_TEST

START_TEST(copies)
{
    uint8_t back[4] = {0};

    ck_assert_int_eq(space_out(&space, DATA + 5, "abcd", 4), AW_OK);
    ck_assert_int_eq(memcmp(low + (size_t)2 * PAGE + 5, "abcd", 4), 0);
    ck_assert_int_eq(space_in(&space, DATA + 5, back, 4), AW_OK);
    ck_assert_int_eq(memcmp(back, "abcd", 4), 0);
    /* Refused as a whole. */
    ck_assert_int_eq(space_out(&space, DATA + 2 * PAGE - 2, "abcd", 4),
                     AW_ERR_RANGE);
    ck_assert_uint_eq(low[sizeof(low) - 2], 0);
    ck_assert_int_eq(space_in(&space, TEXT - 2, back, 4), AW_ERR_RANGE);
    ck_assert_int_eq(memcmp(back, "abcd", 4), 0);
}
END_TEST

static const struct {
    const char *name;
    struct space_region region;
    aw_err want;
} regions[] = {
    {"free pages", {0x90020000, PAGE, MMU_USER_DATA}, AW_OK},
    {"first page", {SPACE_START, PAGE, MMU_USER_DATA}, AW_OK},
    {"below the window", {0x8ffff000, PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
    {"behind it", {END, PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
    {"over its end", {0x9ffff000, 2 * PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
    {"of the OS", {0x80010000, PAGE, MMU_USER_CODE}, AW_ERR_RANGE},
    {"wraps", {0x90000000, 0xf0000000, MMU_USER_DATA}, AW_ERR_RANGE},
    {"empty", {0x90020000, 0, MMU_USER_DATA}, AW_ERR_RANGE},
    {"inside a page", {0x90020010, PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
    {"half a page", {0x90020000, PAGE / 2, MMU_USER_DATA}, AW_ERR_RANGE},
    {"of another", {DATA, PAGE, MMU_USER_CODE}, AW_ERR_RANGE},
    {"around another", {TEXT - PAGE, 8 * PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
    {"the guard", {STACK - PAGE, PAGE, MMU_USER_DATA}, AW_ERR_RANGE},
};

START_TEST(region_rules)
{
    ck_assert_msg(space_add(&space, &regions[_i].region) == regions[_i].want,
                  "%s", regions[_i].name);
}
END_TEST

START_TEST(regions_run_out)
{
    aw_err err = AW_OK;

    for (uint32_t i = 0; err == AW_OK && i < SPACE_REGIONS; i++) {
        const struct space_region r = {0x91000000 + i * PAGE, PAGE,
                                       MMU_USER_DATA};

        err = space_add(&space, &r);
    }
    ck_assert_int_eq(err, AW_ERR_SPACE);
}
END_TEST

/* Descriptor of an address, as the processor would find it. */
static uint32_t page_of(uint32_t address)
{
    uint32_t entry = l1[address >> 20];

    return (entry & 3) == 1
               ? l2[((entry & ~0x3ffU) - L2_AT) / 1024][(address >> 12) & 0xff]
               : entry;
}

/* What user mode may reach is in the regions; the monitor's two pages are PL1's
 * alone; PL1 executes nothing of the user's. */
START_TEST(tables_say_the_same)
{
    enum { USER = 2 << 4, XN = 1, RO = 1 << 9, PXN = 1 << 2 };
    unsigned mapped = 0;

    ck_assert_int_eq(space_build(&space, MON, MON + 4 * PAGE), AW_OK);
    for (uint32_t mib = 0; mib < MMU_L1_ENTRIES; mib++) {
        ck_assert((l1[mib] & 3) <= 1); /* no sections in this one */
        for (uint32_t i = 0; (l1[mib] & 3) == 1 && i < 256; i++) {
            mapped += (page_of(mib << 20 | i << 12) & 2) != 0 ? 1 : 0;
        }
    }
    ck_assert_uint_eq(mapped, 1 + 1 + 2 + 2 + 2);
    ck_assert_uint_eq(page_of(MON) & (USER | XN | RO), RO);
    ck_assert_uint_eq(page_of(MON + 4 * PAGE) & (USER | XN | RO), XN);
    ck_assert_uint_eq(page_of(TEXT) & (USER | XN | RO), USER | RO);
    ck_assert_uint_eq(page_of(CONST) & (USER | XN | RO), USER | XN | RO);
    ck_assert_uint_eq(page_of(DATA) & (USER | XN | RO), USER | XN);
    ck_assert_uint_eq(page_of(STACK) & (USER | XN | RO), USER | XN);
    ck_assert_uint_eq(page_of(STACK - PAGE), 0);
    ck_assert_uint_ne(l1[TEXT >> 20] & PXN, 0);
    ck_assert_uint_ne(l1[STACK >> 20] & PXN, 0);
    ck_assert_uint_eq(l1[MON >> 20] & PXN, 0);
}
END_TEST

Suite *suite_os_space(void)
{
    Suite *s = suite_create("os_space");
    TCase *tc = tcase_create("memory");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, access, 0, COUNT(accesses));
    tcase_add_test(tc, copies);
    tcase_add_loop_test(tc, region_rules, 0, COUNT(regions));
    tcase_add_test(tc, regions_run_out);
    tcase_add_test(tc, tables_say_the_same);
    suite_add_tcase(s, tc);
    return s;
}
