/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sha256.h"
#include "judge/judge.h"

static aw_err parse_both(struct aw_ctx *ctx, const struct aw_bundle *bundle,
                         struct aw_verdict *v, struct aw_diag *diag)
{
    struct aw_note note;
    struct aw_wr work = judge_work(ctx);
    aw_err err = aw_note_split(bundle->checkpoint, &note, diag);

    v->step = AW_STEP_CHECKPOINT;
    if (err == AW_OK) {
        err = aw_checkpoint_parse(note.text, &v->checkpoint, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    v->step = AW_STEP_MANIFEST;
    err = aw_note_split(bundle->manifest, &note, diag);
    if (err == AW_OK) {
        err = aw_manifest_parse(note.text, &work, &v->manifest, diag);
    }
    return err;
}

static bool digest_is(aw_bytes data, const uint8_t want[AW_SHA256_SIZE])
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    return aw_bytes_equal((aw_bytes){digest, sizeof(digest)},
                          (aw_bytes){want, sizeof(digest)});
}

static aw_err check_digests(const struct aw_bundle *bundle,
                            struct aw_verdict *v, struct aw_diag *diag)
{
    const struct aw_manifest *m = &v->manifest;

    v->step = AW_STEP_FIRMWARE;
    if (bundle->has_firmware &&
        !digest_is(bundle->firmware, m->firmware_sha256)) {
        return aw_fail(diag, AW_ERR_DIGEST, "firmware: digest", 0);
    }
    v->step = AW_STEP_HAB;
    if (bundle->has_hab_signature &&
        (!m->has_hab || !digest_is(bundle->hab_signature, m->hab_sig_sha256))) {
        return aw_fail(diag, AW_ERR_DIGEST, "HAB signature: digest", 0);
    }
    return AW_OK;
}

aw_err judge_unsigned(struct aw_ctx *ctx, const struct judge_case *it,
                      struct aw_verdict *verdict, struct aw_diag *diag)
{
    const struct aw_bundle *bundle = it->bundle;
    struct aw_verdict v = {.step = AW_STEP_CHECKPOINT};
    aw_err err = parse_both(ctx, bundle, &v, diag);

    if (err == AW_OK) {
        v.step = AW_STEP_INCLUSION;
        aw_merkle_leaf(bundle->manifest, &v.leaf);
        err =
            aw_merkle_check_inclusion(bundle->index, v.checkpoint.size, &v.leaf,
                                      &bundle->proof, &v.checkpoint.root, diag);
    }
    if (err == AW_OK) {
        err = check_digests(bundle, &v, diag);
    }
    if (err == AW_OK) {
        v.step = AW_STEP_DONE;
        v.release.index = bundle->index;
        *verdict = v;
    } else {
        *verdict = (struct aw_verdict){.step = v.step};
    }
    return err;
}
