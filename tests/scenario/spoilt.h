/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_SPOILT_H
#define SCENARIO_SPOILT_H

#include "aw/err.h"
#include "release.h"

/* Updates that a trusted OS has to refuse, whichever way they come. */
struct spoilt {
    const char *name;
    void (*spoil)(struct making *how);
    const char *control; /* in the reason that the control interface gives */
    aw_err call;         /* what a call answers; AW_OK: any error will do */
    bool applet;         /* an update of the applet; else of the OS */
};

enum { SPOILT = 15 };
extern const struct spoilt spoilt[SPOILT];

/** The release that is spoilt. */
struct making spoilt_release(const struct spoilt *s);

#endif
