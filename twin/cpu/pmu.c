/* SPDX-License-Identifier: Apache-2.0 */
/* Performance monitor: its cycle counter, at one cycle an instruction. The
 * event counters read 0. Source: ARM DDI 0406C C12.8. */
#include "cpu/processor.h"

enum { PMCR_E = 1, PMCR_C = 4, PMCR_D = 8, PMCR_X = 16, PMCR_DP = 32 };

#define CYCLE_COUNTER 0x80000000U

static bool running(const struct tw_cpu *c)
{
    return (c->cp[TW_CP_PMCR][0] & PMCR_E) != 0 &&
           (c->cp[TW_CP_PMCNTEN][0] & CYCLE_COUNTER) != 0;
}

static uint64_t ticks(const struct tw_cpu *c)
{
    return c->cycles + (running(c) ? c->clock->now - c->cycles_since : 0);
}

static unsigned shift(const struct tw_cpu *c)
{
    return (c->cp[TW_CP_PMCR][0] & PMCR_D) != 0 ? 6 : 0;
}

/* The counter stands still between this and a change of its controls. */
static void hold(struct tw_cpu *c)
{
    c->cycles = ticks(c);
    c->cycles_since = c->clock->now;
}

uint32_t tw_pmu_cycles(const struct tw_cpu *c)
{
    return (uint32_t)(ticks(c) >> shift(c));
}

void tw_pmu_cycles_write(struct tw_cpu *c, uint32_t value)
{
    c->cycles = (uint64_t)value << shift(c);
    c->cycles_since = c->clock->now;
}

void tw_pmu_control_write(struct tw_cpu *c, uint32_t value)
{
    hold(c);
    c->cp[TW_CP_PMCR][0] = value & (PMCR_E | PMCR_D | PMCR_X | PMCR_DP);
    if ((value & PMCR_C) != 0) {
        c->cycles = 0;
    }
}

void tw_pmu_enable_write(struct tw_cpu *c, uint32_t value)
{
    hold(c);
    c->cp[TW_CP_PMCNTEN][0] = value;
}
