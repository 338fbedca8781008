/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_USB_DEVICE_H
#define SCENARIO_USB_DEVICE_H

#include "aw/sdp/storage.h"
#include "device.h"
#include "usb/direct.h"

/* The same twin with a host at its plug. Time limits count virtual time. */
enum { USB_DEVICE_MS = 20000 };

struct usb_host {
    struct device *device;
    struct tw_usb_direct direct;
    struct aw_usb usb;
    struct aw_usb_id id;
    struct aw_usb_device open;
};

/** Cable in. */
void usb_host_init(struct usb_host *host, struct device *device);

/** The same at the port that the control interface has on this board. */
void usb_host_control(struct usb_host *host, struct device *device);

/** Waits for a device with these ids and opens it. */
void usb_host_find(struct usb_host *host, uint16_t vendor, uint16_t product);

/** Sends an image to the boot ROM, which is in serial download. */
void usb_host_load(struct usb_host *host, aw_bytes image);

/** Power cycle with the switch at serial download, image sent, device of a
 *  recovery opened. */
void usb_host_recover(struct usb_host *host, aw_bytes image,
                      struct aw_storage *storage);

/** Cable out and in; the device is opened again. */
void usb_host_replug(struct usb_host *host, struct aw_storage *storage);

#endif
