/* SPDX-License-Identifier: Apache-2.0 */
/* SRS, RFE and ERET. Source: ARM DDI 0406C B9.3. */
#include "cpu/access.h"
#include "cpu/op.h"

enum { P_BIT = 24, U_BIT = 23, W_BIT = 21 };

/* The lower of the two words of SRS and RFE. */
static uint32_t lowest(const struct tw_insn *i, uint32_t base)
{
    bool before = tw_bit(i->word, P_BIT);

    if (tw_bit(i->word, U_BIT)) {
        return before ? base + 4 : base;
    }
    return before ? base - 8 : base - 4;
}

static uint32_t moved(const struct tw_insn *i, uint32_t base)
{
    return tw_bit(i->word, U_BIT) ? base + 8 : base - 8;
}

/* SRS: r14 and SPSR to the stack of the mode that it names. */
static TW_RUN(srs)
{
    const struct tw_how how = {c->context, 4, true};
    uint32_t mode = i->word & TW_PSR_MODE;

    if (c->mode == TW_USR || c->mode == TW_SYS) {
        return tw_unpredictable(c, i, "SRS in USR or SYS mode");
    }
    if (!tw_mode_allowed(c, mode)) {
        return tw_unpredictable(c, i, "SRS to a mode that is illegal here");
    }
    enum tw_bank bank = tw_bank_of((enum tw_mode)mode);
    uint32_t *sp =
        bank == tw_bank_of(c->mode) ? &c->r[13] : &c->banked_r[bank][0];
    uint32_t at = lowest(i, *sp);

    if (!tw_store_slow(c, at, &how, c->r[14]) ||
        !tw_store_slow(c, at + 4, &how, c->spsr[tw_bank_of(c->mode)])) {
        return tw_take_data_abort(c, i);
    }
    if (tw_bit(i->word, W_BIT)) {
        *sp = moved(i, *sp);
    }
    return i + 1;
}

void tw_decode_srs(struct tw_insn *i)
{
    i->run = srs;
    if ((i->word & 0x000fffe0) != 0x000d0500) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static TW_RUN(rfe)
{
    const struct tw_how how = {c->context, 4, true};
    uint32_t base = c->r[i->n];
    uint32_t at = lowest(i, base);
    uint32_t target = 0;
    uint32_t psr = 0;

    if (tw_user(c)) {
        return tw_unpredictable(c, i, "RFE in USR mode");
    }
    if (!tw_load_slow(c, at, &how, &target) ||
        !tw_load_slow(c, at + 4, &how, &psr)) {
        return tw_take_data_abort(c, i);
    }
    if (tw_bit(i->word, W_BIT)) {
        c->r[i->n] = moved(i, base);
    }
    return tw_return(c, i, target, psr);
}

void tw_decode_rfe(struct tw_insn *i)
{
    i->run = rfe;
    if ((i->word & 0xffff) != 0x0a00) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->n == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

TW_RUN(tw_run_eret)
{
    if (c->mode == TW_USR || c->mode == TW_SYS) {
        return tw_unpredictable(c, i, "ERET in USR or SYS mode");
    }
    return tw_return(c, i, c->r[14], c->spsr[tw_bank_of(c->mode)]);
}
