/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/imx.h"

#include "aw/hab/armory.h"
#include "aw/sha256.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

#define BASE  0x80010000
#define ENTRY 0x80010040

/* The test image from its program and DCD, as mkimage made it. */
START_TEST(vector)
{
    static uint8_t buf[16384];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes want = hab_file("image/test.imx");
    struct aw_imx_plan plan = {.base = BASE,
                               .entry = ENTRY,
                               .dcd = hab_file("image/test.dcd.bin"),
                               .csf_size = 0x4000};

    ck_assert(aw_slice(want, AW_IMX_PROGRAM, 0x2000, &plan.program));
    ck_assert_int_eq(aw_imx_write(&plan, &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), want);
    ck_assert_uint_eq(aw_imx_size(0x2000), want.n);
}
END_TEST

static const struct {
    const char *name;
    uint32_t base;
    uint32_t entry;
    uint32_t program; /* bytes */
    uint32_t csf;
    uint32_t cap;
    aw_err want;
    uint32_t size;
} plans[] = {
    {"one byte", BASE, BASE, 1, 0, 65536, AW_OK, 0x1c00},
    {"a page", BASE, BASE, 4096, 0, 65536, AW_OK, 0x1c00},
    {"a page and a byte", BASE, BASE + 4096, 4097, 0, 65536, AW_OK, 0x2c00},
    {"nothing", BASE, BASE, 0, 0, 65536, AW_ERR_RANGE, 0},
    {"base too low", 0xffc, 0xffc, 16, 0, 65536, AW_ERR_RANGE, 0},
    {"base lowest", 0x1000, 0x1000, 16, 0, 65536, AW_OK, 0x1c00},
    {"base odd", BASE + 2, BASE + 2, 16, 0, 65536, AW_ERR_RANGE, 0},
    {"entry below", BASE, BASE - 1, 16, 0, 65536, AW_ERR_RANGE, 0},
    {"entry last byte", BASE, BASE + 15, 16, 0, 65536, AW_OK, 0x1c00},
    {"entry behind", BASE, BASE + 16, 16, 0, 65536, AW_ERR_RANGE, 0},
    {"CSF odd", BASE, BASE, 16, 0x4002, 65536, AW_ERR_RANGE, 0},
    {"CSF too large", BASE, BASE, 16, 0x100004, 65536, AW_ERR_RANGE, 0},
    {"CSF largest", BASE, BASE, 16, 0x100000, 65536, AW_OK, 0x1c00},
    {"above 4 GiB", 0xfffff000, 0xfffff000, 16, 0, 65536, AW_ERR_RANGE, 0},
    {"buffer", BASE, BASE, 16, 0, 0x1bff, AW_ERR_SPACE, 0},
};

START_TEST(plan_table)
{
    static uint8_t buf[65536];
    static uint8_t program[8192];
    struct aw_wr w = aw_wr_init(buf, plans[_i].cap);
    struct aw_imx_plan plan = {.base = plans[_i].base,
                               .entry = plans[_i].entry,
                               .program = {program, plans[_i].program},
                               .csf_size = plans[_i].csf};
    struct aw_ivt ivt;
    struct aw_boot_data boot;
    aw_err err = aw_imx_write(&plan, &w, NULL);

    ck_assert_msg(err == plans[_i].want, "%s: %s", plans[_i].name,
                  aw_err_text(err));
    if (err != AW_OK) {
        return;
    }
    ck_assert_uint_eq(w.n, plans[_i].size);
    ck_assert_uint_eq((w.n + 0x400) % 4096, 0);
    ck_assert_int_eq(aw_ivt_parse(aw_wr_done(&w), &ivt, NULL), AW_OK);
    ck_assert_int_eq(aw_boot_data_parse(aw_wr_done(&w), &ivt, &boot, NULL),
                     AW_OK);
    ck_assert_uint_eq(ivt.dcd, 0);
    ck_assert_uint_eq(ivt.csf == 0, plan.csf_size == 0);
    ck_assert_uint_eq(boot.length, w.n + 0x400 + plan.csf_size);
    ck_assert_uint_eq(boot.start + 0x1000, plan.base);
}
END_TEST

START_TEST(bad_dcd)
{
    static uint8_t buf[65536];
    static const uint8_t program[16];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_imx_plan plan = {
        .base = BASE, .entry = BASE, .program = {program, sizeof(program)}};

    plan.dcd = vec_unhex(aw_text("d2000440"));
    ck_assert_int_eq(aw_imx_write(&plan, &w, NULL), AW_OK);
    plan.dcd = vec_unhex(aw_text("d200044000"));
    ck_assert_int_eq(aw_imx_write(&plan, &w, NULL), AW_ERR_FORMAT);
    plan.dcd = vec_unhex(aw_text("d2000540"));
    ck_assert_int_eq(aw_imx_write(&plan, &w, NULL), AW_ERR_FORMAT);
    ck_assert_uint_eq(aw_imx_size(0x80000000), 0);
}
END_TEST

