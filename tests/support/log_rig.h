/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_RIG_H
#define LOG_RIG_H

#include "aw/ftlog/log.h"
#include "genlog.h"

/* A reader over generated logs. */
struct log_rig { /* large; one at a time in each test process */
    struct aw_log reader;
    uint8_t buf[AW_ENTRIES_MAX]; /* for entries */
};

extern struct log_rig lr;

extern const enum aw_layout lr_layouts[2];

/** Of the generated log at a size. */
struct aw_checkpoint lr_checkpoint(uint64_t size);

/** Opens lr.reader on a log. */
void lr_open(struct genlog *g);

/** A leaf is proven, and the proof is right. */
void lr_inclusion_holds(uint64_t index);

#endif
