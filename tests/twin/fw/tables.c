/* SPDX-License-Identifier: Apache-2.0 */
#include "fw.h"

__attribute__((section(".bss.tables"), aligned(16384)))
uint32_t table_secure[4096];
__attribute__((section(".bss.tables"), aligned(16384)))
uint32_t table_nonsecure[4096];
__attribute__((aligned(1024))) uint32_t table_pages[256];
static __attribute__((aligned(1024))) uint32_t table_domain[256];
static __attribute__((aligned(1024))) uint32_t table_large[256];

/* Section: normal write-back memory, or a device that is never executed. */
#define NORMAL(frame, ap, domain) \
    ((frame) | 0x100eU | (uint32_t)(ap) << 10 | (uint32_t)(domain) << 5)
#define DEVICE(frame) ((frame) | 0x0c16U)
#define NEVER         0x10U
/* Small and large page: normal write-back memory. */
#define PAGE(frame, ap) ((frame) | 0x4eU | (uint32_t)(ap) << 4)
#define LARGE(frame)    ((frame) | 0x103dU)

static uint32_t at(const uint32_t *table)
{
    return (uint32_t)(uintptr_t)table;
}

/* Full access; PL1 only; nothing; PL1 reads; full, not to be executed; PL0
 * reads. */
static void build_pages(void)
{
    table_pages[0] = PAGE(VA_PAGES, 3);
    table_pages[1] = PAGE(VA_PAGES + 0x1000, 1);
    table_pages[2] = 0;
    table_pages[3] = PAGE(VA_PAGES + 0x3000, 1) | 0x200;
    table_pages[4] = PAGE(VA_PAGES + 0x4000, 3) | 1;
    table_pages[5] = PAGE(VA_PAGES + 0x5000, 2);
    table_domain[0] = PAGE(VA_TARGET, 3);
    for (uint32_t k = 0; k < 16; k++) {
        table_large[k] = LARGE(VA_TARGET);
        table_large[16 + k] = 0;
    }
}

void tables_build(uint32_t *table)
{
    for (uint32_t k = 0; k < 4096; k++) {
        table[k] = 0;
    }
    for (uint32_t k = 0x800; k < 0xa00; k++) {
        table[k] = NORMAL(k << 20, 3, 0);
    }
    table[0x009] = NORMAL(0x00900000U, 3, 0);
    table[0x00a] = DEVICE(0x00a00000U);
    for (uint32_t k = 0x020; k < 0x023; k++) {
        table[k] = DEVICE(k << 20);
    }
    build_pages();
    table[VA_PRIVILEGED >> 20] = NORMAL(VA_PRIVILEGED, 1, 0);
    table[VA_READ_ONLY >> 20] = NORMAL(VA_READ_ONLY, 2, 0);
    table[VA_PAGES >> 20] = at(table_pages) | 1;
    table[VA_DOMAIN >> 20] = NORMAL(VA_DOMAIN, 3, 1);
    table[VA_NEVER >> 20] = NORMAL(VA_NEVER, 3, 0) | NEVER;
    table[VA_DOMAIN_PAGES >> 20] = at(table_domain) | 1 << 5 | 1;
    table[VA_HOLE_TABLE >> 20] = (VA_ABSENT & 0xfffffc00U) | 1;
    table[VA_LARGE >> 20] = at(table_large) | 1;
    table[VA_ALIAS >> 20] = NORMAL(VA_TARGET, 3, 0);
    for (uint32_t k = 0; k < 16; k++) {
        table[(VA_SUPER >> 20) + k] = 0x8104100eU | 3 << 10;
    }
    DSB();
}

/* Domain 0 client, 1 no access; tables in write-back memory. */
void mmu_on(uint32_t *table)
{
    uint32_t sctlr = MRC(0, 1, 0, 0);

    MCR(0, 8, 7, 0, 0);
    MCR(0, 2, 0, 2, 0);
    MCR(0, 2, 0, 0, at(table) | 0x4a);
    MCR(0, 3, 0, 0, 1);
    DSB();
    ISB();
    sctlr |= 0x1805;       /* I, Z, C, M */
    sctlr &= ~0x30000002U; /* AFE, TRE, A */
    MCR(0, 1, 0, 0, sctlr);
    ISB();
}

void mmu_off(void)
{
    MCR(0, 1, 0, 0, MRC(0, 1, 0, 0) & ~5U);
    ISB();
    MCR(0, 8, 7, 0, 0);
    DSB();
    ISB();
}

uint32_t dfsr(void)
{
    return MRC(0, 5, 0, 0);
}

uint32_t dfar(void)
{
    return MRC(0, 6, 0, 0);
}

void faults_clear(void)
{
    MCR(0, 5, 0, 0, 0);
    MCR(0, 6, 0, 0, 0);
    MCR(0, 5, 0, 1, 0);
    MCR(0, 6, 0, 2, 0);
    trap_clear();
}
