/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"

static const struct aw_emmc_region regions[] = {
    {"boot image", AW_EMMC_IMAGE, AW_BOOTLOADER, 0, 0x2, 0x4f06},
    {"boot state A", AW_EMMC_BOOT_STATE, AW_BOOTLOADER, 0, 0x4f08, 1},
    {"boot state B", AW_EMMC_BOOT_STATE, AW_BOOTLOADER, 1, 0x4f09, 1},
    {"OS settings A", AW_EMMC_SETTINGS, AW_TRUSTED_OS, 0, 0x4f0a, 1},
    {"OS settings B", AW_EMMC_SETTINGS, AW_TRUSTED_OS, 1, 0x4f0b, 1},
    {"OS config copy 2", AW_EMMC_CONFIG, AW_TRUSTED_OS, 1, 0x4f10,
     AW_EMMC_CONFIG_BLOCKS},
    {"applet config copy 2", AW_EMMC_CONFIG, AW_TRUSTED_APPLET, 1, 0x4f60,
     AW_EMMC_CONFIG_BLOCKS},
    {"boot config", AW_EMMC_CONFIG, AW_BOOTLOADER, 0, 0x4fb0,
     AW_EMMC_CONFIG_BLOCKS},
    {"OS config", AW_EMMC_CONFIG, AW_TRUSTED_OS, 0, 0x5000,
     AW_EMMC_CONFIG_BLOCKS},
    {"OS slot A", AW_EMMC_SLOT, AW_TRUSTED_OS, 0, 0x5050, 0xfd7d8},
    {"OS slot B", AW_EMMC_SLOT, AW_TRUSTED_OS, 1, 0x102828, 0xfd7d8},
    {"applet config", AW_EMMC_CONFIG, AW_TRUSTED_APPLET, 0, 0x200000,
     AW_EMMC_CONFIG_BLOCKS},
    {"applet slot A", AW_EMMC_SLOT, AW_TRUSTED_APPLET, 0, 0x200050, 0xfd000},
    {"applet slot B", AW_EMMC_SLOT, AW_TRUSTED_APPLET, 1, 0x2fd050, 0x102fb0},
    {"applet data", AW_EMMC_DATA, AW_TRUSTED_APPLET, 0, 0x400000, 0x400000},
    {"applet crash log", AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, 0, 0x1d20000,
     0x800},
    {"applet crash log copy 2", AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, 1,
     0x1d20800, 0x800},
};
enum { REGIONS = sizeof(regions) / sizeof(regions[0]) };

const struct aw_emmc_region *aw_emmc_regions(size_t *n)
{
    *n = REGIONS;
    return regions;
}

const struct aw_emmc_region *aw_emmc_at(uint64_t block)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (block >= regions[i].first &&
            block - regions[i].first < regions[i].blocks) {
            return &regions[i];
        }
    }
    return NULL;
}

const struct aw_emmc_region *
aw_emmc_find(enum aw_emmc_kind kind, enum aw_component component, unsigned copy)
{
    for (size_t i = 0; i < REGIONS; i++) {
        if (regions[i].kind == kind && regions[i].component == component &&
            regions[i].copy == copy) {
            return &regions[i];
        }
    }
    return NULL;
}

uint64_t aw_emmc_offset(const struct aw_emmc_region *region)
{
    return region->first * AW_EMMC_BLOCK;
}

uint64_t aw_emmc_size(const struct aw_emmc_region *region)
{
    return region->blocks * AW_EMMC_BLOCK;
}

aw_err aw_emmc_check(enum aw_component component, int64_t offset, int64_t size,
                     const struct aw_emmc_region **region)
{
    enum aw_emmc_kind kind =
        component == AW_BOOTLOADER ? AW_EMMC_IMAGE : AW_EMMC_SLOT;

    for (unsigned copy = 0; copy < 2; copy++) {
        const struct aw_emmc_region *r = aw_emmc_find(kind, component, copy);

        if (r == NULL || offset < 0 || (uint64_t)offset != aw_emmc_offset(r)) {
            continue;
        }
        if (size <= 0) {
            return AW_ERR_RANGE;
        }
        if ((uint64_t)size > aw_emmc_size(r) || size > AW_FIRMWARE_MAX) {
            return AW_ERR_SPACE;
        }
        *region = r;
        return AW_OK;
    }
    return AW_ERR_NOT_FOUND;
}
