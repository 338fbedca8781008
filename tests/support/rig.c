/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

enum { IPS = 528000000 };

static void say(void *ctx, enum tw_report_kind kind, uint64_t tick,
                const char *text)
{
    struct rig *rig = ctx;

    (void)kind;
    (void)tick;
    (void)snprintf(rig->said, sizeof(rig->said), "%s", text);
}

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    tw_clock_init(&rig->clock, IPS);
    rig->report.line = say;
    rig->report.ctx = rig;
    rig->report.now = &rig->clock.now;
    tw_bus_init(&rig->bus, &rig->report);
    tw_ccm_analog_init(&rig->analog, &rig->bus, &rig->clock, TW_DIGPROG_UL);
    tw_ccm_init(&rig->ccm, &rig->bus, &rig->analog);
}

static struct tw_access aim(const struct rig *rig, uint32_t address, bool write)
{
    return (struct tw_access){.address = address,
                              .size = (uint8_t)(rig->size == 0 ? 4 : rig->size),
                              .write = write,
                              .secure = !rig->non_secure,
                              .privileged = !rig->user,
                              .master = TW_CPU};
}

uint32_t rig_read(struct rig *rig, uint32_t address)
{
    struct tw_access how = aim(rig, address, false);
    uint32_t value = 0;

    ck_assert_msg(tw_bus_read(&rig->bus, &how, &value), "read of 0x%08x: %s",
                  (unsigned)address, rig->said);
    return value;
}

void rig_write(struct rig *rig, uint32_t address, uint32_t value)
{
    struct tw_access how = aim(rig, address, true);

    ck_assert_msg(tw_bus_write(&rig->bus, &how, value), "write of 0x%08x: %s",
                  (unsigned)address, rig->said);
}

bool rig_refuses_read(struct rig *rig, uint32_t address)
{
    struct tw_access how = aim(rig, address, false);
    uint32_t value = 0;

    return !tw_bus_read(&rig->bus, &how, &value);
}

bool rig_refuses_write(struct rig *rig, uint32_t address, uint32_t value)
{
    struct tw_access how = aim(rig, address, true);

    return !tw_bus_write(&rig->bus, &how, value);
}

void rig_run(struct rig *rig, uint64_t ticks)
{
    uint64_t until = rig->clock.now + ticks;

    while (rig->clock.next <= until) {
        if (rig->clock.next > rig->clock.now) {
            rig->clock.now = rig->clock.next;
        }
        tw_clock_fire(&rig->clock);
    }
    rig->clock.now = until;
}

void rig_run_us(struct rig *rig, uint64_t us)
{
    rig_run(rig, us * (IPS / 1000000));
}

void rig_wait(struct rig *rig, uint32_t address, uint32_t bits, uint64_t us)
{
    for (uint64_t i = 0; i < us; i++) {
        if ((rig_read(rig, address) & bits) == bits) {
            return;
        }
        rig_run_us(rig, 1);
    }
    ck_abort_msg("0x%08x never had bits 0x%08x", (unsigned)address,
                 (unsigned)bits);
}

static void on_line(void *ctx, uint32_t number, bool level)
{
    struct rig_line *line = ctx;

    (void)number;
    line->rises += level && !line->level ? 1U : 0U;
    line->level = level;
}

struct tw_line rig_watch(struct rig_line *line)
{
    return (struct tw_line){.set = on_line, .ctx = line};
}

void rig_round_trip(struct rig *rig, const struct tw_device *device)
{
    struct tw_saver first = {.n = 0};
    struct tw_saver second = {.n = 0};

    device->save(device->model, &first);
    device->reset(device->model, TW_RESET_POWER);
    struct tw_loader from = {.bytes = first.bytes, .n = first.n};

    ck_assert_msg(device->load(device->model, &from), "%s", device->name);
    ck_assert_uint_eq(from.at, first.n);
    device->save(device->model, &second);
    ck_assert_uint_eq(first.n, second.n);
    ck_assert_msg(memcmp(first.bytes, second.bytes, first.n) == 0,
                  "%s: another state after load", device->name);
    from = (struct tw_loader){.bytes = first.bytes, .n = first.n - 1};
    ck_assert_msg(!device->load(device->model, &from), "%s: short state taken",
                  device->name);
    /* The test goes on with what was saved. */
    from = (struct tw_loader){.bytes = first.bytes, .n = first.n};
    ck_assert(device->load(device->model, &from));
    tw_saver_free(&first);
    tw_saver_free(&second);
    (void)rig;
}
