/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>

#include "aw/reprobuild/sandbox.h"

enum { RB_CGROUPS = 2, RB_CGROUP_PATH = 128 };

/* Control groups of one run, where this process may make them. */
struct rb_cgroups {
    size_t n;
    bool memory; /* memory is limited by one of them */
    char path[RB_CGROUPS][RB_CGROUP_PATH];
};

/** Makes them; none where that is not allowed. */
void rb_cgroups_make(const struct aw_rb_limits *limits,
                     struct rb_cgroups *groups);

/** Puts the calling process into them; for use between fork and exec.
 *  @return false when one does not take it */
bool rb_cgroups_enter(const struct rb_cgroups *groups);

/** Removes them once all their processes have ended. */
void rb_cgroups_remove(const struct rb_cgroups *groups);

#endif
