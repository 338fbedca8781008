/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_AUDIT_STRAYS_H
#define LOG_AUDIT_STRAYS_H

#include "log/audit.h"

/* Files below tile/ that the audited tree does not ask for. */
struct audit_strays {
    uint64_t older;           /* of smaller trees; they fit, or are findings */
    uint64_t newer;           /* of a larger tree; what they share fits */
    uint64_t beyond;          /* wholly outside of the tree: not covered */
    uint64_t foreign;         /* names that the layout does not give */
    uint64_t dangling;        /* links to nothing, as old serverless writers
                                * left them; they count above as well */
    const char *first_beyond; /* one of them, or NULL */
    const char *first_foreign;
};

/**
 * Audits every file below tile/ of a local log that the main pass did not
 * read: old partial tiles and bundles, and newer ones. What does not fit is a
 * finding.
 *
 * @return AW_OK; the errors of the store.
 */
AW_MUST_CHECK aw_err audit_strays_run(const struct audit_plan *plan,
                                      struct audit_strays *strays,
                                      struct audit_result *result);

#endif
