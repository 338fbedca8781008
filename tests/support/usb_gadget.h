/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_USB_GADGET_H
#define SUPPORT_USB_GADGET_H

#include "core/clock.h"
#include "usb/port.h"

/*
 * A USB device for tests of what is at the other end of the cable: it
 * enumerates, takes bulk data on endpoint 1 and gives packets on endpoints 1
 * and 2 as the test lays them out. Without memory of its own for packets: the
 * test says how long each is, its bytes count up.
 */
enum { GADGET_DATA = 1 << 16, GADGET_PACKETS = 64 };

struct usb_gadget {
    struct tw_usb_device device;
    struct tw_usb_port *port;
    struct tw_clock *clock;
    /* Set by the test. */
    bool mute;          /* answers nothing */
    bool no_strings;    /* stalls string descriptors */
    uint8_t packet0;    /* of the device descriptor; 0: 64 */
    uint32_t nak_ticks; /* each packet of endpoint 1 is refused once, and
                          * taken this many ticks later; 0: at once */
    bool stall_out;     /* endpoint 1 */
    bool stall_in;
    size_t packet[GADGET_PACKETS]; /* lengths that IN endpoint 1 gives */
    size_t packets;
    uint8_t interrupt[GADGET_PACKETS]; /* one packet for IN endpoint 2 */
    size_t interrupts;
    /* Record. */
    uint8_t out[GADGET_DATA]; /* endpoint 1 */
    size_t out_n;
    size_t out_packets;
    size_t out_empty;
    uint8_t control[1024]; /* data stage of the last vendor request */
    size_t control_n;
    unsigned resets;
    unsigned setups;
    unsigned configuration;
    uint8_t address;
    /* Private. */
    uint8_t setup[8];
    uint8_t reply[1024];
    size_t reply_n;
    size_t reply_at;
    bool stalled;
    bool refused; /* endpoint 1 has said NAK */
    struct tw_event later;
    uint8_t next;
};

/** Clears the gadget; attach it with tw_usb_attach(port, &gadget->device). */
void usb_gadget_init(struct usb_gadget *gadget, struct tw_usb_port *port,
                     struct tw_clock *clock);

/** Lets virtual time pass, event by event. */
void usb_gadget_run(struct tw_clock *clock, uint64_t ms);

#endif
