/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sha256.h"
#include "aw/text.h"
#include "common/signer.h"
#include "manifest/manifest.h"

/* Largest HAB signature, in bytes. */
enum { HAB_SIGNATURE_MAX = 64 * 1024 };

struct create_args {
    unsigned type;
    const char *firmware;
    const char *tag;
    const char *commit;
    uint64_t schema_version;
    const char *hab_target;
    const char *hab_signature;
    const char *tamago;
    struct aw_list envs;
    const char *recipe;
    const char *toolchain;
    const char *toolchain_version;
    const char *toolchain_sha256;
    const char *sources_sha256;
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
    {.name = "git-tag",
     .type = AW_OPT_TEXT,
     AT(tag),
     .arg = "VERSION",
     .help = "Version of the release, a semantic version; a v in front is "
             "dropped.",
     .required = true},
    {.name = "git-commit-fingerprint",
     .type = AW_OPT_TEXT,
     AT(commit),
     .arg = "HEX",
     .help = "Commit that it is built from, 40 lower-case hex digits.",
     .required = true},
    {.name = "schema-version",
     .type = AW_OPT_U64,
     AT(schema_version),
     .arg = "N",
     .fallback = "0",
     .help = "Version of the manifest's form, 0 or 1."},
    {.name = "hab-target",
     .type = AW_OPT_TEXT,
     AT(hab_target),
     .arg = "NAME",
     .help = "Devices that the HAB signature is for, such as ci or prod."},
    {.name = "hab-signature-file",
     .alias = "hab-sig",
     .type = AW_OPT_TEXT,
     AT(hab_signature),
     .arg = "FILE",
     .help = "HAB signature (CSF) of boot loader or recovery."},
    {.name = "build-env",
     .type = AW_OPT_LIST,
     AT(envs),
     .arg = "KEY=VALUE",
     .group = "Build",
     .help = "Environment variable that the build needs. May be repeated."},
    {.name = "tamago-version",
     .type = AW_OPT_TEXT,
     AT(tamago),
     .arg = "VERSION",
     .group = "Build",
     .help = "Version of the TamaGo compiler, for firmware in Go; a v in front "
             "is dropped."},
    {.name = "recipe",
     .type = AW_OPT_TEXT,
     AT(recipe),
     .arg = "NAME",
     .group = "Build",
     .help = "How firmware in C is built, such as c-firmware-1. Then the four "
             "options below are needed, too."},
    {.name = "toolchain-name",
     .type = AW_OPT_TEXT,
     AT(toolchain),
     .arg = "NAME",
     .group = "Build",
     .help = "Package of the compiler."},
    {.name = "toolchain-version",
     .type = AW_OPT_TEXT,
     AT(toolchain_version),
     .arg = "VERSION",
     .group = "Build",
     .help = "Version of that package."},
    {.name = "toolchain-sha256",
     .type = AW_OPT_TEXT,
     AT(toolchain_sha256),
     .arg = "HEX",
     .group = "Build",
     .help = "SHA-256 of that package."},
    {.name = "sources-sha256",
     .type = AW_OPT_TEXT,
     AT(sources_sha256),
     .arg = "HEX",
     .group = "Build",
     .help = "SHA-256 of the list of third-party sources."},
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
    struct aw_manifest m;
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

static int check_build(struct aw_ctx *ctx, const struct create_args *args)
{
    bool c[] = {args->recipe != NULL, args->toolchain != NULL,
                args->toolchain_version != NULL, args->toolchain_sha256 != NULL,
                args->sources_sha256 != NULL};
    size_t given = 0;

    for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        given += c[i] ? 1 : 0;
    }
    if (given != 0 && given != sizeof(c) / sizeof(c[0])) {
        return aw_usage(ctx, "--recipe, --toolchain-name, --toolchain-version, "
                             "--toolchain-sha256 and --sources-sha256 go "
                             "together");
    }
    if ((given == 0) == (args->tamago == NULL)) {
        return aw_usage(ctx, "give either --tamago-version, for firmware in "
                             "Go, or --recipe and what goes with it");
    }
    return args->envs.n <= AW_MANIFEST_ENVS_MAX
               ? AW_EXIT_OK
               : aw_usage(ctx, "at most %d times --build-env",
                          (int)AW_MANIFEST_ENVS_MAX);
}

static int check_hab(struct aw_ctx *ctx, const struct create_args *args)
{
    bool has = aw_component_has_hab(types[args->type]);

    if ((args->hab_target == NULL) != (args->hab_signature == NULL)) {
        return aw_usage(ctx, "--hab-target and --hab-signature-file go "
                             "together");
    }
    if (args->hab_target != NULL && !has) {
        return aw_usage(ctx, "--hab-target is for BOOTLOADER and RECOVERY");
    }
    if (args->hab_target == NULL && has) {
        aw_warn(ctx, "a manifest of boot loader or recovery without --hab-"
                     "target fits no device");
    }
    return AW_EXIT_OK;
}

