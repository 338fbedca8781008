/* SPDX-License-Identifier: Apache-2.0 */
/* Several files at once, wherever they are. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "file_put.h"
#include "host.h"

/* How a file got its name, and so how it is taken back. */
enum placed {
    NOT_PLACED,
    PLACED,   /* nothing had the name */
    SWAPPED,  /* what had the name has the temporary one now */
    REPLACED, /* what had the name is gone */
};

static aw_err put_one(struct host_put *put, enum aw_file_how how,
                      enum placed *placed, struct aw_host_diag *host)
{
    bool swapped =
        how == AW_FILE_REPLACE && renameat2(put->dir, put->temp, put->dir,
                                            put->base, RENAME_EXCHANGE) == 0;
    bool absent = how == AW_FILE_NEW || errno == ENOENT;

    if (swapped) {
        *placed = SWAPPED;
        return host_sync_dir(put->dir, put->path, host);
    }
    aw_err err = host_put_place(put, how, host);

    if (put->temp[0] == '\0') {
        *placed = absent ? PLACED : REPLACED;
    }
    return err;
}

static void take_back(struct host_put *put, enum placed placed)
{
    if (placed == SWAPPED) {
        (void)renameat2(put->dir, put->temp, put->dir, put->base,
                        RENAME_EXCHANGE);
    } else if (placed == PLACED) {
        (void)unlinkat(put->dir, put->base, 0);
    }
}

/* All have their temporary file: gives them their names. */
static aw_err place_all(struct host_put *puts, const struct aw_put_file *files,
                        size_t n, struct aw_host_diag *host)
{
    enum placed *placed = aw_alloc(n == 0 ? 1 : n, sizeof(*placed));
    aw_err err = AW_OK;

    for (size_t i = 0; i < n && err == AW_OK; i++) {
        err = put_one(&puts[i], files[i].how, &placed[i], host);
    }
    for (size_t i = 0; i < n && err != AW_OK; i++) {
        take_back(&puts[i], placed[i]);
    }
    free(placed);
    return err;
}

aw_err aw_files_put(const struct aw_put_file *files, size_t n,
                    struct aw_host_diag *host)
{
    struct host_put *puts = aw_alloc(n == 0 ? 1 : n, sizeof(*puts));
    size_t opened = 0;
    aw_err err = AW_OK;

    for (; opened < n && err == AW_OK; opened++) {
        const struct aw_put_file *f = &files[opened];

        err = host_put_open(f->path, f->how, &puts[opened], host);
        if (err == AW_OK) {
            err = host_put_fill(&puts[opened], f->data, f->mode, host);
        }
    }
    if (err == AW_OK) {
        err = place_all(puts, files, n, host);
    }
    for (size_t i = 0; i < opened; i++) {
        host_put_close(&puts[i]);
    }
    free(puts);
    return err;
}

/* The folder above a path that is not there yet. */
static bool stat_above(const char *path, struct stat *st)
{
    char *copy = host_strdup(path);
    bool ok = stat(dirname(copy), st) == 0;

    free(copy);
    return ok;
}

static bool same_name(const char *a, const char *b)
{
    char *x = host_strdup(a);
    char *y = host_strdup(b);
    bool same = strcmp(basename(x), basename(y)) == 0;

    free(x);
    free(y);
    return same;
}

bool aw_file_same(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    bool has_a = stat(a, &x) == 0;
    bool has_b = stat(b, &y) == 0;

    if (has_a != has_b) {
        return false;
    }
    if (!has_a &&
        (!same_name(a, b) || !stat_above(a, &x) || !stat_above(b, &y))) {
        return strcmp(a, b) == 0;
    }
    return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
