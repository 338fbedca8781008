/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/judge.h"

#include <inttypes.h>
#include <time.h>

#include "aw/sha256.h"
#include "common/explain.h"
#include "common/input.h"

/* Exit code for a failure at a step. */
static int exit_of(aw_err err, enum aw_bundle_step step)
{
    switch (step) {
    case AW_STEP_CHECKPOINT:
    case AW_STEP_QUORUM:
        return AW_EXIT_LOG;
    case AW_STEP_INCLUSION:
        return err == AW_ERR_RANGE ? AW_EXIT_NOT_LOGGED : AW_EXIT_LOG;
    case AW_STEP_MANIFEST:
    case AW_STEP_POLICY:
    case AW_STEP_FIRMWARE:
    case AW_STEP_HAB:
    case AW_STEP_DONE:
        break;
    }
    return AW_EXIT_MISMATCH;
}

struct aw_wr judge_work(struct aw_ctx *ctx)
{
    return aw_wr_init(aw_pool_alloc(&ctx->pool, AW_MANIFEST_WORK, 1),
                      AW_MANIFEST_WORK);
}

aw_err judge_verify(struct aw_ctx *ctx, const struct judge_case *it,
                    struct aw_verdict *verdict, struct aw_diag *diag)
{
    struct aw_expect expect = it->expect;
    struct aw_wr work = judge_work(ctx);

    expect.now = (uint64_t)time(NULL);
    return aw_bundle_verify(it->bundle, it->policy, &expect, &work, verdict,
                            diag);
}

static void explain_checkpoint(struct aw_ctx *ctx, const struct judge_case *it,
                               struct aw_finding *f)
{
    if (it->policy != NULL) {
        aw_explain_checkpoint(ctx, it->bundle->checkpoint, it->policy, f);
    } else {
        f->expected = "a checkpoint: origin, size, root, signatures";
    }
}

static const char *hex(struct aw_ctx *ctx, const uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_hex(&w, (aw_bytes){digest, AW_SHA256_SIZE});
    return aw_pool_bytes(&ctx->pool, aw_wr_done(&w));
}

static const char *semver(struct aw_ctx *ctx, const struct aw_semver *version)
{
    enum { ROOM = AW_MANIFEST_MAX };
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, ROOM, 1), ROOM);

    aw_semver_write(version, &w);
    return aw_pool_bytes(&ctx->pool, aw_wr_done(&w));
}

static void explain_inclusion(struct aw_ctx *ctx, const struct judge_case *it,
                              aw_err err, struct aw_finding *f)
{
    f->expected = aw_pool_printf(&ctx->pool,
                                 "a proof that the manifest is entry %" PRIu64
                                 " of the signed tree",
                                 it->bundle->index);
    if (err == AW_ERR_RANGE) {
        f->expected = "an entry that the signed tree has";
        f->got =
            aw_pool_printf(&ctx->pool, "entry %" PRIu64, it->bundle->index);
        return;
    }
    f->remedy = "get the bundle again from where it came; if it stays so, "
                "this manifest was never logged there";
}

static void explain_policy(struct aw_ctx *ctx, const struct judge_case *it,
                           const struct aw_manifest *m, struct aw_finding *f)
{
    const struct aw_expect *e = &it->expect;

    f->remedy = "do not use it here; check that it is the release that you "
                "meant";
    if (!e->any_component && m->component != e->component) {
        f->expected = aw_component_name(e->component);
        f->got = aw_component_name(m->component);
    } else if (!aw_manifest_fits_target(m, it->policy->hab_target)) {
        f->expected =
            aw_pool_printf(&ctx->pool, "HAB target %s",
                           aw_pool_bytes(&ctx->pool, it->policy->hab_target));
        f->got = !m->has_hab
                     ? "no HAB target"
                     : aw_pool_printf(&ctx->pool, "HAB target %s",
                                      aw_pool_bytes(&ctx->pool, m->hab_target));
    } else {
        f->expected = aw_pool_printf(&ctx->pool, "version %s or newer",
                                     semver(ctx, &e->least_version));
        f->got = aw_pool_printf(&ctx->pool, "version %s",
                                aw_pool_bytes(&ctx->pool, m->tag_name));
    }
}

