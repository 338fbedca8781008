/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/clock.h"

#include <stdbool.h>

#include "fw/reg.h"
#include "fw/time.h"

/* IMX6ULLRM rev 1, chapters 18 and 39. The analog blocks have a second and a
 * third address for each register, which set and clear bits. */
enum {
    CCM_CACRR = 0x020c4010,
    PLL_ARM = 0x020c8000,
    PLL_USB1 = 0x020c8010, /* PLL3 */
    PMU_REG_CORE = 0x020c8140,
    SET = 4,
    CLEAR = 8
};
enum {
    ARM_DIV_SELECT = 0x7f,
    ARM_SOURCE = 3 << 14,
    ARM_ENABLE = 1 << 13,
    USB_CLOCKS = 1 << 6,
    USB_POWER = 1 << 12,
    USB_ENABLE = 1 << 13,
    BYPASS = 1 << 16,
    POWER_DOWN = 1 << 12, /* of PLL_ARM */
    CACRR_PODF = 7,
    CORE_ARM = 0x1f,
    CORE_SOC = 0x1f << 18
};
#define LOCK UINT32_C(0x80000000)

/* 24 MHz x 88 / 2 / (1 + 1) = 528 MHz at 1.175 V: IMX6ULLCEC, table 10. */
enum {
    DIV_528 = 88,
    PODF_528 = 1,
    TARGET_528 = (1175000 - 700000) / 25000,
    SETTLE_US = 100,
    LOCK_US = 5000
};

static bool wait_lock(uint32_t pll)
{
    struct deadline d = deadline_us(LOCK_US);

    while ((reg_rd(pll) & LOCK) == 0) {
        if (deadline_passed(&d)) {
            return (reg_rd(pll) & LOCK) != 0;
        }
    }
    return true;
}

static void set_voltage(void)
{
    reg_field(PMU_REG_CORE, CORE_ARM | CORE_SOC,
              TARGET_528 | (uint32_t)TARGET_528 << 18);
    time_sleep_us(SETTLE_US);
}

/* The divider goes up before the PLL does; in between the processor runs from
 * the oscillator. */
static bool set_arm(void)
{
    reg_field(CCM_CACRR, CACRR_PODF, PODF_528);
    reg_wr(PLL_ARM + SET, BYPASS);
    reg_wr(PLL_ARM + CLEAR, ARM_SOURCE | POWER_DOWN);
    reg_field(PLL_ARM, ARM_DIV_SELECT, DIV_528);
    reg_wr(PLL_ARM + SET, ARM_ENABLE);
    if (!wait_lock(PLL_ARM)) {
        return false;
    }
    reg_wr(PLL_ARM + CLEAR, BYPASS);
    return true;
}

static bool set_pll3(void)
{
    reg_wr(PLL_USB1 + SET, USB_POWER | USB_CLOCKS);
    if (!wait_lock(PLL_USB1)) {
        return false;
    }
    reg_wr(PLL_USB1 + CLEAR, BYPASS);
    reg_wr(PLL_USB1 + SET, USB_ENABLE);
    return true;
}

aw_err clock_init(struct aw_diag *diag)
{
    set_voltage();
    if (!set_arm()) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "clock: PLL_ARM", reg_rd(PLL_ARM));
    }
    if (!set_pll3()) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "clock: PLL_USB1",
                       reg_rd(PLL_USB1));
    }
    return AW_OK;
}
