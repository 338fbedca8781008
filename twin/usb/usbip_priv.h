/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_USBIP_PRIV_H
#define TWIN_USB_USBIP_PRIV_H

#include "usb/usbip.h"

/** Sends, unless the connection is over. */
void tw_usbip_send(struct tw_usbip *usbip, aw_bytes bytes);

/** Takes a piece of the opening exchange. @return bytes taken; 0: nonsense */
size_t tw_usbip_take_op(struct tw_usbip *usbip, aw_bytes bytes);

#endif
