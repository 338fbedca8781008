/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aw/ct.h"
#include "aw/ftlog/policy.h"
#include "aw/sink.h"
#include "aw/text.h"
#include "common/buf.h"
#include "common/newkey.h"
#include "common/term.h"
#include "release/release.h"

struct args {
    const char *name;
    const char *env;
    const char *shard;
    struct aw_list roles;
    struct aw_list vkeys;
    const char *policy_out;
    const char *origin;
    const char *log_url;
    const char *binaries_url;
    const char *hab_target;
    const char *srk_hash;
};

static const struct aw_opt opts[] = {
    {.name = "name",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, name),
     .arg = "PREFIX",
     .help = "What the names of all keys begin with, such as "
             "example.com-aw: PREFIX-boot, PREFIX-os1, and PREFIX-ftlog for "
             "the log.",
     .required = true},
    {.name = "env",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, env),
     .arg = "ENV",
     .help = "Environment, such as ci or prod: PREFIX-boot-ENV. Also the "
             "policy's HAB target."},
    {.name = "shard",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, shard),
     .arg = "N",
     .help = "Number of the log, behind the name of its key: "
             "PREFIX-ftlog-ENV-N."},
    {.name = "role",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, roles),
     .arg = "ROLE",
     .help = "Make this key only: log, boot, recovery, os1, os2 or applet. "
             "May be repeated. All six by default."},
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, vkeys),
     .arg = "ROLE=KEY",
     .help = "The key of this role is somebody else's: keep its verifier key "
             "as ROLE.pub and make none."},
    {.name = "policy-out",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, policy_out),
     .arg = "FILE",
     .group = "Policy",
     .help = "Write a policy that trusts the keys of the folder, those that "
             "were there already included, to a new file."},
    {.name = "origin",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, origin),
     .arg = "TEXT",
     .group = "Policy",
     .help = "Origin of the log; the name of its key by default, as in aw log "
             "init."},
    {.name = "log-url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, log_url),
     .arg = "URL",
     .group = "Policy",
     .help = "Where the log can be read."},
    {.name = "binaries-url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, binaries_url),
     .arg = "URL",
     .group = "Policy",
     .help = "Where firmware can be read."},
    {.name = "hab-target",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, hab_target),
     .arg = "NAME",
     .group = "Policy",
     .help = "HAB target of boot loader and recovery; ENV by default."},
    {.name = "srk-hash",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, srk_hash),
     .arg = "HEX",
     .group = "Policy",
     .help = "Hash of the SRK table that is fused into devices."},
};

enum role { LOG, BOOT, RECOVERY, OS1, OS2, APPLET, ROLES };

/* Upstream calls the log's key ftlog in its name. */
static const struct {
    const char *name;
    const char *in_key;
    enum aw_component component; /* not for LOG */
} roles[ROLES] = {
    [LOG] = {"log", "ftlog", AW_BOOTLOADER},
    [BOOT] = {"boot", "boot", AW_BOOTLOADER},
    [RECOVERY] = {"recovery", "recovery", AW_RECOVERY},
    [OS1] = {"os1", "os1", AW_TRUSTED_OS},
    [OS2] = {"os2", "os2", AW_TRUSTED_OS},
    [APPLET] = {"applet", "applet", AW_TRUSTED_APPLET},
};

struct role_key {
    bool wanted;  /* goes into the folder now */
    bool has_key; /* key is set */
    bool is_ours; /* secret is set, too */
    struct aw_vkey key;
    struct aw_skey secret;
    struct aw_key_line public_line;
    struct aw_key_line secret_line;
};

struct keygen {
    struct aw_ctx *ctx;
    const struct args *args;
    const char *folder;
    struct role_key role[ROLES];
    struct aw_new_file files[2 * ROLES];
    size_t n_files;
    struct aw_buf policy;
};

