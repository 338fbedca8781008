/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/secret.h"
#include "common/signer.h"
#include "release/keygen.h"
#include "release/release.h"

static const struct aw_opt opts[] = {
    {.name = "name",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, name),
     .arg = "PREFIX",
     .help = "What the names of all keys begin with, such as "
             "example.com-aw: PREFIX-boot, PREFIX-os1, and PREFIX-ftlog for "
             "the log.",
     .required = true},
    {.name = "env",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, env),
     .arg = "ENV",
     .help = "Environment, such as ci or prod: PREFIX-boot-ENV. Also the "
             "policy's HAB target."},
    {.name = "shard",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, shard),
     .arg = "N",
     .help = "Number of the log, behind the name of its key: "
             "PREFIX-ftlog-ENV-N."},
    {.name = "role",
     .type = AW_OPT_LIST,
     .at = offsetof(struct keygen_args, roles),
     .arg = "ROLE",
     .help = "Make this key only: log, boot, recovery, os1, os2 or applet. "
             "All six by default."},
    {.name = "key",
     .type = AW_OPT_LIST,
     .at = offsetof(struct keygen_args, keys),
     .arg = "ROLE=ADDRESS",
     .help = "The key of this role is in a token or agent, pkcs11:... or "
             "ssh-agent:SHA256:...: write its public half as ROLE.pub."},
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct keygen_args, vkeys),
     .arg = "ROLE=KEY",
     .help = "The key of this role is somebody else's: keep its verifier key "
             "as ROLE.pub and make none."},
    {.name = "no-keys",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct keygen_args, no_keys),
     .group = "Policy",
     .help = "Make no key: write a policy of those that the folder has."},
    {.name = "policy-out",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, policy_out),
     .arg = "FILE",
     .group = "Policy",
     .help = "Write a policy that trusts the keys of the folder, those that "
             "were there already included, to a new file."},
    {.name = "origin",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, origin),
     .arg = "TEXT",
     .group = "Policy",
     .help = "Origin of the log; the name of its key by default, as in aw log "
             "init."},
    {.name = "log-url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, log_url),
     .arg = "URL",
     .group = "Policy",
     .help = "Where the log can be read."},
    {.name = "binaries-url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, binaries_url),
     .arg = "URL",
     .group = "Policy",
     .help = "Where firmware can be read."},
    {.name = "hab-target",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, hab_target),
     .arg = "NAME",
     .group = "Policy",
     .help = "HAB target of boot loader and recovery; ENV by default."},
    {.name = "srk-hash",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct keygen_args, srk_hash),
     .arg = "HASH",
     .group = "Policy",
     .help = "Hash of the SRK table that is fused into devices: 64 hex digits, "
             "or a file of 32 bytes."},
};

const struct keygen_row keygen_roles[KEYGEN_ROLES] = {
    [KEYGEN_LOG] = {"log", "ftlog", AW_BOOTLOADER},
    [KEYGEN_BOOT] = {"boot", "boot", AW_BOOTLOADER},
    [KEYGEN_RECOVERY] = {"recovery", "recovery", AW_RECOVERY},
    [KEYGEN_OS1] = {"os1", "os1", AW_TRUSTED_OS},
    [KEYGEN_OS2] = {"os2", "os2", AW_TRUSTED_OS},
    [KEYGEN_APPLET] = {"applet", "applet", AW_TRUSTED_APPLET},
};

/* Role of a name of n characters; ROLES for none. */
static enum keygen_role find_role(const char *name, size_t n)
{
    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        if (strlen(keygen_roles[i].name) == n &&
            memcmp(keygen_roles[i].name, name, n) == 0) {
            return (enum keygen_role)i;
        }
    }
    return KEYGEN_ROLES;
}

static int choose(struct keygen *k, const char *name, size_t n)
{
    enum keygen_role role = find_role(name, n);

    if (role == KEYGEN_ROLES) {
        return aw_usage(k->ctx,
                        "roles are log, boot, recovery, os1, os2 and applet, "
                        "not %.*s",
                        (int)n, name);
    }
    if (k->role[role].wanted) {
        return aw_usage(k->ctx, "the role %s is given twice",
                        keygen_roles[role].name);
    }
    k->role[role].wanted = true;
    return AW_EXIT_OK;
}

