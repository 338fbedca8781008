/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include "aw/ftlog/manifest.h"
#include "log/view.h"

/* One proven entry of a log: a release, or why it is none. */
struct log_entry {
    uint64_t index;
    aw_bytes leaf;
    aw_err err; /* AW_OK: manifest is set */
    struct aw_diag diag;
    const struct aw_manifest *manifest;
};

/**
 * Reads and proves every entry in order and opens it with the policy's keys.
 * Nothing is skipped: an entry that cannot be fetched or proven ends the scan.
 *
 * @param view  after log_view_tiles
 * @param each  the entry is on loan for the call
 */
AW_MUST_CHECK int
log_scan(struct log_view *view,
         void (*each)(void *ctx, const struct log_entry *entry), void *ctx);

#endif
