/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ENET_PARTS_H
#define TWIN_ENET_PARTS_H

#include "models/enet.h"

/* What the files of the ENET model share; for nobody else. */

#define ENET_BIT(n) (UINT32_C(1) << (n))

enum enet_offset {
    ENET_EIR = 0x004,
    ENET_EIMR = 0x008,
    ENET_RDAR = 0x010,
    ENET_TDAR = 0x014,
    ENET_ECR = 0x024,
    ENET_MMFR = 0x040,
    ENET_MSCR = 0x044,
    ENET_MIBC = 0x064,
    ENET_RCR = 0x084,
    ENET_TCR = 0x0c4,
    ENET_PALR = 0x0e4,
    ENET_PAUR = 0x0e8,
    ENET_IAUR = 0x118,
    ENET_IALR = 0x11c,
    ENET_GAUR = 0x120,
    ENET_GALR = 0x124,
    ENET_RDSR = 0x180,
    ENET_TDSR = 0x184,
    ENET_MRBR = 0x188,
    ENET_FTRL = 0x1b0,
    ENET_RMON_T_PACKETS = 0x204,
    ENET_RMON_R_PACKETS = 0x284,
    ENET_END = 0x640
};

/* EIR */
#define EIR_TXF   ENET_BIT(27)
#define EIR_TXB   ENET_BIT(26)
#define EIR_RXF   ENET_BIT(25)
#define EIR_RXB   ENET_BIT(24)
#define EIR_MII   ENET_BIT(23)
#define EIR_EBERR ENET_BIT(22)
#define EIR_ALL   UINT32_C(0x7fff8000)

#define DAR_ACTIVE ENET_BIT(24)

#define ECR_RESET   ENET_BIT(0)
#define ECR_ETHEREN ENET_BIT(1)
#define ECR_EN1588  ENET_BIT(4)
#define ECR_DBSWP   ENET_BIT(8)

#define RCR_LOOP   ENET_BIT(0)
#define RCR_PROM   ENET_BIT(3)
#define RCR_BC_REJ ENET_BIT(4)
#define RCR_FCE    ENET_BIT(5)
#define RCR_RMII   ENET_BIT(8)
#define RCR_CRCFWD ENET_BIT(14)
#define RCR_NLC    ENET_BIT(30)

#define TCR_GTS ENET_BIT(0)

#define MIBC_DISABLE ENET_BIT(31)

enum { FCS_BYTES = 4, FRAME_LEAST = 60, HEADER_BYTES = 14 };

static inline uint32_t tw_enet_get(const struct tw_enet *enet, uint32_t offset)
{
    return tw_regs_get(&enet->regs, offset);
}

static inline void tw_enet_set(struct tw_enet *enet, uint32_t offset,
                               uint32_t value)
{
    tw_regs_set(&enet->regs, offset, value);
}

void tw_enet_raise(struct tw_enet *enet, uint32_t bits);
/** The bus refused: EBERR, and the controller is off. */
void tw_enet_bus_error(struct tw_enet *enet);
void tw_enet_count(struct tw_enet *enet, uint32_t offset);

/* Rings: enet_ring.c */

/** Ticks that a frame of n bytes without FCS is on the wire. */
uint64_t tw_enet_wire(const struct tw_enet *enet, size_t n);
void tw_enet_kick_tx(struct tw_enet *enet);
void tw_enet_kick_rx(struct tw_enet *enet);
void tw_enet_tx_done(void *ctx);
void tw_enet_rx_done(void *ctx);
uint32_t tw_crc32(const uint8_t *bytes, size_t n);

#endif
