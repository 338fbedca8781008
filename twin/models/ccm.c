/* SPDX-License-Identifier: Apache-2.0 */
#include "models/ccm.h"

#include <string.h>

enum {
    CCM_CCR = 0x00,
    CCM_CSR = 0x08,
    CCM_CCSR = 0x0c,
    CCM_CACRR = 0x10,
    CCM_CBCDR = 0x14,
    CCM_CBCMR = 0x18,
    CCM_CSCMR1 = 0x1c,
    CCM_CSCMR2 = 0x20,
    CCM_CSCDR1 = 0x24,
    CCM_CS1CDR = 0x28,
    CCM_CS2CDR = 0x2c,
    CCM_CDCDR = 0x30,
    CCM_CHSCCDR = 0x34,
    CCM_CSCDR2 = 0x38,
    CCM_CSCDR3 = 0x3c,
    CCM_CDHIPR = 0x48,
    CCM_CLPCR = 0x54,
    CCM_CISR = 0x58,
    CCM_CIMR = 0x5c,
    CCM_CCOSR = 0x60,
    CCM_CGPR = 0x64,
    CCM_CCGR0 = 0x68,
    CCM_CMEOR = 0x88
};

enum { OSCILLATOR_HZ = 24000000, PLL3_80M_HZ = 80000000 };

/* Busy and handshake bits never show: dividers change at once. */
static const struct tw_reg rows[] = {
    {.name = "CCR", .offset = CCM_CCR, .reset = 0x0401167f, .write = TW_ALL},
    {.name = "CSR", .offset = CCM_CSR, .reset = 0x00000010},
    {.name = "CCSR", .offset = CCM_CCSR, .reset = 0x00000100, .write = TW_ALL},
    {.name = "CACRR", .offset = CCM_CACRR, .write = 0x7},
    {.name = "CBCDR",
     .offset = CCM_CBCDR,
     .reset = 0x00018d00,
     .write = TW_ALL},
    {.name = "CBCMR",
     .offset = CCM_CBCMR,
     .reset = 0x24860324,
     .write = TW_ALL},
    {.name = "CSCMR1",
     .offset = CCM_CSCMR1,
     .reset = 0x04900080,
     .write = TW_ALL},
    {.name = "CSCMR2",
     .offset = CCM_CSCMR2,
     .reset = 0x03192f06,
     .write = TW_ALL},
    {.name = "CSCDR1",
     .offset = CCM_CSCDR1,
     .reset = 0x00490b00,
     .write = TW_ALL},
    {.name = "CS1CDR",
     .offset = CCM_CS1CDR,
     .reset = 0x0ec102c1,
     .write = TW_ALL},
    {.name = "CS2CDR",
     .offset = CCM_CS2CDR,
     .reset = 0x000336c1,
     .write = TW_ALL},
    {.name = "CDCDR",
     .offset = CCM_CDCDR,
     .reset = 0x33f71f92,
     .write = TW_ALL},
    {.name = "CHSCCDR",
     .offset = CCM_CHSCCDR,
     .reset = 0x0002a4a0,
     .write = TW_ALL},
    {.name = "CSCDR2",
     .offset = CCM_CSCDR2,
     .reset = 0x00014841,
     .write = TW_ALL},
    {.name = "CSCDR3",
     .offset = CCM_CSCDR3,
     .reset = 0x00014841,
     .write = TW_ALL},
    {.name = "CDHIPR", .offset = CCM_CDHIPR},
    {.name = "CLPCR", .offset = CCM_CLPCR, .reset = 0x79, .write = TW_ALL},
    {.name = "CISR", .offset = CCM_CISR, .clear = TW_ALL},
    {.name = "CIMR", .offset = CCM_CIMR, .reset = TW_ALL, .write = TW_ALL},
    {.name = "CCOSR", .offset = CCM_CCOSR, .reset = 0xa0001, .write = TW_ALL},
    {.name = "CGPR", .offset = CCM_CGPR, .reset = 0xfe62, .write = TW_ALL},
    {.name = "CCGR",
     .offset = CCM_CCGR0,
     .count = 7,
     .reset = TW_ALL,
     .write = TW_ALL},
    {.name = "CMEOR", .offset = CCM_CMEOR, .reset = TW_ALL, .write = TW_ALL},
};

