/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_START_H
#define FW_START_H

#include <stdint.h>

#include "aw/attr.h"

/* Symbols of the linker script; only their addresses count. */
extern const uint8_t image_start[];
extern const uint8_t text_end[];
extern const uint8_t const_end[];
extern uint8_t data_end[];
extern uint8_t dma_start[];
extern uint8_t dma_end[];
extern uint8_t stack_guard[];
extern uint8_t image_end[];

/** From arch/start.S, with what the stage before left in r0 and r1. */
AW_NORETURN void fw_start(uint32_t r0, uint32_t r1);

/** Before memory is mapped, MMU and caches off: what has to be saved first. An
 *  image that needs nothing saved has no such function. */
void image_early(void);

/** The image. Returning from it is a bug. */
void image_main(uint32_t r0, uint32_t r1);

#endif
