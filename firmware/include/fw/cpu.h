/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CPU_H
#define FW_CPU_H

#include <stdint.h>

/* Barriers and instructions that C has no word for. Architecture: ARM DDI
 * 0406, Cortex-A7. */

static inline void cpu_dsb(void)
{
    __asm__ volatile("dsb" ::: "memory");
}

static inline void cpu_isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

/** Sleeps until an interrupt is pending, masked or not. */
static inline void cpu_wfi(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

static inline void cpu_irq_on(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

static inline void cpu_irq_off(void)
{
    __asm__ volatile("cpsid if" ::: "memory");
}

#endif
