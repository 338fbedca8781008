/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USBPHY_H
#define TWIN_USBPHY_H

#include "models/regs.h"

/*
 * Both USB PHYs, and their analogue part with the detectors of VBUS and
 * charger. Source: IMX6ULRM and IMX6ULLRM, chapters "USBPHY", "USB Analog".
 */
enum {
    TW_USBPHY_BASE = 0x020c9000, /* the second 0x1000 above */
    TW_USBPHY_SIZE = 0x1000,
    TW_USB_ANALOG_BASE = 0x020c81a0,
    TW_USB_ANALOG_SIZE = 0xc0,
    TW_USBPHYS = 2
};

struct tw_usbphy {
    struct tw_regs phy[TW_USBPHYS];
    struct tw_regs analog;
    bool vbus[TW_USBPHYS]; /* 5 V at the plug */
};

void tw_usbphy_init(struct tw_usbphy *usbphy, struct tw_bus *bus);

/** A cable with 5 V is in the plug of controller 0 or 1, or not. */
void tw_usbphy_vbus(struct tw_usbphy *usbphy, unsigned i, bool on);

/** True when the PHY is out of reset, clocked and powered up, so that the
 * controller above it can work. */
bool tw_usbphy_ready(const struct tw_usbphy *usbphy, unsigned i);

struct tw_device tw_usbphy_device(struct tw_usbphy *usbphy);

#endif
