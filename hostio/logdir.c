/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "logdir_private.h"

enum { WAIT_MS = 30000, PAUSE_MS = 50, MODE_DIR = 0755, MODE_FILE = 0644 };

/* In the order in which they are taken. */
static const char *const locks[] = {".state/treeState.lock",
                                    ".state/publish.lock"};

static aw_err fail_at(const struct aw_logdir *dir, const char *where,
                      const char *path, struct aw_host_diag *host)
{
    int error = errno;
    char *full = host_strjoin(dir->name, path);
    aw_err err = aw_host_fail_errno(host, where, error, full);

    free(full);
    return err;
}

static bool cancelled(const struct aw_logdir *dir)
{
    return dir->options.cancelled != NULL &&
           dir->options.cancelled(dir->options.cancelled_ctx);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static aw_err wait_for_lock(const struct aw_logdir *dir, int fd,
                            const char *path, struct aw_host_diag *host)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    unsigned wait_ms =
        dir->options.wait_ms == 0 ? WAIT_MS : dir->options.wait_ms;
    uint64_t end = now_ms() + wait_ms;

    for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return AW_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail_at(dir, "log folder: lock", path, host);
        }
        if (now_ms() >= end) {
            return aw_fail(aw_host_say(host,
                                       "%s: another writer has kept the log "
                                       "locked for %u ms",
                                       dir->name, wait_ms),
                           AW_ERR_TIMEOUT, "log folder: lock", wait_ms);
        }
        if (cancelled(dir)) {
            return aw_fail(aw_host_say(host, "%s: stopped waiting", dir->name),
                           AW_ERR_CANCELLED, "log folder: lock", 0);
        }
        (void)nanosleep(&pause, NULL);
    }
}

