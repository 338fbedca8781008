/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_APPLY_H
#define OTP_APPLY_H

#include "otp/otp.h"

/* aw otp apply */
struct otp_apply_args {
    struct otp_source source;
    const char *yes;
    bool dry_run;
    const char *hab_log;
    const char *recovery_log;
    bool skip_recovery;
};

/** Says in the result that recovery's boot was not asked for. */
void otp_apply_warn_skipped(struct aw_ctx *ctx);

/**
 * Tells whether a device carries out a plan itself, of which steps are left: a
 * trusted OS of ours with the plan's SRK hash closes its board, and that is
 * all. Of one in serial download with dry_run nothing is asked.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int otp_device_takes(struct aw_ctx *ctx,
                                   const struct otp_fuses *fuses,
                                   const struct aw_plan *plan, bool dry_run);

/**
 * Lets a device carry out a plan as far as it goes, after consent; writes
 * where it stands then, and how many words were programmed.
 *
 * @param now  the plan as it would be made now; made anew
 *
 * @return AW_EXIT_OK: all is done; or the exit code of what was reported, also
 *         when it has to be powered up anew first
 */
AW_MUST_CHECK int otp_device_apply(struct aw_ctx *ctx, struct otp_fuses *fuses,
                                   const struct otp_apply_args *args,
                                   const struct aw_plan *plan,
                                   struct aw_plan *now);

#endif
