/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_WITNESSING_H
#define LOG_WITNESSING_H

#include "aw/ftlog/witness.h"
#include "common/net.h"
#include "log/signing.h"

/*
 * Cosignatures for a checkpoint that is signed, not yet published. Asked are
 * the addresses of --witness, and where the policy has a quorum those that it
 * names. The policy's quorum decides; without one, all that are asked must
 * cosign. Until then nobody else sees the checkpoint.
 */
#define LOG_WITNESS_OPT(offset)                                                \
    {                                                                          \
        .name = "witness", .type = AW_OPT_LIST, .at = (offset), .arg = "URL",  \
        .group = "Witnesses",                                                  \
        .help = "Have this C2SP witness cosign the checkpoint before it is "   \
                "published: its address up to add-checkpoint. Its key must "   \
                "be a witness of the policy. Those of a policy with a quorum " \
                "are asked anyway."                                            \
    }

/* How patient the command is with them; `offset` is that of an aw_net_args.
 * The folder stays locked meanwhile. */
#define LOG_WITNESS_NET_OPTS(offset)                                       \
    {.name = "stall-timeout",                                              \
     .type = AW_OPT_DURATION,                                              \
     .at = (offset) + offsetof(struct aw_net_args, stall_ms),              \
     .arg = "DURATION",                                                    \
     .fallback = "20s",                                                    \
     .help = "A witness that has not answered after so long has failed, "  \
             "and is not asked again by this run. Counts whole seconds.",  \
     .group = "Witnesses"},                                                \
    {                                                                      \
        .name = "tries", .type = AW_OPT_U64,                               \
        .at = (offset) + offsetof(struct aw_net_args, tries), .arg = "N",  \
        .fallback = "4",                                                   \
        .help = "Tries of a witness that cannot be reached or is busy; 1 " \
                "to 100.",                                                 \
        .group = "Witnesses"                                               \
    }

struct log_witness; /* private: one that is asked */

struct log_witnessing {
    struct log_signing *signing; /* after log_signing_begin */
    const struct aw_policy *policy;
    const struct aw_list *urls;
    const struct aw_net_args *net;

    /* private */
    size_t n;
    struct log_witness *asked;
    struct aw_cosignatures got;
    struct aw_store_options patience; /* of net */
    bool done;
};

/** Reports addresses that cannot be asked, a policy without witnesses, and
 *  patience out of range. policy, urls and net are set.
 *  @return exit code; to be called before anything is changed */
AW_MUST_CHECK int log_witnessing_check(struct aw_ctx *ctx,
                                       struct log_witnessing *w);

/**
 * Finds out who is to be asked.
 *
 * @return false: nobody, or the checkpoint in the folder is of this tree and
 *         has its cosignatures already
 */
bool log_witnessing_begin(struct log_witnessing *w);

/**
 * Asks all of them at once, again where that helps, and checks the quorum.
 *
 * @param note      signed by the log
 * @param cosigned  memory of the pool
 */
AW_MUST_CHECK int log_witnessing_run(struct log_witnessing *w, aw_bytes note,
                                     aw_bytes *cosigned);

/** Puts the list "witnesses" when there were any to be asked. */
void log_witnessing_show(const struct log_witnessing *w);

#endif
