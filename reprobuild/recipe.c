/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/recipe.h"

#include <string.h>

#include "aw/ftlog/announce.h"

/* A variable that a recipe knows. */
struct variable {
    const char *name;
    bool fixed;         /* the policy says what it must be */
    const char *values; /* "0|1"; NULL: any text without blanks */
};

static const struct variable firmware[] = {
    {"LOG_ORIGIN", true, NULL},
    {"LOG_PUBLIC_KEY", true, NULL},
    {"OS_PUBLIC_KEY1", true, NULL},
    {"OS_PUBLIC_KEY2", true, NULL},
    {"SRK_HASH", true, NULL},
    {"APPLET_PUBLIC_KEY", true, NULL},
    {NULL, false, NULL},
};

static const struct variable tamago[] = {
    {"LOG_ORIGIN", true, NULL},
    {"LOG_PUBLIC_KEY", true, NULL},
    {"OS_PUBLIC_KEY1", true, NULL},
    {"OS_PUBLIC_KEY2", true, NULL},
    {"APPLET_PUBLIC_KEY", true, NULL},
    {"SRK_HASH", true, NULL},
    {"FT_LOG_URL", false, NULL},
    {"FT_BIN_URL", false, NULL},
    {"REST_DISTRIBUTOR_BASE_URL", false, NULL},
    {"BASTION_ADDR", false, NULL},
    {"BEE", false, "0|1"},
    {"DEBUG", false, "0|1"},
    {"CONSOLE", false, "on|off"},
    {NULL, false, NULL},
};

static const struct variable none[] = {{NULL, false, NULL}};

static const struct variable *const variables[] = {firmware, tamago, none};
static const char *const names[] = {"c-firmware-1", "tamago-make-1",
                                    "c-host-1"};

const char *aw_rb_recipe_name(enum aw_rb_recipe recipe)
{
    return names[recipe];
}

static aw_err fail(struct aw_host_diag *host, aw_err err, const char *what,
                   aw_bytes text)
{
    char shown[81];
    size_t n = text.n < sizeof(shown) - 1 ? text.n : sizeof(shown) - 1;

    for (size_t i = 0; i < n; i++) {
        shown[i] = (char)(text.p[i] < ' ' || text.p[i] > '~' ? '?' : text.p[i]);
    }
    shown[n] = '\0';
    return aw_fail(aw_host_say(host, "%s: %s", what, shown), err,
                   "manifest: build", 0);
}

/* Printable, and nothing that a shell, make or cmake takes apart. */
static bool value_ok(aw_bytes text, bool blanks)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (c < ' ' || c > '~' || (c == ' ' && !blanks) ||
            strchr("\"'\\$`;#", c) != NULL) {
            return false;
        }
    }
    return true;
}

static bool one_of(aw_bytes value, const char *values)
{
    struct aw_rd r = aw_rd_init(aw_text(values));
    bool found = false;

    while (aw_rd_left(&r) > 0) {
        size_t end = aw_bytes_find(r.b, r.at, '|');

        aw_bytes one = aw_rd_take(&r, end - r.at);

        found = found || aw_bytes_equal(value, one);
        (void)(end < r.b.n ? aw_rd_u8(&r) : 0);
    }
    return found;
}

static const struct variable *find(enum aw_rb_recipe recipe, aw_bytes name)
{
    const struct variable *v = variables[recipe];

    while (v->name != NULL && !aw_bytes_is(name, v->name)) {
        v++;
    }
    return v->name == NULL ? NULL : v;
}

static bool given_before(const struct aw_rb_job *job, aw_bytes name)
{
    for (size_t i = 0; i < job->n_envs; i++) {
        aw_bytes other = {job->envs[i].p, aw_bytes_find(job->envs[i], 0, '=')};

        if (aw_bytes_equal(other, name)) {
            return true;
        }
    }
    return false;
}

static aw_err check_fixed(const struct aw_policy *policy, aw_bytes env,
                          struct aw_host_diag *host)
{
    aw_err err = aw_policy_check_env(policy, env);

    if (err == AW_ERR_NOT_FOUND) {
        return fail(host, AW_ERR_POLICY,
                    "the policy does not say what this must be", env);
    }
    return err == AW_OK ? AW_OK
                        : fail(host, AW_ERR_POLICY,
                               "compiled in is not what the policy says", env);
}

