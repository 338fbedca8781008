/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_BOARD_SUPPORT_H
#define TWIN_BOARD_SUPPORT_H

#include "board/board.h"
#include "board/folder.h"

/*
 * A whole twin in memory, with a monitor program on its eMMC that is driven
 * over the console:
 *
 *   l  toggles the white LED      o  switches the power off
 *   w  resets through WDOG1       d  ends in an undefined instruction
 *   p  power cycle by WDOG2       f  burns bits 0 to 3 of bank 4 word 6
 *   g  asks for serial download, then as w
 *
 * Everything typed is echoed.
 */
enum { TWIN_EVENTS = 64, TWIN_TEXT = 160 };

struct twin_board {
    struct tw_board board;
    struct tw_folder folder; /* files in memory; no path, no lock */
    struct aw_vfuse fuses;   /* as kept last */
    char console[4096];
    size_t n_console;
    struct tw_board_event events[TWIN_EVENTS];
    char texts[TWIN_EVENTS][TWIN_TEXT];
    size_t n_events;
};

/** Powered off, switch at eMMC. */
void twin_board_init(struct twin_board *t, enum tw_soc soc);
void twin_board_free(struct twin_board *t);

enum tw_board_stop twin_board_run_ms(struct twin_board *t, uint64_t ms);

/** Types, and lets 5 ms pass. */
void twin_board_type(struct twin_board *t, const char *text);

/** The last event of a kind; NULL without one. */
const struct tw_board_event *twin_board_event(const struct twin_board *t,
                                              enum tw_board_kind kind);

#endif
