/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "cpu/code.h"
#include "cpu/translate.h"

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

enum { TABLE = 0x4000 };

static void map(struct machine *m, uint32_t address, uint32_t physical,
                uint32_t kind, uint32_t sections)
{
    for (uint32_t k = 0; k < sections; k++) {
        machine_put(m, MACHINE_RAM + TABLE + ((address >> 20) + k) * 4,
                    (physical + (k << 20)) | 0xc02 | kind);
    }
}

void machine_map(struct machine *m)
{
    enum { WRITE_BACK = 0x100c, DEVICE = 0x4, UNCACHED = 0x1000, ORDERED = 0 };
    struct tw_cpu *c = m->cpu;
    uint32_t sections = MACHINE_RAM_SIZE >> 20;

    map(m, MACHINE_RAM, MACHINE_RAM, WRITE_BACK, sections);
    map(m, MACHINE_AS_DEVICE, MACHINE_RAM, DEVICE, sections);
    map(m, MACHINE_AS_UNCACHED, MACHINE_RAM, UNCACHED, sections);
    map(m, MACHINE_AS_ORDERED, MACHINE_RAM, ORDERED, sections);
    map(m, MACHINE_DEVICE & 0xfff00000U, MACHINE_DEVICE & 0xfff00000U, DEVICE,
        1);
    c->cp[TW_CP_TTBR0][0] = MACHINE_RAM + TABLE;
    c->cp[TW_CP_DACR][0] = 1;
    c->cp[TW_CP_SCTLR][0] |= TW_SCTLR_M | TW_SCTLR_C | TW_SCTLR_I;
    tw_tlb_flush(c);
}

void machine_drop_code(struct machine *m)
{
    tw_code_drop_all(m->cpu);
}

enum tw_stop machine_run(struct machine *m, uint64_t n)
{
    return tw_cpu_run(m->cpu, m->clock.now + n);
}
