/* SPDX-License-Identifier: Apache-2.0 */
#include "models/emmc.h"

#include <string.h>

#include "models/emmc_parts.h"

#define US_PER_S UINT64_C(1000000)

uint64_t tw_emmc_after_us(const struct tw_emmc *emmc, uint64_t us)
{
    return emmc->clock->now + tw_clock_ticks(emmc->clock, us, US_PER_S);
}

void tw_emmc_program(struct tw_emmc *emmc, uint64_t us)
{
    uint64_t until = tw_emmc_after_us(emmc, us);

    emmc->state = AW_CARD_PRG;
    if (until > emmc->busy_until) {
        emmc->busy_until = until;
    }
}

bool tw_emmc_keep(struct tw_emmc *emmc, const struct tw_nvm_record *record)
{
    bool ok = true;

    if (tw_cut_whole(emmc->cut)) {
        uint64_t sequence = emmc->nvm.record.sequence;

        emmc->nvm.record = *record;
        emmc->nvm.record.sequence = sequence;
        ok = tw_nvm_commit(&emmc->nvm, 0, NULL, 0);
    }
    return tw_cut_wrote(emmc->cut) && ok;
}

void tw_emmc_restart(struct tw_emmc *emmc, bool hard)
{
    emmc->state = AW_CARD_IDLE;
    emmc->rca = 1;
    emmc->status = 0;
    emmc->inactive = false;
    emmc->asleep = false;
    emmc->ready_at = TW_NEVER;
    emmc->busy_until = 0;
    emmc->moves = TW_MOVES_NOTHING;
    emmc->counted = false;
    emmc->erase_step = 0;
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        (void)tw_flash_commit(&emmc->parts[i]);
    }
    tw_rpmb_reset(&emmc->rpmb);
    tw_emmc_modes_reset(emmc, hard);
}

static void emmc_power(void *ctx, bool on)
{
    struct tw_emmc *emmc = ctx;

    if (on && !emmc->powered) {
        tw_emmc_restart(emmc, true);
    }
    emmc->powered = on;
}

/* RST_n matters once RST_n_FUNCTION enables it. */
static void emmc_reset_pin(void *ctx, bool high)
{
    struct tw_emmc *emmc = ctx;
    bool enabled =
        (emmc->ext_csd[AW_EXT_CSD_RST_N_FUNCTION] & 3) == AW_RST_N_ENABLED;

    if (enabled && !high && !emmc->reset_low) {
        tw_emmc_restart(emmc, true);
    }
    emmc->reset_low = enabled && !high;
}

static void emmc_bus(void *ctx, const struct tw_card_bus *bus)
{
    struct tw_emmc *emmc = ctx;

    emmc->bus = *bus;
}

static uint64_t emmc_busy(void *ctx)
{
    const struct tw_emmc *emmc = ctx;

    return emmc->busy_until;
}

static const struct tw_card_ops emmc_ops = {
    .power = emmc_power,
    .reset_pin = emmc_reset_pin,
    .bus = emmc_bus,
    .command = tw_emmc_command,
    .data_at = tw_emmc_data_at,
    .read = tw_emmc_read,
    .write = tw_emmc_write,
    .busy_until = emmc_busy,
};

struct tw_card tw_emmc_card(struct tw_emmc *emmc)
{
    return (struct tw_card){.ops = &emmc_ops, .ctx = emmc};
}

/* CID and CSD. Manufacturer 0xfe is nobody's; the name says what it is. */
static void make_registers(struct tw_emmc *emmc, uint32_t serial)
{
    static const char name[6] = {'A', 'W', 'T', 'W', 'I', 'N'};
    uint8_t *cid = emmc->cid;
    uint8_t *csd = emmc->csd;

    memset(cid, 0, sizeof(emmc->cid));
    memset(csd, 0, sizeof(emmc->csd));
    tw_reg128_set(cid, 127, 120, 0xfe);
    tw_reg128_set(cid, 113, 112, 1); /* BGA */
    memcpy(&cid[3], name, sizeof(name));
    tw_reg128_set(cid, 55, 48, 0x10); /* revision 1.0 */
    tw_reg128_set(cid, 47, 16, serial);
    tw_reg128_set(cid, 15, 8, 0x1c); /* made in January 2025 */
    tw_reg128_seal(cid);

    tw_reg128_set(csd, 127, 126, 3); /* see EXT_CSD */
    tw_reg128_set(csd, 125, 122, 4);
    tw_reg128_set(csd, 119, 112, 0x27);
    tw_reg128_set(csd, 111, 104, 1);
    tw_reg128_set(csd, 103, 96, 0x32); /* 26 MHz */
    tw_reg128_set(csd, 95, 84, 0x0f5);
    tw_reg128_set(csd, 83, 80, 9);
    tw_reg128_set(csd, 73, 62, 0xfff); /* capacity in EXT_CSD */
    tw_reg128_set(csd, 61, 50, 0xfff);
    tw_reg128_set(csd, 49, 47, 7);
    tw_reg128_set(csd, 46, 42, 31); /* erase group: 32 x 32 blocks */
    tw_reg128_set(csd, 41, 37, 31);
    tw_reg128_set(csd, 36, 32, TW_EMMC_WP_GROUP / TW_EMMC_GROUP - 1);
    tw_reg128_set(csd, 31, 31, 1);
    tw_reg128_set(csd, 28, 26, 2);
    tw_reg128_set(csd, 25, 22, 9);
    tw_reg128_seal(csd);
}

aw_err tw_emmc_init(struct tw_emmc *emmc, const struct tw_emmc_wiring *wiring)
{
    struct tw_nvm_record fresh;

    memset(emmc, 0, sizeof(*emmc));
    emmc->clock = wiring->clock;
    emmc->report = wiring->report;
    emmc->cut = wiring->cut;
    emmc->nvm_store = wiring->nvm;
    tw_emmc_modes_fresh(&fresh);
    aw_err err = tw_nvm_open(&emmc->nvm, &wiring->nvm, &fresh);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_init(&emmc->parts[i], &wiring->parts[i],
                      i == AW_PARTITION_USER ? wiring->blocks
                                             : TW_EMMC_BOOT_BLOCKS,
                      emmc->cut);
    }
    tw_rpmb_init(&emmc->rpmb, &emmc->nvm, emmc->cut);
    emmc->rpmb.large_writes = true;
    make_registers(emmc, wiring->serial);
    tw_emmc_modes_init(emmc, wiring->blocks);
    tw_emmc_restart(emmc, true);
    return AW_OK;
}

void tw_emmc_free(struct tw_emmc *emmc)
{
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_free(&emmc->parts[i]);
    }
}

bool tw_emmc_fault(struct tw_emmc *emmc, const struct tw_bad_blocks *bad)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        if (emmc->bad[i].kind == TW_BAD_NONE) {
            emmc->bad[i] = *bad;
            return true;
        }
    }
    return false;
}

void tw_emmc_heal(struct tw_emmc *emmc)
{
    memset(emmc->bad, 0, sizeof(emmc->bad));
}
