/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom.h"

#include <string.h>

#include "rom/rom_priv.h"

enum {
    BEGIN_US = 10000, /* before the ROM looks at anything */
    US_PER_S = 1000000,
    SBMR1 = 0x020d8004,
    SBMR2 = 0x020d801c,
    GPR9 = 0x020d8040,
    GPR10 = 0x020d8044,
    GPR10_REQUEST = 1 << 28, /* boot as GPR9 says, once */
    BMOD_SHIFT = 24,
    BMOD_FUSES = 0,
    BMOD_SERIAL = 1,
    PLL_SYS = 0x020c8030,
    PLL_SET = 4,
    PLL_CLEAR = 8,
    PLL_POWERDOWN = 1 << 12,
    PLL_ENABLE = 1 << 13,
    PLL_BYPASS = 1 << 16
};

void tw_rom_work_in(struct tw_rom *rom, uint64_t count, uint64_t hz)
{
    tw_clock_at(rom->clock, &rom->work,
                rom->clock->now + tw_clock_ticks(rom->clock, count, hz));
}

void tw_rom_start(struct tw_rom *rom)
{
    bool serial = rom->phase == TW_ROM_JUMP;

    if (serial) {
        tw_usb_attach(rom->port, NULL);
    }
    tw_rom_lock_fuses(rom);
    rom->phase = TW_ROM_DONE;
    rom->board.start(rom->board.ctx, rom->entry, serial);
}

/* The ROM hands over a running PLL2, from which DDR and cards have their
 * clocks; images do not start it. Source: IMX6ULLRM 8.4.1, clocks at boot
 * time. */
static void start_pll2(struct tw_rom *rom)
{
    tw_rom_write(rom, PLL_SYS + PLL_CLEAR, PLL_POWERDOWN | PLL_BYPASS);
    tw_rom_write(rom, PLL_SYS + PLL_SET, PLL_ENABLE);
}

/* Pins, fuses and requests say where to boot from. */
static void begin(struct tw_rom *rom)
{
    uint32_t mode = tw_rom_read(rom, SBMR2) >> BMOD_SHIFT & 3U;
    uint32_t cfg = tw_rom_read(rom, SBMR1);
    bool by_fuses = tw_rom_config(rom, TW_FUSE_BT_FUSE_SEL);
    bool serial = mode == BMOD_SERIAL || (mode == BMOD_FUSES && !by_fuses);

    start_pll2(rom);
    if (by_fuses) {
        cfg = rom->board.fuse(rom->board.ctx, 0, 5);
    }
    if ((tw_rom_read(rom, GPR10) & GPR10_REQUEST) != 0) {
        cfg = tw_rom_read(rom, GPR9);
        serial = false;
    }
    if (serial && !tw_rom_config(rom, TW_FUSE_FORCE_INTERNAL_BOOT)) {
        tw_rom_serial(rom);
    } else {
        tw_rom_medium(rom, cfg);
    }
}

static void work(void *ctx)
{
    struct tw_rom *rom = ctx;

    switch (rom->phase) {
    case TW_ROM_BEGIN:
        begin(rom);
        break;
    case TW_ROM_MEDIUM:
        tw_rom_load(rom);
        break;
    case TW_ROM_JUMP:
        tw_rom_start(rom);
        break;
    default:
        break;
    }
}

static void reset(void *model, enum tw_reset kind)
{
    struct tw_rom *rom = model;

    (void)kind;
    tw_clock_cancel(rom->clock, &rom->work);
    if (rom->port->device == &rom->hid.device) {
        tw_usb_attach(rom->port, NULL);
    }
    tw_rom_hid_reset(&rom->hid);
    memset(&rom->hab, 0, sizeof(rom->hab));
    rom->log.n = 0;
    rom->loaded = 0;
    rom->entry = 0;
    rom->status = AW_SDP_NO_FAILURE;
    rom->dcd_done = false;
    rom->skip_dcd = false;
    tw_rvt_report(rom->image, tw_rom_config_byte(rom), AW_HAB_ANY,
                  AW_HAB_SUCCESS, (aw_bytes){NULL, 0});
    rom->phase = TW_ROM_BEGIN;
    tw_rom_work_in(rom, BEGIN_US, US_PER_S);
}

void tw_rom_init(struct tw_rom *rom, struct tw_bus *bus, struct tw_clock *clock,
                 struct tw_usb_port *port, const struct tw_rom_board *board,
                 uint16_t product)
{
    memset(rom, 0, sizeof(*rom));
    rom->bus = bus;
    rom->clock = clock;
    rom->port = port;
    rom->board = *board;
    rom->work = (struct tw_event){.fire = work, .ctx = rom};
    tw_rvt_write(rom->image);
    const struct tw_region region = {
        .name = "ROM",
        .base = TW_ROM_BASE,
        .size = TW_ROM_SIZE,
        .read_only = true,
        .ram = {.bytes = rom->image},
    };

    tw_bus_add_ram(bus, &region);
    tw_rom_serial_init(rom, product);
}

bool tw_rom_active(const struct tw_rom *rom)
{
    return rom->phase != TW_ROM_OFF && rom->phase != TW_ROM_DONE;
}

const char *tw_rom_phase_name(enum tw_rom_phase phase)
{
    static const char *const names[] = {
        [TW_ROM_OFF] = "off",        [TW_ROM_BEGIN] = "starting",
        [TW_ROM_MEDIUM] = "loading", [TW_ROM_SERIAL] = "serial",
        [TW_ROM_JUMP] = "starting",  [TW_ROM_DONE] = "done",
        [TW_ROM_DEAD] = "dead",
    };

    return names[phase];
}

struct tw_device tw_rom_device(struct tw_rom *rom)
{
    return (struct tw_device){.name = "rom",
                              .model = rom,
                              .reset = reset,
                              .save = tw_rom_save,
                              .load = tw_rom_load_state};
}
