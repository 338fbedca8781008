/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CP15_H
#define TWIN_CP15_H

#include <stdbool.h>
#include <stdint.h>

/*
 * System control coprocessor. Source: ARM DDI 0406C B3.17 and B4, ARM DDI
 * 0464 (Cortex-A7 MPCore) chapter 4.
 */
struct tw_cpu;
struct tw_insn;

/* Registers with state. The first ones exist twice, secure and non-secure;
 * of the others only the first copy is used. */
enum tw_cp {
    TW_CP_SCTLR,
    TW_CP_TTBR0,
    TW_CP_TTBR1,
    TW_CP_TTBCR,
    TW_CP_DACR,
    TW_CP_DFSR,
    TW_CP_IFSR,
    TW_CP_DFAR,
    TW_CP_IFAR,
    TW_CP_PAR,
    TW_CP_PRRR,
    TW_CP_NMRR,
    TW_CP_VBAR,
    TW_CP_CONTEXTIDR,
    TW_CP_TPIDRURW,
    TW_CP_TPIDRURO,
    TW_CP_TPIDRPRW,
    TW_CP_CSSELR,
    TW_CP_BANKED, /* how many those are */
    TW_CP_ACTLR = TW_CP_BANKED,
    TW_CP_CPACR,
    TW_CP_SCR,
    TW_CP_SDER,
    TW_CP_NSACR,
    TW_CP_MVBAR,
    TW_CP_CNTFRQ,
    TW_CP_CNTKCTL,
    TW_CP_PMCR,
    TW_CP_PMCNTEN,
    TW_CP_PMINTEN,
    TW_CP_PMUSERENR,
    TW_CP_PMSELR,
    TW_CP_REGISTERS
};

/* SCTLR */
#define TW_SCTLR_M    0x00000001U
#define TW_SCTLR_A    0x00000002U
#define TW_SCTLR_C    0x00000004U
#define TW_SCTLR_SW   0x00000400U
#define TW_SCTLR_I    0x00001000U
#define TW_SCTLR_V    0x00002000U
#define TW_SCTLR_WXN  0x00080000U
#define TW_SCTLR_UWXN 0x00100000U
#define TW_SCTLR_EE   0x02000000U
#define TW_SCTLR_TRE  0x10000000U
#define TW_SCTLR_AFE  0x20000000U
#define TW_SCTLR_TE   0x40000000U
/* SCR */
#define TW_SCR_NS  0x001U
#define TW_SCR_IRQ 0x002U
#define TW_SCR_FIQ 0x004U
#define TW_SCR_EA  0x008U
#define TW_SCR_FW  0x010U
#define TW_SCR_AW  0x020U
#define TW_SCR_SCD 0x080U
#define TW_SCR_HCE 0x100U
#define TW_SCR_SIF 0x200U
/* ACTLR */
#define TW_ACTLR_SMP 0x40U
/* TTBCR */
#define TW_TTBCR_PD0 0x10U
#define TW_TTBCR_PD1 0x20U
#define TW_TTBCR_EAE 0x80000000U

/** Values after reset; those that the manual leaves open are zero. */
void tw_cp15_reset(struct tw_cpu *c);

/* Number of a 32-bit register as decoded: CRn, op1, CRm, op2. */
#define TW_CP_KEY(crn, op1, crm, op2) \
    ((crn) << 10U | (op1) << 7U | (crm) << 3U | (op2))

/* What a write, or an operation that is written like one, comes to. */
enum tw_cp15_end {
    TW_CP15_GO,        /* on with the next instruction */
    TW_CP15_LEAVE,     /* after looking around: translation or masks changed */
    TW_CP15_ABORT,     /* data abort by c->fault */
    TW_CP15_UNDEFINED, /* not here and now */
    TW_CP15_STOP       /* the processor stopped */
};

/* A register as instructions see it. */
struct tw_cp15_row {
    uint16_t key;
    uint16_t access; /* TW_CP15_* below */
    enum tw_cp reg;
    uint32_t mask; /* bits that a write changes; of a constant its value */
    /* NULL: as reg says. */
    uint32_t (*get)(struct tw_cpu *c, const struct tw_cp15_row *row);
    enum tw_cp15_end (*set)(struct tw_cpu *c, const struct tw_cp15_row *row,
                            uint32_t value);
};

enum {
    TW_CP15_R = 1,       /* PL1 may read */
    TW_CP15_W = 2,       /* PL1 may write */
    TW_CP15_R0 = 4,      /* PL0 may read */
    TW_CP15_W0 = 8,      /* PL0 may write */
    TW_CP15_SECURE = 16, /* only in secure state */
    TW_CP15_SECURE_W = 32,
    TW_CP15_CONSTANT = 64,
    TW_CP15_TRANSLATION = 128, /* a write empties the translation cache */
    /* PL0 may if PMUSERENR says so; or by the bits of CNTKCTL for the
     * physical and virtual timer. */
    TW_CP15_PMU = 256,
    TW_CP15_TIMER_P = 512,
    TW_CP15_TIMER_V = 1024
};

extern const struct tw_cp15_row tw_cp15_rows[]; /* cp15_table.c */
extern const unsigned tw_cp15_row_count;

/** Number of the row of a key; negative: there is none, the access is
 * undefined. */
int tw_cp15_find(uint32_t key);

/** Index of the banked copy that instructions reach. */
unsigned tw_cp15_bank(const struct tw_cpu *c, enum tw_cp reg);

/** Reads or writes r[i->d] by row i->imm; the end of an operation. */
const struct tw_insn *tw_cp15_read(struct tw_cpu *c, const struct tw_insn *i);
const struct tw_insn *tw_cp15_write(struct tw_cpu *c, const struct tw_insn *i);

/** MRRC and MCRR: i->imm is op1 << 4 | CRm. */
const struct tw_insn *tw_cp15_read64(struct tw_cpu *c, const struct tw_insn *i);
const struct tw_insn *tw_cp15_write64(struct tw_cpu *c,
                                      const struct tw_insn *i);

#endif
