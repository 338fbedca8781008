/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_LAN_H
#define FW_LAN_H

#include "fw/enet.h"

/*
 * The network jack of the USB armory Mk II LAN: ENET2 with a TI DP83825I. A
 * file of its own in each variant: QEMU's board has another PHY.
 */
struct lan {
    struct enet enet;
    uint32_t line; /* of the interrupt */
    unsigned phy;  /* address on MDIO */
};

enum lan_led { LAN_GREEN, LAN_YELLOW };

/**
 * Pads, clock, controller, PHY. The link comes up later.
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED when this board has no jack;
 *         AW_ERR_TIMEOUT when PLL, controller or PHY do not answer.
 */
AW_MUST_CHECK aw_err lan_init(struct lan *lan, struct enet_queues *queues,
                              const uint8_t mac[ENET_MAC],
                              struct aw_diag *diag);

/** Is the link up? */
bool lan_link(const struct lan *lan);

/** LEDs in the jack.
 *  @return AW_OK; AW_ERR_UNSUPPORTED; AW_ERR_TIMEOUT. */
AW_MUST_CHECK aw_err lan_led(const struct lan *lan, enum lan_led led, bool on);

#endif
