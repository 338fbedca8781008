/* SPDX-License-Identifier: Apache-2.0 */
/* Several files into a folder that has others, all or none: they are made in a
 * folder inside, which gets the name DONE when it is whole. From then on they
 * belong to the outer one, and whoever comes next puts them there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/artefacts.h"
#include "aw/hostio/secret.h"
#include "file_into.h"
#include "host.h"

#define DONE ".aw-complete"

enum { SMALL = 64 * 1024 };

aw_err file_into_open(const char *path, const struct aw_lock_wait *wait,
                      int *folder, struct aw_host_diag *host)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return aw_host_fail_errno(host, "files: folder", errno, path);
    }
    aw_err err = host_lock_dir(fd, "files: lock", path, wait, host);

    if (err != AW_OK) {
        (void)close(fd);
        return err;
    }
    *folder = fd;
    return AW_OK;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A folder inside as a list; NULL with errno. */
static DIR *list_of(int folder, const char *name)
{
    int fd =
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);

    if (list == NULL && fd >= 0) {
        (void)close(fd);
    }
    return list;
}

/* A small regular file, whole; false for any other. */
static bool read_small(int dir, const char *name, uint8_t *p, size_t *n)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    bool fine = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    ssize_t got = fine ? pread(fd, p, SMALL, 0) : -1;

    if (fd >= 0) {
        (void)close(fd);
    }
    *n = got < 0 ? 0 : (size_t)got;
    return got >= 0 && got < SMALL;
}

/* The same file under a second name, or one with the same bytes. */
static bool same_file(int from, int folder, const char *name)
{
    uint8_t *p = aw_secret_alloc((size_t)2 * SMALL);
    size_t a = 0;
    size_t b = 0;
    bool same = read_small(from, name, p, &a) &&
                read_small(folder, name, &p[SMALL], &b) && a == b &&
                memcmp(p, &p[SMALL], a) == 0;

    aw_secret_free(p, (size_t)2 * SMALL);
    return same;
}

/* A second name first, so that no crash can lose the file. */
static aw_err place(int from, int folder, const char *name,
                    struct aw_host_diag *host)
{
    if (linkat(from, name, folder, name, 0) == 0) {
        return AW_OK;
    }
    if (errno == EEXIST && same_file(from, folder, name)) {
        return AW_OK; /* an interrupted run did it */
    }
    /* Some file systems have no second names. */
    if (errno != EEXIST &&
        renameat2(from, name, folder, name, RENAME_NOREPLACE) == 0) {
        return AW_OK;
    }
    return aw_host_fail_errno(host, "files: place", errno, name);
}

/* The files go, then the folder. */
static void remove_inside(int folder, const char *name)
{
    DIR *list = list_of(folder, name);
    const struct dirent *entry = NULL;

    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (!is_dots(entry->d_name)) {
            (void)unlinkat(dirfd(list), entry->d_name, 0);
        }
    }
    if (list != NULL) {
        (void)closedir(list);
    }
    (void)unlinkat(folder, name, AT_REMOVEDIR);
}

static aw_err place_all(int folder, DIR *list, const char *path,
                        struct aw_host_diag *host)
{
    aw_err err = AW_OK;
    const struct dirent *entry = NULL;

    while (err == AW_OK && (entry = readdir(list)) != NULL) {
        if (!is_dots(entry->d_name)) {
            err = place(dirfd(list), folder, entry->d_name, host);
        }
    }
    return err == AW_OK ? host_sync_dir(folder, path, host) : err;
}

aw_err file_into_complete(int folder, const char *path, bool *completed,
                          struct aw_host_diag *host)
{
    DIR *list = list_of(folder, DONE);

    *completed = false;
    if (list == NULL) {
        return errno == ENOENT
                   ? AW_OK
                   : aw_host_fail_errno(host, "files: folder", errno, path);
    }
    aw_err err = place_all(folder, list, path, host);

    (void)closedir(list);
    if (err != AW_OK) {
        return err;
    }
    remove_inside(folder, DONE);
    *completed = true;
    return host_sync_dir(folder, path, host);
}

/* What runs have left that were ended before they were done: secrets, maybe.
 * Names are looked for anew after each, since the list changes. */
static bool remove_one_left(int folder)
{
    DIR *list = list_of(folder, ".");
    const struct dirent *entry = NULL;
    struct stat st;
    bool found = false;

    while (list != NULL && !found && (entry = readdir(list)) != NULL) {
        if (aw_artefact_is_temporary(entry->d_name) &&
            fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode)) {
            remove_inside(folder, entry->d_name);
            found = fstatat(folder, entry->d_name, &st, 0) != 0;
        }
    }
    if (list != NULL) {
        (void)closedir(list);
    }
    return found;
}

void file_into_clean(int folder)
{
    while (remove_one_left(folder)) {
    }
}

aw_err file_into_commit(int folder, const char *path, const char *temp,
                        struct aw_host_diag *host)
{
    char *done = host_strjoin(path, DONE);
    aw_err err = AW_OK;

    if (host_rename_new(AT_FDCWD, temp, done) != 0) {
        err = aw_host_fail_errno(host, "files: rename", errno, done);
    }
    free(done);
    return err == AW_OK ? host_sync_dir(folder, path, host) : err;
}

void file_into_undo(int folder)
{
    DIR *list = list_of(folder, DONE);
    const struct dirent *entry = NULL;

    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (!is_dots(entry->d_name) &&
            same_file(dirfd(list), folder, entry->d_name)) {
            (void)unlinkat(folder, entry->d_name, 0);
        }
    }
    if (list != NULL) {
        (void)closedir(list);
        remove_inside(folder, DONE);
    }
}
