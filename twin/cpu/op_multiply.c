/* SPDX-License-Identifier: Apache-2.0 */
/* Multiplications. In this group Rd and Rn have changed places: i->n is the
 * destination (RdHi), i->d the addend (RdLo). Source: ARM DDI 0406C A5.2.5,
 * A5.2.7, A5.4.4. */
#include "cpu/op.h"

static void flags(struct tw_cpu *c, uint32_t high, uint32_t any)
{
    c->n = high;
    c->z = any;
}

static void put64(struct tw_cpu *c, const struct tw_insn *i, uint64_t value)
{
    c->r[i->d] = (uint32_t)value;
    c->r[i->n] = (uint32_t)(value >> 32);
}

static uint64_t get64(const struct tw_cpu *c, const struct tw_insn *i)
{
    return (uint64_t)c->r[i->n] << 32 | c->r[i->d];
}

static uint64_t unsigned_product(const struct tw_cpu *c,
                                 const struct tw_insn *i)
{
    return (uint64_t)c->r[i->m] * c->r[i->s];
}

static uint64_t signed_product(const struct tw_cpu *c, const struct tw_insn *i)
{
    return (uint64_t)((int64_t)(int32_t)c->r[i->m] * (int32_t)c->r[i->s]);
}

static TW_RUN(mul)
{
    c->r[i->n] = c->r[i->m] * c->r[i->s];
    return i + 1;
}

static TW_RUN(mla)
{
    c->r[i->n] = c->r[i->m] * c->r[i->s] + c->r[i->d];
    return i + 1;
}

static TW_RUN(mls)
{
    c->r[i->n] = c->r[i->d] - c->r[i->m] * c->r[i->s];
    return i + 1;
}

static TW_RUN(umaal)
{
    put64(c, i, unsigned_product(c, i) + c->r[i->n] + c->r[i->d]);
    return i + 1;
}

static TW_RUN(umull)
{
    put64(c, i, unsigned_product(c, i));
    return i + 1;
}

static TW_RUN(umlal)
{
    put64(c, i, unsigned_product(c, i) + get64(c, i));
    return i + 1;
}

static TW_RUN(smull)
{
    put64(c, i, signed_product(c, i));
    return i + 1;
}

static TW_RUN(smlal)
{
    put64(c, i, signed_product(c, i) + get64(c, i));
    return i + 1;
}

/* The same with flags: which of them is in i->imm. */
static TW_RUN(with_flags)
{
    static const tw_run plain[8] = {mul,   mla,   NULL,  NULL,
                                    umull, umlal, smull, smlal};

    (void)plain[i->imm](c, i);
    if (i->imm < 4) {
        flags(c, c->r[i->n], c->r[i->n]);
    } else {
        flags(c, c->r[i->n], c->r[i->n] | c->r[i->d]);
    }
    return i + 1;
}

