/* SPDX-License-Identifier: Apache-2.0 */
#include "models/csu.h"
#include "models/tzasc.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    CSL2 = TW_CSU_BASE + 2 * 4,
    SA = TW_CSU_BASE + 0x218,
    TZ = TW_TZASC_BASE,
    DDR_SIZE = 0x80000,
    GPIO4 = 0x020a8000,
    GPIO5 = 0x020ac000,
    GPR1 = TW_IOMUXC_GPR_BASE + 0x04,
    GPR9 = TW_IOMUXC_GPR_BASE + 0x24
};

#define DDR UINT32_C(0x80000000)

static struct {
    struct rig rig;
    struct tw_csu csu;
    struct tw_iomuxc iomuxc;
    struct tw_tzasc tzasc;
    struct tw_regs gpio4;
    struct tw_regs gpio5;
    struct rig_line irq;
    uint8_t ddr[DDR_SIZE];
} t;

static const struct tw_reg row = {.name = "DR", .write = TW_ALL};
static const struct tw_regs_map gpio_map = {
    .name = "GPIO4", .rows = &row, .n_rows = 1, .size = 0x20};

static void setup(void)
{
    rig_init(&t.rig);
    tw_csu_init(&t.csu, &t.rig.bus);
    tw_iomuxc_init(&t.iomuxc, &t.rig.bus, false);
    tw_tzasc_init(&t.tzasc, &t.rig.bus, &t.iomuxc, DDR, DDR_SIZE);
    tw_regs_init(&t.gpio4, &gpio_map, NULL, &t.rig.bus, GPIO4);
    tw_regs_init(&t.gpio5, &gpio_map, NULL, &t.rig.bus, GPIO5);
    tw_bus_add_ram(&t.rig.bus, &(struct tw_region){.name = "DDR",
                                                   .base = DDR,
                                                   .size = DDR_SIZE,
                                                   .ram = {.bytes = t.ddr}});
    t.tzasc.irq = rig_watch(&t.irq);
}

/* The table of levels: reading and writing by non-secure user and supervisor,
 * secure user and supervisor. */
START_TEST(levels)
{
    static const struct {
        uint8_t level;
        const char *may; /* r, w, b both, - none */
    } cases[] = {
        {0xff, "bbbb"}, {0xbb, "-bbb"}, {0x3f, "rrbb"}, {0x3b, "-rbb"},
        {0x33, "--bb"}, {0x22, "---b"}, {0x03, "--rr"}, {0x00, "----"},
    };

    rig_write(&t.rig, CSL2, (uint32_t)cases[_i].level << 16);
    for (unsigned who = 0; who < 4; who++) {
        char may = cases[_i].may[who];

        t.rig.non_secure = who < 2;
        t.rig.user = who % 2 == 0;
        ck_assert_int_eq(rig_refuses_read(&t.rig, GPIO4),
                         may != 'r' && may != 'b');
        ck_assert_int_eq(rig_refuses_write(&t.rig, GPIO4, 1),
                         may != 'w' && may != 'b');
    }
}
END_TEST

/* After reset the secure world alone may use it. Locks hold what is below. */
START_TEST(level_locks)
{
    struct tw_device device = tw_csu_device(&t.csu);

    t.rig.non_secure = true;
    ck_assert(rig_refuses_read(&t.rig, GPIO4));
    ck_assert_str_eq(t.rig.said, "CSU: non-secure supervisor read of GPIO4 at "
                                 "0x020a8000, level 0x33");
    t.rig.non_secure = false;
    rig_write(&t.rig, CSL2, 0x01ff0033);
    rig_write(&t.rig, CSL2, 0x00330000);
    ck_assert_uint_eq(rig_read(&t.rig, CSL2), 0x01ff0000);
    ck_assert_uint_eq(tw_csu_level(&t.csu, 2, 1), 0xff);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(tw_csu_level(&t.csu, 2, 1), 0xff);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(rig_read(&t.rig, CSL2), 0x00330033);
}
END_TEST

/* Whose level nobody published: refused what all such levels refuse. */
START_TEST(unknown_levels)
{
    enum { CSL39 = TW_CSU_BASE + 39 * 4 };
    struct tw_device device = tw_csu_device(&t.csu);

    t.rig.non_secure = true;
    ck_assert(rig_refuses_read(&t.rig, GPIO5));
    ck_assert_str_eq(t.rig.said, "CSU: non-secure supervisor read of a block "
                                 "at 0x020ac000, level 0x33");
    t.rig.non_secure = false;
    rig_write(&t.rig, CSL39, 0x00330037);
    ck_assert_uint_eq(t.csu.others, 0x37);
    t.rig.non_secure = true;
    t.rig.user = true;
    ck_assert(!rig_refuses_read(&t.rig, GPIO5));
    ck_assert(rig_refuses_write(&t.rig, GPIO5, 0));
    t.rig.non_secure = false;
    t.rig.user = false;
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(t.csu.others, 0x37);
    /* A level that is known opens its own block alone. */
    rig_write(&t.rig, CSL39, 0x00330033);
    rig_write(&t.rig, CSL2, 0x00ff0033);
    ck_assert_uint_eq(t.csu.others, 0x33);
}
END_TEST

