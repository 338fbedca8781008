/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_PARTS_H
#define TWIN_PARTS_H

#include "board/board.h"

/* Between the files of this folder. */

/** Bite of a watchdog; ctx is its struct tw_board_wdog. */
void tw_board_bite(void *ctx, unsigned what);

/** Pads or pins changed; ctx is the board. */
void tw_board_look_at_leds(void *ctx);

/** A character left UART2; ctx is the board. */
void tw_board_print(void *ctx, uint8_t byte);

/** Ties the boot ROM to the board. */
void tw_board_init_rom(struct tw_board *board);

/** Ethernet, on boards that have it. */
void tw_board_init_network(struct tw_board *board);

/** Events of power and console. */
void tw_board_init_power(struct tw_board *board);

void tw_board_init_faults(struct tw_board *board);

/** Carries out a glitch that is due. */
void tw_board_glitch(struct tw_board *board);

/** Hands the fuses to the owner. False: they could not be kept. */
bool tw_board_keep_fuses(struct tw_board *board);

/** Carries out what was asked for. */
void tw_board_answer(struct tw_board *board);

#endif
