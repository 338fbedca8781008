/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program to look at with debuggers: calls three deep, variables that
 * change, one function that takes most of the time. Runs in OCRAM with the
 * MMU off.
 */
#include <stdint.h>

enum { STEPS = 5, WORK = 400 };

#define NOINLINE __attribute__((noinline))

volatile uint32_t rounds;
volatile uint32_t total;
volatile uint32_t table[8] = {3, 1, 4, 1, 5, 9, 2, 6};

NOINLINE uint32_t leaf(uint32_t n)
{
    total += n;
    return total ^ n;
}

NOINLINE uint32_t middle(uint32_t n)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        sum += leaf(i) + table[i % 8];
    }
    return sum;
}

NOINLINE uint32_t outer(uint32_t n)
{
    return middle(n) + 1;
}

NOINLINE uint32_t busy(uint32_t n)
{
    uint32_t x = 1;

    for (uint32_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
    }
    return x;
}

void run(void)
{
    for (;;) {
        rounds++;
        total = outer(STEPS) + busy(WORK);
    }
}
