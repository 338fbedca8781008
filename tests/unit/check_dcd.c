/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/dcd.h"

#include <string.h>

#include "aw/hab/event.h"
#include "suites.h"
#include "support.h"

/* The DCD of the test image, entry by entry. */
static const struct aw_dcd_entry entries[] = {
    {.address = 0x020c4068, .value = 0xffffffff, .width = 4},
    {.address = 0x020c406c, .value = 0xffffffff, .width = 4},
    {.address = 0x020c4070, .value = 0xffffffff, .width = 4},
    {.address = 0x020c4074, .value = 0xffffffff, .width = 4},
    {.address = 0x020c4078, .value = 0xffffffff, .width = 4},
    {.address = 0x020c407c, .value = 0xffffffff, .width = 4},
    {.address = 0x020c4080, .value = 0xffffffff, .width = 4},
    {.address = 0x020e4024, .value = 1, .op = AW_DCD_SET, .width = 4},
    {.address = 0x021b0404, .value = 1, .op = AW_DCD_CLEAR, .width = 4},
    {.address = 0x020c4068, .value = 3, .op = AW_DCD_ALL_SET, .width = 4},
    {.address = 0x021b001c, .value = 0x8000, .width = 4},
};

/* One command each, as a hex text of the whole DCD. */
static const struct {
    const char *name;
    const char *hex;
    aw_err want;
    unsigned reason; /* of the fault, with its context */
    unsigned context;
    size_t data; /* bytes of the command in the fault */
} runs[] = {
    {"empty", "d2000440", AW_OK, 0, 0, 0},
    {"NOP", "d2000840c0000400", AW_OK, 0, 0, 0},
    {"NOP with body", "d2000940c000050000", AW_ERR_FORMAT, AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, 5},
    {"write", "d2001040cc000c04020c406800000001", AW_OK, 0, 0, 0},
    {"write, flag set without mask", "d2001040cc000c14020c406800000001", AW_OK,
     0, 0, 0},
    {"write, flag any", "d2001040cc000c24020c406800000001", AW_ERR_FORMAT,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 12},
    {"write, flag 0x40", "d2001040cc000c44020c406800000001", AW_ERR_FORMAT,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 12},
    {"write of nothing", "d2000840cc000404", AW_ERR_FORMAT, AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, 4},
    {"write of half a pair", "d2000c40cc000804020c4068", AW_ERR_FORMAT,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 8},
    {"width 3", "d2001040cc000c03020c406800000001", AW_ERR_RANGE,
     AW_HAB_INV_SIZE, AW_HAB_CTX_COMMAND, 12},
    {"width 0", "d2001040cc000c00020c406800000001", AW_ERR_RANGE,
     AW_HAB_INV_SIZE, AW_HAB_CTX_COMMAND, 12},
    {"width 2", "d2001040cc000c02020c406a0000ffff", AW_OK, 0, 0, 0},
    {"width 2, value too wide", "d2001040cc000c02020c406a00010000",
     AW_ERR_RANGE, AW_HAB_INV_SIZE, AW_HAB_CTX_COMMAND, 12},
    {"width 1, value too wide", "d2001040cc000c01020c406b00000100",
     AW_ERR_RANGE, AW_HAB_INV_SIZE, AW_HAB_CTX_COMMAND, 12},
    {"width 1 at odd address", "d2001040cc000c01020c406b000000ff", AW_OK, 0, 0,
     0},
    {"misaligned", "d2001040cc000c04020c406a00000001", AW_ERR_RANGE,
     AW_HAB_INV_ADDRESS, AW_HAB_CTX_COMMAND, 12},
    {"ROM work memory", "d2001040cc000c040090000000000001", AW_ERR_RANGE,
     AW_HAB_INV_ADDRESS, AW_HAB_CTX_COMMAND, 12},
    {"fuse controller", "d2001040cc000c04021bc00000000001", AW_ERR_RANGE,
     AW_HAB_INV_ADDRESS, AW_HAB_CTX_COMMAND, 12},
    {"last word of free OCRAM", "d2001040cc000c0400917ff800000001", AW_OK, 0, 0,
     0},
    {"behind free OCRAM", "d2001040cc000c0400917ffc00000001", AW_ERR_RANGE,
     AW_HAB_INV_ADDRESS, AW_HAB_CTX_COMMAND, 12},
    {"last word of all", "d2001040cc000c04fffffffc00000001", AW_OK, 0, 0, 0},
    {"second pair bad", "d2001840cc001404020c4068000000010200000000000001",
     AW_ERR_RANGE, AW_HAB_INV_ADDRESS, AW_HAB_CTX_COMMAND, 20},
    {"check", "d2001040cf000c04020c406800000001", AW_OK, 0, 0, 0},
    {"check with count", "d2001440cf001034020c40680000000100000005", AW_OK, 0,
     0, 0},
    {"check of two pairs", "d2001840cf001404020c406800000001020c406800000001",
     AW_ERR_FORMAT, AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 20},
    {"Install Key", "d2001040be000c000317000000000048", AW_ERR_UNSUPPORTED,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 12},
    {"Authenticate Data", "d2000840ca000400", AW_ERR_UNSUPPORTED,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 4},
    {"Set", "d2000840b1000403", AW_ERR_UNSUPPORTED, AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, 4},
    {"Unlock", "d2000c40b200082100000002", AW_ERR_UNSUPPORTED,
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, 8},
    {"Init", "d2000840b400040c", AW_ERR_UNSUPPORTED, AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, 4},
    {"unknown command", "d2000840aa000400", AW_ERR_UNSUPPORTED,
     AW_HAB_UNS_COMMAND, AW_HAB_CTX_DCD, 0},
    {"command length 3", "d2000840c0000300", AW_ERR_FORMAT, AW_HAB_INV_DCD,
     AW_HAB_CTX_DCD, 0},
    {"command runs past the end", "d2000840c0000500ff", AW_ERR_FORMAT,
     AW_HAB_INV_DCD, AW_HAB_CTX_DCD, 0},
    {"half a header", "d2000640c000", AW_ERR_FORMAT, AW_HAB_INV_DCD,
     AW_HAB_CTX_DCD, 0},
    {"DCD tag", "d3000440", AW_ERR_FORMAT, AW_HAB_INV_DCD, AW_HAB_CTX_DCD, 0},
    {"DCD cut", "d2000840c00004", AW_ERR_SHORT, AW_HAB_INV_DCD, AW_HAB_CTX_DCD,
     0},
    {"DCD too long", "d206e940", AW_ERR_RANGE, AW_HAB_INV_DCD, AW_HAB_CTX_DCD,
     0},
    {"no header", "d20004", AW_ERR_SHORT, AW_HAB_INV_DCD, AW_HAB_CTX_DCD, 0},
};

