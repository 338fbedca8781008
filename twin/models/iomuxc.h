/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_IOMUXC_H
#define TWIN_IOMUXC_H

#include "models/regs.h"

/*
 * Pads: which block drives each, and the general purpose registers with their
 * locks, of which those of debug, OCRAM and TZASC matter. On i.MX6ULL and ULZ
 * the pads of the SNVS domain have a block of their own.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "IOMUX Controller".
 */
enum {
    TW_IOMUXC_BASE = 0x020e0000,
    TW_IOMUXC_SIZE = 0x6c0,
    TW_IOMUXC_GPR_BASE = 0x020e4000,
    TW_IOMUXC_GPR_SIZE = 0x3c,
    TW_IOMUXC_SNVS_BASE = 0x02290000,
    TW_IOMUXC_SNVS_SIZE = 0x80,
    /* Mux registers. */
    TW_MUX_WHITE_LED = 0x1e4,   /* CSI_DATA00; ALT5 is GPIO4_IO21 */
    TW_MUX_BLUE_LED = 0x1e8,    /* CSI_DATA01; ALT5 is GPIO4_IO22 */
    TW_MUX_WDOG2_RESET = 0x0d8, /* ENET1_TX_EN; ALT8 is WDOG2's reset */
    TW_MUX_ALT = 0xf
};

struct tw_iomuxc {
    struct tw_regs pads;
    struct tw_regs gpr;
    struct tw_regs snvs;
    struct tw_bus *bus;
    /* A pad or GPR register was written; may be NULL. */
    void (*changed)(void *ctx);
    void *changed_ctx;
};

/** @param snvs_pads  i.MX6ULL and ULZ */
void tw_iomuxc_init(struct tw_iomuxc *iomuxc, struct tw_bus *bus,
                    bool snvs_pads);

/** ALT mode of the pad with a mux register. */
unsigned tw_iomuxc_alt(const struct tw_iomuxc *iomuxc, uint32_t mux);

/** GPR1 to GPR14. */
uint32_t tw_iomuxc_gpr(const struct tw_iomuxc *iomuxc, unsigned n);

/** GPR9: DDR goes through the TZASC. */
bool tw_iomuxc_tzasc_on(const struct tw_iomuxc *iomuxc);

/** GPR1 bit 23: locked parts of the TZASC cannot be unlocked. */
bool tw_iomuxc_tzasc_locked(const struct tw_iomuxc *iomuxc);

struct tw_device tw_iomuxc_device(struct tw_iomuxc *iomuxc);

#endif
