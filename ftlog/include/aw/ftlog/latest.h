/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_LATEST_H
#define AW_FTLOG_LATEST_H

#include "aw/ftlog/manifest.h"
#include "aw/ftlog/policy.h"

/*
 * The newest release of each component, as upstream's fetcher chooses:
 * highest version, at equal versions the later entry. With a HAB target only
 * bootloader and recovery of that target count.
 */
enum { AW_VERSION_TEXT_MAX = 128 };

struct aw_latest_entry {
    bool found;
    uint64_t index;
    size_t version_n;
    uint8_t version[AW_VERSION_TEXT_MAX]; /* canonical text */
    uint8_t firmware_sha256[32];
    bool has_hab;
    uint8_t hab_sig_sha256[32];
};

struct aw_latest {
    struct aw_latest_entry of[AW_COMPONENTS];
};

/**
 * Takes a proven, opened leaf into account.
 *
 * @param hab_target  empty: any
 *
 * @return AW_OK, also for a leaf that is not the newest or of another
 *         target; AW_ERR_SPACE if its version text is longer than
 *         AW_VERSION_TEXT_MAX bytes.
 */
AW_MUST_CHECK aw_err aw_latest_add(struct aw_latest *latest, uint64_t index,
                                   const struct aw_manifest *manifest,
                                   aw_bytes hab_target, struct aw_diag *diag);

#endif
