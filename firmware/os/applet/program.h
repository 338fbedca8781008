/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "fw/load.h"
#include "os/applet/space.h"

/* An applet's file: docs/formats/applet-abi.md, "The program". */
enum { PROGRAM_STACK_MIN = 4096, PROGRAM_STACK_MAX = 16 << 20 };

struct program {
    struct load_plan plan;
    uint32_t stack; /* bytes; it ends where the window ends */
};

/**
 * Checks a file before anything of it is used.
 *
 * @param bytes    ELF file; its origin is known, its form is not trusted
 * @param program  borrowed from bytes; untouched on failure
 *
 * @return AW_OK; errors of load_check; AW_ERR_RANGE if a segment does not begin
 *         on a page or the stack is not allowed or does not fit;
 *         AW_ERR_NOT_FOUND without the note, AW_ERR_DUPLICATE with two,
 *         AW_ERR_FORMAT if it is malformed; AW_ERR_UNSUPPORTED for another
 *         interface.
 */
AW_MUST_CHECK aw_err program_check(aw_bytes bytes, struct program *program,
                                   struct aw_diag *diag);

/** The regions of a checked program.
 *  @return AW_OK; AW_ERR_RANGE if two segments share a page, or one reaches the
 *  stack or the page below it; AW_ERR_SPACE. */
AW_MUST_CHECK aw_err program_map(const struct program *program,
                                 struct space *space);

/** Copies a mapped program to its place; the rest of its pages and the stack
 *  become zero. */
void program_load(const struct program *program, const struct space *space);

#endif