/* As upstream: transparency.dev-aw-os1-ci, transparency.dev-aw-ftlog-ci-4. */
static const char *key_name(struct keygen *k, enum keygen_role role)
{
    const struct keygen_args *args = k->args;
    const char *shard = role == KEYGEN_LOG ? args->shard : NULL;

    return aw_pool_printf(
        &k->ctx->pool, "%s-%s%s%s%s%s", args->name, keygen_roles[role].in_key,
        args->env == NULL ? "" : "-", args->env == NULL ? "" : args->env,
        shard == NULL ? "" : "-", shard == NULL ? "" : shard);
}

/* Takes ROLE=VALUE of an option apart, and chooses the role. */
static int split(struct keygen *k, const char *option, const char *value,
                 enum keygen_role *role, const char **rest)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL) {
        return aw_usage(k->ctx, "%s begins with ROLE=: %s", option, value);
    }
    size_t n = (size_t)(equals - value);
    int code = choose(k, value, n);

    *role = find_role(value, n);
    *rest = equals + 1;
    return code;
}

/* Takes --vkey ROLE=KEY. */
static int take_vkey(struct keygen *k, const char *value)
{
    enum keygen_role role = KEYGEN_ROLES;
    const char *text = NULL;
    int code = split(k, "--vkey", value, &role, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct aw_vkey *key = &k->role[role].key;

    code = aw_input_vkey(k->ctx, "--vkey", text, key);
    if (code == AW_EXIT_OK && key->type != AW_KEY_ED25519) {
        code = aw_usage(k->ctx, "--vkey: releases are signed by Ed25519 keys");
    }
    k->role[role].has_key = code == AW_EXIT_OK;
    return code;
}

/* A key that is trusted must be one that can sign. */
static int prove(struct keygen *k, const struct aw_signer_use *use)
{
    uint8_t note[512];
    struct aw_wr w = aw_wr_init(note, sizeof(note));

    return aw_signer_note(k->ctx, use,
                          aw_text("aw release keygen: does this key sign?\n"),
                          "a text to try the key", &w);
}

/* Takes --key ROLE=ADDRESS. */
static int take_address(struct keygen *k, const char *value)
{
    enum keygen_role role = KEYGEN_ROLES;
    const char *address = NULL;
    struct aw_signer_use use;
    int code = split(k, "--key", value, &role, &address);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!aw_signer_is_address(address)) {
        return aw_usage(k->ctx, "--key is for keys in tokens and agents: %s",
                        value);
    }
    code = aw_signer_open(k->ctx, address, key_name(k, role), &use);
    if (code == AW_EXIT_OK) {
        code = prove(k, &use);
        k->role[role].key = use.by.key;
        k->role[role].address = address;
        k->role[role].has_key = true;
        aw_signer_close(&use);
    }
    return code;
}

typedef int take_one(struct keygen *k, const char *value);

static int take_all(struct keygen *k, const struct aw_list *list,
                    take_one *take)
{
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < list->n && code == AW_EXIT_OK; i++) {
        code = take(k, list->item[i]);
    }
    return code;
}

static int take_role(struct keygen *k, const char *name)
{
    return choose(k, name, strlen(name));
}

/* A role before this one with the same key; KEYGEN_ROLES for none. */
static unsigned find_twin(const struct keygen *k, unsigned role)
{
    const struct keygen_key *one = &k->role[role];

    for (unsigned i = 0; i < role && one->has_key; i++) {
        const struct keygen_key *other = &k->role[i];

        if (other->has_key && memcmp(one->key.public_key, other->key.public_key,
                                     AW_ED25519_PUBLIC) == 0) {
            return i;
        }
    }
    return KEYGEN_ROLES;
}

/* Who signs for two roles could announce what the other was to prevent. */
static int check_different(struct keygen *k)
{
    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        unsigned twin = find_twin(k, i);

        if (twin != KEYGEN_ROLES) {
            return aw_usage(k->ctx, "%s and %s are the same key",
                            keygen_roles[twin].name, keygen_roles[i].name);
        }
    }
    return AW_EXIT_OK;
}

static int choose_roles(struct keygen *k)
{
    const struct keygen_args *args = k->args;
    int code = take_all(k, &args->roles, take_role);

    if (code == AW_EXIT_OK) {
        code = take_all(k, &args->vkeys, take_vkey);
    }
    if (code == AW_EXIT_OK) {
        code = take_all(k, &args->keys, take_address);
    }
    for (unsigned i = 0;
         i < KEYGEN_ROLES && args->roles.n == 0 && !args->no_keys; i++) {
        k->role[i].wanted = true;
    }
    return code == AW_EXIT_OK ? check_different(k) : code;
}

