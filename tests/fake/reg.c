/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/reg.h"

#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 1024, WRITES = 65536 };

static struct {
    uint32_t address;
    uint32_t value;
} registers[REGISTERS];
static size_t n_registers;
static struct fake_access writes[WRITES];
static size_t n_writes;
static struct fake_hook hooked;

void fake_reset(void)
{
    n_registers = 0;
    n_writes = 0;
    hooked = (struct fake_hook){0};
}

void fake_hook(const struct fake_hook *hook)
{
    hooked = *hook;
}

static uint32_t *find(uint32_t address)
{
    for (size_t i = 0; i < n_registers; i++) {
        if (registers[i].address == address) {
            return &registers[i].value;
        }
    }
    if (n_registers == REGISTERS) {
        abort();
    }
    registers[n_registers].address = address;
    registers[n_registers].value = 0;
    return &registers[n_registers++].value;
}

uint32_t fake_get(uint32_t address)
{
    return *find(address);
}

void fake_put(uint32_t address, uint32_t value)
{
    *find(address) = value;
}

const struct fake_access *fake_writes(size_t *n)
{
    *n = n_writes;
    return writes;
}

uint32_t reg_rd(uint32_t address)
{
    struct fake_access a = {.address = address};

    if (hooked.access != NULL && hooked.access(hooked.ctx, &a)) {
        return a.value;
    }
    return *find(address);
}

void reg_wr(uint32_t address, uint32_t value)
{
    struct fake_access a = {address, value, true};

    if (n_writes < WRITES) {
        writes[n_writes++] = a;
    }
    if (hooked.access == NULL || !hooked.access(hooked.ctx, &a)) {
        *find(address) = value;
    }
}

uint16_t reg_rd16(uint32_t address)
{
    return (uint16_t)reg_rd(address);
}

void reg_wr16(uint32_t address, uint16_t value)
{
    reg_wr(address, value);
}
