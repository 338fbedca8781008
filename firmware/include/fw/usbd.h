/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_USBD_H
#define FW_USBD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aw/attr.h"
#include "aw/err.h"

/*
 * A USB OTG controller as a device: endpoints, transfers, setup packets. What
 * they mean is fw/usb_device.h. Source: IMX6ULLRM rev 1, chapter 56.
 *
 * Nothing here runs from interrupts: usbd_poll looks what happened and calls
 * back. The controller's line still tells WFI that there is something to see.
 * Every wait is bounded.
 */
enum { USB1 = 0x02184000, USB2 = 0x02184200 };

enum {
    USBD_IN = 0x80, /* in an endpoint's address */
    USBD_ENDPOINTS = 8,
    USBD_PIPES = 2 * USBD_ENDPOINTS,
    USBD_CONTROL = 64, /* packet of endpoint 0 */
    USBD_PART = 16384, /* a descriptor moves that much from any address */
    USBD_PARTS = 4,
    USBD_TRANSFER_MAX = USBD_PARTS * USBD_PART
};

enum usbd_type { USBD_TYPE_BULK = 2, USBD_TYPE_INTERRUPT = 3 };

/* What the controller reads and writes by DMA; in memory that is not cached
 * (DMA_UNCACHED), at a multiple of 2048 bytes. */
struct usbd_queues {
    uint32_t head[USBD_PIPES][16];
    uint32_t part[USBD_PIPES][USBD_PARTS][8];
};

/* Called from usbd_poll. */
struct usbd_events {
    void *ctx;
    /** The bus was reset: the address is 0, all endpoints but 0 are off and
     *  what was under way is void. */
    void (*reset)(void *ctx);
    void (*setup)(void *ctx, const uint8_t packet[8]);
    /** A transfer ended.
     *  @param n     bytes moved
     *  @param good  false: the controller met an error */
    void (*done)(void *ctx, uint8_t endpoint, size_t n, bool good);
};

/* One direction of an endpoint; private. */
struct usbd_pipe {
    void *data;
    size_t n;
    unsigned parts;
    bool active;
};

struct usbd {
    uint32_t base;
    struct usbd_queues *queues;
    struct usbd_events events;
    bool high_speed; /* known from the end of a bus reset on */
    bool suspended;
    struct usbd_pipe pipe[USBD_PIPES]; /* private */
};

/**
 * Switches the clock and the transceiver of a port on (usbd_phy.c).
 *
 * @return AW_OK; AW_ERR_TIMEOUT if the PLL does not lock.
 */
AW_MUST_CHECK aw_err usbd_phy_init(uint32_t base, struct aw_diag *diag);

/**
 * Resets the controller and makes it a device, not yet on the bus.
 *
 * @param queues  kept
 *
 * @return AW_OK; AW_ERR_TIMEOUT if it does not come out of reset;
 *         AW_ERR_UNSUPPORTED if it has no device mode.
 */
AW_MUST_CHECK aw_err usbd_init(struct usbd *usbd, uint32_t base,
                               struct usbd_queues *queues,
                               const struct usbd_events *events,
                               struct aw_diag *diag);

/** Pull-up on: a host that is there begins to enumerate. */
void usbd_attach(struct usbd *usbd);

/** Handles what happened. @return false: nothing did */
bool usbd_poll(struct usbd *usbd);

/** Takes the address once the present control transfer has ended. */
void usbd_set_address(struct usbd *usbd, uint8_t address);

/** Switches one direction of an endpoint on, with its data toggle at 0. */
void usbd_enable(struct usbd *usbd, uint8_t endpoint, enum usbd_type type,
                 uint16_t max_packet);

/**
 * Starts a transfer. One may be under way in each direction of an endpoint;
 * events.done tells its end. A transfer out of the host ends with a short
 * packet, too.
 *
 * @param data   begins on a cache line, and what the host sends shares none;
 *               stays untouched until the end
 * @param n      at most USBD_TRANSFER_MAX; 0 is an empty packet
 * @param empty  to the host: an empty packet follows
 *
 * @return AW_OK; AW_ERR_PRECONDITION: one is under way; AW_ERR_RANGE: n;
 *         AW_ERR_CANCELLED: on endpoint 0 a new setup packet came first;
 *         AW_ERR_TIMEOUT: the controller does not take it.
 */
AW_MUST_CHECK aw_err usbd_start(struct usbd *usbd, uint8_t endpoint, void *data,
                                size_t n, bool empty);

/** Ends a transfer without events.done; what has moved has. */
void usbd_cancel(struct usbd *usbd, uint8_t endpoint);

/** Answers all packets with STALL from now on; on endpoint 0 until the next
 *  setup packet. */
void usbd_stall(struct usbd *usbd, uint8_t endpoint);

/** Ends that; the data toggle is 0 again. */
void usbd_unstall(struct usbd *usbd, uint8_t endpoint);

bool usbd_stalled(const struct usbd *usbd, uint8_t endpoint);

#endif
