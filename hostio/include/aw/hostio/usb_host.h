/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_USB_HOST_H
#define AW_HOSTIO_USB_HOST_H

#include "aw/hostio/diag.h"
#include "aw/usb.h"

/*
 * This machine's USB as struct aw_usb. Devices are listed without opening
 * them; hubs are left out. A device is opened through libusb: its interfaces
 * are taken from kernel drivers when claimed and given back when closed. Where
 * libusb has no right to open a device but its hidraw node may be opened, that
 * is used instead, through hidapi.
 *
 * That devices come and go is seen through libusb, which needs udev or the
 * kernel's messages to it.
 */

/* Opaque. */
struct aw_usb_host;

struct aw_usb_host_how {
    /* Folder in place of "/" for what is read below /sys and opened below
     * /dev, without a slash at its end; NULL: this machine's. */
    const char *root;
    /* Asked about five times a second while something is waited for: true ends
     * the wait with AW_ERR_CANCELLED; may be NULL. */
    bool (*stopped)(void);
};

/**
 * Opens the machine's USB.
 *
 * @param how   texts are borrowed until close
 * @param host  set; close it; untouched on failure
 *
 * @return AW_OK; AW_ERR_RESOURCE; AW_ERR_IO: libusb does not start.
 */
AW_MUST_CHECK aw_err aw_usb_host_open(const struct aw_usb_host_how *how,
                                      struct aw_usb_host **host,
                                      struct aw_host_diag *diag);

/**
 * The seam. Beside its own errors every call that waits returns
 * AW_ERR_CANCELLED. claim refuses a disk that is mounted, with
 * AW_ERR_PRECONDITION.
 */
struct aw_usb aw_usb_host_seam(struct aw_usb_host *host);

/* What can be done about a failure. */
enum aw_usb_host_fault {
    AW_USB_HOST_OTHER,
    AW_USB_HOST_RIGHTS, /* no right to open the device: udev rules */
    AW_USB_HOST_BUSY,   /* a program has it */
    AW_USB_HOST_MOUNTED /* a file system of its disk is in use */
};

/**
 * Why the last call of the seam, or of a device opened with it, failed.
 *
 * @param fault  may be NULL
 *
 * @return one line for people, borrowed until the next call; "" when there is
 *         nothing to add to the error
 */
const char *aw_usb_host_why(const struct aw_usb_host *host,
                            enum aw_usb_host_fault *fault);

/** Ends it. Devices have to be closed before. */
void aw_usb_host_close(struct aw_usb_host *host);

#endif
