/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ELF_SYMBOLS_H
#define ELF_SYMBOLS_H

#include "aw/bytes.h"

/* Where an image with symbols (name.debug) has its objects. */
struct elf_symbol {
    uint32_t address;
    uint32_t size;
};

/** The nth symbol of a name, from 0; the test ends without it. */
struct elf_symbol elf_symbol(aw_bytes elf, const char *name, unsigned nth);

#endif
