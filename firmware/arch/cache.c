/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/cache.h"

#include <stdint.h>

#include "fw/cpu.h"

/* First line of a run. */
static uintptr_t line_of(const void *p)
{
    return (uintptr_t)p & ~(uintptr_t)(CACHE_LINE - 1);
}

void cache_clean(const void *start, size_t n)
{
    uintptr_t end = (uintptr_t)start + n;

    for (uintptr_t at = line_of(start); at < end; at += CACHE_LINE) {
        __asm__ volatile("mcr p15, 0, %0, c7, c10, 1" ::"r"(at) : "memory");
    }
    cpu_dsb();
}

void cache_invalidate(void *start, size_t n)
{
    uintptr_t end = (uintptr_t)start + n;

    for (uintptr_t at = line_of(start); at < end; at += CACHE_LINE) {
        __asm__ volatile("mcr p15, 0, %0, c7, c6, 1" ::"r"(at) : "memory");
    }
    cpu_dsb();
}

void cache_code(const void *start, size_t n)
{
    uintptr_t end = (uintptr_t)start + n;

    for (uintptr_t at = line_of(start); at < end; at += CACHE_LINE) {
        __asm__ volatile("mcr p15, 0, %0, c7, c11, 1" ::"r"(at) : "memory");
    }
    cpu_dsb();
    /* ICIALLU, BPIALL. */
    __asm__ volatile("mcr p15, 0, %0, c7, c5, 0\n\t"
                     "mcr p15, 0, %0, c7, c5, 6" ::"r"(0)
                     : "memory");
    cpu_dsb();
    cpu_isb();
}
