/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bus.h"

#include <string.h>

#include "aw/err.h"

void tw_bus_init(struct tw_bus *bus, struct tw_report *report)
{
    *bus = (struct tw_bus){.report = report};
}

static void add(struct tw_bus *bus, const struct tw_region *region)
{
    uint32_t at = bus->count;

    AW_BUG_ON(at >= TW_REGIONS_MAX || region->size == 0 ||
              region->size - 1 > UINT32_MAX - region->base);
    while (at > 0 && bus->regions[at - 1].base > region->base) {
        bus->regions[at] = bus->regions[at - 1];
        at--;
    }
    AW_BUG_ON(at > 0 && region->base - bus->regions[at - 1].base <
                            bus->regions[at - 1].size);
    AW_BUG_ON(at < bus->count &&
              bus->regions[at + 1].base - region->base < region->size);
    bus->regions[at] = *region;
    bus->count++;
}

void tw_bus_add_ram(struct tw_bus *bus, const struct tw_region *region)
{
    AW_BUG_ON(region->base % TW_PAGE != 0 || region->size % TW_PAGE != 0 ||
              region->ram.bytes == NULL);
    add(bus, region);
}

void tw_bus_add_device(struct tw_bus *bus, const char *name, uint32_t base,
                       uint32_t size, const struct tw_device_ops *ops,
                       void *ctx)
{
    const struct tw_region region = {
        .name = name, .base = base, .size = size, .ops = ops, .ctx = ctx};

    add(bus, &region);
}

void tw_bus_add_guard(struct tw_bus *bus, const struct tw_guard *guard)
{
    AW_BUG_ON(bus->guard_count >= TW_GUARDS_MAX);
    struct tw_guard *own = &bus->guards[bus->guard_count];

    *own = *guard;
    own->last = guard->last == 0 ? UINT32_MAX : guard->last;
    bus->guard_count++;
}

void tw_bus_changed(struct tw_bus *bus)
{
    bus->epoch++;
}

static bool holds(const struct tw_region *region, uint32_t address)
{
    return address - region->base < region->size;
}

