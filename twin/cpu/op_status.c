/* SPDX-License-Identifier: Apache-2.0 */
/* MRS, MSR, CPS, SETEND. Source: ARM DDI 0406C A8.8.109 to A8.8.112, B9.3. */
#include "cpu/op.h"

#define PSR_USER_BITS (0xf8000000U | TW_PSR_GE)
/* What MSR reaches of CPSR: not the execution state. */
#define PSR_BITS \
    (PSR_USER_BITS | TW_PSR_E | TW_PSR_A | TW_PSR_I | TW_PSR_F | TW_PSR_MODE)

static bool has_no_spsr(const struct tw_cpu *c)
{
    return c->mode == TW_USR || c->mode == TW_SYS;
}

static TW_RUN(mrs_cpsr)
{
    c->r[i->d] = tw_cpsr(c);
    return i + 1;
}

static TW_RUN(mrs_spsr)
{
    if (has_no_spsr(c)) {
        return tw_unpredictable(c, i, "SPSR in USR or SYS mode");
    }
    c->r[i->d] = c->spsr[tw_bank_of(c->mode)];
    return i + 1;
}

/* Changes of CPSR: masks or mode may be different, so the run looks around. */
static const struct tw_insn *set_cpsr(struct tw_cpu *c, const struct tw_insn *i,
                                      uint32_t value, uint32_t mask)
{
    mask &= tw_user(c) ? PSR_USER_BITS : PSR_BITS;
    if (!tw_cpsr_write(c, value, mask)) {
        return tw_unpredictable(c, i, "change to a mode that is illegal here");
    }
    return (mask & ~PSR_USER_BITS) == 0 ? i + 1 : tw_leave(c, i);
}

static uint32_t byte_mask(const struct tw_insn *i)
{
    uint32_t mask = 0;

    for (unsigned k = 0; k < 4; k++) {
        mask |= tw_bit(i->word, 16 + k) ? 0xffU << (8 * k) : 0;
    }
    return mask;
}

static const struct tw_insn *msr(struct tw_cpu *c, const struct tw_insn *i,
                                 uint32_t value)
{
    uint32_t mask = byte_mask(i);

    if (!tw_bit(i->word, 22)) {
        return set_cpsr(c, i, value, mask);
    }
    if (has_no_spsr(c)) {
        return tw_unpredictable(c, i, "SPSR in USR or SYS mode");
    }
    uint32_t *spsr = &c->spsr[tw_bank_of(c->mode)];

    *spsr = (*spsr & ~mask) | (value & mask);
    return i + 1;
}

static TW_RUN(msr_register)
{
    return msr(c, i, c->r[i->m]);
}

static TW_RUN(msr_immediate)
{
    return msr(c, i, i->imm);
}

/* Registers of another mode, by SYSm: its bits 4:3 choose between USR and FIQ
 * with all registers, and the others with r13, r14 and SPSR. */
static const uint8_t banked_modes[16] = {
    TW_IRQ, TW_IRQ, TW_SVC, TW_SVC, TW_ABT, TW_ABT, TW_UND, TW_UND,
    0,      0,      0,      0,      TW_MON, TW_MON, TW_HYP, TW_HYP,
};

struct banked {
    uint32_t mode; /* 0: the encoding names nothing */
    unsigned reg;  /* 8-14 */
};

static struct banked banked_of(const struct tw_insn *i)
{
    uint32_t sysm = (tw_bit(i->word, 8) ? 16U : 0U) | tw_bits(i->word, 19, 16);

    if (tw_bit(i->word, 22)) { /* SPSR: like r14, FIQ at 01110 */
        struct banked spsr = {0, 14};

        if (sysm == 14) {
            spsr.mode = TW_FIQ;
        } else if (sysm >= 16 && (sysm & 1) == 0) {
            spsr.mode = banked_modes[sysm - 16];
        }
        return spsr;
    }
    if (sysm < 16) {
        unsigned reg = 8 + (sysm & 7);

        return (struct banked){reg == 15  ? 0U
                               : sysm < 8 ? TW_USR
                                          : TW_FIQ,
                               reg};
    }
    return (struct banked){banked_modes[sysm - 16],
                           (sysm & 1) != 0 ? 13U : 14U};
}

