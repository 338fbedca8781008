/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/enet.h"

#include <string.h>

#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/time.h"

/* Offsets. */
enum {
    EIR = 0x004,
    EIMR = 0x008,
    RDAR = 0x010,
    TDAR = 0x014,
    ECR = 0x024,
    MMFR = 0x040,
    MSCR = 0x044,
    MIBC = 0x064,
    RCR = 0x084,
    TCR = 0x0c4,
    PALR = 0x0e4,
    PAUR = 0x0e8,
    IAUR = 0x118,
    IALR = 0x11c,
    GAUR = 0x120,
    GALR = 0x124,
    RDSR = 0x180,
    TDSR = 0x184,
    MRBR = 0x188,
    FTRL = 0x1b0,
    RACC = 0x1c4
};
enum {
    EIR_TXF = 1 << 27,
    EIR_RXF = 1 << 25,
    EIR_MII = 1 << 23,
    EIR_EBERR = 1 << 22,
    ACTIVE = 1 << 24,
    ECR_RESET = 1 << 0,
    ECR_ETHEREN = 1 << 1,
    ECR_DBSWP = 1 << 8, /* descriptors are little-endian */
    RCR_MII = 1 << 2,
    RCR_FCE = 1 << 5,
    RCR_RMII = 1 << 8,
    RCR_MAX = 16,
    TCR_FDEN = 1 << 2,
    RACC_LINEDIS = 1 << 6
};
#define MIBC_DISABLE UINT32_C(0x80000000)

/* Status of descriptors, in the upper half of the first word. */
#define OWNED     UINT32_C(0x80000000) /* by the controller: E, R */
#define WRAP      UINT32_C(0x20000000)
#define LAST      UINT32_C(0x08000000)
#define TX_CRC    UINT32_C(0x04000000)
#define RX_ERRORS UINT32_C(0x00370000) /* LG, NO, CR, OV, TR */
#define LENGTH(w) ((w)&0xffff)

enum {
    FCS = 4,
    MAX_FL = ENET_RECEIVE_MAX + FCS,
    MII_SPEED = 13, /* 66 MHz / 2 / 14: 2.4 MHz */
    HOLD = 1 << 8,
    RESET_US = 1000,
    MDIO_US = 1000,
    MDIO_READ = 2,
    MDIO_WRITE = 1
};

static uint32_t rd(const struct enet *enet, uint32_t offset)
{
    return reg_rd(enet->base + offset);
}

static void wr(const struct enet *enet, uint32_t offset, uint32_t value)
{
    reg_wr(enet->base + offset, value);
}

static bool wait(const struct enet *enet, uint32_t offset, uint32_t mask,
                 uint32_t value, uint32_t us)
{
    struct deadline d = deadline_us(us);

    while ((rd(enet, offset) & mask) != value) {
        if (deadline_passed(&d)) {
            return (rd(enet, offset) & mask) == value;
        }
    }
    return true;
}

aw_err enet_init(struct enet *enet, uint32_t base, struct enet_queues *queues,
                 const uint8_t mac[ENET_MAC], struct aw_diag *diag)
{
    *enet = (struct enet){.base = base, .queues = queues};
    memcpy(enet->mac, mac, ENET_MAC);
    wr(enet, ECR, ECR_RESET);
    if (!wait(enet, ECR, ECR_RESET, 0, RESET_US)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "enet: reset", base);
    }
    wr(enet, EIMR, 0);
    wr(enet, EIR, UINT32_MAX);
    wr(enet, MSCR, HOLD | MII_SPEED << 1);
    return AW_OK;
}

