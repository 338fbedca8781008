/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"
#include "fw/dma.h"
#include "fw/slots.h"

static DMA_ALIGNED uint8_t states[COPIES][AW_BOOT_STATE_SIZE];

static const struct aw_emmc_region *
region(enum aw_emmc_kind kind, enum aw_component component, unsigned copy)
{
    const struct aw_emmc_region *r = aw_emmc_find(kind, component, copy);

    AW_BUG_ON(r == NULL);
    return r;
}

aw_err slots_blocks(struct card *card, uint32_t lba, uint8_t *to,
                    uint32_t blocks, struct aw_diag *diag)
{
    enum { TRIES = 3 };
    aw_err err = AW_ERR_IO;

    for (unsigned i = 0; i < TRIES && err != AW_OK; i++) {
        err = card_read(card, lba, to, blocks, diag);
    }
    return err;
}

static aw_err read_region(struct card *card, const struct aw_emmc_region *r,
                          uint8_t *to, struct aw_diag *diag)
{
    return slots_blocks(card, (uint32_t)r->first, to, (uint32_t)r->blocks,
                        diag);
}

/* Where the image lies is judged here, too: a record that points elsewhere is
 * none of ours. */
static void read_copy(struct slots *s, unsigned i)
{
    struct copy *c = &s->copy[i];
    uint8_t *record = s->records + (size_t)i * AW_BOOTCFG_MAX;
    const aw_bytes raw = {record, AW_BOOTCFG_MAX};
    const struct aw_emmc_region *slot = NULL;
    aw_err err = read_region(s->card, region(AW_EMMC_CONFIG, s->component, i),
                             record, &c->fault.diag);

    if (err != AW_OK) {
        c->fault.code = PANIC_CARD;
        c->fault.detail = CARD_READ;
        return;
    }
    c->fault.code = PANIC_CONFIG;
    err = aw_bootcfg_parse(raw, &c->config, &c->fault.diag);
    if (err != AW_OK) {
        c->fault.detail = err == AW_ERR_NOT_FOUND ? CONFIG_BLANK : CONFIG_FORM;
        c->fault.diag.err = err;
        return;
    }
    err = aw_emmc_check(s->component, c->config.offset, c->config.size, &slot);
    if (err != AW_OK) {
        c->fault.detail = CONFIG_PLACE;
        (void)aw_fail(&c->fault.diag, err, "config: offset or size",
                      (uint64_t)c->config.offset);
        return;
    }
    aw_sha256(raw, c->digest);
    c->slot = (uint8_t)slot->copy;
    c->fault = (struct fault){.code = 0};
    c->usable = true;
}

void slots_read(struct slots *slots)
{
    for (unsigned i = 0; i < COPIES; i++) {
        slots->copy[i] = (struct copy){.usable = false};
        read_copy(slots, i);
    }
}

void starts_read(struct starts *starts)
{
    for (unsigned i = 0; i < COPIES; i++) {
        if (read_region(starts->card,
                        region(AW_EMMC_BOOT_STATE, AW_BOOTLOADER, i), states[i],
                        NULL) != AW_OK) {
            states[i][0] = 0;
        }
    }
    starts->block = aw_boot_state_pick(
        (aw_bytes){states[0], AW_BOOT_STATE_SIZE},
        (aw_bytes){states[1], AW_BOOT_STATE_SIZE}, &starts->state);
}

aw_err starts_write(struct starts *starts, struct aw_diag *diag)
{
    uint8_t *block = states[starts->block];

    aw_boot_state_write(&starts->state, block);
    aw_err err = card_write(
        starts->card,
        (uint32_t)region(AW_EMMC_BOOT_STATE, AW_BOOTLOADER, starts->block)
            ->first,
        block, 1, diag);

    if (err == AW_OK) {
        err = card_flush(starts->card, diag);
    }
    if (err == AW_OK) {
        starts->block = 1 - starts->block;
        starts->state.sequence++;
    }
    return err;
}
