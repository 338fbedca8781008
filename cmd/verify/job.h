/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_JOB_H
#define VERIFY_JOB_H

#include "judge/history.h"
#include "judge/rebuilds.h"
#include "verify/device.h"
#include "verify/verify.h"

/* A whole device before the judge, as image files or as a board: its media,
 * and all that the result says. */

/* What becomes of a boot partition. */
struct job_boot {
    const char *name;        /* member of the result */
    const char *subject;     /* for messages */
    struct aw_medium medium; /* read NULL: not at hand */
    const char *content;     /* out */
};

struct job {
    /* in */
    const struct verify_args *args;
    const struct aw_trust *trust;
    const char *name; /* of the medium, for messages */
    const char *step; /* for progress: "read image" */
    struct aw_medium medium;
    struct job_boot boot[2];
    /* out */
    struct log_view log;
    bool online; /* log is open */
    bool judged; /* all media could be read */
    struct device_audit audit;
    struct history history[DEVICE_PARTS]; /* of the parts that verified */
    struct rebuilds_found rebuilds[DEVICE_PARTS]; /* the same */
};

/** Opens the log, if it is to be asked. One that cannot be read does not keep
 *  the device from being judged, but the run has failed. */
AW_MUST_CHECK int job_ask_log(struct aw_ctx *ctx, struct job *job);

/** Judges the media, looks at the log's past, writes proofs.
 *  @return exit code */
AW_MUST_CHECK int job_judge(struct aw_ctx *ctx, struct job *job);

/** Writes what was judged, and warns of what a pass leaves open. */
void job_show(struct aw_ctx *ctx, struct job *job);
void job_close(struct job *job);

#endif
