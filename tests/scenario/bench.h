/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_H
#define BENCH_H

#include "aw/bytes.h"

/** Value of a symbol of an ELF file; 0 without it. */
uint32_t bench_symbol(aw_bytes elf, const char *name);

/** Boots the device of boot_support.h with the release bootloader `imx` and an
 *  OS of 256 KiB, and prints where the instructions went; fails the test above
 *  the limit. */
void bench_boot_image(const char *title, aw_bytes imx, uint64_t limit);

#endif
