/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_WDOG_H
#define FW_WDOG_H

#include <stdint.h>

#include "aw/attr.h"

/** Clears the power-down counters of all watchdogs, which would switch the
 *  chip off 16 s after reset. */
void wdog_init(void);

/** Starts WDOG1, which resets the chip; it cannot be stopped.
 *  @param half_seconds  1 to 256 */
void wdog_start(uint32_t half_seconds);

/** Begins the time anew. */
void wdog_service(void);

/** Resets the chip now; what SRC keeps over a watchdog reset is kept. */
AW_NORETURN void wdog_reset(void);

#endif
