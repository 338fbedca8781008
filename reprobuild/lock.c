/* SPDX-License-Identifier: Apache-2.0 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 20 };

aw_err rb_lock(const char *path, bool alone, bool (*stopped)(void), int *fd,
               struct aw_host_diag *host)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    aw_err err = AW_OK;

    if (file < 0) {
        return aw_host_fail_errno(host, "rebuild: lock", errno, path);
    }
    while (err == AW_OK &&
           flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            err = aw_host_fail_errno(host, "rebuild: lock", errno, path);
        } else if (stopped != NULL && stopped()) {
            err = aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_CANCELLED,
                          "rebuild: lock", 0);
        } else {
            (void)nanosleep(&pause, NULL);
        }
    }
    if (err != AW_OK) {
        (void)close(file);
        return err;
    }
    *fd = file;
    return AW_OK;
}

bool rb_lock_left(const char *path, int *fd)
{
    int file = open(path, O_RDWR | O_CLOEXEC);

    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
        (void)close(file);
        return false;
    }
    *fd = file;
    return file >= 0 || errno == ENOENT || errno == ENOTDIR;
}

bool rb_lock_alone(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    /* The attempt may have cost the shared one. */
    rb_lock_share(fd);
    return false;
}

void rb_lock_share(int fd)
{
    while (flock(fd, LOCK_SH) != 0 && errno == EINTR) {
    }
}
