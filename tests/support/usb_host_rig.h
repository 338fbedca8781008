/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USB_HOST_RIG_H
#define USB_HOST_RIG_H

#include "aw/hostio/usb_host.h"
#include "fake_libusb.h"

/* The machine's USB over the fake libusb, /sys and /dev in the scratch
 * folder. */
struct usb_host_rig {
    struct aw_usb_host *host;
    struct aw_usb usb;
    struct aw_usb_id list[AW_USB_DEVICES];
    size_t n;
    uint32_t changes;
    struct aw_usb_device device;
    bool stop; /* the caller no longer wants to wait */
};

extern struct usb_host_rig usb_host_rig;

/** Fixture: files of a device "1-1" with the address 7, not plugged in. */
void usb_host_rig_setup(void);
/** Fixture: checks that nothing is left open. */
void usb_host_rig_teardown(void);

/** Writes a file below /sys/bus/usb/devices. */
void usb_host_rig_sys(const char *device, const char *file, const char *text);
/** Lists the devices. */
void usb_host_rig_look(void);
/** Opens the first device of the list. */
void usb_host_rig_open(void);
/** For fake_libusb.on_events: the caller stops. */
void usb_host_rig_stop(void);
/** Why the last call failed; the fault is checked. */
const char *usb_host_rig_why(enum aw_usb_host_fault want);

#endif
