/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_AIPS_H
#define TWIN_AIPS_H

#include <stdint.h>

/* The peripheral bridges: three of 64 slots of 16 KiB from 0x02000000 on.
 * Clock gates and CSU decide by slot. */
enum {
    TW_AIPS_FIRST = 0x02000000,
    TW_AIPS_SLOT = 0x4000,
    TW_AIPS_SLOTS = 192,
    TW_AIPS_LAST = TW_AIPS_FIRST + TW_AIPS_SLOT * TW_AIPS_SLOTS - 1
};

/** Slot of an address; TW_AIPS_SLOTS outside the bridges. */
static inline uint32_t tw_aips_slot(uint32_t address)
{
    uint32_t slot = (address - TW_AIPS_FIRST) / TW_AIPS_SLOT;

    return address < TW_AIPS_FIRST || slot >= TW_AIPS_SLOTS ? TW_AIPS_SLOTS
                                                            : slot;
}

#endif
