/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_PRINT_H
#define FW_PRINT_H

#include <stdint.h>

#include "aw/attr.h"

/**
 * Writes to the log, and to the console where the image has one. Knows %s %c
 * %u %d %x %%; what stands between % and the letter is checked by the compiler
 * and passed over: %x always has eight digits. Arguments have 32 bits.
 */
AW_PRINTF(1, 2) void print(const char *format, ...);

/** The same for one byte: the console of an image, a file of its own in each
 *  variant. */
void console_put(uint8_t byte);

#endif
