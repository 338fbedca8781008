/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_GUARD_H
#define FW_GUARD_H

#include <stdint.h>

#include "aw/err.h"

/*
 * What the normal world may reach: nothing but one window of memory. The
 * settings are locked until the next reset. A file of its own in the variant
 * for QEMU, whose machine has none of this.
 */
struct guard_window {
    uint32_t start; /* a multiple of its size */
    uint32_t size;  /* a power of two from 32 KiB on; 0: no window */
};

/**
 * Closes every peripheral (CSU), OCRAM and DDR (TZASC) to the normal world, but
 * for the window, and makes every DMA master a secure one.
 *
 * @return AW_OK; AW_ERR_RANGE for a window that cannot be; AW_ERR_PRECONDITION
 *         if DDR is not behind its guard, which only the boot image's DCD can
 *         change; AW_ERR_IO if a setting does not read back. After an error the
 *         normal world must not run.
 */
AW_MUST_CHECK aw_err guard_init(const struct guard_window *window,
                                struct aw_diag *diag);

/** Debugging by JTAG is off until the next reset: GPR10. */
void guard_no_debug(void);

#endif
