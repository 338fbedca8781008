/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_MMU_H
#define FW_MMU_H

#include <stddef.h>
#include <stdint.h>

#include "aw/err.h"

/*
 * Translation tables in the short-descriptor format: 4096 entries of a MiB, and
 * tables of 256 pages for MiBs that hold more than one kind of memory. No page
 * can be written and executed. No entry is global: an image that has several
 * sets of tables tells them apart by address space number.
 */
enum mmu_kind {
    MMU_NONE,   /* any access faults */
    MMU_CODE,   /* read, execute */
    MMU_CONST,  /* read */
    MMU_DATA,   /* read, write; write-back cache */
    MMU_DMA,    /* read, write; not cached */
    MMU_DEVICE, /* read, write; every access in order */
    /* For user mode; PL1 reads and writes the same, but never executes it. */
    MMU_USER_CODE,
    MMU_USER_CONST,
    MMU_USER_DATA,
    MMU_KINDS
};

/* Start and size are multiples of 4096; later ranges replace earlier ones. */
struct mmu_range {
    uint32_t start;
    uint32_t size;
    enum mmu_kind kind;
};

enum { MMU_L1_ENTRIES = 4096, MMU_L2_ENTRIES = 256, MMU_L2_TABLES = 8 };

struct mmu_tables {
    uint32_t *l1;                   /* at a multiple of 16 KiB */
    uint32_t (*l2)[MMU_L2_ENTRIES]; /* MMU_L2_TABLES, at multiples of 1 KiB */
    uint32_t l2_address;            /* where the processor sees l2 */
    uint32_t l2_used;
    /* Added to a user's address, modulo 4 GiB, a multiple of 4096; all else is
     * flat. */
    uint32_t user_offset;
};

/**
 * Fills the tables.
 *
 * @return AW_OK; AW_ERR_RANGE if a range is no multiple of 4096 or wraps;
 *         AW_ERR_SPACE if more MiBs are mixed than there are tables.
 */
AW_MUST_CHECK aw_err mmu_build(struct mmu_tables *tables,
                               const struct mmu_range *ranges, size_t n);

/** Caches and translation on. The tables are cleaned to memory first. */
void mmu_enable(const struct mmu_tables *tables);

#endif
