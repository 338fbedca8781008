/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ROM_H
#define TWIN_ROM_H

#include "aw/hab/rom.h"
#include "core/bus.h"
#include "core/device.h"
#include "rom/hid.h"

/*
 * The boot ROM: decides by boot pins, fuses and request where to boot from,
 * loads, runs the DCD, authenticates, starts; or offers serial download. It is
 * host code that works in clock events, so that a run repeats and time passes
 * as long as loading takes. While it works the processor does not run.
 *
 * Source: IMX6ULRM and IMX6ULLRM, chapter "System Boot"; docs/formats/imx.md,
 * hab-events.md, sdp.md. What is a choice of ours stands in sdp.md.
 */
enum {
    TW_ROM_BASE = 0,
    TW_ROM_SIZE = 0x18000,
    TW_ROM_RVT = 0x100 /* HAB's table of functions */
};

/* Where the bytes of a boot medium lie. */
enum tw_boot_part { TW_BOOT_SD, TW_BOOT_USER, TW_BOOT_PART1, TW_BOOT_PART2 };

/* What HAB tells the security state machine. */
enum tw_rom_state { TW_ROM_CHECKING, TW_ROM_NON_SECURE, TW_ROM_TRUSTED };

/* What the ROM needs of the board, beside the bus. */
struct tw_rom_board {
    void *ctx;
    /** Shadow register of a fuse word. */
    uint32_t (*fuse)(void *ctx, unsigned bank, unsigned word);
    /** Reads a medium. @return false: there is none, or it failed */
    bool (*read)(void *ctx, enum tw_boot_part part, uint64_t offset,
                 uint8_t *to, size_t n);
    /** PARTITION_CONFIG of the eMMC (EXT_CSD byte 179). */
    uint8_t (*partition_config)(void *ctx);
    void (*state)(void *ctx, enum tw_rom_state state);
    /** The image starts: resets the processor to `entry`.
     *  @param serial  it came over USB: OTG1 is left as the ROM used it */
    void (*start)(void *ctx, uint32_t entry, bool serial);
};

enum tw_rom_phase {
    TW_ROM_OFF,
    TW_ROM_BEGIN,  /* looks at pins and fuses */
    TW_ROM_MEDIUM, /* loads the image */
    TW_ROM_SERIAL, /* waits for a host */
    TW_ROM_JUMP,   /* the host said JUMP, and was told nothing against it */
    TW_ROM_DONE,   /* the image runs */
    TW_ROM_DEAD    /* no boot, and serial download is disabled by fuse */
};

struct tw_rom {
    struct tw_bus *bus;
    struct tw_clock *clock;
    struct tw_usb_port *port; /* OTG1's */
    struct tw_rom_board board;
    uint8_t image[TW_ROM_SIZE]; /* what software sees at TW_ROM_BASE */
    enum tw_rom_phase phase;
    struct aw_rom hab; /* of the last attempt to boot */
    struct tw_rom_hid hid;

    /* Private. */
    struct tw_event work;
    struct aw_sdp_target target;
    enum tw_boot_part part;
    uint32_t loaded; /* bytes of the medium */
    uint32_t entry;
    uint32_t status; /* word for ERROR_STATUS */
    bool dcd_done;   /* a DCD was sent in this session */
    bool skip_dcd;
    struct aw_rom_log log; /* events before the attempt of `hab` */
};

/** Maps the ROM's window and ties it to its world.
 *  @param board    copied
 *  @param product  AW_SDP_PRODUCT_UL or _ULL */
void tw_rom_init(struct tw_rom *rom, struct tw_bus *bus, struct tw_clock *clock,
                 struct tw_usb_port *port, const struct tw_rom_board *board,
                 uint16_t product);

/** True while the ROM has the processor: it is not to run. */
bool tw_rom_active(const struct tw_rom *rom);

/** Name of a phase, for people: "serial". */
const char *tw_rom_phase_name(enum tw_rom_phase phase);

/** A reset of the device starts the ROM, after the models were reset. */
struct tw_device tw_rom_device(struct tw_rom *rom);

#endif
