/* SPDX-License-Identifier: Apache-2.0 */
#include "models/emmc_parts.h"

/* A watchdog does not reach the device; a power cycle does. */
static void emmc_reset(void *model, enum tw_reset kind)
{
    struct tw_emmc *emmc = model;

    if (kind == TW_RESET_POWER) {
        tw_cut_power_off(emmc->cut);
        tw_cut_power_on(emmc->cut);
        emmc->powered = true;
        emmc->reset_low = false;
        tw_emmc_restart(emmc, true);
    }
}

static void save_transfer(const struct tw_emmc *emmc, struct tw_saver *to)
{
    tw_save_u8(to, (uint8_t)emmc->moves);
    tw_save_u8(to, emmc->multiple ? 1 : 0);
    tw_save_u8(to, emmc->refused ? 1 : 0);
    tw_save_u8(to, emmc->stalled ? 1 : 0);
    tw_save_u8(to, emmc->reliable ? 1 : 0);
    tw_save_u64(to, emmc->block);
    tw_save_u32(to, emmc->left);
    tw_save_u64(to, emmc->data_at);
    tw_save_bytes(to, emmc->reg, sizeof(emmc->reg));
    tw_save_u32(to, emmc->reg_n);
    tw_save_u8(to, emmc->counted ? 1 : 0);
    tw_save_u32(to, emmc->count);
    tw_save_u8(to, emmc->count_reliable ? 1 : 0);
    tw_save_u8(to, emmc->erase_step);
    tw_save_u32(to, emmc->erase_first);
    tw_save_u32(to, emmc->erase_last);
}

static void load_transfer(struct tw_emmc *emmc, struct tw_loader *from)
{
    uint8_t moves = tw_load_u8(from);

    emmc->multiple = tw_load_u8(from) != 0;
    emmc->refused = tw_load_u8(from) != 0;
    emmc->stalled = tw_load_u8(from) != 0;
    emmc->reliable = tw_load_u8(from) != 0;
    emmc->block = tw_load_u64(from);
    emmc->left = tw_load_u32(from);
    emmc->data_at = tw_load_u64(from);
    (void)tw_load_bytes(from, emmc->reg, sizeof(emmc->reg));
    emmc->reg_n = tw_load_u32(from);
    emmc->counted = tw_load_u8(from) != 0;
    emmc->count = tw_load_u32(from);
    emmc->count_reliable = tw_load_u8(from) != 0;
    emmc->erase_step = tw_load_u8(from);
    emmc->erase_first = tw_load_u32(from);
    emmc->erase_last = tw_load_u32(from);
    if (moves > TW_MOVES_TUNING || emmc->reg_n > sizeof(emmc->reg)) {
        from->failed = true;
    } else {
        emmc->moves = (enum tw_emmc_moves)moves;
    }
}

static void save_faults(const struct tw_emmc *emmc, struct tw_saver *to)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        tw_save_u8(to, (uint8_t)emmc->bad[i].kind);
        tw_save_u32(to, emmc->bad[i].delay_us);
        tw_save_u64(to, emmc->bad[i].first);
        tw_save_u64(to, emmc->bad[i].count);
    }
}

static void load_faults(struct tw_emmc *emmc, struct tw_loader *from)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        uint8_t kind = tw_load_u8(from);

        emmc->bad[i].delay_us = tw_load_u32(from);
        emmc->bad[i].first = tw_load_u64(from);
        emmc->bad[i].count = tw_load_u64(from);
        if (kind > TW_BAD_SLOW) {
            from->failed = true;
            kind = TW_BAD_NONE;
        }
        emmc->bad[i].kind = (enum tw_bad)kind;
    }
}

static void emmc_save(void *model, struct tw_saver *to)
{
    const struct tw_emmc *emmc = model;

    tw_cut_save(emmc->cut, to);
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_save(&emmc->parts[i], to);
    }
    tw_rpmb_save(&emmc->rpmb, to);
    tw_save_bytes(to, emmc->ext_csd, AW_EXT_CSD_MODES);
    tw_save_bytes(to, emmc->wp_power, sizeof(emmc->wp_power));
    tw_card_bus_save(&emmc->bus, to);
    tw_save_u8(to,
               (uint8_t)((emmc->powered ? 1 : 0) | (emmc->reset_low ? 2 : 0) |
                         (emmc->inactive ? 4 : 0) | (emmc->asleep ? 8 : 0)));
    tw_save_u8(to, emmc->state);
    tw_save_u16(to, emmc->rca);
    tw_save_u32(to, emmc->status);
    tw_save_u64(to, emmc->ready_at);
    tw_save_u64(to, emmc->busy_until);
    save_transfer(emmc, to);
    save_faults(emmc, to);
}

static void load_state(struct tw_emmc *emmc, struct tw_loader *from)
{
    (void)tw_load_bytes(from, emmc->ext_csd, AW_EXT_CSD_MODES);
    (void)tw_load_bytes(from, emmc->wp_power, sizeof(emmc->wp_power));
    tw_card_bus_load(&emmc->bus, from);
    uint8_t flags = tw_load_u8(from);

    emmc->powered = (flags & 1) != 0;
    emmc->reset_low = (flags & 2) != 0;
    emmc->inactive = (flags & 4) != 0;
    emmc->asleep = (flags & 8) != 0;
    emmc->state = tw_load_u8(from);
    emmc->rca = tw_load_u16(from);
    emmc->status = tw_load_u32(from);
    emmc->ready_at = tw_load_u64(from);
    emmc->busy_until = tw_load_u64(from);
    load_transfer(emmc, from);
    load_faults(emmc, from);
    if (emmc->state > AW_CARD_DIS ||
        tw_emmc_partition(emmc) > AW_PARTITION_RPMB) {
        from->failed = true;
    }
}

/* The board puts the files of the snapshot in place before this. */
static bool emmc_load(void *model, struct tw_loader *from)
{
    struct tw_emmc *emmc = model;
    struct tw_nvm_record fresh;

    tw_emmc_modes_fresh(&fresh);
    (void)tw_cut_load(emmc->cut, from);
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        (void)tw_flash_load(&emmc->parts[i], from);
    }
    (void)tw_rpmb_load(&emmc->rpmb, from);
    load_state(emmc, from);
    if (from->failed ||
        tw_nvm_open(&emmc->nvm, &emmc->nvm_store, &fresh) != AW_OK) {
        emmc_reset(emmc, TW_RESET_POWER);
        return false;
    }
    return true;
}

struct tw_device tw_emmc_device(struct tw_emmc *emmc)
{
    return (struct tw_device){.name = "emmc",
                              .model = emmc,
                              .reset = emmc_reset,
                              .save = emmc_save,
                              .load = emmc_load};
}
