/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_HOST_H
#define TWIN_USB_HOST_H

#include "aw/usb.h"
#include "core/clock.h"
#include "core/device.h"
#include "usb/port.h"

/*
 * The host's end of a plug: a host controller and the part of an operating
 * system that enumerates. It makes transfers out of packets, one packet at a
 * time, each taking the time that it has on a real bus; a NAK is asked again
 * when the device says that something changed.
 *
 * All in virtual time and inside clock events, so that what happens depends on
 * nothing but the transfers and the tick at which they are submitted.
 */

enum tw_urb_result {
    TW_URB_PENDING,
    TW_URB_DONE,
    TW_URB_STALL,
    TW_URB_BABBLE,    /* more came than there is room for */
    TW_URB_ERROR,     /* nobody answers */
    TW_URB_GONE,      /* unplugged */
    TW_URB_CANCELLED, /* by tw_usb_cancel */
    TW_URB_NO_ENDPOINT
};

/* What goes wrong with a transfer on demand. */
enum tw_usb_wrong {
    TW_USB_RIGHT,
    TW_USB_STALLED, /* the device never sees it; the host sees a stall */
    TW_USB_SHORT,   /* IN: the first packet loses its second half; OUT: only
                     * the first half of the data is sent */
    TW_USB_LOST     /* nobody answers */
};

/* Transfers of an endpoint, the host's own while it enumerates among them:
 * `skip` pass, `times` go wrong. */
struct tw_usb_fault {
    enum tw_usb_wrong wrong;
    uint8_t endpoint; /* with direction; 0: control */
    uint32_t skip;
    uint32_t times;
};

/* One transfer. Owned by who submits it, until it completes. */
struct tw_urb {
    uint8_t *data; /* size bytes: sent, or room */
    size_t size;
    size_t done; /* bytes moved */
    /* Called once, from an event or from submit. The transfer may be submitted
     * again from within. */
    void (*complete)(void *ctx, struct tw_urb *urb);
    void *ctx;
    enum tw_urb_result result;
    bool zero_packet; /* OUT: an empty packet follows a full last one */
    uint8_t endpoint; /* with direction; 0: control */
    uint8_t setup[AW_USB_SETUP]; /* of a control transfer, which knows its
                                  * direction and length */
    /* Private. */
    uint8_t stage;
    uint8_t errors;
    enum tw_usb_wrong wrong;
    struct tw_urb *next; /* of the same endpoint */
};

enum { TW_USB_PIPES = 31, TW_USB_CONFIG_MAX = 1024 };

/* One direction of an endpoint; number 0 is the control pipe. */
struct tw_usb_pipe {
    struct tw_urb *first;
    struct tw_urb *last;
    uint16_t max_packet; /* 0: no such endpoint */
    bool waits;          /* said NAK: not asked before ready */
};

/* What enumeration found. */
struct tw_usb_found {
    bool present;
    uint32_t arrival; /* number of this enumeration, from 1 */
    uint8_t device[18];
    uint16_t config_size;
    uint8_t config[TW_USB_CONFIG_MAX]; /* the first configuration */
    char maker[AW_USB_STRING];         /* UTF-8 */
    char model[AW_USB_STRING];
    char serial[AW_USB_STRING];
};

struct tw_usb_host {
    struct tw_usb_port *port;
    struct tw_clock *clock;
    bool configure; /* choose the first configuration after enumeration */
    /* Something came or went; set by the transport. */
    void (*changed)(void *ctx);
    void *ctx;
    struct tw_usb_found found;
    uint32_t changes; /* of found.present */
    struct tw_usb_fault fault;

    /* Private. */
    uint8_t address;
    bool attached; /* pull-up and cable */
    uint32_t arrivals;
    struct tw_usb_pipe pipe[TW_USB_PIPES];
    uint8_t turn;           /* pipe asked last */
    struct tw_event slot;   /* next packet */
    struct tw_event settle; /* next step of enumeration */
    uint8_t step;
    uint8_t tries;
    uint8_t string_index[3];
    uint16_t language;
    struct tw_urb urb; /* of enumeration */
    uint8_t buffer[TW_USB_CONFIG_MAX];
};

/** Ties the host to a plug; from then on it enumerates what is attached. */
void tw_usb_host_init(struct tw_usb_host *host, struct tw_usb_port *port,
                      struct tw_clock *clock);

/** Starts a transfer. A control transfer's data has to be as long as its
 * setup packet says. */
void tw_usb_submit(struct tw_usb_host *host, struct tw_urb *urb);

/** Ends a pending transfer with TW_URB_CANCELLED, before it returns. One that
 * has completed is left alone. */
void tw_usb_cancel(struct tw_usb_host *host, struct tw_urb *urb);

/** True for an endpoint that the device has. */
bool tw_usb_has_endpoint(const struct tw_usb_host *host, uint8_t endpoint);

/** Interface number that the first configuration has? */
bool tw_usb_has_interface(const struct tw_usb_host *host, uint8_t interface);

/** For the board's list; pending transfers are not part of a snapshot. */
struct tw_device tw_usb_host_device(struct tw_usb_host *host, const char *name);

#endif
