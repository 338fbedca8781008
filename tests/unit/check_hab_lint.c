/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/lint.h"

#include <string.h>

#include "hab.h"
#include "suites.h"
#include "support.h"

enum { FILE_MAX = 65536, FOUND_MAX = 32, DCD_ADDRESS = 0x00910000 };

struct found {
    size_t n;
    struct aw_hab_lint lint[FOUND_MAX];
};

static void keep(void *ctx, const struct aw_hab_lint *lint)
{
    struct found *found = ctx;

    ck_assert_uint_lt(found->n, FOUND_MAX);
    found->lint[found->n++] = *lint;
}

/* The DCD of the test image waits without a limit: every file has that. */
#define ALWAYS AW_LINT_DCD_ENDLESS

/* CSFs, and what is warned of beside ALWAYS. */
static const struct {
    const char *csf;
    const char *fuse;
    size_t n;
    enum aw_hab_lint_kind kind[4];
    bool serial;
} files[] = {
    {"flash.cst331", "srk4", 0, {0}, false},
    {"flash.habtool", "srk4", 0, {0}, false},
    {"sdp.cst331", "srk4", 0, {0}, true},
    {"flash.cst331", "srk1", 1, {AW_LINT_OTHER_SRK}, false},
    {"flash-csfeku.cst331", "srk4", 1, {AW_LINT_EXT_KEY_USAGE}, false},
    {"flash-csfku.cst331", "srk4", 1, {AW_LINT_LONG_KEY_USAGE}, false},
    {"flash-imgca.cst331",
     "srk4",
     2,
     {AW_LINT_CA_LEAF, AW_LINT_NO_SIGNING_USAGE},
     false},
    {"flash-4096.cst331",
     "srk4096",
     3,
     {AW_LINT_KEY_SIZE, AW_LINT_KEY_SIZE, AW_LINT_KEY_SIZE},
     false},
    {"flash-dcp.habtool",
     "srk4",
     2,
     {AW_LINT_ENGINE_DCP, AW_LINT_ENGINE_DCP},
     false},
    {"flash-cmds.cst331",
     "srk4",
     2,
     {AW_LINT_UNLOCKS_REVOKE, AW_LINT_UNLOCKS_RETURN},
     false},
    {"flash-partial.cst331", "srk4", 1, {AW_LINT_UNCOVERED}, false},
    {"flash-nodcdsig.cst331", "srk4", 1, {AW_LINT_UNCOVERED}, false},
    {"flash-dupslot.cst331", "srk4", 1, {AW_LINT_SHARED_KEY}, false},
};

static void run(struct aw_rom_input *in, const char *fuse, struct found *found)
{
    struct aw_rom_fuses fuses = {.closed = true};
    const struct aw_hab_lint_sink sink = {found, keep};
    struct aw_rom rom;
    char path[80] = "srk/";

    memcpy(path + 4, fuse, strlen(fuse) + 1);
    memcpy(path + strlen(path), ".fuse.bin", 10);
    memcpy(fuses.srk_hash, hab_file(path).p, AW_SHA256_SIZE);
    found->n = 0;
    aw_hab_rom_verify(in, &fuses, &rom);
    aw_hab_lint(in, &rom, &sink);
}

START_TEST(file_table)
{
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    bool serial = files[_i].serial;
    struct aw_rom_input in = {.serial = serial, .dcd_address = DCD_ADDRESS};
    struct found found;

    hab_join(&w, serial ? "image/test-sdp.imx" : "image/test.imx",
             hab_csf(files[_i].csf), AW_CSF_AREA);
    in.file = aw_wr_done(&w);
    if (serial) {
        in.dcd = hab_file("image/test.dcd.bin");
    }
    run(&in, files[_i].fuse, &found);
    ck_assert_msg(found.n == files[_i].n + 1, "%s: %zu warnings, last %s",
                  files[_i].csf, found.n,
                  aw_hab_lint_name(found.lint[found.n - 1].kind));
    for (size_t i = 0; i < files[_i].n; i++) {
        ck_assert_msg(found.lint[i].kind == files[_i].kind[i], "%s: %s",
                      files[_i].csf, aw_hab_lint_name(found.lint[i].kind));
    }
    ck_assert_int_eq(found.lint[found.n - 1].kind, ALWAYS);
}
END_TEST

/* The same when image and CSF are two files. */
START_TEST(two_parts)
{
    struct aw_rom_input in = {.file = hab_file("image/test.imx"),
                              .csf = hab_csf("flash-dcp.habtool")};
    struct found found;

    run(&in, "srk4", &found);
    ck_assert_uint_eq(found.n, 3);
    ck_assert_int_eq(found.lint[0].kind, AW_LINT_ENGINE_DCP);
    ck_assert_uint_eq(found.lint[0].address, 0x80012000 + 28);
    ck_assert_uint_eq(found.lint[0].length, 12);
}
END_TEST

