/* SPDX-License-Identifier: Apache-2.0 */
#include "models/sys_cnt.h"

enum {
    CNTCR = 0x00,
    CNTSR = 0x04,
    CNTCV0 = 0x08,
    CNTCV1 = 0x0c,
    CNTFID0 = 0x20,
    CR_EN = 1 << 0,
    CR_FCREQ1 = 1 << 9,
    SR_FCACK0 = 1 << 8,
    SR_FCACK1 = 1 << 9,
    LOW_HZ = 32768
};

static const struct tw_reg rows[] = {
    {.name = "CNTCR", .offset = CNTCR, .write = 0x303},
    {.name = "CNTSR", .offset = CNTSR},
    {.name = "CNTCV", .offset = CNTCV0, .count = 2, .write = TW_ALL},
    {.name = "CNTFID0",
     .offset = CNTFID0,
     .reset = TW_SYS_CNT_HZ,
     .write = TW_ALL},
    {.name = "CNTFID1-2", .offset = 0x24, .count = 2, .write = TW_ALL},
};

uint64_t tw_sys_cnt_value(const struct tw_sys_cnt *cnt)
{
    if (cnt->hz == 0) {
        return cnt->count;
    }
    return cnt->count +
           tw_clock_periods(cnt->clock, cnt->clock->now - cnt->since, cnt->hz);
}

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_sys_cnt *cnt = ctx;

    switch (offset) {
    case CNTSR:
        return cnt->hz == LOW_HZ ? SR_FCACK1 : SR_FCACK0;
    case CNTCV0:
        return (uint32_t)tw_sys_cnt_value(cnt);
    case CNTCV1:
        return (uint32_t)(tw_sys_cnt_value(cnt) >> 32);
    default:
        return value;
    }
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_sys_cnt *cnt = ctx;
    uint64_t count = tw_sys_cnt_value(cnt);
    uint32_t control = tw_regs_get(&cnt->regs, CNTCR);

    (void)before;
    if (offset == CNTCV0) {
        count = (count & ~UINT64_C(0xffffffff)) | written;
    } else if (offset == CNTCV1) {
        count = (count & 0xffffffff) | (uint64_t)written << 32;
    }
    cnt->count = count;
    cnt->since = cnt->clock->now;
    cnt->hz = (control & CR_EN) == 0       ? 0
              : (control & CR_FCREQ1) != 0 ? LOW_HZ
                                           : TW_SYS_CNT_HZ;
    if (cnt->changed != NULL) {
        cnt->changed(cnt->changed_ctx);
    }
}

static const struct tw_regs_map map = {.name = "SYS_CNT",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_SYS_CNT_SIZE,
                                       .look = look,
                                       .wrote = wrote};

static void cnt_reset(void *model, enum tw_reset kind)
{
    struct tw_sys_cnt *cnt = model;

    tw_regs_reset(&cnt->regs, kind);
    cnt->count = 0;
    cnt->since = cnt->clock->now;
    cnt->hz = 0;
}

static void cnt_save(void *model, struct tw_saver *to)
{
    struct tw_sys_cnt *cnt = model;

    tw_regs_save(&cnt->regs, to);
    tw_save_u64(to, cnt->count);
    tw_save_u64(to, cnt->since);
    tw_save_u64(to, cnt->hz);
}

static bool cnt_load(void *model, struct tw_loader *from)
{
    struct tw_sys_cnt *cnt = model;

    (void)!tw_regs_load(&cnt->regs, from);
    cnt->count = tw_load_u64(from);
    cnt->since = tw_load_u64(from);
    cnt->hz = tw_load_u64(from);
    if (from->failed || cnt->since > cnt->clock->now) {
        cnt_reset(cnt, TW_RESET_POWER);
        return false;
    }
    return true;
}

void tw_sys_cnt_init(struct tw_sys_cnt *cnt, struct tw_bus *bus,
                     struct tw_clock *clock)
{
    cnt->clock = clock;
    tw_regs_init(&cnt->regs, &map, cnt, bus, TW_SYS_CNT_BASE);
    cnt_reset(cnt, TW_RESET_POWER);
}

struct tw_device tw_sys_cnt_device(struct tw_sys_cnt *cnt)
{
    return (struct tw_device){.name = "SYS_CNT",
                              .model = cnt,
                              .reset = cnt_reset,
                              .save = cnt_save,
                              .load = cnt_load};
}
