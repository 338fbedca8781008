/* SPDX-License-Identifier: Apache-2.0 */
/* Writing below an open log folder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "host.h"
#include "logdir_private.h"
#include "store_private.h"

enum {
    MODE_DIR = 0755,
    MODE_FILE = 0644,
    FOLDERS_START = 64,
    FILES_ONE_BY_ONE = 8, /* more in a group are left to syncfs */
    FOLDERS_ONE_BY_ONE = 32,
    PATH_ROOM = LOGDIR_PATH
};

/* Notes a failure for this call and all later ones. */
static aw_err give_up(struct aw_logdir *dir, aw_err err)
{
    if (dir->broken == AW_OK) {
        dir->broken = err;
    }
    return err;
}

static aw_err fail_errno(struct aw_logdir *dir, const char *where,
                         const char *path)
{
    int error = errno;
    char *full = host_strjoin(dir->name, path);
    aw_err err = aw_host_fail_errno(&dir->why, where, error, full);

    free(full);
    return give_up(dir, err);
}

/* Hands the diagnosis of a failure to the caller of the interface. */
static aw_err tell(const struct aw_logdir *dir, aw_err err,
                   struct aw_diag *diag)
{
    if (err != AW_OK && diag != NULL) {
        *diag = dir->why.diag;
    }
    return err;
}

static aw_err check_call(struct aw_logdir *dir, const char *path)
{
    if (dir->broken != AW_OK) {
        return dir->broken;
    }
    if (dir->options.cancelled != NULL &&
        dir->options.cancelled(dir->options.cancelled_ctx)) {
        return give_up(dir,
                       aw_fail(aw_host_say(&dir->why, "%s: stopped", dir->name),
                               AW_ERR_CANCELLED, "log folder", 0));
    }
    if (!store_path_ok(path) || strlen(path) >= PATH_ROOM) {
        return give_up(
            dir,
            aw_fail(aw_host_say(&dir->why, "%s: not a path in a log", path),
                    AW_ERR_RANGE, "log folder: path", 0));
    }
    return AW_OK;
}

/* The folder of a path has changed: remembers the folder, which is the first
 * n characters, or the root. */
static void note_folder(struct aw_logdir *dir, const char *path, size_t n)
{
    if (dir->n_folders == dir->folders_room) {
        size_t room =
            dir->folders_room == 0 ? FOLDERS_START : 2 * dir->folders_room;

        dir->folder =
            aw_grow(dir->folder, dir->folders_room, room, sizeof(*dir->folder));
        dir->folders_room = room;
    }
    char *folder = aw_alloc(n + 2, 1);

    memcpy(folder, n == 0 ? "." : path, n == 0 ? 1 : n);
    /* Most changes in a row are in one folder. */
    if (dir->n_folders > 0 &&
        strcmp(dir->folder[dir->n_folders - 1], folder) == 0) {
        free(folder);
        return;
    }
    dir->folder[dir->n_folders++] = folder;
}

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash - path);
}

static void note_parent(struct aw_logdir *dir, const char *path)
{
    note_folder(dir, path, folder_length(path));
}

static void leave_parent(struct aw_logdir *dir)
{
    if (dir->parent >= 0) {
        (void)close(dir->parent);
    }
    dir->parent = -1;
}

/* Opens a folder in another one, and makes it where it is missing. */
static int enter(struct aw_logdir *dir, int at, const char *path, size_t start)
{
    const char *name = path + start;
    int fd = logdir_enter(at, name);

    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    if (mkdirat(at, name, MODE_DIR) == 0) {
        note_parent(dir, path);
    } else if (errno != EEXIST) {
        return -1;
    }
    return logdir_enter(at, name);
}

/* Opens the folder that a path lies in, at dir->parent. */
static aw_err open_parent(struct aw_logdir *dir, const char *path, size_t n)
{
    char part[PATH_ROOM];

    leave_parent(dir);
    for (size_t start = 0; start < n;) {
        size_t end = start + strcspn(path + start, "/");
        int at = dir->parent < 0 ? dir->fd : dir->parent;

        memcpy(part, path, end);
        part[end] = '\0';
        int next = enter(dir, at, part, start);

        if (next < 0) {
            return give_up(dir, logdir_fail_folder(&dir->why, dir, part));
        }
        leave_parent(dir);
        dir->parent = next;
        start = end + 1;
    }
    memcpy(dir->parent_path, path, n);
    dir->parent_path[n] = '\0';
    return AW_OK;
}

