/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/sd_parts.h"

enum { ACCESS_US = 150, BUFFER_US = 10, PROGRAM_US = 600, ERASE_US = 2000 };

static const struct {
    uint32_t hz; /* at most */
    bool ddr;
    bool tuned;
} modes[SD_MODES] = {
    [SD_SDR12] = {25000000, false, false},
    [SD_SDR25] = {50000000, false, false},
    [SD_SDR50] = {100000000, false, false},
    [SD_SDR104] = {208000000, false, true},
    [SD_DDR50] = {50000000, true, false},
};

/* Do host and card agree on how data moves? */
static bool lines_agree(const struct tw_sd *sd)
{
    if (sd->bus.hz > modes[sd->mode].hz) {
        tw_report(sd->report, TW_REPORT_MISUSE,
                  "SD: clock of %u Hz, its mode allows %u",
                  (unsigned)sd->bus.hz, (unsigned)modes[sd->mode].hz);
        return false;
    }
    return sd->bus.width == sd->width && sd->bus.ddr == modes[sd->mode].ddr &&
           sd->bus.low_voltage == (sd->voltage == TW_SD_1V8) &&
           (!modes[sd->mode].tuned || sd->bus.tuned ||
            sd->moves == TW_SD_TUNING);
}

/* Block of an address; SDSC cards count bytes. False: no block begins there. */
static bool block_at(struct tw_sd *sd, uint32_t argument, uint64_t *block)
{
    *block = sd->high_capacity ? argument : argument / TW_BLOCK;
    if (!sd->high_capacity && argument % TW_BLOCK != 0) {
        sd->status |= AW_CARD_MISALIGN;
        return false;
    }
    if (*block >= sd->flash.blocks) {
        sd->status |= AW_CARD_OUT_OF_RANGE;
        return false;
    }
    return true;
}

void tw_sd_begin(struct tw_sd *sd, uint32_t argument, bool reading,
                 bool multiple)
{
    sd->multiple = multiple;
    sd->refused = false;
    sd->stalled = false;
    sd->left = multiple ? 0 : 1;
    if (multiple && sd->counted) {
        sd->left = sd->count;
    }
    if (!block_at(sd, argument, &sd->block)) {
        return;
    }
    sd->moves = TW_SD_BLOCKS;
    sd->state = reading ? AW_CARD_DATA : AW_CARD_RCV;
    sd->data_at = tw_sd_after_us(sd, ACCESS_US);
    if (reading) {
        tw_flash_look(&sd->flash);
    } else {
        sd->written = 0;
    }
}

void tw_sd_write_end(struct tw_sd *sd)
{
    if (!tw_flash_commit(&sd->flash)) {
        sd->status |= AW_CARD_ERROR;
    }
    sd->moves = TW_SD_NOTHING;
    tw_sd_program(sd, PROGRAM_US);
}

void tw_sd_erase_address(struct tw_sd *sd, uint8_t index, uint32_t argument)
{
    uint64_t block = 0;

    if (index == 32 ? sd->erase_step != 0 : sd->erase_step != 32) {
        sd->status |= AW_CARD_ERASE_SEQ_ERROR;
        sd->erase_step = 0;
        return;
    }
    if (!block_at(sd, argument, &block)) {
        sd->erase_step = 0;
        return;
    }
    if (index == 32) {
        sd->erase_first = (uint32_t)block;
    } else {
        sd->erase_last = (uint32_t)block;
    }
    sd->erase_step = index;
}

void tw_sd_erase(struct tw_sd *sd)
{
    bool in_order = sd->erase_step == 33;

    sd->erase_step = 0;
    if (!in_order) {
        sd->status |= AW_CARD_ERASE_SEQ_ERROR;
        return;
    }
    if (sd->erase_last < sd->erase_first) {
        sd->status |= AW_CARD_ERASE_PARAM;
        return;
    }
    tw_sd_program(sd, ERASE_US);
    if (!tw_flash_discard(&sd->flash, sd->erase_first,
                          (uint64_t)sd->erase_last - sd->erase_first + 1)) {
        sd->status |= AW_CARD_ERROR;
    }
}

uint64_t tw_sd_data_at(void *ctx)
{
    const struct tw_sd *sd = ctx;

    return sd->state != AW_CARD_DATA || sd->stalled ? TW_NEVER : sd->data_at;
}

static void count_block(struct tw_sd *sd)
{
    sd->block++;
    if (sd->left == 0 || --sd->left > 0) {
        return;
    }
    if (sd->state == AW_CARD_RCV) {
        tw_sd_write_end(sd);
    } else {
        sd->moves = TW_SD_NOTHING;
        sd->state = AW_CARD_TRAN;
        sd->mode = sd->next_mode;
    }
}

static enum tw_card_data stall(struct tw_sd *sd, uint32_t status)
{
    sd->status |= status;
    sd->stalled = true;
    if (!sd->multiple) {
        sd->state = AW_CARD_TRAN;
        sd->moves = TW_SD_NOTHING;
    }
    return TW_DATA_NONE;
}

static enum tw_card_data fetch(struct tw_sd *sd, uint8_t *block, size_t *n)
{
    const uint8_t *pattern = NULL;

    *n = TW_BLOCK;
    switch (sd->moves) {
    case TW_SD_REGISTER:
        *n = sd->reg_n;
        memcpy(block, sd->reg, sd->reg_n);
        return TW_DATA_OK;
    case TW_SD_TUNING:
        pattern = tw_tuning_block(4, n);
        memcpy(block, pattern, *n);
        return TW_DATA_OK;
    case TW_SD_BLOCKS:
        if (sd->block >= sd->flash.blocks) {
            return stall(sd, AW_CARD_OUT_OF_RANGE);
        }
        return tw_flash_read(&sd->flash, sd->block, block)
                   ? TW_DATA_OK
                   : stall(sd, AW_CARD_ERROR);
    default:
        return TW_DATA_NONE;
    }
}

enum tw_card_data tw_sd_read(void *ctx, uint8_t *block, size_t *n)
{
    struct tw_sd *sd = ctx;
    bool agree = lines_agree(sd);
    enum tw_card_data got = fetch(sd, block, n);

    if (got != TW_DATA_OK) {
        return got;
    }
    count_block(sd);
    sd->data_at = sd->clock->now;
    return agree ? TW_DATA_OK : TW_DATA_CRC;
}

enum tw_card_data tw_sd_write(void *ctx, const uint8_t *block, size_t n)
{
    struct tw_sd *sd = ctx;

    if (sd->state != AW_CARD_RCV) {
        return TW_DATA_NONE;
    }
    if (!lines_agree(sd) || n != TW_BLOCK) {
        return TW_DATA_CRC;
    }
    sd->busy_until = tw_sd_after_us(sd, BUFFER_US);
    if (sd->block >= sd->flash.blocks) {
        sd->status |= sd->refused ? 0 : AW_CARD_OUT_OF_RANGE;
        sd->refused = true;
    } else if (tw_flash_write(&sd->flash, sd->block, block, TW_WRITE_PLAIN)) {
        sd->written++;
    } else {
        sd->status |= AW_CARD_ERROR;
    }
    if (sd->cut->off) {
        return TW_DATA_NONE;
    }
    count_block(sd);
    return TW_DATA_OK;
}
