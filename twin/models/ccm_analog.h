/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CCM_ANALOG_H
#define TWIN_CCM_ANALOG_H

#include "models/regs.h"

/*
 * PLLs and fractional dividers, and the revision of the chip. A PLL locks some
 * time after it was powered or its divider changed. Source: IMX6ULRM and
 * IMX6ULLRM, chapters "CCM Analog" and "USB Analog" (DIGPROG).
 */
enum {
    TW_CCM_ANALOG_BASE = 0x020c8000,
    TW_CCM_ANALOG_SIZE = 0x110,
    TW_DIGPROG_BASE = 0x020c8260,
    TW_DIGPROG_UL = 0x00640002,
    TW_DIGPROG_ULL = 0x00650001
};

enum tw_pll {
    TW_PLL_ARM,
    TW_PLL_SYS,
    TW_PLL_USB1,
    TW_PLL_USB2,
    TW_PLL_ENET,  /* reference of ENET1 */
    TW_PLL_ENET2, /* of ENET2: the same PLL, another divider and switch */
    TW_PFD_480_0,
    TW_PFD_480_1,
    TW_PFD_480_2,
    TW_PFD_480_3,
    TW_PFD_528_0,
    TW_PFD_528_1,
    TW_PFD_528_2,
    TW_PFD_528_3,
};

enum { TW_PLL_REGS = 7 };

struct tw_ccm_analog {
    struct tw_regs regs;
    struct tw_regs digprog;
    struct tw_clock *clock;
    uint64_t lock_at[TW_PLL_REGS]; /* tick from which a PLL is locked */
    void (*changed)(void *ctx);    /* a frequency may have changed, or NULL */
    void *changed_ctx;
};

/** @param revision  what DIGPROG reads: TW_DIGPROG_UL or _ULL */
void tw_ccm_analog_init(struct tw_ccm_analog *analog, struct tw_bus *bus,
                        struct tw_clock *clock, uint32_t revision);

/** Frequency in Hz; 24 MHz in bypass, 0 for a PLL or divider that is off. */
uint64_t tw_ccm_analog_hz(const struct tw_ccm_analog *analog, enum tw_pll pll);

struct tw_device tw_ccm_analog_device(struct tw_ccm_analog *analog);

#endif