static aw_err take_env(struct aw_rb_job *job, const struct aw_policy *policy,
                       aw_bytes env, struct aw_host_diag *host)
{
    struct aw_rd r = aw_rd_init(env);
    aw_bytes name = aw_rd_until(&r, '=');
    aw_bytes value = aw_rd_rest(&r);
    const struct variable *v = find(job->recipe, name);

    if (r.failed || v == NULL) {
        return fail(host, AW_ERR_POLICY, "a variable that is not allowed", env);
    }
    if (env.n > AW_RB_ENV_MAX) {
        return fail(host, AW_ERR_SPACE, "a variable that is too long", env);
    }
    if (!value_ok(value, v->fixed) ||
        (v->values != NULL && !one_of(value, v->values))) {
        return fail(host, AW_ERR_FORMAT, "a value that is not allowed", env);
    }
    if (given_before(job, name)) {
        return fail(host, AW_ERR_DUPLICATE, "a variable given twice", env);
    }
    aw_err err = v->fixed ? check_fixed(policy, env, host) : AW_OK;

    if (err == AW_OK) {
        job->envs[job->n_envs++] = env;
    }
    return err;
}

/* Names and versions become parts of paths and of commands. */
static bool word_ok(aw_bytes text)
{
    bool ok = text.n > 0 && text.n <= AW_RB_VERSION_MAX && text.p[0] != '-' &&
              text.p[0] != '.';

    for (size_t i = 0; ok && i < text.n; i++) {
        uint8_t c = text.p[i];

        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (c >= '0' && c <= '9') || (c != '\0' && strchr("+-.~:", c));
    }
    return ok;
}

static aw_err take_toolchain(const struct aw_manifest *m, struct aw_rb_job *job,
                             struct aw_host_diag *host)
{
    if (m->recipe.n > 0 && aw_bytes_is(m->recipe, names[AW_RB_FIRMWARE_1])) {
        job->recipe = AW_RB_FIRMWARE_1;
        job->toolchain = m->toolchain_name;
        job->has_toolchain_sha256 = m->has_toolchain;
        job->has_sources_sha256 = m->has_sources_sha256;
        memcpy(job->toolchain_sha256, m->toolchain_sha256, AW_SHA256_SIZE);
        memcpy(job->sources_sha256, m->sources_sha256, AW_SHA256_SIZE);
        return m->has_toolchain && m->has_sources_sha256
                   ? AW_OK
                   : fail(host, AW_ERR_UNSUPPORTED,
                          "toolchain or sources_sha256 is missing for recipe",
                          m->recipe);
    }
    if (m->recipe.n > 0 && !aw_bytes_is(m->recipe, names[AW_RB_TAMAGO_1])) {
        return fail(host, AW_ERR_UNSUPPORTED, "an unknown recipe", m->recipe);
    }
    job->recipe = AW_RB_TAMAGO_1;
    job->toolchain = m->tamago_version;
    return m->has_tamago ? AW_OK
                         : fail(host, AW_ERR_UNSUPPORTED,
                                "neither recipe nor tamago_version in release",
                                m->tag_name);
}

aw_err aw_rb_job_init(const struct aw_manifest *manifest,
                      const struct aw_policy *policy, struct aw_rb_job *job,
                      struct aw_host_diag *host)
{
    struct aw_rb_job j = {
        .component = manifest->component,
        .version = manifest->tag_name,
        .commit = manifest->commit,
    };
    aw_err err = take_toolchain(manifest, &j, host);

    if (err != AW_OK) {
        return err;
    }
    if (!word_ok(j.version) || !word_ok(j.toolchain) || j.commit.n != 40) {
        return fail(host, AW_ERR_FORMAT, "a version that cannot be built",
                    word_ok(j.version) ? j.toolchain : j.version);
    }
    memcpy(j.expected, manifest->firmware_sha256, AW_SHA256_SIZE);
    for (size_t i = 0; i < manifest->n_envs && err == AW_OK; i++) {
        err = take_env(&j, policy, manifest->envs[i], host);
    }
    if (err == AW_OK) {
        *job = j;
    }
    return err;
}