START_TEST(run_table)
{
    struct aw_dcd_fault fault = {0};
    aw_err err = aw_dcd_run(vec_unhex(aw_text(runs[_i].hex)), aw_dcd_ranges,
                            aw_dcd_ranges_n, NULL, &fault);

    ck_assert_msg(err == runs[_i].want, "%s: %s", runs[_i].name,
                  aw_err_text(err));
    ck_assert_msg(fault.reason == runs[_i].reason, "%s: reason %#x",
                  runs[_i].name, fault.reason);
    ck_assert_msg(fault.context == runs[_i].context, "%s: context %#x",
                  runs[_i].name, fault.context);
    ck_assert_msg(fault.data.n == runs[_i].data, "%s: %zu bytes", runs[_i].name,
                  fault.data.n);
}
END_TEST

/* A bus of one register that turns to `later` after some reads. */
struct one {
    uint32_t value;
    uint32_t later;
    unsigned reads_left;
    unsigned writes;
    uint32_t address;
};

static uint32_t one_read(void *ctx, uint32_t address, unsigned width)
{
    struct one *one = ctx;

    (void)width;
    one->address = address;
    if (one->reads_left > 0) {
        one->reads_left--;
        return one->value;
    }
    return one->later;
}

static void one_write(void *ctx, uint32_t address, unsigned width,
                      uint32_t value)
{
    struct one *one = ctx;

    (void)width;
    one->address = address;
    one->value = value;
    one->later = value;
    one->writes++;
}

