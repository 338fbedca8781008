/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_MANIFEST_H
#define AW_FTLOG_MANIFEST_H

#include "aw/bytes.h"
#include "aw/release.h"
#include "aw/semver.h"

enum { AW_MANIFEST_MAX = 64 * 1024, AW_MANIFEST_ENVS_MAX = 64 };

/* What a release says of itself. Texts are borrowed from the work area given
 * to aw_manifest_parse, which must outlive it. */
struct aw_manifest {
    uint64_t schema_version; /* 0 or 1 */
    enum aw_component component;
    struct aw_semver version; /* git.tag_name */
    aw_bytes tag_name;        /* canonical text of version */
    aw_bytes commit;          /* hex SHA-1, 40 characters */
    bool has_tamago;
    aw_bytes tamago_version; /* canonical text */
    size_t n_envs;
    aw_bytes envs[AW_MANIFEST_ENVS_MAX]; /* KEY=value */
    uint8_t firmware_sha256[32];
    bool has_hab;
    aw_bytes hab_target;
    uint8_t hab_sig_sha256[32];
    /* Extra build keys of our own firmware; empty when absent. */
    aw_bytes recipe;
    aw_bytes toolchain_name;
    aw_bytes toolchain_version;
    bool has_toolchain_sha256;
    uint8_t toolchain_sha256[32];
    bool has_sources_sha256;
    uint8_t sources_sha256[32];
};

/**
 * Reads the JSON text of a manifest, strictly.
 *
 * @param text  verified text of a note; untrusted in form
 * @param work  scratch and text storage; AW_MANIFEST_WORK bytes are enough
 */
enum { AW_MANIFEST_WORK = 512 * 1024 };
AW_MUST_CHECK aw_err aw_manifest_parse(aw_bytes text, struct aw_wr *work,
                                       struct aw_manifest *manifest,
                                       struct aw_diag *diag);
/** Writes the text as upstream's tool does, byte for byte. */
void aw_manifest_write(const struct aw_manifest *manifest, struct aw_wr *w);

#endif
