/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_MANIFEST_H
#define AW_FTLOG_MANIFEST_H

#include "aw/bytes.h"
#include "aw/release.h"
#include "aw/semver.h"

/*
 * Release manifest: the JSON text of a note that announces one release.
 * Source: armored-witness-common release/firmware/ftlog; format page:
 * docs/formats/manifest.md.
 */
enum {
    AW_MANIFEST_MAX = 64 * 1024, /* bytes of text */
    AW_MANIFEST_ENVS_MAX = 64,
    AW_MANIFEST_WORK = 512 * 1024 /* bytes that aw_manifest_parse may need */
};

/*
 * What a release says of itself. Texts are borrowed from the work area given
 * to aw_manifest_parse, or from whoever fills the struct for writing. A
 * manifest that was read has a component and a firmware digest, and with a
 * HAB section its digest too; these flags are for what upstream's writer
 * makes of values not given.
 */
struct aw_manifest {
    uint64_t schema_version;  /* 0 or 1 */
    struct aw_semver version; /* git.tag_name; texts borrowed from tag_name */
    aw_bytes tag_name;        /* canonical text of version */
    aw_bytes commit;          /* hex SHA-1, 40 lower-case characters */
    aw_bytes tamago_version;  /* canonical text */
    size_t n_envs;
    aw_bytes envs[AW_MANIFEST_ENVS_MAX]; /* KEY=value, form not checked */
    aw_bytes hab_target;
    uint8_t firmware_sha256[32];
    uint8_t hab_sig_sha256[32];
    /* Build keys of our own firmware; texts are empty when absent. */
    aw_bytes recipe;
    aw_bytes toolchain_name;
    aw_bytes toolchain_version;
    uint8_t toolchain_sha256[32]; /* of the compiler's package */
    uint8_t sources_sha256[32];
    enum aw_component component;
    bool has_component; /* false is written as "" */
    bool has_tamago;
    bool has_firmware_sha256; /* false is written as null */
    bool has_hab; /* boot loader and recovery have it; not checked here */
    bool has_hab_sig_sha256; /* false is written as null */
    bool has_toolchain;
    bool has_sources_sha256;
};

/**
 * Reads the JSON text of a manifest, strictly: what upstream's writer makes
 * and no more. Unknown keys are ignored, unless only the case of their
 * letters tells them from a known one, which upstream's reader would take.
 *
 * @param text      text of a note; untrusted
 * @param work      memory for texts and scratch, taken from its unused part;
 *                  AW_MANIFEST_WORK bytes are enough for any manifest, though
 *                  not for 64 KiB of tiny unknown values; untouched on failure
 * @param manifest  untouched on failure
 * @param diag      may be NULL; `where` names the key
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if a key is missing; AW_ERR_TYPE if a value
 *         has the wrong type, null included; AW_ERR_FORMAT if the text is no
 *         JSON, a version, digest or commit has the wrong form, a text is
 *         empty, or a key differs from a known one in case; AW_ERR_RANGE if a
 *         number in a version exceeds 2^63-1 or one elsewhere 63 characters;
 *         AW_ERR_DUPLICATE if a key comes twice in an object;
 *         AW_ERR_UNSUPPORTED for an unknown schema_version or component;
 *         AW_ERR_SHORT if the text ends within the object; AW_ERR_SPACE above
 *         AW_MANIFEST_MAX, AW_MANIFEST_ENVS_MAX, the limits of aw/json.h, or
 *         if work is full.
 */
AW_MUST_CHECK aw_err aw_manifest_parse(aw_bytes text, struct aw_wr *work,
                                       struct aw_manifest *manifest,
                                       struct aw_diag *diag);

/**
 * Writes the text of a manifest as upstream's tool does, byte for byte, line
 * feed at the end included. tag_name and tamago_version are written as given;
 * version has no part in it. w fails when it is too small.
 */
void aw_manifest_write(const struct aw_manifest *manifest, struct aw_wr *w);

/**
 * True when the release may run on devices of a HAB target: it names that
 * target, its component has none, or `wanted` is empty, which means any.
 */
bool aw_manifest_fits_target(const struct aw_manifest *manifest,
                             aw_bytes wanted);

#endif
