/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_DMA_H
#define FW_DMA_H

#include <stdint.h>

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

#endif
