/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CARD_RIG_H
#define CARD_RIG_H

#include "core/bus.h"
#include "core/clock.h"
#include "models/emmc.h"
#include "models/sd.h"
#include "models/usdhc.h"

/*
 * A small board for tests of models: memory, clock, one uSDHC with an eMMC on
 * files without names; and what firmware would do with them, register by
 * register.
 */
#define CR_RAM  UINT32_C(0x80000000)
#define CR_ADMA CR_RAM            /* descriptors */
#define CR_DATA (CR_RAM + 0x1000) /* data of a transfer */

enum {
    CR_RAM_SIZE = 256 * 1024,
    CR_BLOCKS = 40000, /* of the user area: three WP groups */
    CR_TEXT = 256,
    CR_FILES = 4,
    CR_PATTERN = 8 * TW_BLOCK
};

struct card_rig {
    struct tw_clock clock;
    struct tw_report report;
    struct tw_bus bus;
    char said[CR_TEXT]; /* the last report */
    bool line;          /* the interrupt of the model under test */

    struct tw_cut cut;
    struct tw_file files[CR_FILES]; /* user, boot0, boot1, own memory */
    struct tw_emmc emmc;
    struct tw_sd sd;
    struct tw_usdhc host;
    uint32_t rca;
    bool gone; /* power was cut */
};

extern struct card_rig cr;

/* Data to write; the blocks differ. */
extern uint8_t cr_block[CR_PATTERN];

/* Status of a card: transfer state, ready for data. */
#define CR_TRAN  (UINT32_C(4) << 9)
#define CR_READY UINT32_C(0x100)

/** Clock, bus and memory. */
void cr_start(void);
/** The same, with the controller and an eMMC that nobody has spoken to. */
void cr_start_emmc(void);
/** And with the eMMC in the transfer state. */
void cr_start_emmc_up(void);
/** The same with an SD card instead. */
void cr_start_sd(uint32_t blocks);
void cr_stop(void);

uint32_t cr_read(uint32_t address);
void cr_write(uint32_t address, uint32_t value);
uint8_t *cr_ram(uint32_t address);

/** Time passes. */
void cr_run_us(uint64_t us);
/** Reports so far of what no firmware should do. */
uint64_t cr_misuses(void);
/** Events fire until a register has one of the bits; false when none will. */
bool cr_run_until(uint32_t address, uint32_t bits);

/* The driver */

enum {
    CR_R0 = 0,
    CR_R1 = 0x001a0000, /* CRC and index are checked */
    CR_R2 = 0x00090000,
    CR_R3 = 0x00020000,
    CR_R1B = 0x001b0000,
    CR_DATA_CMD = 0x00200000,
    CR_ABORT = 0x00c00000
};

/** Clock and interrupts as a driver sets them; width 1. */
void cr_host_init(void);
/** Divider for 49.5 MHz, and lines. */
void cr_host_fast(unsigned width);
/** Sends a command; the bits of INT_STATUS that it ended with. */
uint32_t cr_command(uint8_t index, uint32_t argument, uint32_t flags);
uint32_t cr_response(void);
/** Bits of the register that a response of 136 bits brought. */
uint32_t cr_field(unsigned high, unsigned low);
/** Brings the eMMC from power on to the transfer state, 8 lines, 49.5 MHz. */
void cr_emmc_up(void);
/** Brings the SD card to the transfer state, four lines, 24.75 MHz. */
void cr_sd_up(void);
/** CMD55, then a command. */
uint32_t cr_app_command(uint8_t index, uint32_t argument, uint32_t flags);
/** CMD6 and the wait for its end; the status after it. */
uint32_t cr_switch(uint8_t index, uint8_t value);
uint32_t cr_status(void);
/** CMD8 of an eMMC: the register, or a byte of it. */
void cr_read_ext_csd(uint8_t to[512]);
uint8_t cr_ext_csd(uint8_t index);

/** A block of another size than 512 bytes to CR_DATA; bits of INT_STATUS. */
uint32_t cr_read_short(uint8_t index, uint32_t argument, uint32_t bytes);
/** One command with data, ADMA2 to or from CR_DATA; bits of INT_STATUS. */
uint32_t cr_transfer(uint8_t index, uint32_t argument, uint32_t blocks,
                     bool reading);
/** CMD17/18 and CMD24/25 with automatic CMD12; the test fails on errors. */
void cr_read_blocks(uint32_t block, void *to, uint32_t n);
void cr_write_blocks(uint32_t block, const void *from, uint32_t n);

/** Power off and on, as a board does it, and the card brought up again. */
void cr_power_cycle(void);

#endif
