/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_JUDGE_H
#define VERIFY_JUDGE_H

#include "aw/ftlog/bundle.h"
#include "common/trust.h"

/* Verification of one bundle as commands report it. */

/** Exit code for a failure at a step. */
int judge_exit(aw_err err, enum aw_bundle_step step);

/**
 * Verifies and reports.
 *
 * @param subject  what it is, for messages: a file name
 * @param verdict  valid as long as the run
 */
AW_MUST_CHECK int judge_bundle(struct aw_ctx *ctx, const struct aw_trust *trust,
                               const struct aw_bundle *bundle,
                               const char *subject, struct aw_verdict *verdict);

/** Writes the members of a verified bundle to the result. */
void judge_show(struct aw_ctx *ctx, const struct aw_verdict *verdict);

/**
 * Compares the bundle's checkpoint with the log's state saved by earlier runs,
 * and, when the trust names a place and `online` is set, with the log itself.
 * Writes "state" and "consistency" to the result.
 */
AW_MUST_CHECK int judge_history(struct aw_ctx *ctx,
                                const struct aw_trust *trust,
                                const struct aw_tree *tree, aw_bytes note,
                                bool online);

#endif
