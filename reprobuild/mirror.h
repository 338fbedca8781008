/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MIRROR_H
#define MIRROR_H

#include "aw/reprobuild/source.h"

/* A mirror of a repository in the cache, as a file of this machine: it may be
 * left half-written by what was killed, and damaged by what broke. */

/** Whether there is one. */
bool rb_mirror_is(const char *mirror);

/** Removes what calls of git left that were killed: locks, unfinished packs.
 *  Only while no other process writes to it. */
void rb_mirror_tidy(const char *mirror);

/**
 * Whether everything is there that its branches and tags lead to.
 *
 * @return as rb_git
 */
AW_MUST_CHECK aw_err rb_mirror_check(const struct aw_rb_source *source,
                                     bool *sound, struct aw_host_diag *host);

/** Removes it, unless another process uses it.
 *  @param use  of aw_rb_source_use */
bool rb_mirror_drop(const char *mirror, int use);

#endif
