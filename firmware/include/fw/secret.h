/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_SECRET_H
#define FW_SECRET_H

#include "aw/err.h"

/*
 * Work on keys. What a key goes through, down to the last temporary variable
 * of a hash, lies on a stack in the chip's memory, behind a guard page, and is
 * wiped when the work is over: nothing of it is ever in the DDR, where wires
 * can be read and memory outlives power for a while.
 */
enum {
    SECRET_GUARD = 0x0090f000, /* a page that faults */
    SECRET_STACK = 0x00910000,
    SECRET_STACK_SIZE = 0x4000
};

typedef aw_err secret_fn(void *ctx);

/** Runs work(ctx) on that stack and wipes it. Not from inside such work. What
 *  is to stay secret must not be written through ctx to anywhere else.
 *  @return what work returned */
AW_MUST_CHECK aw_err secret_run(secret_fn *work, void *ctx);

#endif
