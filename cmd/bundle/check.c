/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/check.h"

#include "aw/emmc.h"
#include "bundle/load.h"
#include "common/input.h"
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/proof.h"
#include "judge/rebuilds.h"

static int read_expect(struct aw_ctx *ctx, const struct bundle_check_args *args,
                       struct aw_expect *expect)
{
    expect->any_component = args->component == NULL;
    if (args->component != NULL &&
        aw_component_parse(aw_text(args->component), &expect->component) !=
            AW_OK) {
        return aw_usage(ctx, "--component is not a component: %s",
                        args->component);
    }
    expect->has_least_version = args->least_version != NULL;
    if (args->least_version != NULL &&
        aw_semver_parse(aw_text(args->least_version), &expect->least_version) !=
            AW_OK) {
        return aw_usage(ctx, "--least-version is not a version: %s",
                        args->least_version);
    }
    return AW_EXIT_OK;
}

/* A record that does not lead to its image is of no use to a device, though
 * nothing signs it. */
static int check_place(struct aw_ctx *ctx, const char *path,
                       const struct bundle_loaded *loaded,
                       enum aw_component component)
{
    const struct aw_bootcfg *c = &loaded->config;
    const struct aw_bundle *b = &loaded->bundle;
    const struct aw_emmc_region *region = NULL;

    if (!loaded->has_place) {
        return AW_EXIT_OK;
    }
    if (b->has_firmware &&
        (c->size < 0 || (uint64_t)c->size != b->firmware.n)) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_RANGE,
                     .on = AW_ON_STATEMENT,
                     .what = "the record gives another size than its image has",
                     .subject = aw_input_name(path),
                     .expected =
                         aw_pool_printf(&ctx->pool, "%zu bytes", b->firmware.n),
                     .got = aw_pool_printf(&ctx->pool, "%lld bytes",
                                           (long long)c->size),
                 });
    }
    if (aw_emmc_check(component, c->offset, c->size, &region) != AW_OK) {
        return aw_report(
            ctx,
            &(struct aw_finding){
                .err = AW_ERR_RANGE,
                .on = AW_ON_STATEMENT,
                .what = "the record points to where its image may not lie",
                .subject = aw_input_name(path),
                .expected =
                    aw_pool_printf(&ctx->pool, "the start of a slot for %s",
                                   aw_component_name(component)),
                .got = aw_pool_printf(&ctx->pool, "offset %lld, %lld bytes",
                                      (long long)c->offset, (long long)c->size),
            });
    }
    return AW_EXIT_OK;
}

static int write_proof(struct aw_ctx *ctx, const char *dir,
                       const struct aw_bundle *bundle,
                       const struct aw_verdict *verdict)
{
    if (dir == NULL) {
        return AW_EXIT_OK;
    }
    return proof_write(
        ctx, dir,
        &(struct proof_files){
            .component = verdict->manifest.component,
            .version = aw_pool_bytes(&ctx->pool, verdict->manifest.tag_name),
            .index = bundle->index,
            .manifest = bundle->manifest,
            .checkpoint = bundle->checkpoint,
            .proof = &bundle->proof,
        });
}

/* Everything about one bundle that the result says. */
struct outcome {
    int code;
    struct aw_verdict verdict;
    bool skip_hab;
    struct rom_judged rom;
    struct history history;
    struct rebuilds_found rebuilds;
};

/* The log is asked when its place is given, not when a policy names one. */
static int look_back(struct aw_ctx *ctx, const struct bundle_check_args *args,
                     const struct aw_trust *trust, struct outcome *out)
{
    struct log_view log = {0};
    struct history_ask ask = {
        .trust = trust,
        .accept_new_baseline = args->accept_new_baseline,
    };
    int code = AW_EXIT_OK;

    if (args->trust.log_url != NULL) {
        code = log_view_trusted(ctx, trust, args->accept_new_baseline, &log);
        ask.log = code == AW_EXIT_OK ? &log : NULL;
    }
    code = aw_exit_join(code, history_check(ctx, &ask, &out->history, 1));
    log_view_close(&log);
    return code;
}

