/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/code.h"

#include <stdlib.h>

#include "aw/hostio/alloc.h"
#include "cpu/access.h"

/* First time at an instruction: reads it, then carries it out. */
static const struct tw_insn *decode_first(struct tw_cpu *c,
                                          const struct tw_insn *i)
{
    struct tw_insn *mine = &c->code->insn[i->at / 4];

    mine->word = tw_get32(&c->code->bytes[i->at]);
    tw_decode(mine);
    if (mine->cond != TW_COND_AL && !tw_passes(c, mine->cond)) {
        return mine + 1;
    }
    return mine->run(c, mine);
}

uint32_t tw_code_word(const struct tw_code *code, const struct tw_insn *i)
{
    return i->run == decode_first ? tw_get32(&code->bytes[i->at]) : i->word;
}

/* Behind the last instruction of a page. It is none itself: the tick that the
 * loop counts for it is taken back. */
static const struct tw_insn *next_page(struct tw_cpu *c,
                                       const struct tw_insn *i)
{
    c->clock->now--;
    return tw_jump_far(c, c->page + i->at);
}

static void forget(struct tw_insn *i, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        i[k].run = decode_first;
        i[k].cond = TW_COND_AL;
    }
}

static void start_page(struct tw_cpu *c, struct tw_code *code)
{
    forget(code->insn, TW_PAGE_WORDS);
    for (uint32_t k = 0; k <= TW_PAGE_WORDS; k++) {
        code->insn[k].at = (uint16_t)(k * 4);
    }
    code->insn[TW_PAGE_WORDS].run = next_page;
    code->insn[TW_PAGE_WORDS].cond = TW_COND_AL;
    code->generation = c->generation;
}

static struct tw_code **slot(struct tw_cpu *c, uint32_t frame)
{
    return &c->codes[frame / TW_PAGE % TW_CODE_SLOTS];
}

struct tw_code *tw_code_of(struct tw_cpu *c, uint32_t frame,
                           const uint8_t *bytes)
{
    struct tw_code **at = slot(c, frame);

    if (*at == NULL) {
        *at = aw_alloc(1, sizeof(**at));
        (*at)->generation = c->generation - 1;
    }
    struct tw_code *code = *at;

    if (code->frame != frame || code->generation != c->generation) {
        code->frame = frame;
        start_page(c, code);
    }
    code->bytes = bytes;
    return code;
}

void tw_code_drop_all(struct tw_cpu *c)
{
    c->generation++;
}

void tw_code_drop_line(struct tw_cpu *c, uint32_t address)
{
    enum { LINE = 32 }; /* of the instruction cache, bytes */
    uint32_t frame = address / TW_PAGE * TW_PAGE;
    struct tw_code *code = *slot(c, frame);

    if (code != NULL && code->frame == frame) {
        forget(&code->insn[(size_t)(address % TW_PAGE / LINE) * (LINE / 4)],
               LINE / 4);
    }
}

void tw_code_free(struct tw_cpu *c)
{
    for (uint32_t k = 0; k < TW_CODE_SLOTS; k++) {
        free(c->codes[k]);
    }
}

const struct tw_insn *tw_jump_far(struct tw_cpu *c, uint32_t target)
{
    const struct tw_tlb *e = tw_tlb_at(c, target, c->context);
    uint32_t page = target / TW_PAGE * TW_PAGE;

    c->next = target;
    if (e->execute != (page | c->context) || e->code->frame != e->frame ||
        e->code->generation != c->generation) {
        return NULL;
    }
    c->page = page;
    c->code = e->code;
    return &c->code->insn[target % TW_PAGE / 4];
}

const struct tw_insn *tw_jump_bx(struct tw_cpu *c, const struct tw_insn *i,
                                 uint32_t target)
{
    if ((target & 1) != 0) {
        c->alien |= TW_PSR_T;
        c->next = target & ~1U;
        return NULL;
    }
    if ((target & 2) != 0) {
        return tw_unpredictable(c, i, "branch to a halfword in ARM state");
    }
    return tw_jump(c, target);
}
