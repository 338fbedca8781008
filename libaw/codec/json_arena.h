/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_ARENA_H
#define JSON_ARENA_H

#include "aw/bytes.h"

/*
 * Memory for cJSON. While a work area is bound, what cJSON allocates in this
 * thread is reserved there and never freed. Host and device have a source
 * file each.
 */

/** Binds a work area; NULL ends it. The first call sets cJSON's hooks. */
void json_arena_bind(struct aw_wr *work);

#endif
