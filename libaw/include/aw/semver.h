/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SEMVER_H
#define AW_SEMVER_H

#include "aw/bytes.h"

/*
 * Semantic version as Go's coreos/go-semver reads and orders it, which
 * differs from semver.org in small ways: leading zeros are dropped, an empty
 * tail after `-` or `+` is too, and "-1" is a number among the identifiers of
 * a pre-release. No leading `v`.
 */
struct aw_semver {
    uint64_t major; /* each at most 2^63-1 */
    uint64_t minor;
    uint64_t patch;
    aw_bytes pre_release; /* dot-separated identifiers; empty for none */
    aw_bytes metadata;
};

/**
 * Reads a version.
 *
 * @param text     untrusted
 * @param version  its texts are borrowed from text; untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if text is not three numbers, or an identifier
 *         is empty or has characters outside [0-9A-Za-z-], and for an empty
 *         text; AW_ERR_RANGE if a number exceeds 2^63-1.
 */
AW_MUST_CHECK aw_err aw_semver_parse(aw_bytes text, struct aw_semver *version);

/** Writes the canonical text. */
void aw_semver_write(const struct aw_semver *version, struct aw_wr *w);

/** Less than, equal to, greater than zero. Metadata does not count. */
int aw_semver_compare(const struct aw_semver *a, const struct aw_semver *b);

#endif
