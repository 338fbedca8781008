/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_REG_H
#define FW_REG_H

#include <stdint.h>

/*
 * Registers by physical address: with fw/dma.h the only place that turns
 * integers into pointers. Host tests put a file of the same name before this
 * one, which records and answers the accesses.
 */

static inline uint32_t reg_rd(uint32_t address)
{
    return *(const volatile uint32_t *)(uintptr_t)address;
}

static inline void reg_wr(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

/* The watchdogs and I2C have registers of 16 bits. */
static inline uint16_t reg_rd16(uint32_t address)
{
    return *(const volatile uint16_t *)(uintptr_t)address;
}

static inline void reg_wr16(uint32_t address, uint16_t value)
{
    *(volatile uint16_t *)(uintptr_t)address = value;
}

static inline void reg_set(uint32_t address, uint32_t bits)
{
    reg_wr(address, reg_rd(address) | bits);
}

static inline void reg_clear(uint32_t address, uint32_t bits)
{
    reg_wr(address, reg_rd(address) & ~bits);
}

/** Puts value into the bits of mask; value has no others. */
static inline void reg_field(uint32_t address, uint32_t mask, uint32_t value)
{
    reg_wr(address, (reg_rd(address) & ~mask) | value);
}

#endif