/* The DCDs that are in the project's images, by digest. */
START_TEST(armory)
{
    static const struct {
        enum aw_armory kind;
        size_t size;
        const char *sha256;
    } boards[] = {
        {AW_ARMORY_512, 976,
         "dc0922f6f6ac9f3e15412c17ab92d1eb6383334735cd66834d98714c62a4ff4c"},
        {AW_ARMORY_512_TZASC, 984,
         "609317540f4a23708677c87fbfcd5bc4f77fbb021c0fa4a60cd49cb9ac7e4246"},
        {AW_ARMORY_1024, 960,
         "8bab8b88a5206b787ff55a5da908518b0b8e5ac3395c390034dddb5e6398d12d"},
    };

    for (size_t i = 0; i < COUNT(boards); i++) {
        uint8_t buf[AW_DCD_MAX];
        uint8_t digest[AW_SHA256_SIZE];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        ck_assert_int_eq(aw_armory_dcd(boards[i].kind, &w), AW_OK);
        ck_assert_uint_eq(w.n, boards[i].size);
        aw_sha256(aw_wr_done(&w), digest);
        CK_ASSERT_BYTES(((aw_bytes){digest, sizeof(digest)}),
                        vec_unhex(aw_text(boards[i].sha256)));
        ck_assert_int_eq(aw_dcd_run(aw_wr_done(&w), aw_dcd_ranges,
                                    aw_dcd_ranges_n, NULL, NULL),
                         AW_OK);
        w = aw_wr_init(buf, boards[i].size - 1);
        ck_assert_int_eq(aw_armory_dcd(boards[i].kind, &w), AW_ERR_SPACE);
    }
}
END_TEST

/* The test image's DCD as a register list. */
START_TEST(list_vector)
{
    static const char text[] = "# clocks\r\n"
                               "IMAGE_VERSION 2\n"
                               "BOOT_FROM sd\n"
                               "CSF 0x4000\n\n"
                               "DATA 4 0x020c4068 0xffffffff # CCGR0\n"
                               "DATA 4 0x020C406C 4294967295\n"
                               "  DATA\t4 0x020c4070 0xffffffff\n"
                               "DATA 4 0x020c4074 0xffffffff\n"
                               "DATA 4 0x020c4078 0xffffffff\n"
                               "DATA 4 0x020c407c 0xffffffff\n"
                               "DATA 4 0x020c4080 0xffffffff\n"
                               "SET_BIT 4 0x020e4024 0x1\n"
                               "CLR_BIT 4 0x021b0404 1\n"
                               "CHECK_BITS_SET 4 0x020c4068 3\n"
                               "DATA 4 0x021b001c 0x8000";
    struct aw_dcd_entry entry[16];
    struct aw_dcd_list list = {.entry = entry, .cap = COUNT(entry)};
    uint8_t buf[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    ck_assert_int_eq(aw_dcd_list_parse(aw_text(text), &list, NULL), AW_OK);
    ck_assert_uint_eq(list.csf_size, 0x4000);
    ck_assert_uint_eq(list.n, 11);
    ck_assert_int_eq(aw_dcd_write(entry, list.n, &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), hab_file("image/test.dcd.bin"));
}
END_TEST

static const struct {
    const char *text;
    aw_err want;
    size_t line;
    size_t n;
} lists[] = {
    {"", AW_OK, 0, 0},
    {"NOP\nNOP\n", AW_OK, 0, 2},
    {"CHECK_BITS_CLR 1 1 0xff\nDATA 2 2 0xffff", AW_OK, 0, 2},
    {"\n\nDATA 4 1", AW_ERR_FORMAT, 3, 0},
    {"DATA 4 1 2 3", AW_ERR_FORMAT, 1, 0},
    {"DATUM 4 1 2", AW_ERR_FORMAT, 1, 0},
    {"data 4 1 2", AW_ERR_FORMAT, 1, 0},
    {"DATA 3 1 2", AW_ERR_RANGE, 1, 0},
    {"DATA 0 1 2", AW_ERR_RANGE, 1, 0},
    {"DATA 1 1 256", AW_ERR_RANGE, 1, 0},
    {"DATA 2 1 0x10000", AW_ERR_RANGE, 1, 0},
    {"DATA 4 0x100000000 1", AW_ERR_RANGE, 1, 0},
    {"DATA 4 0x 1", AW_ERR_FORMAT, 1, 0},
    {"DATA 4 x 1", AW_ERR_FORMAT, 1, 0},
    {"DATA 4 -1 1", AW_ERR_FORMAT, 1, 0},
    {"DATA 4 01 1", AW_ERR_FORMAT, 1, 0},
    {"IMAGE_VERSION 1", AW_ERR_RANGE, 1, 0},
    {"CSF none", AW_ERR_FORMAT, 1, 0},
    {"PLUGIN x 1", AW_ERR_FORMAT, 1, 0},
    {"word", AW_ERR_FORMAT, 1, 0},
    {"NOP\nNOP\nNOP\nNOP\nNOP", AW_ERR_SPACE, 5, 0},
};

START_TEST(list_table)
{
    struct aw_dcd_entry entry[4];
    struct aw_dcd_list list = {.entry = entry, .cap = COUNT(entry)};
    struct aw_diag diag = {0};
    aw_err err = aw_dcd_list_parse(aw_text(lists[_i].text), &list, &diag);

    ck_assert_msg(err == lists[_i].want, "%s: %s", lists[_i].text,
                  aw_err_text(err));
    ck_assert_msg(diag.at == lists[_i].line, "%s: line %u", lists[_i].text,
                  (unsigned)diag.at);
    ck_assert_uint_eq(list.n, lists[_i].n);
}
END_TEST

Suite *suite_imx(void)
{
    Suite *s = suite_create("imx");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vector);
    tcase_add_loop_test(tc, plan_table, 0, (int)COUNT(plans));
    tcase_add_test(tc, bad_dcd);
    tcase_add_test(tc, armory);
    tcase_add_test(tc, list_vector);
    tcase_add_loop_test(tc, list_table, 0, (int)COUNT(lists));
    suite_add_tcase(s, tc);
    return s;
}
