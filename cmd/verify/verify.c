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
    {.name = "sample",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, sample),
     .help = "Of what has to be zeros read only the first and the last 64 KiB "
             "of each area; the result says so. All of a device takes minutes "
             "over USB."},
    AW_USB_OPTS(offsetof(struct verify_args, usb)),
    {.name = "binaries-url",
     .alias = "artefacts",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct verify_args, binaries),
     .arg = "DIR|URL",
     .help = "Where the recovery image and its HAB signature are, by their "
             "SHA-256; what the policy says by default."},
    BOARD_KERNEL_OPTS(offsetof(struct verify_args, kernel)),
    {.name = "running-recovery",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, running_recovery),
     .help = "Believe a recovery that runs already, whichever it is; the "
             "result says so."},
    {.name = "run-anyway",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, run_anyway),
     .help = "For upstream's command lines: root is not needed."},
    {.name = "step-timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct verify_args, step_ms),
     .arg = "DURATION",
     .fallback = "15m",
     .help = "Time limit of booting the recovery. Time of a twin is its "
             "own."},
    BUNDLE_COMMON_OPTS(offsetof(struct verify_args, check)),
    AW_TRUST_LOG_OPTS(offsetof(struct verify_args, check.trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct verify_args, check.trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct verify_args, check.trust)),
};

/* What is verified. */
enum target { TARGET_BUNDLE, TARGET_IMAGE, TARGET_DEVICE };

/* Options that do not go with every target. */
static const struct {
    const char *name;
    bool with[3]; /* by target */
    const char *belongs;
} limited[] = {
    {"firmware", {true, false, false}, "--bundle"},
    {"hab-signature", {true, false, false}, "--bundle"},
    {"component", {true, false, false}, "--bundle"},
    {"least-version", {true, false, false}, "--bundle"},
    {"boot0", {false, true, false}, "--image"},
    {"boot1", {false, true, false}, "--image"},
    {"partial", {false, true, false}, "--image"},
    {"strict-residue", {false, true, true}, "--image, or to a device"},
    {"sample", {false, true, true}, "--image, or to a device"},
    {"device", {false, false, true}, "a device"},
    {"wait", {false, false, true}, "a device"},
    {"binaries-url", {false, false, true}, "a device"},
    {"blockdevs", {false, false, true}, "a device"},
    {"blockdev", {false, false, true}, "a device"},
    {"running-recovery", {false, false, true}, "a device"},
    {"step-timeout", {false, false, true}, "a device"},
};

static enum target target_of(const struct verify_args *args)
{
    if (args->bundle != NULL) {
        return TARGET_BUNDLE;
    }
    return args->image != NULL ? TARGET_IMAGE : TARGET_DEVICE;
}

static int check_usage(struct aw_ctx *ctx, const struct verify_args *args)
{
    enum target target = target_of(args);

    if (args->bundle != NULL && args->image != NULL) {
        return aw_usage(ctx, "give one of --bundle and --image");
    }
    for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
        if (!limited[i].with[target] &&
            aw_opts_given(&ctx->opts, limited[i].name)) {
            return aw_usage(ctx, "--%s belongs to %s", limited[i].name,
                            limited[i].belongs);
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
        code = aw_trust_load_log(ctx, &args->check.trust, &trust);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    switch (target_of(args)) {
    case TARGET_BUNDLE:
        return bundle_check(ctx, args->bundle, &args->check, trust, NULL, NULL);
    case TARGET_IMAGE:
        return verify_image(ctx, args, trust);
    case TARGET_DEVICE:
        break;
    }
    return verify_live(ctx, args, trust);
}

const struct aw_cmd aw_cmd_verify = {
    .name = "verify",
    .summary = "verify a device, an image of it, or a proof bundle",
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
        "--log-url names is asked unless --offline is given.\n\nWithout "
        "--bundle and --image a device on USB is verified in the same way: "
        "the newest recovery of the log is verified and sent to it over "
        "serial download, and reads the eMMC. Nothing is written.",
    .opts = verify_opts,
    .n_opts = sizeof(verify_opts) / sizeof(verify_opts[0]),
    .size = sizeof(struct verify_args),
    .run = run_verify,
    .program = true,
};