static void set_address(const struct enet *enet)
{
    const uint8_t *m = enet->mac;

    wr(enet, PALR,
       (uint32_t)m[0] << 24 | (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 |
           m[3]);
    wr(enet, PAUR, (uint32_t)m[4] << 24 | (uint32_t)m[5] << 16);
    wr(enet, IAUR, 0);
    wr(enet, IALR, 0);
    wr(enet, GAUR, 0);
    wr(enet, GALR, 0);
}

static void empty_rings(struct enet *enet)
{
    struct enet_queues *q = enet->queues;

    for (uint32_t i = 0; i < ENET_RX; i++) {
        dma_wr(&q->rx[i][1], dma_address(q->rx_buffer[i]));
        dma_wr(&q->rx[i][0], OWNED | (i == ENET_RX - 1 ? WRAP : 0));
    }
    for (uint32_t i = 0; i < ENET_TX; i++) {
        dma_wr(&q->tx[i][1], dma_address(q->tx_buffer[i]));
        dma_wr(&q->tx[i][0], i == ENET_TX - 1 ? WRAP : 0);
    }
    enet->rx = 0;
    enet->tx = 0;
    cpu_dsb();
}

void enet_start(struct enet *enet)
{
    wr(enet, ECR, ECR_DBSWP);
    wr(enet, EIMR, 0);
    wr(enet, EIR, UINT32_MAX);
    wr(enet, TCR, TCR_FDEN);
    wr(enet, MIBC, MIBC_DISABLE);
    wr(enet, MRBR, ENET_BUFFER);
    wr(enet, FTRL, MAX_FL);
    wr(enet, RCR, (uint32_t)MAX_FL << RCR_MAX | RCR_FCE | RCR_RMII | RCR_MII);
    wr(enet, RACC, RACC_LINEDIS);
    set_address(enet);
    empty_rings(enet);
    wr(enet, RDSR, dma_address(enet->queues->rx));
    wr(enet, TDSR, dma_address(enet->queues->tx));
    wr(enet, ECR, ECR_DBSWP | ECR_ETHEREN);
    wr(enet, RDAR, ACTIVE);
    wr(enet, EIMR, EIR_RXF | EIR_TXF | EIR_EBERR);
}

/* Erratum ERR007885: the controller may be about to stop when it is told to go
 * on, and then has not heard it. So it is told where it has stopped, and asked
 * more than once. */
static void kick(const struct enet *enet)
{
    enum { TIMES = 4 };

    for (unsigned i = 0; i < TIMES; i++) {
        if ((rd(enet, TDAR) & ACTIVE) == 0) {
            wr(enet, TDAR, ACTIVE);
            return;
        }
    }
}

/* The frame that was queued last is still to be sent. */
static bool sending(const struct enet *enet)
{
    uint32_t last = (enet->tx + ENET_TX - 1) % ENET_TX;

    return (dma_rd(&enet->queues->tx[last][0]) & OWNED) != 0;
}

void enet_look(struct enet *enet)
{
    uint32_t eir = rd(enet, EIR) & (EIR_RXF | EIR_TXF | EIR_EBERR);

    wr(enet, EIR, eir);
    if ((eir & EIR_EBERR) != 0) {
        enet->restarts++;
        enet_start(enet);
    } else if (sending(enet)) {
        kick(enet);
    }
}

bool enet_waits(const struct enet *enet)
{
    return (dma_rd(&enet->queues->rx[enet->rx][0]) & OWNED) == 0;
}

bool enet_room(const struct enet *enet)
{
    return (dma_rd(&enet->queues->tx[enet->tx][0]) & OWNED) == 0;
}

/* A whole frame without an error, of a length that there can be. */
static uint32_t good_length(uint32_t word)
{
    uint32_t n = LENGTH(word);

    if ((word & LAST) == 0 || (word & RX_ERRORS) != 0 ||
        n < ENET_HEADER + FCS || n > MAX_FL) {
        return 0;
    }
    return n - FCS;
}

uint32_t enet_receive(struct enet *enet, uint8_t *to)
{
    uint32_t n = 0;

    while (n == 0 && enet_waits(enet)) {
        uint32_t i = enet->rx;
        uint32_t *d = enet->queues->rx[i];

        n = good_length(dma_rd(&d[0]));
        if (n > 0) {
            memcpy(to, enet->queues->rx_buffer[i], n);
        } else {
            enet->dropped++;
        }
        cpu_dsb();
        dma_wr(&d[0], OWNED | (i == ENET_RX - 1 ? WRAP : 0));
        cpu_dsb();
        wr(enet, RDAR, ACTIVE);
        enet->rx = (i + 1) % ENET_RX;
    }
    return n;
}

aw_err enet_send(struct enet *enet, const uint8_t *frame, uint32_t n)
{
    uint32_t i = enet->tx;

    if (n < ENET_HEADER || n > ENET_SEND_MAX) {
        return AW_ERR_RANGE;
    }
    if (!enet_room(enet)) {
        return AW_ERR_SPACE;
    }
    memcpy(enet->queues->tx_buffer[i], frame, n);
    cpu_dsb();
    dma_wr(&enet->queues->tx[i][0],
           OWNED | LAST | TX_CRC | n | (i == ENET_TX - 1 ? WRAP : 0));
    cpu_dsb();
    enet->tx = (i + 1) % ENET_TX;
    kick(enet);
    return AW_OK;
}

static aw_err mdio(const struct enet *enet, uint32_t op, unsigned phy,
                   unsigned reg, uint16_t value)
{
    wr(enet, EIR, EIR_MII);
    wr(enet, MMFR,
       UINT32_C(1) << 30 | op << 28 | (uint32_t)(phy & 0x1f) << 23 |
           (uint32_t)(reg & 0x1f) << 18 | UINT32_C(2) << 16 | value);
    if (!wait(enet, EIR, EIR_MII, EIR_MII, MDIO_US)) {
        return AW_ERR_TIMEOUT;
    }
    wr(enet, EIR, EIR_MII);
    return AW_OK;
}

aw_err enet_mdio_read(const struct enet *enet, unsigned phy, unsigned reg,
                      uint16_t *value)
{
    aw_err err = mdio(enet, MDIO_READ, phy, reg, 0);

    if (err == AW_OK) {
        *value = (uint16_t)rd(enet, MMFR);
    }
    return err;
}

aw_err enet_mdio_write(const struct enet *enet, unsigned phy, unsigned reg,
                       uint16_t value)
{
    return mdio(enet, MDIO_WRITE, phy, reg, value);
}