/* Role of a name of n characters; ROLES for none. */
static enum role find_role(const char *name, size_t n)
{
    for (unsigned i = 0; i < ROLES; i++) {
        if (strlen(roles[i].name) == n && memcmp(roles[i].name, name, n) == 0) {
            return (enum role)i;
        }
    }
    return ROLES;
}

static int choose(struct keygen *k, const char *name, size_t n)
{
    enum role role = find_role(name, n);

    if (role == ROLES) {
        return aw_usage(k->ctx,
                        "roles are log, boot, recovery, os1, os2 and applet, "
                        "not %.*s",
                        (int)n, name);
    }
    if (k->role[role].wanted) {
        return aw_usage(k->ctx, "the role %s is given twice", roles[role].name);
    }
    k->role[role].wanted = true;
    return AW_EXIT_OK;
}

/* Takes --vkey ROLE=KEY. */
static int take_vkey(struct keygen *k, const char *value)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL) {
        return aw_usage(k->ctx, "--vkey is ROLE=KEY: %s", value);
    }
    size_t n = (size_t)(equals - value);
    int code = choose(k, value, n);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct role_key *role = &k->role[find_role(value, n)];

    code = aw_input_vkey(k->ctx, "--vkey", value + n + 1, &role->key);
    if (code == AW_EXIT_OK && role->key.type != AW_KEY_ED25519) {
        code = aw_usage(k->ctx, "--vkey: releases are signed by Ed25519 keys");
    }
    role->has_key = code == AW_EXIT_OK;
    return code;
}

static int choose_roles(struct keygen *k)
{
    const struct args *args = k->args;
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < args->vkeys.n && code == AW_EXIT_OK; i++) {
        code = take_vkey(k, args->vkeys.item[i]);
    }
    for (size_t i = 0; i < args->roles.n && code == AW_EXIT_OK; i++) {
        const char *name = args->roles.item[i];

        code = choose(k, name, strlen(name));
    }
    for (unsigned i = 0; i < ROLES && args->roles.n == 0; i++) {
        k->role[i].wanted = true;
    }
    return code;
}

/* As upstream: transparency.dev-aw-os1-ci, transparency.dev-aw-ftlog-ci-4. */
static const char *key_name(struct keygen *k, enum role role)
{
    const struct args *args = k->args;
    const char *shard = role == LOG ? args->shard : NULL;

    return aw_pool_printf(&k->ctx->pool, "%s-%s%s%s%s%s", args->name,
                          roles[role].in_key, args->env == NULL ? "" : "-",
                          args->env == NULL ? "" : args->env,
                          shard == NULL ? "" : "-", shard == NULL ? "" : shard);
}

static int make_keys(struct keygen *k)
{
    int code = AW_EXIT_OK;

    for (unsigned i = 0; i < ROLES && code == AW_EXIT_OK; i++) {
        struct role_key *role = &k->role[i];

        if (!role->wanted || role->has_key) {
            continue;
        }
        code = aw_newkey_make(k->ctx, key_name(k, (enum role)i), &role->secret);
        if (code == AW_EXIT_OK) {
            aw_skey_public(&role->secret, &role->key);
            role->has_key = true;
            role->is_ours = true;
        }
    }
    return code;
}

static const char *file_name(struct keygen *k, unsigned role, const char *end)
{
    return aw_pool_printf(&k->ctx->pool, "%s.%s", roles[role].name, end);
}

static void make_files(struct keygen *k)
{
    for (unsigned i = 0; i < ROLES; i++) {
        struct role_key *role = &k->role[i];

        if (!role->wanted) {
            continue;
        }
        k->files[k->n_files++] = (struct aw_new_file){
            .name = file_name(k, i, "pub"),
            .data = aw_key_line_public(&role->key, &role->public_line),
            .mode = AW_KEY_PUBLIC_MODE,
        };
        if (role->is_ours) {
            k->files[k->n_files++] = (struct aw_new_file){
                .name = file_name(k, i, "sec"),
                .data = aw_key_line_secret(&role->secret, &role->secret_line),
                .mode = AW_KEY_SECRET_MODE,
            };
        }
    }
}

