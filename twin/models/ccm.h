/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CCM_H
#define TWIN_CCM_H

#include "models/aips.h"
#include "models/ccm_analog.h"
#include "models/regs.h"

/*
 * Clock controller: dividers and selectors hold what is written, frequencies
 * follow from them and from the PLLs, and a block whose gate is off refuses
 * accesses (the bus would wait for ever on silicon). Source: IMX6ULRM and
 * IMX6ULLRM, chapter "Clock Controller Module".
 */
enum { TW_CCM_BASE = 0x020c4000, TW_CCM_SIZE = 0x90 };

enum tw_clock_root {
    TW_ROOT_ARM,
    TW_ROOT_AHB,
    TW_ROOT_IPG,
    TW_ROOT_PERCLK,
    TW_ROOT_UART,
    TW_ROOT_USDHC1,
    TW_ROOT_USDHC2,
};

struct tw_ccm {
    struct tw_regs regs;
    const struct tw_ccm_analog *analog;
    /* Called when any frequency may have changed, before the next access of
     * anybody. May be NULL. */
    void (*changed)(void *ctx);
    void *changed_ctx;
    /* private: row of the gated block in a slot, plus one; 0: no gate */
    uint8_t slots[TW_AIPS_SLOTS + 1];
};

/** Also adds the guard that watches the gates. */
void tw_ccm_init(struct tw_ccm *ccm, struct tw_bus *bus,
                 const struct tw_ccm_analog *analog);

/** Frequency of a root clock in Hz; 0 when its PLL does not run. */
uint64_t tw_ccm_hz(const struct tw_ccm *ccm, enum tw_clock_root root);

/** Gate of CCGRn: is the clock on while the processor runs? */
bool tw_ccm_gate(const struct tw_ccm *ccm, unsigned ccgr, unsigned gate);

struct tw_device tw_ccm_device(struct tw_ccm *ccm);

#endif
