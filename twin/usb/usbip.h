/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_USBIP_H
#define TWIN_USB_USBIP_H

#include "usb/host.h"

/*
 * A twin's plugs for Linux: the server of USB/IP, one connection. After the
 * opening exchange the kernel's virtual host controller (vhci_hcd) is at the
 * other end, or anyone else: bytes that come are untrusted. The connection
 * carries one device, and ends when that leaves its plug.
 * Source: Linux, Documentation/usb/usbip_protocol.rst; docs/formats/usbip.md.
 */
enum {
    TW_USBIP_PORT = 3240,
    TW_USBIP_VERSION = 0x0111,
    TW_USBIP_HEADER = 48,    /* of a transfer, both ways */
    TW_USBIP_DATA = 1 << 20, /* most bytes of one transfer */
    TW_USBIP_PENDING = 64,   /* transfers at the same time */
    TW_USBIP_HOSTS = 2,
    TW_USBIP_RECORD = 312 /* description of a device */
};

struct tw_usbip;

/* A transfer under way. Private. */
struct tw_usbip_urb {
    struct tw_usbip *usbip;
    bool used;
    bool in;
    bool all; /* a short transfer is an error */
    uint32_t seqnum;
    uint32_t room; /* bytes that the other side takes */
    struct tw_urb urb;
    uint8_t *data; /* owned */
};

/* Who has the connection. */
struct tw_usbip_owner {
    void *ctx;
    /** How bytes leave. @return false: nobody takes them; the connection is
     *  over */
    bool (*send)(void *ctx, aw_bytes bytes);
    /** May the device of this plug be taken now? NULL: always. */
    bool (*may)(void *ctx, const struct tw_usb_host *host);
};

/* All fields are private. */
struct tw_usbip {
    struct tw_usbip_owner owner;
    struct tw_usb_host *host[TW_USBIP_HOSTS];
    size_t hosts;
    struct tw_usb_host *device; /* imported; NULL before */
    uint32_t arrival;
    bool broken;
    struct tw_usbip_urb pending[TW_USBIP_PENDING];
    size_t n; /* bytes of the message at hand */
    uint8_t head[TW_USBIP_HEADER];
    uint8_t *data; /* of an OUT transfer under way, owned; NULL: none */
    size_t data_n;
};

void tw_usbip_open(struct tw_usbip *usbip, const struct tw_usbip_owner *owner);
/** Adds a plug; the first is bus id "1-1". */
void tw_usbip_add(struct tw_usbip *usbip, struct tw_usb_host *host);

/** Takes bytes that came. @return false: the connection is over */
bool tw_usbip_take(struct tw_usbip *usbip, aw_bytes bytes);

/** True while the connection is good and its device in its plug; ask after
 *  the twin has run. */
bool tw_usbip_alive(const struct tw_usbip *usbip);

/** True while transfers are under way. */
bool tw_usbip_waits(const struct tw_usbip *usbip);

/** Cancels what is under way and frees it. */
void tw_usbip_close(struct tw_usbip *usbip);

#endif
