/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_PROCESSOR_H
#define TWIN_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "aw/attr.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"
#include "cpu/cp15.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"

/*
 * Inside of the processor, for the files of this folder. How an instruction
 * travels: run.c finds the page of the program counter (translate.h), the page
 * has its instructions in decoded form (code.h), each with the function that
 * carries it out (op_*.c). Source for all of it: ARM DDI 0406C.
 */

/* CPSR and SPSR. */
#define TW_PSR_N    0x80000000U
#define TW_PSR_Z    0x40000000U
#define TW_PSR_C    0x20000000U
#define TW_PSR_V    0x10000000U
#define TW_PSR_Q    0x08000000U
#define TW_PSR_J    0x01000000U
#define TW_PSR_GE   0x000f0000U
#define TW_PSR_IT   0x0600fc00U
#define TW_PSR_E    0x00000200U
#define TW_PSR_A    0x00000100U
#define TW_PSR_I    0x00000080U
#define TW_PSR_F    0x00000040U
#define TW_PSR_T    0x00000020U
#define TW_PSR_MODE 0x0000001fU
/* What stops this processor: big-endian data, Thumb and Jazelle state. */
#define TW_PSR_ALIEN (TW_PSR_J | TW_PSR_E | TW_PSR_T)

enum tw_mode {
    TW_USR = 0x10,
    TW_FIQ = 0x11,
    TW_IRQ = 0x12,
    TW_SVC = 0x13,
    TW_MON = 0x16,
    TW_ABT = 0x17,
    TW_HYP = 0x1a,
    TW_UND = 0x1b,
    TW_SYS = 0x1f
};

/* Sets of r13, r14 and SPSR. */
enum tw_bank {
    TW_BANK_USR, /* also SYS; its SPSR is unused */
    TW_BANK_FIQ,
    TW_BANK_IRQ,
    TW_BANK_SVC,
    TW_BANK_ABT,
    TW_BANK_UND,
    TW_BANK_MON,
    TW_BANKS
};

/* Why an access failed, in terms of the fault status registers. */
struct tw_fault {
    uint32_t address;
    uint8_t status; /* FS[3:0]; none that we know of needs FS[4] */
    uint8_t domain;
    bool write;       /* or maintenance, which counts as a write */
    bool maintenance; /* DFSR.CM */
};

enum tw_fault_status {
    TW_FAULT_ALIGNMENT = 0x1,
    TW_FAULT_DEBUG = 0x2,
    TW_FAULT_FLAG_SECTION = 0x3,
    TW_FAULT_TRANSLATION_SECTION = 0x5,
    TW_FAULT_FLAG_PAGE = 0x6,
    TW_FAULT_TRANSLATION_PAGE = 0x7,
    TW_FAULT_EXTERNAL = 0x8,
    TW_FAULT_DOMAIN_SECTION = 0x9,
    TW_FAULT_DOMAIN_PAGE = 0xb,
    TW_FAULT_WALK_SECTION = 0xc,
    TW_FAULT_PERMISSION_SECTION = 0xd,
    TW_FAULT_WALK_PAGE = 0xe,
    TW_FAULT_PERMISSION_PAGE = 0xf,
    TW_FAULT_WATCH = 0xff /* none: a debugger wants to know */
};

/*
 * Who makes an access, as bits 2 and 3 of the tags of the translation cache;
 * the lowest two bits of a tag are zero, so that an unaligned address never
 * equals one.
 */
enum {
    TW_CONTEXT_USER = 4,
    TW_CONTEXT_NS = 8,
    TW_TAG_NONE = 16, /* equals no tag of an access */
    TW_TLB_ENTRIES = 1024,
    TW_CODE_SLOTS = 4096
};

enum tw_memory { TW_STRONGLY_ORDERED, TW_DEVICE_MEMORY, TW_NORMAL };

/* What an access may do with a page; also asks for it. */
enum { TW_READ = 1, TW_WRITE = 2, TW_EXECUTE = 4 };

/* One page of one context. The three tags on top are for accesses that need
 * nothing but the bytes; all others look at the rest. */
struct tw_tlb {
    uint32_t read;
    uint32_t write;
    uint32_t execute;
    uint32_t tag;
    uint32_t frame;       /* physical address of the page */
    uint8_t *bytes;       /* NULL: no memory, or not to be read */
    const uint8_t *marks; /* of its lines; ones where stores leave none */
    struct tw_code *code;
    uint8_t rights; /* TW_READ ... */
    uint8_t memory; /* enum tw_memory */
    uint8_t domain;
    bool section;  /* kind of its permission fault */
    bool ns;       /* attribute on the bus */
    bool cached;   /* write-back */
    bool writable; /* as far as bus and guards go */
};

/* Local monitor of the exclusive instructions. */
struct tw_monitor {
    bool armed;
    uint8_t size;
    uint32_t address; /* physical */
};

/* A timer of the generic timer; see timer.c. */
struct tw_timer {
    struct tw_cpu *cpu;
    struct tw_event event;
    struct tw_line line;
    uint64_t compare;
    uint32_t control;
};

struct tw_cpu {
    uint32_t r[16]; /* 15: address of the instruction at hand + 8 */
    /* Flags in the form in which they are cheap to set. */
    uint32_t n; /* its bit 31 */
    uint32_t z; /* set when this is zero */
    uint32_t c; /* 0 or 1 */
    uint32_t v; /* its bit 31 */
    uint32_t q; /* 0 or 1 */
    uint32_t ge;
    uint32_t masks; /* A, I and F, in place */
    uint32_t alien; /* J, E and T, in place; the processor stops on them */
    enum tw_mode mode;
    uint32_t context; /* TW_CONTEXT_*, of mode and world */

