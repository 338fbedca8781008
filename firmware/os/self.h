/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SELF_H
#define SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "fw/soc.h"

/* What the device is, by its fuses. */
enum { SELF_SERIAL = 2 * SOC_ID_SIZE + 1 };

/** 16 upper-case hex digits: the unique id in memory order. */
void self_serial(char serial[SELF_SERIAL]);

/** "IMX6UL", "IMX6ULL", "IMX6ULZ". */
const char *self_part(void);

/** The board without SD slot, whose first port is the control interface. */
bool self_is_lan_board(void);

#endif
