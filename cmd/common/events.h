/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_EVENTS_H
#define COMMON_EVENTS_H

#include <pthread.h>

#include "aw/bytes.h"

/*
 * Events: JSON Lines on a file or file descriptor, one object a line with the
 * members v, t, run, device, step, state, done, total, unit, code, class and
 * detail; docs/json.md describes them. Safe to use from several threads.
 */
struct aw_event {
    const char *device; /* NULL: none */
    const char *step;
    const char *state; /* start, progress, done, failed, prompt */
    bool counted;      /* done, total and unit are meant */
    uint64_t done;
    uint64_t total; /* 0: unknown */
    const char *unit;
    const char *code;       /* NULL: none */
    const char *class_name; /* NULL: none */
    const char *detail;     /* NULL: none */
};

enum { AW_RUN_ID = 16 };

/* All fields are private. */
struct aw_events {
    pthread_mutex_t lock;
    int fd; /* -1: no events are written */
    bool own;
    bool failed;
    char run[AW_RUN_ID + 1];
};

void aw_events_init(struct aw_events *events);

/**
 * Opens the target of --events: digits name an open file descriptor other
 * than 0 and 1, everything else a file, to which lines are appended.
 *
 * @return AW_OK; AW_ERR_RANGE for descriptor 0 or 1; AW_ERR_NOT_FOUND for a
 *         descriptor that is not open; AW_ERR_IO when the file cannot be
 *         opened, errno says why.
 */
AW_MUST_CHECK aw_err aw_events_open(struct aw_events *events,
                                    const char *target);
/** True when someone listens. */
bool aw_events_on(const struct aw_events *events);
void aw_events_put(struct aw_events *events, const struct aw_event *event);
/** Ends the events. @return false when a line was lost */
bool aw_events_close(struct aw_events *events);

#endif
