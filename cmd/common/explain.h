/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_EXPLAIN_H
#define COMMON_EXPLAIN_H

#include "aw/ftlog/policy.h"
#include "common/cmd.h"

/*
 * What was expected, and what is there: words for errors about signed notes
 * and policies that several commands meet.
 */

/** "lines of alice+0123abcd, bob+4567cdef": who signed a note, by their own
 *  words. Nothing of it is verified. */
const char *aw_explain_signers(struct aw_ctx *ctx, aw_bytes message);

/**
 * Fills expected and got for a checkpoint that was not accepted, as far as
 * there is more to say than the error.
 *
 * @param message  the note
 * @param policy   log and origin that were asked for
 * @param f        its err is set
 */
void aw_explain_checkpoint(struct aw_ctx *ctx, aw_bytes message,
                           const struct aw_policy *policy,
                           struct aw_finding *f);

/**
 * Fills where, got and remedy for a policy that is malformed.
 *
 * @param text  the policy
 * @param diag  from aw_policy_parse
 */
void aw_explain_policy(struct aw_ctx *ctx, aw_bytes text,
                       const struct aw_diag *diag, struct aw_finding *f);

#endif
