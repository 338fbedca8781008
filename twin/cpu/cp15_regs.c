/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of CP15 that are more than a word. */
#include "cpu/code.h"
#include "cpu/cp15_table.h"

/* Callbacks have fixed shapes: not every one needs all it is given. */
#define UNUSED(name) ((void)(name))

TW_CP_GET(zero)
{
    UNUSED(c);
    UNUSED(row);
    return 0;
}

TW_CP_SET(ignore)
{
    UNUSED(c);
    UNUSED(row);
    UNUSED(value);
    return TW_CP15_GO;
}

/* L1 data: 128 sets of 4 lines of 64 bytes; L1 instruction: 512 sets of 2
 * lines of 32; L2: 256 sets of 8 lines of 64. */
TW_CP_GET(ccsidr)
{
    UNUSED(row);
    switch (c->cp[TW_CP_CSSELR][tw_cp15_bank(c, TW_CP_CSSELR)]) {
    case 0:
        return 0x700fe01a;
    case 1:
        return 0x203fe009;
    case 2:
        return 0x701fe03a;
    default:
        return 0;
    }
}

TW_CP_SET(sctlr)
{
    uint32_t *sctlr = &c->cp[TW_CP_SCTLR][tw_cp15_bank(c, row->reg)];
    uint32_t old = *sctlr;

    if ((value & TW_SCTLR_EE) != 0) {
        return TW_CP15_STOP; /* big-endian exceptions */
    }
    *sctlr = (old & ~row->mask) | (value & row->mask);
    if ((~old & value & TW_SCTLR_C) != 0 &&
        (c->cp[TW_CP_ACTLR][0] & TW_ACTLR_SMP) == 0) {
        tw_report(c->report, TW_REPORT_MISUSE,
                  "data cache enabled with ACTLR.SMP clear");
    }
    if ((~old & value & TW_SCTLR_I) != 0) {
        tw_code_drop_all(c); /* what ran uncached was not kept */
    }
    return TW_CP15_GO;
}

TW_CP_SET(actlr)
{
    enum { NS_SMP = 1 << 18 };

    UNUSED(row);
    if (tw_secure(c)) {
        c->cp[TW_CP_ACTLR][0] = value;
    } else if ((c->cp[TW_CP_NSACR][0] & NS_SMP) != 0) {
        c->cp[TW_CP_ACTLR][0] =
            (c->cp[TW_CP_ACTLR][0] & ~TW_ACTLR_SMP) | (value & TW_ACTLR_SMP);
    }
    return TW_CP15_GO;
}

/* Bits that NSACR keeps from the non-secure world. */
static uint32_t cpacr_hidden(const struct tw_cpu *c)
{
    bool open = (c->cp[TW_CP_NSACR][0] & 0xc00U) == 0xc00U;

    return tw_secure(c) || open ? 0 : 0x00f00000U;
}

TW_CP_GET(cpacr)
{
    UNUSED(row);
    return c->cp[TW_CP_CPACR][0] & ~cpacr_hidden(c);
}

TW_CP_SET(cpacr)
{
    uint32_t mask = row->mask & ~cpacr_hidden(c);

    c->cp[TW_CP_CPACR][0] = (c->cp[TW_CP_CPACR][0] & ~mask) | (value & mask);
    return TW_CP15_GO;
}

TW_CP_SET(scr)
{
    c->cp[TW_CP_SCR][0] = value & row->mask;
    tw_context_update(c);
    return TW_CP15_LEAVE;
}

TW_CP_SET(ttbcr)
{
    if ((value & TW_TTBCR_EAE) != 0) {
        return TW_CP15_STOP; /* long descriptors */
    }
    c->cp[TW_CP_TTBCR][tw_cp15_bank(c, row->reg)] = value & row->mask;
    return TW_CP15_GO;
}

TW_CP_GET(isr)
{
    UNUSED(row);
    return (c->irq ? TW_PSR_I : 0) | (c->fiq ? TW_PSR_F : 0);
}

/* Implementer, code and four event counters beside the state. */
TW_CP_GET(pmcr)
{
    return 0x41072000U | c->cp[row->reg][0];
}

TW_CP_SET(pmcr)
{
    UNUSED(row);
    tw_pmu_control_write(c, value);
    return TW_CP15_GO;
}

TW_CP_SET(pmcntenset)
{
    tw_pmu_enable_write(c, c->cp[row->reg][0] | (value & 0x8000000fU));
    return TW_CP15_GO;
}

TW_CP_SET(pmcntenclr)
{
    tw_pmu_enable_write(c, c->cp[row->reg][0] & ~value);
    return TW_CP15_GO;
}

TW_CP_SET(pmintenset)
{
    c->cp[row->reg][0] |= value & 0x8000000fU;
    return TW_CP15_GO;
}

TW_CP_SET(pmintenclr)
{
    c->cp[row->reg][0] &= ~value;
    return TW_CP15_GO;
}

TW_CP_GET(pmccntr)
{
    UNUSED(row);
    return tw_pmu_cycles(c);
}

TW_CP_SET(pmccntr)
{
    UNUSED(row);
    tw_pmu_cycles_write(c, value);
    return TW_CP15_GO;
}

static enum tw_timer_id physical(const struct tw_cpu *c)
{
    return (c->cp[TW_CP_SCR][0] & TW_SCR_NS) != 0 ? TW_TIMER_NONSECURE
                                                  : TW_TIMER_SECURE;
}

/* A timer value is what is left until the compare value, signed. */
static void set_value(struct tw_cpu *c, enum tw_timer_id id, uint32_t value)
{
    uint64_t left = value | ((value >> 31) != 0 ? ~(uint64_t)UINT32_MAX : 0);

    tw_timer_compare_write(c, id, tw_timer_count(c) + left);
}

TW_CP_GET(timer_p_value)
{
    UNUSED(row);
    return tw_timer_value(c, physical(c));
}

TW_CP_SET(timer_p_value)
{
    UNUSED(row);
    set_value(c, physical(c), value);
    return TW_CP15_LEAVE;
}

TW_CP_GET(timer_p_control)
{
    UNUSED(row);
    return tw_timer_control(c, physical(c));
}

TW_CP_SET(timer_p_control)
{
    UNUSED(row);
    tw_timer_control_write(c, physical(c), value);
    return TW_CP15_LEAVE;
}

TW_CP_GET(timer_v_value)
{
    UNUSED(row);
    return tw_timer_value(c, TW_TIMER_VIRTUAL);
}

TW_CP_SET(timer_v_value)
{
    UNUSED(row);
    set_value(c, TW_TIMER_VIRTUAL, value);
    return TW_CP15_LEAVE;
}

TW_CP_GET(timer_v_control)
{
    UNUSED(row);
    return tw_timer_control(c, TW_TIMER_VIRTUAL);
}

TW_CP_SET(timer_v_control)
{
    UNUSED(row);
    tw_timer_control_write(c, TW_TIMER_VIRTUAL, value);
    return TW_CP15_LEAVE;
}
