/* SPDX-License-Identifier: Apache-2.0 */
#include "core/state.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

enum { FIRST_ROOM = 4096 };

static uint8_t *room_for(struct tw_saver *to, size_t n)
{
    if (n > to->room - to->n) {
        size_t room = to->room == 0 ? FIRST_ROOM : to->room * 2;

        if (room < to->n + n) {
            room = to->n + n;
        }
        to->bytes = aw_grow(to->bytes, to->room, room, 1);
        to->room = room;
    }
    uint8_t *at = &to->bytes[to->n];

    to->n += n;
    return at;
}

static void save(struct tw_saver *to, uint64_t value, size_t n)
{
    uint8_t *at = room_for(to, n);

    for (size_t i = 0; i < n; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void tw_save_u8(struct tw_saver *to, uint8_t value)
{
    save(to, value, sizeof(value));
}

void tw_save_u16(struct tw_saver *to, uint16_t value)
{
    save(to, value, sizeof(value));
}

void tw_save_u32(struct tw_saver *to, uint32_t value)
{
    save(to, value, sizeof(value));
}

void tw_save_u64(struct tw_saver *to, uint64_t value)
{
    save(to, value, sizeof(value));
}

void tw_save_bytes(struct tw_saver *to, const void *bytes, size_t n)
{
    if (n > 0) {
        memcpy(room_for(to, n), bytes, n);
    }
}

void tw_save_event(struct tw_saver *to, const struct tw_event *event)
{
    bool scheduled = event->slot != 0;

    tw_save_u8(to, scheduled ? 1 : 0);
    tw_save_u64(to, scheduled ? event->at : 0);
    tw_save_u64(to, scheduled ? event->order : 0);
}

void tw_save_clock(struct tw_saver *to, const struct tw_clock *clock)
{
    tw_save_u64(to, clock->now);
    tw_save_u64(to, clock->orders);
}

void tw_saver_free(struct tw_saver *to)
{
    free(to->bytes);
    *to = (struct tw_saver){0};
}

static uint64_t load(struct tw_loader *from, size_t n)
{
    uint64_t value = 0;

    if (from->failed || n > from->n - from->at) {
        from->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        value |= (uint64_t)from->bytes[from->at + i] << (8 * i);
    }
    from->at += n;
    return value;
}

uint8_t tw_load_u8(struct tw_loader *from)
{
    return (uint8_t)load(from, 1);
}

uint16_t tw_load_u16(struct tw_loader *from)
{
    return (uint16_t)load(from, 2);
}

uint32_t tw_load_u32(struct tw_loader *from)
{
    return (uint32_t)load(from, 4);
}

uint64_t tw_load_u64(struct tw_loader *from)
{
    return load(from, 8);
}

bool tw_load_bytes(struct tw_loader *from, void *bytes, size_t n)
{
    if (from->failed || n > from->n - from->at) {
        from->failed = true;
        return false;
    }
    if (n > 0) {
        memcpy(bytes, &from->bytes[from->at], n);
    }
    from->at += n;
    return true;
}

void tw_load_clock(struct tw_loader *from, struct tw_clock *clock)
{
    uint64_t now = tw_load_u64(from);
    uint64_t orders = tw_load_u64(from);

    if (!from->failed) {
        clock->now = now;
        clock->orders = orders;
    }
}

void tw_load_event(struct tw_loader *from, struct tw_clock *clock,
                   struct tw_event *event)
{
    uint8_t scheduled = tw_load_u8(from);
    uint64_t at = tw_load_u64(from);
    uint64_t order = tw_load_u64(from);

    tw_clock_cancel(clock, event);
    if (from->failed || scheduled > 1 || order == UINT64_MAX) {
        from->failed = true;
    } else if (scheduled == 1) {
        tw_clock_restore(clock, event, at, order);
    }
}
