/* SPDX-License-Identifier: Apache-2.0 */
/* Coprocessors, SVC, hints, barriers, and the unconditional instructions.
 * Source: ARM DDI 0406C A5.2.11, A5.6, A5.7. */
#include "cpu/op.h"
#include "cpu/translate.h"

TW_RUN(tw_run_nop)
{
    (void)c;
    return i + 1;
}

TW_RUN(tw_run_undefined)
{
    return tw_take_undefined(c, i);
}

/* CPACR and NSACR decide whether there is a floating point unit; FPEXC, which
 * cannot be reached here, would switch it on. */
static bool float_enabled(const struct tw_cpu *c)
{
    uint32_t cpacr = c->cp[TW_CP_CPACR][0] >> 20 & 3;
    bool open = tw_secure(c) || (c->cp[TW_CP_NSACR][0] & 0x400U) != 0;

    return open && (cpacr == 3 || (cpacr == 1 && !tw_user(c)));
}

TW_RUN(tw_run_float)
{
    if (!float_enabled(c)) {
        return tw_take_undefined(c, i);
    }
    return tw_not_modelled(c, i, "VFP and NEON are not modelled");
}

static TW_RUN(debug_registers)
{
    return tw_not_modelled(c, i, "debug and trace registers (CP14)");
}

static TW_RUN(long_descriptors)
{
    return tw_not_modelled(c, i, "64-bit access to CP15");
}

static TW_RUN(svc)
{
    return tw_take_svc(c, i);
}

static TW_RUN(wfi)
{
    c->waiting = true;
    return tw_leave(c, i);
}

