/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdint.h>

/* What generated programs use: operations of C that it leaves open, closed. */
#define NOINLINE __attribute__((noinline))

struct program {
    uint32_t number;
    uint32_t (*run)(void);
};

extern const struct program programs[];
extern const uint32_t program_count;

static inline uint64_t rotate(uint64_t a, uint64_t n)
{
    uint32_t x = (uint32_t)a;

    return x >> (n & 31) | x << (-n & 31);
}

static inline uint64_t sdiv32(uint64_t a, uint64_t b)
{
    int32_t x = (int32_t)a;
    int32_t y = (int32_t)b;

    return y == 0 || (y == -1 && x == INT32_MIN) ? 7 : (uint64_t)(x / y);
}

static inline uint64_t srem32(uint64_t a, uint64_t b)
{
    int32_t x = (int32_t)a;
    int32_t y = (int32_t)b;

    return y == 0 || y == -1 ? 9 : (uint64_t)(x % y);
}

static inline uint64_t sdiv64(uint64_t a, uint64_t b)
{
    int64_t x = (int64_t)a;
    int64_t y = (int64_t)b;

    return y == 0 || y == -1 ? 11 : (uint64_t)(x / y);
}

/* Shifts of negative numbers: arithmetic in every compiler that is used. */
static inline uint64_t sar32(uint64_t a, uint64_t n)
{
    /* cppcheck-suppress shiftNegativeLHS */
    return (uint64_t)((int32_t)a >> (n & 31));
}

static inline uint64_t sar64(uint64_t a, uint64_t n)
{
    return (uint64_t)((int64_t)a >> (n & 63));
}

static inline uint64_t wide(uint64_t a, uint64_t b)
{
    return (uint64_t)(uint32_t)a * (uint32_t)b +
           (uint64_t)((int64_t)(int32_t)a * (int32_t)(b >> 32));
}

#endif
