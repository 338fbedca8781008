/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_MONITOR_H
#define REBUILD_MONITOR_H

#include "aw/hostio/rebuilds.h"
#include "rebuild/engine.h"

/*
 * What aw verify-build continuous does at each look: the queue is worked off,
 * what became of leaves is said once, and the hook is called. Functions report
 * what is wrong and return the exit code of that, or AW_EXIT_OK.
 */
struct rebuild_monitor {
    struct rebuild_engine *engine;
    struct log_view *view; /* of the present look */
    struct aw_wr buf;      /* for rebuild_get_leaf */
    uint64_t retry_ms;
    const char *hook_exec; /* program, or NULL */
    const char *hook_url;  /* or NULL; may hold secrets: never shown */
    bool hook_down;        /* nobody was there, at this look */
    uint64_t hook_from;    /* where the next look begins: behind a finding that
                            * found nobody there, perhaps for what is in it */
    struct aw_rebuilds_pulse pulse;
    bool told_left; /* what a run before this one did not say */
    bool unread;    /* standard output is gone */
};

/** Builds all leaves that are due. A leaf that cannot be dealt with at present
 *  is left for the next look and does not hold up others. */
AW_MUST_CHECK int rebuild_work(struct rebuild_monitor *m);

/** Calls the hook for findings that it has not got yet, before a look builds. A
 *  hook that fails is a warning: it is tried again at the next look. */
AW_MUST_CHECK int rebuild_hook(struct rebuild_monitor *m);
/** The same for one leaf, if it is a finding: others may be built for hours. */
AW_MUST_CHECK int rebuild_hook_leaf(struct rebuild_monitor *m, uint64_t index);

/** Writes the pulse; a failure of that is of no importance. */
void rebuild_beat(struct rebuild_monitor *m);

#endif
