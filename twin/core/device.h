/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_DEVICE_H
#define TWIN_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"

/*
 * What every model has in common. A model is a plain struct with its registers
 * and events; MODEL_init(model, deps…) ties it to clock, bus and lines and maps
 * its registers; the board keeps a list of struct tw_device to reset, save and
 * load all of them alike.
 */

enum tw_reset {
    TW_RESET_POWER, /* power came on: everything but fuses, cards and LP */
    TW_RESET_WARM,  /* watchdog or SRC: what the manual says survives does */
};

struct tw_device {
    const char *name; /* also of its part of a snapshot; unique */
    void *model;
    void (*reset)(void *model, enum tw_reset kind);
    /* Whole visible and hidden state, events included. load is given what
     * save wrote; false: refused, and the model is as after a reset. */
    void (*save)(void *model, struct tw_saver *to);
    bool (*load)(void *model, struct tw_loader *from);
};

/* An interrupt or other level line. Set calls only pass changes on. */
struct tw_line {
    void (*set)(void *ctx, uint32_t number, bool level);
    void *ctx;
    uint32_t number;
    bool level; /* private */
};

/** Drives the line; a line without a listener is allowed. */
void tw_line_set(struct tw_line *line, bool level);

#endif