/* A version in upstream's canonical spelling. */
static int read_version(struct aw_ctx *ctx, const char *option,
                        const char *value, aw_bytes *text)
{
    struct aw_semver v;
    size_t room = strlen(value) + 64; /* numbers never grow */
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);

    if (value[0] == 'v') {
        value++;
    }
    if (aw_semver_parse(aw_text(value), &v) != AW_OK) {
        return aw_usage(ctx, "%s is no semantic version, such as 1.2.3: %s",
                        option, value);
    }
    aw_semver_write(&v, &w);
    *text = aw_wr_done(&w);
    return AW_EXIT_OK;
}

static int read_hex(struct aw_ctx *ctx, const char *option, const char *value,
                    uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t buf[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    if (aw_hex_decode(aw_text(value), &w) != AW_OK || w.n != sizeof(buf)) {
        return aw_usage(ctx, "%s is 64 hex digits", option);
    }
    memcpy(digest, buf, sizeof(buf));
    return AW_EXIT_OK;
}

static int read_digest(struct aw_ctx *ctx, const char *path, size_t max,
                       uint8_t digest[AW_SHA256_SIZE])
{
    aw_bytes data;
    int code = aw_input_read(ctx, path, max, &data);

    if (code == AW_EXIT_OK) {
        aw_sha256(data, digest);
    }
    return code;
}

static int fill_build(struct create *c)
{
    const struct create_args *args = c->args;
    struct aw_manifest *m = &c->m;

    for (size_t i = 0; i < args->envs.n; i++) {
        m->envs[m->n_envs++] = aw_text(args->envs.item[i]);
    }
    if (args->recipe == NULL) {
        m->has_tamago = true;
        return read_version(c->ctx, "--tamago-version", args->tamago,
                            &m->tamago_version);
    }
    m->recipe = aw_text(args->recipe);
    m->has_toolchain = true;
    m->toolchain_name = aw_text(args->toolchain);
    m->toolchain_version = aw_text(args->toolchain_version);
    m->has_sources_sha256 = true;
    int code = read_hex(c->ctx, "--toolchain-sha256", args->toolchain_sha256,
                        m->toolchain_sha256);

    return code == AW_EXIT_OK
               ? read_hex(c->ctx, "--sources-sha256", args->sources_sha256,
                          m->sources_sha256)
               : code;
}

static int fill_digests(struct create *c)
{
    const struct create_args *args = c->args;
    struct aw_manifest *m = &c->m;
    int code = read_digest(c->ctx, args->firmware, AW_FIRMWARE_MAX,
                           m->firmware_sha256);

    m->has_firmware_sha256 = true;
    if (code != AW_EXIT_OK || args->hab_target == NULL) {
        return code;
    }
    m->has_hab = true;
    m->hab_target = aw_text(args->hab_target);
    m->has_hab_sig_sha256 = true;
    return read_digest(c->ctx, args->hab_signature, HAB_SIGNATURE_MAX,
                       m->hab_sig_sha256);
}

static int fill(struct create *c)
{
    const struct create_args *args = c->args;

    c->m.schema_version = args->schema_version;
    c->m.component = types[args->type];
    c->m.has_component = true;
    c->m.commit = aw_text(args->commit);
    int code = read_version(c->ctx, "--git-tag", args->tag, &c->m.tag_name);

    if (code == AW_EXIT_OK) {
        code = fill_build(c);
    }
    return code == AW_EXIT_OK ? fill_digests(c) : code;
}

/* Text of the manifest, read back: what no reader takes is not made. */
static int make_text(struct create *c, aw_bytes *text)
{
    struct aw_ctx *ctx = c->ctx;
    struct aw_manifest *again = aw_pool_alloc(&ctx->pool, 1, sizeof(*again));
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_MANIFEST_MAX, 1),
                                AW_MANIFEST_MAX);
    struct aw_wr work = manifest_work(ctx);
    struct aw_diag diag = {.where = NULL};

    aw_manifest_write(&c->m, &w);
    aw_err err = w.failed
                     ? AW_ERR_SPACE
                     : aw_manifest_parse(aw_wr_done(&w), &work, again, &diag);

    if (err == AW_OK) {
        *text = aw_wr_done(&w);
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .exit = AW_EXIT_USAGE,
                              .what = "these options make no manifest",
                              .expected = "values that readers take, such as "
                                          "40 lower-case hex digits for the "
                                          "commit",
                              .diag = &diag,
                          });
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
    struct create *c = aw_pool_alloc(&ctx->pool, 1, sizeof(*c));
    aw_bytes text = {NULL, 0};

    c->ctx = ctx;
    c->args = values;
    int code = check_key(ctx, c->args);

    if (code == AW_EXIT_OK) {
        code = check_build(ctx, c->args);
    }
    if (code == AW_EXIT_OK) {
        code = check_hab(ctx, c->args);
    }
    if (code == AW_EXIT_OK) {
        code = fill(c);
    }
    if (code == AW_EXIT_OK) {
        code = make_text(c, &text);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return c->args->raw ? manifest_put_result(ctx, c->args->output, text, NULL)
                        : put_signed(c, text);
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