static aw_err take_locks(struct aw_logdir *dir, struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    for (size_t i = 0; i < 2 && err == AW_OK; i++) {
        dir->lock[i] =
            openat(dir->fd, locks[i], O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                   MODE_FILE);
        err = dir->lock[i] < 0
                  ? fail_at(dir, "log folder: lock", locks[i], host)
                  : wait_for_lock(dir, dir->lock[i], locks[i], host);
    }
    return err;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int logdir_enter(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

aw_err logdir_fail_folder(struct aw_host_diag *host,
                          const struct aw_logdir *dir, const char *path)
{
    if (errno == ENOTDIR || errno == ELOOP) {
        return aw_fail(aw_host_say(host,
                                   "%s/%s: is no folder, or a link to one, "
                                   "which writers do not follow",
                                   dir->name, path),
                       AW_ERR_PRECONDITION, "log folder: folder", 0);
    }
    return fail_at(dir, "log folder: folder", path, host);
}

/* Opens the folder `inner` of the folder `outer`; -1 with errno. */
static int enter_two(const struct aw_logdir *dir, const char *outer,
                     const char *inner)
{
    int top = logdir_enter(dir->fd, outer);
    int fd = top < 0 ? -1 : logdir_enter(top, inner);
    int error = errno;

    if (top >= 0) {
        (void)close(top);
    }
    errno = error;
    return fd;
}

/* Deletes all files in a folder that need not exist; counts them. */
static aw_err empty_folder(struct aw_logdir *dir, int fd, const char *path,
                           size_t *removed, struct aw_host_diag *host)
{
    if (fd < 0) {
        return errno == ENOENT ? AW_OK : logdir_fail_folder(host, dir, path);
    }
    DIR *list = fdopendir(fd);

    if (list == NULL) {
        aw_err err = fail_at(dir, "log folder: clean", path, host);

        (void)close(fd);
        return err;
    }
    aw_err err = AW_OK;
    const struct dirent *entry = NULL;

    while (err == AW_OK && (entry = readdir(list)) != NULL) {
        if (is_dots(entry->d_name)) {
            continue;
        }
        if (unlinkat(fd, entry->d_name, 0) != 0) {
            err = fail_at(dir, "log folder: clean", path, host);
        }
        ++*removed;
    }
    (void)closedir(list);
    return err;
}

static aw_err make_folder(struct aw_logdir *dir, const char *path, bool *made,
                          struct aw_host_diag *host)
{
    struct stat st;

    if (mkdirat(dir->fd, path, MODE_DIR) == 0) {
        *made = true;
        return AW_OK;
    }
    if (errno != EEXIST) {
        return fail_at(dir, "log folder: make", path, host);
    }
    if (fstatat(dir->fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail_at(dir, "log folder: make", path, host);
    }
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode) ? AW_OK : logdir_fail_folder(host, dir, path);
}

/*
 * Temporary files of ours and of upstream's serverless tools, which cannot go
 * on while one of theirs is there. When the last writer was stopped, or none
 * of ours has worked here, part of what can be read may not be on the disk.
 */
static aw_err clean_up(struct aw_logdir *dir, bool new,
                       struct aw_host_diag *host)
{
    size_t stale = 0;
    aw_err err = empty_folder(dir, enter_two(dir, LOGDIR_STATE, "tmp"),
                              LOGDIR_TEMP, &stale, host);

    if (err == AW_OK) {
        err = empty_folder(dir, enter_two(dir, "leaves", "pending"),
                           "leaves/pending", &stale, host);
    }
    if (err == AW_OK && unlinkat(dir->fd, "checkpoint.tmp", 0) == 0) {
        stale++;
    }
    if (err == AW_OK && (new || stale > 0) && syncfs(dir->fd) != 0) {
        err = fail_at(dir, "log folder: sync", ".", host);
    }
    return err;
}

static aw_err mark(struct aw_logdir *dir, struct aw_host_diag *host)
{
    int fd =
        openat(dir->fd, LOGDIR_OPEN,
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE_FILE);

    if (fd < 0) {
        return fail_at(dir, "log folder: mark", LOGDIR_OPEN, host);
    }
    (void)close(fd);
    dir->marked = true;
    return AW_OK;
}

static aw_err open_dir(struct aw_logdir *dir, struct aw_host_diag *host)
{
    bool new = false;

    dir->fd = open(dir->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0) {
        return aw_host_fail_errno(host, "log folder: open", errno, dir->name);
    }
    aw_err err = make_folder(dir, LOGDIR_STATE, &new, host);

    if (err == AW_OK) {
        err = make_folder(dir, LOGDIR_TEMP, &new, host);
    }
    if (err == AW_OK) {
        err = take_locks(dir, host);
    }
    if (err == AW_OK) {
        err = clean_up(dir, new, host);
    }
    return err == AW_OK ? mark(dir, host) : err;
}

aw_err aw_logdir_open(const char *path, const struct aw_logdir_options *options,
                      struct aw_logdir **dir, struct aw_host_diag *host)
{
    struct aw_logdir *d = aw_alloc(1, sizeof(*d));

    d->name = host_strdup(path);
    d->fd = -1;
    d->parent = -1;
    d->lock[0] = -1;
    d->lock[1] = -1;
    if (options != NULL) {
        d->options = *options;
    }
    logdir_files_init(d);
    aw_err err = open_dir(d, host);

    if (err != AW_OK) {
        aw_logdir_close(d);
        return err;
    }
    *dir = d;
    return AW_OK;
}

void aw_logdir_close(struct aw_logdir *dir)
{
    if (dir == NULL) {
        return;
    }
    if (dir->marked && dir->broken == AW_OK && dir->n_group == 0 &&
        dir->n_folders == 0) {
        (void)unlinkat(dir->fd, LOGDIR_OPEN, 0);
    }
    logdir_files_free(dir);
    for (size_t i = 0; i < 2; i++) {
        if (dir->lock[i] >= 0) {
            (void)close(dir->lock[i]);
        }
    }
    if (dir->fd >= 0) {
        (void)close(dir->fd);
    }
    free(dir->name);
    free(dir);
}

const struct aw_files *aw_logdir_files(const struct aw_logdir *dir)
{
    return &dir->face;
}

const struct aw_host_diag *aw_logdir_why(const struct aw_logdir *dir)
{
    return &dir->why;
}
