/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RAM_RIG_H
#define RAM_RIG_H

#include "rig.h"

/*
 * The bus of rig.h with memory, for models that read and write it by
 * themselves. All clock gates are open.
 */
enum { RR_RAM_SIZE = 0x20000 };

#define RR_OCRAM UINT32_C(0x00900000)
#define RR_DDR   UINT32_C(0x80000000)

struct ram_rig {
    struct rig rig;
    uint32_t base; /* of the memory */
    uint8_t ram[RR_RAM_SIZE];
    uint8_t dirty[RR_RAM_SIZE / TW_LINE];
};

extern struct ram_rig rr;

/** @param base  RR_OCRAM or RR_DDR */
void rr_start(uint32_t base);

uint32_t rr_read(uint32_t address);
void rr_write(uint32_t address, uint32_t value);

/** The byte of memory at an address. */
uint8_t *rr_ram(uint32_t address);

/** As after a store of the processor that is only in its cache. */
void rr_make_dirty(uint32_t address);

/** Reports so far of what no firmware should do. */
uint64_t rr_misuses(void);

#endif