/* Descriptor of the folder that a path lies in; it is not the caller's. */
static aw_err parent_of(struct aw_logdir *dir, const char *path, int *fd)
{
    size_t n = folder_length(path);
    aw_err err = AW_OK;

    if (n == 0) {
        *fd = dir->fd;
        return AW_OK;
    }
    /* Most files in a row are in one folder. */
    if (dir->parent < 0 || strncmp(dir->parent_path, path, n) != 0 ||
        dir->parent_path[n] != '\0') {
        err = open_parent(dir, path, n);
    }
    *fd = dir->parent;
    return err;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* Gives a temporary file or link its name. */
static aw_err place(struct aw_logdir *dir, const char *temp, const char *path)
{
    int to = -1;
    aw_err err = parent_of(dir, path, &to);

    if (err != AW_OK) {
        return err;
    }
    if (renameat(dir->fd, temp, to, base_of(path)) != 0) {
        return fail_errno(dir, "log folder: rename", path);
    }
    note_parent(dir, path);
    return AW_OK;
}

static void temp_name(struct aw_logdir *dir, char temp[LOGDIR_TEMP_NAME])
{
    (void)snprintf(temp, LOGDIR_TEMP_NAME, LOGDIR_TEMP "/%llu", ++dir->temps);
}

/*
 * Writes the whole file system out, once for many files: twenty times faster
 * than one by one. Since Linux 5.8 it reports what could not be written.
 */
static aw_err sync_everything(struct aw_logdir *dir)
{
    return syncfs(dir->fd) == 0 ? AW_OK
                                : fail_errno(dir, "log folder: sync", ".");
}

static aw_err sync_group(struct aw_logdir *dir)
{
    aw_err err = AW_OK;

    if (dir->n_group > FILES_ONE_BY_ONE) {
        return sync_everything(dir);
    }
    for (size_t i = 0; i < dir->n_group && err == AW_OK; i++) {
        if (fsync(dir->group[i].fd) != 0) {
            err = fail_errno(dir, "log folder: sync", dir->group[i].path);
        }
    }
    return err;
}

/* Content first, then names: a name never stands for half a file. */
static aw_err flush_group(struct aw_logdir *dir)
{
    aw_err err = sync_group(dir);

    for (size_t i = 0; i < dir->n_group; i++) {
        struct put_file *f = &dir->group[i];

        if (close(f->fd) != 0 && errno != EINTR && err == AW_OK) {
            err = fail_errno(dir, "log folder: close", f->path);
        }
        if (err == AW_OK) {
            err = place(dir, f->temp, f->path);
        }
        free(f->path);
    }
    dir->n_group = 0;
    return err;
}

static aw_err fill(struct aw_logdir *dir, int fd, aw_bytes data,
                   const char *path)
{
    struct aw_rd r = aw_rd_init(data);

    while (aw_rd_left(&r) > 0) {
        ssize_t n = write(fd, data.p + r.at, aw_rd_left(&r));

        if (n < 0 && errno != EINTR) {
            return fail_errno(dir, "log folder: write", path);
        }
        (void)aw_rd_take(&r, n < 0 ? 0 : (size_t)n);
    }
    return AW_OK;
}

static aw_err put(struct aw_logdir *dir, const char *path, aw_bytes data)
{
    aw_err err = dir->n_group == LOGDIR_GROUP ? flush_group(dir) : AW_OK;
    struct put_file *f = &dir->group[dir->n_group];

    if (err != AW_OK) {
        return err;
    }
    temp_name(dir, f->temp);
    f->fd =
        openat(dir->fd, f->temp,
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE_FILE);
    if (f->fd < 0) {
        return fail_errno(dir, "log folder: create", path);
    }
    f->path = host_strdup(path);
    dir->n_group++;
    return fill(dir, f->fd, data, path);
}

static aw_err files_put(void *ctx, const char *path, aw_bytes data,
                        struct aw_diag *diag)
{
    struct aw_logdir *dir = ctx;
    aw_err err = check_call(dir, path);

    if (err == AW_OK) {
        err = put(dir, path, data);
    }
    return tell(dir, err, diag);
}

/* Text of a link from `path` to `target`, both relative to the root. */
static bool link_text(const char *path, const char *target, char *text)
{
    struct aw_wr w = aw_wr_init(text, PATH_ROOM);
    size_t common = 0; /* characters of the folders that both are in */

    for (size_t i = 0; path[i] == target[i] && path[i] != '\0'; i++) {
        if (path[i] == '/') {
            common = i + 1;
        }
    }
    for (const char *p = path + common; *p != '\0'; p++) {
        if (*p == '/') {
            aw_wr_text(&w, "../");
        }
    }
    aw_wr_text(&w, target + common);
    aw_wr_u8(&w, 0);
    return !w.failed;
}

/* For file systems without links. */
static aw_err copy_file(struct aw_logdir *dir, const char *path,
                        const char *target)
{
    struct aw_blob blob = {.p = NULL};
    char *full = host_strjoin(dir->name, target);
    aw_err err = aw_file_read(full, INT_MAX, &blob, &dir->why);

    free(full);
    if (err != AW_OK) {
        return give_up(dir, err);
    }
    err = put(dir, path, aw_blob_bytes(&blob));
    aw_blob_free(&blob);
    return err;
}

static aw_err make_link(struct aw_logdir *dir, const char *path,
                        const char *target)
{
    char text[PATH_ROOM];
    char temp[LOGDIR_TEMP_NAME];

    temp_name(dir, temp);
    if (!link_text(path, target, text)) {
        errno = ENAMETOOLONG;
        return fail_errno(dir, "log folder: link", path);
    }
    if (symlinkat(text, dir->fd, temp) != 0) {
        return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
                   ? copy_file(dir, path, target)
                   : fail_errno(dir, "log folder: link", path);
    }
    return place(dir, temp, path);
}

static aw_err files_alias(void *ctx, const char *path, const char *target,
                          struct aw_diag *diag)
{
    struct aw_logdir *dir = ctx;
    aw_err err = check_call(dir, path);

    if (err == AW_OK) {
        err = check_call(dir, target);
    }
    if (err == AW_OK) {
        err = flush_group(dir);
    }
    return tell(dir, err == AW_OK ? make_link(dir, path, target) : err, diag);
}

static aw_err files_remove(void *ctx, const char *path, struct aw_diag *diag)
{
    struct aw_logdir *dir = ctx;
    aw_err err = check_call(dir, path);

    if (err == AW_OK) {
        err = flush_group(dir);
    }
    if (err != AW_OK) {
        return tell(dir, err, diag);
    }
    int from = -1;

    err = parent_of(dir, path, &from);
    if (err != AW_OK) {
        return tell(dir, err, diag);
    }
    if (unlinkat(from, base_of(path), 0) == 0) {
        note_parent(dir, path);
    } else if (errno != ENOENT) {
        err = fail_errno(dir, "log folder: remove", path);
    }
    return tell(dir, err, diag);
}

static aw_err sync_folder(struct aw_logdir *dir, const char *folder)
{
    int fd = openat(dir->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return fail_errno(dir, "log folder: sync", folder);
    }
    aw_err err = host_sync_dir(fd, folder, &dir->why);

    (void)close(fd);
    return err == AW_OK ? AW_OK : give_up(dir, err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void forget_folders(struct aw_logdir *dir)
{
    for (size_t i = 0; i < dir->n_folders; i++) {
        free(dir->folder[i]);
    }
    dir->n_folders = 0;
}

/* Sorts the list and drops repetitions. */
static void unique_folders(struct aw_logdir *dir)
{
    size_t n = 0;

    if (dir->n_folders > 0) {
        qsort(dir->folder, dir->n_folders, sizeof(*dir->folder), by_text);
    }
    for (size_t i = 0; i < dir->n_folders; i++) {
        if (n > 0 && strcmp(dir->folder[n - 1], dir->folder[i]) == 0) {
            free(dir->folder[i]);
        } else {
            dir->folder[n++] = dir->folder[i];
        }
    }
    dir->n_folders = n;
}

static aw_err sync_folders(struct aw_logdir *dir)
{
    aw_err err = AW_OK;

    unique_folders(dir);
    if (dir->n_folders > FOLDERS_ONE_BY_ONE) {
        err = sync_everything(dir);
    } else {
        for (size_t i = 0; i < dir->n_folders && err == AW_OK; i++) {
            err = sync_folder(dir, dir->folder[i]);
        }
    }
    if (err == AW_OK) {
        forget_folders(dir);
    }
    return err;
}

static aw_err files_sync(void *ctx, struct aw_diag *diag)
{
    struct aw_logdir *dir = ctx;
    aw_err err = dir->broken;

    if (err == AW_OK) {
        err = flush_group(dir);
    }
    if (err == AW_OK) {
        err = sync_folders(dir);
    }
    return tell(dir, err, diag);
}

void logdir_files_init(struct aw_logdir *dir)
{
    dir->face = (struct aw_files){dir, files_put, files_alias, files_remove,
                                  files_sync};
}

void logdir_files_free(struct aw_logdir *dir)
{
    for (size_t i = 0; i < dir->n_group; i++) {
        (void)close(dir->group[i].fd);
        (void)unlinkat(dir->fd, dir->group[i].temp, 0);
        free(dir->group[i].path);
    }
    dir->n_group = 0;
    leave_parent(dir);
    forget_folders(dir);
    free(dir->folder);
}