START_TEST(masters)
{
    uint32_t word = 0;

    rig_write(&t.rig, GPR9, 1);
    rig_write(&t.rig, SA, 1U << 16);
    ck_assert(t.rig.bus.nonsecure[TW_USDHC1]);
    ck_assert(!t.rig.bus.nonsecure[TW_USDHC2]);
    ck_assert(!tw_dma_read(&t.rig.bus, TW_USDHC1, DDR, &word, 4));
    ck_assert(tw_dma_read(&t.rig.bus, TW_USDHC2, DDR, &word, 4));
    rig_write(&t.rig, SA, 2U << 18);
    rig_write(&t.rig, SA, 1U << 18);
    ck_assert(!t.rig.bus.nonsecure[TW_USDHC2]);
}
END_TEST

/* Region: base, attributes; then an address inside and one outside. */
START_TEST(regions)
{
    static const struct {
        const char *name;
        uint32_t base;
        uint32_t attributes;
        uint32_t address;
        bool read;
        bool write;
    } cases[] = {
        {"both", 0x80000000, 0xf000001f, 0x80008000, true, true},
        {"read only", 0x80000000, 0xe000001f, 0x8000fffc, true, false},
        {"write only", 0x80000000, 0xd000001f, 0x80000000, false, true},
        {"off", 0x80000000, 0xf000001e, 0x80008000, false, false},
        {"above", 0x80000000, 0xf000001f, 0x80010000, false, false},
        {"32 KiB", 0x80008000, 0xf000001d, 0x8000fffc, true, true},
        {"below 32 KiB", 0x80008000, 0xf000001d, 0x80007ffc, false, false},
        {"subregion off", 0x80000000, 0xf000021f, 0x80002000, false, false},
        {"subregion on", 0x80000000, 0xf000021f, 0x80004000, true, true},
    };

    rig_write(&t.rig, GPR9, 1);
    rig_write(&t.rig, TZ + 0x110, cases[_i].base);
    rig_write(&t.rig, TZ + 0x118, cases[_i].attributes);
    rig_write(&t.rig, cases[_i].address, 1);
    t.rig.non_secure = true;
    ck_assert_msg(rig_refuses_read(&t.rig, cases[_i].address) != cases[_i].read,
                  "%s", cases[_i].name);
    ck_assert_msg(rig_refuses_write(&t.rig, cases[_i].address, 2) !=
                      cases[_i].write,
                  "%s", cases[_i].name);
}
END_TEST

/* The highest number decides; without GPR9 nobody does. */
START_TEST(order_and_bypass)
{
    struct tw_device device = tw_tzasc_device(&t.tzasc);

    rig_write(&t.rig, TZ + 0x110, DDR);
    rig_write(&t.rig, TZ + 0x118, 0xf0000023);
    rig_write(&t.rig, TZ + 0x120, DDR);
    rig_write(&t.rig, TZ + 0x128, 0xc000001d);
    t.rig.non_secure = true;
    rig_write(&t.rig, DDR, 1);
    t.rig.non_secure = false;
    rig_write(&t.rig, GPR9, 1);
    t.rig.non_secure = true;
    ck_assert(rig_refuses_read(&t.rig, DDR));
    ck_assert_uint_eq(rig_read(&t.rig, DDR + 0x8000), 0);
    t.rig.non_secure = false;
    rig_round_trip(&t.rig, &device);
    t.rig.non_secure = true;
    ck_assert(rig_refuses_read(&t.rig, DDR));
}
END_TEST

/* What is noted of a refused access. */
START_TEST(failures)
{
    rig_write(&t.rig, GPR9, 1);
    rig_write(&t.rig, TZ + 4, 3);
    t.rig.non_secure = true;
    t.rig.user = true;
    ck_assert(rig_refuses_write(&t.rig, DDR + 0x1234, 1));
    ck_assert(rig_refuses_read(&t.rig, DDR + 0x2000));
    t.rig.non_secure = false;
    t.rig.user = false;
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x10), 3);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x20), DDR + 0x1234);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x28), 0x01200000);
    rig_write(&t.rig, TZ + 0x14, 1);
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x10), 0);
}
END_TEST

/* Lockdown takes the secure boot lock of GPR1, too. */
START_TEST(lockdown)
{
    rig_write(&t.rig, TZ + 0x08, 0x80000000); /* region 15 */
    rig_write(&t.rig, TZ + 0x0c, 0x7);
    rig_write(&t.rig, TZ + 0x1f8, 0xf0000023);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x1f8), 0xf0000023);
    rig_write(&t.rig, GPR1, 1U << 23);
    rig_write(&t.rig, TZ + 0x1f8, 0);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x1f8), 0xf0000023);
    rig_write(&t.rig, TZ + 0x1e8, 0xf0000023);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x1e8), 0xf0000023);
    rig_write(&t.rig, TZ + 0x08, 0);
    rig_write(&t.rig, TZ + 0x0c, 0);
    rig_write(&t.rig, TZ + 0x34, 1);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x08), 0x80000000);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x0c), 7);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x34), 0);
    /* Region 0 keeps its place, and odd regions are told. */
    rig_write(&t.rig, TZ + 0x100, DDR);
    ck_assert_uint_eq(rig_read(&t.rig, TZ + 0x100), 0);
    rig_write(&t.rig, TZ + 0x110, DDR + 0x8000);
    rig_write(&t.rig, TZ + 0x118, 0xf000001f);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 1);
}
END_TEST

Suite *suite_twin_trustzone(void)
{
    Suite *s = suite_create("twin_trustzone");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, levels, 0, 8);
    tcase_add_test(tc, level_locks);
    tcase_add_test(tc, unknown_levels);
    tcase_add_test(tc, masters);
    tcase_add_loop_test(tc, regions, 0, 9);
    tcase_add_test(tc, order_and_bypass);
    tcase_add_test(tc, failures);
    tcase_add_test(tc, lockdown);
    suite_add_tcase(s, tc);
    return s;
}
