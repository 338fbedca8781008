/* SPDX-License-Identifier: Apache-2.0 */
/* The small blocks of the chip: reset controller, pads, pins, regulators,
 * temperature, DDR controller, system counter, PHYs, bridges. */
#include "models/gpio.h"
#include "models/iomuxc.h"
#include "models/misc.h"
#include "models/mmdc.h"
#include "models/pmu.h"
#include "models/src.h"
#include "models/sys_cnt.h"
#include "models/tempmon.h"
#include "models/usbphy.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    SRSR = TW_SRC_BASE + 0x08,
    SBMR1 = TW_SRC_BASE + 0x04,
    SBMR2 = TW_SRC_BASE + 0x1c,
    GPR = TW_IOMUXC_GPR_BASE,
    GPIO4 = 0x020a8000,
    OCRAM = 0x00900000,
    OCRAM_SIZE = 0x20000,
    DDR_SIZE = 0x10000
};

#define DDR UINT32_C(0x80000000)

static struct {
    struct rig rig;
    struct tw_src src;
    struct tw_iomuxc iomuxc;
    struct tw_gpio gpio;
    struct tw_pmu pmu;
    struct tw_mmdc mmdc;
    struct tw_sys_cnt cnt;
    struct tw_usbphy usbphy;
    struct tw_misc misc;
    struct tw_ocotp ocotp;
    struct tw_tempmon tempmon;
    struct aw_vfuse fuses;
    struct rig_line irq;
    unsigned changes;
    uint8_t ocram[OCRAM_SIZE];
    uint8_t ddr[DDR_SIZE];
} t;

static void changed(void *ctx)
{
    (void)ctx;
    t.changes++;
}

static void setup(void)
{
    rig_init(&t.rig);
    ck_assert_int_eq(aw_vfuse_init(&t.fuses, "IMX6UL", 1), AW_OK);
    tw_src_init(&t.src, &t.rig.bus);
    tw_iomuxc_init(&t.iomuxc, &t.rig.bus, true);
    tw_gpio_init(&t.gpio, "GPIO4", GPIO4, &t.rig.bus);
    tw_pmu_init(&t.pmu, &t.rig.bus);
    tw_mmdc_init(&t.mmdc, &t.rig.bus, DDR, DDR_SIZE);
    tw_sys_cnt_init(&t.cnt, &t.rig.bus, &t.rig.clock);
    tw_usbphy_init(&t.usbphy, &t.rig.bus);
    tw_misc_init(&t.misc, &t.rig.bus, true);
    tw_ocotp_init(&t.ocotp, &t.rig.bus, &t.rig.clock, &t.rig.ccm, &t.fuses);
    tw_tempmon_init(&t.tempmon, &t.rig.bus, &t.rig.clock, &t.ocotp);
    tw_bus_add_ram(&t.rig.bus, &(struct tw_region){.name = "OCRAM",
                                                   .base = OCRAM,
                                                   .size = OCRAM_SIZE,
                                                   .ram = {.bytes = t.ocram}});
    tw_bus_add_ram(&t.rig.bus, &(struct tw_region){.name = "DDR",
                                                   .base = DDR,
                                                   .size = DDR_SIZE,
                                                   .ram = {.bytes = t.ddr}});
    t.gpio.irq_high = rig_watch(&t.irq);
}

/* What a reset of the chip leaves, and what only power clears. */
START_TEST(src_resets)
{
    struct tw_device device = tw_src_device(&t.src);

    ck_assert_uint_eq(rig_read(&t.rig, SRSR), TW_SRSR_POWER);
    rig_write(&t.rig, SRSR, TW_SRSR_POWER);
    ck_assert_uint_eq(rig_read(&t.rig, SRSR), 0);
    rig_write(&t.rig, TW_SRC_BASE + TW_SRC_GPR9, TW_SRC_GPR9_SERIAL);
    ck_assert(!tw_src_serial_asked(&t.src));
    rig_write(&t.rig, TW_SRC_BASE + TW_SRC_GPR10, TW_SRC_GPR10_OVERRIDE);
    ck_assert(tw_src_serial_asked(&t.src));
    rig_round_trip(&t.rig, &device);
    device.reset(device.model, TW_RESET_WARM);
    tw_src_cause(&t.src, TW_SRSR_WDOG);
    ck_assert(tw_src_serial_asked(&t.src));
    ck_assert_uint_eq(rig_read(&t.rig, SRSR), TW_SRSR_WDOG);
    device.reset(device.model, TW_RESET_POWER);
    ck_assert(!tw_src_serial_asked(&t.src));
    ck_assert_uint_eq(rig_read(&t.rig, SRSR), TW_SRSR_POWER);
    /* Parts that software resets are done at once. */
    rig_write(&t.rig, TW_SRC_BASE, 0x523);
    ck_assert_uint_eq(rig_read(&t.rig, TW_SRC_BASE), 0x521);
}
END_TEST

