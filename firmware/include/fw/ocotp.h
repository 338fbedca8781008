/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_OCOTP_H
#define FW_OCOTP_H

#include <stdint.h>

enum { OCOTP_UNIQUE_ID = 8 };

/** Unique id of the chip in memory order: words CFG0 and CFG1, from the
 *  shadow registers. */
void ocotp_unique_id(uint8_t id[OCOTP_UNIQUE_ID]);

#endif
