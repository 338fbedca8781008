/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_BUILD_H
#define RELEASE_BUILD_H

#include "common/trust.h"
#include "manifest/make.h"

/* aw release build */
extern const struct aw_cmd aw_cmd_release_build;

/* Programs that are run, with no shell in between. A list of arguments ends
 * with NULL. */

enum { BUILD_OUTPUT_MAX = 64 * 1024 };

/**
 * Runs a program; what it prints goes to the end of a file.
 *
 * @param log  path
 *
 * @return its exit status; -1 when it cannot be started or was killed
 */
int build_run(const char *const *args, const char *log);

/**
 * Runs a program and takes what it prints, up to BUILD_OUTPUT_MAX bytes;
 * messages of its own are dropped.
 *
 * @param text  memory of the pool, without white space at its end
 *
 * @return true: it ended with exit status 0
 */
bool build_capture(struct aw_ctx *ctx, const char *const *args,
                   const char **text);

#endif
