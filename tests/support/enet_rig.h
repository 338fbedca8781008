/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENET_RIG_H
#define ENET_RIG_H

#include "models/enet.h"
#include "ram_rig.h"

/* ENET and its PHY over memory, and what a driver does with them. */
enum {
    ENET_EIR = TW_ENET2_BASE + 0x004,
    ENET_EIMR = TW_ENET2_BASE + 0x008,
    ENET_RDAR = TW_ENET2_BASE + 0x010,
    ENET_TDAR = TW_ENET2_BASE + 0x014,
    ENET_ECR = TW_ENET2_BASE + 0x024,
    ENET_MMFR = TW_ENET2_BASE + 0x040,
    ENET_MSCR = TW_ENET2_BASE + 0x044,
    ENET_MIBC = TW_ENET2_BASE + 0x064,
    ENET_RCR = TW_ENET2_BASE + 0x084,
    ENET_TCR = TW_ENET2_BASE + 0x0c4,
    ENET_PALR = TW_ENET2_BASE + 0x0e4,
    ENET_PAUR = TW_ENET2_BASE + 0x0e8,
    ENET_IAUR = TW_ENET2_BASE + 0x118,
    ENET_GAUR = TW_ENET2_BASE + 0x120,
    ENET_GALR = TW_ENET2_BASE + 0x124,
    ENET_RDSR = TW_ENET2_BASE + 0x180,
    ENET_TDSR = TW_ENET2_BASE + 0x184,
    ENET_MRBR = TW_ENET2_BASE + 0x188,
    ENET_FTRL = TW_ENET2_BASE + 0x1b0
};

enum {
    ENET_TXF = 1 << 27,
    ENET_TXB = 1 << 26,
    ENET_RXF = 1 << 25,
    ENET_RXB = 1 << 24,
    ENET_MII = 1 << 23,
    ENET_EBERR = 1 << 22,
    ENET_ACTIVE = 1 << 24,
    ER_RING = 4
};

/* Upstream's setting: RMII, flow control, MII mode; at most 1518 bytes. */
#define ENET_RCR_NORMAL (UINT32_C(1518) << 16 | 0x124)

/* Where the tests put things. */
#define ER_RX_RING (RR_DDR + 0x1000)
#define ER_TX_RING (RR_DDR + 0x2000)
#define ER_RX_BUF  (RR_DDR + 0x4000)  /* 0x800 each */
#define ER_TX_BUF  (RR_DDR + 0x10000) /* 0x800 each */
#define ER_NOWHERE UINT32_C(0x10000000)

struct enet_rig {
    struct tw_phy phy;
    struct tw_enet enet;
    struct rig_line line;
    bool reference; /* clock of the PHY */
    unsigned sent;
    struct tw_frame last;
};

extern struct enet_rig er;

/* The MAC's address. */
extern const uint8_t er_own[6];

/** MAC and PHY at reset, no cable, on fresh memory. */
void er_setup(void);

/** A frame on the management bus; its data. */
uint16_t er_mdio(uint32_t op, uint32_t phy, uint32_t reg, uint16_t data);
uint16_t er_phy_read(uint32_t reg);
void er_phy_write(uint32_t reg, uint16_t value);

/** PHY as a driver leaves it: negotiated, link up. */
void er_phy_up(void);

void er_descriptor(uint32_t at, uint32_t status, uint32_t length,
                   uint32_t buffer);

/** MAC as a driver leaves it: rings of ER_RING buffers, receiving. */
void er_mac_up(void);
/** All of it, with a cable. */
void er_up(void);

/** An IPv4 frame from us. */
void er_make_frame(uint8_t *to, const uint8_t *address, size_t n);

#endif
