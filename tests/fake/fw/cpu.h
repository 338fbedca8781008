/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

/* Barriers mean nothing on the host. */
static inline void cpu_dsb(void)
{
}

static inline void cpu_isb(void)
{
}

static inline void cpu_wfi(void)
{
}

static inline void cpu_irq_on(void)
{
}

static inline void cpu_irq_off(void)
{
}

#endif