    uint32_t page; /* virtual, of the instructions that run */
    struct tw_code *code;
    uint32_t next; /* address, while no instruction is at hand */
    uint64_t limit;
    struct tw_clock *clock;
    struct tw_bus *bus;
    struct tw_report *report;
    uint64_t slept; /* ticks that passed without instructions */

    uint32_t banked_r[TW_BANKS][2]; /* r13, r14 of the others */
    uint32_t banked_high[2][5];     /* r8-r12: all but FIQ, FIQ */
    uint32_t spsr[TW_BANKS];
    uint32_t cp[TW_CP_REGISTERS][2]; /* secure, non-secure; see cp15.h */
    struct tw_monitor monitor;
    struct tw_timer timers[TW_TIMERS];
    uint64_t cycles;       /* of PMCCNTR, when it was last started */
    uint64_t cycles_since; /* tick of that */
    bool waiting;          /* for an interrupt */
    bool irq;
    bool fiq;

    bool stopping;       /* tw_cpu_stop */
    const bool *done;    /* tw_cpu_stop_when; NULL: nothing */
    enum tw_stop stop;   /* why it stopped; TW_STOP_SLICE: it did not */
    uint32_t bus_epoch;  /* that the translation cache knows */
    uint32_t generation; /* of decoded code */
    struct tw_fault fault;
    struct tw_diagnosis diagnosis;
    struct tw_debug debug;
    struct tw_code *codes[TW_CODE_SLOTS];
    struct tw_tlb tlb[TW_TLB_ENTRIES];
};

struct tw_insn;

/* state.c */
enum tw_bank tw_bank_of(enum tw_mode mode);
bool tw_secure(const struct tw_cpu *c);
uint32_t tw_cpsr(const struct tw_cpu *c);
/** Exchanges banked registers; the mode must be one that this processor has. */
void tw_mode_set(struct tw_cpu *c, enum tw_mode mode);
/** Mode or SCR.NS changed: looks up who makes accesses from now on. */
void tw_context_update(struct tw_cpu *c);
/** Whether an instruction may switch to the mode. */
bool tw_mode_allowed(const struct tw_cpu *c, uint32_t mode);
/** Sets the bits of CPSR that are in mask; true unless the mode is illegal. */
bool tw_cpsr_write(struct tw_cpu *c, uint32_t value, uint32_t mask);

/* Whether the privilege level is PL0. */
static inline bool tw_user(const struct tw_cpu *c)
{
    return c->mode == TW_USR;
}

/* A register of the world in which accesses are made. */
static inline uint32_t tw_cp_here(const struct tw_cpu *c, enum tw_cp which)
{
    return c->cp[which][(c->context & TW_CONTEXT_NS) != 0 ? 1 : 0];
}

/* stop.c: these end the run and return NULL, for the end of an operation. */
const struct tw_insn *
tw_unpredictable(struct tw_cpu *c, const struct tw_insn *i, const char *why);
const struct tw_insn *tw_not_modelled(struct tw_cpu *c, const struct tw_insn *i,
                                      const char *what);
/** The same where no instruction is at hand: at address, which holds word. */
void tw_diagnose(struct tw_cpu *c, enum tw_report_kind kind, uint32_t address,
                 uint32_t word, const char *text);
/** Ends the slice after the instruction at hand. */
static inline void tw_leave_soon(struct tw_cpu *c)
{
    c->limit = 0;
}

/* exception.c: enter an exception from the instruction at hand; NULL. */
const struct tw_insn *tw_take_undefined(struct tw_cpu *c,
                                        const struct tw_insn *i);
const struct tw_insn *tw_take_svc(struct tw_cpu *c, const struct tw_insn *i);
const struct tw_insn *tw_take_smc(struct tw_cpu *c, const struct tw_insn *i);
const struct tw_insn *tw_take_breakpoint(struct tw_cpu *c,
                                         const struct tw_insn *i);
/** By c->fault. */
const struct tw_insn *tw_take_data_abort(struct tw_cpu *c,
                                         const struct tw_insn *i);
/** By c->fault, of the instruction at c->next. */
void tw_take_prefetch_abort(struct tw_cpu *c);
/** Takes a pending interrupt before c->next, unless masked. */
void tw_take_interrupt(struct tw_cpu *c);
/** SUBS PC and its like: target, and CPSR from SPSR. */
const struct tw_insn *tw_return(struct tw_cpu *c, const struct tw_insn *i,
                                uint32_t target, uint32_t psr);

/* timer.c */
void tw_timers_init(struct tw_cpu *c);
void tw_timers_reset(struct tw_cpu *c);
void tw_timers_save(const struct tw_cpu *c, struct tw_saver *to);
void tw_timers_load(struct tw_cpu *c, struct tw_loader *from);
uint64_t tw_timer_count(const struct tw_cpu *c);
uint32_t tw_timer_value(const struct tw_cpu *c, enum tw_timer_id id);
uint32_t tw_timer_control(const struct tw_cpu *c, enum tw_timer_id id);
void tw_timer_compare_write(struct tw_cpu *c, enum tw_timer_id id,
                            uint64_t compare);
void tw_timer_control_write(struct tw_cpu *c, enum tw_timer_id id,
                            uint32_t control);

/* pmu.c: the cycle counter, which counts instructions here. */
uint32_t tw_pmu_cycles(const struct tw_cpu *c);
void tw_pmu_cycles_write(struct tw_cpu *c, uint32_t value);
void tw_pmu_control_write(struct tw_cpu *c, uint32_t value);
void tw_pmu_enable_write(struct tw_cpu *c, uint32_t value);

#endif
