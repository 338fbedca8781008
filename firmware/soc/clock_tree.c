/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the peripheral clock is, as the registers say. IMX6ULLRM rev 1,
 * chapter 18. */
#include <stdbool.h>

#include "fw/clock.h"
#include "fw/reg.h"

enum {
    CBCDR = 0x020c4014,
    CBCMR = 0x020c4018,
    PLL_USB1 = 0x020c8010, /* PLL3: 480 MHz */
    PLL_SYS = 0x020c8030,  /* PLL2: 528 MHz, or 480 */
    PFD_528 = 0x020c8100
};
enum { BYPASS = 1 << 16, ENABLE = 1 << 13, PFD_GATE = 0x80, PFD_FRAC = 0x3f };
enum { OSCILLATOR = 24000000, FROM_PERIPH2 = 1 << 25 };

/* A field that says by how much less one is divided. */
static uint32_t divisor(uint32_t value, unsigned low, uint32_t mask)
{
    return (value >> low & mask) + 1;
}

static uint32_t pll_hz(uint32_t pll, bool fast)
{
    uint32_t value = reg_rd(pll);

    if ((value & BYPASS) != 0 || (value & ENABLE) == 0) {
        return OSCILLATOR;
    }
    return (uint32_t)OSCILLATOR * (fast ? 22 : 20);
}

static uint32_t pll2_hz(void)
{
    return pll_hz(PLL_SYS, (reg_rd(PLL_SYS) & 1) != 0);
}

/* PFD n of PLL2: times 18, by its fraction. */
static uint32_t pfd_hz(unsigned n)
{
    uint32_t field = reg_rd(PFD_528) >> (8 * n);
    uint32_t frac = field & PFD_FRAC;

    return (field & PFD_GATE) != 0 || frac == 0 ? 0 : pll2_hz() / frac * 18;
}

static uint32_t periph_hz(uint32_t cbcdr, uint32_t cbcmr)
{
    if ((cbcdr & FROM_PERIPH2) != 0) {
        uint32_t hz = (cbcmr >> 12 & 3) == 0 ? pll_hz(PLL_USB1, false)
                                             : (uint32_t)OSCILLATOR;

        return hz / divisor(cbcdr, 27, 7);
    }
    switch (cbcmr >> 18 & 3) {
    case 0:
        return pll2_hz();
    case 1:
        return pfd_hz(2);
    case 2:
        return pfd_hz(0);
    default:
        return pfd_hz(2) / 2;
    }
}

uint32_t clock_ipg_hz(void)
{
    uint32_t cbcdr = reg_rd(CBCDR);

    return periph_hz(cbcdr, reg_rd(CBCMR)) / divisor(cbcdr, 10, 7) /
           divisor(cbcdr, 8, 3);
}
