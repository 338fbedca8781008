/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "aw/bytes.h"

/*
 * A folder of its own for each test process, deleted when that ends well; a
 * failed check leaves it for a look.
 */

/** Path of the folder, made at the first call. */
const char *scratch_dir(void);
/** Path below it; lives until the process ends. */
const char *scratch_path(const char *name);
/** Writes a file below it, folders included; returns its path. */
const char *scratch_file(const char *name, aw_bytes content);
/** Whole file at any path; NUL-terminated, lives until the process ends. */
aw_bytes scratch_read(const char *path);

#endif
