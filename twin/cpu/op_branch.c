/* SPDX-License-Identifier: Apache-2.0 */
/* Branches and calls. Source: ARM DDI 0406C A4.3, A5.5. */
#include "cpu/op.h"

static TW_RUN(branch)
{
    return tw_jump(c, c->r[15] + i->imm);
}

/* Within a page: i->imm is the distance in instructions. */
static TW_RUN(branch_near)
{
    (void)c;
    return i + (int32_t)i->imm;
}

static TW_RUN(branch_link)
{
    uint32_t target = c->r[15] + i->imm;

    c->r[14] = c->r[15] - 4;
    return tw_jump(c, target);
}

void tw_decode_branch(struct tw_insn *i)
{
    uint32_t offset = (i->word & 0xffffff) << 2;
    uint32_t far = offset | ((offset >> 25) != 0 ? 0xfc000000U : 0);
    uint32_t target = i->at + 8U + far; /* within the page, or outside it */

    i->imm = far;
    i->run = tw_bit(i->word, 24) ? branch_link : branch;
    if (i->run == branch && target < TW_PAGE) {
        i->imm = (far + 8) >> 2 | ((far + 8) >> 31 != 0 ? 0xc0000000U : 0);
        i->run = branch_near;
    }
}

static TW_RUN(call_thumb)
{
    c->r[14] = c->r[15] - 4;
    return tw_jump_bx(c, i, (c->r[15] + i->imm) | 1);
}

void tw_decode_call(struct tw_insn *i)
{
    tw_decode_branch(i);
    i->imm = (i->word & 0xffffff) << 2 | (i->word >> 23 & 2);
    i->imm |= (i->imm >> 25) != 0 ? 0xfc000000U : 0;
    i->run = call_thumb;
}

static TW_RUN(bx)
{
    return tw_jump_bx(c, i, c->r[i->m]);
}

static TW_RUN(blx)
{
    uint32_t target = c->r[i->m];

    c->r[14] = c->r[15] - 4;
    return tw_jump_bx(c, i, target);
}

/* BX, BXJ (the same without Jazelle), BLX. */
void tw_decode_branch_register(struct tw_insn *i)
{
    bool link = tw_bits(i->word, 7, 4) == 3;

    i->run = link ? blx : bx;
    if (tw_bits(i->word, 19, 8) != 0xfff) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->m == 15 && tw_bits(i->word, 7, 4) != 1) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}
