/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CSU_H
#define TWIN_CSU_H

#include "models/aips.h"
#include "models/regs.h"

/*
 * Central security unit: who may use which peripheral, and whether a DMA
 * master is secure. The levels of GPIO4, WDOG2, IOMUXC, USB, ROMCP, TZASC and
 * DCP are enforced. Which block the others belong to is in the security
 * reference manual only: a block without a known level is refused what every
 * one of those levels refuses. Source: IMX6ULSRM, chapter "CSU".
 */
enum { TW_CSU_BASE = 0x021c0000, TW_CSU_SIZE = 0x400, TW_CSU_LEVELS = 40 };

struct tw_csu {
    struct tw_regs regs;
    struct tw_bus *bus;
    /* private: which level decides about a slot, plus one; 0: none */
    uint8_t slots[TW_AIPS_SLOTS + 1];
    uint8_t others; /* private: what some level without a known block allows */
};

/** Also adds the guard. */
void tw_csu_init(struct tw_csu *csu, struct tw_bus *bus);

/** Level byte of a slave (0 or 1) in CSLn. */
uint8_t tw_csu_level(const struct tw_csu *csu, unsigned csl, unsigned slave);

struct tw_device tw_csu_device(struct tw_csu *csu);

#endif
