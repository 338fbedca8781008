/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CONSENT_H
#define COMMON_CONSENT_H

#include "common/cmd.h"

/* What an operator has to agree to, because it cannot be undone. */
struct aw_consent {
    const char *subject; /* file or device, for messages */
    const char *serial;  /* of the device; the operator types it */
    const char *yes;     /* value of --yes; NULL: the operator is asked */
    const char *want;    /* what --yes has to say */
    const char *another; /* for messages: it says something else */
    const char *deed;    /* "fusing" */
    const char *done;    /* "fused" */
    const char *remedy;  /* how to consent with --yes */
};

/**
 * Consent by the option --yes, or of the operator, who types the serial of the
 * device at a terminal.
 *
 * @param lines  what will be done
 * @return AW_EXIT_OK; reported: AW_EXIT_DECLINED; AW_EXIT_REFUSED: --yes says
 *         something else, or nobody can be asked
 */
AW_MUST_CHECK int aw_consent(struct aw_ctx *ctx,
                             const struct aw_consent *consent,
                             const char *const *lines, size_t n);

#endif
