/* SPDX-License-Identifier: Apache-2.0 */
/* The miscellaneous group: CLZ, and calls of debugger, hypervisor and monitor;
 * the rest of it has files of its own. Source: ARM DDI 0406C A5.2.12. */
#include "cpu/op.h"

static TW_RUN(clz)
{
    uint32_t value = c->r[i->m];

    c->r[i->d] = value == 0 ? 32 : (uint32_t)__builtin_clz(value);
    return i + 1;
}

static void decode_clz(struct tw_insn *i)
{
    i->run = clz;
    if (tw_bits(i->word, 19, 16) != 15 || tw_bits(i->word, 11, 8) != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

/* BKPT, HVC, SMC. */
static TW_RUN(bkpt)
{
    return tw_take_breakpoint(c, i);
}

/* SCR.SCD takes it from the non-secure world. */
static TW_RUN(smc)
{
    bool disabled = (c->cp[TW_CP_SCR][0] & TW_SCR_SCD) != 0;

    if (tw_user(c) || (disabled && !tw_secure(c))) {
        return tw_take_undefined(c, i);
    }
    return tw_take_smc(c, i);
}

/* Without SCR.HCE there is no call to HYP mode. */
static TW_RUN(hvc)
{
    if (tw_user(c) || tw_secure(c) || (c->cp[TW_CP_SCR][0] & TW_SCR_HCE) == 0) {
        return tw_take_undefined(c, i);
    }
    return tw_not_modelled(c, i, "HVC: HYP mode is not modelled");
}

static void decode_trap(struct tw_insn *i)
{
    static const tw_run runs[4] = {NULL, bkpt, hvc, smc};
    uint32_t op = tw_bits(i->word, 22, 21);

    i->run = runs[op];
    if (i->run == NULL) {
        tw_decode_undefined(i);
    } else if (i->run == smc && tw_bits(i->word, 19, 8) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->run != smc && i->cond != TW_COND_AL) {
        tw_decode_bad(i, TW_BAD_COND);
    }
}

static void decode_eret(struct tw_insn *i)
{
    i->run = tw_run_eret;
    if (tw_bits(i->word, 22, 21) != 3) {
        tw_decode_undefined(i);
    } else if ((i->word & 0xfffff) != 0x6e) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

/* Bits 27:23 are 00010 and bit 20 is 0: what would be comparisons without
 * flags. */
void tw_decode_misc(struct tw_insn *i)
{
    uint32_t op = tw_bits(i->word, 22, 21);
    uint32_t op2 = tw_bits(i->word, 6, 4);

    if (op2 == 0) {
        tw_decode_status(i);
    } else if (op2 == 1 && op == 3) {
        decode_clz(i);
    } else if (op2 <= 3 && op == 1) {
        tw_decode_branch_register(i);
    } else if (op2 == 5) {
        tw_decode_saturate(i);
    } else if (op2 == 6) {
        decode_eret(i);
    } else if (op2 == 7) {
        decode_trap(i);
    } else {
        tw_decode_undefined(i);
    }
}