START_TEST(uncovered)
{
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rom_input in = {0};
    struct found found;

    hab_join(&w, "image/test.imx", hab_csf("flash-nodcdsig.cst331"),
             AW_CSF_AREA);
    in.file = aw_wr_done(&w);
    run(&in, "srk4", &found);
    ck_assert_int_eq(found.lint[0].kind, AW_LINT_UNCOVERED);
    ck_assert_uint_eq(found.lint[0].address, 0x8000f42c);
    ck_assert_uint_eq(found.lint[0].length, 0xc00 - 0x2c);
}
END_TEST

START_TEST(spoilt_images)
{
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rom_input in = {0};
    struct found found;

    hab_join(&w, "image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA);
    in.file = aw_wr_done(&w);
    file[0x28] = 1;  /* plugin flag */
    file[53] = 0x90; /* address of the first register write */
    run(&in, "srk4", &found);
    ck_assert_uint_eq(found.n, 2);
    ck_assert_int_eq(found.lint[0].kind, AW_LINT_DCD_RANGE);
    ck_assert_uint_eq(found.lint[0].address, 0x8000f430);
    ck_assert_int_eq(found.lint[1].kind, AW_LINT_DCD_ENDLESS);
    /* stopped at the DCD, so the boot data was never read */
    file[53] = 0x0c;
    run(&in, "srk4", &found);
    ck_assert_int_eq(found.lint[found.n - 1].kind, AW_LINT_PLUGIN);
    file[0] = 0;
    run(&in, "srk4", &found);
    ck_assert_uint_eq(found.n, 0);
}
END_TEST

/* Blocks, and the gaps in 0x1000 to 0x2000 as start, length pairs. */
static const struct {
    size_t n;
    struct aw_csf_block block[4];
    size_t gaps;
    struct aw_csf_block gap[3];
} gap_cases[] = {
    {0, {{0, 0}}, 1, {{0x1000, 0x1000}}},
    {1, {{0x1000, 0x1000}}, 0, {{0, 0}}},
    {1, {{0x0, 0xffffffff}}, 0, {{0, 0}}},
    {1, {{0xff0, 0x10}}, 1, {{0x1000, 0x1000}}},
    {1, {{0x1000, 0xfff}}, 1, {{0x1fff, 1}}},
    {1, {{0x1001, 0xfff}}, 1, {{0x1000, 1}}},
    {2, {{0x1800, 0x800}, {0x1000, 0x800}}, 0, {{0, 0}}},
    {2, {{0x1000, 0x900}, {0x1800, 0x800}}, 0, {{0, 0}}},
    {3,
     {{0x1100, 0x100}, {0x1180, 0x10}, {0x1e00, 0x100}},
     3,
     {{0x1000, 0x100}, {0x1200, 0xc00}, {0x1f00, 0x100}}},
    {1, {{0x3000, 0x10}}, 1, {{0x1000, 0x1000}}},
};

START_TEST(gap_table)
{
    struct aw_rom rom = {.n_blocks = gap_cases[_i].n};
    struct aw_csf_block gap = {0x1000, 0};
    size_t n = 0;

    memcpy(rom.block, gap_cases[_i].block, sizeof(gap_cases[_i].block));
    while (aw_rom_next_gap(&rom, gap.start + gap.length, 0x2000, &gap)) {
        ck_assert_uint_lt(n, gap_cases[_i].gaps);
        ck_assert_uint_eq(gap.start, gap_cases[_i].gap[n].start);
        ck_assert_uint_eq(gap.length, gap_cases[_i].gap[n].length);
        n++;
    }
    ck_assert_uint_eq(n, gap_cases[_i].gaps);
}
END_TEST

START_TEST(texts)
{
    for (unsigned i = 0; i < AW_LINT_KINDS; i++) {
        enum aw_hab_lint_kind kind = (enum aw_hab_lint_kind)i;

        ck_assert_uint_gt(strlen(aw_hab_lint_name(kind)), 3);
        ck_assert_uint_gt(strlen(aw_hab_lint_text(kind)), 10);
        ck_assert_uint_gt(strlen(aw_hab_lint_remedy(kind)), 10);
    }
    ck_assert_str_eq(aw_hab_lint_name(AW_LINT_KINDS), "UNKNOWN");
}
END_TEST

Suite *suite_hab_lint(void)
{
    Suite *s = suite_create("hab_lint");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, file_table, 0, (int)COUNT(files));
    tcase_add_test(tc, two_parts);
    tcase_add_test(tc, uncovered);
    tcase_add_test(tc, spoilt_images);
    tcase_add_loop_test(tc, gap_table, 0, (int)COUNT(gap_cases));
    tcase_add_test(tc, texts);
    suite_add_tcase(s, tc);
    return s;
}
