/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_KNOWN_H
#define VERIFY_KNOWN_H

#include "common/trust.h"
#include "verify/device.h"

/** Fills audit->known and audit->latest from the log that the trust names;
 *  nothing when it names none or with --offline. */
AW_MUST_CHECK int known_load(struct aw_ctx *ctx, const struct aw_trust *trust,
                             struct device_audit *audit);

/** Warns of running releases for which the log has newer ones. */
void known_compare(struct aw_ctx *ctx, const struct device_audit *audit);

#endif
