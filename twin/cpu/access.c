/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores that need more than the bytes of a page. */
#include "cpu/access.h"

bool tw_fault(struct tw_cpu *c, uint32_t address, uint8_t status, bool write)
{
    c->fault =
        (struct tw_fault){.address = address, .status = status, .write = write};
    return false;
}

/* A device may have scheduled an event, or changed permissions. */
static void after_bus(struct tw_cpu *c)
{
    if (c->clock->next < c->limit) {
        c->limit = c->clock->next;
    }
    if (c->bus->epoch != c->bus_epoch) {
        tw_leave_soon(c);
    }
}

static struct tw_access access_of(const struct tw_tlb *e, uint32_t address,
                                  uint8_t size)
{
    return (struct tw_access){
        .address = e->frame | address % TW_PAGE,
        .size = size,
        .secure = !e->ns,
        .privileged = (e->tag & TW_CONTEXT_USER) == 0,
        .master = TW_CPU,
    };
}

static bool bus_load(struct tw_cpu *c, const struct tw_tlb *e, uint32_t address,
                     uint8_t size, uint32_t *value)
{
    struct tw_access how = access_of(e, address, size);
    bool done = tw_bus_read(c->bus, &how, value);

    after_bus(c);
    return done || tw_fault(c, address, TW_FAULT_EXTERNAL, false);
}

static bool bus_store(struct tw_cpu *c, const struct tw_tlb *e,
                      uint32_t address, uint8_t size, uint32_t value)
{
    struct tw_access how = access_of(e, address, size);

    how.write = true;
    bool done = tw_bus_write(c->bus, &how, value);

    after_bus(c);
    return done || tw_fault(c, address, TW_FAULT_EXTERNAL, true);
}

static bool hits(const struct tw_watch *w, uint32_t address, uint8_t size,
                 bool write)
{
    bool wanted = write ? w->on_write : w->on_read;

    /* Overlap, written so that the end of the address space is none. */
    return wanted &&
           (address - w->address < w->size || w->address - address < size);
}

/* Whether the instruction at hand must not run yet, for its access is
 * watched. The second time it runs. */
static bool stops_at_watch(struct tw_cpu *c, uint32_t address, uint8_t size,
                           bool write)
{
    struct tw_debug *d = &c->debug;
    uint64_t number = tw_cpu_instructions(c);

    if (d->watched && d->watched_at == number) {
        return false;
    }
    for (uint32_t i = 0; i < d->watch_count; i++) {
        if (hits(&d->watches[i], address, size, write)) {
            d->hit = (struct tw_watch_hit){
                .address = address, .pc = c->r[15] - 8, .write = write};
            d->watched = true;
            d->watched_at = number;
            return true;
        }
    }
    return false;
}

static bool load_aligned(struct tw_cpu *c, uint32_t address,
                         const struct tw_how *how, uint32_t *value)
{
    const struct tw_tlb *e = tw_tlb_find(c, address, how->context, TW_READ);

    if (e == NULL) {
        return false;
    }
    if (e->bytes == NULL) {
        return bus_load(c, e, address, how->size, value);
    }
    const uint8_t *p = &e->bytes[address % TW_PAGE];

    switch (how->size) {
    case 1:
        *value = *p;
        break;
    case 2:
        *value = tw_get16(p);
        break;
    default:
        *value = tw_get32(p);
        break;
    }
    return true;
}

static bool store_aligned(struct tw_cpu *c, uint32_t address,
                          const struct tw_how *how, uint32_t value)
{
    const struct tw_tlb *e = tw_tlb_find(c, address, how->context, TW_WRITE);

    if (e == NULL) {
        return false;
    }
    if (e->bytes == NULL || !e->writable) {
        return bus_store(c, e, address, how->size, value);
    }
    uint8_t *p = &e->bytes[address % TW_PAGE];

    switch (how->size) {
    case 1:
        *p = (uint8_t)value;
        break;
    case 2:
        tw_put16(p, value);
        break;
    default:
        tw_put32(p, value);
        break;
    }
    tw_stored(c, e, address);
    return true;
}

/* Whether an access that is not a multiple of its size may be made: only to
 * normal memory, all of it. */
static bool may_be_unaligned(struct tw_cpu *c, uint32_t address,
                             const struct tw_how *how, bool write)
{
    unsigned world = (how->context & TW_CONTEXT_NS) != 0 ? 1 : 0;
    uint32_t last = address + how->size - 1;
    uint8_t right = write ? TW_WRITE : TW_READ;

    if (how->aligned || (c->cp[TW_CP_SCTLR][world] & TW_SCTLR_A) != 0) {
        return tw_fault(c, address, TW_FAULT_ALIGNMENT, write);
    }
    const struct tw_tlb *e = tw_tlb_find(c, address, how->context, right);

    if (e != NULL && e->memory != TW_NORMAL) {
        return tw_fault(c, address, TW_FAULT_ALIGNMENT, write);
    }
    if (e == NULL || address / TW_PAGE == last / TW_PAGE) {
        return e != NULL;
    }
    uint32_t second = last / TW_PAGE * TW_PAGE;

    e = tw_tlb_find(c, second, how->context, right);
    if (e != NULL && e->memory != TW_NORMAL) {
        return tw_fault(c, address, TW_FAULT_ALIGNMENT, write);
    }
    return e != NULL;
}

bool tw_load_slow(struct tw_cpu *c, uint32_t address, const struct tw_how *how,
                  uint32_t *value)
{
    if (c->debug.watch_count > 0 &&
        stops_at_watch(c, address, how->size, false)) {
        return tw_fault(c, address, TW_FAULT_WATCH, false);
    }
    if (address % how->size == 0) {
        return load_aligned(c, address, how, value);
    }
    if (!may_be_unaligned(c, address, how, false)) {
        return false;
    }
    struct tw_how byte = {how->context, 1, false};
    uint32_t sum = 0;

    for (uint32_t i = 0; i < how->size; i++) {
        uint32_t part = 0;

        if (!load_aligned(c, address + i, &byte, &part)) {
            return false;
        }
        sum |= part << (8 * i);
    }
    *value = sum;
    return true;
}

bool tw_store_slow(struct tw_cpu *c, uint32_t address, const struct tw_how *how,
                   uint32_t value)
{
    if (c->debug.watch_count > 0 &&
        stops_at_watch(c, address, how->size, true)) {
        return tw_fault(c, address, TW_FAULT_WATCH, true);
    }
    if (address % how->size == 0) {
        return store_aligned(c, address, how, value);
    }
    if (!may_be_unaligned(c, address, how, true)) {
        return false;
    }
    struct tw_how byte = {how->context, 1, false};

    for (uint32_t i = 0; i < how->size; i++) {
        if (!store_aligned(c, address + i, &byte, value >> (8 * i))) {
            return false;
        }
    }
    return true;
}

void tw_mark_line(struct tw_cpu *c, const struct tw_tlb *e, uint32_t address)
{
    const struct tw_access how = access_of(e, address, 1);
    struct tw_page page;

    if (tw_bus_page(c->bus, &how, &page)) {
        tw_page_mark(&page, address % TW_PAGE / TW_LINE);
    }
}
