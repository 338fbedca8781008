/* SPDX-License-Identifier: Apache-2.0 */
#include "wrap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

static struct crash *armed;

void wrap_arm(struct crash *crash)
{
    armed = crash;
}

static void end_here(void)
{
    if (armed->how == CRASH_KILL) {
        (void)kill(getpid(), SIGKILL);
    }
    struct crash c = *armed;

    armed = NULL;
    disk_restore(c.to, c.how == CRASH_LOSE_SOME, c.at);
    _exit(CRASHED);
}

/* One more call; true when the process is to end at it. */
static bool count(void)
{
    return armed != NULL && ++armed->calls == armed->at;
}

static void step(void)
{
    if (count()) {
        end_here();
    }
}

/* The linker makes these names.
 * NOLINTBEGIN(*-identifier*,cert-dcl37-c,cert-dcl51-cpp) */
int __wrap_openat(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if ((flags & O_CREAT) != 0) {
        mode = va_arg(args, mode_t);
        step();
    }
    va_end(args);
    int fd = __real_openat(dir, path, flags, mode);

    if (armed != NULL && fd >= 0 && (flags & O_EXCL) != 0) {
        disk_created(fd);
    }
    return fd;
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    struct stat st;

    if (armed != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        count()) {
        (void)__real_write(fd, p, n / 2);
        end_here();
    }
    return __real_write(fd, p, n);
}

int __wrap_symlinkat(const char *target, int dir, const char *path)
{
    step();
    return __real_symlinkat(target, dir, path);
}

int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
    step();
    return __real_mkdirat(dir, path, mode);
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
    step();
    if (armed != NULL) {
        disk_pin(dir, path);
    }
    return __real_unlinkat(dir, path, flags);
}

int __wrap_linkat(int from, const char *path, int to, const char *name,
                  int flags)
{
    step();
    return __real_linkat(from, path, to, name, flags);
}

int __wrap_renameat(int from, const char *path, int to, const char *name)
{
    step();
    if (armed != NULL) {
        disk_pin(to, name);
    }
    return __real_renameat(from, path, to, name);
}

int __wrap_renameat2(int from, const char *path, int to, const char *name,
                     unsigned flags)
{
    step();
    if (armed != NULL) {
        disk_pin(to, name);
    }
    return __real_renameat2(from, path, to, name, flags);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    step();
    return __real_mkdir(path, mode);
}

int __wrap_fsync(int fd)
{
    step();
    int done = __real_fsync(fd);

    if (armed != NULL && done == 0) {
        disk_synced(fd);
    }
    return done;
}

int __wrap_syncfs(int fd)
{
    step();
    int done = __real_syncfs(fd);

    if (armed != NULL && done == 0) {
        disk_synced_all();
    }
    return done;
}

/* A command closes standard output at its end; here others follow it. */
int __wrap_fclose(FILE *f)
{
    return f == stdout ? fflush(f) : __real_fclose(f);
}
/* NOLINTEND(*-identifier*,cert-dcl37-c,cert-dcl51-cpp) */
