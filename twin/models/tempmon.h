/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_TEMPMON_H
#define TWIN_TEMPMON_H

#include "models/ocotp.h"
#include "models/regs.h"

/*
 * Temperature monitor: one measurement, or one every so many periods of
 * 32 kHz. The chip has the temperature that it is given.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "Temperature Monitor".
 */
enum {
    TW_TEMPMON_BASE = 0x020c8180,
    TW_TEMPMON_SIZE = 0x20,
    TW_TEMPMON_LOW_BASE = 0x020c8290, /* TEMPSENSE2 */
    TW_TEMPMON_LOW_SIZE = 0x10
};

struct tw_tempmon {
    struct tw_regs regs;
    struct tw_regs low;
    struct tw_clock *clock;
    const struct tw_ocotp *ocotp;
    int32_t celsius;
    uint64_t ready; /* tick when the measurement is over */
};

/** @param ocotp  has the calibration, bank 1 word 6 */
void tw_tempmon_init(struct tw_tempmon *tempmon, struct tw_bus *bus,
                     struct tw_clock *clock, const struct tw_ocotp *ocotp);

struct tw_device tw_tempmon_device(struct tw_tempmon *tempmon);

#endif