/* WFE may return at any time: here it does at once. */
void tw_decode_hint(struct tw_insn *i)
{
    enum { WFI = 3 };

    i->run = tw_bits(i->word, 7, 0) == WFI ? wfi : tw_run_nop;
    if (tw_bits(i->word, 15, 8) != 0xf0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static TW_RUN(clrex)
{
    c->monitor.armed = false;
    return i + 1;
}

/* See cp15_ops.c: without instruction cache nothing old survives it. */
static TW_RUN(isb)
{
    if ((tw_cp_here(c, TW_CP_SCTLR) & TW_SCTLR_I) != 0) {
        return i + 1;
    }
    tw_code_drop_all(c);
    return tw_leave(c, i);
}

static void decode_barrier(struct tw_insn *i)
{
    enum { CLREX = 1, DSB = 4, DMB, ISB };

    switch (tw_bits(i->word, 7, 4)) {
    case CLREX:
        i->run = clrex;
        break;
    case DSB:
    case DMB:
        i->run = tw_run_nop;
        break;
    case ISB:
        i->run = isb;
        break;
    default:
        tw_decode_bad(i, TW_BAD_FIELD);
        return;
    }
    if (tw_bits(i->word, 19, 8) != 0xff0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

/* Bits 27:26 are 01: preloads, which are hints, and barriers. */
static void decode_preload(struct tw_insn *i)
{
    uint32_t op = tw_bits(i->word, 25, 20);
    bool by_register = tw_bit(i->word, 25);

    bool hint = (op & 0x17) == 0x01; /* one that is not allocated */
    bool literal = !by_register && i->n == 15;
    bool pldw = (op & 0x15) == 0x11;

    i->run = tw_run_nop;
    if (op == 0x17) {
        decode_barrier(i);
    } else if ((by_register && tw_bit(i->word, 4)) ||
               ((op & 3) != 1 && (op & 3) != 3)) {
        tw_decode_undefined(i);
    } else if ((op & 3) == 3 || (!hint && i->d != 15)) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if ((pldw && literal) || (by_register && !hint && i->m == 15)) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

/* Bits 27:26 are 00: CPS, SETEND, NEON. */
static void decode_state(struct tw_insn *i)
{
    bool neon = tw_bit(i->word, 25);

    bool here = tw_bits(i->word, 24, 20) == 0x10;
    bool end = tw_bit(i->word, 16);

    if (neon) {
        i->run = tw_run_float;
    } else if (here && !end && !tw_bit(i->word, 5)) {
        tw_decode_cps(i);
    } else if (here && end && tw_bits(i->word, 7, 4) == 0) {
        tw_decode_setend(i);
    } else {
        tw_decode_undefined(i);
    }
}

/* NEON loads and stores of elements. */
static bool element_access(const struct tw_insn *i)
{
    return tw_bits(i->word, 27, 24) == 4 && !tw_bit(i->word, 20);
}

static void decode_high(struct tw_insn *i)
{
    uint32_t op = tw_bits(i->word, 27, 20);

    if ((op & 0xe5) == 0x84) {
        tw_decode_srs(i);
    } else if ((op & 0xe5) == 0x81) {
        tw_decode_rfe(i);
    } else if ((op & 0xe0) == 0xa0) {
        tw_decode_call(i);
    } else if ((op & 0xc0) == 0xc0 && tw_bits(i->word, 11, 9) == 5 &&
               op < 0xf0) {
        i->run = tw_run_float;
    } else {
        tw_decode_undefined(i);
    }
}

void tw_decode_unconditional(struct tw_insn *i)
{
    i->cond = TW_COND_AL;
    if (tw_bit(i->word, 27)) {
        decode_high(i);
    } else if (element_access(i)) {
        i->run = tw_run_float;
    } else if (tw_bit(i->word, 26)) {
        decode_preload(i);
    } else {
        decode_state(i);
    }
}

/* MCR and MRC of CP15. */
static void decode_cp15(struct tw_insn *i)
{
    int row = tw_cp15_find(TW_CP_KEY((uint32_t)i->n, tw_bits(i->word, 23, 21),
                                     (uint32_t)i->m, tw_bits(i->word, 7, 5)));

    i->run = tw_bit(i->word, 20) ? tw_cp15_read : tw_cp15_write;
    if (row < 0) {
        tw_decode_undefined(i);
    } else if (i->d == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else {
        i->imm = (uint32_t)row;
    }
}

/* MCRR and MRRC of CP15: the generic timer; the rest is for long descriptors.
 */
static void decode_cp15_pair(struct tw_insn *i)
{
    bool reads = tw_bit(i->word, 20);

    i->imm = tw_bits(i->word, 7, 4) << 4 | i->m;
    i->run = reads ? tw_cp15_read64 : tw_cp15_write64;
    if (i->d == 15 || i->n == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (reads && i->d == i->n) {
        tw_decode_bad(i, TW_BAD_SAME);
    } else if (i->imm == 0x02 || i->imm == 0x12 || i->imm == 0x07) {
        i->run = long_descriptors;
    } else if (i->m != 14 || i->imm > 0x3e) {
        tw_decode_undefined(i);
    }
}

void tw_decode_system(struct tw_insn *i)
{
    enum { FLOAT_SINGLE = 10, FLOAT_DOUBLE, DEBUG = 14, SYSTEM };
    uint32_t coprocessor = tw_bits(i->word, 11, 8);
    uint32_t op = tw_bits(i->word, 25, 20);

    bool floats = coprocessor == FLOAT_SINGLE || coprocessor == FLOAT_DOUBLE;
    bool single = (op & 0x30) == 0x20 && tw_bit(i->word, 4);

    if ((op & 0x30) == 0x30) {
        i->run = svc;
    } else if ((op & 0x3e) != 0 && floats) {
        i->run = tw_run_float;
    } else if ((op & 0x3e) != 0 && coprocessor == DEBUG) {
        i->run = debug_registers;
    } else if (coprocessor == SYSTEM && (op & 0x3e) == 0x04) {
        decode_cp15_pair(i);
    } else if (coprocessor == SYSTEM && single) {
        decode_cp15(i);
    } else {
        tw_decode_undefined(i);
    }
}
