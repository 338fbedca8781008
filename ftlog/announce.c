/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/announce.h"

#include "aw/ct.h"
#include "aw/emmc.h"
#include "aw/sha256.h"
#include "aw/text.h"

/* Name and value of KEY=value; the value is empty without a sign. */
static void split_env(aw_bytes env, aw_bytes *name, aw_bytes *value)
{
    struct aw_rd r = aw_rd_init(env);
    size_t at = aw_bytes_find(env, 0, '=');

    *name = aw_rd_take(&r, at);
    (void)aw_rd_u8(&r);
    *value = at == env.n ? (aw_bytes){NULL, 0} : aw_rd_rest(&r);
}

/* Names that a person or a shell may have meant as TEST. */
static bool is_test_name(aw_bytes name)
{
    static const char want[] = "test";
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];

        if (c == ' ' || c == '\t') {
            continue;
        }
        if (n == sizeof(want) - 1 || (c | 0x20) != want[n]) {
            return false;
        }
        n++;
    }
    return n == sizeof(want) - 1;
}

bool aw_env_is_test(aw_bytes env)
{
    aw_bytes name;
    aw_bytes value;

    split_env(env, &name, &value);
    if (!is_test_name(name)) {
        return false;
    }
    /* Without a sign it stands for whatever the builder's own has. */
    return name.n == env.n || (value.n > 0 && !aw_bytes_is(value, "0"));
}

static void put_signer(const struct aw_policy *policy,
                       enum aw_component component, size_t i, struct aw_wr *w)
{
    const struct aw_signers *signers = &policy->signers[component];

    if (i < signers->n) {
        aw_vkey_write(&signers->key[i], w);
    }
}

void aw_policy_env(const struct aw_policy *policy, aw_bytes name,
                   struct aw_wr *w)
{
    if (aw_bytes_is(name, "LOG_ORIGIN")) {
        aw_wr_put(w, policy->origin);
    } else if (aw_bytes_is(name, "LOG_PUBLIC_KEY") && policy->has_log) {
        aw_vkey_write(&policy->log, w);
    } else if (aw_bytes_is(name, "APPLET_PUBLIC_KEY")) {
        put_signer(policy, AW_TRUSTED_APPLET, 0, w);
    } else if (aw_bytes_is(name, "OS_PUBLIC_KEY1")) {
        put_signer(policy, AW_TRUSTED_OS, 0, w);
    } else if (aw_bytes_is(name, "OS_PUBLIC_KEY2")) {
        put_signer(policy, AW_TRUSTED_OS, 1, w);
    } else if (aw_bytes_is(name, "SRK_HASH") && policy->has_srk_hash) {
        aw_wr_hex(w, (aw_bytes){policy->srk_hash, sizeof(policy->srk_hash)});
    }
}

/* Keys and hashes may be spelled in upper case; origins may not. */
static bool env_equal(aw_bytes name, aw_bytes value, aw_bytes want)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(digest, sizeof(digest));
    struct aw_vkey a;
    struct aw_vkey b;

    if (aw_bytes_is(name, "SRK_HASH")) {
        uint8_t other[AW_SHA256_SIZE];
        struct aw_wr v = aw_wr_init(other, sizeof(other));

        return aw_hex_decode(value, &w) == AW_OK &&
               aw_hex_decode(want, &v) == AW_OK &&
               aw_bytes_equal(aw_wr_done(&w), aw_wr_done(&v));
    }
    if (aw_bytes_is(name, "LOG_ORIGIN")) {
        return aw_bytes_equal(value, want);
    }
    return aw_vkey_parse(value, &a, NULL) == AW_OK &&
           aw_vkey_parse(want, &b, NULL) == AW_OK && aw_vkey_same(&a, &b);
}

