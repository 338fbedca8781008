/* SPDX-License-Identifier: Apache-2.0 */
/* What closes the chip to the normal world, on the twin's CSU and TZASC. */
#include "fw/guard.h"
#include "fw/reg.h"
#include "models/csu.h"
#include "models/tzasc.h"
#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    GPR1 = TW_IOMUXC_GPR_BASE + 0x04,
    GPR9 = TW_IOMUXC_GPR_BASE + 0x24,
    GPR10 = TW_IOMUXC_GPR_BASE + 0x28,
    OCRAM = 0x00900000,
    OCRAM_SIZE = 0x20000,
    DDR_SIZE = 0x200000,
    WINDOW_SIZE = 0x100000
};
#define DDR    UINT32_C(0x80000000)
#define WINDOW (DDR + WINDOW_SIZE)

static struct {
    struct rig rig;
    struct tw_csu csu;
    struct tw_iomuxc iomuxc;
    struct tw_tzasc tzasc;
    uint32_t stuck; /* register that reads as zero */
    uint8_t ddr[DDR_SIZE];
    uint8_t ocram[OCRAM_SIZE];
} t;

static bool on_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    if (a->write) {
        rig_write(&t.rig, a->address, a->value);
    } else {
        a->value = a->address == t.stuck ? 0 : rig_read(&t.rig, a->address);
    }
    return true;
}

static void setup(void)
{
    const struct tw_region regions[] = {
        {.name = "DDR", .base = DDR, .size = DDR_SIZE, .ram = {.bytes = t.ddr}},
        {.name = "OCRAM",
         .base = OCRAM,
         .size = OCRAM_SIZE,
         .ram = {.bytes = t.ocram}},
    };

    fake_reset();
    t.stuck = 0;
    rig_init(&t.rig);
    tw_csu_init(&t.csu, &t.rig.bus);
    tw_iomuxc_init(&t.iomuxc, &t.rig.bus, false);
    tw_tzasc_init(&t.tzasc, &t.rig.bus, &t.iomuxc, DDR, DDR_SIZE);
    tw_bus_add_ram(&t.rig.bus, &regions[0]);
    tw_bus_add_ram(&t.rig.bus, &regions[1]);
    rig_write(&t.rig, GPR9, 1);
    fake_hook(&(struct fake_hook){.access = on_access});
}

/* Of the normal world at PL1, which may most. */
static bool reached(uint32_t address)
{
    t.rig.non_secure = true;
    bool refused = rig_refuses_read(&t.rig, address);
    bool write_refused = rig_refuses_write(&t.rig, address, 0);

    t.rig.non_secure = false;
    ck_assert_int_eq(refused, write_refused);
    return !refused;
}

START_TEST(window_alone)
{
    const struct guard_window w = {WINDOW, WINDOW_SIZE};

    ck_assert_int_eq(guard_init(&w, NULL), AW_OK);
    ck_assert(reached(WINDOW));
    ck_assert(reached(WINDOW + WINDOW_SIZE - 4));
    ck_assert(!reached(WINDOW - 4));
    ck_assert(!reached(DDR));
    ck_assert(!reached(OCRAM));
    ck_assert(!reached(OCRAM + OCRAM_SIZE - 4));
    ck_assert(!reached(TW_IOMUXC_GPR_BASE));
    ck_assert(!reached(TW_CSU_BASE));
    ck_assert(!reached(TW_TZASC_BASE));
    /* The secure world goes on as before. */
    rig_write(&t.rig, DDR, 1);
    rig_write(&t.rig, OCRAM, 1);
    rig_write(&t.rig, WINDOW, 1);
}
END_TEST

START_TEST(no_window)
{
    const struct guard_window w = {0, 0};

    ck_assert_int_eq(guard_init(&w, NULL), AW_OK);
    ck_assert(!reached(WINDOW));
    ck_assert(!reached(DDR));
}
END_TEST

