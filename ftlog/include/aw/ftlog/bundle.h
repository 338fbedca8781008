/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_BUNDLE_H
#define AW_FTLOG_BUNDLE_H

#include "aw/bootcfg.h"
#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/manifest.h"
#include "aw/ftlog/policy.h"
#include "aw/release.h"

/* Everything that is needed to judge one release. From disk, network or a
 * device: nothing in it is trusted. All spans are borrowed. */
struct aw_bundle {
    aw_bytes checkpoint; /* signed note */
    uint64_t index;
    struct aw_proof proof;
    aw_bytes manifest; /* signed note, the leaf itself */
    bool has_firmware;
    aw_bytes firmware;
    bool has_hab_signature;
    aw_bytes hab_signature;
};

/* What the verifier asks for beyond the policy. */
struct aw_expect {
    bool any_component; /* the manifest's own component decides the keys */
    enum aw_component component;
    bool has_least_version; /* older releases are refused */
    struct aw_semver least_version;
    uint64_t now; /* seconds since 1970, for the policy's max-age */
};

/* Facts that a verification established, for reports. */
struct aw_bundle_facts {
    struct aw_checkpoint checkpoint;
    struct aw_manifest manifest;
    aw_hash leaf;
};

/**
 * Checks a bundle from checkpoint to firmware and, alone among all
 * functions, makes a release of it.
 *
 * @param work     scratch of AW_MANIFEST_WORK bytes; texts in facts and
 *                 release point into it
 * @param release  cleared first, sealed last
 * @param facts    filled on success
 */
AW_MUST_CHECK aw_err aw_bundle_verify(const struct aw_bundle *bundle,
                                      const struct aw_policy *policy,
                                      const struct aw_expect *expect,
                                      struct aw_wr *work,
                                      struct aw_release *release,
                                      struct aw_bundle_facts *facts,
                                      struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_bundle_from_config(const struct aw_bootcfg *config,
                                           struct aw_bundle *bundle,
                                           struct aw_diag *diag);

#endif
