/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/latest.h"

#include <string.h>

/* The version kept for a component; it was written from a parsed one. */
static struct aw_semver kept_version(const struct aw_latest_entry *entry)
{
    struct aw_semver version = {0};
    aw_err err =
        aw_semver_parse((aw_bytes){entry->version, entry->version_n}, &version);

    AW_BUG_ON(err != AW_OK);
    return version;
}

aw_err aw_latest_add(struct aw_latest *latest, uint64_t index,
                     const struct aw_manifest *manifest, aw_bytes hab_target,
                     struct aw_diag *diag)
{
    struct aw_latest_entry *entry = &latest->of[manifest->component];
    struct aw_latest_entry e = {.found = true, .index = index};
    struct aw_wr w = aw_wr_init(e.version, sizeof(e.version));

    if (!aw_manifest_fits_target(manifest, hab_target)) {
        return AW_OK;
    }
    aw_semver_write(&manifest->version, &w);
    if (w.failed) {
        return aw_fail(diag, AW_ERR_SPACE, "manifest: version text", 0);
    }
    e.version_n = w.n;
    if (entry->found) {
        struct aw_semver kept = kept_version(entry);
        int order = aw_semver_compare(&manifest->version, &kept);

        if (order < 0 || (order == 0 && index < entry->index)) {
            return AW_OK;
        }
    }
    memcpy(e.firmware_sha256, manifest->firmware_sha256,
           sizeof(e.firmware_sha256));
    e.has_hab = manifest->has_hab;
    memcpy(e.hab_sig_sha256, manifest->hab_sig_sha256,
           sizeof(e.hab_sig_sha256));
    *entry = e;
    return AW_OK;
}