static struct tw_region *find(struct tw_bus *bus, uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = bus->count;

    /* Empty before the first region was added: it has no size. */
    if (holds(&bus->regions[bus->recent], address)) {
        return &bus->regions[bus->recent];
    }
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (bus->regions[middle].base <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    if (!holds(&bus->regions[low - 1], address)) {
        return NULL;
    }
    bus->recent = low - 1;
    return &bus->regions[low - 1];
}

static bool allowed(const struct tw_bus *bus, const struct tw_access *how)
{
    for (uint32_t i = 0; i < bus->guard_count; i++) {
        const struct tw_guard *guard = &bus->guards[i];

        if (how->address - guard->first <= guard->last - guard->first &&
            !guard->allows(guard->ctx, how)) {
            return false;
        }
    }
    return true;
}

/* The region that answers, or NULL for an external abort. */
static struct tw_region *reach(struct tw_bus *bus, const struct tw_access *how)
{
    struct tw_region *region = find(bus, how->address);

    if (region == NULL) {
        tw_report(bus->report, TW_REPORT_UNMAPPED,
                  "%s of %u bytes at 0x%08x, where nothing is",
                  how->write ? "write" : "read", (unsigned)how->size,
                  (unsigned)how->address);
        return NULL;
    }
    return allowed(bus, how) ? region : NULL;
}

bool tw_bus_read(struct tw_bus *bus, const struct tw_access *how,
                 uint32_t *value)
{
    struct tw_region *region = reach(bus, how);

    if (region == NULL) {
        return false;
    }
    uint32_t offset = how->address - region->base;

    if (region->ram.bytes == NULL) {
        return region->ops->read(region->ctx, offset, how, value);
    }
    uint32_t word = 0;

    for (unsigned i = 0; i < how->size; i++) {
        word |= (uint32_t)region->ram.bytes[offset + i] << (8 * i);
    }
    *value = word;
    return true;
}

static void written(struct tw_bus *bus, const struct tw_access *how,
                    uint32_t address, uint32_t size)
{
    if (how->master != TW_CPU && bus->written != NULL) {
        bus->written(bus->written_ctx, address, size);
    }
}

bool tw_bus_write(struct tw_bus *bus, const struct tw_access *how,
                  uint32_t value)
{
    struct tw_region *region = reach(bus, how);

    if (region == NULL || region->read_only) {
        return false;
    }
    uint32_t offset = how->address - region->base;

    if (region->ram.bytes == NULL) {
        return region->ops->write(region->ctx, offset, how, value);
    }
    for (unsigned i = 0; i < how->size; i++) {
        region->ram.bytes[offset + i] = (uint8_t)(value >> (8 * i));
    }
    written(bus, how, how->address, how->size);
    return true;
}

bool tw_bus_page(struct tw_bus *bus, const struct tw_access *how,
                 struct tw_page *page)
{
    struct tw_region *region = find(bus, how->address);

    if (region == NULL || region->ram.bytes == NULL ||
        (how->write && region->read_only) || !allowed(bus, how)) {
        return false;
    }
    uint32_t offset = (how->address - region->base) / TW_PAGE * TW_PAGE;
    uint8_t *dirty = region->ram.dirty;

    *page = (struct tw_page){
        .bytes = &region->ram.bytes[offset],
        .dirty = dirty == NULL ? NULL : &dirty[offset / TW_LINE],
        .ram = &region->ram,
        .line = offset / TW_LINE,
    };
    return true;
}

/* A DMA transfer, page by page. */
struct transfer {
    struct tw_access how; /* of the next piece */
    size_t left;          /* bytes */
    bool told;            /* of a dirty line */
    struct tw_page page;  /* of the piece at hand */
    uint32_t at;          /* in the page */
    uint32_t n;
};

static struct transfer start(const struct tw_bus *bus, enum tw_master master,
                             uint32_t address, size_t size, bool write)
{
    return (struct transfer){
        .how = {.address = address,
                .size = 4,
                .write = write,
                .secure = !bus->nonsecure[master],
                .privileged = true,
                .master = master},
        .left = size,
    };
}

static void look_for_dirty(struct tw_bus *bus, struct transfer *t)
{
    if (t->told || t->page.ram->dirty_lines == 0 || t->page.dirty == NULL) {
        return;
    }
    uint32_t last = (t->at + t->n - 1) / TW_LINE;

    for (uint32_t i = t->at / TW_LINE; i <= last && !t->told; i++) {
        if (t->page.dirty[i] != 0) {
            uint32_t page = t->how.address / TW_PAGE * TW_PAGE;

            tw_report(bus->report, TW_REPORT_DMA_DIRTY,
                      "DMA %s by master %d meets a line that was not "
                      "cleaned at 0x%08x",
                      t->how.write ? "write" : "read", (int)t->how.master,
                      (unsigned)(page + i * TW_LINE));
            t->told = true;
        }
    }
}

static bool next_piece(struct tw_bus *bus, struct transfer *t)
{
    if (!tw_bus_page(bus, &t->how, &t->page)) {
        tw_report(bus->report, TW_REPORT_REFUSED,
                  "DMA %s by master %d refused at 0x%08x",
                  t->how.write ? "write" : "read", (int)t->how.master,
                  (unsigned)t->how.address);
        return false;
    }
    t->at = t->how.address % TW_PAGE;
    t->n = TW_PAGE - t->at;
    if (t->n > t->left) {
        t->n = (uint32_t)t->left;
    }
    look_for_dirty(bus, t);
    t->how.address += t->n;
    t->left -= t->n;
    return true;
}

bool tw_dma_read(struct tw_bus *bus, enum tw_master master, uint32_t address,
                 void *to, size_t size)
{
    struct transfer t = start(bus, master, address, size, false);
    uint8_t *bytes = to;

    while (t.left > 0) {
        if (!next_piece(bus, &t)) {
            return false;
        }
        memcpy(bytes, &t.page.bytes[t.at], t.n);
        bytes += t.n;
    }
    return true;
}

bool tw_dma_write(struct tw_bus *bus, enum tw_master master, uint32_t address,
                  const void *from, size_t size)
{
    struct transfer t = start(bus, master, address, size, true);
    const uint8_t *bytes = from;

    while (t.left > 0) {
        if (!next_piece(bus, &t)) {
            return false;
        }
        memcpy(&t.page.bytes[t.at], bytes, t.n);
        bytes += t.n;
        written(bus, &t.how, t.how.address - t.n, t.n);
    }
    return true;
}

void tw_bus_clean(struct tw_bus *bus, uint32_t address, uint32_t size)
{
    uint32_t first = address / TW_LINE * TW_LINE;
    uint32_t lines =
        size == 0 ? 0 : (address % TW_LINE + size - 1) / TW_LINE + 1;

    for (uint32_t i = 0; i < lines; i++) {
        uint32_t line = first + i * TW_LINE;
        struct tw_region *region = find(bus, line);

        if (region != NULL && region->ram.dirty != NULL) {
            region->ram.dirty[(line - region->base) / TW_LINE] = 0;
        }
    }
}

static void clean_ram(struct tw_ram *ram, uint32_t size)
{
    if (ram->dirty_lines > TW_RECENT_MAX) {
        memset(ram->dirty, 0, size / TW_LINE);
        ram->dirty_lines = 0;
    }
    for (uint32_t i = 0; i < ram->dirty_lines; i++) {
        ram->dirty[ram->recent[i]] = 0;
    }
    ram->dirty_lines = 0;
}

void tw_bus_clean_all(struct tw_bus *bus)
{
    for (uint32_t i = 0; i < bus->count; i++) {
        if (bus->regions[i].ram.dirty != NULL) {
            clean_ram(&bus->regions[i].ram, bus->regions[i].size);
        }
    }
}
