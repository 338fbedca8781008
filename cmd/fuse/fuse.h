/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUSE_FUSE_H
#define FUSE_FUSE_H

#include "aw/hab/plan.h"
#include "common/cmd.h"

/*
 * Fuse plans in words: what the commands on fuses and those that have a device
 * fuse itself share.
 */

/** Reports a failed access to fuses. */
int fuse_report_io(struct aw_ctx *ctx, const char *path, aw_err err,
                   const struct aw_diag *diag);

/** Reports why a plan cannot be made or cannot go on.
 *  @param subject  file or device */
int fuse_report_plan(struct aw_ctx *ctx, const char *subject, aw_err err,
                     const struct aw_plan_result *result,
                     const struct aw_diag *diag);

/** Reads a plan file; the plan lives as long as the run. */
AW_MUST_CHECK int fuse_read_plan(struct aw_ctx *ctx, const char *path,
                                 struct aw_plan *plan);

/** Members of a result that every command on plans has: part, serial, target,
 *  hash. */
void fuse_put_plan(struct aw_ctx *ctx, const struct aw_plan *plan);
/** Where the words of a plan stand: "state" and "state_text"; nothing for
 *  single fuses. */
void fuse_put_state(struct aw_ctx *ctx, const struct aw_plan *plan);
/** The list "steps". */
void fuse_put_steps(struct aw_ctx *ctx, const struct aw_plan *plan);
/** "bank 3 word 0: 06b551dd SRK_HASH"; memory from the pool. */
const char *fuse_step_text(struct aw_ctx *ctx, const struct aw_plan *plan,
                           const struct aw_plan_step *step);
/** Hash and serial as text; memory from the pool. */
const char *fuse_hash_text(struct aw_ctx *ctx, const struct aw_plan *plan);
const char *fuse_serial_text(struct aw_ctx *ctx, const struct aw_plan *plan);

/**
 * Consent to a plan, see common/consent.h.
 *
 * @param subject  file or device
 * @param plan     whose steps are shown, and whose serial is typed
 * @param yes      value of --yes; NULL: the operator is asked
 * @param hash     that --yes has to name
 */
AW_MUST_CHECK int fuse_consent(struct aw_ctx *ctx, const char *subject,
                               const struct aw_plan *plan, const char *yes,
                               const char *hash);

#endif
