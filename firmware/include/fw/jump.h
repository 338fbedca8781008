/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_JUMP_H
#define FW_JUMP_H

#include <stdint.h>

#include "aw/attr.h"

/**
 * Starts another program as the boot ROM would: interrupts masked, caches
 * cleaned and off, MMU off, r2 0.
 *
 * @param entry  address of A32 code
 */
AW_NORETURN void jump_to(uint32_t entry, uint32_t r0, uint32_t r1);

/** Calls a function of the boot ROM; only while MMU and caches are off. */
uint32_t rom_call(uint32_t function, uint32_t a, uint32_t b);

#endif
