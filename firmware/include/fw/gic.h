/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_GIC_H
#define FW_GIC_H

#include <stdint.h>

/* Interrupt numbers: 32 + number of the shared peripheral interrupt. */
enum {
    GIC_USB2 = 32 + 42,
    GIC_USB1 = 32 + 43,
    GIC_USDHC1 = 32 + 22,
    GIC_USDHC2 = 32 + 23,
    GIC_GPT1 = 32 + 55,
    GIC_WDOG1 = 32 + 80,
    GIC_WDOG2 = 32 + 81,
    GIC_ENET1 = 32 + 118,
    GIC_ENET2 = 32 + 120,
    GIC_LINES = 160,
    GIC_SPURIOUS = 1020 /* and above */
};

/** All lines off, secure, delivered as IRQ. */
void gic_init(void);

/** From now on secure lines come as FIQ, which neither user mode nor the normal
 *  world can mask, and the normal world's as IRQ. */
void gic_secure_fiq(void);

void gic_enable(uint32_t line);
void gic_disable(uint32_t line);

/** Number of the interrupt to serve, or GIC_SPURIOUS; end it with gic_end. */
uint32_t gic_take(void);
void gic_end(uint32_t line);

#endif
