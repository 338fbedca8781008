/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

static bool read_device(void *ctx, uint32_t offset, const struct tw_access *how,
                        uint32_t *value)
{
    struct machine *m = ctx;

    m->device_how = *how;
    m->device_reads++;
    *value = m->device_value;
    return offset == 0;
}

static bool write_device(void *ctx, uint32_t offset,
                         const struct tw_access *how, uint32_t value)
{
    struct machine *m = ctx;

    m->device_how = *how;
    m->device_value = value;
    return offset == 4;
}

static void say(void *ctx, enum tw_report_kind kind, uint64_t tick,
                const char *text)
{
    struct machine *m = ctx;

    (void)kind;
    (void)tick;
    size_t n = strlen(text);

    n = n < sizeof(m->said) ? n : sizeof(m->said) - 1;
    memcpy(m->said, text, n);
    m->said[n] = '\0';
}

static void add_memory(struct machine *m, const char *name, uint32_t base,
                       uint32_t size)
{
    uint8_t *bytes = aw_alloc(size, 1);
    uint8_t *dirty = aw_alloc(size / TW_LINE, 1);
    const struct tw_region region = {
        .name = name,
        .base = base,
        .size = size,
        .ram = {.bytes = bytes, .dirty = dirty},
    };

    tw_bus_add_ram(&m->bus, &region);
    if (base == MACHINE_OCRAM) {
        m->ocram = bytes;
        m->ocram_dirty = dirty;
    } else {
        m->ram = bytes;
        m->ram_dirty = dirty;
    }
}

void machine_open(struct machine *m)
{
    static const struct tw_device_ops ops = {read_device, write_device};

    *m = (struct machine){.report = {.line = say}};
    m->report.ctx = m;
    m->report.now = &m->clock.now;
    tw_clock_init(&m->clock, MACHINE_IPS);
    tw_bus_init(&m->bus, &m->report);
    add_memory(m, "OCRAM", MACHINE_OCRAM, MACHINE_OCRAM_SIZE);
    add_memory(m, "RAM", MACHINE_RAM, MACHINE_RAM_SIZE);
    tw_bus_add_device(&m->bus, "device", MACHINE_DEVICE, TW_PAGE, &ops, m);
    m->cpu = tw_cpu_new(&m->bus, &m->clock, &m->report);
    tw_cpu_reset(m->cpu, MACHINE_RAM);
}

void machine_close(struct machine *m)
{
    tw_cpu_free(m->cpu);
    free(m->ram);
    free(m->ram_dirty);
    free(m->ocram);
    free(m->ocram_dirty);
}

static uint8_t *at(const struct machine *m, uint32_t address)
{
    return address >= MACHINE_RAM ? &m->ram[address - MACHINE_RAM]
                                  : &m->ocram[address - MACHINE_OCRAM];
}

void machine_put(struct machine *m, uint32_t address, uint32_t word)
{
    uint8_t *p = at(m, address);

    for (unsigned k = 0; k < 4; k++) {
        p[k] = (uint8_t)(word >> (8 * k));
    }
}

uint32_t machine_get(const struct machine *m, uint32_t address)
{
    const uint8_t *p = at(m, address);

    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

void machine_code(struct machine *m, uint32_t address, const uint32_t *words,
                  size_t n)
{
    for (size_t k = 0; k < n; k++) {
        machine_put(m, address + 4 * (uint32_t)k, words[k]);
    }
}

enum tw_stop machine_run(struct machine *m, uint64_t n)
{
    return tw_cpu_run(m->cpu, m->clock.now + n);
}
