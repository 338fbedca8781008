/* SPDX-License-Identifier: Apache-2.0 */
/* Exception entry and return. Source: ARM DDI 0406C B1.8 and B1.9. */
#include "cpu/code.h"
#include "cpu/inspect.h"

enum {
    VECTOR_UNDEFINED = 0x04,
    VECTOR_CALL = 0x08, /* SVC; of the monitor: SMC */
    VECTOR_PREFETCH = 0x0c,
    VECTOR_DATA = 0x10,
    VECTOR_IRQ = 0x18,
    VECTOR_FIQ = 0x1c
};

#define HIGH_VECTORS 0xffff0000U

/* lr is what the manual calls the preferred return address plus offset. */
static void enter(struct tw_cpu *c, enum tw_mode mode, uint32_t vector,
                  uint32_t lr)
{
    uint32_t psr = tw_cpsr(c);

    if (c->mode == TW_MON) {
        c->cp[TW_CP_SCR][0] &= ~TW_SCR_NS;
    }
    tw_mode_set(c, mode);
    c->spsr[tw_bank_of(mode)] = psr;
    c->r[14] = lr;
    c->masks |= TW_PSR_I;
    if (mode == TW_MON) {
        c->masks |= TW_PSR_A | TW_PSR_F;
    }
    uint32_t sctlr = tw_cp_here(c, TW_CP_SCTLR);
    uint32_t base =
        (sctlr & TW_SCTLR_V) != 0 ? HIGH_VECTORS : tw_cp_here(c, TW_CP_VBAR);

    c->alien = (sctlr & TW_SCTLR_TE) != 0 ? TW_PSR_T : 0;
    if (mode == TW_MON) {
        base = c->cp[TW_CP_MVBAR][0];
    }
    c->next = base + vector;
}

static uint32_t address_of(const struct tw_cpu *c, const struct tw_insn *i)
{
    return c->page + i->at;
}

const struct tw_insn *tw_take_undefined(struct tw_cpu *c,
                                        const struct tw_insn *i)
{
    enter(c, TW_UND, VECTOR_UNDEFINED, address_of(c, i) + 4);
    return NULL;
}

const struct tw_insn *tw_take_svc(struct tw_cpu *c, const struct tw_insn *i)
{
    enter(c, TW_SVC, VECTOR_CALL, address_of(c, i) + 4);
    return NULL;
}

const struct tw_insn *tw_take_smc(struct tw_cpu *c, const struct tw_insn *i)
{
    enter(c, TW_MON, VECTOR_CALL, address_of(c, i) + 4);
    return NULL;
}

/* Fault status registers are those of the world that takes the abort. */
static unsigned fault_world(const struct tw_cpu *c, bool to_monitor)
{
    return tw_secure(c) || to_monitor ? 0 : 1;
}

static bool external(const struct tw_fault *f)
{
    return f->status == TW_FAULT_EXTERNAL ||
           f->status == TW_FAULT_WALK_SECTION ||
           f->status == TW_FAULT_WALK_PAGE;
}

static bool to_monitor(const struct tw_cpu *c)
{
    return external(&c->fault) && (c->cp[TW_CP_SCR][0] & TW_SCR_EA) != 0;
}

static uint32_t data_status(const struct tw_fault *f)
{
    return f->status | (uint32_t)f->domain << 4 | (f->write ? 0x800U : 0) |
           (f->maintenance ? 0x2000U : 0);
}

const struct tw_insn *tw_take_data_abort(struct tw_cpu *c,
                                         const struct tw_insn *i)
{
    if (c->fault.status == TW_FAULT_WATCH) {
        return tw_stop_at_watch(c, i);
    }
    bool monitor = to_monitor(c);
    unsigned world = fault_world(c, monitor);

    c->cp[TW_CP_DFSR][world] = data_status(&c->fault);
    c->cp[TW_CP_DFAR][world] = c->fault.address;
    enter(c, monitor ? TW_MON : TW_ABT, VECTOR_DATA, address_of(c, i) + 8);
    c->masks |= TW_PSR_A;
    return NULL;
}

void tw_take_prefetch_abort(struct tw_cpu *c)
{
    bool monitor = to_monitor(c);
    unsigned world = fault_world(c, monitor);

    c->cp[TW_CP_IFSR][world] = c->fault.status;
    c->cp[TW_CP_IFAR][world] = c->fault.address;
    enter(c, monitor ? TW_MON : TW_ABT, VECTOR_PREFETCH, c->next + 4);
    c->masks |= TW_PSR_A;
}

const struct tw_insn *tw_take_breakpoint(struct tw_cpu *c,
                                         const struct tw_insn *i)
{
    c->next = address_of(c, i);
    c->fault = (struct tw_fault){.address = c->next, .status = TW_FAULT_DEBUG};
    tw_take_prefetch_abort(c);
    return NULL;
}

/* The non-secure world cannot mask an FIQ that goes to the monitor, unless
 * SCR.FW lets it. */
static bool fiq_masked(const struct tw_cpu *c)
{
    uint32_t scr = c->cp[TW_CP_SCR][0];

    if (!tw_secure(c) && (scr & TW_SCR_FIQ) != 0 && (scr & TW_SCR_FW) == 0) {
        return false;
    }
    return (c->masks & TW_PSR_F) != 0;
}

void tw_take_interrupt(struct tw_cpu *c)
{
    uint32_t scr = c->cp[TW_CP_SCR][0];

    if (c->fiq && !fiq_masked(c)) {
        enter(c, (scr & TW_SCR_FIQ) != 0 ? TW_MON : TW_FIQ, VECTOR_FIQ,
              c->next + 4);
        c->masks |= TW_PSR_A | TW_PSR_F;
    } else if (c->irq && (c->masks & TW_PSR_I) == 0) {
        enter(c, (scr & TW_SCR_IRQ) != 0 ? TW_MON : TW_IRQ, VECTOR_IRQ,
              c->next + 4);
        c->masks |= TW_PSR_A;
    }
}

const struct tw_insn *tw_return(struct tw_cpu *c, const struct tw_insn *i,
                                uint32_t target, uint32_t psr)
{
    if (!tw_cpsr_write(c, psr, UINT32_MAX)) {
        return tw_unpredictable(c, i, "return to a mode that is illegal here");
    }
    c->next = target & ~(c->alien == 0 ? 3U : 1U);
    return NULL;
}
