/* SPDX-License-Identifier: Apache-2.0 */
#include <cpuid.h>
#include <stdatomic.h>

#include "sha256_bulk.h"

static bool ask_processor(void)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 ||
        (c & bit_SSE4_1) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

bool sha256_fast_usable(void)
{
    enum { UNKNOWN, NO, YES };
    /* A hypervisor may take microseconds for each question. */
    static atomic_int answer = UNKNOWN;
    int known = atomic_load_explicit(&answer, memory_order_relaxed);

    if (known == UNKNOWN) {
        known = ask_processor() ? YES : NO;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == YES;
}
