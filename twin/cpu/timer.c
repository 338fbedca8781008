/* SPDX-License-Identifier: Apache-2.0 */
/* The generic timer. Source: ARM DDI 0406C B8. */
#include <string.h>

#include "cpu/processor.h"

enum { ENABLE = 1, IMASK = 2, ISTATUS = 4 };

uint64_t tw_timer_count(const struct tw_cpu *c)
{
    return tw_clock_periods(c->clock, c->clock->now, TW_TIMER_HZ);
}

static void update(struct tw_timer *t)
{
    struct tw_cpu *c = t->cpu;
    bool reached = tw_timer_count(c) >= t->compare;
    bool on = (t->control & ENABLE) != 0;

    if (on && !reached) {
        tw_clock_at(c->clock, &t->event,
                    tw_clock_ticks(c->clock, t->compare, TW_TIMER_HZ));
    } else {
        tw_clock_cancel(c->clock, &t->event);
    }
    tw_line_set(&t->line, on && reached && (t->control & IMASK) == 0);
}

static void fire(void *ctx)
{
    update(ctx);
}

void tw_timers_init(struct tw_cpu *c)
{
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        struct tw_timer *t = &c->timers[i];

        t->cpu = c;
        t->event = (struct tw_event){.fire = fire, .ctx = t};
    }
}

void tw_timers_reset(struct tw_cpu *c)
{
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        c->timers[i].control = 0;
        c->timers[i].compare = 0;
        update(&c->timers[i]);
    }
}

void tw_cpu_timer_line(struct tw_cpu *cpu, enum tw_timer_id id,
                       const struct tw_line *line)
{
    cpu->timers[id].line = *line;
    cpu->timers[id].line.level = false;
    update(&cpu->timers[id]);
}

uint32_t tw_timer_value(const struct tw_cpu *c, enum tw_timer_id id)
{
    return (uint32_t)(c->timers[id].compare - tw_timer_count(c));
}

uint32_t tw_timer_control(const struct tw_cpu *c, enum tw_timer_id id)
{
    const struct tw_timer *t = &c->timers[id];
    bool met = (t->control & ENABLE) != 0 && tw_timer_count(c) >= t->compare;

    return t->control | (met ? ISTATUS : 0U);
}

void tw_timer_compare_write(struct tw_cpu *c, enum tw_timer_id id,
                            uint64_t compare)
{
    c->timers[id].compare = compare;
    update(&c->timers[id]);
}

void tw_timer_control_write(struct tw_cpu *c, enum tw_timer_id id,
                            uint32_t control)
{
    c->timers[id].control = control & (ENABLE | IMASK);
    update(&c->timers[id]);
}

void tw_timers_save(const struct tw_cpu *c, struct tw_saver *to)
{
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        tw_save_u64(to, c->timers[i].compare);
        tw_save_u32(to, c->timers[i].control);
        tw_save_u8(to, c->timers[i].line.level ? 1 : 0);
        tw_save_event(to, &c->timers[i].event);
    }
}

void tw_timers_load(struct tw_cpu *c, struct tw_loader *from)
{
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        c->timers[i].compare = tw_load_u64(from);
        c->timers[i].control = tw_load_u32(from);
        c->timers[i].line.level = tw_load_u8(from) != 0;
        tw_load_event(from, c->clock, &c->timers[i].event);
    }
}
