/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CP15_TABLE_H
#define TWIN_CP15_TABLE_H

#include "cpu/cp15.h"

/* What the table of registers is made of: cp15_regs.c has the registers,
 * cp15_ops.c the operations on caches and translations. */

#define TW_CP_GET(name) \
    uint32_t tw_cp15_get_##name(struct tw_cpu *c, const struct tw_cp15_row *row)
#define TW_CP_SET(name)                  \
    enum tw_cp15_end tw_cp15_set_##name( \
        struct tw_cpu *c, const struct tw_cp15_row *row, uint32_t value)

TW_CP_GET(zero);
TW_CP_GET(ccsidr);
TW_CP_GET(cpacr);
TW_CP_GET(isr);
TW_CP_GET(pmcr);
TW_CP_GET(pmccntr);
TW_CP_GET(timer_p_value);
TW_CP_GET(timer_p_control);
TW_CP_GET(timer_v_value);
TW_CP_GET(timer_v_control);

TW_CP_SET(ignore);
TW_CP_SET(sctlr);
TW_CP_SET(actlr);
TW_CP_SET(cpacr);
TW_CP_SET(scr);
TW_CP_SET(ttbcr);
TW_CP_SET(pmcr);
TW_CP_SET(pmcntenset);
TW_CP_SET(pmcntenclr);
TW_CP_SET(pmintenset);
TW_CP_SET(pmintenclr);
TW_CP_SET(pmccntr);
TW_CP_SET(timer_p_value);
TW_CP_SET(timer_p_control);
TW_CP_SET(timer_v_value);
TW_CP_SET(timer_v_control);

TW_CP_SET(barrier);
TW_CP_SET(isb);
TW_CP_SET(icache_all);
TW_CP_SET(icache_line);
TW_CP_SET(dcache_line);
TW_CP_SET(dcache_line_unified);
TW_CP_SET(dcache_set_way);
TW_CP_SET(translate);
TW_CP_SET(tlb);

#endif
