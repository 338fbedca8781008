/* SPDX-License-Identifier: Apache-2.0 */
#include "models/mmdc.h"

enum {
    MDCTL = 0x000,
    MDSCR = 0x01c,
    MDSCR_CON_ACK = 1 << 14,
    MDSCR_CON_REQ = 1 << 15,
    ZQ_FORCE = 1 << 16 /* of MPZQHWCTRL, clears itself */
};
enum { MPZQHWCTRL = 0x800, WORDS = TW_MMDC_SIZE / 4 };
#define MDCTL_SDE0 (UINT32_C(1) << 31)
/* A chip select of 512 MiB: 15 rows, 10 columns, burst 8, 16 bits. */
#define MDCTL_512M UINT32_C(0x84180000)

static const struct tw_reg rows[] = {
    {.name = "MMDC", .count = WORDS, .write = TW_ALL},
};

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    (void)ctx;
    if (offset == MDSCR && (value & MDSCR_CON_REQ) != 0) {
        return value | MDSCR_CON_ACK;
    }
    return value;
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_mmdc *mmdc = ctx;

    (void)before;
    if (offset == MDCTL) {
        tw_bus_changed(mmdc->bus);
    } else if (offset == MPZQHWCTRL) {
        tw_regs_set(&mmdc->regs, offset, written & ~(uint32_t)ZQ_FORCE);
    }
}

static const struct tw_regs_map map = {.name = "MMDC",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_MMDC_SIZE,
                                       .look = look,
                                       .wrote = wrote};

bool tw_mmdc_ready(const struct tw_mmdc *mmdc)
{
    return (tw_regs_get(&mmdc->regs, MDCTL) & MDCTL_SDE0) != 0;
}

void tw_mmdc_set_up(struct tw_mmdc *mmdc)
{
    tw_regs_set(&mmdc->regs, MDCTL, MDCTL_512M);
    tw_bus_changed(mmdc->bus);
}

static bool guard_allows(void *ctx, const struct tw_access *how)
{
    const struct tw_mmdc *mmdc = ctx;

    if (tw_mmdc_ready(mmdc)) {
        return true;
    }
    tw_report(mmdc->regs.report, TW_REPORT_MISUSE,
              "DDR: access to 0x%08x before the controller was set up",
              (unsigned)how->address);
    return false;
}

void tw_mmdc_init(struct tw_mmdc *mmdc, struct tw_bus *bus, uint32_t first,
                  uint32_t size)
{
    const struct tw_guard guard = {.allows = guard_allows,
                                   .ctx = mmdc,
                                   .first = first,
                                   .last = first + size - 1};

    mmdc->bus = bus;
    tw_regs_init(&mmdc->regs, &map, mmdc, bus, TW_MMDC_BASE);
    tw_bus_add_guard(bus, &guard);
}

static void mmdc_reset(void *model, enum tw_reset kind)
{
    struct tw_mmdc *mmdc = model;

    tw_regs_reset(&mmdc->regs, kind);
    tw_bus_changed(mmdc->bus);
}

static void mmdc_save(void *model, struct tw_saver *to)
{
    struct tw_mmdc *mmdc = model;

    tw_regs_save(&mmdc->regs, to);
}

static bool mmdc_load(void *model, struct tw_loader *from)
{
    struct tw_mmdc *mmdc = model;
    bool ok = tw_regs_load(&mmdc->regs, from);

    tw_bus_changed(mmdc->bus);
    return ok;
}

struct tw_device tw_mmdc_device(struct tw_mmdc *mmdc)
{
    return (struct tw_device){.name = "MMDC",
                              .model = mmdc,
                              .reset = mmdc_reset,
                              .save = mmdc_save,
                              .load = mmdc_load};
}
