/* SPDX-License-Identifier: Apache-2.0 */
/* What the bootloader refuses, and how it says so. */
#include <string.h>

#include "aw/emmc.h"
#include "boot_support.h"
#include "suites.h"
#include "support.h"

/* Evidence and place: one thing wrong each. */
static const struct {
    const char *name;
    struct making wrong; /* what differs from a good one */
    unsigned code;
    unsigned detail;
} evidence[] = {
    {"checkpoint's signature", {.bad_signature = true}, 8, 1},
    {"another log's key", {.log_key = "other"}, 8, 7},
    {"an OS key as log key", {.log_key = "os1"}, 8, 7},
    {"another origin", {.origin = "example.com/aw-test/firmware/1"}, 8, 8},
    {"manifest changed after signing", {.bad_manifest = true}, 8, 3},
    {"first OS signature only", {.os_key = {"os1", ""}}, 8, 9},
    {"second OS signature only", {.os_key = {"", "os2"}}, 8, 9},
    {"one OS key twice", {.os_key = {"os1", "os1"}}, 8, 9},
    {"a stranger's second signature", {.os_key = {"os1", "other"}}, 8, 9},
    {"applet's manifest, OS keys", {.component = AW_TRUSTED_APPLET}, 8, 4},
    {"inclusion proof", {.bad_proof = true}, 8, 5},
    {"another image", {.bad_digest = true}, 8, 6},
    {"offset in the slot", {.offset = INT64_C(0x5050) * 512 + 512}, 7, 3},
    {"offset of the applet", {.offset = INT64_C(0x200050) * 512}, 7, 3},
    {"offset of the state", {.offset = INT64_C(0x80000000)}, 7, 3},
    {"negative offset", {.offset = -512}, 7, 3},
    {"offset above 2^32", {.offset = INT64_C(0x100000a0a000)}, 7, 3},
    {"negative size", {.size = -1}, 7, 3},
    {"size above the limit", {.size = AW_FIRMWARE_MAX + 1}, 7, 3},
    {"size above the slot", {.size = INT64_C(0xfd7d8) * 512 + 1}, 7, 3},
    {"size one short", {.size = 28000}, 8, 6},
};

START_TEST(refuses_evidence)
{
    struct making how = good();
    struct making w = evidence[_i].wrong;

    w.elf = how.elf;
    w.version = how.version;
    if (w.component == AW_BOOTLOADER) {
        w.component = how.component; /* not asked for */
    }
    install(&w, 0);
    expect_refusal(evidence[_i].code, evidence[_i].detail);
}
END_TEST

/* Fields of the ELF file: the release is signed and logged all the same. */
enum {
    CLASS_AT = 4,
    VERSION_AT = 6,
    TYPE_AT = 16,
    MACHINE_AT = 18,
    ENTRY_AT = 24,
    TABLE_AT = 28,
    ABI_AT = 36,
    HEADER_AT = 40,
    COUNT_AT = 44,
    TEXT = 52, /* the three program headers of the test OS */
    RODATA = TEXT + 32,
    DATA = RODATA + 32,
    P_TYPE = 0,
    P_OFFSET = 4,
    P_LINKED = 8,
    P_ADDRESS = 12,
    P_FILE_SIZE = 16,
    P_SIZE = 20,
    P_FLAGS = 24
};

/* Stands for the address of the constants, wherever they are. */
#define CONSTANTS UINT32_C(0xc0457a47)

struct patch {
    size_t at;
    size_t n; /* bytes */
    uint32_t to;
};

static const struct {
    const char *name;
    struct patch patch[2];
    unsigned detail;
} images[] = {
    {"64 bit", {{CLASS_AT, 1, 2}}, 1},
    {"version", {{VERSION_AT, 1, 2}}, 1},
    {"shared object", {{TYPE_AT, 2, 3}}, 1},
    {"another processor", {{MACHINE_AT, 2, 62}}, 1},
    {"ABI 4", {{ABI_AT, 4, 0x04000200}}, 1},
    {"header size", {{HEADER_AT, 2, 64}}, 1},
    {"no program header", {{COUNT_AT, 2, 0}}, 1},
    {"program headers outside", {{TABLE_AT, 4, 0xfffffff0}}, 1},
    {"writable code", {{TEXT + P_FLAGS, 4, 7}}, 3},
    {"code that cannot be read", {{TEXT + P_FLAGS, 4, 1}}, 3},
    {"data that can be executed", {{DATA + P_FLAGS, 4, 7}}, 3},
    {"below its window",
     {{RODATA + P_ADDRESS, 4, 0x7ffff000}, {RODATA + P_LINKED, 4, 0x7ffff000}},
     2},
    {"in the bootloader",
     {{RODATA + P_ADDRESS, 4, 0x90010000}, {RODATA + P_LINKED, 4, 0x90010000}},
     2},
    {"in OCRAM",
     {{RODATA + P_ADDRESS, 4, 0x00910000}, {RODATA + P_LINKED, 4, 0x00910000}},
     2},
    {"end of its window passed by one",
     {{DATA + P_ADDRESS, 4, 0x8ffff000}, {DATA + P_LINKED, 4, 0x8ffff000}},
     2},
    {"too much memory", {{DATA + P_SIZE, 4, 0x7fffffff}}, 2},
    {"wraps around", {{DATA + P_SIZE, 4, 0xffffffff}}, 2},
    {"linked elsewhere", {{RODATA + P_LINKED, 4, 0x80020000}}, 2},
    {"overlap",
     {{RODATA + P_ADDRESS, 4, 0x80011000}, {RODATA + P_LINKED, 4, 0x80011000}},
     2},
    {"smaller in memory than in the file", {{TEXT + P_SIZE, 4, 16}}, 2},
    {"bytes outside the file", {{RODATA + P_OFFSET, 4, 0x7ffffff0}}, 1},
    {"entry outside", {{ENTRY_AT, 4, 0x80000000}}, 2},
    {"entry in constants", {{ENTRY_AT, 4, CONSTANTS}}, 2},
    {"entry between instructions", {{ENTRY_AT, 4, 0x80010002}}, 2},
    {"dynamic", {{RODATA + P_TYPE, 4, 2}}, 1},
    {"an interpreter", {{RODATA + P_TYPE, 4, 3}}, 1},
};

