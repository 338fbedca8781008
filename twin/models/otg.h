/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_OTG_H
#define TWIN_OTG_H

#include "core/clock.h"
#include "models/regs.h"
#include "usb/port.h"

/*
 * A USB OTG controller in device mode: queue heads and transfer descriptors in
 * memory, reached by DMA; eight endpoints each way. Host mode, isochronous
 * endpoints and SOF interrupts are not modelled and reported.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "Universal Serial Bus Controller".
 */
enum {
    TW_OTG_BASE = 0x02184000, /* the second TW_OTG_SIZE above */
    TW_OTG_SIZE = 0x200,
    TW_OTGS = 2,
    TW_OTG_NC_BASE = 0x02184800, /* non-core registers of both */
    TW_OTG_NC_SIZE = 0x20,
    TW_OTG_ENDPOINTS = 8,
    TW_OTG_PIPES = 2 * TW_OTG_ENDPOINTS, /* 2 * endpoint + (1 for IN) */
    TW_OTG_PAGES = 5
};

/* One direction of an endpoint, while it has a descriptor at work. */
struct tw_otg_pipe {
    uint32_t current; /* address of the descriptor */
    uint32_t next;    /* as in the descriptor, with its T bit */
    uint32_t token;   /* as it would be in memory now */
    uint32_t pages[TW_OTG_PAGES];
    uint32_t moved;      /* bytes of this descriptor */
    uint16_t max_packet; /* of the queue head */
    bool no_zlp;         /* of the queue head: ZLT */
    bool zlp_due;        /* an empty packet ends the transfer */
};

struct tw_otg {
    struct tw_regs regs;
    struct tw_bus *bus;
    struct tw_clock *clock;
    struct tw_usb_port *port;
    struct tw_line irq;
    /* May the controller work: is its PHY on? NULL: always. */
    bool (*phy_ready)(void *ctx, unsigned index);
    void *phy_ctx;
    unsigned index; /* 0 or 1 */

    struct tw_usb_device device; /* what the host sees while it runs */
    struct tw_otg_pipe pipe[TW_OTG_PIPES];
    bool pulled_up;             /* device is attached to port */
    struct tw_event reset_ends; /* of a bus reset */
    struct tw_event idle;       /* bus without host: suspend */
};

/** Maps controller `index` and takes the plug.
 *  @param port  outlives the model; its power callback is set */
void tw_otg_init(struct tw_otg *otg, unsigned index, struct tw_bus *bus,
                 struct tw_clock *clock, struct tw_usb_port *port);

/** As the boot ROM leaves OTG1 after serial download: device mode and run bit
 * set, by which firmware sees how it was started. */
void tw_otg_left_running(struct tw_otg *otg);

struct tw_device tw_otg_device(struct tw_otg *otg);

/* Non-core registers: power and wake-up of both controllers, held only. */
struct tw_otg_nc {
    struct tw_regs regs;
};

void tw_otg_nc_init(struct tw_otg_nc *nc, struct tw_bus *bus);
struct tw_device tw_otg_nc_device(struct tw_otg_nc *nc);

#endif
