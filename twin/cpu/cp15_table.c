/* SPDX-License-Identifier: Apache-2.0 */
/* Every register and operation of CP15. Identification as on the i.MX6UL:
 * Cortex-A7 r0p5, 32 KiB + 32 KiB + 128 KiB of caches. */
#include "cpu/cp15_table.h"

#include <stddef.h>

#define NONE TW_CP_REGISTERS

enum {
    RW = TW_CP15_R | TW_CP15_W,
    RW0 = TW_CP15_R0 | TW_CP15_W0,
    RO = TW_CP15_R,
    WO = TW_CP15_W,
    WO0 = TW_CP15_W | TW_CP15_W0,
    SEC = TW_CP15_SECURE,
    SEC_W = TW_CP15_SECURE_W,
    TRANS = TW_CP15_TRANSLATION,
    PMU = RW | TW_CP15_PMU,
    TIMER_P = RW | TW_CP15_TIMER_P,
    TIMER_V = RW | TW_CP15_TIMER_V
};

#define EVERY 0xffffffffU
#define KEY(crn, op1, crm, op2) \
    (uint16_t)(TW_CP_KEY(crn##U, op1##U, crm##U, op2##U))
/* A constant, a register that is plain state, one with functions of its own,
 * an operation. */
#define ID(key, value)                                      \
    {                                                       \
        key, RO | TW_CP15_CONSTANT, NONE, value, NULL, NULL \
    }
#define REG(key, access, reg, mask)                \
    {                                              \
        key, access, TW_CP_##reg, mask, NULL, NULL \
    }
#define OWN(key, access, reg, mask, get, set)    \
    {                                            \
        key, access, TW_CP_##reg, mask, get, set \
    }
#define CALC(key, access, get, set)    \
    {                                  \
        key, access, NONE, 0, get, set \
    }
#define OP(key, access, set)                          \
    {                                                 \
        key, access, NONE, 0, NULL, tw_cp15_set_##set \
    }
#define GET(name) tw_cp15_get_##name
#define SET(name) tw_cp15_set_##name

const struct tw_cp15_row tw_cp15_rows[] = {
    /* Identification */
    ID(KEY(0, 0, 0, 0), 0x410fc075), /* MIDR */
    ID(KEY(0, 0, 0, 1), 0x84448003), /* CTR */
    ID(KEY(0, 0, 0, 2), 0),          /* TCMTR */
    ID(KEY(0, 0, 0, 3), 0),          /* TLBTR */
    ID(KEY(0, 0, 0, 4), 0x410fc075), /* alias of MIDR */
    ID(KEY(0, 0, 0, 5), 0x80000000), /* MPIDR */
    ID(KEY(0, 0, 0, 6), 0),          /* REVIDR */
    ID(KEY(0, 0, 0, 7), 0x410fc075), /* alias of MIDR */
    ID(KEY(0, 0, 1, 0), 0x00001131), /* ID_PFR0 */
    ID(KEY(0, 0, 1, 1), 0x00011011),
    ID(KEY(0, 0, 1, 2), 0x02010555), /* ID_DFR0 */
    ID(KEY(0, 0, 1, 3), 0),          /* ID_AFR0 */
    ID(KEY(0, 0, 1, 4), 0x10101105), /* ID_MMFR0 */
    ID(KEY(0, 0, 1, 5), 0x40000000), ID(KEY(0, 0, 1, 6), 0x01240000),
    ID(KEY(0, 0, 1, 7), 0x02102211),
    ID(KEY(0, 0, 2, 0), 0x02101110), /* ID_ISAR0 */
    ID(KEY(0, 0, 2, 1), 0x13112111), ID(KEY(0, 0, 2, 2), 0x21232041),
    ID(KEY(0, 0, 2, 3), 0x11112131), ID(KEY(0, 0, 2, 4), 0x10011142),
    ID(KEY(0, 0, 2, 5), 0), ID(KEY(0, 0, 2, 6), 0), ID(KEY(0, 0, 2, 7), 0),
    CALC(KEY(0, 1, 0, 0), RO, GET(ccsidr), NULL),
    ID(KEY(0, 1, 0, 1), 0x0a200023), /* CLIDR */
    ID(KEY(0, 1, 0, 7), 0),          /* AIDR */
    REG(KEY(0, 2, 0, 0), RW, CSSELR, 0xf),

    /* System control */
    OWN(KEY(1, 0, 0, 0), RW | TRANS, SCTLR, 0x72183c27, NULL, SET(sctlr)),
    OWN(KEY(1, 0, 0, 1), RW, ACTLR, EVERY, NULL, SET(actlr)),
    OWN(KEY(1, 0, 0, 2), RW, CPACR, 0xc0f00000, GET(cpacr), SET(cpacr)),
    OWN(KEY(1, 0, 1, 0), RW | SEC, SCR, 0x3ff, NULL, SET(scr)),
    REG(KEY(1, 0, 1, 1), RW | SEC, SDER, 3),
    REG(KEY(1, 0, 1, 2), RW | SEC_W, NSACR, 0x001fcc00),

    /* Translation */
    REG(KEY(2, 0, 0, 0), RW | TRANS, TTBR0, EVERY),
    REG(KEY(2, 0, 0, 1), RW | TRANS, TTBR1, EVERY),
    OWN(KEY(2, 0, 0, 2), RW | TRANS, TTBCR, 0x37, NULL, SET(ttbcr)),
    REG(KEY(3, 0, 0, 0), RW | TRANS, DACR, EVERY),
    REG(KEY(10, 0, 2, 0), RW | TRANS, PRRR, 0xff0fffff),
    REG(KEY(10, 0, 2, 1), RW | TRANS, NMRR, EVERY),
    CALC(KEY(10, 0, 3, 0), RW, GET(zero), SET(ignore)), /* AMAIR0 */
    CALC(KEY(10, 0, 3, 1), RW, GET(zero), SET(ignore)),
    CALC(KEY(13, 0, 0, 0), RW, GET(zero), SET(ignore)), /* FCSEIDR */
    REG(KEY(13, 0, 0, 1), RW | TRANS, CONTEXTIDR, EVERY),

    /* Faults */
    REG(KEY(5, 0, 0, 0), RW, DFSR, EVERY),
    REG(KEY(5, 0, 0, 1), RW, IFSR, EVERY),
    CALC(KEY(5, 0, 1, 0), RW, GET(zero), SET(ignore)), /* ADFSR */
    CALC(KEY(5, 0, 1, 1), RW, GET(zero), SET(ignore)), /* AIFSR */
    REG(KEY(6, 0, 0, 0), RW, DFAR, EVERY),
    REG(KEY(6, 0, 0, 2), RW, IFAR, EVERY),

    /* Caches, barriers, address translation */
    OP(KEY(7, 0, 0, 4), WO, ignore), /* was WFI before ARMv7 */
    OP(KEY(7, 0, 1, 0), WO, icache_all),
    OP(KEY(7, 0, 1, 6), WO, ignore), /* BPIALLIS */
    REG(KEY(7, 0, 4, 0), RW, PAR, EVERY), OP(KEY(7, 0, 5, 0), WO, icache_all),
    OP(KEY(7, 0, 5, 1), WO, icache_line), OP(KEY(7, 0, 5, 4), WO0, isb),
    OP(KEY(7, 0, 5, 6), WO, ignore), /* BPIALL */
    OP(KEY(7, 0, 5, 7), WO, ignore), /* BPIMVA */
    OP(KEY(7, 0, 6, 1), WO, dcache_line),
    OP(KEY(7, 0, 6, 2), WO, dcache_set_way), OP(KEY(7, 0, 8, 0), WO, translate),
    OP(KEY(7, 0, 8, 1), WO, translate), OP(KEY(7, 0, 8, 2), WO, translate),
    OP(KEY(7, 0, 8, 3), WO, translate),
    OP(KEY(7, 0, 8, 4), WO | SEC, translate),
    OP(KEY(7, 0, 8, 5), WO | SEC, translate),
    OP(KEY(7, 0, 8, 6), WO | SEC, translate),
    OP(KEY(7, 0, 8, 7), WO | SEC, translate),
    OP(KEY(7, 0, 10, 1), WO, dcache_line),
    OP(KEY(7, 0, 10, 2), WO, dcache_set_way),
    OP(KEY(7, 0, 10, 4), WO0, barrier), /* DSB */
    OP(KEY(7, 0, 10, 5), WO0, barrier), /* DMB */
    OP(KEY(7, 0, 11, 1), WO, dcache_line_unified),
    OP(KEY(7, 0, 13, 1), WO, ignore), /* was prefetch before ARMv7 */
    OP(KEY(7, 0, 14, 1), WO, dcache_line),
    OP(KEY(7, 0, 14, 2), WO, dcache_set_way),

    /* Translation caches */
    OP(KEY(8, 0, 3, 0), WO, tlb), OP(KEY(8, 0, 3, 1), WO, tlb),
    OP(KEY(8, 0, 3, 2), WO, tlb), OP(KEY(8, 0, 3, 3), WO, tlb),
    OP(KEY(8, 0, 5, 0), WO, tlb), OP(KEY(8, 0, 5, 1), WO, tlb),
    OP(KEY(8, 0, 5, 2), WO, tlb), OP(KEY(8, 0, 6, 0), WO, tlb),
    OP(KEY(8, 0, 6, 1), WO, tlb), OP(KEY(8, 0, 6, 2), WO, tlb),
    OP(KEY(8, 0, 7, 0), WO, tlb), OP(KEY(8, 0, 7, 1), WO, tlb),
    OP(KEY(8, 0, 7, 2), WO, tlb), OP(KEY(8, 0, 7, 3), WO, tlb),

    /* Performance monitor: the cycle counter only */
    CALC(KEY(9, 1, 0, 2), RW, GET(zero), SET(ignore)), /* L2CTLR */
    CALC(KEY(9, 1, 0, 3), RW, GET(zero), SET(ignore)), /* L2ECTLR */
    OWN(KEY(9, 0, 12, 0), PMU, PMCR, 0, GET(pmcr), SET(pmcr)),
    OWN(KEY(9, 0, 12, 1), PMU, PMCNTEN, 0, NULL, SET(pmcntenset)),
    OWN(KEY(9, 0, 12, 2), PMU, PMCNTEN, 0, NULL, SET(pmcntenclr)),
    CALC(KEY(9, 0, 12, 3), PMU, GET(zero), SET(ignore)), /* PMOVSR */
    CALC(KEY(9, 0, 12, 4), WO | TW_CP15_PMU, NULL, SET(ignore)),
    REG(KEY(9, 0, 12, 5), PMU, PMSELR, 0x1f),
    CALC(KEY(9, 0, 12, 6), RO | TW_CP15_PMU, GET(zero), NULL),
    CALC(KEY(9, 0, 12, 7), RO | TW_CP15_PMU, GET(zero), NULL),
    CALC(KEY(9, 0, 13, 0), PMU, GET(pmccntr), SET(pmccntr)),
    CALC(KEY(9, 0, 13, 1), PMU, GET(zero), SET(ignore)),
    CALC(KEY(9, 0, 13, 2), PMU, GET(zero), SET(ignore)),
    REG(KEY(9, 0, 14, 0), RW | TW_CP15_R0, PMUSERENR, 1),
    OWN(KEY(9, 0, 14, 1), RW, PMINTEN, 0, NULL, SET(pmintenset)),
    OWN(KEY(9, 0, 14, 2), RW, PMINTEN, 0, NULL, SET(pmintenclr)),

    /* Vectors, threads */
    REG(KEY(12, 0, 0, 0), RW, VBAR, 0xffffffe0),
    REG(KEY(12, 0, 0, 1), RW | SEC, MVBAR, 0xffffffe0),
    CALC(KEY(12, 0, 1, 0), RO, GET(isr), NULL),
    REG(KEY(13, 0, 0, 2), RW | RW0, TPIDRURW, EVERY),
    REG(KEY(13, 0, 0, 3), RW | TW_CP15_R0, TPIDRURO, EVERY),
    REG(KEY(13, 0, 0, 4), RW, TPIDRPRW, EVERY),

    /* Generic timer */
    REG(KEY(14, 0, 0, 0), RW | SEC_W | TW_CP15_TIMER_P | TW_CP15_TIMER_V,
        CNTFRQ, EVERY),
    REG(KEY(14, 0, 1, 0), RW, CNTKCTL, 0x3ff),
    CALC(KEY(14, 0, 2, 0), TIMER_P, GET(timer_p_value), SET(timer_p_value)),
    CALC(KEY(14, 0, 2, 1), TIMER_P, GET(timer_p_control), SET(timer_p_control)),
    CALC(KEY(14, 0, 3, 0), TIMER_V, GET(timer_v_value), SET(timer_v_value)),
    CALC(KEY(14, 0, 3, 1), TIMER_V, GET(timer_v_control), SET(timer_v_control)),

    ID(KEY(15, 4, 0, 0), 0x00a00000), /* CBAR: the GIC is here */
};

const unsigned tw_cp15_row_count =
    sizeof(tw_cp15_rows) / sizeof(tw_cp15_rows[0]);
