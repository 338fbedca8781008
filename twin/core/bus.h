/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_BUS_H
#define TWIN_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/report.h"

/*
 * The physical address space: memory and devices, with the attributes that
 * the TrustZone blocks decide by. Every access says who makes it; a refused
 * one is a precise external abort for the processor, a bus error for a DMA
 * master.
 *
 * Caches are not modelled, their hazards are: a store of the processor through
 * a cacheable mapping marks its 64-byte line dirty until it is cleaned. DMA
 * that touches a dirty line is reported, since on silicon it would meet old
 * bytes.
 */

enum tw_master {
    TW_CPU,
    TW_USB,
    TW_USDHC1,
    TW_USDHC2,
    TW_ENET1,
    TW_ENET2,
    TW_DCP,
    TW_CAAM,
    TW_ROM, /* the boot ROM, which is host code: may do everything */
    TW_MASTERS
};

struct tw_access {
    uint32_t address; /* physical; a multiple of size */
    uint8_t size;     /* 1, 2 or 4 bytes */
    bool write;
    bool secure;
    bool privileged;
    enum tw_master master;
};

/* Registers. Both return false for an external abort; offset is from the base
 * of the region. A block that allows only some sizes refuses the others. */
struct tw_device_ops {
    bool (*read)(void *ctx, uint32_t offset, const struct tw_access *how,
                 uint32_t *value);
    bool (*write)(void *ctx, uint32_t offset, const struct tw_access *how,
                  uint32_t value);
};

enum { TW_PAGE = 4096, TW_LINE = 64, TW_REGIONS_MAX = 96 };

/* Lines that were marked lately, so that cleaning all does not read the map of
 * half a gigabyte. */
enum { TW_RECENT_MAX = 256 };

struct tw_ram {
    uint8_t *bytes;
    uint8_t *dirty; /* one byte a line: written through a cache, not cleaned */
    /* Marks since all were clean: 0 = certainly none. Whoever fills the map by
     * other means (a snapshot) sets it to UINT32_MAX. */
    uint32_t dirty_lines;
    uint32_t recent[TW_RECENT_MAX]; /* private: the first of those marks */
};

struct tw_region {
    const char *name;
    uint32_t base;
    uint32_t size; /* multiple of TW_PAGE for memory */
    bool read_only;
    struct tw_ram ram;               /* bytes == NULL for a device */
    const struct tw_device_ops *ops; /* NULL for memory */
    void *ctx;
};

/* Decides by address and attributes: TZASC, CSU. False refuses. It is asked
 * about addresses from first to last only (last 0: all from first on). For
 * memory it is asked once a page and attribute, and again after
 * tw_bus_changed. */
struct tw_guard {
    bool (*allows)(void *ctx, const struct tw_access *how);
    void *ctx;
    uint32_t first;
    uint32_t last;
};

enum { TW_GUARDS_MAX = 8 };

struct tw_bus {
    struct tw_region regions[TW_REGIONS_MAX]; /* by base */
    uint32_t count;
    uint32_t recent; /* private: the one that was found last */
    struct tw_guard guards[TW_GUARDS_MAX];
    uint32_t guard_count;
    uint32_t epoch; /* of permissions; translation caches compare it */
    bool nonsecure[TW_MASTERS]; /* DMA of this master, set by the CSU */
    struct tw_report *report;

    /* Bytes changed by other than the processor's stores. */
    void (*written)(void *ctx, uint32_t address, uint32_t size);
    void *written_ctx;
};

void tw_bus_init(struct tw_bus *bus, struct tw_report *report);

/** Adds memory of host bytes, which outlive the bus, with its dirty map of
 * size / TW_LINE bytes (NULL: never written through a cache, as ROM). Regions
 * may not overlap, and all are added before the first access. */
void tw_bus_add_ram(struct tw_bus *bus, const struct tw_region *region);

void tw_bus_add_device(struct tw_bus *bus, const char *name, uint32_t base,
                       uint32_t size, const struct tw_device_ops *ops,
                       void *ctx);

void tw_bus_add_guard(struct tw_bus *bus, const struct tw_guard *guard);

/** Permissions changed: cached decisions are void. */
void tw_bus_changed(struct tw_bus *bus);

/** One access of any master. False: external abort; nothing was done. An
 * address that holds nothing is reported, too. */
bool tw_bus_read(struct tw_bus *bus, const struct tw_access *how,
                 uint32_t *value);
bool tw_bus_write(struct tw_bus *bus, const struct tw_access *how,
                  uint32_t value);

/* A page of memory, as far as one kind of access may use it directly. */
struct tw_page {
    uint8_t *bytes; /* of the whole page */
    uint8_t *dirty; /* of its first line; NULL without a map */
    struct tw_ram *ram;
    uint32_t line; /* number of its first line in ram */
};

/** True if the page that holds how->address is memory and allowed. */
bool tw_bus_page(struct tw_bus *bus, const struct tw_access *how,
                 struct tw_page *page);

/** Marks a line of a page, as a store through a cacheable mapping does. */
static inline void tw_page_mark(const struct tw_page *page, uint32_t line)
{
    if (page->dirty == NULL || page->dirty[line] != 0) {
        return;
    }
    struct tw_ram *ram = page->ram;

    page->dirty[line] = 1;
    if (ram->dirty_lines < TW_RECENT_MAX) {
        ram->recent[ram->dirty_lines] = page->line + line;
    }
    if (ram->dirty_lines < UINT32_MAX) {
        ram->dirty_lines++;
    }
}

/**
 * Copies by DMA between memory and a model, secure or not as the master is
 * set. Stops at the first page that is refused, no memory, or read-only when
 * written. Dirty lines are reported, once a call.
 *
 * @return false on a bus error; pages before it were copied
 */
bool tw_dma_read(struct tw_bus *bus, enum tw_master master, uint32_t address,
                 void *to, size_t size);
bool tw_dma_write(struct tw_bus *bus, enum tw_master master, uint32_t address,
                  const void *from, size_t size);

/** Cleans (or invalidates: the model forgets the mark) lines, as cache
 * maintenance by address does; tw_bus_clean_all is that by set and way. */
void tw_bus_clean(struct tw_bus *bus, uint32_t address, uint32_t size);
void tw_bus_clean_all(struct tw_bus *bus);

#endif
