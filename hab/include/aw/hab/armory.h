/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_ARMORY_H
#define AW_HAB_ARMORY_H

#include "aw/bytes.h"

/*
 * The DCD of the USB armory Mk II: clocks, pads, DDR. Facts: the board's
 * imximage.cfg in TamaGo; 512 MB boards are what the project uses.
 */
enum aw_armory {
    AW_ARMORY_512,       /* 976 bytes; recovery */
    AW_ARMORY_512_TZASC, /* 984 bytes; bootloader: memory can be protected */
    AW_ARMORY_1024       /* 960 bytes */
};

/** Writes the DCD of a board. @return AW_OK; AW_ERR_SPACE when w is full. */
AW_MUST_CHECK aw_err aw_armory_dcd(enum aw_armory kind, struct aw_wr *w);

#endif
