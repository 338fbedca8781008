/* SPDX-License-Identifier: Apache-2.0 */
#include "models/sd_parts.h"

static void sd_reset(void *model, enum tw_reset kind)
{
    struct tw_sd *sd = model;

    if (kind == TW_RESET_POWER) {
        tw_cut_power_off(sd->cut);
        tw_cut_power_on(sd->cut);
        sd->powered = true;
        tw_sd_restart(sd, true);
    }
}

static void sd_save(void *model, struct tw_saver *to)
{
    const struct tw_sd *sd = model;

    tw_flash_save(&sd->flash, to);
    tw_card_bus_save(&sd->bus, to);
    tw_save_u8(to, sd->powered ? 1 : 0);
    tw_save_u8(to, sd->inactive ? 1 : 0);
    tw_save_u8(to, sd->interface_known ? 1 : 0);
    tw_save_u8(to, sd->app ? 1 : 0);
    tw_save_u8(to, sd->state);
    tw_save_u16(to, sd->rca);
    tw_save_u32(to, sd->status);
    tw_save_u64(to, sd->ready_at);
    tw_save_u64(to, sd->busy_until);
    tw_save_u8(to, (uint8_t)sd->voltage);
    tw_save_u8(to, sd->may_switch ? 1 : 0);
    tw_save_u8(to, sd->width);
    tw_save_u8(to, sd->mode);
    tw_save_u8(to, sd->next_mode);
    tw_save_u8(to, (uint8_t)sd->moves);
    tw_save_u8(to, sd->multiple ? 1 : 0);
    tw_save_u8(to, sd->refused ? 1 : 0);
    tw_save_u8(to, sd->stalled ? 1 : 0);
    tw_save_u64(to, sd->block);
    tw_save_u32(to, sd->left);
    tw_save_u64(to, sd->data_at);
    tw_save_bytes(to, sd->reg, sizeof(sd->reg));
    tw_save_u32(to, sd->reg_n);
    tw_save_u8(to, sd->counted ? 1 : 0);
    tw_save_u32(to, sd->count);
    tw_save_u32(to, sd->written);
    tw_save_u8(to, sd->erase_step);
    tw_save_u32(to, sd->erase_first);
    tw_save_u32(to, sd->erase_last);
}

static void load_card(struct tw_sd *sd, struct tw_loader *from)
{
    sd->powered = tw_load_u8(from) != 0;
    sd->inactive = tw_load_u8(from) != 0;
    sd->interface_known = tw_load_u8(from) != 0;
    sd->app = tw_load_u8(from) != 0;
    sd->state = tw_load_u8(from);
    sd->rca = tw_load_u16(from);
    sd->status = tw_load_u32(from);
    sd->ready_at = tw_load_u64(from);
    sd->busy_until = tw_load_u64(from);
    uint8_t voltage = tw_load_u8(from);

    sd->may_switch = tw_load_u8(from) != 0;
    sd->width = tw_load_u8(from);
    sd->mode = tw_load_u8(from);
    sd->next_mode = tw_load_u8(from);
    if (sd->state > AW_CARD_DIS || voltage > TW_SD_1V8 ||
        sd->mode >= SD_MODES || sd->next_mode >= SD_MODES ||
        (sd->width != 1 && sd->width != 4)) {
        from->failed = true;
        return;
    }
    sd->voltage = (enum tw_sd_voltage)voltage;
}

static void load_transfer(struct tw_sd *sd, struct tw_loader *from)
{
    uint8_t moves = tw_load_u8(from);

    sd->multiple = tw_load_u8(from) != 0;
    sd->refused = tw_load_u8(from) != 0;
    sd->stalled = tw_load_u8(from) != 0;
    sd->block = tw_load_u64(from);
    sd->left = tw_load_u32(from);
    sd->data_at = tw_load_u64(from);
    (void)tw_load_bytes(from, sd->reg, sizeof(sd->reg));
    sd->reg_n = tw_load_u32(from);
    sd->counted = tw_load_u8(from) != 0;
    sd->count = tw_load_u32(from);
    sd->written = tw_load_u32(from);
    sd->erase_step = tw_load_u8(from);
    sd->erase_first = tw_load_u32(from);
    sd->erase_last = tw_load_u32(from);
    if (moves > TW_SD_TUNING || sd->reg_n > sizeof(sd->reg)) {
        from->failed = true;
        return;
    }
    sd->moves = (enum tw_sd_moves)moves;
}

static bool sd_load(void *model, struct tw_loader *from)
{
    struct tw_sd *sd = model;

    (void)tw_flash_load(&sd->flash, from);
    tw_card_bus_load(&sd->bus, from);
    load_card(sd, from);
    load_transfer(sd, from);
    if (from->failed) {
        sd_reset(sd, TW_RESET_POWER);
        return false;
    }
    return true;
}

struct tw_device tw_sd_device(struct tw_sd *sd)
{
    return (struct tw_device){.name = "sd",
                              .model = sd,
                              .reset = sd_reset,
                              .save = sd_save,
                              .load = sd_load};
}
