/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/judge.h"

static const char *checked(bool yes)
{
    return yes ? "checked" : "not checked";
}

static void show_hab(struct aw_ctx *ctx, const struct aw_verdict *verdict,
                     const struct rom_judged *rom)
{
    struct aw_out *out = &ctx->out;
    const struct aw_manifest *m = &verdict->manifest;

    if (m->has_hab) {
        aw_out_bytes(out, "hab_target", m->hab_target);
        aw_out_hex(out, "hab_signature_sha256",
                   (aw_bytes){m->hab_sig_sha256, sizeof(m->hab_sig_sha256)});
    }
    aw_out_text(out, "hab_signature",
                m->has_hab ? checked(verdict->release.has_hab_signature)
                           : "none stated");
    aw_out_text(out, "hab", rom_verdict_name(rom->verdict));
    if (rom->verdict == ROM_BOOTS) {
        aw_out_count(out, "hab_srk", rom->srk);
    }
}

void judge_show(struct aw_ctx *ctx, const struct aw_verdict *verdict,
                const struct rom_judged *rom)
{
    struct aw_out *out = &ctx->out;
    const struct aw_manifest *m = &verdict->manifest;
    const struct aw_checkpoint *c = &verdict->checkpoint;

    aw_out_text(out, "component", aw_component_name(m->component));
    aw_out_bytes(out, "version", m->tag_name);
    aw_out_bytes(out, "commit", m->commit);
    aw_out_begin(out, "log");
    aw_out_bytes(out, "origin", c->origin);
    aw_out_u64(out, "size", c->size);
    aw_out_base64(out, "root", (aw_bytes){c->root.b, sizeof(c->root.b)});
    aw_out_u64(out, "index", verdict->release.index);
    aw_out_base64(out, "leaf_hash",
                  (aw_bytes){verdict->leaf.b, sizeof(verdict->leaf.b)});
    aw_out_text(out, "inclusion", "checked");
    aw_out_end(out);
    aw_out_hex(out, "firmware_sha256",
               (aw_bytes){m->firmware_sha256, sizeof(m->firmware_sha256)});
    aw_out_text(out, "firmware", checked(verdict->release.has_firmware));
    if (aw_component_has_hab(m->component)) {
        show_hab(ctx, verdict, rom);
    }
}

void judge_warn(struct aw_ctx *ctx, const struct aw_verdict *verdict,
                const struct aw_policy *policy)
{
    const struct aw_manifest *m = &verdict->manifest;

    if (!verdict->release.has_firmware) {
        aw_warn(ctx, "the image itself was not checked: give --firmware");
    }
    if (!aw_component_has_hab(m->component)) {
        return;
    }
    if (m->has_hab && !verdict->release.has_hab_signature) {
        aw_warn(ctx, "the HAB signature was not checked: give "
                     "--hab-signature");
    }
    if (policy->hab_target.n == 0) {
        aw_warn(ctx, "any HAB target was accepted: give --hab-target");
    }
}

void judge_warn_rom(struct aw_ctx *ctx, const struct aw_policy *policy,
                    bool skipped)
{
    if (skipped) {
        aw_warn(ctx, "what the boot ROM decides was not checked: --skip-hab");
    } else if (!policy->has_srk_hash) {
        aw_warn(ctx, "what the boot ROM decides was not checked: give "
                     "--srk-hash");
    }
}
