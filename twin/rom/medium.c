/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rom/rom_priv.h"

/* Boot from eMMC or SD: IVT at 0x400, the first 4 KiB, DCD, the rest. */
enum {
    PIECE = 64 * 1024, /* bytes an event */
    BYTES_PER_S = 20000000,
    /* BOOT_CFG1: bits 7 and 6 are 01 for cards, bit 5 says eMMC. */
    CFG_CARD_MASK = 0xc0,
    CFG_CARD = 0x40,
    CFG_MMC = 0x20,
    /* PARTITION_CONFIG: BOOT_PARTITION_ENABLE. */
    ENABLE_SHIFT = 3,
    ENABLE_MASK = 7,
    ENABLE_PART1 = 1,
    ENABLE_PART2 = 2
};

static enum tw_boot_part part_of(const struct tw_rom *rom, uint32_t cfg)
{
    if ((cfg & CFG_MMC) == 0) {
        return TW_BOOT_SD;
    }
    switch (rom->board.partition_config(rom->board.ctx) >> ENABLE_SHIFT &
            ENABLE_MASK) {
    case ENABLE_PART1:
        return TW_BOOT_PART1;
    case ENABLE_PART2:
        return TW_BOOT_PART2;
    default:
        return TW_BOOT_USER;
    }
}

static bool read_medium(struct tw_rom *rom, uint32_t offset, uint8_t *to,
                        uint32_t n)
{
    return rom->board.read(rom->board.ctx, rom->part, offset, to, n);
}

/* IVT, DCD and boot data of the first piece. */
static bool take_first(struct tw_rom *rom)
{
    uint8_t first[AW_ROM_FIRST];
    struct aw_dcd_bus bus = tw_rom_dcd_bus(rom);

    tw_rom_attempt(rom);
    if (!read_medium(rom, 0, first, sizeof(first))) {
        rom->hab.stopped = true;
        return false;
    }
    aw_bytes head = {first + AW_IVT_MEDIUM, sizeof(first) - AW_IVT_MEDIUM};

    aw_rom_ivt(&rom->hab, head);
    aw_rom_image_dcd(&rom->hab, head, &bus);
    aw_rom_load(&rom->hab, head, true);
    return rom->hab.loaded && !rom->hab.stopped;
}

void tw_rom_medium(struct tw_rom *rom, uint32_t boot_cfg)
{
    if ((boot_cfg & CFG_CARD_MASK) != CFG_CARD) {
        tw_rom_serial(rom);
        return;
    }
    rom->part = part_of(rom, boot_cfg);
    rom->phase = TW_ROM_MEDIUM;
    rom->loaded = 0;
    if (take_first(rom)) {
        tw_rom_work_in(rom, AW_ROM_FIRST, BYTES_PER_S);
        return;
    }
    /* HAB asks its questions all the same, of an image that is not there. */
    aw_rom_authenticate(&rom->hab, NULL, 0);
    tw_rom_serial(rom);
}

/* All is in memory. */
static void judge(struct tw_rom *rom)
{
    struct aw_hab_region memory[TW_ROM_REGIONS];
    size_t n = tw_rom_memory(rom, memory);

    aw_rom_authenticate(&rom->hab, memory, n);
    tw_rom_settle(rom);
    if (rom->hab.boot.plugin != 0) {
        tw_report(rom->bus->report, TW_REPORT_UNDEFINED,
                  "plugin images are not modelled; the ROM goes on with "
                  "serial download");
    } else if (aw_rom_boots(&rom->hab)) {
        rom->entry = rom->hab.ivt.entry;
        tw_rom_start(rom);
        return;
    }
    tw_rom_serial(rom);
}

void tw_rom_load(struct tw_rom *rom)
{
    uint8_t piece[PIECE];
    uint32_t left = rom->hab.boot.length - rom->loaded;
    uint32_t n = left < PIECE ? left : PIECE;

    if (n == 0) {
        judge(rom);
        return;
    }
    if (!read_medium(rom, rom->loaded, piece, n) ||
        !tw_dma_write(rom->bus, TW_ROM, rom->hab.boot.start + rom->loaded,
                      piece, n)) {
        tw_rom_serial(rom);
        return;
    }
    rom->loaded += n;
    tw_rom_work_in(rom, n, BYTES_PER_S);
}
