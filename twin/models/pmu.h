/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_PMU_H
#define TWIN_PMU_H

#include "models/regs.h"

/*
 * Regulators of the chip. Voltages take effect at once.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "Power Management Unit".
 */
enum {
    TW_PMU_BASE = 0x020c8110, /* REG_1P1 to MISC2 */
    TW_PMU_SIZE = 0x70,
    TW_PMU_LOW_BASE = 0x020c8270, /* LOWPWR_CTRL */
    TW_PMU_LOW_SIZE = 0x10
};

struct tw_pmu {
    struct tw_regs regs;
    struct tw_regs low;
};

void tw_pmu_init(struct tw_pmu *pmu, struct tw_bus *bus);

/** Voltage of the ARM core in millivolt; 0 when the regulator is off. */
unsigned tw_pmu_arm_mv(const struct tw_pmu *pmu);

struct tw_device tw_pmu_device(struct tw_pmu *pmu);

#endif
