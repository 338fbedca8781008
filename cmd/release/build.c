/* SPDX-License-Identifier: Apache-2.0 */
#include "release/build.h"

#include <string.h>

#include "aw/ftlog/announce.h"
#include "aw/hostio/file.h"
#include "common/input.h"

/* Variables that are compiled in, with upstream's names. */
static const char *const variables[] = {"LOG_ORIGIN",        "LOG_PUBLIC_KEY",
                                        "OS_PUBLIC_KEY1",    "OS_PUBLIC_KEY2",
                                        "APPLET_PUBLIC_KEY", "SRK_HASH"};

enum {
    VARIABLES = sizeof(variables) / sizeof(variables[0]),
    VALUE_MAX = 1024,
    FILE_MODE = 0644,
    DIR_MODE = 0755,
    CSF_MAX = 64 * 1024
};

#define RECIPE  "c-firmware-1"
#define PACKAGE "gcc-arm-none-eabi"

struct args {
    struct aw_trust_args trust;
    const char *tag;
    const char *commit;
    const char *source;
    const char *output;
    const char *signatures;
    uint64_t jobs;
    const char *version;
    const char *sha256;
    bool applet;
};

static const struct aw_opt opts[] = {
    {.name = "git-tag",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, tag),
     .arg = "VERSION",
     .help = "Version of the release, a semantic version.",
     .required = true},
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "DIR",
     .help = "Folder for images and manifests; it is made when it is missing. "
             "The build goes on below it, in build.",
     .required = true},
    {.name = "source",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, source),
     .arg = "DIR",
     .fallback = ".",
     .help = "Source tree to build from."},
    {.name = "git-commit-fingerprint",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, commit),
     .arg = "HEX",
     .help = "Commit that the tree is; by default git is asked, and has to say "
             "that nothing was changed since."},
    {.name = "hab-signatures",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, signatures),
     .arg = "DIR",
     .help = "Folder with the HAB signatures boot.csf and recovery.csf of "
             "images that an earlier run made."},
    {.name = "applet",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, applet),
     .help = "Build the trusted applet, too."},
    {.name = "jobs",
     .alias = "j",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, jobs),
     .arg = "N",
     .fallback = "2",
     .help = "How many compilers run at a time."},
    {.name = "toolchain-version",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, version),
     .arg = "VERSION",
     .help = "Version of the package " PACKAGE "; by default that which is "
             "installed."},
    {.name = "toolchain-sha256",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, sha256),
     .arg = "HEX",
     .help = "SHA-256 of that package; by default apt's lists are asked."},
    AW_TRUST_WHO_OPTS(offsetof(struct args, trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct args, trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct args, trust)),
};

/* The images: a target of the build, its file, and what it is called here. */
static const struct product {
    enum aw_component component;
    const char *target;
    const char *built;
    const char *name;
    const char *csf;
} products[] = {
    {AW_BOOTLOADER, "boot", "firmware/boot.imx", "boot.imx", "boot.csf"},
    {AW_RECOVERY, "recovery", "firmware/recovery.imx", "recovery.imx",
     "recovery.csf"},
    {AW_TRUSTED_OS, "os", "firmware/os.elf", "trusted_os.elf", NULL},
    {AW_TRUSTED_APPLET, "applet", "firmware/applet.elf", "trusted_applet.elf",
     NULL},
};

enum { PRODUCTS = sizeof(products) / sizeof(products[0]) };

struct build {
    struct aw_ctx *ctx;
    const struct args *args;
    struct aw_trust *trust;
    struct manifest_says says;
    const char *env[VARIABLES]; /* NAME=VALUE */
    const char *folder;         /* of the build */
    const char *log;
};

static const char *join(const struct build *b, const char *folder,
                        const char *name)
{
    return aw_pool_printf(&b->ctx->pool, "%s/%s", folder, name);
}

static int refuse(struct build *b, const char *what, const char *subject,
                  const char *remedy)
{
    return aw_report(b->ctx, &(struct aw_finding){.err = AW_ERR_PRECONDITION,
                                                  .on = AW_ON_LOCAL,
                                                  .what = what,
                                                  .subject = subject,
                                                  .remedy = remedy});
}

/* What the policy fixes is what is compiled in; an image with a gap there
 * would trust nobody, or the tests. */
static int take_variables(struct build *b)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        char value[VALUE_MAX];
        struct aw_wr w = aw_wr_init(value, sizeof(value));

        aw_policy_env(&b->trust->use.policy, aw_text(variables[i]), &w);
        aw_bytes text = aw_wr_done(&w);

        if (text.n == 0) {
            return refuse(b, "the policy does not fix what is compiled in",
                          variables[i], "give a policy that has it");
        }
        b->env[i] = aw_pool_printf(&b->ctx->pool, "%s=%s", variables[i],
                                   aw_pool_bytes(&b->ctx->pool, text));
    }
    b->says.envs.n = VARIABLES;
    b->says.envs.item = b->env;
    return AW_EXIT_OK;
}

