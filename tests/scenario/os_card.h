/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_CARD_H
#define OS_CARD_H

#include "aw/sha256.h"
#include "device.h"

/*
 * What no applet may change of the eMMC: the user area but for the applet's
 * own part of it, both boot partitions, and the RPMB with key and counter.
 */

/** Puts something everywhere where nothing is, so that what is lost shows: at
 *  both ends of each area of the map and beside it, in the boot partitions, in
 *  the RPMB's sectors. Before the first power-up. */
void card_mark(struct device *d);

/** Digest of all that. */
void card_hash(struct device *d, uint8_t digest[AW_SHA256_SIZE]);

/** Digest of the applet's own area, from a block of it on. */
void card_own_hash(struct device *d, uint64_t from,
                   uint8_t digest[AW_SHA256_SIZE]);

/** Blocks of the applet's own area that hold something. */
uint64_t card_own_blocks(struct device *d);

#endif
