/* SPDX-License-Identifier: Apache-2.0 */
/* Packing, extension, saturation, reversal, bit fields. Source: ARM DDI 0406C
 * A5.2.6, A5.4.3. */
#include "cpu/op.h"

/* Clamps to what n bits hold, signed or not, and notes it in Q. */
static uint32_t saturate(struct tw_cpu *c, int64_t value, unsigned n,
                         bool is_signed)
{
    int64_t top = (int64_t)1 << (is_signed ? n - 1 : n);
    int64_t low = is_signed ? -top : 0;

    if (value >= low && value < top) {
        return (uint32_t)value;
    }
    c->q = 1;
    return (uint32_t)(value < low ? low : top - 1);
}

/* QADD, QSUB, QDADD, QDSUB: bit 21 subtracts, bit 22 doubles Rn first. */
static TW_RUN(saturating_sum)
{
    int64_t a = (int32_t)c->r[i->m];
    int64_t b = (int32_t)c->r[i->n];

    if (tw_bit(i->word, 22)) {
        b = (int32_t)saturate(c, b * 2, 32, true);
    }
    c->r[i->d] = saturate(c, tw_bit(i->word, 21) ? a - b : a + b, 32, true);
    return i + 1;
}

void tw_decode_saturate(struct tw_insn *i)
{
    i->run = saturating_sum;
    if (tw_bits(i->word, 11, 8) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->n == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

static TW_RUN(pkhbt)
{
    c->r[i->d] = (c->r[i->n] & 0xffff) | ((c->r[i->m] << i->s) & 0xffff0000U);
    return i + 1;
}

static TW_RUN(pkhtb)
{
    int32_t value = (int32_t)c->r[i->m] >> (i->s == 0 ? 31 : i->s);

    c->r[i->d] = (c->r[i->n] & 0xffff0000U) | ((uint32_t)value & 0xffff);
    return i + 1;
}

static TW_RUN(sel)
{
    uint32_t mask = 0;

    for (unsigned lane = 0; lane < 4; lane++) {
        mask |= (c->ge >> lane & 1) != 0 ? 0xffU << (8 * lane) : 0;
    }
    c->r[i->d] = (c->r[i->n] & mask) | (c->r[i->m] & ~mask);
    return i + 1;
}

/* SSAT and USAT: bit 22 unsigned, bit 6 shifts right. */
static TW_RUN(sat)
{
    bool is_signed = !tw_bit(i->word, 22);
    uint32_t value = c->r[i->m];
    int32_t moved = (int32_t)(value << i->s);

    if (tw_bit(i->word, 6)) {
        moved = (int32_t)value >> (i->s == 0 ? 31 : i->s);
    }
    c->r[i->d] = saturate(c, moved, i->imm, is_signed);
    return i + 1;
}

static TW_RUN(sat16)
{
    bool is_signed = !tw_bit(i->word, 22);
    uint32_t value = c->r[i->m];
    uint32_t low = saturate(c, (int16_t)value, i->imm, is_signed);
    uint32_t high = saturate(c, (int16_t)(value >> 16), i->imm, is_signed);

    c->r[i->d] = (low & 0xffff) | high << 16;
    return i + 1;
}

static uint32_t sign(uint32_t value, unsigned bits)
{
    uint32_t top = 1U << (bits - 1);

    value &= (top << 1) - 1;
    return (value ^ top) - top;
}

/* What the extension of each op1 (bits 22:20) makes of the turned register. */
static uint32_t extend(uint32_t op1, uint32_t value)
{
    switch (op1) {
    case 0: /* SXTB16 */
        return (sign(value, 8) & 0xffff) | sign(value >> 16, 8) << 16;
    case 2:
        return sign(value, 8);
    case 3:
        return sign(value, 16);
    case 4: /* UXTB16 */
        return value & 0x00ff00ff;
    case 6:
        return value & 0xff;
    default:
        return value & 0xffff;
    }
}

/* With Rn it is added; to bytes in halves, half by half. */
static TW_RUN(extension)
{
    uint32_t op1 = tw_bits(i->word, 22, 20);
    uint32_t value = extend(op1, tw_ror(c->r[i->m], i->s));
    uint32_t base = i->n == 15 ? 0 : c->r[i->n];

    if ((op1 & 3) == 0) {
        uint32_t high = (base >> 16) + (value >> 16);

        c->r[i->d] = ((base + value) & 0xffff) | high << 16;
    } else {
        c->r[i->d] = base + value;
    }
    return i + 1;
}

static TW_RUN(rev)
{
    c->r[i->d] = __builtin_bswap32(c->r[i->m]);
    return i + 1;
}

static TW_RUN(rev16)
{
    c->r[i->d] = tw_ror(__builtin_bswap32(c->r[i->m]), 16);
    return i + 1;
}

static TW_RUN(revsh)
{
    c->r[i->d] = sign(__builtin_bswap32(c->r[i->m]) >> 16, 16);
    return i + 1;
}

static TW_RUN(rbit)
{
    uint32_t v = c->r[i->m];

    v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
    v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
    v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
    c->r[i->d] = __builtin_bswap32(v);
    return i + 1;
}

/* i->imm is the mask of the field, in place. */
static TW_RUN(bfi)
{
    uint32_t value = i->m == 15 ? 0 : c->r[i->m] << i->s;

    c->r[i->d] = (c->r[i->d] & ~i->imm) | (value & i->imm);
    return i + 1;
}

static TW_RUN(ubfx)
{
    c->r[i->d] = c->r[i->m] >> i->s & i->imm;
    return i + 1;
}

static TW_RUN(sbfx)
{
    uint32_t top = i->imm ^ i->imm >> 1;
    uint32_t value = c->r[i->m] >> i->s & i->imm;

    c->r[i->d] = (value ^ top) - top;
    return i + 1;
}

/* Sum of absolute differences; here i->n is the destination, i->d what is
 * added. */
static TW_RUN(usada8)
{
    uint32_t total = i->d == 15 ? 0 : c->r[i->d];

    for (unsigned at = 0; at < 32; at += 8) {
        int32_t difference = (int32_t)(c->r[i->m] >> at & 0xff) -
                             (int32_t)(c->r[i->s] >> at & 0xff);

        total += (uint32_t)(difference < 0 ? -difference : difference);
    }
    c->r[i->n] = total;
    return i + 1;
}

static void decode_usada8(struct tw_insn *i)
{
    i->run = usada8;
    if (tw_bits(i->word, 7, 5) != 0) {
        tw_decode_undefined(i);
    } else if (i->n == 15 || i->m == 15 || i->s == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

static void decode_field(struct tw_insn *i)
{
    uint32_t low = tw_bits(i->word, 11, 7);
    uint32_t high = tw_bits(i->word, 20, 16); /* or the width less one */
    bool insert = tw_bits(i->word, 23, 21) == 6;
    bool fits = insert ? high >= low : low + high < 32;

    i->s = (uint8_t)low;
    if (insert) {
        i->imm = tw_bits(0xffffffff, fits ? high - low : 0, 0) << low;
        i->run = bfi;
    } else {
        i->imm = tw_bits(0xffffffff, high, 0);
        i->run = tw_bit(i->word, 22) ? ubfx : sbfx;
    }
    if (tw_bits(i->word, 6, 5) != (insert ? 0U : 2U)) {
        tw_decode_undefined(i);
    } else if (i->d == 15 || (!insert && i->m == 15)) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (!fits) {
        tw_decode_bad(i, TW_BAD_BITS);
    }
}

static void decode_pack(struct tw_insn *i)
{
    i->s = (uint8_t)tw_bits(i->word, 11, 7);
    i->run = tw_bit(i->word, 6) ? pkhtb : pkhbt;
    if (i->d == 15 || i->n == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

static void decode_sat(struct tw_insn *i)
{
    bool is_signed = !tw_bit(i->word, 22);
    bool halves = tw_bit(i->word, 5);
    uint32_t to = tw_bits(i->word, halves ? 19 : 20, 16);

    i->s = (uint8_t)tw_bits(i->word, 11, 7);
    i->imm = to + (is_signed ? 1 : 0);
    i->run = halves ? sat16 : sat;
    if (i->d == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (halves && tw_bits(i->word, 11, 8) != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static void decode_extension(struct tw_insn *i)
{
    i->s = (uint8_t)(8 * tw_bits(i->word, 11, 10));
    i->run = extension;
    if (i->d == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (tw_bits(i->word, 9, 8) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static void decode_reversal(struct tw_insn *i, tw_run run)
{
    i->run = run;
    if (tw_bits(i->word, 19, 16) != 15 || tw_bits(i->word, 11, 8) != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

/* op2 (bits 7:5) is 1 or 5: SEL, the reversals, 16-bit saturation. */
static void decode_one_or_five(struct tw_insn *i)
{
    bool one = tw_bits(i->word, 7, 5) == 1;

    switch (tw_bits(i->word, 22, 20)) {
    case 0:
        i->run = sel;
        if (one) {
            tw_decode_undefined(i);
        } else if (tw_bits(i->word, 11, 8) != 15) {
            tw_decode_bad(i, TW_BAD_FIELD);
        } else if (i->d == 15 || i->n == 15 || i->m == 15) {
            tw_decode_bad(i, TW_BAD_PC);
        }
        break;
    case 2:
    case 6:
        if (one) {
            decode_sat(i);
        } else {
            tw_decode_undefined(i);
        }
        break;
    case 3:
        decode_reversal(i, one ? rev : rev16);
        break;
    case 7:
        decode_reversal(i, one ? rbit : revsh);
        break;
    default:
        tw_decode_undefined(i);
        break;
    }
}

/* op1 (bits 24:20) 01xxx. */
static void decode_pack_and_so_on(struct tw_insn *i)
{
    uint32_t op1 = tw_bits(i->word, 22, 20);
    uint32_t op2 = tw_bits(i->word, 7, 5);

    if ((op2 & 1) == 0 && op1 == 0) {
        decode_pack(i);
    } else if ((op2 & 1) == 0 && (op1 & 2) != 0) {
        decode_sat(i);
    } else if (op2 == 3 && op1 != 1 && op1 != 5) {
        decode_extension(i);
    } else if (op2 == 1 || op2 == 5) {
        decode_one_or_five(i);
    } else {
        tw_decode_undefined(i);
    }
}

void tw_decode_media(struct tw_insn *i)
{
    uint32_t op1 = tw_bits(i->word, 24, 20);

    if (op1 < 8) {
        tw_decode_parallel(i);
    } else if (op1 < 16) {
        decode_pack_and_so_on(i);
    } else if (op1 < 24) {
        tw_decode_signed_multiply(i);
    } else if (op1 == 24) {
        decode_usada8(i);
    } else if (op1 >= 26) {
        decode_field(i);
    } else {
        tw_decode_undefined(i);
    }
}
