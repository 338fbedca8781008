/* SPDX-License-Identifier: Apache-2.0 */
#include "models/tzasc.h"

enum {
    CONFIGURATION = 0x000,
    ACTION = 0x004,
    LOCKDOWN_RANGE = 0x008,
    LOCKDOWN_SELECT = 0x00c,
    INT_STATUS = 0x010,
    INT_CLEAR = 0x014,
    FAIL_ADDRESS_LOW = 0x020,
    FAIL_ADDRESS_HIGH = 0x024,
    FAIL_CONTROL = 0x028,
    FAIL_ID = 0x02c,
    SPECULATION = 0x030,
    INVERSION = 0x034,
    SETUP_LOW = 0x100,
    SETUP_HIGH = 0x104,
    ATTRIBUTES = 0x108,
    STEP = 0x10
};

enum {
    CONFIGURATION_VALUE = 0x1f0f, /* 32-bit addresses, 16 regions */
    LOCK_ENABLE = 1,              /* bit 31 */
    SELECT_RANGE = 1 << 2,
    ATTR_ENABLE = 1 << 0,
    ATTR_SIZE = 1,
    SIZE_MIN = 14, /* 32 KiB */
    DISABLE = 8,   /* eight subregions */
    ACTION_INT = 1 << 1,
    STATUS_ON = 1 << 0,
    STATUS_OVERRUN = 1 << 1
};
#define PERM_S_READ  (UINT32_C(1) << 31)
#define PERM_S_WRITE (UINT32_C(1) << 30)
#define PERM_N_READ  (UINT32_C(1) << 29)
#define PERM_N_WRITE (UINT32_C(1) << 28)

static const struct tw_reg rows[] = {
    {.name = "CONF", .offset = CONFIGURATION, .reset = CONFIGURATION_VALUE},
    {.name = "ACTION", .offset = ACTION, .reset = 1, .write = 3},
    {.name = "LOCKDOWN_RANGE", .offset = LOCKDOWN_RANGE, .write = 0x8000000f},
    {.name = "LOCKDOWN_SELECT", .offset = LOCKDOWN_SELECT, .write = 7},
    {.name = "INT_STATUS", .offset = INT_STATUS},
    {.name = "INT_CLEAR", .offset = INT_CLEAR, .write = TW_ALL},
    {.name = "FAIL", .offset = FAIL_ADDRESS_LOW, .count = 4},
    {.name = "SPECULATION", .offset = SPECULATION, .write = 3},
    {.name = "INVERSION", .offset = INVERSION, .write = 1},
    {.name = "SETUP_LOW",
     .offset = SETUP_LOW,
     .count = TW_TZASC_REGIONS,
     .step = STEP,
     .write = 0xffff8000},
    {.name = "SETUP_HIGH",
     .offset = SETUP_HIGH,
     .count = TW_TZASC_REGIONS,
     .step = STEP},
    {.name = "ATTR",
     .offset = ATTRIBUTES,
     .count = TW_TZASC_REGIONS,
     .step = STEP,
     .write = 0xf000ff7f},
};

static uint32_t get(const struct tw_tzasc *tzasc, uint32_t offset)
{
    return tw_regs_get(&tzasc->regs, offset);
}

/* True when the region is on and the address in it, subregions that are off
 * aside. Region 0 is everything. */
static bool covers(const struct tw_tzasc *tzasc, uint32_t region,
                   uint32_t address)
{
    uint32_t attributes = get(tzasc, ATTRIBUTES + STEP * region);
    uint32_t bits = attributes >> ATTR_SIZE & 0x3f;

    if (region == 0) {
        return true;
    }
    if ((attributes & ATTR_ENABLE) == 0 || bits < SIZE_MIN || bits > 31) {
        return false;
    }
    uint64_t size = UINT64_C(2) << bits;
    uint64_t base = get(tzasc, SETUP_LOW + STEP * region) & ~(size - 1);

    if (address < base || address - base >= size) {
        return false;
    }
    uint64_t part = (address - base) / (size / 8);

    return (attributes >> (DISABLE + part) & 1) == 0;
}

