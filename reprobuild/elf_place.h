/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ELF_PLACE_H
#define ELF_PLACE_H

#include "aw/reprobuild/explain.h"

/* Reads untrusted ELF files with libelf and libdw: only for a process that
 * may come to grief. */

/** Area and address of an offset of an ELF file. */
void rb_elf_area(aw_bytes image, uint64_t at, struct aw_rb_place *place);

/** Symbol and source line of an address. @return false when neither is known
 */
bool rb_elf_symbol(aw_bytes debug, uint64_t address, struct aw_rb_place *place);

/** True for a file that begins as an ELF file does. */
bool rb_elf_is(aw_bytes image);

#endif
