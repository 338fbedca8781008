/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_EXPLAIN_H
#define AW_REPROBUILD_EXPLAIN_H

#include "aw/bytes.h"
#include "aw/reprobuild/compare.h"

enum { AW_RB_NAME_MAX = 256 };

/* Where in a program or image an offset lies. Texts are "" when unknown;
 * they come from untrusted files and hold printable ASCII only. */
struct aw_rb_place {
    char area[AW_RB_NAME_MAX];   /* "section .text", "IMX: DCD" */
    uint64_t address;            /* in the device's memory; 0 unknown */
    char symbol[AW_RB_NAME_MAX]; /* "main+0x10" */
    char source[AW_RB_NAME_MAX]; /* "firmware/boot/main.c:17" */
};

/**
 * Explains where two images differ first. What reads the files runs in a
 * process of its own: a file that breaks the reader costs the explanation.
 *
 * @param image  one of them, preferably the rebuilt one; untrusted
 * @param debug  ELF file with its symbols, or empty; untrusted
 * @param at     offset in image
 */
void aw_rb_explain(aw_bytes image, aw_bytes debug, uint64_t at,
                   struct aw_rb_place *place);

#endif
