/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APPLET_H
#define APPLET_H

#include "os/applet/mon.h"
#include "os/applet/program.h"

/*
 * The life of the applet: loaded, run in slices, waiting for an event, ended,
 * started again after a pause that doubles.
 */
enum applet_phase {
    APPLET_NONE, /* no program */
    APPLET_PAUSED,
    APPLET_RUNS,
    APPLET_WAITS
};

/* Why it ended. Append only: the crash log names them. */
enum applet_end {
    APPLET_EXITED,
    APPLET_FAULTED,
    APPLET_SPINS,   /* no WAIT_EVENT for a minute */
    APPLET_STOPPED, /* by the OS: a new configuration, an update */
    APPLET_UNEQUAL, /* the shadow differs: lockstep */
    APPLET_UNREADY  /* on trial, and not ready in time */
};

struct applet {
    enum applet_phase phase;
    struct program program;
    struct space space;
    struct mon_state state;
    uint64_t started;   /* time_now */
    uint64_t waited;    /* when it last called WAIT_EVENT */
    uint64_t until;     /* end of WAITS or PAUSED; UINT64_MAX: none */
    uint32_t waits_for; /* enum abi_event */
    uint32_t pause_ms;  /* of the next restart */
    uint32_t starts;
    uint64_t ready_at; /* time of READY; 0: not yet */
    /* Of the last end. */
    enum applet_end end;
    uint32_t end_code;     /* of EXIT */
    uint32_t fault_status; /* of an abort */
    uint32_t fault_address;
};

/** Takes a program, which is checked and stays where it is; first start at
 *  once. @return errors of program_check, program_map, space_build. */
AW_MUST_CHECK aw_err applet_take(struct applet *a, aw_bytes elf,
                                 struct aw_diag *diag);

/** The next end of the pause, as a time of time_now; only what changes by
 *  itself. UINT64_MAX: nothing does. */
uint64_t applet_next(const struct applet *a);

/** Starts it when its pause is over, ends a wait that is over; true when it
 *  can run now. */
bool applet_due(struct applet *a, uint64_t now);

/** Events have come: ends a wait for one of them. */
void applet_events(struct applet *a, uint32_t events);

/** It has ended; notes why and plans the next start. */
void applet_ended(struct applet *a, enum applet_end end, uint64_t now);

/** Result of the call it is in, when it goes on. */
void applet_result(struct applet *a, int32_t result);

const char *applet_end_name(enum applet_end end);

#endif
