/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_WIRE_PRIV_H
#define TWIN_USB_WIRE_PRIV_H

#include "usb/wire.h"

/** How many bytes to take next: never more than the message at hand has. A
 * client that is one message ahead breaks the rules, and is noticed when it
 * does while we work. */
size_t tw_wire_room(const struct tw_usb_wire *wire);

/** Handles the message if it is whole. @return false: nonsense */
bool tw_wire_try(struct tw_usb_wire *wire);

/** Sends the first n bytes of wire->out. @return false: nobody takes them */
bool tw_wire_send(struct tw_usb_wire *wire, size_t n);

/** Limits how long a client may not read. */
void tw_wire_limit(int fd);

/** Closes the socket. */
void tw_wire_hang_up(struct tw_usb_wire *wire);

#endif
