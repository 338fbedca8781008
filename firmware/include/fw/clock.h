/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CLOCK_H
#define FW_CLOCK_H

#include <stdint.h>

#include "aw/err.h"

/**
 * Processor at 528 MHz with the voltage for it, PLL3 at 480 MHz (the console's
 * clock). What the boot ROM left does not matter.
 *
 * @return AW_OK; AW_ERR_TIMEOUT if a PLL does not lock.
 */
AW_MUST_CHECK aw_err clock_init(struct aw_diag *diag);

/** The peripheral clock (IPG), as whoever was before us left it. 0: it does
 *  not run. */
uint32_t clock_ipg_hz(void);

#endif
