/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLE_HISTORY_H
#define BUNDLE_HISTORY_H

#include "aw/ftlog/merkle.h"
#include "common/trust.h"

/*
 * A bundle's checkpoint against what else is known of its log: the state that
 * earlier runs saved, and the log itself.
 */
struct history {
    const char *seen_before; /* "no", "this tree", "another size", "fork" */
    const char *consistency; /* "not checked", "checked", "refused" */
    uint64_t log_size;       /* of the log itself; when it was asked */
};

/**
 * Compares.
 *
 * @param note     the signed checkpoint, kept as evidence
 * @param online   ask the log, if the trust names its place
 * @param history  set also on failure
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int history_check(struct aw_ctx *ctx,
                                const struct aw_trust *trust,
                                const struct aw_tree *tree, aw_bytes note,
                                bool online, struct history *history);

/** Writes the members "seen_before", "consistency" and "log_size". */
void history_show(struct aw_ctx *ctx, const struct history *history);

#endif
