/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_REPORT_H
#define TWIN_REPORT_H

#include <stdint.h>

/*
 * What the twin noticed and silicon would not tell: hazards, forms that the
 * manual calls unpredictable, refused accesses, resets. Counted by kind, and
 * handed to whoever listens.
 */

enum tw_report_kind {
    TW_REPORT_DMA_DIRTY,     /* DMA met a line that was not cleaned */
    TW_REPORT_UNPREDICTABLE, /* instruction form; the processor stops */
    TW_REPORT_UNDEFINED,     /* not modelled: Thumb, VFP; the processor stops */
    TW_REPORT_REFUSED,       /* access refused by CSU, TZASC or a lock */
    TW_REPORT_UNMAPPED,      /* access to an address that holds nothing */
    TW_REPORT_MISUSE,        /* a register used against the manual */
    TW_REPORT_RESET,         /* and why */
    TW_REPORT_KINDS
};

struct tw_report {
    void (*line)(void *ctx, enum tw_report_kind kind, uint64_t tick,
                 const char *text); /* NULL: only count */
    void *ctx;
    const uint64_t *now; /* tick, of the clock */
    uint64_t counts[TW_REPORT_KINDS];
};

/** Formats and hands on one line. */
void tw_report(struct tw_report *report, enum tw_report_kind kind,
               const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Name of a kind, as in events: "dma-dirty". */
const char *tw_report_name(enum tw_report_kind kind);

#endif