/* Blocks with a gate. The peripheral bus gives each 16 KiB. */
static const struct gated {
    uint32_t base;
    uint8_t ccgr;
    uint8_t gate;
    const char *name;
} gated[] = {
    {0x02020000, 5, 12, "UART1"}, {0x02098000, 1, 10, "GPT1"},
    {0x0209c000, 1, 13, "GPIO1"}, {0x020a0000, 0, 15, "GPIO2"},
    {0x020a4000, 2, 13, "GPIO3"}, {0x020a8000, 3, 6, "GPIO4"},
    {0x020ac000, 1, 15, "GPIO5"}, {0x020b4000, 0, 6, "ENET2"},
    {0x020bc000, 3, 8, "WDOG1"},  {0x020c0000, 5, 5, "WDOG2"},
    {0x020cc000, 5, 9, "SNVS"},   {0x020d0000, 1, 6, "EPIT1"},
    {0x020d4000, 1, 7, "EPIT2"},  {0x020e8000, 0, 12, "GPT2"},
    {0x02140000, 0, 5, "CAAM"},   {0x02144000, 0, 5, "CAAM"},
    {0x02184000, 6, 0, "USB"},    {0x02188000, 0, 6, "ENET1"},
    {0x02190000, 6, 1, "USDHC1"}, {0x02194000, 6, 2, "USDHC2"},
    {0x021a0000, 2, 3, "I2C1"},   {0x021a4000, 2, 5, "I2C2"},
    {0x021bc000, 2, 6, "OCOTP"},  {0x021c0000, 1, 14, "CSU"},
    {0x021e4000, 6, 10, "WDOG3"}, {0x021e8000, 0, 14, "UART2"},
    {0x02280000, 0, 5, "DCP"},
};

enum { N_GATED = sizeof(gated) / sizeof(gated[0]) };

static bool guard_allows(void *ctx, const struct tw_access *how)
{
    const struct tw_ccm *ccm = ctx;
    uint8_t found = ccm->slots[tw_aips_slot(how->address)];

    if (found == 0) {
        return true;
    }
    const struct gated *row = &gated[found - 1];

    if (tw_ccm_gate(ccm, row->ccgr, row->gate)) {
        return true;
    }
    tw_report(ccm->regs.report, TW_REPORT_MISUSE,
              "%s: access to 0x%08x with its clock off (CCGR%u gate %u)",
              row->name, (unsigned)how->address, row->ccgr, row->gate);
    return false;
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_ccm *ccm = ctx;

    (void)written;
    if (before != tw_regs_get(&ccm->regs, offset) && offset < CCM_CCGR0 &&
        ccm->changed != NULL) {
        ccm->changed(ccm->changed_ctx);
    }
}

static const struct tw_regs_map map = {.name = "CCM",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_CCM_SIZE,
                                       .wrote = wrote};

void tw_ccm_init(struct tw_ccm *ccm, struct tw_bus *bus,
                 const struct tw_ccm_analog *analog)
{
    const struct tw_guard guard = {.allows = guard_allows,
                                   .ctx = ccm,
                                   .first = TW_AIPS_FIRST,
                                   .last = TW_AIPS_LAST};

    memset(ccm->slots, 0, sizeof(ccm->slots));
    for (unsigned i = 0; i < N_GATED; i++) {
        ccm->slots[tw_aips_slot(gated[i].base)] = (uint8_t)(i + 1);
    }
    ccm->analog = analog;
    tw_regs_init(&ccm->regs, &map, ccm, bus, TW_CCM_BASE);
    tw_bus_add_guard(bus, &guard);
}