aw_err aw_policy_check_env(const struct aw_policy *policy, aw_bytes env)
{
    uint8_t want[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(want, sizeof(want));
    aw_bytes name;
    aw_bytes value;

    split_env(env, &name, &value);
    aw_policy_env(policy, name, &w);
    if (w.failed) {
        return AW_ERR_POLICY;
    }
    if (w.n == 0) {
        return AW_ERR_NOT_FOUND;
    }
    return env_equal(name, value, aw_wr_done(&w)) ? AW_OK : AW_ERR_POLICY;
}

static aw_err check_envs(const struct aw_manifest *m,
                         const struct aw_policy *policy, struct aw_diag *diag)
{
    for (size_t i = 0; i < m->n_envs; i++) {
        if (aw_policy_check_env(policy, m->envs[i]) == AW_ERR_POLICY) {
            return aw_fail(diag, AW_ERR_POLICY, "manifest: build.envs", i);
        }
    }
    return AW_OK;
}

static aw_err check_build(const struct aw_announce *a,
                          const struct aw_policy *policy,
                          enum aw_announce_rule *rule, struct aw_diag *diag)
{
    const struct aw_manifest *m = &a->manifest;

    *rule = AW_ANNOUNCE_TEST_BUILD;
    for (size_t i = 0; i < m->n_envs; i++) {
        if (aw_env_is_test(m->envs[i])) {
            return aw_fail(diag, AW_ERR_PRECONDITION, "manifest: build.envs",
                           i);
        }
    }
    *rule = AW_ANNOUNCE_BUILT_FOR;
    return check_envs(m, policy, diag);
}

/* The OS keeps its own version and the applet's in the RPMB. */
static bool version_fits(const struct aw_announce *a)
{
    return a->allow_long_version || aw_component_has_hab(a->component) ||
           a->manifest.tag_name.n <= AW_ANNOUNCE_VERSION_MAX;
}

static aw_err check_statement(const struct aw_announce *a,
                              const struct aw_policy *policy,
                              enum aw_announce_rule *rule, struct aw_diag *diag)
{
    const struct aw_manifest *m = &a->manifest;

    *rule = AW_ANNOUNCE_COMPONENT;
    if (m->component != a->component) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: component",
                       (uint64_t)m->component);
    }
    *rule = AW_ANNOUNCE_SIGNERS;
    if (policy->signers[a->component].n == 0) {
        return aw_fail(diag, AW_ERR_NO_SIG,
                       "manifest: policy has no key for the component",
                       (uint64_t)a->component);
    }
    aw_err err = check_build(a, policy, rule, diag);

    if (err != AW_OK) {
        return err;
    }
    *rule = AW_ANNOUNCE_VERSION;
    if (!version_fits(a)) {
        return aw_fail(diag, AW_ERR_SPACE, "manifest: git.tag_name",
                       m->tag_name.n);
    }
    *rule = AW_ANNOUNCE_HAB_SECTION;
    if (m->has_hab != aw_component_has_hab(a->component)) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: hab", 0);
    }
    *rule = AW_ANNOUNCE_HAB_TARGET;
    if (!aw_manifest_fits_target(m, policy->hab_target)) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: hab.target", 0);
    }
    return AW_OK;
}

/* Bytes that the image may have together with its HAB signature. */
static uint64_t room_for(enum aw_component component)
{
    enum aw_emmc_kind kind =
        component == AW_BOOTLOADER ? AW_EMMC_IMAGE : AW_EMMC_SLOT;
    const struct aw_emmc_region *region = aw_emmc_find(kind, component, 0);
    uint64_t room = region == NULL ? AW_FIRMWARE_MAX : aw_emmc_size(region);

    return room < AW_FIRMWARE_MAX ? room : AW_FIRMWARE_MAX;
}

static aw_err check_digest(aw_bytes data, const uint8_t want[AW_SHA256_SIZE],
                           const char *where, struct aw_diag *diag)
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    return aw_ct_equal(digest, want, sizeof(digest))
               ? AW_OK
               : aw_fail(diag, AW_ERR_DIGEST, where, data.n);
}

static aw_err check_artefacts(const struct aw_announce *a,
                              enum aw_announce_rule *rule, struct aw_diag *diag)
{
    const struct aw_manifest *m = &a->manifest;
    uint64_t room = room_for(a->component);

    *rule = AW_ANNOUNCE_IMAGE_SIZE;
    if (a->image.n == 0 || a->image.n > room ||
        a->hab_signature.n > room - a->image.n) {
        return aw_fail(diag, AW_ERR_SPACE, "image: size", a->image.n);
    }
    *rule = AW_ANNOUNCE_IMAGE;
    aw_err err = check_digest(a->image, m->firmware_sha256,
                              "manifest: output.firmware_digest_sha256", diag);

    if (err != AW_OK) {
        return err;
    }
    *rule = AW_ANNOUNCE_HAB_SIGNATURE;
    if (m->has_hab != a->has_hab_signature) {
        return aw_fail(diag, AW_ERR_POLICY, "HAB signature", 0);
    }
    return m->has_hab
               ? check_digest(a->hab_signature, m->hab_sig_sha256,
                              "manifest: hab.signature_digest_sha256", diag)
               : AW_OK;
}

aw_err aw_announce_check(const struct aw_announce *announce,
                         const struct aw_policy *policy,
                         enum aw_announce_rule *rule, struct aw_diag *diag)
{
    aw_err err = check_statement(announce, policy, rule, diag);

    if (err == AW_OK) {
        err = check_artefacts(announce, rule, diag);
    }
    if (err == AW_OK) {
        *rule = AW_ANNOUNCE_FINE;
    }
    return err;
}

aw_err aw_announce_check_newer(const struct aw_manifest *manifest,
                               const struct aw_latest_entry *latest,
                               struct aw_diag *diag)
{
    struct aw_semver newest;

    if (!latest->found) {
        return AW_OK;
    }
    aw_err err = aw_semver_parse((aw_bytes){latest->version, latest->version_n},
                                 &newest);

    /* It was written from a parsed one. */
    AW_BUG_ON(err != AW_OK);
    return aw_semver_compare(&manifest->version, &newest) > 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_POLICY, "manifest: git.tag_name",
                         latest->index);
}