/* Keys that the folder has already belong into the policy, too. */
static int read_others(struct keygen *k)
{
    int code = AW_EXIT_OK;

    for (unsigned i = 0; i < ROLES && code == AW_EXIT_OK; i++) {
        struct role_key *role = &k->role[i];
        const char *path = aw_pool_printf(&k->ctx->pool, "%s/%s.pub", k->folder,
                                          roles[i].name);

        if (!role->wanted && access(path, F_OK) == 0) {
            code = aw_input_vkey(k->ctx, path, path, &role->key);
            role->has_key = code == AW_EXIT_OK;
        }
    }
    return code;
}

static aw_bytes text_or_none(const char *text)
{
    return aw_text(text == NULL ? "" : text);
}

static int fill_log(struct keygen *k, struct aw_policy *policy)
{
    const struct args *args = k->args;

    if (!k->role[LOG].has_key) {
        return args->origin == NULL && args->log_url == NULL
                   ? AW_EXIT_OK
                   : aw_usage(k->ctx,
                              "--origin and --log-url need the log's key");
    }
    policy->has_log = true;
    policy->log = k->role[LOG].key;
    policy->origin =
        args->origin == NULL ? policy->log.name : aw_text(args->origin);
    policy->log_url = text_or_none(args->log_url);
    return AW_EXIT_OK;
}

static int fill_srk_hash(struct keygen *k, struct aw_policy *policy)
{
    struct aw_wr w = aw_wr_init(policy->srk_hash, sizeof(policy->srk_hash));

    if (k->args->srk_hash == NULL) {
        return AW_EXIT_OK;
    }
    policy->has_srk_hash = true;
    return aw_hex_decode(aw_text(k->args->srk_hash), &w) == AW_OK &&
                   w.n == sizeof(policy->srk_hash)
               ? AW_EXIT_OK
               : aw_usage(k->ctx, "--srk-hash is 64 hex digits");
}

static int fill_policy(struct keygen *k, struct aw_policy *policy)
{
    const struct args *args = k->args;

    aw_policy_init(policy);
    for (unsigned i = BOOT; i < ROLES; i++) {
        struct aw_signers *s = &policy->signers[roles[i].component];

        if (k->role[i].has_key) {
            s->key[s->n++] = k->role[i].key;
        }
    }
    policy->hab_target =
        text_or_none(args->hab_target != NULL ? args->hab_target : args->env);
    policy->binaries_url = text_or_none(args->binaries_url);
    int code = fill_log(k, policy);

    return code == AW_EXIT_OK ? fill_srk_hash(k, policy) : code;
}

/* Text of the policy, read back: what cannot be read is not written. */
static int make_policy(struct keygen *k)
{
    struct aw_policy *policy = aw_pool_alloc(&k->ctx->pool, 1, sizeof(*policy));
    struct aw_policy *again = aw_pool_alloc(&k->ctx->pool, 1, sizeof(*again));
    struct aw_sink sink = aw_buf_sink(&k->policy);
    struct aw_diag diag = {.where = NULL};
    int code = fill_policy(k, policy);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (k->role[OS1].has_key != k->role[OS2].has_key) {
        return aw_usage(k->ctx, "a policy needs both keys of the trusted OS: "
                                "give the other one by --vkey os1=KEY or "
                                "os2=KEY");
    }
    aw_err err = aw_policy_write(policy, &sink);

    if (err == AW_OK) {
        err = aw_policy_parse(aw_buf_bytes(&k->policy), again, &diag);
    }
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(k->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_INPUT,
                                 .exit = AW_EXIT_USAGE,
                                 .what = "this makes no policy",
                                 .subject = k->args->policy_out,
                                 .diag = &diag,
                                 .remedy = "origin, URLs and names are words "
                                           "without spaces, and every key "
                                           "stands for one component only",
                             });
}

