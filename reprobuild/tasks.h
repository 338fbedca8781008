/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TASKS_H
#define TASKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Threads that a user has on this machine: what RLIMIT_NPROC counts. */
uint64_t rb_tasks_of(uid_t uid);

/** Leaves all further groups; for use between fork and exec. */
bool setgroups_none(void);

/** Ends all children of this process, those included that it gets when theirs
 *  end, and waits for them. */
void rb_tasks_end_children(void);

#endif