static uint32_t *banked_place(struct tw_cpu *c, const struct tw_insn *i,
                              const struct banked *b)
{
    enum tw_bank bank = tw_bank_of((enum tw_mode)b->mode);
    unsigned fiq = bank == TW_BANK_FIQ ? 1 : 0;
    bool here = tw_bank_of(c->mode) == bank;

    if (tw_bit(i->word, 22)) {
        return &c->spsr[bank];
    }
    if (b->reg >= 13) {
        return here ? &c->r[b->reg] : &c->banked_r[bank][b->reg - 13];
    }
    here = (c->mode == TW_FIQ) == (fiq == 1);
    return here ? &c->r[b->reg] : &c->banked_high[fiq][b->reg - 8];
}

/* Not for USR mode, not for registers of the mode at hand, nor of one that is
 * out of reach. */
static const char *banked_wrong(const struct tw_cpu *c, const struct banked *b)
{
    if (tw_user(c)) {
        return "banked register in USR mode";
    }
    if (b->mode == 0 || !tw_mode_allowed(c, b->mode)) {
        return "banked register of a mode that is illegal here";
    }
    if (tw_bank_of(c->mode) == tw_bank_of((enum tw_mode)b->mode)) {
        return "banked register of the mode at hand";
    }
    return NULL;
}

static TW_RUN(mrs_banked)
{
    struct banked b = banked_of(i);
    const char *wrong = banked_wrong(c, &b);

    if (wrong != NULL) {
        return tw_unpredictable(c, i, wrong);
    }
    c->r[i->d] = *banked_place(c, i, &b);
    return i + 1;
}

static TW_RUN(msr_banked)
{
    struct banked b = banked_of(i);
    const char *wrong = banked_wrong(c, &b);

    if (wrong != NULL) {
        return tw_unpredictable(c, i, wrong);
    }
    *banked_place(c, i, &b) = c->r[i->m];
    return i + 1;
}

static void decode_banked(struct tw_insn *i)
{
    bool writes = tw_bit(i->word, 21);

    i->run = writes ? msr_banked : mrs_banked;
    if (tw_bits(i->word, 11, 10) != 0 || (!writes && i->m != 0) ||
        (writes && i->d != 15)) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if ((writes ? i->m : i->d) == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

void tw_decode_status(struct tw_insn *i)
{
    bool writes = tw_bit(i->word, 21);
    uint32_t field = tw_bits(i->word, 19, 16);

    if (tw_bit(i->word, 9)) {
        decode_banked(i);
        return;
    }
    if (writes) {
        i->run = msr_register;
    } else {
        i->run = tw_bit(i->word, 22) ? mrs_spsr : mrs_cpsr;
    }
    if (tw_bits(i->word, 11, 8) != 0 || (!writes && i->m != 0) ||
        (writes && i->d != 15) || (writes ? field == 0 : field != 15)) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if ((writes ? i->m : i->d) == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    }
}

void tw_decode_status_immediate(struct tw_insn *i)
{
    i->imm = tw_ror(i->word & 0xff, 2 * tw_bits(i->word, 11, 8));
    i->run = msr_immediate;
    if (tw_bits(i->word, 15, 12) != 15 || tw_bits(i->word, 19, 16) == 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

/* i->imm: the value; i->kind: which masks; bit 17 also changes the mode. */
static TW_RUN(cps)
{
    uint32_t masks = i->word & (TW_PSR_A | TW_PSR_I | TW_PSR_F);
    uint32_t value = tw_bit(i->word, 18) ? masks : 0;

    if (tw_user(c)) {
        return i + 1;
    }
    if (!tw_bit(i->word, 19)) {
        masks = 0;
    }
    if (tw_bit(i->word, 17)) {
        masks |= TW_PSR_MODE;
        value |= i->word & TW_PSR_MODE;
    }
    return set_cpsr(c, i, value, masks);
}

void tw_decode_cps(struct tw_insn *i)
{
    bool masks = tw_bit(i->word, 19);
    bool mode = tw_bit(i->word, 17);
    bool any = tw_bits(i->word, 8, 6) != 0;

    i->run = cps;
    if (tw_bits(i->word, 15, 9) != 0 ||
        (!mode && (i->word & TW_PSR_MODE) != 0) || (!masks && any) ||
        (masks && !any) || (!masks && !mode) ||
        (!masks && tw_bit(i->word, 18))) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}

static TW_RUN(setend)
{
    if (tw_bit(i->word, 9)) {
        return tw_not_modelled(c, i, "SETEND BE: big-endian data");
    }
    return i + 1;
}

void tw_decode_setend(struct tw_insn *i)
{
    i->run = setend;
    if (tw_bits(i->word, 19, 10) != 0x40 || tw_bit(i->word, 8) ||
        (i->word & 15) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    }
}