/* Permissions that hold for an address. */
static uint32_t permissions(const struct tw_tzasc *tzasc, uint32_t address)
{
    uint32_t region = TW_TZASC_REGIONS - 1;

    while (!covers(tzasc, region, address)) {
        region--;
    }
    return get(tzasc, ATTRIBUTES + STEP * region);
}

static bool permitted(uint32_t perm, const struct tw_access *how, bool invert)
{
    if (how->secure) {
        /* Without inversion the secure world may what the other may. */
        uint32_t want = how->write ? PERM_S_WRITE : PERM_S_READ;
        uint32_t also = how->write ? PERM_N_WRITE : PERM_N_READ;

        return (perm & (invert ? want : want | also)) != 0;
    }
    return (perm & (how->write ? PERM_N_WRITE : PERM_N_READ)) != 0;
}

static void fail(struct tw_tzasc *tzasc, const struct tw_access *how)
{
    uint32_t status = get(tzasc, INT_STATUS);

    if ((status & STATUS_ON) == 0) {
        tw_regs_set(&tzasc->regs, FAIL_ADDRESS_LOW, how->address);
        tw_regs_set(&tzasc->regs, FAIL_CONTROL,
                    (how->write ? UINT32_C(1) << 24 : 0) |
                        (how->secure ? 0 : UINT32_C(1) << 21) |
                        (how->privileged ? UINT32_C(1) << 20 : 0));
        tw_regs_set(&tzasc->regs, FAIL_ID, (uint32_t)how->master);
    } else {
        status |= STATUS_OVERRUN;
    }
    tw_regs_set(&tzasc->regs, INT_STATUS, status | STATUS_ON);
    tw_line_set(&tzasc->irq, (get(tzasc, ACTION) & ACTION_INT) != 0);
    tw_report(tzasc->regs.report, TW_REPORT_REFUSED,
              "TZASC: %s %s at 0x%08x by master %u",
              how->secure ? "secure" : "non-secure",
              how->write ? "write" : "read", (unsigned)how->address,
              (unsigned)how->master);
}

static bool guard_allows(void *ctx, const struct tw_access *how)
{
    struct tw_tzasc *tzasc = ctx;

    if (how->master == TW_ROM || !tw_iomuxc_tzasc_on(tzasc->iomuxc)) {
        return true;
    }
    bool invert = (get(tzasc, INVERSION) & 1) != 0;

    if (permitted(permissions(tzasc, how->address), how, invert)) {
        return true;
    }
    fail(tzasc, how);
    return false;
}

/* Lockdown holds only with the secure boot lock of GPR1. */
static bool locked(const struct tw_tzasc *tzasc, uint32_t offset)
{
    uint32_t select = get(tzasc, LOCKDOWN_SELECT);
    uint32_t range = get(tzasc, LOCKDOWN_RANGE);

    if (!tw_iomuxc_tzasc_locked(tzasc->iomuxc)) {
        return false;
    }
    if (offset == LOCKDOWN_SELECT) {
        return true;
    }
    if (offset == LOCKDOWN_RANGE) {
        return (select & SELECT_RANGE) != 0;
    }
    if (offset == SPECULATION) {
        return (select & 2) != 0;
    }
    if (offset == INVERSION) {
        return (select & 1) != 0;
    }
    /* The highest regions, as many as the range says and one. */
    uint32_t n = (range & 0xf) + 1;

    return offset >= SETUP_LOW && range >> 31 == LOCK_ENABLE &&
           (offset - SETUP_LOW) / STEP >= TW_TZASC_REGIONS - n;
}

