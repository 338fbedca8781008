/* SPDX-License-Identifier: Apache-2.0 */
#include "models/pmu.h"

enum { REG_CORE = 0x30 };

static const struct tw_reg rows[] = {
    {.name = "REG_1P1", .offset = 0x00, .reset = 0x1073, .write = 0x0004ff7f},
    {.name = "REG_3P0", .offset = 0x10, .reset = 0x0f74, .write = 0x00001ff7},
    {.name = "REG_2P5", .offset = 0x20, .reset = 0x1073, .write = 0x0004ff7f},
    {.name = "REG_CORE",
     .offset = REG_CORE,
     .reset = 0x00482012,
     .write = TW_ALL},
    {.name = "MISC0", .offset = 0x40, .reset = 0x04000000, .write = TW_ALL},
    {.name = "MISC1", .offset = 0x50, .write = 0x1fffffff, .clear = 0xe0000000},
    {.name = "MISC2", .offset = 0x60, .reset = 0x00272727, .write = TW_ALL},
};

/* The band gap has settled and the 1.1 and 2.5 V outputs are stable. */
static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    (void)ctx;
    return offset == 0x00 || offset == 0x20 ? value | UINT32_C(1) << 17 : value;
}

static const struct tw_regs_map map = {.name = "PMU",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_PMU_SIZE,
                                       .aliases = true,
                                       .look = look};

static const struct tw_reg low_row = {
    .name = "LOWPWR_CTRL", .reset = 0x4009, .write = TW_ALL};
static const struct tw_regs_map low_map = {.name = "PMU_LOWPWR",
                                           .rows = &low_row,
                                           .n_rows = 1,
                                           .size = TW_PMU_LOW_SIZE,
                                           .aliases = true};

void tw_pmu_init(struct tw_pmu *pmu, struct tw_bus *bus)
{
    tw_regs_init(&pmu->regs, &map, pmu, bus, TW_PMU_BASE);
    tw_regs_init(&pmu->low, &low_map, pmu, bus, TW_PMU_LOW_BASE);
}

unsigned tw_pmu_arm_mv(const struct tw_pmu *pmu)
{
    unsigned target = tw_regs_get(&pmu->regs, REG_CORE) & 0x1f;

    /* 725 mV and 25 mV a step; 31 is bypass: 1.45 V at most. */
    return target == 0 ? 0 : 700 + 25 * target;
}

static void pmu_reset(void *model, enum tw_reset kind)
{
    struct tw_pmu *pmu = model;

    tw_regs_reset(&pmu->regs, kind);
    tw_regs_reset(&pmu->low, kind);
}

static void pmu_save(void *model, struct tw_saver *to)
{
    struct tw_pmu *pmu = model;

    tw_regs_save(&pmu->regs, to);
    tw_regs_save(&pmu->low, to);
}

static bool pmu_load(void *model, struct tw_loader *from)
{
    struct tw_pmu *pmu = model;

    (void)!tw_regs_load(&pmu->regs, from);
    return tw_regs_load(&pmu->low, from);
}

struct tw_device tw_pmu_device(struct tw_pmu *pmu)
{
    return (struct tw_device){.name = "PMU",
                              .model = pmu,
                              .reset = pmu_reset,
                              .save = pmu_save,
                              .load = pmu_load};
}
