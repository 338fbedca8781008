/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_LOAD_H
#define FW_LOAD_H

#include "aw/elf.h"

/*
 * Loading of programs. First everything is checked, then everything is copied:
 * nothing is written for a program that is refused.
 */
struct load_window {
    uint32_t start;
    uint32_t size;
};

struct load_plan {
    uint32_t entry;
    size_t n;
    struct aw_elf_segment segment[AW_ELF_SEGMENTS_MAX];
};

/**
 * Checks a program for a window of memory.
 *
 * @param bytes  ELF file; its origin is known, its form is not trusted
 * @param plan   segments borrowed from bytes; untouched on failure
 *
 * @return AW_OK; errors of aw_elf_open and aw_elf_segment; AW_ERR_UNSUPPORTED
 *         for another version, header size, ABI, or an interpreter or dynamic
 *         section; AW_ERR_RANGE if a segment does not lie in the window, is
 *         not linked for where it is loaded, overlaps another one, or entry is
 *         not a multiple of 4 in the file's bytes of an executable segment;
 *         AW_ERR_POLICY if a segment can be written and executed, or not be
 *         read; AW_ERR_NOT_FOUND if nothing is to be loaded.
 */
AW_MUST_CHECK aw_err load_check(aw_bytes bytes,
                                const struct load_window *window,
                                struct load_plan *plan, struct aw_diag *diag);

/** Copies the segments; what is behind their bytes becomes zero. */
void load_run(const struct load_plan *plan);

#endif
