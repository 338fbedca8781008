/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/emmc_parts.h"

/* Typical times of the flash behind: access, buffering of a block, the end of
 * a programming command, an RPMB request. */
enum {
    ACCESS_US = 80,
    BUFFER_US = 4,
    PROGRAM_US = 250,
    CACHED_US = 30,
    RPMB_US = 800
};

/* Limits of the timings that HS_TIMING and BUS_WIDTH choose. */
enum { HZ_COMPATIBLE = 26000000, HZ_HS = 52000000, HZ_HS200 = 200000000 };

static bool hs200(const struct tw_emmc *emmc)
{
    return (emmc->ext_csd[AW_EXT_CSD_HS_TIMING] & 0x0f) == AW_TIMING_HS200;
}

static uint32_t limit_hz(const struct tw_emmc *emmc)
{
    switch (emmc->ext_csd[AW_EXT_CSD_HS_TIMING] & 0x0f) {
    case AW_TIMING_HS:
        return HZ_HS;
    case AW_TIMING_HS200:
        return HZ_HS200;
    default:
        return HZ_COMPATIBLE;
    }
}

/* Do host and device agree on how data moves? HS200 is for 1.8 V, and needs a
 * sampling point unless it is the search for one. */
static bool lines_agree(const struct tw_emmc *emmc)
{
    static const uint8_t widths[] = {1, 4, 8, 0, 0, 4, 8};
    uint8_t mode = emmc->ext_csd[AW_EXT_CSD_BUS_WIDTH];
    bool ddr = mode >= AW_BUS_4_DDR;

    if (emmc->bus.hz > limit_hz(emmc)) {
        tw_report(emmc->report, TW_REPORT_MISUSE,
                  "eMMC: clock of %u Hz, its timing allows %u",
                  (unsigned)emmc->bus.hz, (unsigned)limit_hz(emmc));
        return false;
    }
    if (hs200(emmc) && (!emmc->bus.low_voltage ||
                        (!emmc->bus.tuned && emmc->moves != TW_MOVES_TUNING))) {
        return false;
    }
    return emmc->bus.width == widths[mode] && emmc->bus.ddr == ddr;
}

/* Fault of a block of the user area. */
static const struct tw_bad_blocks *bad_at(const struct tw_emmc *emmc,
                                          uint64_t block)
{
    static const struct tw_bad_blocks none;

    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        const struct tw_bad_blocks *bad = &emmc->bad[i];

        if (bad->kind != TW_BAD_NONE && block >= bad->first &&
            block - bad->first < bad->count &&
            tw_emmc_partition(emmc) == AW_PARTITION_USER) {
            return bad;
        }
    }
    return &none;
}

static uint64_t delay_us(const struct tw_emmc *emmc)
{
    const struct tw_bad_blocks *bad = bad_at(emmc, emmc->block);

    return bad->kind == TW_BAD_SLOW ? bad->delay_us : 0;
}

static uint64_t capacity(const struct tw_emmc *emmc)
{
    return emmc->parts[tw_emmc_partition(emmc)].blocks;
}

/* Common to reading and writing. False: the address is outside. */
static bool begin(struct tw_emmc *emmc, uint32_t argument, bool multiple)
{
    emmc->multiple = multiple;
    emmc->refused = false;
    emmc->stalled = false;
    emmc->reliable = multiple && emmc->counted && emmc->count_reliable;
    emmc->left = multiple ? 0 : 1;
    if (multiple && emmc->counted) {
        emmc->left = emmc->count;
    }
    emmc->block = argument;
    if (tw_emmc_partition(emmc) == AW_PARTITION_RPMB) {
        emmc->moves = TW_MOVES_RPMB;
        return true;
    }
    emmc->moves = TW_MOVES_BLOCKS;
    if (argument >= capacity(emmc)) {
        emmc->status |= AW_CARD_OUT_OF_RANGE;
        return false;
    }
    return true;
}

void tw_emmc_read_begin(struct tw_emmc *emmc, uint32_t argument, bool multiple)
{
    if (!begin(emmc, argument, multiple)) {
        return;
    }
    if (emmc->moves == TW_MOVES_RPMB) {
        tw_rpmb_begin_read(&emmc->rpmb, emmc->left);
    } else {
        tw_flash_look(&emmc->parts[tw_emmc_partition(emmc)]);
    }
    emmc->state = AW_CARD_DATA;
    emmc->data_at = tw_emmc_after_us(emmc, ACCESS_US + delay_us(emmc));
}

void tw_emmc_write_begin(struct tw_emmc *emmc, uint32_t argument, bool multiple)
{
    if (!begin(emmc, argument, multiple)) {
        return;
    }
    if (emmc->moves == TW_MOVES_RPMB) {
        tw_rpmb_begin_write(&emmc->rpmb, emmc->left, emmc->reliable);
    }
    emmc->state = AW_CARD_RCV;
}

void tw_emmc_write_end(struct tw_emmc *emmc)
{
    uint64_t us = RPMB_US;

    if (emmc->moves == TW_MOVES_BLOCKS) {
        bool cached = emmc->ext_csd[AW_EXT_CSD_CACHE_CTRL] != 0;

        us = cached && !emmc->reliable ? CACHED_US : PROGRAM_US;
        if (!tw_flash_commit(&emmc->parts[tw_emmc_partition(emmc)])) {
            emmc->status |= AW_CARD_ERROR;
        }
    }
    emmc->moves = TW_MOVES_NOTHING;
    tw_emmc_program(emmc, us);
}

