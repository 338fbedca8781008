/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/dma.h"

#include <stdlib.h>

#include "fw/cache.h"
#include "fw/reg.h"

enum { WINDOWS = 16 };

static struct {
    uintptr_t start;
    uint32_t n;
    uint32_t address;
} windows[WINDOWS];
static unsigned used;
static void (*on_miss)(const void *p);

void fake_dma_map(const void *p, uint32_t n, uint32_t address)
{
    if (used == WINDOWS) {
        abort();
    }
    windows[used].start = (uintptr_t)p;
    windows[used].n = n;
    windows[used++].address = address;
}

void fake_dma_on_miss(void (*miss)(const void *p))
{
    on_miss = miss;
    used = 0;
}

static const uint32_t *find(uintptr_t at)
{
    static uint32_t found;

    for (unsigned i = 0; i < used; i++) {
        if (at >= windows[i].start && at - windows[i].start < windows[i].n) {
            found = windows[i].address + (uint32_t)(at - windows[i].start);
            return &found;
        }
    }
    return NULL;
}

uint32_t dma_address(const void *p)
{
    const uint32_t *address = find((uintptr_t)p);

    if (address == NULL && on_miss != NULL) {
        on_miss(p);
        address = find((uintptr_t)p);
    }
    if (address == NULL) {
        abort();
    }
    return *address;
}

void *dma_pointer(uint32_t address)
{
    for (unsigned i = 0; i < used; i++) {
        if (address - windows[i].address < windows[i].n) {
            /* Where the memory came from: fake_dma_map. */
            /* NOLINTNEXTLINE(performance-no-int-to-ptr): by address */
            return (uint8_t *)windows[i].start + (address - windows[i].address);
        }
    }
    abort();
}

/* The host's caches are coherent. */
void cache_clean(const void *start, size_t n)
{
    (void)start;
    (void)n;
}

void cache_invalidate(void *start, size_t n)
{
    (void)start;
    (void)n;
}

void cache_code(const void *start, size_t n)
{
    (void)start;
    (void)n;
}
