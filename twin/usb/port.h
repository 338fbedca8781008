/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_PORT_H
#define TWIN_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The USB plug, packet by packet. The device side is an OTG controller model
 * or the boot ROM; the host side is a transport (twin socket, USB/IP, tests)
 * that makes transfers out of packets: data stages, short packets, zero-length
 * packets, retries after NAK. A device does not pull up or let go while one of
 * its calls below is under way.
 */

enum tw_usb_reply {
    TW_USB_ACK,
    TW_USB_NAK, /* not now: ask again after device time has passed */
    TW_USB_STALL,
    TW_USB_NONE, /* nobody answers: not attached, wrong address */
};

enum { TW_USB_PACKET_MAX = 1024 };

struct tw_usb_device {
    void *ctx;
    void (*bus_reset)(void *ctx, bool high_speed);
    enum tw_usb_reply (*setup)(void *ctx, uint8_t address,
                               const uint8_t packet[8]);
    /* One IN packet; *n is its length, at most room. */
    enum tw_usb_reply (*in)(void *ctx, uint8_t address, uint8_t endpoint,
                            uint8_t *packet, size_t room, size_t *n);
    enum tw_usb_reply (*out)(void *ctx, uint8_t address, uint8_t endpoint,
                             const uint8_t *packet, size_t n);
};

/* A plug with one cable. The board attaches the side that drives the data
 * lines now (ROM, OTG model with run bit set); nothing attached = no pull-up. */
struct tw_usb_port {
    const struct tw_usb_device *device; /* NULL: no pull-up */
    bool cable;                         /* a host is at the other end */
    bool full_speed; /* the device answered the last bus reset so */
    /* Pull-up or cable changed; set by the transport. */
    void (*changed)(void *ctx);
    /* A NAKed endpoint may have something now: wake a waiting transfer. */
    void (*ready)(void *ctx);
    void *host_ctx;
    /* Power on the cable came or went; set by the OTG model. */
    void (*power)(void *ctx, bool on);
    void *power_ctx;
};

/** Pull-up on (device) or off (NULL); tells the host side. A pull-up that
 * goes from one device to another is seen as off and on. */
void tw_usb_attach(struct tw_usb_port *port,
                   const struct tw_usb_device *device);

/** Cable in or out; tells both sides. */
void tw_usb_cable(struct tw_usb_port *port, bool in);

/** Something may have changed for an endpoint that said NAK; tells the host
 * side. Devices call it whenever they can take or give a packet again. */
void tw_usb_ready(struct tw_usb_port *port);

#endif
