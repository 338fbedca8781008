/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include "aw/err.h"

/* A binary heap from index 1: the parent of i is i / 2. */

static bool before(const struct tw_event *a, const struct tw_event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void place(struct tw_clock *clock, struct tw_event *event, uint32_t slot)
{
    clock->heap[slot] = event;
    event->slot = slot;
}

static void move_up(struct tw_clock *clock, struct tw_event *event,
                    uint32_t slot)
{
    while (slot > 1 && before(event, clock->heap[slot / 2])) {
        place(clock, clock->heap[slot / 2], slot);
        slot /= 2;
    }
    place(clock, event, slot);
}

static void move_down(struct tw_clock *clock, struct tw_event *event,
                      uint32_t slot)
{
    while (slot * 2 <= clock->count) {
        uint32_t child = slot * 2;

        if (child < clock->count &&
            before(clock->heap[child + 1], clock->heap[child])) {
            child++;
        }
        if (!before(clock->heap[child], event)) {
            break;
        }
        place(clock, clock->heap[child], slot);
        slot = child;
    }
    place(clock, event, slot);
}

static void look(struct tw_clock *clock)
{
    clock->next = clock->count > 0 ? clock->heap[1]->at : UINT64_MAX;
}

static void take_out(struct tw_clock *clock, struct tw_event *event)
{
    uint32_t slot = event->slot;
    struct tw_event *last = clock->heap[clock->count];

    clock->count--;
    event->slot = 0;
    if (last == event) {
        return;
    }
    move_up(clock, last, slot);
    if (last->slot == slot) {
        move_down(clock, last, slot);
    }
}

void tw_clock_init(struct tw_clock *clock, uint64_t ips)
{
    *clock = (struct tw_clock){.next = UINT64_MAX, .ips = ips};
}

void tw_clock_restore(struct tw_clock *clock, struct tw_event *event,
                      uint64_t tick, uint64_t order)
{
    if (event->slot != 0) {
        take_out(clock, event);
    }
    AW_BUG_ON(clock->count >= TW_EVENTS_MAX);
    event->at = tick;
    event->order = order;
    if (clock->orders <= order) {
        clock->orders = order + 1;
    }
    clock->count++;
    move_up(clock, event, clock->count);
    look(clock);
}

void tw_clock_at(struct tw_clock *clock, struct tw_event *event, uint64_t tick)
{
    tw_clock_restore(clock, event, tick, clock->orders);
}

void tw_clock_cancel(struct tw_clock *clock, struct tw_event *event)
{
    if (event->slot != 0) {
        take_out(clock, event);
        look(clock);
    }
}

void tw_clock_fire(struct tw_clock *clock)
{
    while (clock->next <= clock->now && clock->count > 0) {
        struct tw_event *event = clock->heap[1];

        take_out(clock, event);
        look(clock);
        event->fire(event->ctx);
    }
}

/* a * b / c, rounded up by `up` < c; b * c and up + b * c fit 64 bits. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c, uint64_t up)
{
    uint64_t whole = a / c;
    uint64_t rest = (a % c * b + up) / c;

    if (b != 0 && whole > (UINT64_MAX - rest) / b) {
        return UINT64_MAX;
    }
    return whole * b + rest;
}

uint64_t tw_clock_ticks(const struct tw_clock *clock, uint64_t count,
                        uint64_t hz)
{
    return scale(count, clock->ips, hz, hz - 1);
}

uint64_t tw_clock_periods(const struct tw_clock *clock, uint64_t ticks,
                          uint64_t hz)
{
    return scale(ticks, hz, clock->ips, 0);
}
