/* SPDX-License-Identifier: Apache-2.0 */
/* Data processing: sixteen operations, each with eight forms of its second
 * operand, with and without flags. Source: ARM DDI 0406C A5.2.1 to A5.2.3. */
#include "cpu/op.h"

/* A sum and, when asked for, its flags. */
AW_INLINE uint32_t sum(struct tw_cpu *c, uint32_t a, uint32_t b, uint32_t carry,
                       bool set)
{
    uint64_t wide = (uint64_t)a + b + carry;
    uint32_t value = (uint32_t)wide;

    if (set) {
        c->n = value;
        c->z = value;
        c->c = (uint32_t)(wide >> 32);
        c->v = ~(a ^ b) & (a ^ value);
    }
    return value;
}

/* Flags of a logical operation; carry is that of the shifter. */
AW_INLINE uint32_t logic(struct tw_cpu *c, uint32_t value, uint32_t carry,
                         bool set)
{
    if (set) {
        c->n = value;
        c->z = value;
        c->c = carry;
    }
    return value;
}

/* The operations: a is Rn, b the second operand, k the carry of the shifter. */
#define AND(set) logic(c, a &b, k, set)
#define EOR(set) logic(c, a ^ b, k, set)
#define SUB(set) sum(c, a, ~b, 1, set)
#define RSB(set) sum(c, b, ~a, 1, set)
#define ADD(set) sum(c, a, b, 0, set)
#define ADC(set) sum(c, a, b, c->c, set)
#define SBC(set) sum(c, a, ~b, c->c, set)
#define RSC(set) sum(c, b, ~a, c->c, set)
#define ORR(set) logic(c, a | b, k, set)
#define MOV(set) logic(c, b, k, set)
#define BIC(set) logic(c, a & ~b, k, set)
#define MVN(set) logic(c, ~b, k, set)

enum shift { LSL, LSR, ASR, ROR, RRX };

/* Shifts right by 1 to 31, the sign comes in from the left. */
static uint32_t arithmetic_right(uint32_t value, uint32_t n)
{
    uint32_t sign = (value >> 31) != 0 ? ~(UINT32_MAX >> n) : 0;

    return value >> n | sign;
}

/* Shift by any amount; k is the carry before and after. */
static uint32_t shift_any(enum shift kind, uint32_t value, uint32_t n,
                          uint32_t *k)
{
    bool all = n >= 32;

    if (kind == RRX) {
        uint32_t old = *k;

        *k = value & 1;
        return value >> 1 | old << 31;
    }
    if (n == 0) {
        return value;
    }
    switch (kind) {
    case LSL:
        *k = n > 32 ? 0 : value >> (32 - n) & 1;
        return all ? 0 : value << n;
    case LSR:
        *k = n > 32 ? 0 : value >> (n - 1) & 1;
        return all ? 0 : value >> n;
    case ASR:
        *k = all ? value >> 31 : value >> (n - 1) & 1;
        return arithmetic_right(value, all ? 31 : n);
    default:
        value = tw_ror(value, n);
        *k = value >> 31;
        return value;
    }
}

/* Second operands. Each sets b and k, of which k is the carry flag unless
 * the shifter makes another. Amounts of the four plain shifts are 1 to 31. */
AW_INLINE uint32_t operand_imm(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = i->kind != 0 ? i->imm >> 31 : c->c;
    return i->imm;
}

AW_INLINE uint32_t operand_reg(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = c->c;
    return c->r[i->m];
}

AW_INLINE uint32_t operand_lsl(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = c->r[i->m] >> (32 - i->s) & 1;
    return c->r[i->m] << i->s;
}

AW_INLINE uint32_t operand_lsr(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = c->r[i->m] >> (i->s - 1) & 1;
    return c->r[i->m] >> i->s;
}

AW_INLINE uint32_t operand_asr(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = c->r[i->m] >> (i->s - 1) & 1;
    return (uint32_t)((int32_t)c->r[i->m] >> i->s);
}

AW_INLINE uint32_t operand_ror(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    uint32_t value = tw_ror(c->r[i->m], i->s);

    *k = value >> 31;
    return value;
}

