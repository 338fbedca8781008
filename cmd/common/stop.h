/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_STOP_H
#define COMMON_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "aw/hostio/wait.h"

/*
 * Orderly ends: Ctrl-C, SIGTERM, SIGHUP and the time limit of the run. The
 * first one only sets a flag, so that long work stops at a place from which
 * it can go on; the second one ends the process.
 */

/** Takes over the signals, and ignores SIGPIPE. */
void aw_stop_init(void);
/** Sets the time limit of the run; 0: none. When it passes and the work does
 *  not end within ten more seconds, the process ends with exit code 22. */
void aw_stop_after(uint64_t timeout_ms);

/** Adds the signals that are taken over to a set, for waits that must hear
 *  them. */
void aw_stop_signals(sigset_t *set);

/** True when long work is to stop at the next good place. */
bool aw_cancelled(void);
/** The same for waits of libraries; ctx is not used. */
bool aw_stop_asked(void *ctx);
/** Waits for locks that end when the run is to end. */
extern const struct aw_lock_wait aw_stop_wait;
/** Exit code that belongs to the reason: 31 for the operator, 22 for the time
 *  limit, 0 while not cancelled. */
int aw_stop_exit(void);

#endif
