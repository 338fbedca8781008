/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/lan.h"

#include <stddef.h>

#include "fw/gic.h"
#include "fw/reg.h"
#include "fw/soc.h"
#include "fw/time.h"
#include "phy.h"

/* IMX6ULLRM rev 1, chapters 18, 32, 33. */
enum {
    CCM_CCGR0 = 0x020c4068,
    CCGR0_ENET = 3 << 12,
    PLL_ENET = 0x020c80e0,
    SET = 4,
    CLEAR = 8,
    PLL_ENET2_50MHZ = 1 << 2,
    PLL_ENET2_DIVIDER = 3 << 2,
    PLL_POWER_DOWN = 1 << 12,
    PLL_BYPASS = 1 << 16,
    PLL_ENET2_ON = 1 << 20,
    GPR1 = 0x020e4004,
    GPR1_ENET2_CLK_SEL = 1 << 14,
    GPR1_ENET2_TX_CLK_DIR = 1 << 18,
    LOCK_US = 5000
};
#define PLL_LOCK UINT32_C(0x80000000)

/* Fuse MAC0, bits 31 to 24: the board. */
enum { BOARD_LAN = 2 };

enum { ALT_ENET2 = 0, ALT_MDIO = 1, ALT_REF_CLK2 = 4, SION = 0x10 };
enum { PAD_SIGNAL = 0x1b0b0, PAD_CLOCK = 0x1b030 };

static const struct {
    uint32_t mux;
    uint32_t mode;
    uint32_t pad;
    uint32_t setting;
} pads[] = {
    {0x020e00e4, ALT_ENET2, 0x020e0370, PAD_SIGNAL},          /* RXD0 */
    {0x020e00e8, ALT_ENET2, 0x020e0374, PAD_SIGNAL},          /* RXD1 */
    {0x020e00ec, ALT_ENET2, 0x020e0378, PAD_SIGNAL},          /* RX_EN */
    {0x020e00f0, ALT_ENET2, 0x020e037c, PAD_SIGNAL},          /* TXD0 */
    {0x020e00f4, ALT_ENET2, 0x020e0380, PAD_SIGNAL},          /* TXD1 */
    {0x020e00f8, ALT_ENET2, 0x020e0384, PAD_SIGNAL},          /* TX_EN */
    {0x020e00fc, ALT_REF_CLK2 | SION, 0x020e0388, PAD_CLOCK}, /* REF_CLK2 */
    {0x020e0100, ALT_ENET2, 0x020e038c, PAD_SIGNAL},          /* RX_ER */
    {0x020e0074, ALT_MDIO, 0x020e0300, PAD_SIGNAL},           /* MDIO */
    {0x020e0078, ALT_MDIO, 0x020e0304, PAD_SIGNAL},           /* MDC */
};

/* Which of several pads an input comes from. */
static const struct {
    uint32_t daisy;
    uint32_t value;
} inputs[] = {{0x020e057c, 2 /* REF_CLK2 */}, {0x020e0580, 0 /* MDIO */}};

static void set_pads(void)
{
    for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++) {
        reg_wr(pads[i].mux, pads[i].mode);
        reg_wr(pads[i].pad, pads[i].setting);
    }
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        reg_wr(inputs[i].daisy, inputs[i].value);
    }
}

/* The SoC gives MAC and PHY their 50 MHz. */
static bool set_clock(void)
{
    struct deadline d = deadline_us(LOCK_US);

    reg_set(CCM_CCGR0, CCGR0_ENET);
    reg_field(GPR1, GPR1_ENET2_CLK_SEL | GPR1_ENET2_TX_CLK_DIR,
              GPR1_ENET2_TX_CLK_DIR);
    reg_field(PLL_ENET, PLL_ENET2_DIVIDER, PLL_ENET2_50MHZ);
    reg_wr(PLL_ENET + CLEAR, PLL_POWER_DOWN);
    while ((reg_rd(PLL_ENET) & PLL_LOCK) == 0) {
        if (deadline_passed(&d)) {
            return false;
        }
    }
    reg_wr(PLL_ENET + SET, PLL_ENET2_ON);
    reg_wr(PLL_ENET + CLEAR, PLL_BYPASS);
    return true;
}

aw_err lan_init(struct lan *lan, struct enet_queues *queues,
                const uint8_t mac[ENET_MAC], struct aw_diag *diag)
{
    if (ocotp_read(4, 2) >> 24 != BOARD_LAN) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "lan: board",
                       ocotp_read(4, 2) >> 24);
    }
    lan->line = GIC_ENET2;
    lan->phy = 0;
    set_pads();
    if (!set_clock()) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "lan: PLL", reg_rd(PLL_ENET));
    }
    aw_err err = enet_init(&lan->enet, ENET2, queues, mac, diag);

    if (err == AW_OK) {
        err = phy_init(lan, diag);
    }
    if (err == AW_OK) {
        enet_start(&lan->enet);
    }
    return err;
}
