/* SPDX-License-Identifier: Apache-2.0 */
/* From a word to an operation: the top of the tree. Source: ARM DDI 0406C
 * A5.1, A5.2. */
#include "cpu/op.h"

static TW_RUN(bad)
{
    static const char *const reasons[] = {
        [TW_BAD_PC] = "r15 where it may not be",
        [TW_BAD_SAME] = "registers that must differ are the same",
        [TW_BAD_FIELD] = "bits that must be zero or one are not",
        [TW_BAD_BASE] = "base register written back and transferred",
        [TW_BAD_LIST] = "empty register list",
        [TW_BAD_ODD] = "register pair that does not start even",
        [TW_BAD_COND] = "condition on what must be unconditional",
        [TW_BAD_BITS] = "bit field that does not fit the register",
    };

    return tw_unpredictable(c, i, reasons[i->imm]);
}

void tw_decode_bad(struct tw_insn *i, enum tw_bad why)
{
    i->run = bad;
    i->imm = why;
}

void tw_decode_undefined(struct tw_insn *i)
{
    i->run = tw_run_undefined;
}

/* Bits 27:26 are 00, bits 7 and 4 are 1: multiplications and loads that found
 * no place elsewhere. */
static void decode_extra(struct tw_insn *i)
{
    if (tw_bits(i->word, 6, 5) != 0) {
        tw_decode_load_extra(i);
    } else if (tw_bit(i->word, 24)) {
        tw_decode_exclusive(i);
    } else {
        tw_decode_multiply(i);
    }
}

/* Bits 24:23 are 10 and bit 20 is 0: comparisons without flags, which are
 * something else. */
static bool is_misc(const struct tw_insn *i)
{
    return (i->word & 0x01900000) == 0x01000000;
}

static void decode_register(struct tw_insn *i)
{
    if ((i->word & 0x90) == 0x90) {
        decode_extra(i);
    } else if (!is_misc(i)) {
        tw_decode_data(i);
    } else if (tw_bit(i->word, 7)) {
        tw_decode_halfword_multiply(i);
    } else {
        tw_decode_misc(i);
    }
}

static void decode_immediate(struct tw_insn *i)
{
    if (!is_misc(i)) {
        tw_decode_data(i);
    } else if (!tw_bit(i->word, 21)) {
        tw_decode_move_wide(i);
    } else if (tw_bits(i->word, 22, 16) == 0x20) {
        tw_decode_hint(i);
    } else {
        tw_decode_status_immediate(i);
    }
}

static void decode_class(struct tw_insn *i)
{
    switch (tw_bits(i->word, 27, 25)) {
    case 0:
        decode_register(i);
        break;
    case 1:
        decode_immediate(i);
        break;
    case 2:
        tw_decode_load(i);
        break;
    case 3:
        if (tw_bit(i->word, 4)) {
            tw_decode_media(i);
        } else {
            tw_decode_load(i);
        }
        break;
    case 4:
        tw_decode_multiple(i);
        break;
    case 5:
        tw_decode_branch(i);
        break;
    default:
        tw_decode_system(i);
        break;
    }
}

void tw_decode(struct tw_insn *i)
{
    i->cond = (uint8_t)(i->word >> 28);
    i->n = (uint8_t)tw_bits(i->word, 19, 16);
    i->d = (uint8_t)tw_bits(i->word, 15, 12);
    i->s = (uint8_t)tw_bits(i->word, 11, 8);
    i->m = (uint8_t)tw_bits(i->word, 3, 0);
    i->kind = 0;
    i->imm = 0;
    if (i->cond == 15) {
        tw_decode_unconditional(i);
    } else {
        decode_class(i);
    }
}
