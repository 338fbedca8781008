/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CUT_H
#define CUT_H

#include "board/snapshot.h"
#include "device.h"

/*
 * A moment of a device to which a test goes back as often as it likes, each
 * time to let power go at another place.
 */
enum {
    CUT_MODES = 3,
    CUT_AREAS = 4,
    CUT_AREA_MAX = 80, /* blocks of one */
    CUT_COMMANDS_MAX = 4096
};

/** The three ways in which power can go. */
extern const enum tw_cut_mode cut_modes[CUT_MODES];

/* What is written behind the moment; nothing else of the eMMC goes back. */
struct cut_moment {
    struct tw_saver board;
    size_t n_areas;
    struct {
        uint64_t block;
        size_t blocks;
        uint8_t bytes[CUT_AREA_MAX * TW_BLOCK];
    } area[CUT_AREAS];
    uint64_t blank; /* first block of an area that is blank at the moment */
    uint64_t blank_blocks;
};

/** Remembers the device as it is, with no areas yet. End with cut_forget. */
void cut_remember(struct cut_moment *moment, struct device *d);
void cut_forget(struct cut_moment *moment);

/** Adds blocks that go back, as they are. */
void cut_keep(struct cut_moment *moment, struct device *d, uint64_t block,
              size_t blocks);

/** Back to the moment; power will go in that mode. */
void cut_rewind(const struct cut_moment *moment, struct device *d,
                enum tw_cut_mode mode);

/** Runs from the moment until the device says the text, which it has to within
 *  so many ms. @return how many commands went to the card, and their ticks */
size_t cut_commands(const struct cut_moment *moment, struct device *d,
                    const char *text, unsigned ms,
                    uint64_t ticks[CUT_COMMANDS_MAX]);

#endif
