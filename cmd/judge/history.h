/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUDGE_HISTORY_H
#define JUDGE_HISTORY_H

#include "aw/ftlog/merkle.h"
#include "log/view.h"

/*
 * Checkpoints that came in bundles, against what else is known of their log:
 * each other, the state that earlier runs saved, and the log itself.
 */
struct history {
    /* in */
    const char *subject; /* for messages */
    struct aw_tree tree;
    aw_bytes note; /* the signed checkpoint, kept as evidence */
    /* out */
    const char *seen_before; /* "no", "this tree", "another size", "fork" */
    const char *consistency; /* "not checked", "checked", "refused" */
    uint64_t log_size;       /* of the log itself, when it was asked */
};

/* How to look. */
struct history_ask {
    const struct aw_trust *trust;
    bool accept_new_baseline;
    struct log_view *log; /* after log_view_trusted; NULL: do not ask it */
};

/**
 * Compares all checkpoints; findings say which do not agree.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int history_check(struct aw_ctx *ctx,
                                const struct history_ask *ask,
                                struct history *list, size_t n);

/** Writes the members "seen_before", "consistency" and "log_size". */
void history_show(struct aw_ctx *ctx, const struct history *history);

#endif
