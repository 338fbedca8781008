/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRAP_H
#define WRAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * The linker puts functions of ours before the calls that change files. They
 * count, and one of them is where the process ends.
 */
enum crash_how {
    CRASH_KILL,      /* the process ends, the system lives on */
    CRASH_LOSE_ALL,  /* power is lost, and all that was not synced */
    CRASH_LOSE_SOME, /* power is lost, and some of it */
    CRASH_WAYS
};

/** Exit code of a process that ended at the crash. */
enum { CRASHED = 77 };

struct crash {
    unsigned at;    /* number of the call, from 1; 0: none */
    unsigned calls; /* so far */
    enum crash_how how;
    const char *to; /* folder that gets what the disk holds */
    bool added;     /* aw log add has said that the entries are there */
};

/** Begins to count in this process; NULL ends it.
 *  @param crash  may be shared memory */
void wrap_arm(struct crash *crash);

/* The C library's own functions. */
/* The linker makes these names.
 * NOLINTBEGIN(*-identifier*,cert-dcl37-c,cert-dcl51-cpp) */
int __real_openat(int dir, const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *p, size_t n);
int __real_symlinkat(const char *target, int dir, const char *path);
int __real_mkdirat(int dir, const char *path, mode_t mode);
int __real_unlinkat(int dir, const char *path, int flags);
int __real_linkat(int from, const char *path, int to, const char *name,
                  int flags);
int __real_renameat(int from, const char *path, int to, const char *name);
int __real_renameat2(int from, const char *path, int to, const char *name,
                     unsigned flags);
int __real_mkdir(const char *path, mode_t mode);
int __real_fsync(int fd);
int __real_syncfs(int fd);
int __real_fclose(FILE *f);

int __wrap_openat(int dir, const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_symlinkat(const char *target, int dir, const char *path);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_linkat(int from, const char *path, int to, const char *name,
                  int flags);
int __wrap_renameat(int from, const char *path, int to, const char *name);
int __wrap_renameat2(int from, const char *path, int to, const char *name,
                     unsigned flags);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_fsync(int fd);
int __wrap_syncfs(int fd);
int __wrap_fclose(FILE *f);
/* NOLINTEND(*-identifier*,cert-dcl37-c,cert-dcl51-cpp) */

#endif
