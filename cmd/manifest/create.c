/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signer.h"
#include "manifest/make.h"
#include "manifest/manifest.h"

/* Largest HAB signature, in bytes. */
enum { HAB_SIGNATURE_MAX = 64 * 1024 };

struct create_args {
    unsigned type;
    const char *firmware;
    const char *hab_signature;
    struct manifest_says says;
    bool raw;
    const char *key;
    const char *key_name;
    const char *output;
};

#define AT(field) .at = offsetof(struct create_args, field)

static const struct aw_opt opts[] = {
    {.name = "firmware-type",
     .alias = "component",
     .type = AW_OPT_CHOICE,
     AT(type),
     .arg = "BOOTLOADER|RECOVERY|TRUSTED_OS|TRUSTED_APPLET",
     .help = "Component that the firmware is.",
     .required = true},
    {.name = "firmware-file",
     .alias = "image",
     .type = AW_OPT_TEXT,
     AT(firmware),
     .arg = "FILE",
     .help = "The firmware: the ELF of OS or applet, the IMX of boot loader or "
             "recovery without its HAB signature.",
     .required = true},
    {.name = "hab-target",
     .type = AW_OPT_TEXT,
     AT(says.hab_target),
     .arg = "NAME",
     .help = "Devices that the HAB signature is for, such as ci or prod."},
    {.name = "hab-signature-file",
     .alias = "hab-sig",
     .type = AW_OPT_TEXT,
     AT(hab_signature),
     .arg = "FILE",
     .help = "HAB signature (CSF) of boot loader or recovery."},
    MANIFEST_SAY_OPTS(offsetof(struct create_args, says), true),
    {.name = "raw",
     .type = AW_OPT_FLAG,
     AT(raw),
     .help = "Make the bare JSON text; sign it later with aw manifest sign."},
    {.name = "key",
     .alias = "private-key-file",
     .type = AW_OPT_TEXT,
     AT(key),
     .arg = AW_KEY_ARG,
     .help = "Without --raw, sign it. " AW_KEY_HELP},
    AW_KEY_NAME_OPT(offsetof(struct create_args, key_name)),
    {.name = "output",
     .alias = "o output-file",
     .type = AW_OPT_TEXT,
     AT(output),
     .arg = "FILE",
     .help = "Write the manifest to a new file in place of standard output."},
};

/* The order of the choices above. */
static const enum aw_component types[] = {AW_BOOTLOADER, AW_RECOVERY,
                                          AW_TRUSTED_OS, AW_TRUSTED_APPLET};

struct create {
    struct aw_ctx *ctx;
    const struct create_args *args;
};

static int check_key(struct aw_ctx *ctx, const struct create_args *args)
{
    if (args->raw == (args->key != NULL)) {
        return aw_usage(ctx, "give one of --raw and --key");
    }
    if (args->key == NULL && args->key_name != NULL) {
        return aw_usage(ctx, "--key-name needs --key");
    }
    return AW_EXIT_OK;
}

static int read_artefacts(struct aw_ctx *ctx, const struct create_args *args,
                          struct manifest_artefacts *of)
{
    of->component = types[args->type];
    of->has_hab_signature = args->hab_signature != NULL;
    int code = manifest_says_check(ctx, &args->says, of);

    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, args->firmware, AW_FIRMWARE_MAX, &of->image);
    }
    if (code == AW_EXIT_OK && of->has_hab_signature) {
        code = aw_input_read(ctx, args->hab_signature, HAB_SIGNATURE_MAX,
                             &of->hab_signature);
    }
    return code;
}

static int put_signed(struct create *c, aw_bytes text)
{
    enum { LINE_ROOM = 1024 };
    struct aw_ctx *ctx = c->ctx;
    size_t room = text.n + LINE_ROOM;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    struct aw_signer_use by;
    int code = aw_signer_open(ctx, c->args->key, c->args->key_name, &by);

    if (code == AW_EXIT_OK) {
        code = aw_signer_note(ctx, &by, text, "the manifest", &w);
    }
    if (code == AW_EXIT_OK) {
        code = manifest_put_result(ctx, c->args->output, aw_wr_done(&w),
                                   &by.by.key);
    }
    aw_signer_close(&by);
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct create c = {.ctx = ctx, .args = values};
    struct manifest_artefacts of = {.image = {NULL, 0}};
    aw_bytes text = {NULL, 0};
    int code = check_key(ctx, c.args);

    if (code == AW_EXIT_OK) {
        code = read_artefacts(ctx, c.args, &of);
    }
    if (code == AW_EXIT_OK) {
        code = manifest_make(ctx, &c.args->says, &of, &text);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return c.args->raw ? manifest_put_result(ctx, c.args->output, text, NULL)
                       : put_signed(&c, text);
}

const struct aw_cmd aw_cmd_manifest_create = {
    .name = "create",
    .summary = "make the manifest of a release",
    .prose = "Makes the manifest of one release of one component, signed or, "
             "with --raw, as bare JSON text. For the same values the bytes are "
             "those of upstream's tool, whose options are taken.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct create_args),
    .run = run,
};
