/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verify.h"

#include "bundle/load.h"
#include "verify/judge.h"

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
    FILE_ROW(firmware, "firmware",
             "Image that belongs to the bundle: ELF, or IMX without HAB "
             "signature."),
    FILE_ROW(hab_signature, "hab-signature",
             "HAB signature that belongs to the bundle."),
    FILE_ROW(image, "image",
             "eMMC image or block device: judges every byte of it."),
    FILE_ROW(boot0, "boot0", "Image of the first eMMC boot partition."),
    FILE_ROW(boot1, "boot1", "Image of the second eMMC boot partition."),
    {.name = "strict-residue",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, strict_residue),
     .help = "Unknown bytes that an update may have left are exit code 14, "
             "not a warning."},
    {.name = "proof-dir",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct verify_args, proof_dir),
     .arg = "DIR",
     .help = "Writes each manifest with its proof (tlog-proof) below DIR, for "
             "others to check offline."},
    AW_TRUST_LOG_OPTS(offsetof(struct verify_args, trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct verify_args, trust)),
};

int verify_bundle(struct aw_ctx *ctx, const struct verify_args *args,
                  const struct aw_trust *trust)
{
    struct bundle_loaded *loaded =
        aw_pool_alloc(&ctx->pool, 1, sizeof(*loaded));
    struct aw_verdict *verdict = aw_pool_alloc(&ctx->pool, 1, sizeof(*verdict));
    int code = bundle_load(ctx, args->bundle, loaded);

    if (code == AW_EXIT_OK) {
        code = bundle_load_image(ctx, args->firmware, args->hab_signature,
                                 &loaded->bundle);
    }
    if (code == AW_EXIT_OK) {
        code = judge_bundle(ctx, trust, &loaded->bundle, args->bundle, verdict);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_text(&ctx->out, "verified", "bundle");
    aw_out_text(&ctx->out, "form", bundle_form_name(loaded->form));
    judge_show(ctx, verdict);
    aw_policy_put(ctx, &trust->use);
    if (!verdict->release.has_firmware) {
        aw_warn(ctx, "the image itself was not checked: give --firmware");
    }
    struct aw_tree tree = {verdict->checkpoint.size, verdict->checkpoint.root};

    return judge_history(ctx, trust, &tree, loaded->bundle.checkpoint,
                         args->trust.log_url != NULL);
}

static int run_verify(struct aw_ctx *ctx, const void *values)
{
    const struct verify_args *args = values;
    struct aw_trust *trust = NULL;

    if ((args->bundle == NULL) == (args->image == NULL)) {
        return aw_usage(ctx, "give one of --bundle and --image");
    }
    if (args->image != NULL &&
        (args->firmware != NULL || args->hab_signature != NULL)) {
        return aw_usage(ctx, "--firmware and --hab-signature belong to "
                             "--bundle");
    }
    if (args->bundle != NULL &&
        (args->boot0 != NULL || args->boot1 != NULL || args->strict_residue)) {
        return aw_usage(ctx, "--boot0, --boot1 and --strict-residue belong to "
                             "--image");
    }
    int code = aw_trust_load(ctx, &args->trust, &trust);

    if (code == AW_EXIT_OK) {
        code = aw_trust_need_log(ctx, trust);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return args->bundle != NULL ? verify_bundle(ctx, args, trust)
                                : verify_image(ctx, args, trust);
}

const struct aw_cmd aw_cmd_verify = {
    .name = "verify",
    .summary = "verify a proof bundle or an eMMC image against the log",
    .prose =
        "Checks, in this order: the checkpoint's signature and origin, the "
        "witness quorum where the policy asks for one, the manifest's "
        "signatures, component and HAB target, its inclusion in the log, the "
        "digests of image and HAB signature.\n"
        "A bundle is checked offline; with --log-url the log is asked for "
        "consistency too. For an image every byte is judged by the map of the "
        "eMMC, and the policy's log is asked unless --offline is given.",
    .opts = verify_opts,
    .n_opts = sizeof(verify_opts) / sizeof(verify_opts[0]),
    .size = sizeof(struct verify_args),
    .run = run_verify,
    .program = true,
};