START_TEST(src_boot_mode)
{
    tw_src_sample(&t.src, TW_BMOD_SERIAL, 0x12345678, 0x0cd4000b);
    ck_assert_uint_eq(rig_read(&t.rig, SBMR1), 0x12345678);
    ck_assert_uint_eq(rig_read(&t.rig, SBMR2), 0x0100000b);
    rig_write(&t.rig, SBMR2, 0);
    ck_assert_uint_eq(rig_read(&t.rig, SBMR2), 0x0100000b);
}
END_TEST

/* Lock bits of the general purpose registers. */
START_TEST(gpr_locks)
{
    static const struct {
        unsigned n;
        uint32_t first;
        uint32_t second;
        uint32_t want;
    } cases[] = {
        {1, 0x00002000, 0x00000000, 0x00000000},
        {1, 0x00800000, 0x00000001, 0x00800001},
        {9, 0x00000001, 0x00000000, 0x00000001},
        {9, 0x00010000, 0x00000001, 0x00010000},
        {10, 0x00000000, 0x00000003, 0x00000003},
        {10, 0x00030000, 0x00000003, 0x00030000},
        {10, 0x04000400, 0x00000000, 0x04000400},
        {10, 0x04000400, 0x00000802, 0x04000c02},
    };
    uint32_t at = GPR + 4 * cases[_i].n;
    struct tw_device device = tw_iomuxc_device(&t.iomuxc);

    rig_write(&t.rig, at, cases[_i].first);
    rig_write(&t.rig, at, cases[_i].second);
    ck_assert_uint_eq(rig_read(&t.rig, at), cases[_i].want);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, at), cases[_i].want);
    device.reset(device.model, TW_RESET_WARM);
    rig_write(&t.rig, at, 0);
    ck_assert_uint_eq(rig_read(&t.rig, at), 0);
}
END_TEST

/* OCRAM_TZ keeps the other world out from its start on. */
START_TEST(ocram_tz)
{
    rig_write(&t.rig, GPR + 0x28, 1U << 10 | 16U << 11);
    rig_write(&t.rig, OCRAM + 0x10000, 1);
    t.rig.non_secure = true;
    rig_write(&t.rig, OCRAM + 0xfffc, 1);
    ck_assert(rig_refuses_read(&t.rig, OCRAM + 0x10000));
    ck_assert(rig_refuses_write(&t.rig, OCRAM + OCRAM_SIZE - 4, 1));
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_REFUSED], 2);
}
END_TEST

