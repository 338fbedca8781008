/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/judge.h"

#include <time.h>

int judge_exit(aw_err err, enum aw_bundle_step step)
{
    switch (step) {
    case AW_STEP_CHECKPOINT:
        return err == AW_ERR_PRECONDITION ? AW_EXIT_USAGE : AW_EXIT_LOG;
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

int judge_bundle(struct aw_ctx *ctx, const struct aw_trust *trust,
                 const struct aw_bundle *bundle, const char *subject,
                 struct aw_verdict *verdict)
{
    struct aw_expect expect = {
        .any_component = true,
        .now = (uint64_t)time(NULL),
    };
    struct aw_wr work = aw_wr_init(
        aw_pool_alloc(&ctx->pool, AW_MANIFEST_WORK, 1), AW_MANIFEST_WORK);
    struct aw_diag diag = {0};
    aw_err err = aw_bundle_verify(bundle, &trust->use.policy, &expect, &work,
                                  verdict, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_STATEMENT,
                 .exit = judge_exit(err, verdict->step),
                 .subject = aw_pool_printf(&ctx->pool, "%s: %s", subject,
                                           aw_bundle_step_name(verdict->step)),
                 .diag = &diag,
             });
}

static const char *checked(bool yes)
{
    return yes ? "checked" : "not checked";
}

void judge_show(struct aw_ctx *ctx, const struct aw_verdict *verdict)
{
    struct aw_out *out = &ctx->out;
    const struct aw_manifest *m = &verdict->manifest;
    const struct aw_release *r = &verdict->release;

    aw_out_text(out, "component", aw_component_name(m->component));
    aw_out_bytes(out, "version", m->tag_name);
    aw_out_bytes(out, "commit", m->commit);
    aw_out_u64(out, "index", r->index);
    aw_out_base64(out, "leaf_hash",
                  (aw_bytes){verdict->leaf.b, sizeof(verdict->leaf.b)});
    aw_out_begin(out, "checkpoint");
    aw_out_bytes(out, "origin", verdict->checkpoint.origin);
    aw_out_u64(out, "size", verdict->checkpoint.size);
    aw_out_base64(out, "root",
                  (aw_bytes){verdict->checkpoint.root.b,
                             sizeof(verdict->checkpoint.root.b)});
    aw_out_end(out);
    aw_out_text(out, "inclusion", "checked");
    aw_out_hex(out, "firmware_sha256",
               (aw_bytes){m->firmware_sha256, sizeof(m->firmware_sha256)});
    aw_out_text(out, "firmware", checked(r->has_firmware));
    if (m->has_hab) {
        aw_out_bytes(out, "hab_target", m->hab_target);
        aw_out_hex(out, "hab_signature_sha256",
                   (aw_bytes){m->hab_sig_sha256, sizeof(m->hab_sig_sha256)});
        aw_out_text(out, "hab_signature_digest", checked(r->has_hab_signature));
        aw_out_text(out, "hab", "not checked");
    }
}
