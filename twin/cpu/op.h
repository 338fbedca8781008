/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_OP_H
#define TWIN_OP_H

#include "cpu/code.h"

/*
 * Operations. A decoder looks at i->word and sets i->run, the registers and
 * what else the operation needs. The operation is carried out only when its
 * condition holds.
 */

#define TW_RUN(name) \
    const struct tw_insn *name(struct tw_cpu *c, const struct tw_insn *i)

typedef const struct tw_insn *(*tw_run)(struct tw_cpu *c,
                                        const struct tw_insn *i);

static inline uint32_t tw_bits(uint32_t word, unsigned high, unsigned low)
{
    return word >> low & ((2U << (high - low)) - 1);
}

static inline bool tw_bit(uint32_t word, unsigned n)
{
    return (word >> n & 1) != 0;
}

static inline uint32_t tw_ror(uint32_t value, unsigned n)
{
    return value >> (n & 31) | value << (-n & 31);
}

/* Why a form is unpredictable. */
enum tw_bad {
    TW_BAD_PC,    /* r15 where it may not be */
    TW_BAD_SAME,  /* registers that must differ do not */
    TW_BAD_FIELD, /* bits that should be zero or one are not */
    TW_BAD_BASE,  /* the base is written back and loaded or stored, too */
    TW_BAD_LIST,  /* empty or ill-formed register list */
    TW_BAD_ODD,   /* first register of a pair is odd, or the second r15 */
    TW_BAD_COND,  /* must be unconditional */
    TW_BAD_BITS,  /* bit field that ends before it starts */
};

/** The operation stops the processor with that reason. */
void tw_decode_bad(struct tw_insn *i, enum tw_bad why);
/** The operation takes the Undefined Instruction exception. */
void tw_decode_undefined(struct tw_insn *i);

void tw_decode_branch(struct tw_insn *i);
void tw_decode_branch_register(struct tw_insn *i);
void tw_decode_call(struct tw_insn *i); /* BLX with immediate */
void tw_decode_data(struct tw_insn *i);
void tw_decode_exclusive(struct tw_insn *i);
void tw_decode_halfword_multiply(struct tw_insn *i);
void tw_decode_hint(struct tw_insn *i);
void tw_decode_load(struct tw_insn *i);
void tw_decode_load_extra(struct tw_insn *i);
void tw_decode_media(struct tw_insn *i);
void tw_decode_misc(struct tw_insn *i);
void tw_decode_move_wide(struct tw_insn *i);
void tw_decode_multiple(struct tw_insn *i);
void tw_decode_multiply(struct tw_insn *i);
void tw_decode_parallel(struct tw_insn *i);
void tw_decode_saturate(struct tw_insn *i); /* QADD and its like */
void tw_decode_signed_multiply(struct tw_insn *i);
void tw_decode_status(struct tw_insn *i); /* MRS, MSR */
void tw_decode_status_immediate(struct tw_insn *i);
void tw_decode_system(struct tw_insn *i); /* coprocessors, SVC */
void tw_decode_unconditional(struct tw_insn *i);

/* CPS, SETEND, SRS, RFE: op_status.c and op_return.c. */
void tw_decode_cps(struct tw_insn *i);
void tw_decode_setend(struct tw_insn *i);
void tw_decode_srs(struct tw_insn *i);
void tw_decode_rfe(struct tw_insn *i);
TW_RUN(tw_run_eret);
TW_RUN(tw_run_nop);
TW_RUN(tw_run_undefined);
/** VFP and NEON: undefined unless enabled, else not modelled. */
TW_RUN(tw_run_float);

#endif
