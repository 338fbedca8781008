/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SRC_H
#define TWIN_SRC_H

#include "models/regs.h"

/*
 * System reset controller: why the chip was reset, how it boots, and general
 * purpose registers that live as long as the power does.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "System Reset Controller".
 */
enum {
    TW_SRC_BASE = 0x020d8000,
    TW_SRC_SIZE = 0x48,
    TW_SRC_GPR9 = 0x40,
    TW_SRC_GPR10 = 0x44,
    /* Bits of SRSR. */
    TW_SRSR_POWER = 1 << 0,
    TW_SRSR_WDOG = 1 << 4,
    TW_SRSR_WDOG3 = 1 << 7,
    /* Serial download on request: GPR10 bit 28 and this value in GPR9. */
    TW_SRC_GPR10_OVERRIDE = 1 << 28,
    TW_SRC_GPR9_SERIAL = 0x20,
    /* BMOD of SBMR2: the boot pins. */
    TW_BMOD_SERIAL = 1,
    TW_BMOD_INTERNAL = 2
};

struct tw_src {
    struct tw_regs regs;
};

void tw_src_init(struct tw_src *src, struct tw_bus *bus);

/** After a reset: bits of SRSR that say why; they add up until cleared. */
void tw_src_cause(struct tw_src *src, uint32_t bits);

/**
 * What the boot mode registers show from now on; sampled at reset.
 *
 * @param pins         TW_BMOD_SERIAL or TW_BMOD_INTERNAL
 * @param boot_fuses   BOOT_CFG1 to 4: bank 0 word 5
 * @param config       bank 0 word 6
 */
void tw_src_sample(struct tw_src *src, unsigned pins, uint32_t boot_fuses,
                   uint32_t config);

/** True when software asked for serial download at the next start. */
bool tw_src_serial_asked(const struct tw_src *src);

struct tw_device tw_src_device(struct tw_src *src);

#endif
