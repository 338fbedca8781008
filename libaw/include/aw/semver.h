/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SEMVER_H
#define AW_SEMVER_H

#include "aw/bytes.h"

/* Semantic version as Go's coreos/go-semver reads and orders it. Texts are
 * borrowed from the parsed text. Empty text means 0.0.0. */
struct aw_semver {
    uint64_t major;
    uint64_t minor;
    uint64_t patch;
    aw_bytes pre_release;
    aw_bytes metadata;
};

AW_MUST_CHECK aw_err aw_semver_parse(aw_bytes text, struct aw_semver *version);
void aw_semver_write(const struct aw_semver *version, struct aw_wr *w);
/** Less than, equal to, greater than zero. Metadata does not count. */
int aw_semver_compare(const struct aw_semver *a, const struct aw_semver *b);

#endif
