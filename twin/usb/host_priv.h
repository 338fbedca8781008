/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_HOST_PRIV_H
#define TWIN_USB_HOST_PRIV_H

#include "usb/host.h"

/** Index of an endpoint's pipe: 0 control, then 1 OUT, 1 IN, 2 OUT … */
unsigned tw_usb_pipe_of(uint8_t endpoint);

/** Ends all pending transfers. */
void tw_usb_drop(struct tw_usb_host *host, enum tw_urb_result result);

/** Begins enumeration, or ends it when nothing is attached any more. */
void tw_usb_enumerate(struct tw_usb_host *host);

/** Handler of host->settle. */
void tw_usb_step(void *ctx);

/** Takes endpoints from the descriptors of a configuration. */
void tw_usb_set_pipes(struct tw_usb_host *host);

#endif
