/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_MISC_H
#define TWIN_MISC_H

#include "models/regs.h"

/*
 * Blocks that only hold what is written: the settings of the peripheral
 * bridges, and the tamper block of i.MX6UL ("DryIce"), whose detectors stay
 * quiet. Source: IMX6ULRM, chapter "AIPSTZ"; IMX6ULSRM.
 */
enum {
    TW_AIPSTZ_1 = 0x0207c000,
    TW_AIPSTZ_2 = 0x0217c000,
    TW_AIPSTZ_3 = 0x0227c000,
    TW_DRYICE_BASE = 0x020b0000
};

struct tw_misc {
    struct tw_regs aipstz[3];
    struct tw_regs dryice;
};

/** @param dryice  i.MX6UL */
void tw_misc_init(struct tw_misc *misc, struct tw_bus *bus, bool dryice);

struct tw_device tw_misc_device(struct tw_misc *misc);

#endif
