/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "child.h"

enum { DIR_MODE = 0755 };

bool rb_program(const char *path)
{
    return access(path, X_OK) == 0;
}

aw_err rb_path(char *path, struct aw_host_diag *host, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(path, PATH_MAX, format, args);

    va_end(args);
    return n > 0 && n < PATH_MAX
               ? AW_OK
               : aw_fail(aw_host_say(host, "--cache: the path is too long"),
                         AW_ERR_PRECONDITION, "rebuild: path", 0);
}

static bool passable(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return false;
    }
    unsigned bit = st.st_uid == AW_RB_UID ? 0100 : 0001;

    return !S_ISDIR(st.st_mode) || (st.st_mode & bit) != 0;
}

bool rb_reachable(const char *path)
{
    char real[PATH_MAX];

    if (geteuid() != 0) {
        return true;
    }
    if (realpath(path, real) == NULL) {
        return false;
    }
    for (char *slash = strchr(real + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool ok = passable(real);

        *slash = '/';
        if (!ok) {
            return false;
        }
    }
    return passable(real);
}

aw_err rb_give(const char *path, struct aw_host_diag *host)
{
    if (geteuid() != 0 || lchown(path, AW_RB_UID, AW_RB_UID) == 0) {
        return AW_OK;
    }
    return aw_host_fail_errno(host, "rebuild: chown", errno, path);
}

aw_err rb_dir(const char *path, struct aw_host_diag *host)
{
    struct stat st;
    aw_err err = aw_dir_make(path, DIR_MODE, host);

    /* Whatever the umask says. */
    if (err == AW_OK && geteuid() == 0 && stat(path, &st) == 0 &&
        st.st_uid == 0) {
        (void)chmod(path, st.st_mode | 0111);
    }
    if (err == AW_OK && !rb_reachable(path)) {
        return aw_fail(
            aw_host_say(host,
                        "%s: the user of the builds, id %d, cannot get there; "
                        "name another place with --cache",
                        path, (int)AW_RB_UID),
            AW_ERR_PRECONDITION, "rebuild: folder", 0);
    }
    return err;
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

static int open_one(const char *path, const struct stat *st, int kind,
                    struct FTW *at)
{
    (void)at;
    /* What was unpacked may forbid to be removed. */
    if (kind == FTW_D && (st->st_mode & 0700) != 0700) {
        (void)chmod(path, 0700);
    }
    return 0;
}

void rb_remove(const char *path)
{
    enum { OPEN_FOLDERS = 16 };

    (void)nftw(path, open_one, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
    (void)nftw(path, remove_one, OPEN_FOLDERS,
               FTW_PHYS | FTW_DEPTH | FTW_MOUNT);
}

void rb_measure(const char *path, const struct rb_size *max,
                struct rb_size *size)
{
    enum { BLOCK = 512 }; /* of st_blocks */
    char root[PATH_MAX];
    char *const paths[] = {root, NULL};

    *size = (struct rb_size){0, 0};
    if (snprintf(root, sizeof(root), "%s", path) >= (int)sizeof(root)) {
        return;
    }
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    const FTSENT *e = NULL;

    while (tree != NULL && size->bytes <= max->bytes &&
           size->files <= max->files && (e = fts_read(tree)) != NULL) {
        bool counts = e->fts_info == FTS_D || e->fts_info == FTS_F ||
                      e->fts_info == FTS_SL || e->fts_info == FTS_DEFAULT;

        size->files += counts ? 1 : 0;
        size->bytes += counts ? (uint64_t)e->fts_statp->st_blocks * BLOCK : 0;
    }
    if (tree != NULL) {
        (void)fts_close(tree);
    }
}

bool rb_full(const char *path)
{
    enum { LITTLE = 64 * 1024 };
    struct statvfs fs;

    return statvfs(path, &fs) == 0 &&
           ((uint64_t)fs.f_bavail * fs.f_frsize < LITTLE ||
            (fs.f_files > 0 && fs.f_favail == 0));
}
