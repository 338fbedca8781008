/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CLOCK_H
#define TWIN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Virtual time. One tick is one instruction; a board runs `ips` of them a
 * second. Time passes only by instructions that run and, while the processor
 * waits for an interrupt, by a jump to the next event. So a run repeats tick
 * for tick, whatever the machine below does.
 */

/* A call at a moment. Embedded in the model that owns it; zeroed before use. */
struct tw_event {
    void (*fire)(void *ctx);
    void *ctx;
    uint64_t at;    /* private: tick */
    uint64_t order; /* private: among those of one tick, first come */
    uint32_t slot;  /* private: place in the heap, 0 = not scheduled */
};

enum { TW_EVENTS_MAX = 128 };

struct tw_clock {
    uint64_t now;  /* ticks since power on */
    uint64_t next; /* tick of the first event, UINT64_MAX without one */
    uint64_t ips;  /* ticks of one second */
    struct tw_event *heap[TW_EVENTS_MAX + 1]; /* private, from 1 */
    uint32_t count;                           /* private */
    uint64_t orders;                          /* private */
};

void tw_clock_init(struct tw_clock *clock, uint64_t ips);

/** Schedules or moves an event; a tick that has passed fires at once when
 * events are next looked at. */
void tw_clock_at(struct tw_clock *clock, struct tw_event *event, uint64_t tick);

/** Takes an event out; one that is not scheduled is allowed. */
void tw_clock_cancel(struct tw_clock *clock, struct tw_event *event);

/** Fires all events up to clock->now, in order of tick, then of scheduling.
 * One that schedules itself for now fires again in the same call. */
void tw_clock_fire(struct tw_clock *clock);

/** Puts an event back as a snapshot has it, with its place in the order. */
void tw_clock_restore(struct tw_clock *clock, struct tw_event *event,
                      uint64_t tick, uint64_t order);

/** Ticks of a count of periods of a frequency, rounded up: never early. Here
 * and below ips * hz must fit 64 bits; results that do not are UINT64_MAX. */
uint64_t tw_clock_ticks(const struct tw_clock *clock, uint64_t count,
                        uint64_t hz);

/** Periods of a frequency that have passed in some ticks, rounded down. */
uint64_t tw_clock_periods(const struct tw_clock *clock, uint64_t ticks,
                          uint64_t hz);

#endif
