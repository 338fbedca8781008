/* SPDX-License-Identifier: Apache-2.0 */
#include "core/report.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Longer lines are cut. */
enum { LINE_MAX_BYTES = 240 };

void tw_report(struct tw_report *report, enum tw_report_kind kind,
               const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    report->counts[kind]++;
    if (report->line == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report->line(report->ctx, kind, report->now == NULL ? 0 : *report->now,
                 text);
}

const char *tw_report_name(enum tw_report_kind kind)
{
    static const char *const names[TW_REPORT_KINDS] = {
        [TW_REPORT_DMA_DIRTY] = "dma-dirty",
        [TW_REPORT_UNPREDICTABLE] = "unpredictable",
        [TW_REPORT_UNDEFINED] = "not-modelled",
        [TW_REPORT_REFUSED] = "refused",
        [TW_REPORT_UNMAPPED] = "unmapped",
        [TW_REPORT_MISUSE] = "misuse",
        [TW_REPORT_RESET] = "reset",
    };

    return names[kind];
}
