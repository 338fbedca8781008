/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_WIRE_H
#define TWIN_USB_WIRE_H

#include "aw/hostio/usb_twin.h"
#include "usb/host.h"

/*
 * The twin's end of a client's connection: docs/formats/twin-usb.md. Bytes
 * from the client are untrusted. Nothing here waits: whoever runs the twin
 * calls when bytes have come or a wait is over.
 */
enum { TW_WIRE_PORTS = 2 };

struct tw_usb_wire;

/* Who runs the twin. */
struct tw_wire_owner {
    void *ctx;
    /** The twin is to run until *done, at most to the tick; then
     *  tw_usb_wire_over is called. */
    void (*wait)(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                 const bool *done);
    /** The wait is for nothing any more. */
    void (*forget)(void *ctx, struct tw_usb_wire *wire);
    /** A request is carried out at this tick; for a journal. May be NULL. */
    void (*note)(void *ctx, aw_bytes request);
};

/* All fields are private. */
struct tw_usb_wire {
    int fd;
    struct tw_clock *clock;
    struct tw_usb_host *host[TW_WIRE_PORTS];
    size_t hosts;
    struct tw_wire_owner owner;
    bool greeted;
    bool pending; /* a request waits for the twin */
    bool done;    /* set by an event of the twin */
    uint16_t type;
    uint16_t port;
    uint32_t changes; /* that a WAIT has seen */
    struct tw_urb urb;
    size_t n; /* bytes in `in` */
    uint8_t in[AW_USB_TWIN_REQUEST + AW_USB_TWIN_BODY];
    uint8_t out[AW_USB_TWIN_REPLY + AW_USB_TWIN_BODY];
};

/** Begins a connection. @param fd  a stream socket; -1: there is none, replies
 *  go nowhere */
void tw_usb_wire_open(struct tw_usb_wire *wire, int fd, struct tw_clock *clock,
                      const struct tw_wire_owner *owner);
/** Adds a plug; the first is port 0. */
void tw_usb_wire_add(struct tw_usb_wire *wire, struct tw_usb_host *host);

/** Takes what has come. @return false: the connection is over, close it */
bool tw_usb_wire_read(struct tw_usb_wire *wire);

/** True while a request is under way. */
bool tw_usb_wire_busy(const struct tw_usb_wire *wire);

/** Takes bytes as if they had come. */
bool tw_usb_wire_take(struct tw_usb_wire *wire, aw_bytes bytes);

/** The wait is over: answers. @return false: as tw_usb_wire_read */
bool tw_usb_wire_over(struct tw_usb_wire *wire);

/** A host's list changed: ends a WAIT. Call it from tw_usb_host.changed. */
void tw_usb_wire_changed(struct tw_usb_wire *wire);

/** Cancels what is under way and closes the socket. */
void tw_usb_wire_close(struct tw_usb_wire *wire);

/** Tells a client that comes while there is another, and closes it. */
void tw_usb_wire_refuse(int fd);

#endif
