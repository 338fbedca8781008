/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/wdog.h"

#include "fw/reg.h"

/* IMX6ULLRM rev 1, chapter 59. Registers of 16 bits. */
enum { WDOG1 = 0x020bc000, WDOG2 = 0x020c0000, WDOG3 = 0x021e4000 };
enum { WCR = 0x00, WSR = 0x02, WMCR = 0x08 };
enum {
    WCR_WDE = 1 << 2,
    WCR_SRS = 1 << 4, /* 0 resets */
    WCR_WDA = 1 << 5, /* 0 asserts the pin */
    WMCR_PDE = 1 << 0
};

void wdog_init(void)
{
    static const uint32_t bases[] = {WDOG1, WDOG2, WDOG3};

    for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        uint16_t wmcr = reg_rd16(bases[i] + WMCR);

        reg_wr16(bases[i] + WMCR, wmcr & (uint16_t)~WMCR_PDE);
    }
}

/* One write: WDE and more can be written once only. */
void wdog_start(uint32_t half_seconds)
{
    reg_wr16(WDOG1 + WCR,
             (uint16_t)((half_seconds - 1) << 8 | WCR_WDA | WCR_SRS | WCR_WDE));
    wdog_service();
}

void wdog_service(void)
{
    reg_wr16(WDOG1 + WSR, 0x5555);
    reg_wr16(WDOG1 + WSR, 0xaaaa);
}

/* Erratum ERR004346: the write is repeated. WDA goes low, too: emulators want
 * both. */
void wdog_reset(void)
{
    for (;;) {
        reg_wr16(WDOG1 + WCR, WCR_WDE);
    }
}
