/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUDGE_REBUILDS_H
#define JUDGE_REBUILDS_H

#include "aw/ftlog/bundle.h"
#include "common/trust.h"

/*
 * What rebuilders say of a verified release: how many operators reproduced it.
 * Results are files LEAF/KEY.result in a folder or on a server, see
 * docs/formats/rebuild-result.md. The operator of a key is its name up to the
 * first slash: two keys of one operator count once.
 */
struct rebuilds_ask {
    const struct aw_policy *policy;
    uint64_t need;      /* operators; 0: what the policy says */
    const char *source; /* NULL: where the policy says */
};

struct rebuilds_found {
    uint64_t need; /* 0: nothing was asked for, and nothing looked at */
    uint64_t operators;
};

/**
 * Looks for results of a release. A result that says that the rebuild differs
 * is a finding of exit code 13, too few operators one of 30.
 *
 * @param subject  the release, for messages
 * @param verdict  of a verified bundle
 * @param index    of its leaf
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int rebuilds_check(struct aw_ctx *ctx,
                                 const struct rebuilds_ask *ask,
                                 const char *subject,
                                 const struct aw_verdict *verdict,
                                 uint64_t index, struct rebuilds_found *found);

/** Writes the member "rebuilders"; nothing when nothing was asked for. */
void rebuilds_show(struct aw_ctx *ctx, const struct rebuilds_found *found);

#endif
