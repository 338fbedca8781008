/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_DMA_H
#define FAKE_DMA_H

#include <stdint.h>

/* Addresses as devices see them: a test decides which memory of the host they
 * stand for. */

/** Never called with memory that the test did not map: it ends there. */
uint32_t dma_address(const void *p);

/** The other way: what the test mapped there, or it ends. */
void *dma_pointer(uint32_t address);

/** Memory of n bytes is seen by devices at address; for fake_reset's time. */
void fake_dma_map(const void *p, uint32_t n, uint32_t address);

/** Asked for memory that is not mapped; maps it, or the test ends. */
void fake_dma_on_miss(void (*miss)(const void *p));

#define DMA_ALIGNED _Alignas(64)
#define DMA_UNCACHED

static inline uint32_t dma_rd(const uint32_t *p)
{
    return *(const volatile uint32_t *)p;
}

static inline void dma_wr(uint32_t *p, uint32_t value)
{
    *(volatile uint32_t *)p = value;
}

#endif
