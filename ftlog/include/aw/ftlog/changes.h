/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_CHANGES_H
#define AW_FTLOG_CHANGES_H

#include "aw/ftlog/manifest.h"

/* What two manifests say, side by side, for notes about a release. */
enum {
    AW_CHANGES_FIELDS = 13,
    AW_CHANGES_MAX = AW_CHANGES_FIELDS + 2 * AW_MANIFEST_ENVS_MAX
};

struct aw_change {
    const char *field; /* static, as in "version"; NULL: an environment
                          variable of the build, whose name is `env` */
    aw_bytes env;
    bool is_digest; /* from and to are 32 bytes, else text */
    bool has_from;  /* the older manifest says something */
    bool has_to;
    aw_bytes from;
    aw_bytes to;
};

struct aw_changes {
    size_t n;
    struct aw_change list[AW_CHANGES_MAX];
};

/** True when both sides do not say the same. */
bool aw_change_differs(const struct aw_change *change);

/**
 * Lists all that at least one of two manifests says, equal or not: fields
 * first, then environment variables in the order of the newer manifest, those
 * that only the older one has last. A variable that stands more than once is
 * paired in order.
 *
 * @param from     the older one; NULL: there is none
 * @param changes  spans are borrowed from the manifests, which must not move
 */
void aw_manifest_changes(const struct aw_manifest *from,
                         const struct aw_manifest *to,
                         struct aw_changes *changes);

#endif
