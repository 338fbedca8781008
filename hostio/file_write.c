/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "file_put.h"
#include "host.h"

char *host_strdup(const char *text)
{
    size_t n = strlen(text) + 1;

    return memcpy(aw_alloc(n, 1), text, n);
}

char *host_strjoin(const char *folder, const char *path)
{
    size_t n = strlen(folder) + strlen(path) + 2;
    char *joined = aw_alloc(n, 1);

    (void)snprintf(joined, n, "%s/%s", folder, path);
    return joined;
}

aw_err host_sync_dir(int dir, const char *name, struct aw_host_diag *host)
{
    /* Some file systems cannot do it; then rename alone must do. */
    if (fsync(dir) != 0 && errno != EINVAL && errno != ENOTSUP) {
        return aw_host_fail_errno(host, "file: sync folder", errno, name);
    }
    return AW_OK;
}

/* The path with symbolic links followed, when there is something. Free. */
static aw_err find_target(const char *path, char **target,
                          struct aw_host_diag *host)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        if (errno != ENOENT) {
            return aw_host_fail_errno(host, "file: target", errno, path);
        }
        *target = host_strdup(path);
        return AW_OK;
    }
    char *real = realpath(path, NULL);

    if (real == NULL || stat(real, &st) != 0) {
        aw_err err = aw_host_fail_errno(host, "file: target", errno, path);

        free(real);
        return err;
    }
    if (!S_ISREG(st.st_mode)) {
        free(real);
        return aw_fail(aw_host_say(host, "%s: is no regular file", path),
                       AW_ERR_PRECONDITION, "file: target", 0);
    }
    *target = real;
    return AW_OK;
}

static aw_err make_temp(struct host_put *put, unsigned mode,
                        struct aw_host_diag *host)
{
    uint64_t number = 0;

    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
        return aw_host_fail_errno(host, "file: random", errno, put->path);
    }
    (void)snprintf(put->temp, sizeof(put->temp),
                   HOST_TEMP_HEAD "%016llx" HOST_TEMP_TAIL,
                   (unsigned long long)number);
    put->fd = openat(put->dir, put->temp,
                     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                     (mode_t)mode);
    if (put->fd < 0) {
        put->temp[0] = '\0';
        return aw_host_fail_errno(host, "file: create", errno, put->path);
    }
    return AW_OK;
}

static aw_err fill_temp(struct host_put *put, aw_bytes data,
                        struct aw_host_diag *host)
{
    while (data.n > 0) {
        ssize_t done = write(put->fd, data.p, data.n);

        if (done < 0 && errno != EINTR) {
            return aw_host_fail_errno(host, "file: write", errno, put->path);
        }
        if (done > 0 &&
            !aw_slice(data, (size_t)done, data.n - (size_t)done, &data)) {
            return aw_fail(aw_host_say(host, "%s", put->path), AW_ERR_IO,
                           "file: write", 0);
        }
    }
    int synced = fsync(put->fd);
    int error = errno;
    int closed = close(put->fd);

    put->fd = -1;
    if (synced != 0 || closed != 0) {
        return aw_host_fail_errno(host, "file: sync",
                                  synced != 0 ? error : errno, put->path);
    }
    return AW_OK;
}

int host_rename_new(int dir, const char *from, const char *to)
{
    if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    /* Not every file system knows the flag; a link does not replace. */
    if (linkat(dir, from, dir, to, 0) != 0) {
        return -1;
    }
    return unlinkat(dir, from, 0);
}

aw_err host_put_fill(struct host_put *put, aw_bytes data, unsigned mode,
                     struct aw_host_diag *host)
{
    aw_err err = make_temp(put, mode, host);

    return err == AW_OK ? fill_temp(put, data, host) : err;
}

aw_err host_put_place(struct host_put *put, enum aw_file_how how,
                      struct aw_host_diag *host)
{
    int done = how == AW_FILE_NEW
                   ? host_rename_new(put->dir, put->temp, put->base)
                   : renameat(put->dir, put->temp, put->dir, put->base);

    if (done != 0) {
        return aw_host_fail_errno(host, "file: rename", errno, put->path);
    }
    put->temp[0] = '\0';
    return host_sync_dir(put->dir, put->path, host);
}

aw_err host_put_open(const char *path, enum aw_file_how how,
                     struct host_put *put, struct aw_host_diag *host)
{
    struct stat st;

    *put = (struct host_put){.dir = -1, .fd = -1, .path = path};
    if (how == AW_FILE_NEW && lstat(path, &st) == 0) {
        return aw_host_fail_errno(host, "file: create", EEXIST, path);
    }
    aw_err err = find_target(path, &put->target, host);

    if (err != AW_OK) {
        return err;
    }
    char *folder = host_strdup(put->target); /* dirname cuts its argument */

    put->base = basename(put->target);
    put->dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (put->dir < 0) {
        err = aw_host_fail_errno(host, "file: folder", errno, path);
    }
    free(folder);
    return err;
}

void host_put_close(struct host_put *put)
{
    if (put->fd >= 0) {
        (void)close(put->fd);
    }
    if (put->temp[0] != '\0') {
        (void)unlinkat(put->dir, put->temp, 0);
    }
    if (put->dir >= 0) {
        (void)close(put->dir);
    }
    free(put->target);
    *put = (struct host_put){.dir = -1, .fd = -1};
}

aw_err aw_file_write(const char *path, aw_bytes data, unsigned mode,
                     enum aw_file_how how, struct aw_host_diag *host)
{
    struct host_put put;
    aw_err err = host_put_open(path, how, &put, host);

    if (err == AW_OK) {
        err = host_put_fill(&put, data, mode, host);
    }
    if (err == AW_OK) {
        err = host_put_place(&put, how, host);
    }
    host_put_close(&put);
    return err;
}
