/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUSEMAP_PRIVATE_H
#define FUSEMAP_PRIVATE_H

/* Between the reader of fuse maps and what looks into them. */

#include "aw/hab/fuse.h"

/** @return the fuse of that name, which is no register; NULL if none */
const struct aw_fuse *fusemap_named(const struct aw_fusemap *map,
                                    aw_bytes name);

/** @return whether a fuse or a register has the name */
bool fusemap_taken(const struct aw_fusemap *map, aw_bytes name);

/** @return whether every word of the fuse has a register */
bool fusemap_inside(const struct aw_fusemap *map, const struct aw_fuse *fuse);

#endif
