/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_ARMORY_H
#define AW_HAB_ARMORY_H

#include "aw/hab/dcd.h"

/*
 * The DCD of the USB armory Mk II: clocks, pads, DDR. Facts: the board's
 * imximage.cfg in TamaGo; 512 MB boards are what the project uses.
 */
enum aw_armory {
    AW_ARMORY_512,       /* 976 bytes; recovery */
    AW_ARMORY_512_TZASC, /* 984 bytes; bootloader: memory can be protected */
    AW_ARMORY_1024       /* 960 bytes */
};

enum { AW_ARMORY_ENTRIES = 122 }; /* of the board with most of them */

/** The register writes of a board. @return how many of entry were set */
size_t aw_armory_entries(enum aw_armory kind,
                         struct aw_dcd_entry entry[AW_ARMORY_ENTRIES]);

/** Writes the DCD of a board. @return AW_OK; AW_ERR_SPACE when w is full. */
AW_MUST_CHECK aw_err aw_armory_dcd(enum aw_armory kind, struct aw_wr *w);

#endif
