/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/gic.h"

#include "fw/reg.h"

/* GICv2, ARM IHI 0048; bases from IMX6ULLRM rev 1, chapter 2. */
enum { DISTRIBUTOR = 0x00a01000, INTERFACE = 0x00a02000 };
enum {
    GICD_CTLR = DISTRIBUTOR + 0x000,
    GICD_IGROUPR = DISTRIBUTOR + 0x080,
    GICD_ISENABLER = DISTRIBUTOR + 0x100,
    GICD_ICENABLER = DISTRIBUTOR + 0x180,
    GICD_ICPENDR = DISTRIBUTOR + 0x280,
    GICD_IPRIORITYR = DISTRIBUTOR + 0x400,
    GICD_ITARGETSR = DISTRIBUTOR + 0x800,
    GICC_CTLR = INTERFACE + 0x000,
    GICC_PMR = INTERFACE + 0x004,
    GICC_IAR = INTERFACE + 0x00c,
    GICC_EOIR = INTERFACE + 0x010
};
enum {
    ENABLE_GROUP0 = 1,
    ENABLE_GROUP1 = 2,
    FIQ = 8,
    ALL = 0xff,
    ID_MASK = 0x3ff,
    FIRST_SHARED = 32
};

void gic_init(void)
{
    reg_wr(GICC_CTLR, 0);
    reg_wr(GICD_CTLR, 0);
    for (uint32_t line = 0; line < GIC_LINES; line += 32) {
        reg_wr(GICD_ICENABLER + line / 8, UINT32_MAX);
        reg_wr(GICD_ICPENDR + line / 8, UINT32_MAX);
        reg_wr(GICD_IGROUPR + line / 8, 0);
    }
    for (uint32_t line = 0; line < GIC_LINES; line += 4) {
        reg_wr(GICD_IPRIORITYR + line, 0);
    }
    /* The first lines are the core's own and cannot be aimed. */
    for (uint32_t line = FIRST_SHARED; line < GIC_LINES; line += 4) {
        reg_wr(GICD_ITARGETSR + line, 0x01010101);
    }
    reg_wr(GICC_PMR, ALL);
    reg_wr(GICC_CTLR, ENABLE_GROUP0);
    reg_wr(GICD_CTLR, ENABLE_GROUP0);
}

void gic_enable(uint32_t line)
{
    reg_wr(GICD_ISENABLER + line / 32 * 4, UINT32_C(1) << (line % 32));
}

void gic_disable(uint32_t line)
{
    reg_wr(GICD_ICENABLER + line / 32 * 4, UINT32_C(1) << (line % 32));
}

uint32_t gic_take(void)
{
    uint32_t line = reg_rd(GICC_IAR) & ID_MASK;

    return line < GIC_SPURIOUS ? line : GIC_SPURIOUS;
}

void gic_end(uint32_t line)
{
    reg_wr(GICC_EOIR, line);
}

void gic_secure_fiq(void)
{
    reg_wr(GICC_CTLR, ENABLE_GROUP0 | ENABLE_GROUP1 | FIQ);
    reg_wr(GICD_CTLR, ENABLE_GROUP0 | ENABLE_GROUP1);
}
