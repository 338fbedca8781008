/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOB_VECTORS_H
#define GOB_VECTORS_H

#include "aw/bootcfg.h"
#include "support.h"

/* Configuration records as the Go project writes them. */
enum { GOB_CONFIGS = 19 };
extern const char *const gob_configs[GOB_CONFIGS];

/** Path of a vector, good until the next call. */
const char *gob_path(const char *folder, const char *name, const char *ending);
/** Compares a record with its values. */
void gob_config_is(const struct aw_bootcfg *c, const cJSON *want);
/** Reads a record, which must succeed. */
struct aw_bootcfg gob_config(const char *path);

#endif
