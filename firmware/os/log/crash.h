/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRASH_H
#define CRASH_H

#include "aw/bytes.h"

/* The crash log: docs/formats/crash-log.md. */
enum {
    CRASH_AREAS = 2,
    CRASH_AREA = 1 << 20,
    CRASH_BLOCK = 512,
    CRASH_LINE_MAX = 256,
    CRASH_TEXT_MAX = CRASH_AREA - 512
};

struct crash {
    uint32_t seq;
    const char *end;
    uint32_t vector;
    uint32_t pc;
    uint32_t starts;
    uint64_t ms;
    const char *os; /* versions; "" when not known */
    const char *applet;
};

/* What an area says. */
struct crash_area {
    uint32_t seq;
    aw_bytes all; /* line and text, borrowed */
};

/** Begins an area: the line, with room for what is only known in the end.
 *  @param w  over the area; the text goes behind */
void crash_begin(const struct crash *crash, struct aw_wr *w);

/** Ends it: sizes and checksum, from what follows the line in w. */
void crash_end(struct aw_wr *w);

/** Blocks to write of an area with n bytes: one of zeros is among them. */
uint32_t crash_blocks(size_t n);

/** Bytes that an area says it has, from its first block; 0: it is none.
 *  Untrusted: crash_parse looks at them. */
size_t crash_size(aw_bytes block);

/**
 * Reads an area.
 *
 * @param bytes  what is on the medium; untrusted
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_SHORT; AW_ERR_DIGEST.
 */
AW_MUST_CHECK aw_err crash_parse(aw_bytes bytes, struct crash_area *area);

#endif
