/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_H
#define RUN_H

#include "os/applet/applet.h"

/*
 * How the applet is run: by itself (run_single.c), or beside a copy that has to
 * agree at every exception (run_lockstep.c). One of the files is in an image.
 */

/** What else a program needs, once it is mapped.
 *  @return AW_OK; AW_ERR_SPACE when there is no memory for it. */
AW_MUST_CHECK aw_err run_take(struct applet *a);

/** A life begins; the program is loaded, its registers are set. */
void run_start(struct applet *a);

/** Runs it to its next exception.
 *  @return false when two runs differ: nothing that it asks may be done */
bool run_go(struct applet *a);

#endif
