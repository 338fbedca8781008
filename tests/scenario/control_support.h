/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_SUPPORT_H
#define CONTROL_SUPPORT_H

#include "aw/sdp/control.h"
#include "boot_support.h"
#include "usb_device.h"

/* What the suites about the control interface share: a device that boots our
 * bootloader and our trusted OS from its eMMC, and a host at its cable. */
#define CONTROL_SRK \
    "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c"
#define CONTROL_SERIAL "720A9DEAD4390330"

/* The first start of a closed part programs the RPMB. */
enum { CONTROL_BOOT_MS = 10000 };

extern struct usb_host control_host;
extern struct aw_control control;

/** The bootloader and this OS onto the eMMC of d, which is there. */
void control_install(aw_bytes boot, const char *os);

/** Power cycle, until the OS is ready; cable in, session opened. */
void control_boot(void);

/** Opens a session with the device that is there. */
void control_open(void);

#endif
