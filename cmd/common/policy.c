/* SPDX-License-Identifier: Apache-2.0 */
#include "common/policy.h"

#include <string.h>

#include "aw/hostio/file.h"
#include "common/explain.h"
#include "common/input.h"

static bool is_path(const char *value)
{
    return strpbrk(value, "/.") != NULL || strcmp(value, "-") == 0;
}

/* Text of a named policy in a folder; AW_ERR_NOT_FOUND is not reported. */
static aw_err read_named(struct aw_ctx *ctx, const char *path, aw_bytes *text,
                         int *code)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    aw_err err = aw_file_read(path, AW_POLICY_MAX, &blob, &host);

    if (err == AW_OK) {
        aw_pool_adopt(&ctx->pool, blob.p);
        *text = aw_blob_bytes(&blob);
    } else if (err != AW_ERR_NOT_FOUND) {
        *code = aw_report(ctx, &(struct aw_finding){
                                   .err = err,
                                   .on = AW_ON_INPUT,
                                   .what = "the policy cannot be read",
                                   .subject = path,
                                   .host = &host,
                               });
    }
    return err;
}

static int unknown_name(struct aw_ctx *ctx, const char *name,
                        const char *folders)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_NOT_FOUND,
                 .on = AW_ON_INPUT,
                 .what = "there is no policy of that name",
                 .subject = name,
                 .expected = aw_pool_printf(
                     &ctx->pool, "ci, prod, a file in %s, or a path", folders),
                 .got = name,
                 .remedy = aw_pool_printf(
                     &ctx->pool, "for a file of this folder write ./%s", name),
             });
}

static int find_named(struct aw_ctx *ctx, struct aw_policy_use *use,
                      aw_bytes *text)
{
    const char *mine = NULL;
    int code = aw_input_dir(ctx, AW_DIR_CONFIG, &mine);

    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *folders[] = {
        aw_pool_printf(&ctx->pool, "%s/policies", mine),
        "/etc/aw/policies",
    };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        use->from = aw_pool_printf(&ctx->pool, "%s/%s", folders[i], use->name);
        aw_err err = read_named(ctx, use->from, text, &code);

        if (err != AW_ERR_NOT_FOUND) {
            return code;
        }
    }
    return unknown_name(
        ctx, use->name,
        aw_pool_printf(&ctx->pool, "%s or %s", folders[0], folders[1]));
}

static int find_text(struct aw_ctx *ctx, struct aw_policy_use *use,
                     aw_bytes *text)
{
    if (is_path(use->name)) {
        use->from = aw_input_name(use->name);
        return aw_input_read(ctx, use->name, AW_POLICY_MAX, text);
    }
    if (aw_policy_builtin(aw_text(use->name), text) == AW_OK) {
        use->from = "built in";
        return AW_EXIT_OK;
    }
    return find_named(ctx, use, text);
}

int aw_policy_read(struct aw_ctx *ctx, const char *value,
                   const struct aw_policy_use **use)
{
    struct aw_policy_use *u = aw_pool_alloc(&ctx->pool, 1, sizeof(*u));
    struct aw_diag diag = {.where = NULL};
    aw_bytes text = {NULL, 0};

    u->name = value;
    int code = find_text(ctx, u, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_policy_parse(text, &u->policy, &diag);

    if (err == AW_OK) {
        err = aw_policy_hash(&u->policy, u->sha256);
    }
    if (err != AW_OK) {
        struct aw_finding f = {
            .err = err,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_REFUSED,
            .what = "the policy is malformed",
            .subject = u->from,
        };

        aw_explain_policy(ctx, text, &diag, &f);
        return aw_report(ctx, &f);
    }
    *use = u;
    return AW_EXIT_OK;
}

void aw_policy_put(struct aw_ctx *ctx, const struct aw_policy_use *use)
{
    aw_out_begin(&ctx->out, "policy");
    aw_out_text(&ctx->out, "name", use->name);
    aw_out_text(&ctx->out, "from", use->from);
    aw_out_hex(&ctx->out, "sha256",
               (aw_bytes){use->sha256, sizeof(use->sha256)});
    aw_out_end(&ctx->out);
}

static void add_signers(struct aw_keys *keys, const struct aw_signers *signers)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (!aw_keys_have(keys, &signers->key[i])) {
            keys->key[keys->n++] = signers->key[i];
        }
    }
}

void aw_policy_add_keys(struct aw_ctx *ctx, const struct aw_policy *policy,
                        struct aw_keys *keys)
{
    struct aw_keys all = {.n = keys->n};

    all.key = aw_pool_alloc(&ctx->pool,
                            all.n + (size_t)AW_COMPONENTS * AW_POLICY_KEYS,
                            sizeof(*all.key));
    if (keys->n > 0) {
        memcpy(all.key, keys->key, keys->n * sizeof(*all.key));
    }
    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        add_signers(&all, &policy->signers[c]);
    }
    *keys = all;
}
