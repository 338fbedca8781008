/* SPDX-License-Identifier: Apache-2.0 */
/* A library to be preloaded: ends the program by SIGKILL right before call
 * number AW_KILL_AT of those that change files, and counts them into the file
 * AW_KILL_COUNT. Children are left alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static pid_t self;
static unsigned long calls;
static unsigned long at;

__attribute__((constructor)) static void start(void)
{
    const char *number = getenv("AW_KILL_AT");

    self = getpid();
    at = number == NULL ? 0 : strtoul(number, NULL, 10);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("AW_KILL_COUNT");
    FILE *f = path == NULL || getpid() != self ? NULL : fopen(path, "w");

    if (f != NULL) {
        (void)fprintf(f, "%lu\n", calls);
        (void)fclose(f);
    }
}

static void count(void)
{
    if (getpid() == self && ++calls == at) {
        (void)kill(self, SIGKILL);
    }
}

/* The next library's function of the same name. */
static void *next(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    if (f == NULL) {
        abort();
    }
    return f;
}

/* POSIX has functions come out of dlsym as objects. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type, and lists in parentheses */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names
 * of the C library's headers are reserved */
#define WRAP(type, name, parameters, arguments) \
    type name parameters                        \
    {                                           \
        union {                                 \
            void *object;                       \
            type(*function) parameters;         \
        } real = {next(#name)};                 \
                                                \
        count();                                \
        return real.function arguments;         \
    }

WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t o), (fd, p, n, o))
WRAP(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t o),
     (fd, p, n, o))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, ftruncate64, (int fd, off64_t n), (fd, n))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, remove, (const char *path), (path))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to),
     (a, from, b, to))
WRAP(int, renameat2,
     (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, symlink, (const char *from, const char *to), (from, to))
WRAP(int, rmdir, (const char *path), (path))
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
/* NOLINTEND(bugprone-macro-parentheses) */
