/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTY_H
#define FAULTY_H

#include <sys/types.h>

/* A running faultd (see faultd.c) that serves the scratch folder's "www". */
struct faulty {
    pid_t pid;
    unsigned port;
    const char *url; /* http://127.0.0.1:PORT/ */
    const char *log; /* path of its log */
};

/**
 * Starts a server.
 *
 * @param faults  "PATTERN=KIND...", NULL at the end; NULL for none
 */
struct faulty faulty_start(const char *const *faults);
void faulty_stop(const struct faulty *server);

/** Requests that the server has seen of a path; of all when NULL. */
unsigned faulty_hits(const struct faulty *server, const char *path);
/** Most requests that were in flight at the same time. */
unsigned faulty_most(const struct faulty *server);

#endif
