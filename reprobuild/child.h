/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHILD_H
#define CHILD_H

#include "aw/reprobuild/sandbox.h"

/* Child processes with limits, and what they write. */
struct rb_child {
    const char *const *argv; /* NULL-terminated; the program by its path */
    const char *const *env;  /* the same; KEY=value */
    int in;                  /* standard input; -1 for none */
    bool split;  /* standard output is result 0; else result 0 and 1 are the
                     descriptors 3 and 4, and the log has both outputs */
    bool sealed; /* processes and processors are limited, too; memory of all
                     together where that is possible, else of each */
    unsigned umask;
    uint64_t file_max; /* bytes of a file that it writes */
    struct aw_rb_limits limits;
    struct aw_rb_growth growth;
    bool (*stopped)(void);
};

/**
 * Runs a program to its end. As root, it runs under AW_RB_UID.
 *
 * @return AW_OK; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_child_run(const struct rb_child *child,
                                  struct aw_rb_ran *ran,
                                  struct aw_host_diag *host);

/** True for a program that is there and may be run. */
bool rb_program(const char *path);

/** True when the user of the builds gets to a path: always without root. */
bool rb_reachable(const char *path);

/** Gives a folder or file to the user of the builds; nothing without root. */
AW_MUST_CHECK aw_err rb_give(const char *path, struct aw_host_diag *host);

/** A folder and those above it, which the user of the builds can pass.
 *  @return as aw_dir_make */
AW_MUST_CHECK aw_err rb_dir(const char *path, struct aw_host_diag *host);

/**
 * Writes a path.
 *
 * @param path    PATH_MAX bytes
 * @param format  of printf
 *
 * @return AW_OK; AW_ERR_PRECONDITION if it is too long.
 */
AW_PRINTF(3, 4)
AW_MUST_CHECK aw_err rb_path(char *path, struct aw_host_diag *host,
                             const char *format, ...);

/** Removes a folder of ours with all in it; links are not followed. */
void rb_remove(const char *path);

/* What a folder takes on the disk. */
struct rb_size {
    uint64_t bytes;
    uint64_t files; /* folders included */
};

/** Adds up a folder, while it may change; stops above `max`. */
void rb_measure(const char *path, const struct rb_size *max,
                struct rb_size *size);

/** True when next to nothing fits into the file system of a folder. */
bool rb_full(const char *path);

/** Milliseconds of a clock that only goes forward. */
uint64_t rb_now_ms(void);

#endif
