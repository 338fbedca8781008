/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_EMMC_H
#define AW_EMMC_H

#include "aw/release.h"

/*
 * Where things lie on a device's eMMC. Positions are blocks of 512 bytes from
 * the start of the user area. Source: armored-witness cmd/provision,
 * armored-witness-os trusted_os/flash.go, armored-witness-applet
 * trusted_applet/main.go; boot state and second config copies are of our own
 * firmware. What lies in no region is unmapped and holds zeros.
 */
enum { AW_EMMC_BLOCK = 512, AW_EMMC_CONFIG_BLOCKS = 80 };

enum aw_emmc_kind {
    AW_EMMC_IMAGE,      /* boot loader: IMX, CSF behind it */
    AW_EMMC_BOOT_STATE, /* one block, our boot loader's */
    AW_EMMC_SETTINGS,   /* one block, our trusted OS's: aw/settings.h */
    AW_EMMC_CONFIG,     /* configuration record, aw/bootcfg.h */
    AW_EMMC_SLOT,       /* ELF */
    AW_EMMC_DATA,       /* the applet's stored state */
    AW_EMMC_CRASH_LOG
};

struct aw_emmc_region {
    const char *name; /* as in "OS slot A" */
    enum aw_emmc_kind kind;
    enum aw_component component; /* that the region belongs to */
    unsigned copy;  /* 0 or 1: which config, slot or other record */
    uint64_t first; /* block */
    uint64_t blocks;
};

/**
 * The regions in order of position; they do not overlap.
 *
 * @param n  set to their number
 */
const struct aw_emmc_region *aw_emmc_regions(size_t *n);

/** Region that holds a block, or NULL. */
const struct aw_emmc_region *aw_emmc_at(uint64_t block);

/** Region by what it holds; copy is 0 for the only or the first one. NULL
 *  when there is none. */
const struct aw_emmc_region *aw_emmc_find(enum aw_emmc_kind kind,
                                          enum aw_component component,
                                          unsigned copy);

/** Byte offset and size of a region. */
uint64_t aw_emmc_offset(const struct aw_emmc_region *region);
uint64_t aw_emmc_size(const struct aw_emmc_region *region);

/**
 * Checks the place that a configuration record gives for an image: exactly
 * the start of a slot (of the boot area for the boot loader) of this
 * component, and a size that fits.
 *
 * @param offset  bytes; untrusted
 * @param size    bytes; untrusted
 * @param region  set to the slot, static; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if offset is not where an image of this
 *         component may start; AW_ERR_RANGE if size is not positive;
 *         AW_ERR_SPACE if it exceeds the region or AW_FIRMWARE_MAX.
 */
AW_MUST_CHECK aw_err aw_emmc_check(enum aw_component component, int64_t offset,
                                   int64_t size,
                                   const struct aw_emmc_region **region);

#endif
