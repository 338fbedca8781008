/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/cache.h"
#include "fw/cpu.h"
#include "fw/mmu.h"

/* SCTLR bits. */
enum {
    SCTLR_M = 1 << 0,
    SCTLR_A = 1 << 1, /* unaligned accesses fault, as they do without MMU */
    SCTLR_C = 1 << 2,
    SCTLR_Z = 1 << 11,
    SCTLR_I = 1 << 12
};

/* Table walks read through the cache: write-back, write-allocate. */
enum { TTBR_WALK = 0x48 };

static uint32_t sctlr(void)
{
    uint32_t v = 0;

    __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(v));
    return v;
}

static void set_sctlr(uint32_t v)
{
    cpu_dsb();
    __asm__ volatile("mcr p15, 0, %0, c1, c0, 0" ::"r"(v) : "memory");
    cpu_isb();
}

static void flush_translations(void)
{
    __asm__ volatile("mcr p15, 0, %0, c8, c7, 0\n\t"
                     "mcr p15, 0, %0, c7, c5, 0\n\t"
                     "mcr p15, 0, %0, c7, c5, 6" ::"r"(0)
                     : "memory");
    cpu_dsb();
    cpu_isb();
}

void mmu_enable(const struct mmu_tables *tables)
{
    uint32_t base = (uint32_t)(uintptr_t)tables->l1;

    cache_clean(tables->l1, MMU_L1_ENTRIES * sizeof(*tables->l1));
    cache_clean(tables->l2, MMU_L2_TABLES * sizeof(*tables->l2));
    /* TTBCR 0: one table. DACR 1: domain 0 asks the table. */
    __asm__ volatile("mcr p15, 0, %0, c2, c0, 2\n\t"
                     "mcr p15, 0, %1, c2, c0, 0\n\t"
                     "mcr p15, 0, %2, c3, c0, 0" ::"r"(0),
                     "r"(base | TTBR_WALK), "r"(1)
                     : "memory");
    flush_translations();
    set_sctlr(sctlr() | SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_Z | SCTLR_I);
}
