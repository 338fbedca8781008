/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A medium with a block that cannot be read: preloaded into a program, it
 * fails every pread that touches the byte at offset AW_BAD_READ with EIO.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

typedef ssize_t read_at(int fd, void *buf, size_t n, off_t offset);

static ssize_t pread_with(const char *next, int fd, void *buf, size_t n,
                          off_t offset)
{
    const char *text = getenv("AW_BAD_READ");
    off_t bad = text == NULL ? -1 : (off_t)strtoll(text, NULL, 10);
    read_at *real = NULL;

    if (bad >= offset && bad - offset < (off_t)n) {
        errno = EIO;
        return -1;
    }
    /* The way in which POSIX wants a function pointer taken. */
    *(void **)&real = dlsym(RTLD_NEXT, next);
    return real(fd, buf, n, offset);
}

ssize_t pread(int fd, void *buf, size_t nbytes, off_t offset)
{
    return pread_with("pread", fd, buf, nbytes, offset);
}

ssize_t pread64(int fd, void *buf, size_t nbytes, off_t offset)
{
    return pread_with("pread64", fd, buf, nbytes, offset);
}
