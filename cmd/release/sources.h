/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_SOURCES_H
#define RELEASE_SOURCES_H

#include "aw/ftlog/manifest.h"
#include "aw/ftlog/sources.h"

/* Our own firmware, which names the list of its third-party sources; the
 * archives are kept with the artefacts. */
#define RELEASE_RECIPE       "c-firmware-1"
#define RELEASE_SOURCES_LOCK "cmake/sources.lock"

static inline bool release_has_sources(const struct aw_manifest *m)
{
    return m->has_sources_sha256 && aw_bytes_is(m->recipe, RELEASE_RECIPE);
}

#endif
