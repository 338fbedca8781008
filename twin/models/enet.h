/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ENET_H
#define TWIN_ENET_H

#include "models/phy.h"
#include "models/regs.h"

/*
 * One ENET controller: legacy descriptor rings, address filter, statistics,
 * MDIO, and a frame pipe to the world outside. Time on the wire is that of
 * 100 Mbit/s. Source: IMX6ULLRM rev 1, chapter 22.
 *
 * Not modelled: enhanced descriptors (1588), time stamps, interrupt
 * coalescing, checksum offload, magic packets, half duplex collisions.
 */
enum {
    TW_ENET1_BASE = 0x02188000,
    TW_ENET2_BASE = 0x020b4000,
    TW_ENET_SIZE = 0x4000,
    TW_FRAME_MAX = 2048, /* bytes without FCS */
    TW_ENET_QUEUE = 64   /* frames that wait to be received */
};

struct tw_enet_wiring {
    const char *name; /* "enet1"; static */
    struct tw_clock *clock;
    struct tw_bus *bus;
    enum tw_master master;
    struct tw_line line;
    struct tw_phy *phy; /* NULL: nothing on MDIO, no cable */
    unsigned phy_address;
    /* Does the 50 MHz reference reach MAC and PHY? NULL: always. */
    bool (*reference)(void *ctx);
    void *reference_ctx;
    /* A frame goes out, without FCS. NULL: nobody listens. */
    void (*send)(void *ctx, const uint8_t *frame, size_t n);
    void *send_ctx;
};

struct tw_frame {
    uint32_t n;
    uint8_t bytes[TW_FRAME_MAX];
};

struct tw_enet {
    struct tw_enet_wiring w;
    struct tw_regs_map map;
    struct tw_regs regs;
    uint32_t tx_next; /* address of the next descriptor */
    uint32_t rx_next;
    struct tw_event tx_done;
    struct tw_event rx_done;
    struct tw_event mdio_done;
    uint32_t mdio; /* MMFR that is on the wires */
    struct tw_frame out;
    struct tw_frame queue[TW_ENET_QUEUE];
    uint32_t queued;
    uint32_t first; /* of the queue */
    uint64_t dropped;
};

void tw_enet_init(struct tw_enet *enet, const struct tw_enet_wiring *wiring,
                  uint32_t base);

/**
 * A frame comes in, without FCS, 14 to TW_FRAME_MAX bytes. It is taken when
 * the wire has had time for it.
 *
 * @return false when it is lost: no link, controller off, queue full
 */
bool tw_enet_receive(struct tw_enet *enet, const uint8_t *frame, size_t n);

/** Saves the PHY with it. */
struct tw_device tw_enet_device(struct tw_enet *enet);

#endif