/* Nothing of it can be taken back. */
START_TEST(is_locked)
{
    const struct guard_window w = {WINDOW, WINDOW_SIZE};
    static const struct {
        uint32_t address;
        uint32_t value;
    } tries[] = {
        {TW_CSU_BASE, 0x00ff00ff},
        {TW_CSU_BASE + 4 * 39, 0x00ff00ff},
        {TW_CSU_BASE + 0x218, 0x55555555},
        {TW_TZASC_BASE + 0x108, 0xf0000000},
        {TW_TZASC_BASE + 0x110, DDR},
        {TW_TZASC_BASE + 0x118, 0},
        {TW_TZASC_BASE + 0x1f8, 0xf000003f},
        {TW_TZASC_BASE + 0x008, 0},
        {GPR1, 0},
        {GPR9, 0},
        {GPR10, 0},
    };

    ck_assert_int_eq(guard_init(&w, NULL), AW_OK);
    for (size_t i = 0; i < COUNT(tries); i++) {
        uint64_t before = t.rig.report.counts[TW_REPORT_REFUSED];

        rig_write(&t.rig, tries[i].address, tries[i].value);
        ck_assert_msg(t.rig.report.counts[TW_REPORT_REFUSED] > before, "%08x",
                      (unsigned)tries[i].address);
    }
    ck_assert(!reached(DDR));
    ck_assert(!reached(OCRAM));
    ck_assert(reached(WINDOW));
    ck_assert(!t.rig.bus.nonsecure[TW_USDHC2]);
}
END_TEST

START_TEST(windows_that_cannot_be)
{
    static const struct {
        struct guard_window w;
        aw_err want;
    } cases[] = {
        {{WINDOW, 0x8000}, AW_OK},
        {{WINDOW + 0x8000, 0x8000}, AW_OK},
        {{WINDOW, 0x4000}, AW_ERR_RANGE},
        {{WINDOW + 0x4000, 0x8000}, AW_ERR_RANGE},
        {{WINDOW, 0x18000}, AW_ERR_RANGE},
        {{WINDOW, WINDOW_SIZE - 1}, AW_ERR_RANGE},
        {{WINDOW, 0}, AW_ERR_RANGE},
    };

    ck_assert_int_eq(guard_init(&cases[_i].w, NULL), cases[_i].want);
    ck_assert_int_eq(reached(cases[_i].w.start), cases[_i].want == AW_OK);
    ck_assert(!reached(DDR));
}
END_TEST

START_TEST(without_a_guard)
{
    const struct guard_window w = {WINDOW, WINDOW_SIZE};

    t.stuck = GPR9;
    ck_assert_int_eq(guard_init(&w, NULL), AW_ERR_PRECONDITION);
    setup();
    t.stuck = TW_TZASC_BASE + 0x118;
    ck_assert_int_eq(guard_init(&w, NULL), AW_ERR_IO);
    setup();
    t.stuck = TW_CSU_BASE + 4 * 39;
    ck_assert_int_eq(guard_init(&w, NULL), AW_ERR_IO);
}
END_TEST

START_TEST(no_debugging)
{
    ck_assert_uint_eq(rig_read(&t.rig, GPR10) & 3, 3);
    guard_no_debug();
    ck_assert_uint_eq(rig_read(&t.rig, GPR10) & 3, 0);
    rig_write(&t.rig, GPR10, 3);
    ck_assert_uint_eq(rig_read(&t.rig, GPR10) & 3, 0);
}
END_TEST

Suite *suite_fw_guard(void)
{
    Suite *s = suite_create("fw_guard");
    TCase *tc = tcase_create("guard");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, window_alone);
    tcase_add_test(tc, no_window);
    tcase_add_test(tc, is_locked);
    tcase_add_loop_test(tc, windows_that_cannot_be, 0, 7);
    tcase_add_test(tc, without_a_guard);
    tcase_add_test(tc, no_debugging);
    suite_add_tcase(s, tc);
    return s;
}
