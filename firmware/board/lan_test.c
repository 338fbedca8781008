/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's board: its clocks and pads need nothing, and the PHY is wherever it
 * answers. */
#include "fw/gic.h"
#include "fw/lan.h"
#include "phy.h"

aw_err lan_init(struct lan *lan, struct enet_queues *queues,
                const uint8_t mac[ENET_MAC], struct aw_diag *diag)
{
    aw_err err = enet_init(&lan->enet, ENET1, queues, mac, diag);

    lan->line = GIC_ENET1;
    if (err == AW_OK) {
        err = phy_find(lan, diag);
    }
    if (err == AW_OK) {
        err = phy_init(lan, diag);
    }
    if (err == AW_OK) {
        enet_start(&lan->enet);
    }
    return err;
}
