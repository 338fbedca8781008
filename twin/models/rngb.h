/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_RNGB_H
#define TWIN_RNGB_H

#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"
#include "models/rng.h"

/*
 * Random number generator of the i.MX6ULL and 6ULZ. Its noise is that of the
 * board's seed. Source: IMX6ULLRM rev 1, chapter 44.
 */
enum { TW_RNGB_BASE = 0x02284000, TW_RNGB_SIZE = 0x4000, TW_RNGB_FIFO = 5 };

struct tw_rngb_wiring {
    struct tw_clock *clock;
    struct tw_bus *bus;
    struct tw_line line;
    uint8_t seed[TW_RNG_SEED];
};

struct tw_rngb {
    struct tw_rngb_wiring w;
    struct tw_rng noise;
    uint32_t cr;
    uint32_t sr; /* bits that are held: STDN, SDN, NSDN, ERR, ST_PF */
    uint32_t esr;
    uint32_t level; /* words in the FIFO */
    uint32_t given; /* words since the seed */
    bool irq;
    struct tw_event test_done;
    struct tw_event seed_done;
    struct tw_event word_done;
    bool fail_test; /* fault: self test and statistical test fail */
};

void tw_rngb_init(struct tw_rngb *rngb, const struct tw_rngb_wiring *wiring);
struct tw_device tw_rngb_device(struct tw_rngb *rngb);

#endif
