/* SPDX-License-Identifier: Apache-2.0 */
/* Life of the applet, time, text, random numbers. */
#include "fw/print.h"
#include "fw/time.h"
#include "os/call/call.h"

enum { TEXT_MAX = 1024, RANDOM_MAX = 256 };

int32_t call_exit(struct os *os, const uint32_t *arg)
{
    os->applet.end_code = arg[0];
    applet_ended(&os->applet, APPLET_EXITED, time_now());
    return 0;
}

/* Nothing that a terminal would obey. */
static uint8_t shown(uint8_t byte)
{
    bool plain = (byte >= ' ' && byte < 0x7f) || byte == '\n' || byte == '\t';

    return plain ? byte : (uint8_t)'?';
}

int32_t call_write(struct os *os, const uint32_t *arg)
{
    uint8_t *text = NULL;
    aw_err err = AW_ERR_RANGE;

    if (arg[1] <= TEXT_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], false, &text);
    }
    if (err != AW_OK) {
        return call_error(err);
    }
    for (uint32_t i = 0; i < arg[1]; i++) {
        print("%c", shown(text[i]));
    }
    return 0;
}

int32_t call_nanotime(struct os *os, const uint32_t *arg)
{
    /* 24 ticks are 1000 ns: split, so that nothing overflows. */
    uint64_t ticks = time_now();
    uint64_t ns = ticks / TIME_PER_US * 1000 + ticks % TIME_PER_US * 1000 / 24;

    return call_error(space_out(&os->applet.space, arg[0], &ns, sizeof(ns)));
}

int32_t call_getrandom(struct os *os, const uint32_t *arg)
{
    uint8_t *to = NULL;
    aw_err err = AW_ERR_RANGE;

    if (arg[1] <= RANDOM_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], true, &to);
    }
    if (err == AW_OK && arg[1] > 0) {
        err = entropy(to, arg[1]);
    }
    return call_error(err);
}

void os_event(struct os *os, uint32_t events)
{
    struct applet *a = &os->applet;
    uint32_t got = a->phase == APPLET_WAITS ? events & a->waits_for : 0;

    applet_events(a, events);
    os->events |= events & ~got;
}

int32_t call_wait_event(struct os *os, const uint32_t *arg)
{
    struct applet *a = &os->applet;
    uint32_t got = os->events & arg[0];

    if ((arg[0] & ~(uint32_t)ABI_EVENT_ALL) != 0) {
        return call_error(AW_ERR_USAGE);
    }
    a->waited = time_now();
    os->events &= ~got;
    if (got == 0 && arg[1] != 0) {
        a->phase = APPLET_WAITS;
        a->waits_for = arg[0];
        a->until = arg[1] == (uint32_t)ABI_NO_LIMIT
                       ? UINT64_MAX
                       : a->waited + (uint64_t)arg[1] * TIME_PER_MS;
    }
    return (int32_t)got;
}

int32_t call_ready(struct os *os, const uint32_t *arg)
{
    (void)arg;
    if (os->applet.ready_at == 0) {
        os->applet.ready_at = time_now();
    }
    return 0;
}