static const struct {
    const char *hex;
    uint32_t value;
    uint32_t later; /* after three reads */
    aw_err want;
    uint32_t after;
    unsigned writes;
} acts[] = {
    /* store, clear, set, two stores of which the second address is bad */
    {"d2001040cc000c04020c4068000000f0", 7, 7, AW_OK, 0xf0, 1},
    {"d2001040cc000c0c020c406800000005", 7, 7, AW_OK, 2, 1},
    {"d2001040cc000c1c020c4068000000f0", 7, 7, AW_OK, 0xf7, 1},
    {"d2001840cc001404020c4068000000010200000000000001", 7, 7, AW_ERR_RANGE, 7,
     0},
    /* wait for all clear, all set, any clear, any set; both spellings */
    {"d2001040cf000c04020c406800000003", 1, 4, AW_OK, 1, 0},
    {"d2001040cf000c04020c406800000003", 1, 2, AW_ERR_TIMEOUT, 1, 0},
    {"d2001040cf000c14020c406800000003", 1, 7, AW_OK, 1, 0},
    {"d2001040cf000c14020c406800000003", 1, 2, AW_ERR_TIMEOUT, 1, 0},
    {"d2001040cf000c24020c406800000003", 3, 1, AW_OK, 3, 0},
    {"d2001040cf000c0c020c406800000003", 3, 7, AW_ERR_TIMEOUT, 3, 0},
    {"d2001040cf000c34020c406800000003", 0, 1, AW_OK, 0, 0},
    {"d2001040cf000c1c020c406800000003", 0, 4, AW_ERR_TIMEOUT, 0, 0},
    /* count 0 does not look; 3 is one read too few, 4 is enough */
    {"d2001440cf001014020c40680000000300000000", 0, 0, AW_OK, 0, 0},
    {"d2001440cf001014020c40680000000300000003", 0, 3, AW_ERR_TIMEOUT, 0, 0},
    {"d2001440cf001014020c40680000000300000004", 0, 3, AW_OK, 0, 0},
};

START_TEST(act_table)
{
    struct one one = {acts[_i].value, acts[_i].later, 3, 0, 0};
    struct aw_dcd_bus bus = {&one, one_read, one_write, 10};
    struct aw_dcd_fault fault = {0};
    aw_err err = aw_dcd_run(vec_unhex(aw_text(acts[_i].hex)), aw_dcd_ranges,
                            aw_dcd_ranges_n, &bus, &fault);

    ck_assert_msg(err == acts[_i].want, "%s: %s", acts[_i].hex,
                  aw_err_text(err));
    ck_assert_uint_eq(one.value, acts[_i].after);
    ck_assert_uint_eq(one.writes, acts[_i].writes);
    if (err == AW_ERR_TIMEOUT) {
        ck_assert_uint_eq(fault.reason, AW_HAB_OVR_COUNT);
        ck_assert_uint_eq(fault.context, AW_HAB_CTX_COMMAND);
    }
}
END_TEST

START_TEST(ranges)
{
    static const struct aw_hab_range r[] = {{0x10, 0x1f}, {0xfffffff0, ~0U}};

    ck_assert(aw_hab_range_has(r, 2, 0x10, 16));
    ck_assert(!aw_hab_range_has(r, 2, 0x10, 17));
    ck_assert(!aw_hab_range_has(r, 2, 0x0f, 1));
    ck_assert(!aw_hab_range_has(r, 2, 0x20, 1));
    ck_assert(aw_hab_range_has(r, 2, 0x1f, 1));
    ck_assert(aw_hab_range_has(r, 2, 0xffffffff, 1));
    ck_assert(!aw_hab_range_has(r, 2, 0xffffffff, 2));
    ck_assert(aw_hab_range_has(r, 2, 0xfffffff0, 16));
    ck_assert(!aw_hab_range_has(r, 2, 0xfffffff0, 0xffffffff));
    ck_assert(!aw_hab_range_has(r, 0, 0x10, 1));
}
END_TEST

