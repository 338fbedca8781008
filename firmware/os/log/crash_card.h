/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRASH_CARD_H
#define CRASH_CARD_H

#include "os/log/crash.h"
#include "os/os.h"

/** Writes the end of the applet, with the log so far, to the older area. What
 *  fails is printed: nobody could do more. */
void crash_note(struct os *os);

/** The newer log, borrowed from memory that the next call here overwrites;
 *  empty when there is none. */
aw_bytes crash_newest(struct os *os);

#endif
