/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "aw/ftlog/policy.h"
#include "common/input.h"
#include "release/keygen.h"

/* Keys that the folder has already belong into the policy, too. */
static int read_others(struct keygen *k)
{
    int code = AW_EXIT_OK;

    for (unsigned i = 0; i < KEYGEN_ROLES && code == AW_EXIT_OK; i++) {
        struct keygen_key *role = &k->role[i];
        const char *path = aw_pool_printf(&k->ctx->pool, "%s/%s.pub", k->folder,
                                          keygen_roles[i].name);

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
    const struct keygen_args *args = k->args;

    if (!k->role[KEYGEN_LOG].has_key) {
        return args->origin == NULL && args->log_url == NULL
                   ? AW_EXIT_OK
                   : aw_usage(k->ctx,
                              "--origin and --log-url need the log's key");
    }
    policy->has_log = true;
    policy->log = k->role[KEYGEN_LOG].key;
    policy->origin =
        args->origin == NULL ? policy->log.name : aw_text(args->origin);
    policy->log_url = text_or_none(args->log_url);
    return AW_EXIT_OK;
}

static int fill_srk_hash(struct keygen *k, struct aw_policy *policy)
{
    if (k->args->srk_hash == NULL) {
        return AW_EXIT_OK;
    }
    policy->has_srk_hash = true;
    return aw_input_digest(k->ctx, k->args->srk_hash, policy->srk_hash);
}

static int fill_policy(struct keygen *k, struct aw_policy *policy)
{
    const struct keygen_args *args = k->args;

    aw_policy_init(policy);
    for (unsigned i = KEYGEN_BOOT; i < KEYGEN_ROLES; i++) {
        struct aw_signers *s = &policy->signers[keygen_roles[i].component];

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
static int write_text(struct keygen *k)
{
    struct aw_policy *policy = aw_pool_alloc(&k->ctx->pool, 1, sizeof(*policy));
    struct aw_policy *again = aw_pool_alloc(&k->ctx->pool, 1, sizeof(*again));
    struct aw_sink sink = aw_buf_sink(&k->policy);
    struct aw_diag diag = {.where = NULL};
    int code = fill_policy(k, policy);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (k->role[KEYGEN_OS1].has_key != k->role[KEYGEN_OS2].has_key) {
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

int keygen_make_policy(struct keygen *k)
{
    int code = read_others(k);
    bool any = false;

    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        any = any || k->role[i].has_key;
    }
    if (code == AW_EXIT_OK && !any) {
        code = aw_report(k->ctx, &(struct aw_finding){
                                     .err = AW_ERR_NOT_FOUND,
                                     .on = AW_ON_INPUT,
                                     .what = "the folder has no keys",
                                     .subject = k->folder,
                                     .expected = "files such as log.pub",
                                     .remedy = "name the folder of the keys, "
                                               "or leave --no-keys out",
                                 });
    }
    return code == AW_EXIT_OK ? write_text(k) : code;
}