/* Statement and image, then the log's past, which may need the network. */
static void judge(struct aw_ctx *ctx, const struct judge_case *it,
                  const struct bundle_loaded *loaded,
                  const struct bundle_check_args *args,
                  const struct aw_trust *trust, struct outcome *out)
{
    struct aw_diag diag = {0};
    const struct aw_verdict *v = &out->verdict;
    aw_err err = judge_verify(ctx, it, &out->verdict, &diag);

    if (err != AW_OK) {
        out->code = judge_refuse(ctx, it, err, v->step, &diag);
        return;
    }
    out->code = check_place(ctx, it->subject, loaded, v->manifest.component);
    out->skip_hab = args->skip_hab;
    if (!out->skip_hab) {
        out->code =
            aw_exit_join(out->code, judge_boot(ctx, it, v, false, &out->rom));
    }
    out->history = (struct history){
        .subject = it->subject,
        .tree = {v->checkpoint.size, v->checkpoint.root},
        .note = it->bundle->checkpoint,
    };
    out->code = aw_exit_join(out->code, look_back(ctx, args, trust, out));
    const struct rebuilds_ask ask = {it->policy, args->rebuilders,
                                     args->rebuilds};

    out->code = aw_exit_join(out->code,
                             rebuilds_check(ctx, &ask, it->subject, v,
                                            it->bundle->index, &out->rebuilds));
}

static void show(struct aw_ctx *ctx, const struct judge_case *it,
                 const struct bundle_loaded *loaded,
                 const struct aw_trust *trust, const struct outcome *outcome)
{
    struct aw_out *out = &ctx->out;
    const struct aw_verdict *v = &outcome->verdict;

    aw_out_bool(out, "verified", outcome->code == AW_EXIT_OK);
    aw_out_text(out, "bundle", it->subject);
    aw_out_text(out, "form", bundle_form_name(loaded->form));
    aw_policy_put(ctx, &trust->use);
    if (v->step != AW_STEP_DONE) {
        aw_out_text(out, "stopped_at", aw_bundle_step_name(v->step));
        return;
    }
    judge_show(ctx, v, &outcome->rom);
    history_show(ctx, &outcome->history);
    rebuilds_show(ctx, &outcome->rebuilds);
    judge_warn(ctx, v, it->policy);
    if (aw_component_has_hab(v->manifest.component) &&
        v->release.has_firmware) {
        judge_warn_rom(ctx, it->policy, outcome->skip_hab);
    }
}

static int check(struct aw_ctx *ctx, const struct judge_case *it,
                 const struct bundle_loaded *loaded,
                 const struct bundle_check_args *args,
                 const struct aw_trust *trust, struct aw_release *release)
{
    struct outcome *out = aw_pool_alloc(&ctx->pool, 1, sizeof(*out));

    judge(ctx, it, loaded, args, trust, out);
    show(ctx, it, loaded, trust, out);
    if (out->code == AW_EXIT_OK && release != NULL) {
        *release = out->verdict.release;
    }
    return out->code == AW_EXIT_OK
               ? write_proof(ctx, args->proof_dir, it->bundle, &out->verdict)
               : out->code;
}

int bundle_check(struct aw_ctx *ctx, const char *path,
                 const struct bundle_check_args *args,
                 const struct aw_trust *trust, struct aw_release *release,
                 struct aw_bundle *bundle)
{
    struct bundle_loaded *loaded =
        aw_pool_alloc(&ctx->pool, 1, sizeof(*loaded));
    struct judge_case it = {
        .subject = aw_input_name(path),
        .policy = &trust->use.policy,
        .bundle = &loaded->bundle,
    };
    int code = read_expect(ctx, args, &it.expect);

    if (code == AW_EXIT_OK) {
        code = bundle_load(ctx, path, AW_EXIT_MISMATCH, loaded);
    }
    if (code == AW_EXIT_OK) {
        code = bundle_load_image(ctx, args->firmware, args->hab_signature,
                                 &loaded->bundle);
    }
    if (code == AW_EXIT_OK) {
        code = check(ctx, &it, loaded, args, trust, release);
    }
    if (code == AW_EXIT_OK && bundle != NULL) {
        *bundle = loaded->bundle;
    }
    return code;
}

int bundle_check_release(struct aw_ctx *ctx, const char *path,
                         const struct bundle_check_args *args,
                         struct aw_release *release, struct aw_bundle *bundle)
{
    struct aw_trust *trust = NULL;
    int code = aw_trust_load_log(ctx, &args->trust, &trust);

    if (code == AW_EXIT_OK) {
        aw_out_begin(&ctx->out, "release");
        code = bundle_check(ctx, path, args, trust, release, bundle);
        aw_out_end(&ctx->out);
    }
    return code;
}
