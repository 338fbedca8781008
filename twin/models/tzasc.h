/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_TZASC_H
#define TWIN_TZASC_H

#include "models/iomuxc.h"
#include "models/regs.h"

/*
 * TrustZone address space controller (ARM TZC-380) in front of DDR: 16
 * regions, the highest number that holds an address decides. Transparent
 * until GPR9 says otherwise. A refused access is always an external abort;
 * the settings of ACTION that would let it read zeros are not modelled.
 * Source: ARM DDI 0431B.
 */
enum {
    TW_TZASC_BASE = 0x021d0000,
    TW_TZASC_SIZE = 0x1000,
    TW_TZASC_REGIONS = 16
};

struct tw_tzasc {
    struct tw_regs regs;
    struct tw_bus *bus;
    const struct tw_iomuxc *iomuxc;
    struct tw_line irq;
};

/** @param first, size  memory that it guards */
void tw_tzasc_init(struct tw_tzasc *tzasc, struct tw_bus *bus,
                   const struct tw_iomuxc *iomuxc, uint32_t first,
                   uint32_t size);

struct tw_device tw_tzasc_device(struct tw_tzasc *tzasc);

#endif
