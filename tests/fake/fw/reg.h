/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_REG_H
#define FAKE_REG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers for host tests: the same words as firmware's fw/reg.h, answered by
 * a store of values and by what a test hooks in. */

uint32_t reg_rd(uint32_t address);
void reg_wr(uint32_t address, uint32_t value);
uint16_t reg_rd16(uint32_t address);
void reg_wr16(uint32_t address, uint16_t value);

static inline void reg_set(uint32_t address, uint32_t bits)
{
    reg_wr(address, reg_rd(address) | bits);
}

static inline void reg_clear(uint32_t address, uint32_t bits)
{
    reg_wr(address, reg_rd(address) & ~bits);
}

static inline void reg_field(uint32_t address, uint32_t mask, uint32_t value)
{
    reg_wr(address, (reg_rd(address) & ~mask) | value);
}

/* One access, as a driver made it. */
struct fake_access {
    uint32_t address;
    uint32_t value;
    bool write;
};

/* What a test wants to do itself: called before the store is asked or changed.
 * A hook that returns true has answered a read or swallowed a write. */
struct fake_hook {
    bool (*access)(void *ctx, struct fake_access *access);
    void *ctx;
};

/** Forgets values, accesses and hook. */
void fake_reset(void);

void fake_hook(const struct fake_hook *hook);

/** Value that a register has, without an access being counted. */
uint32_t fake_get(uint32_t address);
void fake_put(uint32_t address, uint32_t value);

/** The first 65,536 writes that drivers made since fake_reset, in order. */
const struct fake_access *fake_writes(size_t *n);

#endif
