/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_DCP_H
#define TWIN_DCP_H

#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"
#include "models/cipher.h"
#include "models/hwkey.h"

/*
 * Data co-processor of the i.MX6ULL and 6ULZ: four channels of work packets,
 * AES-128 (ECB, CBC), SHA-1, SHA-256, copying and filling. Source: MCIMX28RM
 * chapter 13.
 *
 * Not modelled, and a set-up error: CRC-32, blits, byte and word swaps,
 * context switching. The key "OTP" (select 0xff) is made up from the unique
 * key: the first 16 bytes of SHA-256("Armored Witness twin: OTP key", unique
 * key), zeros on an open part.
 */
enum {
    TW_DCP_BASE = 0x02280000,
    TW_DCP_SIZE = 0x4000,
    TW_DCP_CHANNELS = 4,
    TW_DCP_KEY = 16
};

struct tw_dcp_wiring {
    struct tw_clock *clock;
    struct tw_bus *bus;
    struct tw_line line;
    struct tw_hwkey key;
};

struct tw_dcp_channel {
    uint32_t cmdptr;
    uint32_t sema;
    uint32_t stat;
    uint32_t opts;
    /* private: what a packet leaves for the next */
    uint8_t iv[TW_AES_BLOCK];
    uint8_t hash; /* HASH_SELECT of the hash under way, 0xff: none */
    struct tw_hash running;
};

struct tw_dcp {
    struct tw_dcp_wiring w;
    uint32_t ctrl;
    uint32_t irq; /* STAT, channels */
    uint32_t channelctrl;
    uint32_t context;
    uint32_t capability0; /* bits that lock */
    uint32_t key_index;
    uint32_t dbgselect;
    uint32_t pagetable;
    uint8_t keys[4][TW_DCP_KEY];
    uint32_t packet[8]; /* in hand; PACKET0-6 show it */
    struct tw_dcp_channel channels[TW_DCP_CHANNELS];
    struct tw_event done;
    uint32_t current; /* channel that works while `done` is scheduled */
};

void tw_dcp_init(struct tw_dcp *dcp, const struct tw_dcp_wiring *wiring);
struct tw_device tw_dcp_device(struct tw_dcp *dcp);

#endif
