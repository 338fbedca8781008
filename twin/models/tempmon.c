/* SPDX-License-Identifier: Apache-2.0 */
#include "models/tempmon.h"

enum {
    TEMPSENSE0 = 0x00,
    TEMPSENSE1 = 0x10,
    POWER_DOWN = 1 << 0,
    MEASURE = 1 << 1,
    FINISHED = 1 << 2,
    ROOM_CELSIUS = 25,
    FIRST_CELSIUS = 38,
    CALIBRATION_BANK = 1,
    CALIBRATION_WORD = 6,
    /* A part with blank calibration: 100 C, as engineering samples have. */
    BLANK_HOT_CELSIUS = 100,
    BLANK_HOT_COUNT = 0x4e0,
    BLANK_ROOM_COUNT = 0x57d,
    MEASURE_PERIODS = 30, /* of 32 kHz; about a millisecond */
    LOW_HZ = 32768
};

static const struct tw_reg rows[] = {
    {.name = "TEMPSENSE0",
     .offset = TEMPSENSE0,
     .reset = POWER_DOWN,
     .write = 0xfff00003},
    {.name = "TEMPSENSE1", .offset = TEMPSENSE1, .reset = 1, .write = 0xffff},
};

static const struct tw_reg low_row = {.name = "TEMPSENSE2",
                                      .write = 0x0fff0fff};

/* The count falls with the temperature, on a line through two points. */
static uint32_t count(const struct tw_tempmon *tempmon)
{
    uint32_t fuses =
        tw_ocotp_shadow(tempmon->ocotp, CALIBRATION_BANK, CALIBRATION_WORD);
    int32_t hot = (int32_t)(fuses & 0xff);
    int32_t hot_count = (int32_t)(fuses >> 8 & 0xfff);
    int32_t room_count = (int32_t)(fuses >> 20);

    if (hot <= ROOM_CELSIUS) {
        hot = BLANK_HOT_CELSIUS;
        hot_count = BLANK_HOT_COUNT;
        room_count = BLANK_ROOM_COUNT;
    }
    int32_t n = hot_count + (hot - tempmon->celsius) *
                                (room_count - hot_count) / (hot - ROOM_CELSIUS);

    return n < 0 ? 0 : (uint32_t)n & 0xfff;
}

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_tempmon *tempmon = ctx;

    if (offset == TEMPSENSE0 && (value & POWER_DOWN) == 0 &&
        (value & MEASURE) != 0 && tempmon->clock->now >= tempmon->ready) {
        return value | FINISHED | count(tempmon) << 8;
    }
    return value;
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_tempmon *tempmon = ctx;

    if (offset == TEMPSENSE0 && (before & MEASURE) == 0 &&
        (written & MEASURE) != 0) {
        tempmon->ready =
            tempmon->clock->now +
            tw_clock_ticks(tempmon->clock, MEASURE_PERIODS, LOW_HZ);
    }
}

static const struct tw_regs_map map = {.name = "TEMPMON",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_TEMPMON_SIZE,
                                       .aliases = true,
                                       .look = look,
                                       .wrote = wrote};
static const struct tw_regs_map low_map = {.name = "TEMPSENSE2",
                                           .rows = &low_row,
                                           .n_rows = 1,
                                           .size = TW_TEMPMON_LOW_SIZE,
                                           .aliases = true};

static void tempmon_reset(void *model, enum tw_reset kind)
{
    struct tw_tempmon *tempmon = model;

    tempmon->ready = 0;
    tw_regs_reset(&tempmon->regs, kind);
    tw_regs_reset(&tempmon->low, kind);
}

static void tempmon_save(void *model, struct tw_saver *to)
{
    struct tw_tempmon *tempmon = model;

    tw_regs_save(&tempmon->regs, to);
    tw_regs_save(&tempmon->low, to);
    tw_save_u32(to, (uint32_t)tempmon->celsius);
    tw_save_u64(to, tempmon->ready);
}

static bool tempmon_load(void *model, struct tw_loader *from)
{
    struct tw_tempmon *tempmon = model;

    (void)!tw_regs_load(&tempmon->regs, from);
    (void)!tw_regs_load(&tempmon->low, from);
    tempmon->celsius = (int32_t)tw_load_u32(from);
    tempmon->ready = tw_load_u64(from);
    return !from->failed && tempmon->celsius > -100 && tempmon->celsius < 200;
}

void tw_tempmon_init(struct tw_tempmon *tempmon, struct tw_bus *bus,
                     struct tw_clock *clock, const struct tw_ocotp *ocotp)
{
    tempmon->clock = clock;
    tempmon->ocotp = ocotp;
    tempmon->celsius = FIRST_CELSIUS;
    tempmon->ready = 0;
    tw_regs_init(&tempmon->regs, &map, tempmon, bus, TW_TEMPMON_BASE);
    tw_regs_init(&tempmon->low, &low_map, tempmon, bus, TW_TEMPMON_LOW_BASE);
}

struct tw_device tw_tempmon_device(struct tw_tempmon *tempmon)
{
    return (struct tw_device){.name = "TEMPMON",
                              .model = tempmon,
                              .reset = tempmon_reset,
                              .save = tempmon_save,
                              .load = tempmon_load};
}
