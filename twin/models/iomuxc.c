/* SPDX-License-Identifier: Apache-2.0 */
#include "models/iomuxc.h"

enum {
    MUX_FIRST = 0x014,
    MUX_COUNT = (0x204 - 0x014) / 4,
    PAD_FIRST = 0x204,
    PAD_COUNT = (0x4b8 - 0x204) / 4,
    DAISY_FIRST = 0x4b8,
    DAISY_COUNT = (TW_IOMUXC_SIZE - 0x4b8) / 4
};

static const struct tw_reg pad_rows[] = {
    {.name = "MUX",
     .offset = MUX_FIRST,
     .count = MUX_COUNT,
     .reset = 0x5,
     .write = 0x1f},
    {.name = "PAD",
     .offset = PAD_FIRST,
     .count = PAD_COUNT,
     .reset = 0x10b0,
     .write = 0x000fffff},
    {.name = "DAISY",
     .offset = DAISY_FIRST,
     .count = DAISY_COUNT,
     .write = 0x7},
};

/* GPR0 has nothing of ours. Debug is on after reset. */
enum { GPR1 = 0x04, GPR9 = 0x24, GPR10 = 0x28 };
enum {
    GPR1_TZASC_LOCK = 1 << 23,
    GPR9_TZASC = 1 << 0,
    GPR9_LOCK = 1 << 16,
    GPR10_OCRAM_TZ_EN = 1 << 10,
    GPR10_OCRAM_TZ_ADDR = 11,
    OCRAM = 0x00900000,
    OCRAM_SIZE = 0x20000
};

static const struct tw_reg gpr_rows[] = {
    {.name = "GPR0", .offset = 0x00, .write = TW_ALL},
    {.name = "GPR1", .offset = GPR1, .reset = 0x0f400005, .write = TW_ALL},
    {.name = "GPR2-8", .offset = 0x08, .count = 7, .write = TW_ALL},
    {.name = "GPR9", .offset = GPR9, .write = 0x00010001},
    {.name = "GPR10", .offset = GPR10, .reset = 0x3, .write = TW_ALL},
    {.name = "GPR11-14", .offset = 0x2c, .count = 4, .write = TW_ALL},
};

static const struct tw_reg snvs_rows[] = {
    {.name = "MUX", .offset = 0x00, .count = 12, .reset = 0x5, .write = 0x1f},
    {.name = "PAD",
     .offset = 0x30,
     .count = 20,
     .reset = 0x10b0,
     .write = 0x1ffff},
};

/* Bits of a GPR that a write cannot change, given what it holds. */
static uint32_t fixed_bits(uint32_t offset, uint32_t held)
{
    switch (offset) {
    case GPR1:
        return held & GPR1_TZASC_LOCK;
    case GPR9:
        /* Going back to bypass would open DDR that was divided up. */
        return (held & (GPR9_TZASC | GPR9_LOCK)) |
               ((held & GPR9_LOCK) != 0 ? GPR9_TZASC : 0U);
    case GPR10:
        /* The upper half locks the lower one, bit by bit, and itself. */
        return (held & UINT32_C(0xffff0000)) | held >> 16;
    default:
        return 0;
    }
}

static void changed(struct tw_iomuxc *iomuxc)
{
    if (iomuxc->changed != NULL) {
        iomuxc->changed(iomuxc->changed_ctx);
    }
}

static void wrote_pad(void *ctx, uint32_t offset, uint32_t before,
                      uint32_t written)
{
    (void)offset;
    (void)before;
    (void)written;
    changed(ctx);
}

static void wrote_gpr(void *ctx, uint32_t offset, uint32_t before,
                      uint32_t written)
{
    struct tw_iomuxc *iomuxc = ctx;
    uint32_t fixed = fixed_bits(offset, before);
    uint32_t now = tw_regs_get(&iomuxc->gpr, offset);

    if (((before ^ written) & fixed) != 0) {
        tw_report(iomuxc->bus->report, TW_REPORT_REFUSED,
                  "IOMUXC: write of 0x%08x to GPR%u, where bits 0x%08x are "
                  "locked",
                  (unsigned)written, (unsigned)offset / 4, (unsigned)fixed);
    }
    tw_regs_set(&iomuxc->gpr, offset, (now & ~fixed) | (before & fixed));
    if (offset == GPR9 || offset == GPR10) {
        tw_bus_changed(iomuxc->bus);
    }
    changed(iomuxc);
}

static const struct tw_regs_map pad_map = {.name = "IOMUXC",
                                           .rows = pad_rows,
                                           .n_rows = sizeof(pad_rows) /
                                                     sizeof(pad_rows[0]),
                                           .size = TW_IOMUXC_SIZE,
                                           .wrote = wrote_pad};
