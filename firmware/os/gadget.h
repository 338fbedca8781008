/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GADGET_H
#define GADGET_H

#include "os/os.h"

/** Starts the USB device with the control interface, on the port that the
 *  board has for it. Without one the OS goes on. */
void gadget_start(struct os *os);

/** Serves what there is to serve, without waiting, and wants interrupts again.
 *  @return false: nothing is left to do before the next interrupt */
bool gadget_poll(void);

#endif
