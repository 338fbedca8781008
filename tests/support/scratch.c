/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static char top[PATH_MAX];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_all(void)
{
    /* A forked child inherits the handler, not the folder. */
    if (getpid() == owner) {
        (void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}

const char *scratch_dir(void)
{
    if (top[0] == '\0') {
        const char *tmp = getenv("TMPDIR");

        (void)snprintf(top, sizeof(top), "%s/aw-test-XXXXXX",
                       tmp == NULL ? "/tmp" : tmp);
        ck_assert_ptr_nonnull(mkdtemp(top));
        owner = getpid();
        ck_assert_int_eq(atexit(remove_all), 0);
    }
    return top;
}

const char *scratch_path(const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);

    ck_assert_int_lt(n, (int)sizeof(path));
    return vec_cstr(aw_text(path));
}

static void make_parents(const char *path)
{
    char part[PATH_MAX];

    for (const char *p = strchr(path + strlen(top) + 1, '/'); p != NULL;
         p = strchr(p + 1, '/')) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
        (void)mkdir(part, 0755);
    }
}

const char *scratch_file(const char *name, aw_bytes content)
{
    const char *path = scratch_path(name);

    make_parents(path);
    FILE *f = fopen(path, "wb");

    ck_assert_msg(f != NULL, "cannot write %s", path);
    if (content.n > 0) {
        ck_assert_uint_eq(fwrite(content.p, 1, content.n, f), content.n);
    }
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

aw_bytes scratch_read(const char *path)
{
    FILE *f = fopen(path, "rb");
    static char chunk[1U << 20];

    ck_assert_msg(f != NULL, "cannot read %s", path);
    size_t n = fread(chunk, 1, sizeof(chunk), f);

    ck_assert_uint_lt(n, sizeof(chunk));
    ck_assert_int_eq(fclose(f), 0);
    aw_bytes b = {(const uint8_t *)chunk, n};

    return (aw_bytes){(const uint8_t *)vec_cstr(b), n};
}