static const struct tw_regs_map gpr_map = {.name = "IOMUXC_GPR",
                                           .rows = gpr_rows,
                                           .n_rows = sizeof(gpr_rows) /
                                                     sizeof(gpr_rows[0]),
                                           .size = TW_IOMUXC_GPR_SIZE,
                                           .wrote = wrote_gpr};
static const struct tw_regs_map snvs_map = {.name = "IOMUXC_SNVS",
                                            .rows = snvs_rows,
                                            .n_rows = sizeof(snvs_rows) /
                                                      sizeof(snvs_rows[0]),
                                            .size = TW_IOMUXC_SNVS_SIZE};

/* OCRAM_TZ: from its start on, OCRAM is for the secure world only. */
static bool ocram_allows(void *ctx, const struct tw_access *how)
{
    const struct tw_iomuxc *iomuxc = ctx;
    uint32_t gpr10 = tw_regs_get(&iomuxc->gpr, GPR10);
    uint32_t offset = how->address - OCRAM;

    if (how->secure || (gpr10 & GPR10_OCRAM_TZ_EN) == 0) {
        return true;
    }
    if (offset < (gpr10 >> GPR10_OCRAM_TZ_ADDR & 0x1f) * TW_PAGE) {
        return true;
    }
    tw_report(iomuxc->bus->report, TW_REPORT_REFUSED,
              "OCRAM_TZ: non-secure %s at 0x%08x",
              how->write ? "write" : "read", (unsigned)how->address);
    return false;
}

void tw_iomuxc_init(struct tw_iomuxc *iomuxc, struct tw_bus *bus,
                    bool snvs_pads)
{
    const struct tw_guard guard = {.allows = ocram_allows,
                                   .ctx = iomuxc,
                                   .first = OCRAM,
                                   .last = OCRAM + OCRAM_SIZE - 1};

    iomuxc->bus = bus;
    tw_regs_init(&iomuxc->pads, &pad_map, iomuxc, bus, TW_IOMUXC_BASE);
    tw_regs_init(&iomuxc->gpr, &gpr_map, iomuxc, bus, TW_IOMUXC_GPR_BASE);
    if (snvs_pads) {
        tw_regs_init(&iomuxc->snvs, &snvs_map, iomuxc, bus,
                     TW_IOMUXC_SNVS_BASE);
    } else {
        tw_regs_bind(&iomuxc->snvs, &snvs_map, iomuxc, bus->report);
    }
    tw_bus_add_guard(bus, &guard);
}

unsigned tw_iomuxc_alt(const struct tw_iomuxc *iomuxc, uint32_t mux)
{
    return tw_regs_get(&iomuxc->pads, mux) & TW_MUX_ALT;
}

uint32_t tw_iomuxc_gpr(const struct tw_iomuxc *iomuxc, unsigned n)
{
    return tw_regs_get(&iomuxc->gpr, 4 * n);
}

bool tw_iomuxc_tzasc_on(const struct tw_iomuxc *iomuxc)
{
    return (tw_iomuxc_gpr(iomuxc, 9) & GPR9_TZASC) != 0;
}

bool tw_iomuxc_tzasc_locked(const struct tw_iomuxc *iomuxc)
{
    return (tw_iomuxc_gpr(iomuxc, 1) & GPR1_TZASC_LOCK) != 0;
}

static void iomuxc_reset(void *model, enum tw_reset kind)
{
    struct tw_iomuxc *iomuxc = model;

    tw_regs_reset(&iomuxc->pads, kind);
    tw_regs_reset(&iomuxc->gpr, kind);
    tw_regs_reset(&iomuxc->snvs, kind);
    tw_bus_changed(iomuxc->bus);
    changed(iomuxc);
}

static void iomuxc_save(void *model, struct tw_saver *to)
{
    struct tw_iomuxc *iomuxc = model;

    tw_regs_save(&iomuxc->pads, to);
    tw_regs_save(&iomuxc->gpr, to);
    tw_regs_save(&iomuxc->snvs, to);
}

static bool iomuxc_load(void *model, struct tw_loader *from)
{
    struct tw_iomuxc *iomuxc = model;

    (void)!tw_regs_load(&iomuxc->pads, from);
    (void)!tw_regs_load(&iomuxc->gpr, from);
    (void)!tw_regs_load(&iomuxc->snvs, from);
    if (from->failed) {
        iomuxc_reset(iomuxc, TW_RESET_POWER);
        return false;
    }
    tw_bus_changed(iomuxc->bus);
    changed(iomuxc);
    return true;
}

struct tw_device tw_iomuxc_device(struct tw_iomuxc *iomuxc)
{
    return (struct tw_device){.name = "IOMUXC",
                              .model = iomuxc,
                              .reset = iomuxc_reset,
                              .save = iomuxc_save,
                              .load = iomuxc_load};
}