START_TEST(write_limits)
{
    static struct aw_dcd_entry many[222];
    uint8_t buf[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_dcd_entry e = {.address = 0x80000000, .value = 1, .width = 4};

    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = e;
    }
    ck_assert_int_eq(aw_dcd_write(many, 220, &w, NULL), AW_OK);
    ck_assert_uint_eq(w.n, AW_DCD_MAX);
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_int_eq(aw_dcd_write(many, 221, &w, NULL), AW_ERR_SPACE);
    w = aw_wr_init(buf, 15);
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_ERR_SPACE);
    w = aw_wr_init(buf, 16);
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_OK);
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_int_eq(aw_dcd_write(NULL, 0, &w, NULL), AW_OK);
    ck_assert_uint_eq(w.n, 4);
    e.width = 3;
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_ERR_RANGE);
    e.width = 1;
    e.value = 256;
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_ERR_RANGE);
    e.value = 255;
    e.op = AW_DCD_NOP + 1;
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_ERR_RANGE);
    e.op = AW_DCD_STORE;
    e.counted = true;
    ck_assert_int_eq(aw_dcd_write(&e, 1, &w, NULL), AW_ERR_RANGE);
}
END_TEST

static size_t make_entries(struct aw_dcd_entry *out)
{
    static const uint8_t widths[] = {1, 2, 4};
    size_t n = 0;

    for (unsigned op = 0; op < AW_DCD_NOP; op++) {
        for (size_t i = 0; i < COUNT(widths); i++) {
            bool counted = op >= AW_DCD_ALL_CLEAR && i == 1;

            out[n] = (struct aw_dcd_entry){
                .address = 0x020e0000 + 4 * (uint32_t)n,
                .value = 0x80 + (uint32_t)n,
                .count = counted ? 1000 : 0,
                .op = (uint8_t)op,
                .width = widths[i],
                .counted = counted,
            };
            n++;
        }
    }
    out[n++] = (struct aw_dcd_entry){.op = AW_DCD_NOP, .width = 4};
    return n;
}

static void same_entry(const struct aw_dcd_entry *a,
                       const struct aw_dcd_entry *b)
{
    ck_assert_uint_eq(a->address, b->address);
    ck_assert_uint_eq(a->value, b->value);
    ck_assert_uint_eq(a->op, b->op);
    ck_assert_uint_eq(a->width, b->width);
    ck_assert_int_eq(a->counted, b->counted);
    ck_assert_uint_eq(a->count, b->count);
}

/* Compares one command from entry k on; the next k. */
static size_t expect_command(const struct aw_hab_cmd *cmd,
                             const struct aw_dcd_entry *want, size_t k)
{
    for (size_t i = 0; i < aw_dcd_entries(cmd); i++) {
        struct aw_dcd_entry e = {0};

        ck_assert_int_eq(aw_dcd_entry_parse(cmd, i, &e, NULL), AW_OK);
        same_entry(&e, &want[k++]);
    }
    return k;
}

/* Reads a DCD and compares it, entry by entry. */
static void expect_entries(aw_bytes dcd, const struct aw_dcd_entry *want,
                           size_t n)
{
    struct aw_rd r;
    size_t k = 0;

    ck_assert_int_eq(aw_dcd_open(dcd, &r, NULL), AW_OK);
    while (aw_rd_left(&r) > 0) {
        struct aw_hab_cmd cmd;

        ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_OK);
        ck_assert_uint_le(k + aw_dcd_entries(&cmd), n);
        k = expect_command(&cmd, want, k);
    }
    ck_assert_uint_eq(k, n);
}

START_TEST(vector)
{
    aw_bytes dcd = vec_file("hab/image/test.dcd.bin");
    uint8_t buf[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    ck_assert_int_eq(aw_dcd_write(entries, COUNT(entries), &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), dcd);
    ck_assert_int_eq(
        aw_dcd_run(dcd, aw_dcd_ranges, aw_dcd_ranges_n, NULL, NULL), AW_OK);
    expect_entries(dcd, entries, COUNT(entries));
}
END_TEST

/* Every operation and width survives writing and reading. */
START_TEST(round_trip)
{
    struct aw_dcd_entry in[32];
    uint8_t buf[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    size_t n = make_entries(in);

    ck_assert_int_eq(aw_dcd_write(in, n, &w, NULL), AW_OK);
    expect_entries(aw_wr_done(&w), in, n);
}
END_TEST

Suite *suite_dcd(void)
{
    Suite *s = suite_create("dcd");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vector);
    tcase_add_loop_test(tc, run_table, 0, (int)COUNT(runs));
    tcase_add_loop_test(tc, act_table, 0, (int)COUNT(acts));
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, write_limits);
    tcase_add_test(tc, round_trip);
    suite_add_tcase(s, tc);
    return s;
}
