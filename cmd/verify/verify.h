/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "common/trust.h"

extern const struct aw_cmd aw_cmd_verify;

struct verify_args {
    struct aw_trust_args trust;
    const char *bundle;
    const char *firmware;
    const char *hab_signature;
    const char *image;
    const char *boot0;
    const char *boot1;
    bool strict_residue;
    const char *proof_dir;
};

/** The two things that can be verified so far. Both write the result. */
AW_MUST_CHECK int verify_bundle(struct aw_ctx *ctx,
                                const struct verify_args *args,
                                const struct aw_trust *trust);
AW_MUST_CHECK int verify_image(struct aw_ctx *ctx,
                               const struct verify_args *args,
                               const struct aw_trust *trust);

#endif