static int take_commit(struct build *b)
{
    const char *source = b->args->source;
    const char *const head[] = {"git", "-C", source, "rev-parse", "HEAD", NULL};
    const char *const status[] = {
        "git", "-C", source, "status", "--porcelain", "--untracked-files=no",
        NULL};
    const char *text = NULL;

    b->says.commit = b->args->commit;
    if (b->args->commit != NULL) {
        return AW_EXIT_OK;
    }
    if (!build_capture(b->ctx, head, &b->says.commit)) {
        return refuse(b, "git does not know what this tree is", source,
                      "give --git-commit-fingerprint");
    }
    if (!build_capture(b->ctx, status, &text) || text[0] != '\0') {
        return refuse(b, "the tree was changed since its commit", source,
                      "commit, or check out what is to be released");
    }
    return AW_EXIT_OK;
}

/* The field of a package's record; NULL without it. */
static const char *field_of(struct build *b, const char *record,
                            const char *name)
{
    aw_bytes text = aw_text(record);
    size_t at = 0;

    while (at < text.n) {
        size_t end = aw_bytes_find(text, at, '\n');
        aw_bytes line = {text.p + at, end - at};

        if (aw_bytes_starts(line, name)) {
            aw_bytes value = {line.p + strlen(name), line.n - strlen(name)};

            return aw_pool_bytes(&b->ctx->pool, value);
        }
        at = end + 1;
    }
    return NULL;
}

static int take_toolchain(struct build *b)
{
    const char *const ask[] = {"dpkg-query", "-W",    "-f",
                               "${Version}", PACKAGE, NULL};
    const char *record = NULL;

    b->says.toolchain = PACKAGE;
    b->says.toolchain_version = b->args->version;
    b->says.toolchain_sha256 = b->args->sha256;
    if (b->args->version == NULL &&
        !build_capture(b->ctx, ask, &b->says.toolchain_version)) {
        return refuse(b, "no version of the compiler's package", PACKAGE,
                      "give --toolchain-version");
    }
    const char *const show[] = {
        "apt-cache", "show",
        aw_pool_printf(&b->ctx->pool, PACKAGE "=%s", b->says.toolchain_version),
        NULL};

    if (b->args->sha256 == NULL && build_capture(b->ctx, show, &record)) {
        b->says.toolchain_sha256 = field_of(b, record, "SHA256: ");
    }
    return b->says.toolchain_sha256 != NULL
               ? AW_EXIT_OK
               : refuse(b, "apt does not know the compiler's package", PACKAGE,
                        "give --toolchain-sha256");
}

static int take_sources(struct build *b)
{
    uint8_t digest[AW_SHA256_SIZE];
    char hex[2 * AW_SHA256_SIZE + 1];
    struct aw_wr w = aw_wr_init(hex, sizeof(hex));
    aw_bytes lock = {0};
    int code = aw_input_read(
        b->ctx, join(b, b->args->source, "cmake/sources.lock"), CSF_MAX, &lock);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_sha256(lock, digest);
    aw_wr_hex(&w, (aw_bytes){digest, sizeof(digest)});
    b->says.sources_sha256 = aw_pool_bytes(&b->ctx->pool, aw_wr_done(&w));
    return AW_EXIT_OK;
}

static int failed(struct build *b, const char *program, int status)
{
    return aw_report(
        b->ctx,
        &(struct aw_finding){
            .err = AW_ERR_IO,
            .on = AW_ON_LOCAL,
            .exit = AW_EXIT_BUILD,
            .what = "the build failed",
            .subject = program,
            .got = status < 0 ? "it could not be started, or was killed"
                              : aw_pool_printf(&b->ctx->pool, "exit status %d",
                                               status),
            .remedy = aw_pool_printf(&b->ctx->pool, "see %s", b->log)});
}

/* cmake --preset firmware, with what is compiled in. */
static int configure(struct build *b)
{
    enum { FIXED = 7 };
    struct aw_pool *pool = &b->ctx->pool;
    const char *line[FIXED + VARIABLES + 3] = {
        "cmake",         "--preset", "firmware", "-S",
        b->args->source, "-B",       b->folder};

    for (size_t i = 0; i < VARIABLES; i++) {
        line[FIXED + i] = aw_pool_printf(pool, "-D%s", b->env[i]);
    }
    line[FIXED + VARIABLES] =
        aw_pool_printf(pool, "-DGIT_SEMVER_TAG=%s", b->says.tag);
    line[FIXED + VARIABLES + 1] =
        aw_pool_printf(pool, "-DREV=%s", b->says.commit);
    line[FIXED + VARIABLES + 2] = NULL;
    int status = build_run(line, b->log);

    return status == 0 ? AW_EXIT_OK : failed(b, "cmake --preset", status);
}

static bool is_wanted(const struct build *b, const struct product *p)
{
    return p->component != AW_TRUSTED_APPLET || b->args->applet;
}

static int compile(struct build *b)
{
    enum { FIXED = 6 };
    const char *line[FIXED + PRODUCTS + 1] = {
        "cmake",
        "--build",
        b->folder,
        "-j",
        aw_pool_printf(&b->ctx->pool, "%llu",
                       (unsigned long long)b->args->jobs),
        "--target"};
    size_t n = FIXED;

    for (size_t i = 0; i < PRODUCTS; i++) {
        if (is_wanted(b, &products[i])) {
            line[n++] = products[i].target;
        }
    }
    line[n] = NULL;
    int status = build_run(line, b->log);

    return status == 0 ? AW_EXIT_OK : failed(b, "cmake --build", status);
}

