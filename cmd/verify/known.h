/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_KNOWN_H
#define VERIFY_KNOWN_H

#include "log/view.h"
#include "verify/device.h"

/**
 * Fills audit->known and audit->latest from a log.
 *
 * @param log  after log_view_trusted
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int known_load(struct aw_ctx *ctx, struct log_view *log,
                             struct device_audit *audit);

/** Warns of running releases for which the log has newer ones. */
void known_compare(struct aw_ctx *ctx, const struct device_audit *audit);

#endif
