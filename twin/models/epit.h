/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_EPIT_H
#define TWIN_EPIT_H

#include "models/ccm.h"

/*
 * Enhanced periodic interrupt timer: a 32-bit down counter with one compare
 * register. Source: IMX6ULRM and IMX6ULLRM, chapter "EPIT".
 */
enum { TW_EPIT_SIZE = 0x4000 };

struct tw_epit {
    const char *name;
    struct tw_clock *clock;
    struct tw_report *report;
    const struct tw_ccm *ccm;
    struct tw_line irq;

    uint32_t cr;
    uint32_t sr;
    uint32_t lr;
    uint32_t cmpr;
    uint32_t count; /* after `done` counts */
    uint64_t since;
    uint64_t done;
    uint64_t hz;
    struct tw_event due;
};

void tw_epit_init(struct tw_epit *epit, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock,
                  const struct tw_ccm *ccm);

/** The clocks may have changed: counts on from here. */
void tw_epit_clocks(struct tw_epit *epit);

struct tw_device tw_epit_device(struct tw_epit *epit);

#endif
