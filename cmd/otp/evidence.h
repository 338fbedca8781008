/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_EVIDENCE_H
#define OTP_EVIDENCE_H

#include "aw/otp.h"
#include "common/cmd.h"

/* What an operator can show of how a device came up. */
struct otp_evidence {
    const char *hab_log;      /* file; NULL: none */
    const char *recovery_log; /* file; NULL: none */
    const char *serial;
    struct aw_otp_boot boot; /* what follows from it */
};

/**
 * Reads HAB's log of one boot.
 *
 * @param path     NULL: none, and nothing is set
 * @param log      all of it; lives as long as the run
 * @param verdict  what it says
 *
 * @return exit code of what was reported, or AW_EXIT_OK
 */
AW_MUST_CHECK int otp_evidence_log(struct aw_ctx *ctx, const char *path,
                                   aw_bytes *log, enum aw_otp_hab *verdict);

/** Reports that the log of recovery's boot is that of the image's. */
int otp_evidence_same(struct aw_ctx *ctx, const char *path);

/**
 * Reads the logs, and tells whether this machine, whose fuses they are, was
 * booted since fuses were programmed last: a record of the boot in which that
 * happened is kept in the state folder. Without a record that can be
 * understood another boot is asked for.
 *
 * @return exit code of what was reported, or AW_EXIT_OK
 */
AW_MUST_CHECK int otp_evidence_load(struct aw_ctx *ctx,
                                    struct otp_evidence *evidence);

/**
 * Records that fuses are programmed in this boot: before the first of them is.
 * From then on the boot proves nothing any more.
 *
 * @return exit code of what was reported, or AW_EXIT_OK
 */
AW_MUST_CHECK int otp_evidence_spend(struct aw_ctx *ctx,
                                     struct otp_evidence *evidence);

#endif
