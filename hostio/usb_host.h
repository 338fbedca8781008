/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USB_HOST_H
#define USB_HOST_H

#include <libusb.h>

#include "aw/hostio/usb_host.h"

/* Shared by the files of the machine's USB. */
enum { USB_HOST_LOOK_MS = 200, USB_HOST_ENDPOINTS = 32 };

/* A device that is there. */
struct usb_host_slot {
    libusb_device *device; /* a reference is held; NULL: not looked up yet */
    uint8_t bus;
    uint8_t address;
    char path[AW_USB_PATH];
    uint32_t arrival;
    bool seen;
};

struct aw_usb_host {
    libusb_context *lib;
    const char *root;
    bool (*stopped)(void);
    libusb_hotplug_callback_handle callback;
    int event;          /* a device came or went */
    unsigned open;      /* devices */
    uint64_t missed_ms; /* since when a device is missed; 0: none is */
    uint32_t changes;
    uint32_t arrivals;
    struct usb_host_slot *slot;
    size_t n;
    enum aw_usb_host_fault fault;
    struct aw_host_diag why;
};

/* An opened device, whichever way. */
struct usb_host_device {
    struct aw_usb_host *host;
    char path[AW_USB_PATH];
    uint8_t bus;
    uint8_t address;
    libusb_device_handle *handle; /* NULL: through hidapi */
    void *hid;
    uint32_t claimed;                 /* bit n: interface n */
    uint8_t type[USB_HOST_ENDPOINTS]; /* of endpoints; 0: there is none */
};

/** True when the caller no longer wants to wait. */
bool usb_host_stopped(const struct aw_usb_host *host);

/** Monotonic clock. */
uint64_t usb_host_now_ms(void);

/** Starts libusb and its events. @return LIBUSB_SUCCESS or an error */
int usb_host_start(struct aw_usb_host *host);

/** Ends libusb. Slots stay; they are looked up anew by the next scan. */
void usb_host_end(struct aw_usb_host *host);

/**
 * Brings the slots up to date with what is plugged in.
 *
 * @return AW_OK; an error of libusb as ours
 */
AW_MUST_CHECK aw_err usb_host_scan(struct aw_usb_host *host,
                                   struct aw_diag *diag);

/** True when the same device is still plugged in. */
bool usb_host_present(const struct usb_host_device *device);

/** Slot of an endpoint in usb_host_device.type. */
size_t usb_host_endpoint(uint8_t address);

/**
 * Opens a device through libusb, else through hidapi.
 *
 * @return as open of struct aw_usb
 */
AW_MUST_CHECK aw_err usb_host_device_open(struct aw_usb_host *host,
                                          const struct usb_host_slot *slot,
                                          struct aw_usb_device *device,
                                          struct aw_diag *diag);

/**
 * Opens the hidraw node of a device's first interface that has one.
 *
 * @param made  with path and endpoints; becomes the device's on success
 *
 * @return AW_OK; AW_ERR_NOT_FOUND: it has none, or none that we may open
 */
AW_MUST_CHECK aw_err usb_host_hid_open(struct usb_host_device *made,
                                       struct aw_usb_device *device);

/** Error of libusb as ours. */
aw_err usb_host_err(int error);

/** Notes why a call failed. @return &host->why.diag */
AW_PRINTF(3, 4)
struct aw_diag *usb_host_say(struct aw_usb_host *host,
                             enum aw_usb_host_fault fault, const char *format,
                             ...);

#endif
