/* SPDX-License-Identifier: Apache-2.0 */
#include "models/regs.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum { BASE = 0x02fc0000, PLAIN = BASE, ALIASED = BASE + 0x1000 };

static struct {
    struct rig rig;
    struct tw_regs plain;
    struct tw_regs aliased;
    uint32_t wrote_at;
    uint32_t before;
    uint32_t written;
} t;

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    (void)ctx;
    return offset == 8 ? value | 0x80 : value;
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    (void)ctx;
    t.wrote_at = offset;
    t.before = before;
    t.written = written;
}

static const struct tw_reg plain_rows[] = {
    {.name = "A", .offset = 0, .reset = 0xf0f0, .write = 0xff},
    {.name = "B", .offset = 4, .reset = 0xff, .clear = 0x0f},
    {.name = "C", .offset = 8, .count = 2, .write = TW_ALL, .kept = true},
    {.name = "D", .offset = 16, .count = 2, .step = 8, .reset = 7},
};
static const struct tw_regs_map plain_map = {.name = "PLAIN",
                                             .rows = plain_rows,
                                             .n_rows = COUNT(plain_rows),
                                             .size = 0x20,
                                             .look = look,
                                             .wrote = wrote};
static const struct tw_reg aliased_rows[] = {
    {.name = "A", .offset = 0, .reset = 0x0f, .write = 0xff},
};
static const struct tw_regs_map aliased_map = {.name = "ALIASED",
                                               .rows = aliased_rows,
                                               .n_rows = COUNT(aliased_rows),
                                               .size = 0x10,
                                               .aliases = true};

static void setup(void)
{
    rig_init(&t.rig);
    tw_regs_init(&t.plain, &plain_map, NULL, &t.rig.bus, PLAIN);
    tw_regs_init(&t.aliased, &aliased_map, NULL, &t.rig.bus, ALIASED);
}

START_TEST(masks)
{
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN), 0xf0f0);
    rig_write(&t.rig, PLAIN, 0x12345678);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN), 0xf078);
    ck_assert_uint_eq(t.before, 0xf0f0);
    ck_assert_uint_eq(t.written, 0x12345678);
    rig_write(&t.rig, PLAIN + 4, 0x35);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 4), 0xfa);
    ck_assert_uint_eq(t.wrote_at, 4);
    rig_write(&t.rig, PLAIN + 8, 1);
    rig_write(&t.rig, PLAIN + 12, 2);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 8), 0x81);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 12), 2);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 24), 7);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

START_TEST(aliases)
{
    rig_write(&t.rig, ALIASED + 4, 0x130);
    ck_assert_uint_eq(rig_read(&t.rig, ALIASED), 0x3f);
    rig_write(&t.rig, ALIASED + 8, 0x11);
    ck_assert_uint_eq(rig_read(&t.rig, ALIASED + 4), 0x2e);
    rig_write(&t.rig, ALIASED + 12, 0x81);
    ck_assert_uint_eq(rig_read(&t.rig, ALIASED + 12), 0xaf);
    rig_write(&t.rig, ALIASED, 1);
    ck_assert_uint_eq(rig_read(&t.rig, ALIASED + 8), 1);
}
END_TEST

/* An offset without a register reads 0 and is reported; another size is
 * refused. */
START_TEST(misuse)
{
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 20), 0);
    rig_write(&t.rig, PLAIN + 28, 1);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 2);
    t.rig.size = 2;
    ck_assert(rig_refuses_read(&t.rig, PLAIN));
    ck_assert(rig_refuses_write(&t.rig, PLAIN, 0));
    ck_assert_str_eq(t.rig.said, "PLAIN: write of 2 bytes at offset 0x0");
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 4);
}
END_TEST

START_TEST(resets)
{
    struct tw_device device = tw_regs_device(&t.plain);

    rig_write(&t.rig, PLAIN, 1);
    rig_write(&t.rig, PLAIN + 8, 1);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN), 0xf001);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN), 0xf0f0);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 8), 0x81);
    device.reset(device.model, TW_RESET_POWER);
    ck_assert_uint_eq(rig_read(&t.rig, PLAIN + 8), 0x80);
}
END_TEST

Suite *suite_twin_regs(void)
{
    Suite *s = suite_create("twin_regs");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, masks);
    tcase_add_test(tc, aliases);
    tcase_add_test(tc, misuse);
    tcase_add_test(tc, resets);
    suite_add_tcase(s, tc);
    return s;
}
