/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/bundle.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/release_make.h"
#include "aw/sha256.h"

const char *aw_bundle_step_name(enum aw_bundle_step step)
{
    static const char *const names[] = {
        [AW_STEP_CHECKPOINT] = "checkpoint", [AW_STEP_QUORUM] = "quorum",
        [AW_STEP_MANIFEST] = "manifest",     [AW_STEP_POLICY] = "policy",
        [AW_STEP_INCLUSION] = "inclusion",   [AW_STEP_FIRMWARE] = "firmware",
        [AW_STEP_HAB] = "hab-signature",     [AW_STEP_DONE] = "done",
    };

    return names[step];
}

/* Keys of all components in one list, with the component of each. */
struct key_list {
    size_t n;
    struct aw_vkey key[AW_COMPONENTS * AW_POLICY_KEYS];
    size_t component[AW_COMPONENTS * AW_POLICY_KEYS];
};

static void key_list_fill(const struct aw_policy *policy, struct key_list *list)
{
    list->n = 0;
    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        for (size_t k = 0; k < policy->signers[c].n; k++) {
            list->key[list->n] = policy->signers[c].key[k];
            list->component[list->n] = c;
            list->n++;
        }
    }
}

/* Every key of the component signed, and none of another one did. */
static aw_err signers_check(const struct key_list *list,
                            const struct aw_note *note,
                            enum aw_component component, struct aw_diag *diag)
{
    size_t required = 0;
    size_t missing = 0;

    for (size_t i = 0; i < list->n; i++) {
        bool own = list->component[i] == (size_t)component;
        bool signed_it = note->verified[i] != 0;

        if (!own && signed_it) {
            return aw_fail(diag, AW_ERR_POLICY,
                           "manifest: signed by another component's key",
                           list->component[i]);
        }
        required += own ? 1 : 0;
        missing += own && !signed_it ? 1 : 0;
    }
    if (required == 0) {
        return aw_fail(diag, AW_ERR_NO_SIG,
                       "manifest: policy has no key for the component",
                       (uint64_t)component);
    }
    if (missing > 0) {
        return aw_fail(diag, AW_ERR_NO_SIG,
                       "manifest: required signature missing", missing);
    }
    return AW_OK;
}

aw_err aw_leaf_open(aw_bytes leaf, const struct aw_policy *policy,
                    struct aw_wr *work, struct aw_manifest *manifest,
                    struct aw_diag *diag)
{
    struct key_list list;
    struct aw_note note;
    struct aw_manifest parsed;

    if (leaf.n > AW_MANIFEST_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "manifest: size", leaf.n);
    }
    key_list_fill(policy, &list);
    aw_err err = aw_note_open(leaf, list.key, list.n, &note, diag);

    if (err != AW_OK) {
        return err;
    }
    work->n = 0;
    work->failed = false;
    err = aw_manifest_parse(note.text, work, &parsed, diag);
    if (err == AW_OK) {
        err = signers_check(&list, &note, parsed.component, diag);
    }
    if (err == AW_OK) {
        *manifest = parsed;
    }
    return err;
}

static aw_err policy_check(const struct aw_manifest *manifest,
                           const struct aw_policy *policy,
                           const struct aw_expect *expect, struct aw_diag *diag)
{
    if (!expect->any_component && manifest->component != expect->component) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: component",
                       (uint64_t)manifest->component);
    }
    if (!aw_manifest_fits_target(manifest, policy->hab_target)) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: HAB target", 0);
    }
    if (expect->has_least_version &&
        aw_semver_compare(&manifest->version, &expect->least_version) < 0) {
        return aw_fail(diag, AW_ERR_POLICY, "manifest: version too old", 0);
    }
    return AW_OK;
}

static aw_err digest_check(aw_bytes data, const uint8_t want[AW_SHA256_SIZE],
                           const char *where, struct aw_diag *diag)
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    if (!aw_ct_equal(digest, want, sizeof(digest))) {
        return aw_fail(diag, AW_ERR_DIGEST, where, data.n);
    }
    return AW_OK;
}

static aw_err checkpoint_step(const struct aw_bundle *bundle,
                              const struct aw_policy *policy, uint64_t now,
                              struct aw_verdict *v, struct aw_diag *diag)
{
    v->step = AW_STEP_CHECKPOINT;
    if (!policy->has_log || policy->origin.n == 0) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "policy: log", 0);
    }
    aw_err err = aw_checkpoint_open(bundle->checkpoint, policy->origin,
                                    &policy->log, 1, &v->checkpoint, diag);

    if (err != AW_OK) {
        return err;
    }
    v->step = AW_STEP_QUORUM;
    return aw_policy_check_quorum(policy, bundle->checkpoint, now, diag);
}

static aw_err statement_steps(const struct aw_bundle *bundle,
                              const struct aw_policy *policy,
                              const struct aw_expect *expect,
                              struct aw_wr *work, struct aw_verdict *v,
                              struct aw_diag *diag)
{
    aw_err err = checkpoint_step(bundle, policy, expect->now, v, diag);

    if (err != AW_OK) {
        return err;
    }
    v->step = AW_STEP_MANIFEST;
    err = aw_leaf_open(bundle->manifest, policy, work, &v->manifest, diag);
    if (err != AW_OK) {
        return err;
    }
    v->step = AW_STEP_POLICY;
    err = policy_check(&v->manifest, policy, expect, diag);
    if (err != AW_OK) {
        return err;
    }
    v->step = AW_STEP_INCLUSION;
    aw_merkle_leaf(bundle->manifest, &v->leaf);
    return aw_merkle_check_inclusion(bundle->index, v->checkpoint.size,
                                     &v->leaf, &bundle->proof,
                                     &v->checkpoint.root, diag);
}

