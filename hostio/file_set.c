/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "file_into.h"
#include "host.h"

/* Only the owner may look into a folder under way. */
enum { TEMP_MODE = 0700 };

/* Files on their way into a folder. */
struct set {
    const char *path; /* of the folder */
    const struct aw_new_file *files;
    size_t n;
    bool inner; /* names may be of files in folders of their own */
    char *temp; /* folder beside or inside it, in which all is made first */
};

static aw_err make_temp(struct set *set, const char *inside,
                        struct aw_host_diag *host)
{
    enum { ROOM = 40 };
    uint64_t number = 0;
    size_t n = strlen(inside) + ROOM;

    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
        return aw_host_fail_errno(host, "files: random", errno, set->path);
    }
    set->temp = aw_alloc(n, 1);
    (void)snprintf(set->temp, n, "%s/.aw-%016llx.tmp", inside,
                   (unsigned long long)number);
    if (mkdir(set->temp, TEMP_MODE) != 0) {
        aw_err err = aw_host_fail_errno(host, "files: folder", errno, inside);

        free(set->temp);
        set->temp = NULL;
        return err;
    }
    return AW_OK;
}

static aw_err sync_path(const char *path, struct aw_host_diag *host)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0) {
        return aw_host_fail_errno(host, "files: folder", errno, path);
    }
    aw_err err = host_sync_dir(dir, path, host);

    (void)close(dir);
    return err;
}

/* The folder of a name inside a folder, without the file; NULL: none. Free. */
static char *inner_folder(const char *folder, const char *name)
{
    const char *slash = strchr(name, '/');

    if (slash == NULL) {
        return NULL;
    }
    char *path = host_strjoin(folder, name);

    path[strlen(path) - strlen(slash)] = '\0';
    return path;
}

static aw_err make_inner(const struct set *set, const char *name,
                         struct aw_host_diag *host)
{
    char *path = set->inner ? inner_folder(set->temp, name) : NULL;
    aw_err err = AW_OK;

    if (path != NULL && mkdir(path, TEMP_MODE) == 0) {
        err = sync_path(set->temp, host);
    } else if (path != NULL && errno != EEXIST) {
        err = aw_host_fail_errno(host, "files: folder", errno, path);
    }
    free(path);
    return err;
}

static aw_err fill_temp(const struct set *set, struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    for (size_t i = 0; i < set->n && err == AW_OK; i++) {
        const struct aw_new_file *f = &set->files[i];
        char *path = host_strjoin(set->temp, f->name);

        err = make_inner(set, f->name, host);
        if (err == AW_OK) {
            err = aw_file_write(path, f->data, f->mode, AW_FILE_NEW, host);
        }
        free(path);
    }
    return err;
}

static void drop(const char *folder, const struct aw_new_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *path = host_strjoin(folder, files[i].name);

        (void)unlinkat(AT_FDCWD, path, 0);
        free(path);
    }
    for (size_t i = 0; i < n; i++) {
        char *path = inner_folder(folder, files[i].name);

        if (path != NULL) {
            (void)unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
        }
        free(path);
    }
}

static void drop_temp(struct set *set)
{
    if (set->temp != NULL) {
        drop(set->temp, set->files, set->n);
        (void)unlinkat(AT_FDCWD, set->temp, AT_REMOVEDIR);
        free(set->temp);
        set->temp = NULL;
    }
}

/* The folder that was filled becomes the folder, in one step. */
static aw_err move_whole(struct set *set, const char *above,
                         struct aw_host_diag *host)
{
    /* This replaces an empty folder at most. */
    if (rename(set->temp, set->path) != 0) {
        return aw_host_fail_errno(host, "files: rename", errno, set->path);
    }
    free(set->temp);
    set->temp = NULL;
    aw_err err = sync_path(above, host);

    if (err != AW_OK) {
        drop(set->path, set->files, set->n);
        (void)unlinkat(AT_FDCWD, set->path, AT_REMOVEDIR);
    }
    return err;
}

