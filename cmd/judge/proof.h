/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUDGE_PROOF_H
#define JUDGE_PROOF_H

#include "aw/ftlog/bundle.h"
#include "common/cmd.h"

/* What goes into the proof files of one verified release. */
struct proof_files {
    enum aw_component component;
    const char *version;
    uint64_t index;
    aw_bytes manifest;
    aw_bytes checkpoint;
    const struct aw_proof *proof;
};

/**
 * Writes DIR/COMPONENT-VERSION-INDEX.manifest and the same with .tlog-proof,
 * for aw log check. The folder is made; files of that name are replaced.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int proof_write(struct aw_ctx *ctx, const char *dir,
                              const struct proof_files *files);

#endif
