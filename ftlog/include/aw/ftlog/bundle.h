/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_BUNDLE_H
#define AW_FTLOG_BUNDLE_H

#include "aw/bootcfg.h"
#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/manifest.h"
#include "aw/ftlog/merkle.h"
#include "aw/ftlog/policy.h"
#include "aw/release.h"

/*
 * From evidence to a release. A bundle is whatever arrived from disk, network
 * or a device; aw_bundle_verify alone turns it into a sealed aw_release.
 */

/* Everything that is needed to judge one release. Nothing in it is trusted,
 * all spans are borrowed. */
struct aw_bundle {
    aw_bytes checkpoint; /* signed note */
    uint64_t index;      /* of the leaf */
    struct aw_proof proof;
    aw_bytes manifest; /* signed note; its bytes are the leaf */
    bool has_firmware;
    aw_bytes firmware; /* ELF, or IMX without CSF */
    bool has_hab_signature;
    aw_bytes hab_signature; /* CSF that follows the IMX */
};

/* What the caller asks for beyond the policy. */
struct aw_expect {
    bool any_component; /* the manifest's own component decides */
    enum aw_component component;
    bool has_least_version; /* older releases are refused */
    struct aw_semver least_version;
    uint64_t now; /* seconds since 1970, for the policy's max-age */
};

/* The step at which a verification stopped, for reports and exit codes. */
enum aw_bundle_step {
    AW_STEP_CHECKPOINT, /* signature, origin and form of the checkpoint */
    AW_STEP_QUORUM,     /* witnesses */
    AW_STEP_MANIFEST,   /* signatures and form of the manifest */
    AW_STEP_POLICY,     /* component, HAB target, version */
    AW_STEP_INCLUSION,  /* leaf in the checkpoint's tree */
    AW_STEP_FIRMWARE,   /* digest of the image */
    AW_STEP_HAB,        /* digest of the HAB signature */
    AW_STEP_DONE
};

/* Outcome of a verification. Valid as long as bundle, policy and work. */
struct aw_verdict {
    enum aw_bundle_step step;
    struct aw_release release; /* sealed when step is AW_STEP_DONE */
    struct aw_checkpoint checkpoint;
    struct aw_manifest manifest;
    aw_hash leaf;
};

/** Short name of a step, as in "inclusion". */
const char *aw_bundle_step_name(enum aw_bundle_step step);

/**
 * Opens a leaf: the note must be signed by every key that the policy names
 * for the manifest's component, and by no key of another component.
 *
 * Deterministic where upstream depends on map order: the note is opened with
 * all keys, then the component decides which are required.
 *
 * @param leaf      signed manifest; untrusted
 * @param work      at least AW_MANIFEST_WORK bytes; reset on entry, texts of
 *                  the manifest point into it
 * @param manifest  untouched on failure
 *
 * @return AW_OK; the errors of aw_note_open and aw_manifest_parse;
 *         AW_ERR_NO_SIG if a required signature is missing or the policy
 *         names no key for the component; AW_ERR_POLICY if a key of another
 *         component signed too; AW_ERR_SPACE above AW_MANIFEST_MAX bytes.
 */
AW_MUST_CHECK aw_err aw_leaf_open(aw_bytes leaf, const struct aw_policy *policy,
                                  struct aw_wr *work,
                                  struct aw_manifest *manifest,
                                  struct aw_diag *diag);

/**
 * Checks a bundle in the order of enum aw_bundle_step and, alone among all
 * functions, makes a release of it. Firmware and HAB signature are hashed
 * when the bundle has them; the release says which were.
 *
 * A HAB section is required of bootloader and recovery when the policy fixes
 * a HAB target, and must name that target.
 *
 * @param work     as for aw_leaf_open
 * @param verdict  cleared first, its release is sealed last; after a failure
 *                 only `step` is set
 *
 * @return AW_OK; AW_ERR_PRECONDITION if the policy names no log or origin;
 *         the errors of aw_checkpoint_open, aw_policy_check_quorum,
 *         aw_leaf_open and aw_merkle_check_inclusion; AW_ERR_POLICY for
 *         another component, HAB target or an older version than asked for;
 *         AW_ERR_DIGEST if firmware or HAB signature differ from the
 *         manifest, or a HAB signature comes without a digest for it.
 */
AW_MUST_CHECK aw_err aw_bundle_verify(const struct aw_bundle *bundle,
                                      const struct aw_policy *policy,
                                      const struct aw_expect *expect,
                                      struct aw_wr *work,
                                      struct aw_verdict *verdict,
                                      struct aw_diag *diag);

/**
 * Takes the evidence out of a configuration record or a proof bundle file.
 *
 * @param bundle  borrowed from what `config` or `file` borrow from; untouched
 *                on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if a proof hash is not 32 bytes long;
 *         AW_ERR_SPACE above AW_PROOF_MAX hashes.
 */
AW_MUST_CHECK aw_err aw_bundle_from_config(const struct aw_bootcfg *config,
                                           struct aw_bundle *bundle,
                                           struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_bundle_from_file(const struct aw_bundle_file *file,
                                         struct aw_bundle *bundle,
                                         struct aw_diag *diag);

/**
 * Puts the evidence into a configuration record: the inverse of
 * aw_bundle_from_config. Image and HAB signature do not belong there.
 *
 * @param config  offset and size are 0; borrowed from bundle, which must not
 *                move; untouched on failure
 *
 * @return AW_OK; AW_ERR_SPACE above AW_BOOTCFG_PROOF_MAX proof hashes.
 */
AW_MUST_CHECK aw_err aw_bundle_to_config(const struct aw_bundle *bundle,
                                         struct aw_bootcfg *config);

/** As aw_bundle_to_config for a proof bundle file: the inverse of
 *  aw_bundle_from_file. */
AW_MUST_CHECK aw_err aw_bundle_to_file(const struct aw_bundle *bundle,
                                       struct aw_bundle_file *file);

#endif
