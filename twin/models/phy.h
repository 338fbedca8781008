/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_PHY_H
#define TWIN_PHY_H

#include "core/clock.h"
#include "core/report.h"
#include "core/state.h"

/*
 * TI DP83825I, the 100 Mbit/s transceiver of the Mk II LAN: registers of
 * clause 22, extended registers through REGCR and ADDAR, auto-negotiation with
 * a partner that can everything, link by cable. Source: its data sheet,
 * SNLS546.
 */
enum { TW_PHY_REGS = 32, TW_PHY_EXTENDED = 0x500 };

struct tw_phy {
    struct tw_clock *clock;
    struct tw_report *report;
    bool cable; /* a partner is at the other end */

    uint16_t regs[TW_PHY_REGS];
    uint16_t extended[TW_PHY_EXTENDED];
    uint16_t address;     /* of the extended register in hand */
    uint64_t reset_until; /* BMCR b15 */
    bool link;
    bool link_was_down; /* BMSR b2 latches low */
    struct tw_event negotiated;
    bool told; /* that frames are lost for want of RCSR b7 */
};

void tw_phy_init(struct tw_phy *phy, struct tw_clock *clock,
                 struct tw_report *report);
/** Registers as after the reset pin, which is not wired to software. */
void tw_phy_reset(struct tw_phy *phy);

uint16_t tw_phy_read(struct tw_phy *phy, unsigned reg);
void tw_phy_write(struct tw_phy *phy, unsigned reg, uint16_t value);

/** Cable in or out. */
void tw_phy_cable(struct tw_phy *phy, bool in);

/** Do frames pass? Link up, 50 MHz reference chosen, not isolated. */
bool tw_phy_passes(struct tw_phy *phy);

void tw_phy_save(const struct tw_phy *phy, struct tw_saver *to);
bool tw_phy_load(struct tw_phy *phy, struct tw_loader *from);

#endif
