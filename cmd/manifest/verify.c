/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/bundle.h"
#include "common/explain.h"
#include "common/input.h"
#include "common/policy.h"
#include "manifest/manifest.h"

struct args {
    struct aw_list vkeys;
    const char *policy;
    const char *component;
    const char *hab_target;
};

static const struct aw_opt opts[] = {
    {.name = "vkey",
     .alias = "public-key-file",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, vkeys),
     .arg = "KEY",
     .help = "Verifier key that must have signed: NAME+ID+BASE64, or a file "
             "that holds it. A trusted OS has two."},
    {.name = "policy",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, policy),
     .arg = "NAME|FILE",
     .help = "Policy whose keys for the manifest's component must have signed, "
             "in place of --vkey: ci, prod, a name, or a path with / or a dot "
             "in it."},
    {.name = "component",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, component),
     .arg = "NAME",
     .help = "Refuse a manifest of another component: BOOTLOADER, RECOVERY, "
             "TRUSTED_OS or TRUSTED_APPLET. Keys alone do not tell."},
    {.name = "hab-target",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, hab_target),
     .arg = "NAME",
     .help = "Refuse a bootloader or recovery that is not signed for this HAB "
             "target, such as ci or prod."},
};

/* What is asked of the manifest. */
struct request {
    struct args args;
    struct aw_keys keys;             /* --vkey */
    const struct aw_policy_use *use; /* --policy; NULL with --vkey */
    bool has_component;
    enum aw_component component;
    aw_bytes hab_target; /* empty: any */
};

/* Keys on the command line set a policy of the configuration file aside, and
 * the reverse; side by side they are wrong. */
static bool drop_weaker(struct aw_ctx *ctx, struct args *args)
{
    enum aw_opt_source keys = aw_opts_source(&ctx->opts, "vkey");
    enum aw_opt_source policy = aw_opts_source(&ctx->opts, "policy");

    if (keys == policy) {
        return false;
    }
    if (keys > policy) {
        args->policy = NULL;
    } else {
        args->vkeys.n = 0;
    }
    return true;
}

static int read_request(struct aw_ctx *ctx, struct request *r)
{
    struct args *args = &r->args;

    if (!drop_weaker(ctx, args)) {
        return aw_usage(ctx, "give either --vkey or --policy");
    }
    if (args->component != NULL) {
        r->has_component = true;
        if (aw_component_parse(aw_text(args->component), &r->component) !=
            AW_OK) {
            return aw_usage(ctx, "--component is not a component: %s",
                            args->component);
        }
    }
    if (args->policy == NULL) {
        r->hab_target =
            aw_text(args->hab_target == NULL ? "" : args->hab_target);
        return aw_input_keys(ctx, "--vkey", &args->vkeys, false, &r->keys);
    }
    int code = aw_policy_read(ctx, args->policy, &r->use);

    if (code != AW_EXIT_OK) {
        return code;
    }
    r->hab_target = r->use->policy.hab_target;
    if (args->hab_target != NULL && r->hab_target.n > 0) {
        return aw_usage(ctx, "--hab-target is set by the policy already");
    }
    if (args->hab_target != NULL) {
        r->hab_target = aw_text(args->hab_target);
    }
    return AW_EXIT_OK;
}

static const char *wanted(struct aw_ctx *ctx, const struct request *r)
{
    const char *list = "";

    for (size_t i = 0; i < r->keys.n; i++) {
        list = aw_pool_printf(
            &ctx->pool, "%s%s%s", list, i == 0 ? "" : " and ",
            aw_key_label(ctx, r->keys.key[i].name, r->keys.key[i].id));
    }
    return r->use == NULL
               ? aw_pool_printf(&ctx->pool, "signatures of %s", list)
               : "a signature of every key that the policy has for the "
                 "component";
}

