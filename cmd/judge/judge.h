/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "aw/ftlog/bundle.h"
#include "common/trust.h"
#include "judge/rom.h"

/* Verification of one bundle as commands report it. */

/* One bundle before the judge. */
struct judge_case {
    const char *subject;            /* what it is, for messages: a file name */
    const struct aw_policy *policy; /* NULL for judge_unsigned */
    const struct aw_bundle *bundle;
    struct aw_expect expect; /* `now` is filled in */
    bool on_device;          /* it lies on one: for what to do next */
};

/**
 * Verifies, without a word.
 *
 * @param verdict  its texts live as long as the run
 * @return as aw_bundle_verify
 */
AW_MUST_CHECK aw_err judge_verify(struct aw_ctx *ctx,
                                  const struct judge_case *it,
                                  struct aw_verdict *verdict,
                                  struct aw_diag *diag);

/**
 * Checks what needs no key: form of checkpoint and manifest, inclusion,
 * digests of image and HAB signature.
 *
 * @param verdict  filled as by judge_verify, but its release is not sealed
 * @return the errors of the same steps
 */
AW_MUST_CHECK aw_err judge_unsigned(struct aw_ctx *ctx,
                                    const struct judge_case *it,
                                    struct aw_verdict *verdict,
                                    struct aw_diag *diag);

/** Memory for the texts of a manifest. */
struct aw_wr judge_work(struct aw_ctx *ctx);

/**
 * Reports why one of these refused, with what was expected and what is there.
 *
 * @param step  from the verdict
 * @return exit code: 10, 11 or 12, by the step
 */
int judge_refuse(struct aw_ctx *ctx, const struct judge_case *it, aw_err err,
                 enum aw_bundle_step step, const struct aw_diag *diag);

/**
 * Judges what was verified as the boot ROM does: a bootloader or recovery
 * image of which image and HAB signature are there.
 *
 * @param quiet  as in struct rom_case
 * @return as rom_judge
 */
AW_MUST_CHECK int judge_boot(struct aw_ctx *ctx, const struct judge_case *it,
                             const struct aw_verdict *verdict, bool quiet,
                             struct rom_judged *judged);

/** Writes the members of a verified bundle to the result. */
void judge_show(struct aw_ctx *ctx, const struct aw_verdict *verdict,
                const struct rom_judged *rom);

/** Warns of what was not checked because nothing was given for it. */
void judge_warn(struct aw_ctx *ctx, const struct aw_verdict *verdict,
                const struct aw_policy *policy);

/** Warns when nothing was asked of the boot ROM's verifier. */
void judge_warn_rom(struct aw_ctx *ctx, const struct aw_policy *policy,
                    bool skipped);

#endif
