/* SPDX-License-Identifier: Apache-2.0 */
#include "models/src.h"

enum {
    SRC_SCR = 0x00,
    SRC_SBMR1 = 0x04,
    SRC_SRSR = 0x08,
    SRC_SISR = 0x14,
    SRC_SIMR = 0x18,
    SRC_SBMR2 = 0x1c,
    SRC_GPR1 = 0x20,
    N_GPR = 10
};

static const struct tw_reg rows[] = {
    {.name = "SCR",
     .offset = SRC_SCR,
     .reset = 0x521,
     .write = TW_ALL,
     .kept = true},
    {.name = "SBMR1", .offset = SRC_SBMR1, .kept = true},
    {.name = "SRSR",
     .offset = SRC_SRSR,
     .reset = TW_SRSR_POWER,
     .write = 0x10000,
     .clear = 0x1fd,
     .kept = true},
    {.name = "SISR", .offset = SRC_SISR},
    {.name = "SIMR", .offset = SRC_SIMR, .reset = 0x1f, .write = 0x1f},
    {.name = "SBMR2", .offset = SRC_SBMR2, .kept = true},
    {.name = "GPR",
     .offset = SRC_GPR1,
     .count = N_GPR,
     .write = TW_ALL,
     .kept = true},
};

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_src *src = ctx;

    (void)before;
    (void)written;
    if (offset == SRC_SCR) {
        /* Requests to reset a part of the chip are done at once. */
        uint32_t value = tw_regs_get(&src->regs, SRC_SCR);

        tw_regs_set(&src->regs, SRC_SCR, value & ~UINT32_C(0x0020201e));
    }
}

static const struct tw_regs_map map = {.name = "SRC",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_SRC_SIZE,
                                       .wrote = wrote};

void tw_src_init(struct tw_src *src, struct tw_bus *bus)
{
    tw_regs_init(&src->regs, &map, src, bus, TW_SRC_BASE);
}

void tw_src_cause(struct tw_src *src, uint32_t bits)
{
    tw_regs_set(&src->regs, SRC_SRSR, tw_regs_get(&src->regs, SRC_SRSR) | bits);
}

void tw_src_sample(struct tw_src *src, unsigned pins, uint32_t boot_fuses,
                   uint32_t config)
{
    /* SEC_CONFIG, DIR_BT_DIS and BT_FUSE_SEL at their places, BMOD above. */
    tw_regs_set(&src->regs, SRC_SBMR1, boot_fuses);
    tw_regs_set(&src->regs, SRC_SBMR2, (config & 0x1b) | pins << 24);
}

bool tw_src_serial_asked(const struct tw_src *src)
{
    return (tw_regs_get(&src->regs, TW_SRC_GPR10) & TW_SRC_GPR10_OVERRIDE) !=
               0 &&
           tw_regs_get(&src->regs, TW_SRC_GPR9) == TW_SRC_GPR9_SERIAL;
}

struct tw_device tw_src_device(struct tw_src *src)
{
    return tw_regs_device(&src->regs);
}
