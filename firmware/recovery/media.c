/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hab/event.h"
#include "fw/dma.h"
#include "recovery.h"

static DMA_ALIGNED uint8_t ext_csd[AW_EXT_CSD_SIZE];
static DMA_ALIGNED uint8_t sd_registers[AW_EXT_CSD_SIZE];
static struct card emmc;
static struct card sd;

static const struct medium media[UNITS] = {
    [KIND_USER] = {&emmc, AW_PARTITION_USER},
    [KIND_BOOT0] = {&emmc, AW_PARTITION_BOOT0},
    [KIND_BOOT1] = {&emmc, AW_PARTITION_BOOT1},
    [KIND_SD] = {&sd, AW_PARTITION_USER},
};

/* Media are constants, their cards are not. */
static void *context(size_t kind)
{
    static struct medium copies[UNITS];

    copies[kind] = media[kind];
    return &copies[kind];
}

static aw_err turn_to(const struct medium *m)
{
    return m->card->partition == m->partition
               ? AW_OK
               : card_select(m->card, m->partition, NULL);
}

static aw_err on_read(void *ctx, uint32_t lba, uint8_t *to, uint32_t blocks)
{
    const struct medium *m = ctx;
    aw_err err = turn_to(m);

    return err == AW_OK ? card_read(m->card, lba, to, blocks, NULL) : err;
}

static aw_err on_write(void *ctx, uint32_t lba, const uint8_t *from,
                       uint32_t blocks)
{
    const struct medium *m = ctx;
    aw_err err = turn_to(m);

    return err == AW_OK ? card_write(m->card, lba, from, blocks, NULL) : err;
}

static aw_err on_erase(void *ctx, uint32_t lba, uint32_t blocks)
{
    const struct medium *m = ctx;
    aw_err err = turn_to(m);

    return err == AW_OK ? card_erase(m->card, lba, blocks, NULL) : err;
}

static aw_err on_flush(void *ctx)
{
    const struct medium *m = ctx;

    return card_flush(m->card, NULL);
}

/* BOOT_WP_STATUS has two bits for each boot partition; the slot of an SD card
 * senses its lock. */
static bool is_protected(size_t kind)
{
    uint8_t boot = ext_csd[AW_EXT_CSD_BOOT_WP_STATUS];

    switch (kind) {
    case KIND_BOOT0:
        return (boot & 3) != 0;
    case KIND_BOOT1:
        return (boot >> 2 & 3) != 0;
    case KIND_SD:
        return !usdhc_writable(&sd.host);
    default:
        return false;
    }
}

static void add_unit(struct msc_unit units[UNITS], size_t *n, size_t kind)
{
    const struct medium *m = &media[kind];

    units[(*n)++] = (struct msc_unit){
        .ctx = context(kind),
        .kind = (uint8_t)kind,
        .blocks = card_blocks(m->card, m->partition),
        .read_only = recovery_read_only || is_protected(kind),
        .read = on_read,
        .write = on_write,
        .erase = card_erases_to_zeros(m->card) ? on_erase : NULL,
        .flush = on_flush,
    };
}

aw_err media_open(struct msc_unit units[UNITS], size_t *n, unsigned *detail,
                  struct aw_diag *diag)
{
    aw_err err = card_open(&emmc, CARD_EMMC, USDHC2, ext_csd, diag);

    if (err != AW_OK) {
        *detail = err == AW_ERR_NOT_FOUND ? CARD_MISSING : CARD_BROKEN;
        return err;
    }
    *n = 0;
    add_unit(units, n, KIND_USER);
    add_unit(units, n, KIND_BOOT0);
    add_unit(units, n, KIND_BOOT1);
    if (card_open(&sd, CARD_SD, USDHC1, sd_registers, NULL) == AW_OK) {
        add_unit(units, n, KIND_SD);
    }
    return AW_OK;
}

/* The verdict comes from the ROM itself, so that a log without records need
 * not prove that the ROM has judged. @return the log was read to its end */
static bool count_events(aw_bytes log, uint32_t *events)
{
    enum { LOG_HEAD = 0x0c };
    struct aw_hab_record record;
    size_t at = 0;
    aw_err err = aw_hab_log_next(log, &at, &record, NULL);

    *events = 0;
    if (err == AW_OK && record.tag != LOG_HEAD) {
        return false;
    }
    while (err == AW_OK) {
        *events += record.tag == AW_HAB_EVENT_TAG ? 1 : 0;
        err = aw_hab_log_next(log, &at, &record, NULL);
    }
    return err == AW_ERR_NOT_FOUND;
}

/* 32 bytes: HAB's verdict, and how many events its log has. A log that is not
 * whole is told apart from one without events. */
static void put_hab(struct aw_wr *w, const struct hab_report *hab)
{
    enum { REPORTED = 1, WHOLE = 2, RESERVED = 24 };
    uint32_t events = 0;
    bool whole = count_events((aw_bytes){hab->log, sizeof(hab->log)}, &events);

    aw_wr_u8(w, (uint8_t)((hab->present ? REPORTED : 0) | (whole ? WHOLE : 0)));
    aw_wr_u8(w, hab->present ? hab->status : 0);
    aw_wr_u8(w, hab->present ? hab->config : 0);
    aw_wr_u8(w, hab->present ? hab->state : 0);
    aw_wr_be32(w, whole ? events : 0);
    aw_wr_zeros(w, RESERVED);
}

void media_describe(const uint8_t id[SOC_ID_SIZE], const struct hab_report *hab,
                    uint8_t info[MSC_INFO])
{
    enum { LAYOUT = 1 };
    struct aw_wr w = aw_wr_init(info, MSC_INFO);

    aw_wr_text(&w, "AWDI");
    aw_wr_be16(&w, MSC_INFO);
    aw_wr_u8(&w, LAYOUT);
    aw_wr_u8(&w, recovery_read_only ? 1 : 0);
    aw_wr_put(&w, (aw_bytes){id, SOC_ID_SIZE});
    aw_wr_put(&w, (aw_bytes){emmc.cid, sizeof(emmc.cid)});
    put_hab(&w, hab);
    aw_wr_put(&w, (aw_bytes){ext_csd, AW_EXT_CSD_SIZE});
    AW_BUG_ON(w.failed || w.n != MSC_INFO);
}
