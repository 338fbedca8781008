/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_DMA_H
#define FW_DMA_H

#include <stdint.h>

#include "aw/attr.h"

/* Addresses as devices see them: translation is flat. */

static inline uint32_t dma_address(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static inline void *dma_pointer(uint32_t address)
{
    return (void *)(uintptr_t)address;
}

/* Memory that begins and ends on cache lines. */
#define DMA_ALIGNED _Alignas(64)

/* Memory that is not cached, for what processor and device write in turn:
 * queue heads, descriptors. Not zeroed at start. */
#define DMA_UNCACHED AW_SECTION(".bss.dma")

/* One word of it: read and written exactly once. */

static inline uint32_t dma_rd(const uint32_t *p)
{
    return *(const volatile uint32_t *)p;
}

static inline void dma_wr(uint32_t *p, uint32_t value)
{
    *(volatile uint32_t *)p = value;
}

#endif
