/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DCP_RIG_H
#define DCP_RIG_H

#include "models/dcp.h"
#include "ram_rig.h"

/* DCP over memory, and what a driver does with it. */
enum {
    DCP_CTRL = TW_DCP_BASE,
    DCP_STAT = TW_DCP_BASE + 0x10,
    DCP_CHANNELCTRL = TW_DCP_BASE + 0x20,
    DCP_CAPABILITY0 = TW_DCP_BASE + 0x30,
    DCP_KEY = TW_DCP_BASE + 0x60,
    DCP_KEYDATA = TW_DCP_BASE + 0x70,
    DCP_PACKET1 = TW_DCP_BASE + 0x90,
    DCP_CMDPTR = TW_DCP_BASE + 0x100,
    DCP_SEMA = TW_DCP_BASE + 0x110,
    DCP_CHSTAT = TW_DCP_BASE + 0x120
};

/* Where the tests put things. */
#define DR_PACKET  (RR_OCRAM + 0x1000)
#define DR_PAYLOAD (RR_OCRAM + 0x2000)
#define DR_SOURCE  (RR_OCRAM + 0x4000)
#define DR_TARGET  (RR_OCRAM + 0x10000)

struct dcp_rig {
    struct tw_dcp dcp;
    struct rig_line line;
    bool trusted; /* the part's key may be used */
};

extern struct dcp_rig dr;

/** The engine at reset, on fresh memory. */
void dr_setup(void);

/* A work packet, as it lies in memory. */
struct dr_packet {
    uint32_t next;
    uint32_t control0;
    uint32_t control1;
    uint32_t source;
    uint32_t target;
    uint32_t size;
    uint32_t payload;
    uint32_t status;
};

/** Out of reset, all channels on. */
void dr_up(void);

void dr_put(uint32_t at, const struct dr_packet *p);

/** Runs what lies at DR_PACKET on channel 0; CH0STAT. */
uint32_t dr_go(uint32_t packets);
/** Runs one packet on channel 0; CH0STAT. */
uint32_t dr_run(const struct dr_packet *p);

/** Writes 00..0f to a key slot. */
void dr_ram_key(uint32_t slot);

#endif
