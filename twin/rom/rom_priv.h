/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ROM_PRIV_H
#define TWIN_ROM_PRIV_H

#include "rom/rom.h"

/** True when the part enforces HAB: closed, and not returned. */
bool tw_rom_closed(const struct tw_rom *rom);

/** Bits of fuse word 0/6. */
bool tw_rom_config(const struct tw_rom *rom, unsigned bit);
enum {
    TW_FUSE_BT_FUSE_SEL = 4,
    TW_FUSE_FORCE_INTERNAL_BOOT = 16,
    TW_FUSE_SDP_DISABLE = 17,
    TW_FUSE_SDP_READ_DISABLE = 18
};

/** Fuses as HAB takes them. */
struct aw_rom_fuses tw_rom_fuses(const struct tw_rom *rom);
/** Configuration of the part as HAB reports it: returned, open or closed. */
uint8_t tw_rom_config_byte(const struct tw_rom *rom);

/** A word on the bus; 0 where nothing answers. */
uint32_t tw_rom_read(struct tw_rom *rom, uint32_t address);
void tw_rom_write(struct tw_rom *rom, uint32_t address, uint32_t value);

/** Registers and memory for a DCD. */
struct aw_dcd_bus tw_rom_dcd_bus(struct tw_rom *rom);

/** Begins an attempt: hab is cleared but for what the fuses say; events of
 * earlier attempts stay in the log. */
void tw_rom_attempt(struct tw_rom *rom);

enum { TW_ROM_REGIONS = 4 };

/** Memory as HAB reads it. @return number of regions, at most the above */
size_t tw_rom_memory(const struct tw_rom *rom, struct aw_hab_region *region);

/** Memory from an address to the end of its region; empty outside. */
aw_bytes tw_rom_memory_at(const struct tw_rom *rom, uint32_t address);

/** Writes log, state and locks as HAB leaves them after an attempt. */
void tw_rom_settle(struct tw_rom *rom);
/** Words that only a CSF may keep open are locked until the next reset. */
void tw_rom_lock_fuses(struct tw_rom *rom);

/** Goes on after a time. */
void tw_rom_work_in(struct tw_rom *rom, uint64_t count, uint64_t hz);

/** Loads the next piece from a medium; phase TW_ROM_MEDIUM. */
void tw_rom_load(struct tw_rom *rom);
/** First piece. */
void tw_rom_medium(struct tw_rom *rom, uint32_t boot_cfg);

/** Offers serial download, if the fuses let it. */
void tw_rom_serial(struct tw_rom *rom);
void tw_rom_serial_init(struct tw_rom *rom, uint16_t product);

/** Starts the image. */
void tw_rom_start(struct tw_rom *rom);

void tw_rom_save(void *model, struct tw_saver *to);
bool tw_rom_load_state(void *model, struct tw_loader *from);

/** Contents of the ROM's window that software may look at. */
void tw_rvt_write(uint8_t image[TW_ROM_SIZE]);
/** What HAB's functions there report. */
void tw_rvt_report(uint8_t image[TW_ROM_SIZE], uint8_t config, uint8_t state,
                   uint8_t status, aw_bytes events);

#endif
