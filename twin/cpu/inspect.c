/* SPDX-License-Identifier: Apache-2.0 */
/* Break points, trace, faults on demand, profile. */
#include "cpu/inspect.h"

#include <string.h>

#include "cpu/access.h"
#include "cpu/translate.h"

static bool at_break(struct tw_cpu *c)
{
    struct tw_debug *d = &c->debug;
    bool passed = d->resumed && d->resumed_at == c->next;

    d->resumed = false;
    for (uint32_t k = 0; k < d->break_count; k++) {
        if (d->breaks[k] == c->next && !passed) {
            d->resumed = true;
            d->resumed_at = c->next;
            c->stop = TW_STOP_BREAKPOINT;
            return true;
        }
    }
    return false;
}

static void remove_glitch(struct tw_debug *d)
{
    d->glitch_count--;
    memmove(&d->glitches[0], &d->glitches[1],
            d->glitch_count * sizeof(d->glitches[0]));
}

const struct tw_insn *tw_stop_at_watch(struct tw_cpu *c,
                                       const struct tw_insn *i)
{
    c->next = c->page + i->at;
    c->stop = TW_STOP_WATCHPOINT;
    /* The loop counts the instruction, which did not run. */
    c->clock->now--;
    tw_leave_soon(c);
    return NULL;
}

/* Whether as many instructions have run as were asked for. */
static bool all_ran(struct tw_cpu *c)
{
    struct tw_debug *d = &c->debug;

    if (d->stop_at == 0 || tw_cpu_instructions(c) < d->stop_at) {
        return false;
    }
    d->stop_at = 0;
    c->stop = TW_STOP_STEP;
    return true;
}

/* Makes all faults that are due; true when the instruction was skipped. */
static bool glitch(struct tw_cpu *c)
{
    struct tw_debug *d = &c->debug;
    uint64_t number = tw_cpu_instructions(c);
    bool skip = false;

    while (d->glitch_count > 0 && d->glitches[0].at <= number) {
        const struct tw_glitch g = d->glitches[0];

        remove_glitch(d);
        if (g.kind == TW_GLITCH_SET) {
            tw_cpu_set(c, g.reg, g.value);
        } else {
            skip = true;
        }
    }
    if (skip) {
        c->next += 4;
        c->clock->now++;
    }
    return skip;
}

static void count(struct tw_profile *p, uint32_t address)
{
    uint32_t hash = (address >> 2) * 2654435761U;

    p->samples++;
    for (uint32_t k = 0; k < TW_PROFILE_BUCKETS; k++) {
        struct tw_profile_bucket *b =
            &p->buckets[(hash + k) % TW_PROFILE_BUCKETS];

        if (b->count == 0 || b->address == address) {
            b->address = address;
            b->count++;
            return;
        }
    }
    p->lost++;
}

static void profile(struct tw_cpu *c)
{
    struct tw_profile *p = c->debug.profile;

    if (c->clock->now >= p->next) {
        count(p, c->next);
        p->next = c->clock->now + p->every;
    }
}

static void lower(uint64_t *limit, uint64_t tick)
{
    if (tick < *limit) {
        *limit = tick;
    }
}

bool tw_inspect_slowly(struct tw_cpu *c)
{
    const struct tw_debug *d = &c->debug;

    if (all_ran(c) || at_break(c)) {
        return false;
    }
    if (d->stop_at != 0) {
        lower(&c->limit, d->stop_at + c->slept);
    }
    if (d->profile != NULL) {
        profile(c);
        lower(&c->limit, d->profile->next);
    }
    if (glitch(c)) {
        return false;
    }
    if (d->glitch_count > 0) {
        lower(&c->limit, d->glitches[0].at + c->slept);
    }
    if (d->break_count > 0 || d->trace.step != NULL) {
        lower(&c->limit, c->clock->now + 1);
    }
    return true;
}

void tw_trace_slowly(struct tw_cpu *c, const struct tw_insn *i)
{
    const struct tw_step step = {
        .tick = c->clock->now,
        .address = c->page + i->at,
        .word = tw_code_word(c->code, i),
        .cpsr = tw_cpsr(c),
        .secure = tw_secure(c),
    };

    c->debug.trace.step(c->debug.trace.ctx, &step);
}

bool tw_cpu_break_add(struct tw_cpu *cpu, uint32_t address)
{
    struct tw_debug *d = &cpu->debug;

    for (uint32_t k = 0; k < d->break_count; k++) {
        if (d->breaks[k] == address) {
            return true;
        }
    }
    if (d->break_count >= TW_BREAKS_MAX) {
        return false;
    }
    d->breaks[d->break_count] = address;
    d->break_count++;
    tw_leave_soon(cpu);
    return true;
}

bool tw_cpu_break_remove(struct tw_cpu *cpu, uint32_t address)
{
    struct tw_debug *d = &cpu->debug;

    for (uint32_t k = 0; k < d->break_count; k++) {
        if (d->breaks[k] == address) {
            d->break_count--;
            d->breaks[k] = d->breaks[d->break_count];
            return true;
        }
    }
    return false;
}

bool tw_cpu_watch_add(struct tw_cpu *cpu, const struct tw_watch *watch)
{
    struct tw_debug *d = &cpu->debug;

    if (d->watch_count >= TW_WATCHES_MAX || watch->size == 0 ||
        watch->size - 1 > UINT32_MAX - watch->address) {
        return false;
    }
    d->watches[d->watch_count] = *watch;
    d->watch_count++;
    tw_tlb_flush(cpu);
    tw_leave_soon(cpu);
    return true;
}

static bool same_watch(const struct tw_watch *a, const struct tw_watch *b)
{
    return a->address == b->address && a->size == b->size &&
           a->on_read == b->on_read && a->on_write == b->on_write;
}

bool tw_cpu_watch_remove(struct tw_cpu *cpu, const struct tw_watch *watch)
{
    struct tw_debug *d = &cpu->debug;

    for (uint32_t k = 0; k < d->watch_count; k++) {
        if (same_watch(&d->watches[k], watch)) {
            d->watch_count--;
            d->watches[k] = d->watches[d->watch_count];
            tw_tlb_flush(cpu);
            tw_leave_soon(cpu);
            return true;
        }
    }
    return false;
}

const struct tw_watch_hit *tw_cpu_watch_hit(const struct tw_cpu *cpu)
{
    return &cpu->debug.hit;
}

void tw_cpu_stop_after(struct tw_cpu *cpu, uint64_t n)
{
    cpu->debug.stop_at = n == 0 ? 0 : tw_cpu_instructions(cpu) + n;
    tw_leave_soon(cpu);
}

void tw_cpu_trace(struct tw_cpu *cpu, const struct tw_trace *trace)
{
    cpu->debug.trace = *trace;
    tw_leave_soon(cpu);
}

void tw_cpu_profile(struct tw_cpu *cpu, struct tw_profile *profile)
{
    cpu->debug.profile = profile;
    if (profile != NULL) {
        profile->next = cpu->clock->now + profile->every;
    }
    tw_leave_soon(cpu);
}

bool tw_cpu_glitch(struct tw_cpu *cpu, const struct tw_glitch *glitch)
{
    struct tw_debug *d = &cpu->debug;
    uint32_t at = d->glitch_count;

    if (at >= TW_GLITCHES_MAX || glitch->at < tw_cpu_instructions(cpu)) {
        return false;
    }
    while (at > 0 && d->glitches[at - 1].at > glitch->at) {
        d->glitches[at] = d->glitches[at - 1];
        at--;
    }
    d->glitches[at] = *glitch;
    d->glitch_count++;
    tw_leave_soon(cpu);
    return true;
}