/* A manifest is a statement of those who release, not of the log. */
static int refuse_signers(struct aw_ctx *ctx, const struct request *r,
                          const struct manifest_file *f, aw_err err,
                          const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .exit = AW_EXIT_MISMATCH,
        .subject = aw_input_name(f->path),
        .diag = diag,
    };

    if (err == AW_ERR_POLICY) {
        finding.expected = "no signature of another component's key";
    } else if (err == AW_ERR_NO_SIG) {
        finding.expected = wanted(ctx, r);
        finding.got = aw_explain_signers(ctx, f->data);
    } else if (err == AW_ERR_SIG) {
        finding.expected = "the text that was signed";
        finding.got = "a signature that does not fit text and key";
    } else {
        return manifest_report(ctx, f->path, f->data, err, AW_ON_STATEMENT,
                               diag);
    }
    return aw_report(ctx, &finding);
}

/* All keys of --vkey signed, then the text is read. */
static aw_err open_with_keys(const struct request *r, struct manifest_file *f,
                             struct aw_wr *work, struct aw_diag *diag)
{
    aw_err err = aw_note_open(f->data, r->keys.key, r->keys.n, &f->note, diag);

    if (err == AW_OK && f->note.n_verified < r->keys.n) {
        err = aw_fail(diag, AW_ERR_NO_SIG, "manifest: signatures", 0);
    }
    return err == AW_OK
               ? aw_manifest_parse(f->note.text, work, &f->manifest, diag)
               : err;
}

static aw_err open_with_policy(const struct request *r, struct manifest_file *f,
                               struct aw_wr *work, struct aw_diag *diag)
{
    aw_err err =
        aw_leaf_open(f->data, &r->use->policy, work, &f->manifest, diag);

    return err == AW_OK ? aw_note_split(f->data, &f->note, diag) : err;
}

static void check_component(struct aw_ctx *ctx, const struct request *r,
                            const struct manifest_file *f)
{
    if (!r->has_component || r->component == f->manifest.component) {
        return;
    }
    (void)aw_report(ctx, &(struct aw_finding){
                             .err = AW_ERR_POLICY,
                             .on = AW_ON_STATEMENT,
                             .what = "the manifest is of another component",
                             .subject = aw_input_name(f->path),
                             .expected = aw_component_name(r->component),
                             .got = aw_component_name(f->manifest.component),
                         });
}

static void check_target(struct aw_ctx *ctx, const struct request *r,
                         const struct manifest_file *f)
{
    const struct aw_manifest *m = &f->manifest;

    if (aw_manifest_fits_target(m, r->hab_target)) {
        return;
    }
    (void)aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_POLICY,
                 .on = AW_ON_STATEMENT,
                 .what = "the manifest is for another HAB target",
                 .subject = aw_input_name(f->path),
                 .expected = aw_pool_bytes(&ctx->pool, r->hab_target),
                 .got = m->has_hab ? aw_pool_bytes(&ctx->pool, m->hab_target)
                                   : "no HAB section",
             });
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct request *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));
    struct manifest_file *f = aw_pool_alloc(&ctx->pool, 1, sizeof(*f));
    struct aw_diag diag = {.where = NULL};
    struct aw_wr work = manifest_work(ctx);

    r->args = *(const struct args *)values;
    f->path = ctx->operands.item[0];
    f->is_signed = true;
    int code = read_request(ctx, r);

    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, f->path, AW_MANIFEST_MAX, &f->data);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = r->use == NULL ? open_with_keys(r, f, &work, &diag)
                                : open_with_policy(r, f, &work, &diag);

    if (err != AW_OK) {
        return refuse_signers(ctx, r, f, err, &diag);
    }
    check_component(ctx, r, f);
    check_target(ctx, r, f);
    aw_out_bool(&ctx->out, "verified", ctx->found.exit == 0);
    if (r->use != NULL) {
        aw_policy_put(ctx, r->use);
    }
    manifest_put(ctx, f);
    aw_out_text(&ctx->out, "log", "not checked");
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_manifest_verify = {
    .name = "verify",
    .summary = "verify the signatures of a manifest",
    .prose = "Verifies that a manifest is signed by all keys that it must have "
             "and prints what it says. Whether it is in the log is another "
             "question, which aw verify and aw log answer.\n\nFILE may be - "
             "for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
