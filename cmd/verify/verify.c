/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verify.h"

#define FILE_ROW(field, name_, help_)                             \
    {                                                             \
        .name = (name_), .type = AW_OPT_TEXT,                     \
        .at = offsetof(struct verify_args, field), .arg = "FILE", \
        .help = (help_)                                           \
    }

static const struct aw_opt verify_opts[] = {
    FILE_ROW(bundle, "bundle",
             "Proof bundle: configuration record, proof bundle file, or the "
             "JSON that upstream's verify prints."),
    BUNDLE_CHECK_OPTS(offsetof(struct verify_args, check)),
    FILE_ROW(image, "image",
             "eMMC image or block device: judges every byte of it."),
    FILE_ROW(boot0, "boot0", "Image of the first eMMC boot partition."),
    FILE_ROW(boot1, "boot1", "Image of the second eMMC boot partition."),
    {.name = "strict-residue",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, strict_residue),
     .help = "Unknown bytes that an update may have left are exit code 14, "
             "not a warning."},
    {.name = "partial",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, partial),
     .help = "Accept an image that ends before the map of the device does. "
             "What is missing is not judged."},
    BUNDLE_COMMON_OPTS(offsetof(struct verify_args, check)),
    AW_TRUST_LOG_OPTS(offsetof(struct verify_args, check.trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct verify_args, check.trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct verify_args, check.trust)),
};

/* Options of one of the two jobs, given with the other. */
static int check_usage(struct aw_ctx *ctx, const struct verify_args *args)
{
    static const char *const of_bundle[] = {"firmware", "hab-signature",
                                            "component", "least-version"};
    static const char *const of_image[] = {"boot0", "boot1", "strict-residue",
                                           "partial"};
    bool bundle = args->bundle != NULL;
    const char *const *wrong = bundle ? of_image : of_bundle;
    size_t n = bundle ? sizeof(of_image) / sizeof(of_image[0])
                      : sizeof(of_bundle) / sizeof(of_bundle[0]);

    if (bundle == (args->image != NULL)) {
        return aw_usage(ctx, "give one of --bundle and --image");
    }
    for (size_t i = 0; i < n; i++) {
        if (aw_opts_given(&ctx->opts, wrong[i])) {
            return aw_usage(ctx, "--%s belongs to --%s", wrong[i],
                            bundle ? "image" : "bundle");
        }
    }
    return AW_EXIT_OK;
}

static int run_verify(struct aw_ctx *ctx, const void *values)
{
    const struct verify_args *args = values;
    struct aw_trust *trust = NULL;
    int code = check_usage(ctx, args);

    if (code == AW_EXIT_OK) {
        code = aw_trust_load(ctx, &args->check.trust, &trust);
    }
    if (code == AW_EXIT_OK) {
        code = aw_trust_need_log(ctx, trust);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return args->bundle != NULL
               ? bundle_check(ctx, args->bundle, &args->check, trust, NULL)
               : verify_image(ctx, args, trust);
}

const struct aw_cmd aw_cmd_verify = {
    .name = "verify",
    .summary = "verify a proof bundle or an eMMC image against the log",
    .prose =
        "Checks, in this order: the checkpoint's signature and origin, the "
        "witness quorum where the policy asks for one, the manifest's "
        "signatures, component and HAB target, its inclusion in the log, the "
        "digests of image and HAB signature, and for a bootloader or recovery "
        "image what the boot ROM of a closed part with the policy's SRK hash "
        "decides.\n\nA bundle is checked offline; "
        "with --log-url the log is asked for consistency too.\n\nAn image of "
        "an eMMC is checked whole: the running releases, and every byte "
        "around them, by the map of the device. The log that the policy or "
        "--log-url names is asked unless --offline is given.",
    .opts = verify_opts,
    .n_opts = sizeof(verify_opts) / sizeof(verify_opts[0]),
    .size = sizeof(struct verify_args),
    .run = run_verify,
    .program = true,
};
