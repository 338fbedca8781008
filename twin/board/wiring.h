/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_WIRING_H
#define TWIN_WIRING_H

#include "board/board.h"

/* Ties the models to clocks, bus, interrupts and each other: a file for what
 * every chip has, one for what it keeps, one for what it trusts. */

/* Numbers of shared interrupts. Source: IMX6ULRM, table "ARM Domain
 * Interrupts". */
enum {
    TW_SPI_UART1 = 26,
    TW_SPI_UART2 = 27,
    TW_SPI_I2C1 = 36,
    TW_SPI_I2C2 = 37,
    TW_SPI_GPT1 = 55,
    TW_SPI_EPIT1 = 56,
    TW_SPI_EPIT2 = 57,
    TW_SPI_GPIO1 = 66, /* two for each port */
    TW_SPI_WDOG1 = 80,
    TW_SPI_WDOG2 = 81,
    TW_SPI_WDOG3 = 11,
    TW_SPI_USDHC1 = 22,
    TW_SPI_USDHC2 = 23,
    TW_SPI_RNGB = 6,
    TW_SPI_CAAM_RING3 = 46,
    TW_SPI_DCP = 47,
    TW_SPI_CAAM_RING1 = 105, /* and the second above */
    TW_SPI_USB1 = 43,
    TW_SPI_USB2 = 42,
    TW_SPI_TZASC = 108,
    TW_SPI_GPT2 = 109
};

struct tw_line tw_board_line(struct tw_board *board, uint32_t spi);

/** Clocks, timers, pads and GPIO, UART and I2C, USB. */
void tw_board_init_clocks(struct tw_board *board);
void tw_board_init_timers(struct tw_board *board);
void tw_board_init_pins(struct tw_board *board);
void tw_board_init_serial(struct tw_board *board);
void tw_board_init_usb(struct tw_board *board);

/** Hosts of cards and their cards. @return as tw_emmc_init */
AW_MUST_CHECK aw_err tw_board_init_storage(
    struct tw_board *board, const struct tw_board_storage *storage);

/** Fuses, SNVS, and what guards memory. */
void tw_board_init_trust(struct tw_board *board);

/** Adds CAAM on i.MX6UL, DCP and RNGB on the others. */
void tw_board_init_crypto(struct tw_board *board);

#endif