static int check_args(struct aw_ctx *ctx, const struct args *args)
{
    bool policy = args->origin != NULL || args->log_url != NULL ||
                  args->binaries_url != NULL || args->hab_target != NULL ||
                  args->srk_hash != NULL;

    if (policy && args->policy_out == NULL) {
        return aw_usage(ctx, "--origin, --log-url, --binaries-url, "
                             "--hab-target and --srk-hash are for "
                             "--policy-out");
    }
    return AW_EXIT_OK;
}

static int report_file(struct aw_ctx *ctx, aw_err err, const char *what,
                       const char *subject, const struct aw_host_diag *host)
{
    bool refused = err == AW_ERR_IO && host->diag.at != EIO;

    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .exit = refused ? AW_EXIT_REFUSED : 0,
                              .what = what,
                              .subject = subject,
                              .expected = "new files",
                              .host = host,
                              .remedy = err == AW_ERR_EXISTS
                                            ? "keys are never overwritten: "
                                              "use another folder, or --role "
                                              "for those that are missing"
                                            : "check the name and your rights "
                                              "to it",
                          });
}

/* Keys first: a policy that trusts keys nobody has is worse than none. */
static int write_all(struct keygen *k)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag host = {.network = false};
    bool was_there = access(k->folder, F_OK) == 0;
    aw_err err = aw_files_write(k->folder, k->files, k->n_files, &host);

    if (err != AW_OK) {
        return report_file(k->ctx, err, "the keys could not be written",
                           k->folder, &host);
    }
    if (k->args->policy_out == NULL) {
        return AW_EXIT_OK;
    }
    err = aw_file_write(k->args->policy_out, aw_buf_bytes(&k->policy), MODE,
                        AW_FILE_NEW, &host);
    if (err != AW_OK) {
        aw_files_remove(k->folder, k->files, k->n_files);
        if (!was_there) {
            (void)rmdir(k->folder);
        }
        return report_file(k->ctx, err, "the policy could not be written",
                           k->args->policy_out, &host);
    }
    return AW_EXIT_OK;
}

static void show(struct keygen *k)
{
    struct aw_out *out = &k->ctx->out;

    aw_out_text(out, "folder", k->folder);
    aw_out_begin_list(out, "keys");
    for (unsigned i = 0; i < ROLES; i++) {
        const struct role_key *role = &k->role[i];

        if (role->wanted) {
            aw_out_begin(out, NULL);
            aw_out_text(out, "role", roles[i].name);
            aw_key_put(k->ctx, &role->key);
            aw_out_bool(out, "secret", role->is_ours);
            aw_out_end(out);
        }
    }
    aw_out_end_list(out);
    if (k->args->policy_out != NULL) {
        aw_out_text(out, "policy", k->args->policy_out);
    }
}

static int generate(struct keygen *k)
{
    int code = choose_roles(k);

    if (code == AW_EXIT_OK) {
        code = make_keys(k);
    }
    if (code == AW_EXIT_OK && k->args->policy_out != NULL) {
        code = read_others(k);
        if (code == AW_EXIT_OK) {
            code = make_policy(k);
        }
    }
    if (code == AW_EXIT_OK) {
        make_files(k);
        code = write_all(k);
    }
    if (code == AW_EXIT_OK) {
        show(k);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct keygen *k = aw_pool_alloc(&ctx->pool, 1, sizeof(*k));

    k->ctx = ctx;
    k->args = values;
    k->folder = ctx->operands.item[0];
    int code = check_args(ctx, k->args);

    if (code == AW_EXIT_OK) {
        code = generate(k);
    }
    for (unsigned i = 0; i < ROLES; i++) {
        aw_skey_wipe(&k->role[i].secret);
        aw_wipe(&k->role[i].secret_line, sizeof(k->role[i].secret_line));
    }
    aw_buf_wipe(&k->policy);
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
    .size = sizeof(struct args),
    .run = run,
};