static aw_err image_steps(const struct aw_bundle *bundle, struct aw_verdict *v,
                          struct aw_diag *diag)
{
    aw_err err = AW_OK;

    v->step = AW_STEP_FIRMWARE;
    if (bundle->has_firmware) {
        err = digest_check(bundle->firmware, v->manifest.firmware_sha256,
                           "firmware: digest", diag);
    }
    if (err != AW_OK || !bundle->has_hab_signature) {
        return err;
    }
    v->step = AW_STEP_HAB;
    if (!v->manifest.has_hab) {
        return aw_fail(diag, AW_ERR_DIGEST, "HAB signature: no digest for it",
                       0);
    }
    return digest_check(bundle->hab_signature, v->manifest.hab_sig_sha256,
                        "HAB signature: digest", diag);
}

aw_err aw_bundle_verify(const struct aw_bundle *bundle,
                        const struct aw_policy *policy,
                        const struct aw_expect *expect, struct aw_wr *work,
                        struct aw_verdict *verdict, struct aw_diag *diag)
{
    struct aw_verdict v = {0};

    memset(verdict, 0, sizeof(*verdict));
    aw_err err = statement_steps(bundle, policy, expect, work, &v, diag);

    if (err == AW_OK) {
        err = image_steps(bundle, &v, diag);
    }
    if (err != AW_OK) {
        verdict->step = v.step;
        return err;
    }
    v.step = AW_STEP_DONE;
    v.release.component = v.manifest.component;
    v.release.version = v.manifest.version;
    v.release.index = bundle->index;
    v.release.manifest = bundle->manifest;
    v.release.has_firmware = bundle->has_firmware;
    v.release.firmware = bundle->firmware;
    v.release.has_hab_signature = bundle->has_hab_signature;
    v.release.hab_signature = bundle->hab_signature;
    memcpy(v.release.firmware_sha256, v.manifest.firmware_sha256,
           sizeof(v.release.firmware_sha256));
    *verdict = v;
    aw_release_seal(&verdict->release);
    return AW_OK;
}

static aw_err proof_from_spans(const aw_bytes *spans, size_t n,
                               struct aw_proof *proof, struct aw_diag *diag)
{
    struct aw_proof p = {.n = n};

    if (n > AW_PROOF_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "bundle: proof", n);
    }
    for (size_t i = 0; i < n; i++) {
        if (spans[i].n != AW_HASH_SIZE) {
            return aw_fail(diag, AW_ERR_FORMAT, "bundle: proof hash", i);
        }
        memcpy(p.h[i].b, spans[i].p, AW_HASH_SIZE);
    }
    *proof = p;
    return AW_OK;
}

aw_err aw_bundle_from_config(const struct aw_bootcfg *config,
                             struct aw_bundle *bundle, struct aw_diag *diag)
{
    struct aw_bundle b = {
        .checkpoint = config->checkpoint,
        .index = config->log_index,
        .manifest = config->manifest,
    };
    aw_err err =
        proof_from_spans(config->proof, config->n_proof, &b.proof, diag);

    if (err == AW_OK) {
        *bundle = b;
    }
    return err;
}

aw_err aw_bundle_from_file(const struct aw_bundle_file *file,
                           struct aw_bundle *bundle, struct aw_diag *diag)
{
    struct aw_bundle b = {
        .checkpoint = file->checkpoint,
        .index = file->index,
        .manifest = file->manifest,
        .has_firmware = file->firmware.n > 0,
        .firmware = file->firmware,
        .has_hab_signature = file->hab_signature.n > 0,
        .hab_signature = file->hab_signature,
    };
    aw_err err = proof_from_spans(file->proof, file->n_proof, &b.proof, diag);

    if (err == AW_OK) {
        *bundle = b;
    }
    return err;
}

static aw_err spans_of_proof(const struct aw_proof *proof,
                             aw_bytes spans[AW_BOOTCFG_PROOF_MAX])
{
    if (proof->n > AW_BOOTCFG_PROOF_MAX) {
        return AW_ERR_SPACE;
    }
    for (size_t i = 0; i < proof->n; i++) {
        spans[i] = (aw_bytes){proof->h[i].b, sizeof(proof->h[i].b)};
    }
    return AW_OK;
}

aw_err aw_bundle_to_config(const struct aw_bundle *bundle,
                           struct aw_bootcfg *config)
{
    struct aw_bootcfg c = {
        .checkpoint = bundle->checkpoint,
        .manifest = bundle->manifest,
        .log_index = bundle->index,
        .n_proof = bundle->proof.n,
    };
    aw_err err = spans_of_proof(&bundle->proof, c.proof);

    if (err == AW_OK) {
        *config = c;
    }
    return err;
}

aw_err aw_bundle_to_file(const struct aw_bundle *bundle,
                         struct aw_bundle_file *file)
{
    struct aw_bundle_file f = {
        .checkpoint = bundle->checkpoint,
        .index = bundle->index,
        .n_proof = bundle->proof.n,
        .manifest = bundle->manifest,
    };
    aw_err err = spans_of_proof(&bundle->proof, f.proof);

    if (err != AW_OK) {
        return err;
    }
    if (bundle->has_firmware) {
        f.firmware = bundle->firmware;
    }
    if (bundle->has_hab_signature) {
        f.hab_signature = bundle->hab_signature;
    }
    *file = f;
    return AW_OK;
}
