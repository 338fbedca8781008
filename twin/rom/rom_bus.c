/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom_priv.h"

enum {
    /* A wait of a DCD that silicon would never end. */
    POLLS_MAX = 100000
};

static struct tw_access access_of(uint32_t address, unsigned size, bool write)
{
    return (struct tw_access){
        .address = address,
        .size = (uint8_t)size,
        .write = write,
        .secure = true,
        .privileged = true,
        .master = TW_ROM,
    };
}

uint32_t tw_rom_read(struct tw_rom *rom, uint32_t address)
{
    const struct tw_access how = access_of(address, 4, false);
    uint32_t value = 0;

    return tw_bus_read(rom->bus, &how, &value) ? value : 0;
}

void tw_rom_write(struct tw_rom *rom, uint32_t address, uint32_t value)
{
    const struct tw_access how = access_of(address, 4, true);

    (void)tw_bus_write(rom->bus, &how, value);
}

static uint32_t dcd_read(void *ctx, uint32_t address, unsigned width)
{
    struct tw_rom *rom = ctx;
    const struct tw_access how = access_of(address, width, false);
    uint32_t value = 0;

    return tw_bus_read(rom->bus, &how, &value) ? value : 0;
}

static void dcd_write(void *ctx, uint32_t address, unsigned width,
                      uint32_t value)
{
    struct tw_rom *rom = ctx;
    const struct tw_access how = access_of(address, width, true);

    (void)tw_bus_write(rom->bus, &how, value);
}

struct aw_dcd_bus tw_rom_dcd_bus(struct tw_rom *rom)
{
    return (struct aw_dcd_bus){
        .ctx = rom,
        .read = dcd_read,
        .write = dcd_write,
        .polls_max = POLLS_MAX,
    };
}

size_t tw_rom_memory(const struct tw_rom *rom, struct aw_hab_region *region)
{
    size_t n = 0;

    for (uint32_t i = 0; i < rom->bus->count && n < TW_ROM_REGIONS; i++) {
        const struct tw_region *r = &rom->bus->regions[i];

        if (r->ram.bytes != NULL && !r->read_only) {
            region[n].address = r->base;
            region[n].bytes = (aw_bytes){r->ram.bytes, r->size};
            n++;
        }
    }
    return n;
}

aw_bytes tw_rom_memory_at(const struct tw_rom *rom, uint32_t address)
{
    struct aw_hab_region region[TW_ROM_REGIONS];
    size_t n = tw_rom_memory(rom, region);

    for (size_t i = 0; i < n; i++) {
        if (address >= region[i].address &&
            address - region[i].address < region[i].bytes.n) {
            struct aw_rd r =
                aw_rd_at(region[i].bytes, address - region[i].address);

            return aw_rd_rest(&r);
        }
    }
    return (aw_bytes){NULL, 0};
}
