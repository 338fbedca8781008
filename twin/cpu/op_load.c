/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of one register, or a pair. Source: ARM DDI 0406C A5.2.8,
 * A5.2.9, A5.3. */
#include "cpu/access.h"
#include "cpu/op.h"

/* Bits of the encoding. */
enum { P_BIT = 24, U_BIT = 23, W_BIT = 21 };

static uint32_t plain(uint32_t value)
{
    return value;
}

static uint32_t byte_signed(uint32_t value)
{
    return value | ((value >> 7) != 0 ? 0xffffff00U : 0);
}

static uint32_t half_signed(uint32_t value)
{
    return value | ((value >> 15) != 0 ? 0xffff0000U : 0);
}

/* One load or store in five forms: offset, written back before or after,
 * register offset shifted left, and all others by their bits. */
#define LOAD_FORM(name, get, convert, address, after)         \
    static TW_RUN(name)                                       \
    {                                                         \
        uint32_t value = 0;                                   \
        uint32_t base = c->r[i->n];                           \
                                                              \
        if (AW_UNLIKELY(!get(c, base + (address), &value))) { \
            return tw_take_data_abort(c, i);                  \
        }                                                     \
        (after);                                              \
        c->r[i->d] = convert(value);                          \
        return i + 1;                                         \
    }

#define STORE_FORM(name, put, address, after)                     \
    static TW_RUN(name)                                           \
    {                                                             \
        uint32_t base = c->r[i->n];                               \
                                                                  \
        if (AW_UNLIKELY(!put(c, base + (address), c->r[i->d]))) { \
            return tw_take_data_abort(c, i);                      \
        }                                                         \
        (after);                                                  \
        return i + 1;                                             \
    }

#define WRITE_BACK (c->r[i->n] = base + i->imm)
#define SHIFTED    (c->r[i->m] << i->s)

