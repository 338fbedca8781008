/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORK_H
#define WORK_H

#include <stdint.h>

/* What the lockstep applet computes, for the test to compute it too. */
enum { WORK_WORDS = 64, WORK_STEPS = 512 };

static inline uint32_t work(uint32_t *words, uint32_t h)
{
    for (uint32_t i = 0; i < WORK_STEPS; i++) {
        /* The compiler may not turn "less" into "not equal": a counter that
         * was disturbed would run on for minutes. */
        __asm__ volatile("" : "+r"(i));
        h ^= h << 13;
        h ^= h >> 17;
        h ^= h << 5;
        words[i % WORK_WORDS] ^= h + i;
        h += words[i * 7 % WORK_WORDS];
    }
    return h;
}

#endif
