/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, banks, status registers; power on and reset. */
#include "cpu/processor.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "cpu/code.h"
#include "cpu/translate.h"

enum tw_bank tw_bank_of(enum tw_mode mode)
{
    switch (mode) {
    case TW_FIQ:
        return TW_BANK_FIQ;
    case TW_IRQ:
        return TW_BANK_IRQ;
    case TW_SVC:
        return TW_BANK_SVC;
    case TW_ABT:
        return TW_BANK_ABT;
    case TW_UND:
        return TW_BANK_UND;
    case TW_MON:
        return TW_BANK_MON;
    default:
        return TW_BANK_USR;
    }
}

bool tw_secure(const struct tw_cpu *c)
{
    return (c->cp[TW_CP_SCR][0] & TW_SCR_NS) == 0 || c->mode == TW_MON;
}

bool tw_cpu_secure(const struct tw_cpu *cpu)
{
    return tw_secure(cpu);
}

uint32_t tw_cpsr(const struct tw_cpu *c)
{
    return (c->n & TW_PSR_N) | (c->z == 0 ? TW_PSR_Z : 0) | c->c << 29 |
           (c->v >> 31) << 28 | c->q << 27 | c->ge << 16 | c->masks | c->alien |
           (uint32_t)c->mode;
}

void tw_context_update(struct tw_cpu *c)
{
    c->context = (tw_user(c) ? TW_CONTEXT_USER : 0U) |
                 (tw_secure(c) ? 0U : TW_CONTEXT_NS);
}

void tw_mode_set(struct tw_cpu *c, enum tw_mode mode)
{
    enum tw_bank old = tw_bank_of(c->mode);
    enum tw_bank new = tw_bank_of(mode);
    size_t high = sizeof(c->banked_high[0]);

    if (old != new) {
        memcpy(c->banked_r[old], &c->r[13], sizeof(c->banked_r[0]));
        memcpy(&c->r[13], c->banked_r[new], sizeof(c->banked_r[0]));
    }
    if ((old == TW_BANK_FIQ) != (new == TW_BANK_FIQ)) {
        memcpy(c->banked_high[old == TW_BANK_FIQ ? 1 : 0], &c->r[8], high);
        memcpy(&c->r[8], c->banked_high[new == TW_BANK_FIQ ? 1 : 0], high);
    }
    c->mode = mode;
    tw_context_update(c);
}

bool tw_mode_allowed(const struct tw_cpu *c, uint32_t mode)
{
    switch (mode) {
    case TW_USR:
    case TW_FIQ:
    case TW_IRQ:
    case TW_SVC:
    case TW_ABT:
    case TW_UND:
    case TW_SYS:
        return true;
    case TW_MON:
        return tw_secure(c);
    default: /* HYP is not modelled */
        return false;
    }
}

static void set_flags(struct tw_cpu *c, uint32_t value)
{
    c->n = value & TW_PSR_N;
    c->z = (value & TW_PSR_Z) == 0 ? 1 : 0;
    c->c = (value & TW_PSR_C) != 0 ? 1 : 0;
    c->v = (value & TW_PSR_V) << 3;
}

bool tw_cpsr_write(struct tw_cpu *c, uint32_t value, uint32_t mask)
{
    if ((mask & TW_PSR_MODE) != 0 && !tw_mode_allowed(c, value & TW_PSR_MODE)) {
        return false;
    }
    if ((mask & TW_PSR_N) != 0) {
        set_flags(c, value);
    }
    if ((mask & TW_PSR_Q) != 0) {
        c->q = (value & TW_PSR_Q) != 0 ? 1 : 0;
    }
    if ((mask & TW_PSR_GE) != 0) {
        c->ge = (value & TW_PSR_GE) >> 16;
    }
    uint32_t masks = mask & (TW_PSR_A | TW_PSR_I | TW_PSR_F);
    uint32_t alien = mask & TW_PSR_ALIEN;

    c->masks = (c->masks & ~masks) | (value & masks);
    c->alien = (c->alien & ~alien) | (value & alien);
    if ((mask & TW_PSR_MODE) != 0) {
        tw_mode_set(c, (enum tw_mode)(value & TW_PSR_MODE));
    }
    return true;
}

struct tw_cpu *tw_cpu_new(struct tw_bus *bus, struct tw_clock *clock,
                          struct tw_report *report)
{
    struct tw_cpu *c = aw_alloc(1, sizeof(*c));

    c->bus = bus;
    c->clock = clock;
    c->report = report;
    c->mode = TW_SVC;
    tw_timers_init(c);
    tw_cpu_reset(c, 0);
    return c;
}

void tw_cpu_free(struct tw_cpu *cpu)
{
    if (cpu == NULL) {
        return;
    }
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        tw_clock_cancel(cpu->clock, &cpu->timers[i].event);
    }
    tw_code_free(cpu);
    free(cpu);
}

void tw_cpu_reset(struct tw_cpu *cpu, uint32_t pc)
{
    struct tw_cpu *c = cpu;

    memset(c->r, 0, sizeof(c->r));
    memset(c->banked_r, 0, sizeof(c->banked_r));
    memset(c->banked_high, 0, sizeof(c->banked_high));
    memset(c->spsr, 0, sizeof(c->spsr));
    set_flags(c, TW_PSR_Z);
    c->q = 0;
    c->ge = 0;
    c->masks = TW_PSR_A | TW_PSR_I | TW_PSR_F;
    c->alien = 0;
    tw_cp15_reset(c);
    c->mode = TW_SVC;
    tw_context_update(c);
    tw_timers_reset(c);
    c->monitor = (struct tw_monitor){0};
    c->waiting = false;
    c->stopping = false;
    c->stop = TW_STOP_SLICE;
    c->next = pc;
    tw_leave_soon(c);
    tw_code_drop_all(c);
    tw_tlb_flush(c);
}

void tw_cpu_irq(struct tw_cpu *cpu, bool level)
{
    cpu->irq = level;
    tw_leave_soon(cpu);
}

void tw_cpu_fiq(struct tw_cpu *cpu, bool level)
{
    cpu->fiq = level;
    tw_leave_soon(cpu);
}

void tw_cpu_stop(struct tw_cpu *cpu)
{
    cpu->stopping = true;
    tw_leave_soon(cpu);
}

void tw_cpu_stop_when(struct tw_cpu *cpu, const bool *done)
{
    cpu->done = done;
}

uint32_t tw_cpu_get(const struct tw_cpu *cpu, unsigned reg)
{
    switch (reg) {
    case 15:
        return cpu->next;
    case 16:
        return tw_cpsr(cpu);
    default:
        return reg < 15 ? cpu->r[reg] : 0;
    }
}

void tw_cpu_set(struct tw_cpu *cpu, unsigned reg, uint32_t value)
{
    switch (reg) {
    case 15:
        cpu->next = value;
        break;
    case 16:
        (void)tw_cpsr_write(cpu, value, UINT32_MAX);
        break;
    default:
        if (reg < 15) {
            cpu->r[reg] = value;
        }
        break;
    }
}

uint64_t tw_cpu_instructions(const struct tw_cpu *cpu)
{
    return cpu->clock->now - cpu->slept;
}
