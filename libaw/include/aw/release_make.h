/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_RELEASE_MAKE_H
#define AW_RELEASE_MAKE_H

#include "aw/release.h"

/** Sets the seal, last of all. For ftlog/bundle.c alone; tools/check-layers
 *  refuses this header anywhere else. */
void aw_release_seal(struct aw_release *release);

#endif
