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
 * short-descriptor MMU, CP15. No Thumb, no VFP: those, and every form that the
 * architecture calls unpredictable, stop the processor with a diagnosis.
 */
struct tw_cpu;

enum tw_stop {
    TW_STOP_SLICE,      /* the asked-for ticks have passed */
    TW_STOP_IDLE,       /* waits for an interrupt and no event is due */
    TW_STOP_REQUEST,    /* tw_cpu_stop: reset, power, halt */
    TW_STOP_BREAKPOINT, /* before the instruction at a break point */
    TW_STOP_WATCHPOINT, /* after the access to a watched address */
    TW_STOP_STEP,       /* one instruction was asked for */
    TW_STOP_DIAGNOSIS,  /* see tw_cpu_diagnosis */
};

/* Shown when the processor stops. */
struct tw_diagnosis {
    uint32_t pc;
    uint32_t instruction;
    uint32_t cpsr;
    bool secure;
    char text[120];
};

struct tw_cpu *tw_cpu_new(struct tw_bus *bus, struct tw_clock *clock,
                          struct tw_report *report);
void tw_cpu_free(struct tw_cpu *cpu);

/** As after reset: secure SVC, A, I and F masked, MMU off, at pc. */
void tw_cpu_reset(struct tw_cpu *cpu, uint32_t pc);

/** Runs until clock->now reaches `until` or something stops it; events fire
 * on their tick. */
enum tw_stop tw_cpu_run(struct tw_cpu *cpu, uint64_t until);

/** Ends the run after the current instruction; from models, within a run. */
void tw_cpu_stop(struct tw_cpu *cpu);

/** Interrupt inputs, from the GIC. */
void tw_cpu_irq(struct tw_cpu *cpu, bool level);
void tw_cpu_fiq(struct tw_cpu *cpu, bool level);

const struct tw_diagnosis *tw_cpu_diagnosis(const struct tw_cpu *cpu);

/** Registers of the current mode: 0-15, 16 = CPSR. */
uint32_t tw_cpu_get(const struct tw_cpu *cpu, unsigned reg);
void tw_cpu_set(struct tw_cpu *cpu, unsigned reg, uint32_t value);

/** Snapshot of the processor, translation caches excepted. */
void tw_cpu_save(void *cpu, struct tw_saver *to);
bool tw_cpu_load(void *cpu, struct tw_loader *from);

#endif