static int make_keys(struct keygen *k)
{
    int code = AW_EXIT_OK;

    for (unsigned i = 0; i < KEYGEN_ROLES && code == AW_EXIT_OK; i++) {
        struct keygen_key *role = &k->role[i];

        if (!role->wanted || role->has_key) {
            continue;
        }
        code = aw_newkey_make(k->ctx, key_name(k, (enum keygen_role)i),
                              &role->secret);
        if (code == AW_EXIT_OK) {
            aw_skey_public(&role->secret, &role->key);
            role->has_key = true;
            role->is_ours = true;
        }
    }
    return code;
}

/* A part of key names and of policies, and of file names that others make of
 * them. */
static bool is_word(const char *text)
{
    static const char more[] = "._-";
    size_t n = 0;

    for (; text[n] != '\0'; n++) {
        char c = text[n];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9');

        if (!plain && (n == 0 || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return n > 0 && strstr(text, "..") == NULL;
}

static int check_words(struct aw_ctx *ctx, const struct keygen_args *args)
{
    if (args->env != NULL && !is_word(args->env)) {
        return aw_usage(ctx,
                        "--env is a word of letters, digits, '.', '_' and "
                        "'-', such as ci or prod: %s",
                        args->env);
    }
    if (args->shard != NULL && !is_word(args->shard)) {
        return aw_usage(ctx, "--shard is a number or a word: %s", args->shard);
    }
    return AW_EXIT_OK;
}

static int check_args(struct aw_ctx *ctx, const struct keygen_args *args)
{
    bool policy = args->origin != NULL || args->log_url != NULL ||
                  args->binaries_url != NULL || args->hab_target != NULL ||
                  args->srk_hash != NULL;

    if (policy && args->policy_out == NULL) {
        return aw_usage(ctx, "--origin, --log-url, --binaries-url, "
                             "--hab-target and --srk-hash are for "
                             "--policy-out");
    }
    if (args->no_keys && args->policy_out == NULL) {
        return aw_usage(ctx, "--no-keys needs --policy-out");
    }
    if (args->no_keys && args->roles.n + args->keys.n + args->vkeys.n > 0) {
        return aw_usage(ctx, "--no-keys excludes --role, --key and --vkey");
    }
    return check_words(ctx, args);
}

static void show_key(struct keygen *k, unsigned i)
{
    struct aw_out *out = &k->ctx->out;
    const struct keygen_key *role = &k->role[i];

    if (!role->wanted) {
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "role", keygen_roles[i].name);
    aw_key_put(k->ctx, &role->key);
    aw_out_bool(out, "secret", role->is_ours);
    if (role->address != NULL) {
        aw_out_text(out, "address", role->address);
    }
    aw_out_end(out);
}

static void show(struct keygen *k)
{
    struct aw_out *out = &k->ctx->out;

    aw_out_text(out, "folder", k->folder);
    aw_out_begin_list(out, "keys");
    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        show_key(k, i);
    }
    aw_out_end_list(out);
    if (k->args->policy_out != NULL) {
        aw_out_text(out, "policy", k->args->policy_out);
    }
}

static int generate(struct keygen *k)
{
    int code = keygen_complete(k);

    if (code == AW_EXIT_OK) {
        code = choose_roles(k);
    }
    if (code == AW_EXIT_OK) {
        code = make_keys(k);
    }
    if (code == AW_EXIT_OK && k->args->policy_out != NULL) {
        code = keygen_make_policy(k);
    }
    if (code == AW_EXIT_OK) {
        code = keygen_write(k);
    }
    if (code == AW_EXIT_OK) {
        show(k);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct keygen *k = aw_secret_alloc(sizeof(*k));

    k->ctx = ctx;
    k->args = values;
    k->folder = ctx->operands.item[0];
    int code = check_args(ctx, k->args);

    if (code == AW_EXIT_OK) {
        code = generate(k);
    }
    aw_buf_wipe(&k->policy);
    aw_secret_free(k, sizeof(*k));
    return code;
}

const struct aw_cmd aw_cmd_release_keygen = {
    .name = "keygen",
    .summary = "make the keys that sign releases",
    .prose = "Makes note keys by role: one for the log, one each for boot "
             "loader, recovery and applet, two for the trusted OS, which two "
             "parties sign. DIR gets ROLE.sec, which only you can read, and "
             "ROLE.pub. All of them are made or none; nothing is ever "
             "overwritten.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct keygen_args),
    .run = run,
};
