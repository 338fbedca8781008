/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_MMDC_H
#define TWIN_MMDC_H

#include "models/regs.h"

/*
 * DDR controller: registers that hold what the DCD writes. DDR answers only
 * after it was set up (on silicon the bus would wait for ever).
 * Source: IMX6ULRM and IMX6ULLRM, chapter "Multi Mode DDR Controller".
 */
enum { TW_MMDC_BASE = 0x021b0000, TW_MMDC_SIZE = 0x900 };

struct tw_mmdc {
    struct tw_regs regs;
    struct tw_bus *bus;
};

/** @param first, size  memory behind it */
void tw_mmdc_init(struct tw_mmdc *mmdc, struct tw_bus *bus, uint32_t first,
                  uint32_t size);

/** True when DDR was set up. */
bool tw_mmdc_ready(const struct tw_mmdc *mmdc);

/** Sets DDR up as the board's DCD does, for programs that are loaded without
 * one. */
void tw_mmdc_set_up(struct tw_mmdc *mmdc);

struct tw_device tw_mmdc_device(struct tw_mmdc *mmdc);

#endif