/* LSR and ASR by 32, RRX. */
AW_INLINE uint32_t operand_odd(const struct tw_cpu *c, const struct tw_insn *i,
                               uint32_t *k)
{
    *k = c->c;
    return shift_any((enum shift)i->kind, c->r[i->m], i->s, k);
}

AW_INLINE uint32_t operand_by_reg(const struct tw_cpu *c,
                                  const struct tw_insn *i, uint32_t *k)
{
    *k = c->c;
    return shift_any((enum shift)i->kind, c->r[i->m], c->r[i->s] & 0xff, k);
}

/* The two operations of one form. */
#define FORM(name, op, form)                   \
    static TW_RUN(name##_##form)               \
    {                                          \
        uint32_t k = 0;                        \
        uint32_t b = operand_##form(c, i, &k); \
        uint32_t a = c->r[i->n];               \
                                               \
        (void)a;                               \
        (void)k;                               \
        c->r[i->d] = op(false);                \
        return i + 1;                          \
    }                                          \
    static TW_RUN(name##_##form##_flags)       \
    {                                          \
        uint32_t k = 0;                        \
        uint32_t b = operand_##form(c, i, &k); \
        uint32_t a = c->r[i->n];               \
                                               \
        (void)a;                               \
        (void)k;                               \
        c->r[i->d] = op(true);                 \
        return i + 1;                          \
    }

/* A comparison is the operation without its result. */
#define COMPARE(name, op, form)                \
    static TW_RUN(name##_##form)               \
    {                                          \
        uint32_t k = 0;                        \
        uint32_t b = operand_##form(c, i, &k); \
        uint32_t a = c->r[i->n];               \
                                               \
        (void)k;                               \
        (void)op(true);                        \
        return i + 1;                          \
    }

#define FORMS(make)                                                       \
    make(imm) make(reg) make(lsl) make(lsr) make(asr) make(ror) make(odd) \
        make(by_reg)

#define MAKE_AND(form) FORM(and, AND, form)
#define MAKE_EOR(form) FORM(eor, EOR, form)
#define MAKE_SUB(form) FORM(sub, SUB, form)
#define MAKE_RSB(form) FORM(rsb, RSB, form)
#define MAKE_ADD(form) FORM(add, ADD, form)
#define MAKE_ADC(form) FORM(adc, ADC, form)
#define MAKE_SBC(form) FORM(sbc, SBC, form)
#define MAKE_RSC(form) FORM(rsc, RSC, form)
#define MAKE_TST(form) COMPARE(tst, AND, form)
#define MAKE_TEQ(form) COMPARE(teq, EOR, form)
#define MAKE_CMP(form) COMPARE(cmp, SUB, form)
#define MAKE_CMN(form) COMPARE(cmn, ADD, form)
#define MAKE_ORR(form) FORM(orr, ORR, form)
#define MAKE_MOV(form) FORM(mov, MOV, form)
#define MAKE_BIC(form) FORM(bic, BIC, form)
#define MAKE_MVN(form) FORM(mvn, MVN, form)

FORMS(MAKE_AND)
FORMS(MAKE_EOR)
FORMS(MAKE_SUB)
FORMS(MAKE_RSB)
FORMS(MAKE_ADD)
FORMS(MAKE_ADC)
FORMS(MAKE_SBC)
FORMS(MAKE_RSC)
FORMS(MAKE_TST)
FORMS(MAKE_TEQ)
FORMS(MAKE_CMP)
FORMS(MAKE_CMN)
FORMS(MAKE_ORR)
FORMS(MAKE_MOV)
FORMS(MAKE_BIC)
FORMS(MAKE_MVN)

enum form { IMM, REG, SHIFTED, ODD = SHIFTED + 4, BY_REG, FORM_COUNT };

#define ROW(op)                                                           \
    {                                                                     \
        {op##_imm, op##_imm_flags}, {op##_reg, op##_reg_flags},           \
            {op##_lsl, op##_lsl_flags}, {op##_lsr, op##_lsr_flags},       \
            {op##_asr, op##_asr_flags}, {op##_ror, op##_ror_flags},       \
            {op##_odd, op##_odd_flags}, {op##_by_reg, op##_by_reg_flags}, \
    }
#define COMPARE_ROW(op)                                           \
    {                                                             \
        {NULL, op##_imm}, {NULL, op##_reg}, {NULL, op##_lsl},     \
            {NULL, op##_lsr}, {NULL, op##_asr}, {NULL, op##_ror}, \
            {NULL, op##_odd}, {NULL, op##_by_reg},                \
    }

enum { OP_TST = 8, OP_CMN = 11, OP_MOV = 13, OP_MVN = 15, OPS };

static const tw_run operations[OPS][FORM_COUNT][2] = {
    ROW(and),         ROW(eor),         ROW(sub),         ROW(rsb),
    ROW(add),         ROW(adc),         ROW(sbc),         ROW(rsc),
    COMPARE_ROW(tst), COMPARE_ROW(teq), COMPARE_ROW(cmp), COMPARE_ROW(cmn),
    ROW(orr),         ROW(mov),         ROW(bic),         ROW(mvn),
};

static bool compares(uint32_t op)
{
    return op >= OP_TST && op <= OP_CMN;
}

static enum form form_of(const struct tw_insn *i)
{
    if (tw_bit(i->word, 25)) {
        return IMM;
    }
    if (tw_bit(i->word, 4)) {
        return BY_REG;
    }
    if (i->kind == LSL && i->s == 0) {
        return REG;
    }
    return i->s < 32 && i->kind != RRX ? SHIFTED + i->kind : ODD;
}

/* Operations on the program counter: the same on a copy of the instruction
 * that names another destination, then a branch. */
static TW_RUN(to_pc)
{
    struct tw_insn copy = *i;
    uint32_t op = tw_bits(i->word, 24, 21);
    uint32_t kept = c->r[0];

    copy.d = 0;
    (void)operations[op][form_of(&copy)][0](c, &copy);
    uint32_t target = c->r[0];

    c->r[0] = kept;
    if (!tw_bit(i->word, 20)) {
        return tw_jump_bx(c, i, target);
    }
    if (c->mode == TW_USR || c->mode == TW_SYS) {
        return tw_unpredictable(c, i, "exception return in USR or SYS mode");
    }
    return tw_return(c, i, target, c->spsr[tw_bank_of(c->mode)]);
}

static void decode_operand(struct tw_insn *i)
{
    if (tw_bit(i->word, 25)) {
        uint32_t turn = 2 * tw_bits(i->word, 11, 8);

        i->imm = tw_ror(i->word & 0xff, turn);
        i->kind = turn != 0 ? 1 : 0;
        return;
    }
    i->kind = (uint8_t)tw_bits(i->word, 6, 5);
    if (tw_bit(i->word, 4)) {
        i->s = (uint8_t)tw_bits(i->word, 11, 8);
        return;
    }
    i->s = (uint8_t)tw_bits(i->word, 11, 7);
    if (i->s == 0 && i->kind == ROR) {
        i->kind = RRX;
    } else if (i->s == 0 && i->kind != LSL) {
        i->s = 32;
    }
}

void tw_decode_data(struct tw_insn *i)
{
    uint32_t op = tw_bits(i->word, 24, 21);
    bool flags = tw_bit(i->word, 20);

    decode_operand(i);
    enum form form = form_of(i);

    i->run = operations[op][form][flags ? 1 : 0];
    if (form == BY_REG &&
        (i->d == 15 || i->n == 15 || i->m == 15 || i->s == 15)) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if ((compares(op) && i->d != 0) ||
               ((op == OP_MOV || op == OP_MVN) && i->n != 0)) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15) {
        i->run = to_pc;
    }
}

static TW_RUN(movw)
{
    c->r[i->d] = i->imm;
    return i + 1;
}

static TW_RUN(movt)
{
    c->r[i->d] = (c->r[i->d] & 0xffff) | i->imm;
    return i + 1;
}

void tw_decode_move_wide(struct tw_insn *i)
{
    uint32_t imm = tw_bits(i->word, 19, 16) << 12 | tw_bits(i->word, 11, 0);
    bool top = tw_bit(i->word, 22);

    i->imm = top ? imm << 16 : imm;
    i->run = top ? movt : movw;
    if (i->d == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}
