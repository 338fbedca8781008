/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_USB_DEVICE_H
#define FW_USB_DEVICE_H

#include "aw/usb.h"
#include "fw/dma.h"
#include "fw/usbd.h"

/*
 * A USB device: descriptors, standard requests, and functions that own
 * interfaces and endpoints. Source: USB 2.0, chapter 9. One configuration;
 * interfaces without alternate settings; no remote wake-up.
 */
enum {
    USB_DEVICE_CONTROL = 1024, /* data of a control transfer, at most */
    USB_DEVICE_CONFIG = 1,     /* its number */
    USB_DEVICE_BULK_HIGH = 512,
    USB_DEVICE_BULK_FULL = 64
};

/* Who the device is. Texts are ASCII, at most 126 characters. */
struct usb_identity {
    uint16_t vendor;
    uint16_t product;
    uint16_t release;  /* bcdDevice */
    uint8_t max_power; /* in units of 2 mA */
    uint8_t device_class[3];
    const char *text[4]; /* maker, model, serial, interface; it may be NULL */
};

/* A function. Its callbacks come from usb_device_poll. */
struct usb_function {
    void *ctx;
    /* Its interface, class and endpoint descriptors as at high speed, with
     * numbers that no other function has. Bulk and interrupt endpoints get
     * packets of at most 64 bytes at full speed. */
    const uint8_t *descriptors;
    size_t n;
    /** Configured: the endpoints are on. */
    void (*start)(void *ctx, bool high_speed);
    /** Bus reset, or not configured any more: transfers are void. */
    void (*stop)(void *ctx);
    /**
     * A class or vendor request to an interface or endpoint, or a
     * GET_DESCRIPTOR to an interface.
     *
     * @param data  setup->length bytes that came, or room for the answer
     * @param n     bytes of the answer, at first 0
     *
     * @return false: refused (stalled)
     */
    bool (*request)(void *ctx, const struct aw_usb_setup *setup, uint8_t *data,
                    size_t *n);
    /** As of struct usbd_events, for its endpoints. */
    void (*done)(void *ctx, uint8_t endpoint, size_t n, bool good);
    /** The host clears a halt. @return false: it stays */
    bool (*unhalt)(void *ctx, uint8_t endpoint);
};

/* What the device waits for on endpoint 0; private. */
enum usb_stage { USB_IDLE, USB_DATA_OUT, USB_STATUS };

struct usb_device {
    struct usbd *usbd;
    const struct usb_identity *identity;
    const struct usb_function *functions;
    size_t n_functions;
    uint8_t configuration; /* 0: none */
    /* Private. */
    enum usb_stage stage;
    struct aw_usb_setup setup;
    DMA_ALIGNED uint8_t control[USB_DEVICE_CONTROL];
};

/** Ties a device to a controller: events for usbd_init.
 *  @param identity, functions  kept */
struct usbd_events usb_device_init(struct usb_device *device, struct usbd *usbd,
                                   const struct usb_identity *identity,
                                   const struct usb_function *functions,
                                   size_t n_functions);

/** Private to firmware/usb: descriptors into device->control.
 *  @return their length, or 0: there is no such descriptor */
size_t usb_device_descriptor(struct usb_device *device, uint8_t type,
                             uint8_t index);

#endif
