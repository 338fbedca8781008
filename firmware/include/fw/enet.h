/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_ENET_H
#define FW_ENET_H

#include <stdbool.h>
#include <stdint.h>

#include "aw/err.h"

/*
 * One ENET controller: two rings of legacy descriptors, and MDIO. Pads, clocks
 * and the PHY are the board's (fw/lan.h). Source: IMX6ULLRM rev 1, chapter 22.
 */
enum { ENET1 = 0x02188000, ENET2 = 0x020b4000 };

/* Bytes of a frame with its header, without FCS; a VLAN tag has 4 more. */
enum { ENET_HEADER = 14, ENET_SEND_MAX = 1514, ENET_RECEIVE_MAX = 1518 };

enum { ENET_RX = 256, ENET_TX = 64, ENET_BUFFER = 1536, ENET_MAC = 6 };

/* What controller and processor share: uncached memory, at a multiple of 64. A
 * descriptor is length and status, then the buffer's address. */
struct enet_queues {
    uint32_t rx[ENET_RX][2];
    uint32_t tx[ENET_TX][2];
    uint8_t rx_buffer[ENET_RX][ENET_BUFFER];
    uint8_t tx_buffer[ENET_TX][ENET_BUFFER];
};

struct enet {
    uint32_t base;
    struct enet_queues *queues;
    uint8_t mac[ENET_MAC];
    uint32_t rx; /* next descriptors */
    uint32_t tx;
    uint32_t dropped; /* frames that came with an error */
    uint32_t restarts;
};

/**
 * Resets a controller whose clock runs; MDIO works from then on, frames from
 * enet_start on.
 *
 * @return AW_OK; AW_ERR_TIMEOUT when it does not leave reset.
 */
AW_MUST_CHECK aw_err enet_init(struct enet *enet, uint32_t base,
                               struct enet_queues *queues,
                               const uint8_t mac[ENET_MAC],
                               struct aw_diag *diag);

/** Empty rings; receives and sends. The interrupt of the controller is on for
 *  each frame that came or went. */
void enet_start(struct enet *enet);

/** Takes note of interrupts, which are then no longer pending, and starts a
 *  controller again that stopped for an error of the bus. */
void enet_look(struct enet *enet);

/** True while a frame can be received, or sent. */
bool enet_waits(const struct enet *enet);
bool enet_room(const struct enet *enet);

/** The next good frame without FCS; those with an error are passed over.
 *  @param to  ENET_RECEIVE_MAX bytes
 *  @return bytes; 0: there is none */
uint32_t enet_receive(struct enet *enet, uint8_t *to);

/** Queues a frame of ENET_HEADER to ENET_SEND_MAX bytes; short ones are padded.
 *  @return AW_OK; AW_ERR_RANGE; AW_ERR_SPACE when the ring is full. */
AW_MUST_CHECK aw_err enet_send(struct enet *enet, const uint8_t *frame,
                               uint32_t n);

/** A register of a PHY, by clause 22; 26 us each.
 *  @return AW_OK; AW_ERR_TIMEOUT. Where no PHY is, 0xffff is read. */
AW_MUST_CHECK aw_err enet_mdio_read(const struct enet *enet, unsigned phy,
                                    unsigned reg, uint16_t *value);
AW_MUST_CHECK aw_err enet_mdio_write(const struct enet *enet, unsigned phy,
                                     unsigned reg, uint16_t value);

#endif
