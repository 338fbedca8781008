/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_EXIT_H
#define COMMON_EXIT_H

#include <pthread.h>
#include <stdbool.h>

#include "aw/err.h"
#include "aw/hostio/diag.h"
#include "common/pool.h"

/*
 * Exit codes, and the findings from which the exit code of a run follows.
 *
 *   X(name, code, class, retry, meaning)
 *
 * Schedulers act on the ranges: 10-14 and 30-33 are final, 20-24 may pass
 * when tried again.
 */
#define AW_EXIT_LIST(X)                                                      \
    X(OK, 0, "ok", false, "done, every check passed")                        \
    X(INTERNAL, 1, "internal", false, "internal error")                      \
    X(USAGE, 2, "usage", false, "wrong usage")                               \
    X(MISMATCH, 10, "security", false,                                       \
      "bytes do not match a signed statement")                               \
    X(NOT_LOGGED, 11, "security", false, "not in the log")                   \
    X(LOG, 12, "security", false,                                            \
      "the log misbehaves: fork, rollback, bad proof, bad signature")        \
    X(REBUILD, 13, "security", false, "rebuild differs")                     \
    X(UNKNOWN, 14, "security", false, "unknown content on a device")         \
    X(NETWORK, 20, "environment", true, "network failed")                    \
    X(STORAGE, 21, "environment", true, "USB or storage failed")             \
    X(TIME, 22, "environment", true,                                         \
      "time limit of a device, a lock or the run")                           \
    X(BUILD, 23, "environment", true, "build or toolchain failed")           \
    X(RESOURCE, 24, "environment", true,                                     \
      "out of space, memory or descriptors")                                 \
    X(REFUSED, 30, "precondition", false, "precondition refused")            \
    X(DECLINED, 31, "precondition", false, "operator declined or cancelled") \
    X(DEVICE, 32, "precondition", false, "wrong or ambiguous device")        \
    X(STATE, 33, "precondition", false, "saved state missing or damaged")    \
    X(PARTIAL, 40, "mixed", false,                                           \
      "several devices or leaves: some passed, some not")

#define AW_EXIT_ENUM(name, code, class, retry, meaning) AW_EXIT_##name = (code),
enum aw_exit { AW_EXIT_LIST(AW_EXIT_ENUM) };
#undef AW_EXIT_ENUM

struct aw_exit_row {
    const char *class_name;
    const char *meaning;
    int code;
    bool retry;
};

/** Row of an exit code, that of "internal error" for a code not in the list. */
const struct aw_exit_row *aw_exit_row(int code);
/** Rows in ascending order of code; NULL from the end on. */
const struct aw_exit_row *aw_exit_row_at(size_t i);

/* What an error is about: the same error means something else for a log that
 * others run than for a file that the user named. */
enum aw_subject {
    AW_ON_LOG,       /* checkpoint, proof or answer of a log */
    AW_ON_STATEMENT, /* signed statement, or bytes that one covers */
    AW_ON_DEVICE,    /* device, or image of one */
    AW_ON_INPUT,     /* file or value named on the command line */
    AW_ON_LOCAL      /* state, cache and output of ours */
};

/** Exit code of an error about a subject. */
int aw_exit_of(aw_err err, enum aw_subject on);
/** What to do next, one sentence without a full stop. */
const char *aw_remedy_of(aw_err err, enum aw_subject on);

/* One thing that is not as it must be. Texts may be NULL; those given to
 * aw_findings_add are copied. Texts may hold untrusted bytes: all that prints
 * them escapes. */
struct aw_finding {
    aw_err err;
    enum aw_subject on;
    int exit;                   /* 0: follows from err and on */
    const char *code;           /* NULL: name of err */
    const char *what;           /* NULL: text of err */
    const char *subject;        /* file, URL, device, key */
    const char *expected;       /* what should be there */
    const char *got;            /* what is there; NULL: text of err */
    const char *remedy;         /* what to do next; NULL: from err and on */
    const struct aw_diag *diag; /* place of the failure; may be NULL */
    /* In place of diag: also gives `got`, and the exit code of a network
     * failure where the data came through the network; may be NULL. */
    const struct aw_host_diag *host;
    const char *where; /* NULL: text of diag or host */
};

enum { AW_FINDINGS_MAX = 1000 };

/* All findings of a run. Safe to add to from several threads. */
struct aw_findings {
    pthread_mutex_t lock;
    size_t n;       /* kept, at most AW_FINDINGS_MAX */
    size_t dropped; /* beyond that; they count for the exit code */
    struct aw_finding *list;
    int exit; /* of all findings so far; 0 without any */
};

void aw_findings_init(struct aw_findings *found);
void aw_findings_wipe(struct aw_findings *found);

/**
 * Adds a finding, with everything left out filled in. Beyond
 * AW_FINDINGS_MAX it is only counted, so that memory stays bounded.
 *
 * @param kept  set to the finding as completed, its texts live in pool; or,
 *              when it was only counted, with `what` NULL
 *
 * @return exit code of this finding, never 0
 */
int aw_findings_add(struct aw_findings *found, struct aw_pool *pool,
                    const struct aw_finding *finding, struct aw_finding *kept);

/** Exit code of two findings together: the lowest of 10-14 if any is in that
 *  range, else the first. 0 stands for no finding. */
int aw_exit_join(int first, int second);
/** True for 10 to 14: what was looked at is not what it has to be. */
bool aw_exit_is_security(int code);
/** The finding that decided the exit code; NULL without any. */
const struct aw_finding *aw_findings_main(const struct aw_findings *found);

#endif
