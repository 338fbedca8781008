/* SPDX-License-Identifier: Apache-2.0 */
/* The transceiver: registers of clause 22, and those of the DP83825I (TI
 * SNLS546), which others do not have. */
#include "phy.h"

#include <stddef.h>

#include "fw/time.h"

enum {
    BMCR = 0x00,
    BMSR = 0x01,
    PHYIDR1 = 0x02,
    PHYIDR2 = 0x03,
    REGCR = 0x0d,
    ADDAR = 0x0e,
    RCSR = 0x17,
    LEDCR = 0x18
};
enum {
    BMCR_RESET = 0x8000,
    BMCR_100_AUTO_FULL = 0x3100,
    BMSR_LINK = 1 << 2,
    RCSR_50MHZ_FROM_MAC = 0x81,
    ADDRESSES = 32,
    NOTHING = 0xffff,
    RESET_US = 10000
};
#define DP83825I UINT32_C(0x2000a140)

/* Registers behind REGCR and ADDAR. */
enum { VENDOR_ADDRESS = 0x001f, VENDOR_DATA = 0x401f, LED2 = 0x0469 };

static aw_err read_id(const struct lan *lan, unsigned phy, uint32_t *id)
{
    uint16_t high = 0;
    uint16_t low = 0;
    aw_err err = enet_mdio_read(&lan->enet, phy, PHYIDR1, &high);

    if (err == AW_OK) {
        err = enet_mdio_read(&lan->enet, phy, PHYIDR2, &low);
    }
    if (err == AW_OK) {
        *id = (uint32_t)high << 16 | low;
    }
    return err;
}

static aw_err wait_reset(const struct lan *lan)
{
    struct deadline d = deadline_us(RESET_US);
    uint16_t bmcr = BMCR_RESET;
    aw_err err = AW_OK;

    while (err == AW_OK && (bmcr & BMCR_RESET) != 0) {
        if (deadline_passed(&d)) {
            return AW_ERR_TIMEOUT;
        }
        err = enet_mdio_read(&lan->enet, lan->phy, BMCR, &bmcr);
    }
    return err;
}

aw_err phy_init(const struct lan *lan, struct aw_diag *diag)
{
    uint32_t id = 0;
    aw_err err = read_id(lan, lan->phy, &id);

    if (err == AW_OK && id >> 16 == NOTHING) {
        err = AW_ERR_NOT_FOUND;
    }
    if (err == AW_OK) {
        err = enet_mdio_write(&lan->enet, lan->phy, BMCR, BMCR_RESET);
    }
    if (err == AW_OK) {
        err = wait_reset(lan);
    }
    if (err == AW_OK && id == DP83825I) {
        err = enet_mdio_write(&lan->enet, lan->phy, RCSR, RCSR_50MHZ_FROM_MAC);
    }
    if (err == AW_OK) {
        err = enet_mdio_write(&lan->enet, lan->phy, BMCR, BMCR_100_AUTO_FULL);
    }
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "lan: PHY", id);
}

aw_err phy_find(struct lan *lan, struct aw_diag *diag)
{
    uint32_t id = 0;

    for (unsigned i = 0; i < ADDRESSES; i++) {
        aw_err err = read_id(lan, i, &id);

        if (err != AW_OK) {
            return aw_fail(diag, err, "lan: MDIO", i);
        }
        if (id >> 16 != NOTHING) {
            lan->phy = i;
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_NOT_FOUND, "lan: no PHY", id);
}

/* The bit latches low: the second read says how it is now. */
bool lan_link(const struct lan *lan)
{
    uint16_t bmsr = 0;

    aw_err err = enet_mdio_read(&lan->enet, lan->phy, BMSR, &bmsr);

    if (err == AW_OK) {
        err = enet_mdio_read(&lan->enet, lan->phy, BMSR, &bmsr);
    }
    return err == AW_OK && (bmsr & BMSR_LINK) != 0;
}

aw_err lan_led(const struct lan *lan, enum lan_led led, bool on)
{
    static const struct {
        uint8_t reg;
        uint16_t value;
    } steps[] = {{REGCR, VENDOR_ADDRESS}, {ADDAR, LED2}, {REGCR, VENDOR_DATA}};
    uint32_t id = 0;
    aw_err err = read_id(lan, lan->phy, &id);

    if (err == AW_OK && id != DP83825I) {
        err = AW_ERR_UNSUPPORTED;
    }
    if (err == AW_OK && led == LAN_GREEN) {
        return enet_mdio_write(&lan->enet, lan->phy, LEDCR, on ? 0x10 : 0x12);
    }
    for (size_t i = 0; err == AW_OK && i < sizeof(steps) / sizeof(steps[0]);
         i++) {
        err =
            enet_mdio_write(&lan->enet, lan->phy, steps[i].reg, steps[i].value);
    }
    return err == AW_OK
               ? enet_mdio_write(&lan->enet, lan->phy, ADDAR, on ? 0x10 : 0x30)
               : err;
}
