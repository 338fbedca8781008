/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ROM_BOARD_H
#define SUPPORT_ROM_BOARD_H

#include "rom/rom.h"
#include "usb/direct.h"

/*
 * As much of a board as the boot ROM needs: memory, a few registers, fuses, a
 * medium in memory. No processor: what the ROM would start is recorded.
 */
enum {
    BOARD_OCRAM_SIZE = 0x20000,
    BOARD_DDR_SIZE = 0x100000,
    BOARD_MEDIUM = 0x40000,
    BOARD_WORDS = 16 * 8,
    BOARD_BLOCKS = 4,
    BOARD_BLOCK = 0x4000
};

struct rom_board {
    struct tw_report report;
    struct tw_clock clock;
    struct tw_bus bus;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_direct direct;
    struct tw_rom rom;
    uint8_t ocram[BOARD_OCRAM_SIZE];
    uint8_t ddr[BOARD_DDR_SIZE];
    uint32_t fuse[BOARD_WORDS];
    uint8_t medium[BOARD_MEDIUM]; /* user area */
    uint8_t part1[BOARD_MEDIUM];
    bool no_medium;
    uint8_t partition_config;
    /* Registers. */
    uint32_t sbmr1;
    uint32_t sbmr2;
    uint32_t gpr9;
    uint32_t gpr10;
    uint32_t sticky;
    uint32_t plain[BOARD_BLOCKS][BOARD_BLOCK / 4]; /* CCM, IOMUXC, GPR, MMDC */
    uint32_t ocotp_uid[2];
    uint32_t other;
    /* Record. */
    enum tw_rom_state state;
    bool started;
    bool started_serial;
    uint32_t entry;
};

/** A register that only holds what is written: clocks, pads, DDR controller. */
uint32_t *rom_board_reg(struct rom_board *board, uint32_t address);

/** Powered, switch at USB, open, blank; the ROM has not begun. */
void rom_board_init(struct rom_board *board);
/** Closes the part with an SRK hash. */
void rom_board_close(struct rom_board *board, aw_bytes hash);
/** Reset and some time. */
void rom_board_boot(struct rom_board *board, uint64_t ms);
/** Waits for the ROM over USB and opens it. */
struct aw_usb_device rom_board_open(struct rom_board *board);

#endif
