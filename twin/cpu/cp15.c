/* SPDX-License-Identifier: Apache-2.0 */
/* Access to CP15 by MRC, MCR, MRRC and MCRR. */
#include "cpu/cp15.h"

#include <string.h>

#include "cpu/code.h"
#include "cpu/translate.h"

/* Bits of CNTKCTL: what PL0 may reach. */
enum {
    PL0_COUNTER_P = 0x001,
    PL0_COUNTER_V = 0x002,
    PL0_TIMER_V = 0x100,
    PL0_TIMER_P = 0x200
};

void tw_cp15_reset(struct tw_cpu *c)
{
    memset(c->cp, 0, sizeof(c->cp));
    for (unsigned world = 0; world < 2; world++) {
        c->cp[TW_CP_SCTLR][world] = 0x00c50078;
        c->cp[TW_CP_PRRR][world] = 0x00098aa4;
        c->cp[TW_CP_NMRR][world] = 0x44e048e0;
    }
    c->cycles = 0;
    c->cycles_since = c->clock->now;
}

int tw_cp15_find(uint32_t key)
{
    for (unsigned k = 0; k < tw_cp15_row_count; k++) {
        if (tw_cp15_rows[k].key == key) {
            return (int)k;
        }
    }
    return -1;
}

unsigned tw_cp15_bank(const struct tw_cpu *c, enum tw_cp reg)
{
    return reg < TW_CP_BANKED ? c->cp[TW_CP_SCR][0] & TW_SCR_NS : 0;
}

/* What PL0 may do with a register beyond its R0 and W0. */
static bool user_enabled(const struct tw_cpu *c, const struct tw_cp15_row *row,
                         bool write)
{
    uint32_t cntkctl = c->cp[TW_CP_CNTKCTL][0];
    uint32_t bits = 0;

    if (row->reg == TW_CP_CNTFRQ) {
        bits = write ? 0 : PL0_COUNTER_P | PL0_COUNTER_V;
    } else if ((row->access & TW_CP15_TIMER_P) != 0) {
        bits = PL0_TIMER_P;
    } else if ((row->access & TW_CP15_TIMER_V) != 0) {
        bits = PL0_TIMER_V;
    }
    if ((row->access & TW_CP15_PMU) != 0) {
        return (c->cp[TW_CP_PMUSERENR][0] & 1) != 0;
    }
    return (cntkctl & bits) != 0;
}

static bool allowed(const struct tw_cpu *c, const struct tw_cp15_row *row,
                    bool write)
{
    unsigned system = write ? TW_CP15_W : TW_CP15_R;
    unsigned user = write ? TW_CP15_W0 : TW_CP15_R0;
    unsigned secure = TW_CP15_SECURE | (write ? TW_CP15_SECURE_W : 0U);

    if ((row->access & system) == 0) {
        return false;
    }
    if ((row->access & secure) != 0 && (!tw_secure(c) || tw_user(c))) {
        return false;
    }
    return !tw_user(c) || (row->access & user) != 0 ||
           user_enabled(c, row, write);
}

static uint32_t value_of(struct tw_cpu *c, const struct tw_cp15_row *row)
{
    if ((row->access & TW_CP15_CONSTANT) != 0) {
        return row->mask;
    }
    if (row->get != NULL) {
        return row->get(c, row);
    }
    return c->cp[row->reg][tw_cp15_bank(c, row->reg)];
}

static enum tw_cp15_end change(struct tw_cpu *c, const struct tw_cp15_row *row,
                               uint32_t value)
{
    enum tw_cp15_end end = TW_CP15_GO;

    if (row->set != NULL) {
        end = row->set(c, row, value);
    } else {
        uint32_t *reg = &c->cp[row->reg][tw_cp15_bank(c, row->reg)];

        *reg = (*reg & ~row->mask) | (value & row->mask);
    }
    if ((row->access & TW_CP15_TRANSLATION) != 0 && end == TW_CP15_GO) {
        tw_tlb_flush(c);
        end = TW_CP15_LEAVE;
    }
    return end;
}

const struct tw_insn *tw_cp15_read(struct tw_cpu *c, const struct tw_insn *i)
{
    const struct tw_cp15_row *row = &tw_cp15_rows[i->imm];

    if (!allowed(c, row, false)) {
        return tw_take_undefined(c, i);
    }
    c->r[i->d] = value_of(c, row);
    return i + 1;
}

const struct tw_insn *tw_cp15_write(struct tw_cpu *c, const struct tw_insn *i)
{
    const struct tw_cp15_row *row = &tw_cp15_rows[i->imm];

    if (!allowed(c, row, true)) {
        return tw_take_undefined(c, i);
    }
    switch (change(c, row, c->r[i->d])) {
    case TW_CP15_GO:
        return i + 1;
    case TW_CP15_LEAVE:
        return tw_leave(c, i);
    case TW_CP15_ABORT:
        return tw_take_data_abort(c, i);
    case TW_CP15_UNDEFINED:
        return tw_take_undefined(c, i);
    default:
        return tw_not_modelled(
            c, i, "big-endian exceptions and long descriptors (CP15)");
    }
}

static enum tw_timer_id physical_timer(const struct tw_cpu *c)
{
    return (c->cp[TW_CP_SCR][0] & TW_SCR_NS) != 0 ? TW_TIMER_NONSECURE
                                                  : TW_TIMER_SECURE;
}

enum { CNTPCT = 0x0e, CNTVCT = 0x1e, CNTP_CVAL = 0x2e, CNTV_CVAL = 0x3e };

/* Whether PL0 may reach a register of the generic timer. */
static bool timer_allowed(const struct tw_cpu *c, uint32_t which)
{
    static const uint32_t bits[] = {PL0_COUNTER_P, PL0_COUNTER_V, PL0_TIMER_P,
                                    PL0_TIMER_V};

    return !tw_user(c) || (c->cp[TW_CP_CNTKCTL][0] & bits[which >> 4]) != 0;
}

const struct tw_insn *tw_cp15_read64(struct tw_cpu *c, const struct tw_insn *i)
{
    uint64_t value = tw_timer_count(c);

    if (!timer_allowed(c, i->imm)) {
        return tw_take_undefined(c, i);
    }
    if (i->imm == CNTP_CVAL) {
        value = c->timers[physical_timer(c)].compare;
    } else if (i->imm == CNTV_CVAL) {
        value = c->timers[TW_TIMER_VIRTUAL].compare;
    }
    c->r[i->d] = (uint32_t)value;
    c->r[i->n] = (uint32_t)(value >> 32);
    return i + 1;
}

const struct tw_insn *tw_cp15_write64(struct tw_cpu *c, const struct tw_insn *i)
{
    uint64_t value = c->r[i->d] | (uint64_t)c->r[i->n] << 32;

    if (!timer_allowed(c, i->imm) || i->imm < CNTP_CVAL) {
        return tw_take_undefined(c, i);
    }
    tw_timer_compare_write(
        c, i->imm == CNTP_CVAL ? physical_timer(c) : TW_TIMER_VIRTUAL, value);
    return tw_leave(c, i);
}