static void put(uint8_t *elf, const struct patch *p)
{
    for (size_t b = 0; b < p->n; b++) {
        elf[p->at + b] = (uint8_t)(p->to >> (8 * b));
        if (p->to == CONSTANTS) {
            elf[p->at + b] = elf[RODATA + P_ADDRESS + b];
        }
    }
}

START_TEST(refuses_image)
{
    static uint8_t elf[65536];
    struct making how = good();

    ck_assert_uint_le(how.elf.n, sizeof(elf));
    memcpy(elf, how.elf.p, how.elf.n);
    for (size_t i = 0; i < COUNT(images[_i].patch); i++) {
        put(elf, &images[_i].patch[i]);
    }
    how.elf.p = elf;
    install(&how, 0);
    expect_refusal(10, images[_i].detail);
}
END_TEST

START_TEST(refuses_blank)
{
    expect_refusal(7, 1);
}
END_TEST

/* The record cut at various lengths: the rest is zeros. Where only a text or
 * number in it was cut, it is the evidence that does not hold. */
START_TEST(refuses_truncated)
{
    static const struct {
        size_t at;
        unsigned code;
        unsigned detail;
    } cuts[] = {{1, 7, 2},   {8, 7, 2},   {40, 7, 2},  {120, 7, 2},
                {200, 8, 1}, {700, 8, 3}, {1000, 8, 5}};
    static struct made made;
    struct making how = good();

    install(&how, 0);
    release_make(&how, &made);
    ck_assert_uint_gt(made.n, cuts[_i].at);
    memset(made.record + cuts[_i].at, 0, sizeof(made.record) - cuts[_i].at);
    device_put(&d, config_block(0),
               (aw_bytes){made.record, sizeof(made.record)});
    expect_refusal(cuts[_i].code, cuts[_i].detail);
}
END_TEST

/* Blocks that cannot be read. */
START_TEST(refuses_bad_blocks)
{
    struct making how = good();
    const struct tw_bad_blocks bad = {.kind = TW_BAD_READ,
                                      .first = _i == 0 ? config_block(0) + 3
                                                       : slot_block(0) + 20,
                                      .count = 1};

    install(&how, 0);
    (void)device_boot(&d, NULL, 0);
    ck_assert(tw_emmc_fault(&d.board.emmc, &bad));
    expect_end(6, 2);
}
END_TEST

/* The ROM has loaded the bootloader, then the lines fail for good. */
START_TEST(refuses_faults)
{
    static const struct {
        enum tw_usdhc_fault fault;
        unsigned detail;
    } faults[] = {
        {TW_FAULT_CMD_TIMEOUT, 1},  {TW_FAULT_CMD_CRC, 1},
        {TW_FAULT_CMD_END, 1},      {TW_FAULT_CMD_INDEX, 1},
        {TW_FAULT_DATA_TIMEOUT, 2}, {TW_FAULT_DATA_CRC, 2},
        {TW_FAULT_DATA_END, 2},
    };
    struct making how = good();

    install(&how, 0);
    (void)device_boot(&d, NULL, 0);
    while (!d.started) {
        (void)device_run(&d, NULL, 5);
    }
    tw_usdhc_inject(&d.board.usdhc[1], faults[_i].fault, 0, UINT32_MAX);
    expect_end(6, faults[_i].detail);
}
END_TEST

START_TEST(refuses_no_card)
{
    (void)device_boot(&d, NULL, 0);
    while (!d.started) {
        (void)device_run(&d, NULL, 5);
    }
    tw_usdhc_insert(&d.board.usdhc[1], NULL);
    expect_end(6, 1);
}
END_TEST

Suite *boot_refuse_suite(void)
{
    Suite *s = suite_create("boot_refuse");
    TCase *tc = tcase_create("refuses");

    tcase_add_checked_fixture(tc, boot_setup, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, refuses_evidence, 0, (int)COUNT(evidence));
    tcase_add_loop_test(tc, refuses_image, 0, (int)COUNT(images));
    tcase_add_test(tc, refuses_blank);
    tcase_add_loop_test(tc, refuses_truncated, 0, 7);
    tcase_add_loop_test(tc, refuses_bad_blocks, 0, 2);
    tcase_add_loop_test(tc, refuses_faults, 0, 7);
    tcase_add_test(tc, refuses_no_card);
    suite_add_tcase(s, tc);
    return s;
}
