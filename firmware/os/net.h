/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_H
#define NET_H

#include "fw/lan.h"
#include "os/os.h"

/* The network of the applet: frames in and out, and the link's state. */

/** The address of a device: from its unique id, as printed in its serial
 *  number; locally administered, of a single station. */
void net_mac(const uint8_t id[8], uint8_t mac[ENET_MAC]);

/** Opens the jack; a board without one has no network. */
void net_init(void);

/** Takes interrupts and looks at the link, twice a second. Notes events for
 *  the applet. @return when it wants to be called again */
uint64_t net_look(struct os *os, uint64_t now);

/** The line of its interrupt; 0: there is no network. */
uint32_t net_line(void);

bool net_link(void);

/** The six bytes; false without a network. */
bool net_address(uint8_t mac[ENET_MAC]);

/** A LED of the jack. @return as lan_led; AW_ERR_PRECONDITION without one. */
AW_MUST_CHECK aw_err net_led(enum lan_led led, bool on);

#endif
