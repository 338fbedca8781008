/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include "aw/bytes.h"
#include "aw/sink.h"

/*
 * Text that may hold anything, made safe for a terminal: control characters,
 * characters without width and those that change the direction of writing
 * become \x1b or \u202e, bytes that are not UTF-8 become \xff.
 */
enum aw_escape_mode {
    AW_ESCAPE_LINE,  /* line feeds are escaped, too */
    AW_ESCAPE_LINES, /* line feeds stay */
    AW_ESCAPE_JSON   /* text of a JSON document: same data after reading it */
};

void aw_escape(aw_bytes text, enum aw_escape_mode mode,
               const struct aw_sink *out);

#endif