START_TEST(pads)
{
    t.iomuxc.changed = changed;
    ck_assert_uint_eq(tw_iomuxc_alt(&t.iomuxc, TW_MUX_WHITE_LED), 5);
    rig_write(&t.rig, TW_IOMUXC_BASE + TW_MUX_WDOG2_RESET, 0x18);
    ck_assert_uint_eq(tw_iomuxc_alt(&t.iomuxc, TW_MUX_WDOG2_RESET), 8);
    ck_assert_uint_eq(t.changes, 1);
    rig_write(&t.rig, TW_IOMUXC_BASE + 0x0320, 0x1b0b1);
    ck_assert_uint_eq(rig_read(&t.rig, TW_IOMUXC_BASE + 0x0320), 0x1b0b1);
    rig_write(&t.rig, TW_IOMUXC_BASE + 0x069c, 2);
    ck_assert_uint_eq(rig_read(&t.rig, TW_IOMUXC_BASE + 0x069c), 2);
    ck_assert_uint_eq(rig_read(&t.rig, TW_IOMUXC_SNVS_BASE), 5);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

START_TEST(gpio_output)
{
    t.gpio.changed = changed;
    ck_assert(!tw_gpio_low(&t.gpio, 21) && !tw_gpio_high(&t.gpio, 21));
    rig_write(&t.rig, GPIO4 + 4, 1U << 21);
    ck_assert(tw_gpio_low(&t.gpio, 21));
    rig_write(&t.rig, GPIO4, 1U << 21);
    ck_assert(tw_gpio_high(&t.gpio, 21));
    ck_assert_uint_eq(rig_read(&t.rig, GPIO4 + 8), 1U << 21);
    ck_assert_uint_eq(t.changes, 2);
}
END_TEST

/* Interrupts by level and by edge. */
START_TEST(gpio_input)
{
    static const struct {
        uint32_t icr;
        uint32_t edge_sel;
        unsigned rises; /* of the line while the pin goes up, down, up */
    } cases[] = {{0, 0, 2}, {1, 0, 2}, {2, 0, 2}, {3, 0, 1}, {0, 1, 3}};
    struct tw_device device = tw_gpio_device(&t.gpio);

    rig_write(&t.rig, GPIO4 + 0x10, cases[_i].icr << 10);
    rig_write(&t.rig, GPIO4 + 0x1c, cases[_i].edge_sel << 21);
    rig_write(&t.rig, GPIO4 + 0x18, UINT32_MAX);
    rig_write(&t.rig, GPIO4 + 0x14, 1U << 21);
    for (unsigned i = 0; i < 3; i++) {
        tw_gpio_drive(&t.gpio, 21, i % 2 == 0);
        ck_assert_uint_eq(rig_read(&t.rig, GPIO4) >> 21 & 1, i % 2 == 0);
        rig_write(&t.rig, GPIO4 + 0x18, 1U << 21);
    }
    ck_assert_uint_eq(t.irq.rises, cases[_i].rises);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, GPIO4) >> 21 & 1, 1);
}
END_TEST

START_TEST(voltage)
{
    struct tw_device device = tw_pmu_device(&t.pmu);

    ck_assert_uint_eq(tw_pmu_arm_mv(&t.pmu), 1150);
    rig_write(&t.rig, TW_PMU_BASE + 0x30, 0x0048000a);
    ck_assert_uint_eq(tw_pmu_arm_mv(&t.pmu), 950);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(tw_pmu_arm_mv(&t.pmu), 950);
    rig_write(&t.rig, TW_PMU_LOW_BASE + 4, 0x10);
    ck_assert_uint_eq(rig_read(&t.rig, TW_PMU_LOW_BASE), 0x4019);
}
END_TEST

/* The formula of the reference, backwards, with calibrated and blank fuses. */
START_TEST(temperature)
{
    static const uint32_t fuses[] = {0, 0x57d4df69};
    struct tw_device device = tw_tempmon_device(&t.tempmon);

    t.fuses.shadow[14] = fuses[_i];
    t.tempmon.celsius = 38;
    rig_write(&t.rig, TW_TEMPMON_BASE + 8, 1);
    rig_write(&t.rig, TW_TEMPMON_BASE + 4, 2);
    ck_assert_uint_eq(rig_read(&t.rig, TW_TEMPMON_BASE) & 4, 0);
    rig_wait(&t.rig, TW_TEMPMON_BASE, 4, 2000);
    int32_t n = (int32_t)(rig_read(&t.rig, TW_TEMPMON_BASE) >> 8 & 0xfff);
    int32_t hot = _i == 0 ? 100 : 0x69;
    int32_t hot_count = _i == 0 ? 0x4e0 : 0x4df;
    int32_t celsius = hot - (n - hot_count) * (hot - 25) / (0x57d - hot_count);

    ck_assert_int_ge(celsius, 37);
    ck_assert_int_le(celsius, 39);
    rig_round_trip(&t.rig, &device);
    rig_write(&t.rig, TW_TEMPMON_BASE + 4, 1);
    ck_assert_uint_eq(rig_read(&t.rig, TW_TEMPMON_BASE) & 4, 0);
}
END_TEST

/* DDR answers once its controller was set up, by whoever. */
START_TEST(ddr)
{
    struct tw_device device = tw_mmdc_device(&t.mmdc);

    ck_assert(rig_refuses_write(&t.rig, DDR, 1));
    rig_write(&t.rig, TW_MMDC_BASE + 0x1c, 0x8000);
    ck_assert_uint_eq(rig_read(&t.rig, TW_MMDC_BASE + 0x1c), 0xc000);
    rig_write(&t.rig, TW_MMDC_BASE, 0x84180000);
    rig_write(&t.rig, TW_MMDC_BASE + 0x800, 0xa1390003);
    ck_assert_uint_eq(rig_read(&t.rig, TW_MMDC_BASE + 0x800), 0xa1380003);
    rig_write(&t.rig, DDR, 1);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, DDR), 1);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert(rig_refuses_read(&t.rig, DDR));
    tw_mmdc_set_up(&t.mmdc);
    ck_assert_uint_eq(rig_read(&t.rig, DDR), 1);
}
END_TEST