bool tw_ccm_gate(const struct tw_ccm *ccm, unsigned ccgr, unsigned gate)
{
    /* 1 and 3: on in run mode. */
    return (tw_regs_get(&ccm->regs, CCM_CCGR0 + 4 * ccgr) >> (2 * gate) & 1) !=
           0;
}

/* A field of a register, plus one: what its clock is divided by. */
static uint32_t divider(const struct tw_ccm *ccm, uint32_t offset, unsigned low,
                        uint32_t mask)
{
    return (tw_regs_get(&ccm->regs, offset) >> low & mask) + 1;
}

static bool flag(const struct tw_ccm *ccm, uint32_t offset, unsigned bit)
{
    return (tw_regs_get(&ccm->regs, offset) >> bit & 1) != 0;
}

/* PERIPH_CLK, of which AHB and IPG are made. */
static uint64_t periph_hz(const struct tw_ccm *ccm)
{
    static const enum tw_pll pre[4] = {TW_PLL_SYS, TW_PFD_528_2, TW_PFD_528_0,
                                       TW_PFD_528_2};

    if (flag(ccm, CCM_CBCDR, 25)) {
        /* PERIPH_CLK2: PLL3, the oscillator, or PLL2 before its bypass. */
        uint32_t sel = tw_regs_get(&ccm->regs, CCM_CBCMR) >> 12 & 3;
        uint64_t hz = sel == 0 ? tw_ccm_analog_hz(ccm->analog, TW_PLL_USB1)
                               : OSCILLATOR_HZ;

        return hz / divider(ccm, CCM_CBCDR, 27, 7);
    }
    uint32_t sel = tw_regs_get(&ccm->regs, CCM_CBCMR) >> 18 & 3;
    uint64_t hz = tw_ccm_analog_hz(ccm->analog, pre[sel]);

    return sel == 3 ? hz / 2 : hz;
}

static uint64_t usdhc_hz(const struct tw_ccm *ccm, unsigned select,
                         unsigned podf)
{
    enum tw_pll pll =
        flag(ccm, CCM_CSCMR1, select) ? TW_PFD_528_0 : TW_PFD_528_2;

    return tw_ccm_analog_hz(ccm->analog, pll) /
           divider(ccm, CCM_CSCDR1, podf, 7);
}

uint64_t tw_ccm_hz(const struct tw_ccm *ccm, enum tw_clock_root root)
{
    uint64_t ahb = periph_hz(ccm) / divider(ccm, CCM_CBCDR, 10, 7);
    uint64_t ipg = ahb / divider(ccm, CCM_CBCDR, 8, 3);

    switch (root) {
    case TW_ROOT_ARM:
        return tw_ccm_analog_hz(ccm->analog, TW_PLL_ARM) /
               divider(ccm, CCM_CACRR, 0, 7);
    case TW_ROOT_AHB:
        return ahb;
    case TW_ROOT_IPG:
        return ipg;
    case TW_ROOT_PERCLK:
        return (flag(ccm, CCM_CSCMR1, 6) ? OSCILLATOR_HZ : ipg) /
               divider(ccm, CCM_CSCMR1, 0, 0x3f);
    case TW_ROOT_UART:
        return (flag(ccm, CCM_CSCDR1, 6)
                    ? (uint64_t)OSCILLATOR_HZ
                    : tw_ccm_analog_hz(ccm->analog, TW_PLL_USB1) /
                          (480000000 / PLL3_80M_HZ)) /
               divider(ccm, CCM_CSCDR1, 0, 0x3f);
    case TW_ROOT_USDHC1:
        return usdhc_hz(ccm, 16, 11);
    default:
        return usdhc_hz(ccm, 17, 16);
    }
}

struct tw_device tw_ccm_device(struct tw_ccm *ccm)
{
    return tw_regs_device(&ccm->regs);
}
