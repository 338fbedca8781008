/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CODE_H
#define TWIN_CODE_H

#include "cpu/processor.h"

/*
 * Decoded instructions, by physical page. They stand for the instruction
 * cache: they do not follow the memory that they were read from.
 */

enum { TW_COND_AL = 14, TW_PAGE_WORDS = TW_PAGE / 4 };

struct tw_insn {
    /* Carries it out. Returns the instruction that comes next, in the same
     * page or after tw_jump; NULL when the run must look around first, with
     * c->next set. */
    const struct tw_insn *(*run)(struct tw_cpu *c, const struct tw_insn *i);
    uint32_t imm;  /* as the operation likes it best */
    uint32_t word; /* as it was read */
    uint8_t d;     /* registers, by the manual's letters: Rd or Rt */
    uint8_t n;
    uint8_t m;
    uint8_t s; /* Rs, or the amount of a shift */
    uint8_t cond;
    uint8_t kind; /* of a shift, or as the operation likes it */
    uint16_t at;  /* offset in its page */
};

struct tw_code {
    uint32_t frame; /* physical address of the page */
    uint32_t generation;
    const uint8_t *bytes;
    /* The last one leads to the next page. */
    struct tw_insn insn[TW_PAGE_WORDS + 1];
};

/** Decoded code of a page of memory. */
struct tw_code *tw_code_of(struct tw_cpu *c, uint32_t frame,
                           const uint8_t *bytes);
/** Drops all, as ICIALLU; the page that runs is looked up again only when the
 * operation returns NULL. */
void tw_code_drop_all(struct tw_cpu *c);
/** The word of an instruction, whether it was decoded yet or not. */
uint32_t tw_code_word(const struct tw_code *code, const struct tw_insn *i);
/** Drops one line of the instruction cache, by physical address. */
void tw_code_drop_line(struct tw_cpu *c, uint32_t address);
void tw_code_free(struct tw_cpu *c);

/** Decodes i->word into run and the fields; decode.c. */
void tw_decode(struct tw_insn *i);

/** Continues at target, which is a multiple of 4, if its page is at hand. */
const struct tw_insn *tw_jump_far(struct tw_cpu *c, uint32_t target);

static inline const struct tw_insn *tw_jump(struct tw_cpu *c, uint32_t target)
{
    if (AW_LIKELY(((target ^ c->page) & ~(uint32_t)(TW_PAGE - 1)) == 0)) {
        return &c->code->insn[target % TW_PAGE / 4];
    }
    return tw_jump_far(c, target);
}

/** BX: bit 0 leads to Thumb state, which stops the processor. */
const struct tw_insn *tw_jump_bx(struct tw_cpu *c, const struct tw_insn *i,
                                 uint32_t target);

/** Leaves the fast loop before the next instruction in order. */
static inline const struct tw_insn *tw_leave(struct tw_cpu *c,
                                             const struct tw_insn *i)
{
    c->next = c->page + i->at + 4;
    return NULL;
}

/** Whether the flags satisfy a condition, 0-13. */
static inline bool tw_passes(const struct tw_cpu *c, unsigned cond)
{
    /* Row: condition; bit: flags as NZCV. */
    static const uint16_t table[16] = {
        0xf0f0, 0x0f0f, 0xcccc, 0x3333, 0xff00, 0x00ff, 0xaaaa, 0x5555,
        0x0c0c, 0xf3f3, 0xaa55, 0x55aa, 0x0a05, 0xf5fa, 0xffff, 0x0000,
    };
    uint32_t flags =
        (c->n >> 31) << 3 | (c->z == 0 ? 4U : 0U) | c->c << 1 | c->v >> 31;

    return (table[cond] >> flags & 1) != 0;
}

#endif
