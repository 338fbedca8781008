/* SPDX-License-Identifier: Apache-2.0 */
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "aw/emmc.h"
#include "common/input.h"
#include "judge/judge.h"
#include "manifest/manifest.h"
#include "release/publish.h"

enum { HAB_SIGNATURE_MAX = 64 * 1024 };

static int read_component(struct publish *p)
{
    if (aw_component_parse(aw_text(p->args->component),
                           &p->announce.component) == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_usage(p->ctx,
                    "--component: %s is none of BOOTLOADER, RECOVERY, "
                    "TRUSTED_OS and TRUSTED_APPLET",
                    p->args->component);
}

static void note_artefact(struct publish *p, const char *kind, aw_bytes data,
                          const uint8_t *sha256)
{
    p->artefact[p->n_artefacts++] =
        (struct publish_artefact){.kind = kind, .data = data, .sha256 = sha256};
}

static int read_artefacts(struct publish *p)
{
    struct aw_announce *a = &p->announce;
    int code =
        aw_input_read(p->ctx, p->args->image, AW_FIRMWARE_MAX, &a->image);

    if (code != AW_EXIT_OK) {
        return code;
    }
    note_artefact(p, "firmware", a->image, a->manifest.firmware_sha256);
    if (p->args->hab_signature == NULL) {
        return AW_EXIT_OK;
    }
    a->has_hab_signature = true;
    code = aw_input_read(p->ctx, p->args->hab_signature, HAB_SIGNATURE_MAX,
                         &a->hab_signature);
    note_artefact(p, "hab_signature", a->hab_signature,
                  a->manifest.hab_sig_sha256);
    return code;
}

static bool says_anything(const struct manifest_says *says)
{
    return says->tag != NULL || says->commit != NULL || says->tamago != NULL ||
           says->envs.n > 0 || says->recipe != NULL ||
           says->toolchain != NULL || says->toolchain_version != NULL ||
           says->toolchain_sha256 != NULL || says->sources_sha256 != NULL;
}

/* The manifest that the options describe. */
static int make_manifest(struct publish *p)
{
    const struct aw_announce *a = &p->announce;
    struct manifest_says says = p->args->says;
    const struct manifest_artefacts of = {
        .component = a->component,
        .image = a->image,
        .has_hab_signature = a->has_hab_signature,
        .hab_signature = a->hab_signature,
    };
    aw_bytes target = p->trust->use.policy.hab_target;

    if (says.tag == NULL || says.commit == NULL) {
        return aw_usage(p->ctx, "give --manifest, or --git-tag, "
                                "--git-commit-fingerprint and how it was "
                                "built");
    }
    if (a->has_hab_signature && target.n == 0) {
        return aw_usage(p->ctx, "the HAB target is missing: give --hab-target "
                                "or a policy that fixes it");
    }
    if (a->has_hab_signature) {
        says.hab_target = aw_pool_bytes(&p->ctx->pool, target);
    }
    int code = manifest_says_check(p->ctx, &says, &of);

    return code == AW_EXIT_OK ? manifest_make(p->ctx, &says, &of, &p->input)
                              : code;
}

static int get_manifest(struct publish *p)
{
    const char *path = p->args->manifest;

    if (path == NULL) {
        p->name = "the manifest";
        return make_manifest(p);
    }
    p->name = aw_input_name(path);
    if (says_anything(&p->args->says)) {
        return aw_usage(p->ctx, "--manifest and options that say what is in a "
                                "manifest exclude each other");
    }
    return aw_input_read(p->ctx, path, AW_MANIFEST_MAX, &p->input);
}

static int read_manifest(struct publish *p)
{
    struct aw_wr work = manifest_work(p->ctx);
    struct aw_note note;
    struct aw_diag diag = {.where = NULL};
    int code = get_manifest(p);

    if (code != AW_EXIT_OK) {
        return code;
    }
    p->is_signed = aw_note_split(p->input, &note, NULL) == AW_OK;
    p->text = p->is_signed ? note.text : p->input;
    aw_err err =
        aw_manifest_parse(p->text, &work, &p->announce.manifest, &diag);

    if (err == AW_OK) {
        err = manifest_check_lines(p->text, &diag);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : manifest_report(p->ctx, p->name, p->input, err,
                                          AW_ON_INPUT, &diag);
}

static const char *hex_of(struct publish *p, const uint8_t digest[32])
{
    char text[2 * AW_SHA256_SIZE + 1] = "";
    struct aw_wr w = aw_wr_init(text, sizeof(text) - 1);

    aw_wr_hex(&w, (aw_bytes){digest, AW_SHA256_SIZE});
    return aw_pool_text(&p->ctx->pool, text);
}

static const char *digest_of(struct publish *p, aw_bytes data)
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    return hex_of(p, digest);
}

/* KEY=value as the policy has it. */
static const char *policy_env(struct publish *p, aw_bytes env)
{
    struct aw_wr w = aw_wr_init(
        aw_pool_alloc(&p->ctx->pool, AW_KEY_TEXT_MAX, 1), AW_KEY_TEXT_MAX);
    aw_bytes name = {env.p, aw_bytes_find(env, 0, '=')};

    aw_policy_env(&p->trust->use.policy, name, &w);
    return aw_pool_printf(&p->ctx->pool, "%s=%s",
                          aw_pool_bytes(&p->ctx->pool, name),
                          aw_pool_bytes(&p->ctx->pool, aw_wr_done(&w)));
}

static void explain_build(struct publish *p, enum aw_announce_rule rule,
                          const struct aw_diag *diag, struct aw_finding *f)
{
    aw_bytes env = p->announce.manifest.envs[diag->at];

    f->got = aw_pool_bytes(&p->ctx->pool, env);
    if (rule == AW_ANNOUNCE_TEST_BUILD) {
        f->exit = AW_EXIT_REFUSED;
        f->what = "this is a build for tests, which is never released";
        f->expected = "a build without TEST";
        f->remedy = "build the release variant";
        return;
    }
    f->what = "something else is compiled in than the policy says";
    f->expected = policy_env(p, env);
    f->remedy = "build for this environment, or name its policy";
}

static void explain_hab(struct publish *p, enum aw_announce_rule rule,
                        struct aw_finding *f)
{
    const struct aw_announce *a = &p->announce;
    struct aw_pool *pool = &p->ctx->pool;

    switch (rule) {
    case AW_ANNOUNCE_HAB_SECTION:
        f->what = aw_component_has_hab(a->component)
                      ? "a bootloader or recovery without a HAB signature"
                      : "only bootloader and recovery have a HAB section";
        f->expected = aw_component_has_hab(a->component) ? "a section \"hab\""
                                                         : "no section \"hab\"";
        f->got = a->manifest.has_hab ? "one" : "none";
        f->remedy = aw_component_has_hab(a->component)
                        ? "nothing was signed or published; sign the image "
                          "with aw hab sign, and make the manifest with "
                          "--hab-signature-file and --hab-target"
                        : f->remedy;
        break;
    case AW_ANNOUNCE_HAB_TARGET:
        f->what = "the manifest is for another HAB target";
        f->expected = aw_pool_bytes(pool, p->trust->use.policy.hab_target);
        f->got = aw_pool_bytes(pool, a->manifest.hab_target);
        break;
    default:
        f->what = "the HAB signature is not the manifest's";
        f->subject = p->args->hab_signature;
        f->expected = a->manifest.has_hab
                          ? hex_of(p, a->manifest.hab_sig_sha256)
                          : "no HAB signature";
        f->got = a->has_hab_signature ? digest_of(p, a->hab_signature)
                                      : "no --hab-sig";
        break;
    }
}

static void explain_image(struct publish *p, enum aw_announce_rule rule,
                          struct aw_finding *f)
{
    const struct aw_announce *a = &p->announce;

    f->subject = aw_input_name(p->args->image);
    if (rule == AW_ANNOUNCE_IMAGE) {
        f->what = "the image is not the manifest's";
        f->expected = hex_of(p, a->manifest.firmware_sha256);
        f->got = digest_of(p, a->image);
        return;
    }
    f->exit = AW_EXIT_REFUSED;
    f->what = "the image has no place on a device";
    f->expected = "an image that is not empty and fits where it is stored";
    f->got = aw_pool_printf(&p->ctx->pool, "%zu bytes, HAB signature %zu",
                            a->image.n, a->hab_signature.n);
}

static void explain_statement(struct publish *p, enum aw_announce_rule rule,
                              struct aw_finding *f)
{
    const struct aw_manifest *m = &p->announce.manifest;
    const char *name = aw_component_name(p->announce.component);

    switch (rule) {
    case AW_ANNOUNCE_COMPONENT:
        f->what = "the manifest is of another component";
        f->expected = name;
        f->got = aw_component_name(m->component);
        break;
    case AW_ANNOUNCE_SIGNERS:
        f->exit = AW_EXIT_REFUSED;
        f->what = "the policy does not say who signs this component";
        f->expected =
            aw_pool_printf(&p->ctx->pool, "a line: component %s KEY", name);
        f->remedy = "give a policy with the keys of all signers, or the keys";
        break;
    default:
        f->exit = AW_EXIT_REFUSED;
        f->what = "devices cannot store so long a version";
        f->expected = aw_pool_printf(&p->ctx->pool, "at most %d characters",
                                     (int)AW_ANNOUNCE_VERSION_MAX);
        f->got = aw_pool_bytes(&p->ctx->pool, m->tag_name);
        f->remedy = "shorten it: a device would never start again; where the "
                    "firmware can store it say --allow-long-version";
        break;
    }
}

static int refuse(struct publish *p, aw_err err, enum aw_announce_rule rule,
                  const struct aw_diag *diag)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .subject = p->name,
        .diag = diag,
        .remedy = "nothing was signed or published",
    };

    switch (rule) {
    case AW_ANNOUNCE_TEST_BUILD:
    case AW_ANNOUNCE_BUILT_FOR:
        explain_build(p, rule, diag, &f);
        break;
    case AW_ANNOUNCE_HAB_SECTION:
    case AW_ANNOUNCE_HAB_TARGET:
    case AW_ANNOUNCE_HAB_SIGNATURE:
        explain_hab(p, rule, &f);
        break;
    case AW_ANNOUNCE_IMAGE_SIZE:
    case AW_ANNOUNCE_IMAGE:
        explain_image(p, rule, &f);
        break;
    default:
        explain_statement(p, rule, &f);
        break;
    }
    return aw_report(p->ctx, &f);
}

