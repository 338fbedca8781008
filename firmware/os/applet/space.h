/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPACE_H
#define SPACE_H

#include <stdbool.h>

#include "aw/bytes.h"
#include "fw/load.h"
#include "fw/mmu.h"

/*
 * An address space of user mode: which pages there are, their tables, and
 * where they are in memory. The OS itself sees all memory flat and executes
 * none of it: user memory is reached through this file alone.
 */
#define SPACE_START UINT32_C(0x90000000)
#define SPACE_SIZE  UINT32_C(0x10000000)
enum { SPACE_PAGE = 4096, SPACE_REGIONS = AW_ELF_SEGMENTS_MAX + 2 };

/* Whole pages. */
struct space_region {
    uint32_t start;
    uint32_t size;
    enum mmu_kind kind; /* of a user, or MMU_NONE: nothing else goes there */
};

/* Bytes of a user. */
struct space_run {
    uint32_t address;
    uint32_t n;
};

enum { SPACE_WROTE = 4 };

struct space {
    struct space_region region[SPACE_REGIONS];
    size_t n;
    uint32_t offset; /* physical address less the user's, modulo 4 GiB */
    uint32_t number; /* address space number: 1 to 254 */
    struct mmu_tables tables;
    /* Of lockstep: offset of the copy, 0 for none; what the OS wrote since the
     * last exception; a run that the OS read differed in the copy. */
    uint32_t shadow;
    struct space_run wrote[SPACE_WROTE];
    size_t n_wrote;
    bool unequal;
};

/** No region. Tables, offset and number are the caller's to set. */
void space_init(struct space *space);

/** Adds pages; start and size are multiples of SPACE_PAGE.
 *  @return AW_OK; AW_ERR_RANGE outside the window or over another region;
 *  AW_ERR_SPACE when there are too many. */
AW_MUST_CHECK aw_err space_add(struct space *space,
                               const struct space_region *region);

/**
 * Fills the tables: the regions, and two pages of the OS for PL1.
 *
 * @param code, data  addresses of the monitor's pages, outside the window
 *
 * @return as mmu_build.
 */
AW_MUST_CHECK aw_err space_build(struct space *space, uint32_t code,
                                 uint32_t data);

/**
 * Reaches user memory.
 *
 * @param address, n  any numbers; untrusted
 * @param write       for the OS to write: the user must be able to, too
 * @param p           set to the memory when n is not 0
 *
 * @return AW_OK; AW_ERR_RANGE unless the user may do the same with each byte;
 *         AW_ERR_STATE if the copy holds other bytes.
 */
AW_MUST_CHECK aw_err space_at(struct space *space, uint32_t address, uint32_t n,
                              bool write, uint8_t **p);

/** Copies from or to a user; n bytes or none. Errors as space_at. */
AW_MUST_CHECK aw_err space_in(struct space *space, uint32_t address, void *to,
                              uint32_t n);
AW_MUST_CHECK aw_err space_out(struct space *space, uint32_t address,
                               const void *from, uint32_t n);

#endif
