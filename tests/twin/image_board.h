/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_BOARD_H
#define IMAGE_BOARD_H

#include "aw/bytes.h"
#include "machine.h"
#include "models/ccm.h"
#include "models/ccm_analog.h"
#include "models/gic.h"
#include "models/gpt.h"
#include "models/uart.h"

/* The few devices that test images use, around any processor. */
struct image_board {
    struct machine m;
    struct tw_gic gic;
    struct tw_ccm_analog analog;
    struct tw_ccm ccm;
    struct tw_uart uart;
    struct tw_gpt gpt;
};

/** Devices at reset; interrupts go to the two lines. What UART2 sends comes
 *  out on standard output. It must not move afterwards. */
void image_board_open(struct image_board *b, struct tw_line irq,
                      struct tw_line fiq);
void image_board_close(struct image_board *b);

/** Puts an executable into memory. @param entry  set; false: it does not fit */
bool image_board_load(struct image_board *b, const char *path, uint32_t *entry);

#endif