/* Folder above a path without slashes at its end; free it. */
static char *folder_above(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return host_strdup(".");
    }
    char *above = host_strdup(path);

    above[slash == path ? 1 : (size_t)(slash - path)] = '\0';
    return above;
}

static aw_err write_new(struct set *set, struct aw_host_diag *host)
{
    enum { ABOVE_MODE = 0777 }; /* less the umask */
    char *above = folder_above(set->path);
    aw_err err = aw_dir_make(above, ABOVE_MODE, host);

    if (err == AW_OK) {
        err = make_temp(set, above, host);
    }
    if (err == AW_OK) {
        err = fill_temp(set, host);
    }
    if (err == AW_OK) {
        err = move_whole(set, above, host);
    }
    free(above);
    return err;
}

/* The first file that is there already is the one that is complained of. */
static aw_err check_absent(const struct set *set, struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    for (size_t i = 0; i < set->n && err == AW_OK; i++) {
        char *path = host_strjoin(set->path, set->files[i].name);
        struct stat st;

        if (lstat(path, &st) == 0) {
            err = aw_host_fail_errno(host, "files: create", EEXIST, path);
        }
        free(path);
    }
    return err;
}

/* The folder is locked. */
static aw_err fill_and_place(struct set *set, int folder,
                             struct aw_host_diag *host)
{
    bool completed = false;
    aw_err err = make_temp(set, set->path, host);

    if (err == AW_OK) {
        err = fill_temp(set, host);
    }
    if (err == AW_OK) {
        err = file_into_commit(folder, set->path, set->temp, host);
    }
    if (err == AW_OK) {
        err = file_into_complete(folder, set->path, &completed, host);
    }
    if (err != AW_OK) {
        file_into_undo(folder);
    }
    return err;
}

static aw_err write_into(struct set *set, const struct aw_lock_wait *wait,
                         struct aw_host_diag *host)
{
    bool completed = false;
    int folder = -1;
    aw_err err = file_into_open(set->path, wait, &folder, host);

    if (err != AW_OK) {
        return err;
    }
    file_into_clean(folder);
    err = file_into_complete(folder, set->path, &completed, host);
    if (err == AW_OK) {
        err = check_absent(set, host);
    }
    if (err == AW_OK) {
        err = fill_and_place(set, folder, host);
    }
    (void)close(folder);
    return err;
}

/* The path without slashes at its end; free it. */
static char *trim(const char *folder)
{
    char *path = host_strdup(folder);

    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--) {
        path[end - 1] = '\0';
    }
    return path;
}

aw_err aw_files_write(const char *folder, const struct aw_new_file *files,
                      size_t n, const struct aw_lock_wait *wait,
                      struct aw_host_diag *host)
{
    char *path = trim(folder);
    struct set set = {.path = path, .files = files, .n = n};
    struct stat st;
    aw_err err = check_absent(&set, host);

    if (err == AW_OK) {
        err = lstat(path, &st) == 0 ? write_into(&set, wait, host)
                                    : write_new(&set, host);
    }
    drop_temp(&set);
    free(path);
    return err;
}

aw_err aw_files_complete(const char *folder, const struct aw_lock_wait *wait,
                         bool *completed, struct aw_host_diag *host)
{
    struct stat st;
    int fd = -1;

    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        *completed = false;
        return AW_OK;
    }
    aw_err err = file_into_open(folder, wait, &fd, host);

    if (err == AW_OK) {
        err = file_into_complete(fd, folder, completed, host);
        (void)close(fd);
    }
    return err;
}

aw_err aw_folder_write(const char *folder, const struct aw_new_file *files,
                       size_t n, struct aw_host_diag *host)
{
    char *path = trim(folder);
    struct set set = {.path = path, .files = files, .n = n, .inner = true};
    struct stat st;
    aw_err err = lstat(path, &st) == 0
                     ? aw_host_fail_errno(host, "files: create", EEXIST, path)
                     : write_new(&set, host);

    drop_temp(&set);
    free(path);
    return err;
}

void aw_files_remove(const char *folder, const struct aw_new_file *files,
                     size_t n)
{
    drop(folder, files, n);
}
