/* SPDX-License-Identifier: Apache-2.0 */
#include "common/trust.h"

#include "common/input.h"

/* A key from an option, unless the policy gave one already. */
static int add_key(struct aw_ctx *ctx, const char *option, const char *value,
                   struct aw_signers *signers)
{
    if (value == NULL) {
        return AW_EXIT_OK;
    }
    int code = aw_input_vkey(ctx, option, value, &signers->key[signers->n]);

    if (code == AW_EXIT_OK) {
        signers->n++;
    }
    return code;
}

/* How often a key is named as a signer. */
static size_t times_named(const struct aw_policy *policy,
                          const struct aw_vkey *key)
{
    size_t times = 0;

    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        for (size_t k = 0; k < policy->signers[c].n; k++) {
            times += aw_vkey_same(&policy->signers[c].key[k], key) ? 1 : 0;
        }
    }
    return times;
}

static int check_role(struct aw_ctx *ctx, const struct aw_policy *policy,
                      const struct aw_signers *role)
{
    for (size_t k = 0; k < role->n; k++) {
        if (times_named(policy, &role->key[k]) > 1) {
            return aw_usage(
                ctx, "the same key %s is given for two roles",
                aw_key_label(ctx, role->key[k].name, role->key[k].id));
        }
    }
    return AW_EXIT_OK;
}

/* One public key may not sign for two components, nor twice for one. */
static int check_distinct(struct aw_ctx *ctx, const struct aw_policy *policy)
{
    int code = AW_EXIT_OK;

    for (size_t c = 0; c < AW_COMPONENTS && code == AW_EXIT_OK; c++) {
        code = check_role(ctx, policy, &policy->signers[c]);
    }
    return code;
}

static int load_options(struct aw_ctx *ctx, const struct aw_trust_args *args,
                        struct aw_trust *trust)
{
    struct aw_signers *signers = trust->use.policy.signers;
    const struct {
        const char *option;
        const char *value;
        enum aw_component component;
    } keys[] = {
        {"--applet-verifier", args->applet, AW_TRUSTED_APPLET},
        {"--boot-verifier", args->boot, AW_BOOTLOADER},
        {"--os-verifier-1", args->os1, AW_TRUSTED_OS},
        {"--os-verifier-2", args->os2, AW_TRUSTED_OS},
        {"--recovery-verifier", args->recovery, AW_RECOVERY},
    };
    int code = AW_EXIT_OK;

    if ((args->os1 != NULL) != (args->os2 != NULL)) {
        return aw_usage(ctx, "two keys sign the trusted OS: --os-verifier-1 "
                             "and --os-verifier-2 belong together");
    }
    if (args->log_key != NULL) {
        code =
            aw_input_vkey(ctx, "--vkey", args->log_key, &trust->use.policy.log);
        trust->use.policy.has_log = code == AW_EXIT_OK;
    }
    if (args->origin != NULL) {
        trust->use.policy.origin = aw_text(args->origin);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && code == AW_EXIT_OK;
         i++) {
        code = add_key(ctx, keys[i].option, keys[i].value,
                       &signers[keys[i].component]);
    }
    if (args->hab_target != NULL) {
        trust->use.policy.hab_target = aw_text(args->hab_target);
    }
    if (code == AW_EXIT_OK && args->srk_hash != NULL) {
        code = aw_input_digest(ctx, args->srk_hash, trust->use.policy.srk_hash);
        trust->use.policy.has_srk_hash = code == AW_EXIT_OK;
    }
    if (code == AW_EXIT_OK) {
        code = check_distinct(ctx, &trust->use.policy);
    }
    /* Every key of a verifier option can be written again. */
    AW_BUG_ON(code == AW_EXIT_OK &&
              aw_policy_hash(&trust->use.policy, trust->use.sha256) != AW_OK);
    return code;
}

/* Whom to trust is said by a policy alone: saying it twice would leave open
 * which counts. What the boot ROM of a device asks for, hab-target and
 * srk-hash, an option may add to a policy that says nothing of it. Not every
 * command has all of the options: one without a value is not asked for. */
