/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_INSPECT_H
#define TWIN_INSPECT_H

#include "cpu/code.h"

/* The loop's side of debug.h. */

/** Stops before the instruction at hand, whose access is watched; NULL. */
const struct tw_insn *tw_stop_at_watch(struct tw_cpu *c,
                                       const struct tw_insn *i);

bool tw_inspect_slowly(struct tw_cpu *c);
void tw_trace_slowly(struct tw_cpu *c, const struct tw_insn *i);

/** Before the instruction at c->next; may lower c->limit. False: not now, the
 * processor stopped or the instruction was skipped. */
static inline bool tw_inspect(struct tw_cpu *c)
{
    const struct tw_debug *d = &c->debug;

    if (AW_LIKELY(d->break_count == 0 && d->glitch_count == 0 &&
                  d->profile == NULL && d->trace.step == NULL &&
                  d->stop_at == 0)) {
        return true;
    }
    return tw_inspect_slowly(c);
}

/** Shows the instruction at hand to whoever listens. */
static inline void tw_trace(struct tw_cpu *c, const struct tw_insn *i)
{
    if (AW_UNLIKELY(c->debug.trace.step != NULL)) {
        tw_trace_slowly(c, i);
    }
}

#endif
