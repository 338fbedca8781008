/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/reg.h"
#include "fw/time.h"
#include "fw/usbd.h"

/* IMX6ULLRM rev 1, chapters 18 (CCM), 57 (USBPHY) and 10 (USB_ANALOG). Most
 * registers have a twin that sets bits at +4 and one that clears at +8. */
enum {
    CCGR6 = 0x020c4080,
    CCGR6_USB = 3 << 0,
    PLL_USB1 = 0x020c8010, /* and PLL_USB2 16 bytes above */
    PLL_STEP = 0x10,
    USBPHY1 = 0x020c9000, /* and USBPHY2 4 KiB above */
    USBPHY_STEP = 0x1000,
    CHRG_DETECT1 = 0x020c81b0, /* and the other 0x60 above */
    CHRG_STEP = 0x60,
    PWD = 0x00,
    CTRL = 0x30,
    SET = 0x04,
    CLEAR = 0x08
};
enum {
    PLL_EN_USB_CLKS = 1 << 6,
    PLL_POWER = 1 << 12,
    PLL_ENABLE = 1 << 13,
    PLL_BYPASS = 1 << 16,
    CHRG_CHK_CHRG_B = 1 << 19, /* both: no charger detection */
    CHRG_EN_B = 1 << 20,
    CTRL_DISCON_DETECT = 1 << 1,
    CTRL_UTMI_LEVEL2 = 1 << 14,
    CTRL_UTMI_LEVEL3 = 1 << 15
};
#define PLL_LOCK     (UINT32_C(1) << 31)
#define CTRL_SFTRST  (UINT32_C(1) << 31)
#define CTRL_CLKGATE (UINT32_C(1) << 30)

enum { LOCK_US = 10000 };

aw_err usbd_phy_init(uint32_t base, struct aw_diag *diag)
{
    uint32_t second = base == USB1 ? 0 : 1;
    uint32_t pll = PLL_USB1 + second * PLL_STEP;
    uint32_t phy = USBPHY1 + second * USBPHY_STEP;
    struct deadline d = deadline_us(LOCK_US);

    reg_set(CCGR6, CCGR6_USB);
    reg_wr(pll + SET, PLL_POWER | PLL_EN_USB_CLKS);
    while ((reg_rd(pll) & PLL_LOCK) == 0) {
        if (deadline_passed(&d) && (reg_rd(pll) & PLL_LOCK) == 0) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "usb: PLL", reg_rd(pll));
        }
    }
    reg_wr(pll + CLEAR, PLL_BYPASS);
    reg_wr(pll + SET, PLL_ENABLE);
    reg_wr(phy + CTRL + SET, CTRL_SFTRST);
    reg_wr(phy + CTRL + CLEAR, CTRL_SFTRST);
    reg_wr(phy + CTRL + CLEAR, CTRL_CLKGATE);
    reg_wr(phy + PWD, 0);
    reg_wr(phy + CTRL + SET,
           CTRL_UTMI_LEVEL2 | CTRL_UTMI_LEVEL3 | CTRL_DISCON_DETECT);
    reg_wr(CHRG_DETECT1 + second * CHRG_STEP + SET,
           CHRG_EN_B | CHRG_CHK_CHRG_B);
    return AW_OK;
}