START_TEST(system_counter)
{
    struct tw_device device = tw_sys_cnt_device(&t.cnt);

    t.cnt.changed = changed;
    rig_run_us(&t.rig, 10);
    ck_assert_uint_eq(rig_read(&t.rig, TW_SYS_CNT_BASE + 8), 0);
    rig_write(&t.rig, TW_SYS_CNT_BASE, 0x103);
    rig_run_us(&t.rig, 1000);
    ck_assert_uint_eq(rig_read(&t.rig, TW_SYS_CNT_BASE + 8), 8000);
    rig_write(&t.rig, TW_SYS_CNT_BASE + 12, 1);
    ck_assert_uint_eq(tw_sys_cnt_value(&t.cnt), (UINT64_C(1) << 32) + 8000);
    rig_round_trip(&t.rig, &device);
    rig_write(&t.rig, TW_SYS_CNT_BASE, 0x201);
    ck_assert_uint_eq(rig_read(&t.rig, TW_SYS_CNT_BASE + 4), 0x200);
    rig_run_us(&t.rig, 1000000);
    ck_assert_uint_eq(rig_read(&t.rig, TW_SYS_CNT_BASE + 8), 8000 + 32768);
    ck_assert_uint_eq(t.changes, 3);
}
END_TEST

START_TEST(phys)
{
    struct tw_device device = tw_usbphy_device(&t.usbphy);
    const uint32_t phy = TW_USBPHY_BASE + TW_USBPHY_SIZE;

    ck_assert(!tw_usbphy_ready(&t.usbphy, 1));
    rig_write(&t.rig, phy + 0x38, 0xc0000000);
    rig_write(&t.rig, phy, 0);
    ck_assert(tw_usbphy_ready(&t.usbphy, 1));
    ck_assert(!tw_usbphy_ready(&t.usbphy, 0));
    tw_usbphy_vbus(&t.usbphy, 1, true);
    ck_assert_uint_eq(rig_read(&t.rig, TW_USB_ANALOG_BASE + 0x20), 1);
    ck_assert_uint_eq(rig_read(&t.rig, TW_USB_ANALOG_BASE + 0x80), 0xe);
    rig_write(&t.rig, TW_USB_ANALOG_BASE + 0x14, 0x180000);
    ck_assert_uint_eq(rig_read(&t.rig, TW_USB_ANALOG_BASE + 0x10), 0x180000);
    rig_round_trip(&t.rig, &device);
    ck_assert(tw_usbphy_ready(&t.usbphy, 1));
}
END_TEST

START_TEST(bridges)
{
    struct tw_device device = tw_misc_device(&t.misc);

    ck_assert_uint_eq(rig_read(&t.rig, TW_AIPSTZ_1), 0x77000000);
    rig_write(&t.rig, TW_AIPSTZ_3 + 0x50, 0);
    rig_write(&t.rig, TW_DRYICE_BASE + 4, 0x1234);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, TW_AIPSTZ_3 + 0x50), 0);
    ck_assert_uint_eq(rig_read(&t.rig, TW_DRYICE_BASE + 4), 0x1234);
}
END_TEST

Suite *suite_twin_soc(void)
{
    Suite *s = suite_create("twin_soc");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, src_resets);
    tcase_add_test(tc, src_boot_mode);
    tcase_add_loop_test(tc, gpr_locks, 0, 8);
    tcase_add_test(tc, ocram_tz);
    tcase_add_test(tc, pads);
    tcase_add_test(tc, gpio_output);
    tcase_add_loop_test(tc, gpio_input, 0, 5);
    tcase_add_test(tc, voltage);
    tcase_add_loop_test(tc, temperature, 0, 2);
    tcase_add_test(tc, ddr);
    tcase_add_test(tc, system_counter);
    tcase_add_test(tc, phys);
    tcase_add_test(tc, bridges);
    suite_add_tcase(s, tc);
    return s;
}
