/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLE_MAKE_PARTS_H
#define BUNDLE_MAKE_PARTS_H

#include "aw/ftlog/bundle.h"
#include "log/view.h"

/* From what a bundle is made: the options of aw bundle make. */
struct make_args {
    struct log_view_args view; /* trust and checkpoint are used */
    const char *manifest;
    struct aw_list proof_hashes;
    const char *tlog_proof;
    const char *log;
    const char *index;
    const char *firmware;
    const char *hab_signature;
    const char *slot;
    const char *offset;
    const char *size;
    unsigned form; /* enum bundle_form */
    bool embed;
    const char *output;
};

/**
 * Reads the parts and puts them together; with --log the proof is fetched.
 * Nothing is checked, but a proof from a log is.
 *
 * @param bundle  spans are memory of the pool
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int make_gather(struct aw_ctx *ctx, const struct make_args *args,
                              struct aw_bundle *bundle);

#endif