static int write_file(struct build *b, const char *path, aw_bytes data)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_file_write(path, data, FILE_MODE, AW_FILE_REPLACE, &host);

    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(b->ctx, &(struct aw_finding){.err = err,
                                                        .on = AW_ON_LOCAL,
                                                        .subject = path,
                                                        .host = &host});
}

/* The manifest of an image; one that needs a HAB signature and has none gets
 * none. */
static int make_manifest(struct build *b, const struct product *p,
                         aw_bytes image)
{
    struct manifest_artefacts of = {.component = p->component, .image = image};
    struct manifest_says says = b->says;
    aw_bytes text = {0};
    int code = AW_EXIT_OK;

    if (p->csf != NULL && b->args->signatures == NULL) {
        aw_warn(b->ctx,
                "%s: no manifest before it is signed: aw hab sign, "
                "then again with --hab-signatures",
                p->name);
        return AW_EXIT_OK;
    }
    if (p->csf != NULL) {
        of.has_hab_signature = true;
        says.hab_target =
            aw_pool_bytes(&b->ctx->pool, b->trust->use.policy.hab_target);
        code = aw_input_read(b->ctx, join(b, b->args->signatures, p->csf),
                             CSF_MAX, &of.hab_signature);
    }
    if (code == AW_EXIT_OK) {
        code = manifest_says_check(b->ctx, &says, &of);
    }
    if (code == AW_EXIT_OK) {
        code = manifest_make(b->ctx, &says, &of, &text);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *path = join(b, b->args->output,
                            aw_pool_printf(&b->ctx->pool, "%s.json", p->name));

    aw_out_text(&b->ctx->out, "manifest", path);
    return write_file(b, path, text);
}

static int take_product(struct build *b, const struct product *p)
{
    uint8_t digest[AW_SHA256_SIZE];
    const char *path = join(b, b->args->output, p->name);
    aw_bytes image = {0};
    int code = aw_input_read(b->ctx, join(b, b->folder, p->built),
                             AW_FIRMWARE_MAX, &image);

    if (code == AW_EXIT_OK) {
        code = write_file(b, path, image);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_sha256(image, digest);
    aw_out_begin(&b->ctx->out, NULL);
    aw_out_text(&b->ctx->out, "component", aw_component_name(p->component));
    aw_out_text(&b->ctx->out, "image", path);
    aw_out_u64(&b->ctx->out, "size", image.n);
    aw_out_hex(&b->ctx->out, "sha256", (aw_bytes){digest, sizeof(digest)});
    code = make_manifest(b, p, image);
    aw_out_end(&b->ctx->out);
    return code;
}

static int take_products(struct build *b)
{
    int code = AW_EXIT_OK;

    aw_out_text(&b->ctx->out, "version", b->says.tag);
    aw_out_text(&b->ctx->out, "commit", b->says.commit);
    aw_out_text(&b->ctx->out, "toolchain",
                aw_pool_printf(&b->ctx->pool, "%s %s", b->says.toolchain,
                               b->says.toolchain_version));
    aw_out_begin_list(&b->ctx->out, "images");
    for (size_t i = 0; i < PRODUCTS && code == AW_EXIT_OK; i++) {
        if (is_wanted(b, &products[i])) {
            code = take_product(b, &products[i]);
        }
    }
    aw_out_end_list(&b->ctx->out);
    return code;
}

static int make_folder(struct build *b)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_dir_make(b->args->output, DIR_MODE, &host);

    b->folder = join(b, b->args->output, "build");
    b->log = join(b, b->args->output, "build.log");
    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(b->ctx,
                           &(struct aw_finding){.err = err,
                                                .on = AW_ON_LOCAL,
                                                .subject = b->args->output,
                                                .host = &host});
}

static int run(struct aw_ctx *ctx, const void *values)
{
    static int (*const steps[])(struct build *) = {
        take_variables, take_commit, take_toolchain, take_sources,
        make_folder,    configure,   compile,        take_products};
    struct build b = {.ctx = ctx, .args = values};
    int code = aw_trust_load(ctx, &b.args->trust, &b.trust);

    b.says.tag = b.args->tag;
    b.says.recipe = RECIPE;
    for (size_t i = 0;
         code == AW_EXIT_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        code = steps[i](&b);
    }
    return code;
}

const struct aw_cmd aw_cmd_release_build = {
    .name = "build",
    .summary = "build the images of a release from source",
    .prose =
        "Builds the firmware with what the policy says compiled in: origin and "
        "key of the log, keys of OS and applet, SRK hash. Writes the images "
        "and, for each, the manifest that aw release publish takes.\n\n"
        "Bootloader and recovery get theirs once they are signed: sign the "
        "images with aw hab sign, and run the command again with "
        "--hab-signatures. A build from the same source gives the same bytes.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