static int check_conflicts(struct aw_ctx *ctx, const struct aw_trust_args *args)
{
    const struct {
        const char *name;
        const char *value;
    } fixed[] = {
        {"origin", args->origin},
        {"vkey", args->log_key},
        {"applet-verifier", args->applet},
        {"boot-verifier", args->boot},
        {"os-verifier-1", args->os1},
        {"os-verifier-2", args->os2},
        {"recovery-verifier", args->recovery},
    };

    if (args->policy != NULL && args->tmpl != NULL) {
        return aw_usage(ctx, "--policy and --template exclude each other");
    }
    if (args->policy == NULL && args->tmpl == NULL) {
        return AW_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].value != NULL &&
            aw_opts_given(&ctx->opts, fixed[i].name)) {
            return aw_usage(ctx,
                            "--%s belongs to a run without policy: a "
                            "policy alone says whom to trust",
                            fixed[i].name);
        }
    }
    return AW_EXIT_OK;
}

static int set_already(struct aw_ctx *ctx, const char *option)
{
    return aw_usage(ctx, "--%s is set by the policy already", option);
}

/* What an option adds to a policy. The result has a hash of its own. */
static int complete(struct aw_ctx *ctx, const struct aw_trust_args *args,
                    struct aw_trust *trust)
{
    struct aw_policy *policy = &trust->use.policy;
    bool target =
        args->hab_target != NULL && aw_opts_given(&ctx->opts, "hab-target");
    bool hash = args->srk_hash != NULL && aw_opts_given(&ctx->opts, "srk-hash");
    int code = AW_EXIT_OK;

    if (target && policy->hab_target.n > 0) {
        return set_already(ctx, "hab-target");
    }
    if (hash && policy->has_srk_hash) {
        return set_already(ctx, "srk-hash");
    }
    if (target) {
        policy->hab_target = aw_text(args->hab_target);
    }
    if (hash) {
        code = aw_input_digest(ctx, args->srk_hash, policy->srk_hash);
        policy->has_srk_hash = code == AW_EXIT_OK;
    }
    /* It was a policy that can be written, and these are words of one. */
    AW_BUG_ON(code == AW_EXIT_OK &&
              aw_policy_hash(policy, trust->use.sha256) != AW_OK);
    return code;
}

static int load_named(struct aw_ctx *ctx, const struct aw_trust_args *args,
                      const char *name, struct aw_trust *trust)
{
    const struct aw_policy_use *use = NULL;
    int code = aw_policy_read(ctx, name, &use);

    if (code == AW_EXIT_OK) {
        trust->use = *use;
        code = complete(ctx, args, trust);
    }
    return code;
}

int aw_trust_load(struct aw_ctx *ctx, const struct aw_trust_args *args,
                  struct aw_trust **trust)
{
    struct aw_trust *t = aw_pool_alloc(&ctx->pool, 1, sizeof(*t));
    const char *name = args->policy != NULL ? args->policy : args->tmpl;
    int code = check_conflicts(ctx, args);
    aw_bytes text = {0};

    aw_policy_init(&t->use.policy);
    t->use.name = "options";
    t->use.from = "command line";
    if (code == AW_EXIT_OK && args->tmpl != NULL &&
        aw_policy_builtin(aw_text(args->tmpl), &text) != AW_OK) {
        code = aw_usage(ctx,
                        "there is no template %s; ci and prod are built "
                        "in",
                        args->tmpl);
    }
    if (code == AW_EXIT_OK) {
        code = name != NULL ? load_named(ctx, args, name, t)
                            : load_options(ctx, args, t);
    }
    t->log_url = args->log_url;
    if (t->log_url == NULL && t->use.policy.log_url.n > 0) {
        t->log_url = aw_pool_bytes(&ctx->pool, t->use.policy.log_url);
    }
    *trust = t;
    return code;
}

int aw_trust_need_log(struct aw_ctx *ctx, const struct aw_trust *trust)
{
    if (!trust->use.policy.has_log) {
        return aw_usage(ctx, "the log's key is missing: give --policy, or "
                             "--origin and --vkey");
    }
    if (trust->use.policy.origin.n == 0) {
        return aw_usage(ctx, "the log's origin is missing: give --origin");
    }
    return AW_EXIT_OK;
}

int aw_trust_load_log(struct aw_ctx *ctx, const struct aw_trust_args *args,
                      struct aw_trust **trust)
{
    int code = aw_trust_load(ctx, args, trust);

    return code == AW_EXIT_OK ? aw_trust_need_log(ctx, *trust) : code;
}
