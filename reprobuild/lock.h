/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOCK_H
#define LOCK_H

#include "aw/hostio/diag.h"

/**
 * Locks a file, which is made when missing; closing it unlocks, and so does
 * the end of the process, however it ends. Holds among processes of several
 * machines too, where their file system does.
 *
 * @param alone    false: with others who say the same
 * @param stopped  ends the wait; may be NULL
 * @param fd       set
 *
 * @return AW_OK; AW_ERR_CANCELLED; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_lock(const char *path, bool alone,
                             bool (*stopped)(void), int *fd,
                             struct aw_host_diag *host);

/**
 * Locks a file that is there, alone, without waiting.
 *
 * @return false if another process has it; true, with -1, if there is none
 */
bool rb_lock_left(const char *path, int *fd);

/** Makes a shared lock one of its own, without waiting. @return false: it is
 *  shared as before */
bool rb_lock_alone(int fd);

/** Makes it shared again. */
void rb_lock_share(int fd);

#endif
