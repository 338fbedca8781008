/* SPDX-License-Identifier: Apache-2.0 */
#include "models/csu.h"

#include <string.h>

enum {
    CSL = 0x000,
    HP0 = 0x200,
    HP1 = 0x204,
    SA = 0x218,
    HPCONTROL0 = 0x358,
    SLAVE_BITS = 16, /* from one slave's byte to the other's */
    LOCK_BIT = 8,
    LEVEL_RESET = 0x33
};

static const struct tw_reg rows[] = {
    {.name = "CSL",
     .offset = CSL,
     .count = TW_CSU_LEVELS,
     .reset = LEVEL_RESET | LEVEL_RESET << SLAVE_BITS,
     .write = 0x01ff01ff},
    {.name = "HP", .offset = HP0, .count = 2, .write = TW_ALL},
    {.name = "SA", .offset = SA, .write = TW_ALL},
    {.name = "HPCONTROL", .offset = HPCONTROL0, .count = 2, .write = TW_ALL},
};

/* The pairs that are known, with the slots that they open. */
static const struct pair {
    uint32_t base;
    uint8_t csl;
    uint8_t slave;
    const char *name;
} pairs[] = {
    {0x020a8000, 2, 1, "GPIO4"},  {0x020c0000, 5, 0, "WDOG2"},
    {0x020e0000, 6, 1, "IOMUXC"}, {0x020e4000, 6, 1, "IOMUXC_GPR"},
    {0x02184000, 8, 0, "USB"},    {0x021ac000, 13, 0, "ROMCP"},
    {0x021d0000, 16, 1, "TZASC"}, {0x02280000, 34, 0, "DCP"},
};
static const struct pair unknown = {.name = "a block"};
enum { N_PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

/* Numbers of the DMA masters in SA, as far as they are known. */
static const struct {
    uint8_t id;
    enum tw_master master;
} masters[] = {
    {3, TW_USB},    {6, TW_ENET1},  {6, TW_ENET2},
    {8, TW_USDHC1}, {9, TW_USDHC2}, {14, TW_DCP},
};

/* A lock bit keeps itself and what is below it. */
static uint32_t fixed_levels(uint32_t held)
{
    uint32_t fixed = 0;

    for (unsigned low = 0; low < 32; low += SLAVE_BITS) {
        bool locked = (held >> (low + LOCK_BIT) & 1) != 0;

        fixed |= locked ? UINT32_C(0x1ff) << low : 0U;
    }
    return fixed;
}

static uint32_t fixed_masters(uint32_t held)
{
    uint32_t fixed = 0;

    for (unsigned low = 0; low < 32; low += 2) {
        bool locked = (held >> (low + 1) & 1) != 0;

        fixed |= locked ? UINT32_C(3) << low : 0U;
    }
    return fixed;
}

static uint32_t fixed_bits(uint32_t offset, uint32_t held)
{
    if (offset < CSL + 4 * TW_CSU_LEVELS) {
        return fixed_levels(held);
    }
    return offset == SA ? fixed_masters(held) : 0;
}

uint8_t tw_csu_level(const struct tw_csu *csu, unsigned csl, unsigned slave)
{
    return (uint8_t)(tw_regs_get(&csu->regs, CSL + 4 * csl) >>
                     (SLAVE_BITS * slave));
}

static bool is_known(unsigned csl, unsigned slave)
{
    for (size_t i = 0; i < N_PAIRS; i++) {
        if (pairs[i].csl == csl && pairs[i].slave == slave) {
            return true;
        }
    }
    return false;
}

static void apply_others(struct tw_csu *csu)
{
    csu->others = 0;
    for (unsigned i = 0; i < 2 * TW_CSU_LEVELS; i++) {
        if (!is_known(i / 2, i % 2)) {
            csu->others |= tw_csu_level(csu, i / 2, i % 2);
        }
    }
}

static void apply_masters(struct tw_csu *csu)
{
    uint32_t sa = tw_regs_get(&csu->regs, SA);

    for (size_t i = 0; i < sizeof(masters) / sizeof(masters[0]); i++) {
        csu->bus->nonsecure[masters[i].master] =
            (sa >> (2 * masters[i].id) & 1) != 0;
    }
    tw_bus_changed(csu->bus);
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_csu *csu = ctx;
    uint32_t fixed = fixed_bits(offset, before);
    uint32_t now = tw_regs_get(&csu->regs, offset);

    if (((before ^ written) & fixed) != 0) {
        tw_report(csu->regs.report, TW_REPORT_REFUSED,
                  "CSU: write of 0x%08x at offset 0x%x, where bits 0x%08x "
                  "are locked",
                  (unsigned)written, (unsigned)offset, (unsigned)fixed);
    }
    tw_regs_set(&csu->regs, offset, (now & ~fixed) | (before & fixed));
    apply_masters(csu);
    apply_others(csu);
}

static const struct tw_regs_map map = {.name = "CSU",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_CSU_SIZE,
                                       .wrote = wrote};

/* Bit of a level that an access needs: four for reading, four for writing. */
static unsigned needed(const struct tw_access *how)
{
    return (how->write ? 4U : 0U) + (how->secure ? 0U : 2U) +
           (how->privileged ? 1U : 0U);
}

static bool guard_allows(void *ctx, const struct tw_access *how)
{
    const struct tw_csu *csu = ctx;
    uint8_t found = csu->slots[tw_aips_slot(how->address)];

    if (how->master == TW_ROM) {
        return true;
    }
    const struct pair *pair = found > 0 ? &pairs[found - 1] : &unknown;
    uint8_t level =
        found > 0 ? tw_csu_level(csu, pair->csl, pair->slave) : csu->others;

    if ((level >> needed(how) & 1) != 0) {
        return true;
    }
    tw_report(csu->regs.report, TW_REPORT_REFUSED,
              "CSU: %s %s %s of %s at 0x%08x, level 0x%02x",
              how->secure ? "secure" : "non-secure",
              how->privileged ? "supervisor" : "user",
              how->write ? "write" : "read", pair->name, (unsigned)how->address,
              (unsigned)level);
    return false;
}

void tw_csu_init(struct tw_csu *csu, struct tw_bus *bus)
{
    const struct tw_guard guard = {.allows = guard_allows,
                                   .ctx = csu,
                                   .first = TW_AIPS_FIRST,
                                   .last = TW_AIPS_LAST};

    csu->bus = bus;
    memset(csu->slots, 0, sizeof(csu->slots));
    for (unsigned i = 0; i < N_PAIRS; i++) {
        csu->slots[tw_aips_slot(pairs[i].base)] = (uint8_t)(i + 1);
    }
    tw_regs_init(&csu->regs, &map, csu, bus, TW_CSU_BASE);
    apply_masters(csu);
    apply_others(csu);
    tw_bus_add_guard(bus, &guard);
}

static void csu_reset(void *model, enum tw_reset kind)
{
    struct tw_csu *csu = model;

    tw_regs_reset(&csu->regs, kind);
    apply_masters(csu);
    apply_others(csu);
}

static void csu_save(void *model, struct tw_saver *to)
{
    struct tw_csu *csu = model;

    tw_regs_save(&csu->regs, to);
}

static bool csu_load(void *model, struct tw_loader *from)
{
    struct tw_csu *csu = model;
    bool ok = tw_regs_load(&csu->regs, from);

    apply_masters(csu);
    apply_others(csu);
    return ok;
}

struct tw_device tw_csu_device(struct tw_csu *csu)
{
    return (struct tw_device){.name = "CSU",
                              .model = csu,
                              .reset = csu_reset,
                              .save = csu_save,
                              .load = csu_load};
}
