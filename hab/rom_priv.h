/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROM_PRIV_H
#define ROM_PRIV_H

#include "aw/hab/rom.h"

/** Logs a failure. @param data  borrowed for the call */
void rom_event(struct aw_rom *rom, uint8_t reason, uint8_t context,
               aw_bytes data);

/* All memory there is. */
struct memory {
    const struct aw_hab_region *region;
    size_t n;
};

/** [address, address + length) from one region; false when it is in none. */
bool memory_range(const struct memory *memory, uint32_t address,
                  uint32_t length, aw_bytes *out);
/** From an address to the end of its region; empty when it is in none. */
aw_bytes memory_from(const struct memory *memory, uint32_t address);

/** Runs the CSF at an address. Failures are logged. */
void rom_csf(struct aw_rom *rom, const struct memory *memory, uint32_t address);

/** One command of a DCD, or NOP and Check Data of a CSF, checked as
 *  aw_dcd_run does; nothing is executed. */
aw_err dcd_check(const struct aw_hab_cmd *cmd, struct aw_dcd_fault *fault);

#endif
