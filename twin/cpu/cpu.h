/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CPU_H
#define TWIN_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"

/*
 * A Cortex-A7 in A32 state: all modes but HYP, TrustZone banking, the
 * short-descriptor MMU, CP15, the generic timer. No Thumb, no VFP, no
 * big-endian data: those, and every form that the architecture calls
 * unpredictable, stop the processor with a diagnosis. What it calls undefined
 * takes the Undefined Instruction exception.
 *
 * Caches are not modelled but their rules are: decoded instructions play the
 * instruction cache, and go only by its maintenance operations (or when the
 * model runs out of room, as a real cache may at any time); stores through
 * write-back mappings mark lines dirty (core/bus.h).
 */
struct tw_cpu;

enum tw_stop {
    TW_STOP_SLICE,      /* the asked-for ticks have passed */
    TW_STOP_IDLE,       /* waits for an interrupt and no event is due */
    TW_STOP_REQUEST,    /* tw_cpu_stop: reset, power, halt */
    TW_STOP_BREAKPOINT, /* before the instruction at a break point */
    TW_STOP_WATCHPOINT, /* before the instruction that does a watched access */
    TW_STOP_STEP,       /* as many instructions as were asked for */
    TW_STOP_DIAGNOSIS,  /* see tw_cpu_diagnosis; only a reset helps */
};

/* Shown when the processor stops. */
struct tw_diagnosis {
    uint32_t pc;
    uint32_t instruction;
    uint32_t cpsr;
    bool secure;
    char text[120];
};

/* Compare units of the generic timer, with the interrupt id of each. */
enum tw_timer_id {
    TW_TIMER_SECURE,    /* physical, 29 */
    TW_TIMER_NONSECURE, /* physical, 30 */
    TW_TIMER_VIRTUAL,   /* 27 */
    TW_TIMERS
};

/* The counter of the generic timer runs at this rate, whatever CNTFRQ says. */
enum { TW_TIMER_HZ = 8000000 };

/** All three outlive the processor. Reset it before it runs. */
struct tw_cpu *tw_cpu_new(struct tw_bus *bus, struct tw_clock *clock,
                          struct tw_report *report);
/** NULL is allowed. */
void tw_cpu_free(struct tw_cpu *cpu);

/** As after reset: secure SVC, A, I and F masked, MMU and caches off, nothing
 * decoded, at pc. Debug settings stay. */
void tw_cpu_reset(struct tw_cpu *cpu, uint32_t pc);

/**
 * Runs until clock->now reaches `until` or something stops it; events fire
 * on their tick. Waiting for an interrupt jumps to the next event, but not
 * beyond `until`; TW_STOP_IDLE leaves the time as it is.
 */
enum tw_stop tw_cpu_run(struct tw_cpu *cpu, uint64_t until);

/** Runs one instruction: TW_STOP_STEP, or what else happened. */
enum tw_stop tw_cpu_step(struct tw_cpu *cpu);

/** Ends the run after the current instruction; from models, within a run. */
void tw_cpu_stop(struct tw_cpu *cpu);

/** Ends runs once an event has set a flag, which outlives them; NULL: none. */
void tw_cpu_stop_when(struct tw_cpu *cpu, const bool *done);

/** Interrupt inputs, from the GIC. */
void tw_cpu_irq(struct tw_cpu *cpu, bool level);
void tw_cpu_fiq(struct tw_cpu *cpu, bool level);

/** Where a timer's interrupt goes; line->level is ignored. */
void tw_cpu_timer_line(struct tw_cpu *cpu, enum tw_timer_id id,
                       const struct tw_line *line);

/** Why it stopped, after TW_STOP_DIAGNOSIS. */
const struct tw_diagnosis *tw_cpu_diagnosis(const struct tw_cpu *cpu);

/** Registers of the current mode: 0-15, 16 = CPSR. 15 is the address of the
 * next instruction. CPSR is set whole, legal or not, for debuggers. */
uint32_t tw_cpu_get(const struct tw_cpu *cpu, unsigned reg);
void tw_cpu_set(struct tw_cpu *cpu, unsigned reg, uint32_t value);

/** Instructions since power on: ticks without those spent waiting. */
uint64_t tw_cpu_instructions(const struct tw_cpu *cpu);

/** World in which it runs. */
bool tw_cpu_secure(const struct tw_cpu *cpu);

/** Snapshot of the processor. Saving empties the caches of translations and
 * decoded code, so that the run goes on as a restored one does. */
void tw_cpu_save(void *cpu, struct tw_saver *to);
bool tw_cpu_load(void *cpu, struct tw_loader *from);

#endif