uint64_t tw_emmc_data_at(void *ctx)
{
    const struct tw_emmc *emmc = ctx;

    return emmc->state != AW_CARD_DATA || emmc->stalled ? TW_NEVER
                                                        : emmc->data_at;
}

/* One more block of the transfer has passed. */
static void count_block(struct tw_emmc *emmc)
{
    emmc->block++;
    if (emmc->left == 0 || --emmc->left > 0) {
        return;
    }
    if (emmc->state == AW_CARD_RCV) {
        tw_emmc_write_end(emmc);
    } else {
        emmc->moves = TW_MOVES_NOTHING;
        emmc->state = AW_CARD_TRAN;
    }
}

/* A read ends early: nothing follows until CMD12. */
static enum tw_card_data stall(struct tw_emmc *emmc, uint32_t status)
{
    emmc->status |= status;
    emmc->stalled = true;
    if (!emmc->multiple) {
        emmc->state = AW_CARD_TRAN;
        emmc->moves = TW_MOVES_NOTHING;
    }
    return TW_DATA_NONE;
}

static enum tw_card_data read_flash(struct tw_emmc *emmc, uint8_t *block)
{
    if (emmc->block >= capacity(emmc)) {
        return stall(emmc, AW_CARD_OUT_OF_RANGE);
    }
    if (bad_at(emmc, emmc->block)->kind == TW_BAD_READ) {
        return stall(emmc, AW_CARD_ECC_FAILED);
    }
    if (!tw_flash_read(&emmc->parts[tw_emmc_partition(emmc)], emmc->block,
                       block)) {
        return stall(emmc, AW_CARD_ERROR);
    }
    return TW_DATA_OK;
}

enum tw_card_data tw_emmc_read(void *ctx, uint8_t *block, size_t *n)
{
    struct tw_emmc *emmc = ctx;
    enum tw_card_data got = TW_DATA_OK;
    bool agree = lines_agree(emmc);
    size_t pattern = 0;

    *n = TW_BLOCK;
    switch (emmc->moves) {
    case TW_MOVES_REGISTER:
        *n = emmc->reg_n;
        memcpy(block, emmc->reg, emmc->reg_n);
        break;
    case TW_MOVES_TUNING:
        memcpy(block, tw_tuning_block(emmc->bus.width, &pattern),
               emmc->bus.width == 8 ? 128 : 64);
        *n = pattern;
        break;
    case TW_MOVES_RPMB:
        if (!tw_rpmb_read(&emmc->rpmb, block)) {
            emmc->status |= AW_CARD_ERROR;
        }
        break;
    case TW_MOVES_BLOCKS:
        got = read_flash(emmc, block);
        break;
    default:
        return TW_DATA_NONE;
    }
    if (got != TW_DATA_OK) {
        return got;
    }
    count_block(emmc);
    emmc->data_at = tw_emmc_after_us(emmc, delay_us(emmc));
    return agree ? TW_DATA_OK : TW_DATA_CRC;
}

static void write_flash(struct tw_emmc *emmc, const uint8_t *block)
{
    struct tw_flash *flash = &emmc->parts[tw_emmc_partition(emmc)];
    bool cached = emmc->ext_csd[AW_EXT_CSD_CACHE_CTRL] != 0;
    enum tw_write how = cached ? TW_WRITE_CACHED : TW_WRITE_PLAIN;

    if (emmc->refused) {
        return;
    }
    if (emmc->block >= capacity(emmc)) {
        emmc->status |= AW_CARD_OUT_OF_RANGE;
        emmc->refused = true;
    } else if (tw_emmc_protected(emmc, emmc->block)) {
        emmc->status |= AW_CARD_WP_VIOLATION;
        emmc->refused = true;
    } else if (bad_at(emmc, emmc->block)->kind == TW_BAD_WRITE ||
               !tw_flash_write(flash, emmc->block, block,
                               emmc->reliable ? TW_WRITE_RELIABLE : how)) {
        emmc->status |= AW_CARD_ERROR;
    }
}

enum tw_card_data tw_emmc_write(void *ctx, const uint8_t *block, size_t n)
{
    struct tw_emmc *emmc = ctx;

    if (emmc->state != AW_CARD_RCV) {
        return TW_DATA_NONE;
    }
    /* A garbled block is refused, and the next one expected. */
    if (!lines_agree(emmc) || n != TW_BLOCK) {
        return TW_DATA_CRC;
    }
    emmc->busy_until = tw_emmc_after_us(emmc, BUFFER_US + delay_us(emmc));
    if (emmc->moves == TW_MOVES_RPMB) {
        if (!tw_rpmb_write(&emmc->rpmb, block)) {
            emmc->status |= AW_CARD_ERROR;
        }
    } else {
        write_flash(emmc, block);
    }
    if (emmc->cut->off) {
        return TW_DATA_NONE;
    }
    count_block(emmc);
    return TW_DATA_OK;
}
