/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"
#include "bundle/check.h"

static const struct aw_opt opts[] = {
    BUNDLE_CHECK_OPTS(0),
    BUNDLE_COMMON_OPTS(0),
    AW_TRUST_LOG_OPTS(offsetof(struct bundle_check_args, trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct bundle_check_args, trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct bundle_check_args, trust)),
};

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct bundle_check_args *args = values;
    struct aw_trust *trust = NULL;
    int code = aw_trust_load_log(ctx, &args->trust, &trust);

    return code == AW_EXIT_OK ? bundle_check(ctx, ctx->operands.item[0], args,
                                             trust, NULL, NULL)
                              : code;
}

const struct aw_cmd aw_cmd_bundle_verify = {
    .name = "verify",
    .summary = "verify a proof bundle",
    .prose =
        "Verifies a bundle offline, as aw verify --bundle does: the "
        "checkpoint's signature and origin, the witness quorum where the "
        "policy asks for one, the manifest's signatures, component and HAB "
        "target, its inclusion in the log, and the digests of image and HAB "
        "signature where these are given.\n\nWith --log-url the log is asked "
        "too: the bundle's checkpoint must belong to its history. FILE may be "
        "- for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct bundle_check_args),
    .run = run,
};