#define LOAD(name, get, convert)                               \
    LOAD_FORM(name##_offset, get, convert, i->imm, (void)0)    \
    LOAD_FORM(name##_before, get, convert, i->imm, WRITE_BACK) \
    LOAD_FORM(name##_after, get, convert, 0, WRITE_BACK)       \
    LOAD_FORM(name##_register, get, convert, SHIFTED, (void)0)

#define STORE(name, put)                               \
    STORE_FORM(name##_offset, put, i->imm, (void)0)    \
    STORE_FORM(name##_before, put, i->imm, WRITE_BACK) \
    STORE_FORM(name##_after, put, 0, WRITE_BACK)       \
    STORE_FORM(name##_register, put, SHIFTED, (void)0)

LOAD(ldr, tw_load32, plain)
LOAD(ldrb, tw_load8, plain)
LOAD(ldrh, tw_load16, plain)
LOAD(ldrsb, tw_load8, byte_signed)
LOAD(ldrsh, tw_load16, half_signed)
STORE(str, tw_store32)
STORE(strb, tw_store8)
STORE(strh, tw_store16)

enum kind { LDR, LDRB, LDRH, LDRSB, LDRSH, STR, STRB, STRH };
enum form { OFFSET, BEFORE, AFTER, REGISTER, OTHER };

#define FORMS(name)                                                 \
    {                                                               \
        name##_offset, name##_before, name##_after, name##_register \
    }

static const tw_run operations[][OTHER] = {
    FORMS(ldr),   FORMS(ldrb), FORMS(ldrh), FORMS(ldrsb),
    FORMS(ldrsh), FORMS(str),  FORMS(strb), FORMS(strh),
};

static const uint8_t sizes[] = {4, 1, 2, 1, 2, 4, 1, 2};

/* Where an access of any form goes. */
struct place {
    uint32_t address;
    uint32_t base; /* written back */
    bool write_back;
    struct tw_how how;
};

static uint32_t register_offset(const struct tw_cpu *c, const struct tw_insn *i)
{
    uint32_t value = c->r[i->m];
    bool extra = tw_bits(i->word, 27, 25) == 0;

    if (extra) {
        return value;
    }
    switch (tw_bits(i->word, 6, 5)) {
    case 0:
        return value << i->s;
    case 1:
        return i->s == 0 ? 0 : value >> i->s;
    case 2:
        return (uint32_t)((int32_t)value >> (i->s == 0 ? 31 : i->s));
    default:
        return i->s == 0 ? value >> 1 | c->c << 31 : tw_ror(value, i->s);
    }
}

static bool has_register_offset(const struct tw_insn *i)
{
    bool extra = tw_bits(i->word, 27, 25) == 0;

    return extra ? !tw_bit(i->word, 22) : tw_bit(i->word, 25);
}

static struct place place_of(const struct tw_cpu *c, const struct tw_insn *i,
                             uint8_t size)
{
    bool before = tw_bit(i->word, P_BIT);
    bool user = !before && tw_bit(i->word, W_BIT);
    uint32_t base = c->r[i->n];
    uint32_t moved = base + i->imm;

    if (has_register_offset(i)) {
        uint32_t offset = register_offset(c, i);

        moved = tw_bit(i->word, U_BIT) ? base + offset : base - offset;
    }
    return (struct place){
        .address = before ? moved : base,
        .base = moved,
        .write_back = !before || tw_bit(i->word, W_BIT),
        .how = {.context = c->context | (user ? TW_CONTEXT_USER : 0U),
                .size = size},
    };
}

static uint32_t extend(uint32_t value, uint8_t kind)
{
    switch (kind) {
    case LDRSB:
        return byte_signed(value);
    case LDRSH:
        return half_signed(value);
    default:
        return value;
    }
}

static TW_RUN(load_other)
{
    struct place p = place_of(c, i, sizes[i->kind]);
    uint32_t value = 0;

    if (!tw_load_slow(c, p.address, &p.how, &value)) {
        return tw_take_data_abort(c, i);
    }
    if (p.write_back) {
        c->r[i->n] = p.base;
    }
    c->r[i->d] = extend(value, i->kind);
    return i + 1;
}

static TW_RUN(store_other)
{
    struct place p = place_of(c, i, sizes[i->kind]);

    if (!tw_store_slow(c, p.address, &p.how, c->r[i->d])) {
        return tw_take_data_abort(c, i);
    }
    if (p.write_back) {
        c->r[i->n] = p.base;
    }
    return i + 1;
}

/* LDR to the program counter. */
static TW_RUN(load_pc)
{
    struct place p = place_of(c, i, 4);
    uint32_t target = 0;

    if ((p.address & 3) != 0) {
        return tw_unpredictable(c, i, "load of r15 from an unaligned address");
    }
    if (!tw_load_slow(c, p.address, &p.how, &target)) {
        return tw_take_data_abort(c, i);
    }
    if (p.write_back) {
        c->r[i->n] = p.base;
    }
    return tw_jump_bx(c, i, target);
}

static enum form form_of(const struct tw_insn *i)
{
    bool before = tw_bit(i->word, P_BIT);
    bool w = tw_bit(i->word, W_BIT);

    if (has_register_offset(i)) {
        bool left =
            tw_bits(i->word, 27, 25) == 0 || tw_bits(i->word, 6, 5) == 0;

        return before && !w && tw_bit(i->word, U_BIT) && left ? REGISTER
                                                              : OTHER;
    }
    if (before) {
        return w ? BEFORE : OFFSET;
    }
    return w ? OTHER : AFTER; /* the former is LDRT and its like */
}

static void choose(struct tw_insn *i, enum kind kind)
{
    enum form form = form_of(i);

    i->kind = (uint8_t)kind;
    if (form != OTHER) {
        i->run = operations[kind][form];
    } else {
        i->run = kind < STR ? load_other : store_other;
    }
    if (kind == LDR && i->d == 15) {
        i->run = load_pc;
    }
}

/* What the manual forbids to single loads and stores. */
static void check(struct tw_insn *i, bool word)
{
    bool before = tw_bit(i->word, P_BIT);
    bool w = tw_bit(i->word, W_BIT);
    bool write_back = !before || w;
    bool user = !before && w;

    bool pc = (has_register_offset(i) && i->m == 15) ||
              (i->d == 15 && (!word || (user && i->kind == LDR)));

    if (write_back && (i->n == 15 || i->n == i->d)) {
        tw_decode_bad(i, TW_BAD_BASE);
    } else if (pc) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

void tw_decode_load(struct tw_insn *i)
{
    bool byte = tw_bit(i->word, 22);
    bool load = tw_bit(i->word, 20);
    uint32_t offset = tw_bits(i->word, 11, 0);

    i->s = (uint8_t)tw_bits(i->word, 11, 7);
    i->imm = tw_bit(i->word, U_BIT) ? offset : 0 - offset;
    if (load) {
        choose(i, byte ? LDRB : LDR);
    } else {
        choose(i, byte ? STRB : STR);
    }
    check(i, !byte);
}

/* LDRD and STRD: like two word accesses, neither of them unaligned. */
static TW_RUN(load_pair)
{
    struct place p = place_of(c, i, 4);
    uint32_t low = 0;
    uint32_t high = 0;

    p.how.aligned = true;
    if (!tw_load_slow(c, p.address, &p.how, &low) ||
        !tw_load_slow(c, p.address + 4, &p.how, &high)) {
        return tw_take_data_abort(c, i);
    }
    if (p.write_back) {
        c->r[i->n] = p.base;
    }
    c->r[i->d] = low;
    c->r[i->d + 1] = high;
    return i + 1;
}

static TW_RUN(store_pair)
{
    struct place p = place_of(c, i, 4);

    p.how.aligned = true;
    if (!tw_store_slow(c, p.address, &p.how, c->r[i->d]) ||
        !tw_store_slow(c, p.address + 4, &p.how, c->r[i->d + 1])) {
        return tw_take_data_abort(c, i);
    }
    if (p.write_back) {
        c->r[i->n] = p.base;
    }
    return i + 1;
}

static void decode_pair(struct tw_insn *i, bool load)
{
    bool before = tw_bit(i->word, P_BIT);
    bool w = tw_bit(i->word, W_BIT);
    bool write_back = !before || w;
    bool by_register = has_register_offset(i);

    i->run = load ? load_pair : store_pair;
    if ((i->d & 1) != 0 || i->d == 14) {
        tw_decode_bad(i, TW_BAD_ODD);
    } else if (!before && w) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (write_back && (i->n == 15 || i->n == i->d || i->n == i->d + 1)) {
        tw_decode_bad(i, TW_BAD_BASE);
    } else if (by_register && i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (by_register && load && (i->m == i->d || i->m == i->d + 1)) {
        tw_decode_bad(i, TW_BAD_SAME);
    }
}

/* Halfwords, signed bytes, pairs. */
void tw_decode_load_extra(struct tw_insn *i)
{
    static const uint8_t loads[4] = {0, LDRH, LDRSB, LDRSH};
    uint32_t op = tw_bits(i->word, 6, 5);
    uint32_t offset = tw_bits(i->word, 11, 8) << 4 | (i->word & 15);
    bool load = tw_bit(i->word, 20);

    i->s = 0;
    i->imm = tw_bit(i->word, U_BIT) ? offset : 0 - offset;
    if (load || op == 1) {
        choose(i, load ? (enum kind)loads[op] : STRH);
        check(i, false);
    } else {
        decode_pair(i, op == 2);
    }
    if (has_register_offset(i) && tw_bits(i->word, 11, 8) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}
