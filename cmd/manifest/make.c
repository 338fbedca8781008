/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/make.h"

#include <string.h>

#include "aw/sha256.h"
#include "aw/text.h"
#include "manifest/manifest.h"

struct make {
    struct aw_ctx *ctx;
    const struct manifest_says *says;
    struct aw_manifest m;
};

/* Bytes of the name of a variable, KEY=VALUE; 0: it has none. */
static size_t name_length(const char *env)
{
    const char *sign = strchr(env, '=');

    return sign == NULL ? 0 : (size_t)(sign - env);
}

static bool named_before(const struct aw_list *envs, size_t i)
{
    size_t n = name_length(envs->item[i]);

    for (size_t j = 0; j < i; j++) {
        if (strncmp(envs->item[i], envs->item[j], n + 1) == 0) {
            return true;
        }
    }
    return false;
}

/* What a builder takes in one way only: it cannot be mended in the log. */
static int check_envs(struct aw_ctx *ctx, const struct aw_list *envs)
{
    if (envs->n > AW_MANIFEST_ENVS_MAX) {
        return aw_usage(ctx, "at most %d times --build-env",
                        (int)AW_MANIFEST_ENVS_MAX);
    }
    for (size_t i = 0; i < envs->n; i++) {
        if (name_length(envs->item[i]) == 0) {
            return aw_usage(ctx, "--build-env is KEY=VALUE, not %s",
                            envs->item[i]);
        }
        if (named_before(envs, i)) {
            return aw_usage(ctx, "--build-env gives a variable twice: %s",
                            envs->item[i]);
        }
    }
    return AW_EXIT_OK;
}

static int check_build(struct aw_ctx *ctx, const struct manifest_says *args)
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
    return check_envs(ctx, &args->envs);
}

static int check_hab(struct aw_ctx *ctx, const struct manifest_says *args,
                     const struct manifest_artefacts *of)
{
    bool has = aw_component_has_hab(of->component);

    if (!has && (args->hab_target != NULL || of->has_hab_signature)) {
        return aw_usage(ctx, "%s is for BOOTLOADER and RECOVERY",
                        of->has_hab_signature ? "--hab-signature-file"
                                              : "--hab-target");
    }
    if ((args->hab_target == NULL) != !of->has_hab_signature) {
        return aw_usage(ctx, "--hab-target and --hab-signature-file go "
                             "together");
    }
    if (args->hab_target == NULL && has) {
        aw_warn(ctx, "a manifest of boot loader or recovery without --hab-"
                     "target fits no device");
    }
    return AW_EXIT_OK;
}

/* JSON cannot hold other bytes; a writer would put signs in their place, and
 * the wrong text would be signed. */
static int check_text(struct aw_ctx *ctx, const struct manifest_says *says)
{
    const char *const text[] = {says->hab_target, says->recipe, says->toolchain,
                                says->toolchain_version, says->commit};
    bool fine = true;

    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        fine = fine && (text[i] == NULL || aw_utf8_valid(aw_text(text[i])));
    }
    for (size_t i = 0; i < says->envs.n; i++) {
        fine = fine && aw_utf8_valid(aw_text(says->envs.item[i]));
    }
    return fine ? AW_EXIT_OK
                : aw_usage(ctx, "what is in a manifest is text in UTF-8; an "
                                "option has other bytes, --build-env perhaps");
}

int manifest_says_check(struct aw_ctx *ctx, const struct manifest_says *says,
                        const struct manifest_artefacts *of)
{
    int code = check_build(ctx, says);

    if (code == AW_EXIT_OK) {
        code = check_text(ctx, says);
    }
    return code == AW_EXIT_OK ? check_hab(ctx, says, of) : code;
}

static int no_version(struct aw_ctx *ctx, const char *option, const char *value,
                      const char *better)
{
    return aw_usage(ctx, "%s is no semantic version, such as 1.2.3: %s%s%s",
                    option, value, better == NULL ? "" : "; say ",
                    better == NULL ? "" : better);
}

/* A version in upstream's canonical spelling; a v in front is dropped. */
static int read_version(struct aw_ctx *ctx, const char *option,
                        const char *value, aw_bytes *text)
{
    static const char go[] = "go";
    struct aw_semver v;
    size_t room = strlen(value) + 64; /* numbers never grow */
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    const char *bare = value[0] == 'v' ? value + 1 : value;

    if (aw_semver_parse(aw_text(bare), &v) != AW_OK) {
        /* As the compiler names itself. */
        bool named =
            strncmp(value, go, sizeof(go) - 1) == 0 &&
            aw_semver_parse(aw_text(value + sizeof(go) - 1), &v) == AW_OK;

        return no_version(ctx, option, value,
                          named ? value + sizeof(go) - 1 : NULL);
    }
    aw_semver_write(&v, &w);
    *text = aw_wr_done(&w);
    /* What is signed is what was asked for. */
    return aw_bytes_is(*text, bare)
               ? AW_EXIT_OK
               : no_version(ctx, option, value,
                            aw_pool_bytes(&ctx->pool, *text));
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

static int fill_build(struct make *c)
{
    const struct manifest_says *args = c->says;
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

static int fill(struct make *c, const struct manifest_artefacts *of)
{
    const struct manifest_says *says = c->says;
    struct aw_manifest *m = &c->m;

    m->schema_version = says->schema_version;
    m->component = of->component;
    m->has_component = true;
    m->commit = aw_text(says->commit);
    m->has_firmware_sha256 = true;
    aw_sha256(of->image, m->firmware_sha256);
    if (says->hab_target != NULL) {
        m->has_hab = true;
        m->hab_target = aw_text(says->hab_target);
        m->has_hab_sig_sha256 = true;
        aw_sha256(of->hab_signature, m->hab_sig_sha256);
    }
    int code = read_version(c->ctx, "--git-tag", says->tag, &m->tag_name);

    return code == AW_EXIT_OK ? fill_build(c) : code;
}

/* Text of the manifest, read back: what no reader takes is not made. */
static int make_text(struct make *c, aw_bytes *text)
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

int manifest_make(struct aw_ctx *ctx, const struct manifest_says *says,
                  const struct manifest_artefacts *of, aw_bytes *text)
{
    struct make *c = aw_pool_alloc(&ctx->pool, 1, sizeof(*c));

    c->ctx = ctx;
    c->says = says;
    int code = fill(c, of);

    return code == AW_EXIT_OK ? make_text(c, text) : code;
}
