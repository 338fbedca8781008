/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rom/rom_priv.h"

static void save_block(struct tw_saver *to, const struct aw_csf_block *block)
{
    tw_save_u32(to, block->start);
    tw_save_u32(to, block->length);
}

static void load_block(struct tw_loader *from, struct aw_csf_block *block)
{
    block->start = tw_load_u32(from);
    block->length = tw_load_u32(from);
}

static void save_log(struct tw_saver *to, const struct aw_rom_log *log)
{
    tw_save_u32(to, (uint32_t)log->n);
    tw_save_u32(to, (uint32_t)log->events);
    tw_save_u8(to, log->full ? 1 : 0);
    tw_save_bytes(to, log->bytes, log->n);
}

static void load_log(struct tw_loader *from, struct aw_rom_log *log)
{
    uint32_t n = tw_load_u32(from);

    log->events = tw_load_u32(from);
    log->full = tw_load_u8(from) != 0;
    if (n > sizeof(log->bytes)) {
        from->failed = true;
        n = 0;
    }
    (void)tw_load_bytes(from, log->bytes, n);
    log->n = n;
}

/* What of HAB's attempt outlives the event that made it. */
static void save_hab(struct tw_saver *to, const struct aw_rom *hab)
{
    save_log(to, &hab->log);
    tw_save_u8(to, hab->stopped ? 1 : 0);
    tw_save_u8(to, hab->loaded ? 1 : 0);
    tw_save_u8(to, hab->csf_verified ? 1 : 0);
    tw_save_u8(to, hab->fuses.closed ? 1 : 0);
    tw_save_u32(to, hab->ivt.entry);
    tw_save_u32(to, hab->ivt.boot_data);
    tw_save_u32(to, hab->ivt.self);
    tw_save_u32(to, hab->ivt.csf);
    tw_save_u32(to, hab->boot.start);
    tw_save_u32(to, hab->boot.length);
    tw_save_u32(to, hab->boot.plugin);
    save_block(to, &hab->image_dcd);
    save_block(to, &hab->sent_dcd);
    tw_save_u32(to, hab->unlocked_ocotp);
}

static void load_hab(struct tw_loader *from, struct aw_rom *hab)
{
    load_log(from, &hab->log);
    hab->stopped = tw_load_u8(from) != 0;
    hab->loaded = tw_load_u8(from) != 0;
    hab->csf_verified = tw_load_u8(from) != 0;
    hab->fuses.closed = tw_load_u8(from) != 0;
    hab->ivt.entry = tw_load_u32(from);
    hab->ivt.boot_data = tw_load_u32(from);
    hab->ivt.self = tw_load_u32(from);
    hab->ivt.csf = tw_load_u32(from);
    hab->boot.start = tw_load_u32(from);
    hab->boot.length = tw_load_u32(from);
    hab->boot.plugin = tw_load_u32(from);
    load_block(from, &hab->image_dcd);
    load_block(from, &hab->sent_dcd);
    hab->unlocked_ocotp = tw_load_u32(from);
}

void tw_rom_save(void *model, struct tw_saver *to)
{
    const struct tw_rom *rom = model;

    tw_save_u8(to, (uint8_t)rom->phase);
    tw_save_bytes(to, rom->image, sizeof(rom->image));
    save_hab(to, &rom->hab);
    save_log(to, &rom->log);
    tw_rom_hid_save(&rom->hid, to);
    tw_save_event(to, &rom->work);
    tw_save_u8(to, (uint8_t)rom->part);
    tw_save_u32(to, rom->loaded);
    tw_save_u32(to, rom->entry);
    tw_save_u32(to, rom->status);
    tw_save_u8(to, rom->dcd_done ? 1 : 0);
    tw_save_u8(to, rom->skip_dcd ? 1 : 0);
}

static void refuse_load(struct tw_rom *rom)
{
    tw_clock_cancel(rom->clock, &rom->work);
    tw_rom_hid_reset(&rom->hid);
    rom->phase = TW_ROM_OFF;
}

bool tw_rom_load_state(void *model, struct tw_loader *from)
{
    struct tw_rom *rom = model;
    uint8_t phase = tw_load_u8(from);

    (void)tw_load_bytes(from, rom->image, sizeof(rom->image));
    memset(&rom->hab, 0, sizeof(rom->hab));
    load_hab(from, &rom->hab);
    rom->hab.fuses = tw_rom_fuses(rom);
    load_log(from, &rom->log);
    tw_rom_hid_load(&rom->hid, from);
    tw_load_event(from, rom->clock, &rom->work);
    uint8_t part = tw_load_u8(from);

    rom->loaded = tw_load_u32(from);
    rom->entry = tw_load_u32(from);
    rom->status = tw_load_u32(from);
    rom->dcd_done = tw_load_u8(from) != 0;
    rom->skip_dcd = tw_load_u8(from) != 0;
    if (from->failed || phase > TW_ROM_DEAD || part > TW_BOOT_PART2) {
        from->failed = true;
        refuse_load(rom);
        return false;
    }
    rom->phase = (enum tw_rom_phase)phase;
    rom->part = (enum tw_boot_part)part;
    if (phase == TW_ROM_SERIAL || phase == TW_ROM_JUMP) {
        /* The pull-up was there, and is: the host's end is loaded apart. */
        rom->port->device = &rom->hid.device;
    } else if (rom->port->device == &rom->hid.device) {
        rom->port->device = NULL;
    }
    return true;
}