void tw_decode_multiply(struct tw_insn *i)
{
    static const tw_run plain[8] = {mul,   mla,   umaal, mls,
                                    umull, umlal, smull, smlal};
    enum { MUL = 0, UMAAL = 2, MLS = 3, LONG = 4 };
    uint32_t op = tw_bits(i->word, 23, 21);
    bool set = tw_bit(i->word, 20);

    i->imm = op;
    i->run = set ? with_flags : plain[op];
    if (set && (op == UMAAL || op == MLS)) {
        tw_decode_undefined(i);
    } else if (i->n == 15 || i->m == 15 || i->s == 15 || i->d == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if ((op >= LONG || op == UMAAL) && i->n == i->d) {
        tw_decode_bad(i, TW_BAD_SAME);
    } else if (op == MUL && i->d != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static int64_t half(uint32_t value, bool top)
{
    return (int16_t)(top ? value >> 16 : value);
}

/* Wraps to 32 bits and notes it in Q. */
static uint32_t wrap(struct tw_cpu *c, int64_t value)
{
    if (value != (int32_t)value) {
        c->q = 1;
    }
    return (uint32_t)value;
}

static int64_t addend(const struct tw_cpu *c, const struct tw_insn *i)
{
    return (int32_t)c->r[i->d];
}

static int64_t half_product(const struct tw_cpu *c, const struct tw_insn *i)
{
    return half(c->r[i->m], tw_bit(i->word, 5)) *
           half(c->r[i->s], tw_bit(i->word, 6));
}

static TW_RUN(smla_xy)
{
    c->r[i->n] = wrap(c, half_product(c, i) + addend(c, i));
    return i + 1;
}

static TW_RUN(smul_xy)
{
    c->r[i->n] = (uint32_t)half_product(c, i);
    return i + 1;
}

static TW_RUN(smlal_xy)
{
    put64(c, i, get64(c, i) + (uint64_t)half_product(c, i));
    return i + 1;
}

static int64_t word_product(const struct tw_cpu *c, const struct tw_insn *i)
{
    return ((int32_t)c->r[i->m] * half(c->r[i->s], tw_bit(i->word, 6))) >> 16;
}

static TW_RUN(smlaw)
{
    c->r[i->n] = wrap(c, word_product(c, i) + addend(c, i));
    return i + 1;
}

static TW_RUN(smulw)
{
    c->r[i->n] = (uint32_t)word_product(c, i);
    return i + 1;
}

void tw_decode_halfword_multiply(struct tw_insn *i)
{
    enum { SMLA, WORD, SMLAL, SMUL };
    static const tw_run plain[4] = {smla_xy, smlaw, smlal_xy, smul_xy};
    uint32_t op = tw_bits(i->word, 22, 21);
    bool no_addend = op == SMUL || (op == WORD && tw_bit(i->word, 5));

    i->run = op == WORD && no_addend ? smulw : plain[op];
    if (i->n == 15 || i->m == 15 || i->s == 15 || i->d == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (no_addend && i->d != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (op == SMLAL && i->n == i->d) {
        tw_decode_bad(i, TW_BAD_SAME);
    }
}

/* Two products of halves; bit 5 exchanges those of Rm, bit 6 subtracts. */
static int64_t dual(const struct tw_cpu *c, const struct tw_insn *i)
{
    uint32_t a = c->r[i->m];
    uint32_t b = tw_bit(i->word, 5) ? tw_ror(c->r[i->s], 16) : c->r[i->s];
    int64_t low = half(a, false) * half(b, false);
    int64_t high = half(a, true) * half(b, true);

    return tw_bit(i->word, 6) ? low - high : low + high;
}

static TW_RUN(smuad)
{
    c->r[i->n] = wrap(c, dual(c, i));
    return i + 1;
}

static TW_RUN(smlad)
{
    c->r[i->n] = wrap(c, dual(c, i) + addend(c, i));
    return i + 1;
}

static TW_RUN(smlald)
{
    put64(c, i, get64(c, i) + (uint64_t)dual(c, i));
    return i + 1;
}

/* Upper word of a 64-bit product and sum; bit 5 rounds. */
static uint32_t upper(const struct tw_insn *i, uint64_t value)
{
    return (uint32_t)((value + (tw_bit(i->word, 5) ? 0x80000000U : 0)) >> 32);
}

static TW_RUN(smmul)
{
    c->r[i->n] = upper(i, signed_product(c, i));
    return i + 1;
}

static TW_RUN(smmla)
{
    uint64_t a = (uint64_t)c->r[i->d] << 32;

    c->r[i->n] = upper(i, a + signed_product(c, i));
    return i + 1;
}

static TW_RUN(smmls)
{
    uint64_t a = (uint64_t)c->r[i->d] << 32;

    c->r[i->n] = upper(i, a - signed_product(c, i));
    return i + 1;
}

static TW_RUN(sdiv)
{
    int64_t a = (int32_t)c->r[i->m];
    int64_t b = (int32_t)c->r[i->s];

    c->r[i->n] = b == 0 ? 0 : (uint32_t)(a / b);
    return i + 1;
}

static TW_RUN(udiv)
{
    c->r[i->n] = c->r[i->s] == 0 ? 0 : c->r[i->m] / c->r[i->s];
    return i + 1;
}

/* By op1 (bits 22:20) and op2 (bits 7:5); none is undefined. */
static const tw_run signed_operations[8][8] = {
    [0] = {smlad, smlad, smlad, smlad},
    [1] = {sdiv},
    [3] = {udiv},
    [4] = {smlald, smlald, smlald, smlald},
    [5] = {smmla, smmla, [6] = smmls, [7] = smmls},
};

void tw_decode_signed_multiply(struct tw_insn *i)
{
    tw_run run =
        signed_operations[tw_bits(i->word, 22, 20)][tw_bits(i->word, 7, 5)];
    bool alone = i->d == 15; /* no addend, or none allowed */
    bool needs = run == smlald || run == smmls;

    i->run = run;
    if (alone && run == smlad) {
        i->run = smuad;
    } else if (alone && run == smmla) {
        i->run = smmul;
    }
    if (run == NULL) {
        tw_decode_undefined(i);
    } else if (i->n == 15 || i->m == 15 || i->s == 15 || (needs && alone)) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if ((run == sdiv || run == udiv) && !alone) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (run == smlald && i->n == i->d) {
        tw_decode_bad(i, TW_BAD_SAME);
    }
}
