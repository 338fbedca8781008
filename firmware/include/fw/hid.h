/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_HID_H
#define FW_HID_H

#include "fw/u2fhid.h"
#include "fw/usb_device.h"

/*
 * A HID interface that moves reports of 64 bytes without numbers, and the
 * messages in them. Descriptors are those of armored-witness-os, whose host
 * finds the device by them: docs/formats/control.md. Sources: HID 1.11;
 * USB 2.0.
 */
enum {
    HID_ENDPOINT_OUT = 0x03,
    HID_ENDPOINT_IN = 0x83,
    HID_PACKET = 512, /* that a host may send at once */
    HID_INTERFACE = 0,
    HID_TEXT = 4 /* number of the interface's string */
};

/* In memory for DMA. All private. */
struct hid {
    struct usbd *usbd;
    struct u2fhid *frames;
    bool on;
    bool waits;     /* a report has come and is not served yet */
    size_t n;       /* its bytes */
    bool sending;   /* a report is on its way to the host */
    bool listening; /* a transfer out of the host is under way */
    DMA_ALIGNED uint8_t out[HID_PACKET];
    DMA_ALIGNED uint8_t in[U2FHID_REPORT];
};

/** @param frames  kept; made anew whenever the host configures the device */
void hid_init(struct hid *hid, struct usbd *usbd, struct u2fhid *frames);

/** The function of a device; its interface has the number 0. */
struct usb_function hid_function(struct hid *hid);

/** Serves at most one report and sends at most one, without waiting.
 *  @param now_ms  grows
 *  @return false: there is nothing to do before the next event */
bool hid_step(struct hid *hid, uint64_t now_ms);

#endif
