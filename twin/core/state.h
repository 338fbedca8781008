/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_STATE_H
#define TWIN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"

/*
 * Snapshots: a growing buffer of little-endian fields in a fixed order, read
 * back in the same order. A loader remembers the first short or wrong read, so
 * that one test follows a run of reads.
 */
struct tw_saver {
    uint8_t *bytes; /* owned; end with tw_saver_free */
    size_t n;
    size_t room;
};

struct tw_loader {
    const uint8_t *bytes;
    size_t n;
    size_t at;
    bool failed;
};

void tw_save_u8(struct tw_saver *to, uint8_t value);
void tw_save_u16(struct tw_saver *to, uint16_t value);
void tw_save_u32(struct tw_saver *to, uint32_t value);
void tw_save_u64(struct tw_saver *to, uint64_t value);
void tw_save_bytes(struct tw_saver *to, const void *bytes, size_t n);
void tw_save_event(struct tw_saver *to, const struct tw_event *event);
/** Time and the counter that orders events; the events are their owners'. */
void tw_save_clock(struct tw_saver *to, const struct tw_clock *clock);
void tw_saver_free(struct tw_saver *to);

/* After a failed read all others give 0. */
uint8_t tw_load_u8(struct tw_loader *from);
uint16_t tw_load_u16(struct tw_loader *from);
uint32_t tw_load_u32(struct tw_loader *from);
uint64_t tw_load_u64(struct tw_loader *from);
/** Copies n bytes; false, and bytes untouched, if they are not there. */
bool tw_load_bytes(struct tw_loader *from, void *bytes, size_t n);
/** Before the events are loaded. */
void tw_load_clock(struct tw_loader *from, struct tw_clock *clock);
/** Cancels the event, then schedules it again if it was. */
void tw_load_event(struct tw_loader *from, struct tw_clock *clock,
                   struct tw_event *event);

#endif
