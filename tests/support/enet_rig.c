/* SPDX-License-Identifier: Apache-2.0 */
#include "enet_rig.h"

#include <string.h>

#include "support.h"

struct enet_rig er;

const uint8_t er_own[6] = {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x41};

static void on_send(void *ctx, const uint8_t *frame, size_t n)
{
    (void)ctx;
    er.sent++;
    er.last.n = (uint32_t)n;
    memcpy(er.last.bytes, frame, n);
}

static bool has_reference(void *ctx)
{
    (void)ctx;
    return er.reference;
}

void er_setup(void)
{
    const struct tw_enet_wiring w = {.name = "enet2",
                                     .clock = &rr.rig.clock,
                                     .bus = &rr.rig.bus,
                                     .master = TW_ENET2,
                                     .line = rig_watch(&er.line),
                                     .phy = &er.phy,
                                     .reference = has_reference,
                                     .send = on_send};

    memset(&er, 0, sizeof(er));
    er.reference = true;
    rr_start(RR_DDR);
    tw_phy_init(&er.phy, &rr.rig.clock, &rr.rig.report);
    tw_enet_init(&er.enet, &w, TW_ENET2_BASE);
}

uint16_t er_mdio(uint32_t op, uint32_t phy, uint32_t reg, uint16_t data)
{
    rr_write(ENET_EIR, ENET_MII);
    rr_write(ENET_MMFR, UINT32_C(1) << 30 | op << 28 | phy << 23 | reg << 18 |
                            2 << 16 | data);
    rig_wait(&rr.rig, ENET_EIR, ENET_MII, 100);
    rr_write(ENET_EIR, ENET_MII);
    return (uint16_t)rr_read(ENET_MMFR);
}

uint16_t er_phy_read(uint32_t reg)
{
    return er_mdio(2, 0, reg, 0);
}

void er_phy_write(uint32_t reg, uint16_t value)
{
    (void)er_mdio(1, 0, reg, value);
}

void er_phy_up(void)
{
    rr_write(ENET_MSCR, 1 << 8 | 13 << 1);
    er_phy_write(0, 0x8000);
    for (unsigned i = 0; i < 100 && (er_phy_read(0) & 0x8000) != 0; i++) {
        rig_run_us(&rr.rig, 100);
    }
    er_phy_write(0x17, 0x81);
    er_phy_write(0, 0x3100);
    for (unsigned i = 0; i < 40 && (er_phy_read(1) & 4) == 0; i++) {
        rig_run_us(&rr.rig, 100000);
    }
    ck_assert_uint_eq(er_phy_read(1) & 0x24, 0x24);
}

void er_descriptor(uint32_t at, uint32_t status, uint32_t length,
                   uint32_t buffer)
{
    rr_write(at, status << 16 | length);
    rr_write(at + 4, buffer);
}

void er_mac_up(void)
{
    rr_write(ENET_ECR, 1);
    ck_assert_uint_eq(rr_read(ENET_ECR) & 3, 0);
    rr_write(ENET_ECR, 1 << 8);
    rr_write(ENET_EIR, UINT32_MAX);
    rr_write(ENET_EIMR, 0);
    rr_write(ENET_TCR, 4);
    rr_write(ENET_MRBR, 1536);
    rr_write(ENET_FTRL, 1518);
    rr_write(ENET_RCR, ENET_RCR_NORMAL);
    rr_write(ENET_PALR, UINT32_C(0x1a5589a2));
    rr_write(ENET_PAUR, UINT32_C(0x69410000));
    rr_write(ENET_MSCR, 1 << 8 | 13 << 1);
    for (uint32_t i = 0; i < ER_RING; i++) {
        uint32_t wrap = i + 1 == ER_RING ? 0x2000 : 0;

        er_descriptor(ER_RX_RING + 8 * i, 0x8000 | wrap, 0,
                      ER_RX_BUF + 0x800 * i);
        er_descriptor(ER_TX_RING + 8 * i, wrap, 0, ER_TX_BUF + 0x800 * i);
    }
    rr_write(ENET_RDSR, ER_RX_RING);
    rr_write(ENET_TDSR, ER_TX_RING);
    rr_write(ENET_ECR, 1 << 8 | 2);
    rr_write(ENET_RDAR, ENET_ACTIVE);
}

void er_up(void)
{
    er_setup();
    tw_phy_cable(&er.phy, true);
    er_mac_up();
    er_phy_up();
    ck_assert_uint_eq(rr_misuses(), 0);
}

void er_make_frame(uint8_t *to, const uint8_t *address, size_t n)
{
    memcpy(to, address, 6);
    memcpy(to + 6, er_own, 6);
    to[12] = 0x08;
    to[13] = 0;
    for (size_t i = 14; i < n; i++) {
        to[i] = (uint8_t)(i * 13);
    }
}