static void explain_digest(struct aw_ctx *ctx, aw_bytes data,
                           const uint8_t want[AW_SHA256_SIZE],
                           struct aw_finding *f)
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    f->expected = aw_pool_printf(&ctx->pool, "SHA-256 %s", hex(ctx, want));
    f->got = aw_pool_printf(&ctx->pool, "SHA-256 %s of %zu bytes",
                            hex(ctx, digest), data.n);
}

/* The manifest once more: a refused verdict says nothing of it. */
static aw_err open_again(struct aw_ctx *ctx, const struct judge_case *it,
                         struct aw_manifest *m)
{
    struct aw_wr work = judge_work(ctx);
    struct aw_note note;

    if (it->policy != NULL) {
        return aw_leaf_open(it->bundle->manifest, it->policy, &work, m, NULL);
    }
    aw_err err = aw_note_split(it->bundle->manifest, &note, NULL);

    return err == AW_OK ? aw_manifest_parse(note.text, &work, m, NULL) : err;
}

static void explain_statement(struct aw_ctx *ctx, const struct judge_case *it,
                              enum aw_bundle_step step, struct aw_finding *f)
{
    struct aw_manifest m;

    if (open_again(ctx, it, &m) != AW_OK) {
        f->expected = "a manifest signed by every key of its component, and by "
                      "no other component's";
    } else if (step == AW_STEP_POLICY) {
        explain_policy(ctx, it, &m, f);
    } else if (step == AW_STEP_FIRMWARE) {
        explain_digest(ctx, it->bundle->firmware, m.firmware_sha256, f);
    } else if (!m.has_hab) {
        f->expected = "no HAB signature: the manifest names none";
    } else {
        explain_digest(ctx, it->bundle->hab_signature, m.hab_sig_sha256, f);
    }
}

/* What a device holds cannot be fetched again. */
static const char *remedy_on_device(enum aw_bundle_step step)
{
    switch (step) {
    case AW_STEP_INCLUSION:
    case AW_STEP_MANIFEST:
    case AW_STEP_FIRMWARE:
    case AW_STEP_HAB:
        return "do not put the device into service; keep an image of it and "
               "look into it before aw provision writes the release again";
    default:
        return NULL;
    }
}

int judge_refuse(struct aw_ctx *ctx, const struct judge_case *it, aw_err err,
                 enum aw_bundle_step step, const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .exit = exit_of(err, step),
        .subject = it->subject,
        .diag = diag,
    };

    switch (step) {
    case AW_STEP_CHECKPOINT:
    case AW_STEP_QUORUM:
        explain_checkpoint(ctx, it, &finding);
        break;
    case AW_STEP_INCLUSION:
        explain_inclusion(ctx, it, err, &finding);
        break;
    case AW_STEP_MANIFEST:
    case AW_STEP_POLICY:
    case AW_STEP_FIRMWARE:
    case AW_STEP_HAB:
    case AW_STEP_DONE:
        explain_statement(ctx, it, step, &finding);
        break;
    }
    if (it->on_device && remedy_on_device(step) != NULL) {
        finding.remedy = remedy_on_device(step);
    }
    return aw_report(ctx, &finding);
}

int judge_boot(struct aw_ctx *ctx, const struct judge_case *it,
               const struct aw_verdict *verdict, bool quiet,
               struct rom_judged *judged)
{
    const struct aw_manifest *m = &verdict->manifest;
    const struct aw_release *r = &verdict->release;

    *judged = (struct rom_judged){.verdict = ROM_NOT_CHECKED};
    if (!aw_component_has_hab(m->component) || !r->has_firmware ||
        (m->has_hab && !r->has_hab_signature)) {
        return AW_EXIT_OK;
    }
    return rom_judge(ctx,
                     &(struct rom_case){
                         .subject = it->subject,
                         .policy = it->policy,
                         .component = m->component,
                         .image = it->bundle->firmware,
                         .csf = it->bundle->hab_signature,
                         .quiet = quiet,
                     },
                     judged);
}