static int check(struct publish *p)
{
    enum aw_announce_rule rule = AW_ANNOUNCE_FINE;
    struct aw_diag diag = {.where = NULL};

    p->announce.allow_long_version = p->args->allow_long_version;
    aw_err err =
        aw_announce_check(&p->announce, &p->trust->use.policy, &rule, &diag);

    return err == AW_OK ? AW_EXIT_OK : refuse(p, err, rule, &diag);
}

/* A closed device starts what is published. */
static int judge_rom(struct publish *p)
{
    const struct aw_announce *a = &p->announce;
    const struct rom_case it = {
        .subject = aw_input_name(p->args->image),
        .policy = &p->trust->use.policy,
        .component = a->component,
        .image = a->image,
        .csf = a->hab_signature,
    };

    if (!aw_component_has_hab(a->component)) {
        return AW_EXIT_OK;
    }
    judge_warn_rom(p->ctx, &p->trust->use.policy, false);
    return rom_judge(p->ctx, &it, &p->rom);
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one;
    struct stat two;

    return stat(a, &one) == 0 && stat(b, &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* The path, or the nearest folder above that is there. */
static const char *existing(struct publish *p, const char *path)
{
    const char *at = path;
    struct stat st;

    while (stat(at, &st) != 0) {
        const char *above = dirname(aw_pool_text(&p->ctx->pool, at));

        if (strcmp(above, at) == 0) {
            break;
        }
        at = aw_pool_text(&p->ctx->pool, above);
    }
    return at;
}

/* Whether a folder, which need not be there yet, is the other or inside it. */
static bool is_inside(struct publish *p, const char *path, const char *folder)
{
    const char *at = existing(p, path);

    for (;;) {
        const char *above = aw_pool_printf(&p->ctx->pool, "%s/..", at);

        if (same_folder(at, folder)) {
            return true;
        }
        if (same_folder(at, above) || strlen(above) >= PATH_MAX) {
            return false;
        }
        at = above;
    }
}

/* Artefacts among the files of a log would be taken for strays of it; in some
 * of its folders the next writer would remove them. */
static int check_places(struct publish *p)
{
    static const char *const own[] = {".state", "leaves", "seq", "tile"};
    const char *log = p->args->log;
    const char *artefacts = p->args->artefacts;
    int code = aw_input_folder(p->ctx, log);

    if (code == AW_EXIT_OK) {
        code = aw_input_folder(p->ctx, artefacts);
    }
    if (code == AW_EXIT_OK && same_folder(log, artefacts)) {
        code = aw_usage(p->ctx, "--log and --artefacts are the same folder: "
                                "give each its own");
    }
    for (size_t i = 0; code == AW_EXIT_OK && i < sizeof(own) / sizeof(own[0]);
         i++) {
        if (is_inside(p, artefacts,
                      aw_pool_printf(&p->ctx->pool, "%s/%s", log, own[i]))) {
            code = aw_usage(p->ctx,
                            "--artefacts is inside the log's %s: give "
                            "artefacts a folder of their own",
                            own[i]);
        }
    }
    return code;
}

int publish_read(struct publish *p)
{
    int code = read_component(p);

    if (code == AW_EXIT_OK) {
        code = check_places(p);
    }
    if (code == AW_EXIT_OK) {
        code = aw_trust_load_log(p->ctx, &p->args->trust, &p->trust);
    }
    if (code == AW_EXIT_OK) {
        p->witnessing.policy = &p->trust->use.policy;
        p->witnessing.urls = &p->args->witnesses;
        p->witnessing.net = &p->args->net;
        code = log_witnessing_check(p->ctx, &p->witnessing);
    }
    if (code == AW_EXIT_OK) {
        code = read_artefacts(p);
    }
    if (code == AW_EXIT_OK) {
        code = read_manifest(p);
    }
    if (code == AW_EXIT_OK) {
        code = check(p);
    }
    if (code == AW_EXIT_OK) {
        code = publish_sources_read(p);
    }
    return code == AW_EXIT_OK ? judge_rom(p) : code;
}
