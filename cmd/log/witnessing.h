/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_WITNESSING_H
#define LOG_WITNESSING_H

#include "aw/ftlog/witness.h"
#include "log/signing.h"

/*
 * Cosignatures for a checkpoint that is signed, not yet published. Asked are
 * the addresses of --witness, and where the policy has a quorum those that it
 * names. The policy's quorum decides; without one, all that are asked must
 * cosign. Until then nobody else sees the checkpoint.
 */
#define LOG_WITNESS_OPT(offset)                                               \
    {                                                                         \
        .name = "witness", .type = AW_OPT_LIST, .at = (offset), .arg = "URL", \
        .group = "Witnesses",                                                 \
        .help = "Have this C2SP witness cosign the checkpoint before it is "  \
                "published: its address up to add-checkpoint. Its key must "  \
                "be a witness of the policy. May be repeated; those of a "    \
                "policy with a quorum are asked anyway."                      \
    }

struct log_witness; /* private: one that is asked */

struct log_witnessing {
    struct log_signing *signing; /* after log_signing_begin */
    const struct aw_policy *policy;
    const struct aw_list *urls;

    /* private */
    size_t n;
    struct log_witness *asked;
    struct aw_cosignatures got;
    bool done;
};

/** Reports addresses that cannot be asked, and a policy without witnesses.
 *  @return exit code; to be called before anything is changed */
AW_MUST_CHECK int log_witnessing_check(struct aw_ctx *ctx,
                                       const struct aw_policy *policy,
                                       const struct aw_list *urls);

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