static void check_region(const struct tw_tzasc *tzasc, uint32_t region)
{
    uint32_t attributes = get(tzasc, ATTRIBUTES + STEP * region);
    uint32_t bits = attributes >> ATTR_SIZE & 0x3f;

    if (region == 0 || (attributes & ATTR_ENABLE) == 0) {
        return;
    }
    if (bits < SIZE_MIN || bits > 31 ||
        (get(tzasc, SETUP_LOW + STEP * region) & ((UINT64_C(2) << bits) - 1)) !=
            0) {
        tw_report(tzasc->regs.report, TW_REPORT_MISUSE,
                  "TZASC: region %u is no multiple of its size, or its size "
                  "is out of range",
                  (unsigned)region);
    }
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_tzasc *tzasc = ctx;

    if (locked(tzasc, offset)) {
        tw_report(tzasc->regs.report, TW_REPORT_REFUSED,
                  "TZASC: write of 0x%08x at offset 0x%x, which is locked",
                  (unsigned)written, (unsigned)offset);
        tw_regs_set(&tzasc->regs, offset, before);
        return;
    }
    if (offset == INT_CLEAR) {
        tw_regs_set(&tzasc->regs, INT_CLEAR, 0);
        tw_regs_set(&tzasc->regs, INT_STATUS, 0);
        tw_line_set(&tzasc->irq, false);
    } else if (offset == SETUP_LOW) {
        tw_regs_set(&tzasc->regs, SETUP_LOW, 0); /* region 0 is everything */
    } else if (offset >= ATTRIBUTES) {
        check_region(tzasc, (offset - SETUP_LOW) / STEP);
    }
    tw_bus_changed(tzasc->bus);
}

static const struct tw_regs_map map = {.name = "TZASC",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size =
                                           SETUP_LOW + STEP * TW_TZASC_REGIONS,
                                       .wrote = wrote};

static bool tzasc_read(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t *value)
{
    struct tw_tzasc *tzasc = ctx;

    if (offset >= map.size) {
        tw_regs_misuse(tzasc->regs.report, "TZASC", offset, how);
        *value = 0;
        return how->size == 4;
    }
    return tw_regs_read(&tzasc->regs, offset, how, value);
}

static bool tzasc_write(void *ctx, uint32_t offset, const struct tw_access *how,
                        uint32_t value)
{
    struct tw_tzasc *tzasc = ctx;

    if (offset >= map.size) {
        tw_regs_misuse(tzasc->regs.report, "TZASC", offset, how);
        return how->size == 4;
    }
    return tw_regs_write(&tzasc->regs, offset, how, value);
}

static void tzasc_reset(void *model, enum tw_reset kind)
{
    struct tw_tzasc *tzasc = model;

    tw_regs_reset(&tzasc->regs, kind);
    tw_regs_set(&tzasc->regs, ATTRIBUTES, PERM_S_READ | PERM_S_WRITE);
    tw_line_set(&tzasc->irq, false);
    tw_bus_changed(tzasc->bus);
}

static void tzasc_save(void *model, struct tw_saver *to)
{
    struct tw_tzasc *tzasc = model;

    tw_regs_save(&tzasc->regs, to);
}

static bool tzasc_load(void *model, struct tw_loader *from)
{
    struct tw_tzasc *tzasc = model;
    bool ok = tw_regs_load(&tzasc->regs, from);

    tw_bus_changed(tzasc->bus);
    tw_line_set(&tzasc->irq, (get(tzasc, INT_STATUS) & STATUS_ON) != 0 &&
                                 (get(tzasc, ACTION) & ACTION_INT) != 0);
    return ok;
}

void tw_tzasc_init(struct tw_tzasc *tzasc, struct tw_bus *bus,
                   const struct tw_iomuxc *iomuxc, uint32_t first,
                   uint32_t size)
{
    static const struct tw_device_ops ops = {.read = tzasc_read,
                                             .write = tzasc_write};
    const struct tw_guard guard = {.allows = guard_allows,
                                   .ctx = tzasc,
                                   .first = first,
                                   .last = first + size - 1};

    tzasc->bus = bus;
    tzasc->iomuxc = iomuxc;
    tw_regs_bind(&tzasc->regs, &map, tzasc, bus->report);
    tzasc_reset(tzasc, TW_RESET_POWER);
    tw_bus_add_device(bus, "TZASC", TW_TZASC_BASE, TW_TZASC_SIZE, &ops, tzasc);
    tw_bus_add_guard(bus, &guard);
}

struct tw_device tw_tzasc_device(struct tw_tzasc *tzasc)
{
    return (struct tw_device){.name = "TZASC",
                              .model = tzasc,
                              .reset = tzasc_reset,
                              .save = tzasc_save,
                              .load = tzasc_load};
}
