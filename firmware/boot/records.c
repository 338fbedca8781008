/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"
#include "boot.h"
#include "fw/dma.h"

static DMA_ALIGNED uint8_t records[COPIES][AW_BOOTCFG_MAX];
static DMA_ALIGNED uint8_t states[COPIES][AW_BOOT_STATE_SIZE];

static const struct aw_emmc_region *
region(enum aw_emmc_kind kind, enum aw_component component, unsigned copy)
{
    const struct aw_emmc_region *r = aw_emmc_find(kind, component, copy);

    AW_BUG_ON(r == NULL);
    return r;
}

aw_err medium_read(struct card *card, uint32_t lba, uint8_t *to,
                   uint32_t blocks, struct aw_diag *diag)
{
    enum { TRIES = 3 };
    aw_err err = AW_ERR_IO;

    for (unsigned i = 0; i < TRIES && err != AW_OK; i++) {
        err = card_read(card, lba, to, blocks, diag);
    }
    return err;
}

static aw_err read_region(struct boot *boot, const struct aw_emmc_region *r,
                          uint8_t *to, struct aw_diag *diag)
{
    return medium_read(&boot->card, (uint32_t)r->first, to, (uint32_t)r->blocks,
                       diag);
}

/* Where the image lies is judged here, too: a record that points elsewhere is
 * none of ours. */
static void read_copy(struct boot *boot, unsigned i)
{
    struct copy *c = &boot->copy[i];
    const aw_bytes raw = {records[i], sizeof(records[i])};
    const struct aw_emmc_region *slot = NULL;
    aw_err err = read_region(boot, region(AW_EMMC_CONFIG, AW_TRUSTED_OS, i),
                             records[i], &c->fault.diag);

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
    err = aw_emmc_check(AW_TRUSTED_OS, c->config.offset, c->config.size, &slot);
    if (err != AW_OK) {
        c->fault.detail = CONFIG_PLACE;
        (void)aw_fail(&c->fault.diag, err, "config: offset or size",
                      (uint64_t)c->config.offset);
        return;
    }
    aw_sha256(raw, c->digest);
    c->fault = (struct fault){.code = 0};
    c->usable = true;
}

/* A state that cannot be read is an empty one: the starts are then counted
 * from the beginning. */
static void read_state(struct boot *boot)
{
    for (unsigned i = 0; i < COPIES; i++) {
        if (read_region(boot, region(AW_EMMC_BOOT_STATE, AW_BOOTLOADER, i),
                        states[i], NULL) != AW_OK) {
            states[i][0] = 0;
        }
    }
    boot->state_block = aw_boot_state_pick(
        (aw_bytes){states[0], AW_BOOT_STATE_SIZE},
        (aw_bytes){states[1], AW_BOOT_STATE_SIZE}, &boot->state);
}

void records_read(struct boot *boot)
{
    read_state(boot);
    for (unsigned i = 0; i < COPIES; i++) {
        read_copy(boot, i);
    }
}

/* A card that cannot be written can still be started from. */
void records_note(struct boot *boot)
{
    static DMA_ALIGNED uint8_t block[AW_BOOT_STATE_SIZE];
    struct fault fault = {.code = PANIC_CARD};

    aw_boot_state_write(&boot->state, block);
    aw_err err = card_write(
        &boot->card,
        (uint32_t)region(AW_EMMC_BOOT_STATE, AW_BOOTLOADER, boot->state_block)
            ->first,
        block, 1, &fault.diag);

    if (err == AW_OK) {
        err = card_flush(&boot->card, &fault.diag);
    }
    if (err != AW_OK) {
        fault.diag.err = err;
        fault_print(&fault);
    }
}
