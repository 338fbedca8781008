/* SPDX-License-Identifier: Apache-2.0 */
/* Additions and subtractions of halves and bytes side by side. Source: ARM DDI
 * 0406C A5.4.1, A5.4.2. */
#include "cpu/op.h"

/* What becomes of a lane's result; i->s. */
enum style { PLAIN = 1, SATURATE = 2, HALVE = 3 };

/* Lanes of 16 or 8 bits, signed or not. */
struct lanes {
    uint32_t top; /* highest bit of a lane: 0x8000 or 0x80 */
    bool is_signed;
    enum style style;
    uint32_t result;
    uint32_t ge;
};

static uint32_t mask_of(const struct lanes *l)
{
    return (l->top << 1) - 1;
}

static int32_t lane_of(uint32_t word, unsigned at, const struct lanes *l)
{
    uint32_t value = word >> at & mask_of(l);

    return (int32_t)(l->is_signed ? (value ^ l->top) - l->top : value);
}

static int32_t clamp(int32_t value, const struct lanes *l)
{
    int32_t most = (int32_t)(l->is_signed ? l->top - 1 : mask_of(l));
    int32_t least = l->is_signed ? -(int32_t)l->top : 0;

    if (value < least) {
        return least;
    }
    return value > most ? most : value;
}

/* Puts the result of a lane in place, with its GE bits. */
static void put(struct lanes *l, unsigned at, int32_t value, bool adds)
{
    int32_t least = adds && !l->is_signed ? (int32_t)mask_of(l) + 1 : 0;

    if (value >= least) {
        l->ge |= (l->top == 0x8000 ? 3U : 1U) << (at / 8);
    }
    if (l->style == SATURATE) {
        value = clamp(value, l);
    } else if (l->style == HALVE) {
        value >>= 1;
    }
    l->result |= ((uint32_t)value & mask_of(l)) << at;
}

enum { ADD16, ASX, SAX, SUB16, ADD8, SUB8 = 7 };

static TW_RUN(parallel)
{
    uint32_t a = c->r[i->n];
    uint32_t b = c->r[i->m];
    unsigned width = i->kind >= ADD8 ? 8 : 16;
    struct lanes l = {.top = 1U << (width - 1),
                      .is_signed = !tw_bit(i->word, 22),
                      .style = (enum style)i->s};
    bool crossed = i->kind == ASX || i->kind == SAX;

    for (unsigned at = 0; at < 32; at += width) {
        bool adds = i->kind == ADD16 || i->kind == ADD8 ||
                    i->kind == (at == 0 ? SAX : ASX);
        int32_t x = lane_of(a, at, &l);
        int32_t y = lane_of(b, crossed ? at ^ 16 : at, &l);

        put(&l, at, adds ? x + y : x - y, adds);
    }
    if (l.style == PLAIN) {
        c->ge = l.ge;
    }
    c->r[i->d] = l.result;
    return i + 1;
}

void tw_decode_parallel(struct tw_insn *i)
{
    i->kind = (uint8_t)tw_bits(i->word, 7, 5);
    i->s = (uint8_t)tw_bits(i->word, 21, 20);
    i->run = parallel;
    if (i->s == 0 || i->kind == 5 || i->kind == 6) {
        tw_decode_undefined(i);
    } else if (tw_bits(i->word, 11, 8) != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->n == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}
