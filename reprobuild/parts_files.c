/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "child.h"
#include "parts.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

/* Links under way. */
struct linking {
    const char *from;
    const char *to;
    struct aw_sha256 *h;
    struct aw_host_diag *host;
};

static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return n > 0 && n < PATH_MAX;
}

static void add(struct aw_sha256 *h, const char *text)
{
    /* With the end, so that two texts are not taken for one. */
    aw_sha256_update(h, (aw_bytes){(const uint8_t *)text, strlen(text) + 1});
}

/* The digest of a file, not its bytes: those may look like another list. */
static aw_err add_file(const struct linking *l, const char *path)
{
    struct aw_blob data = {.p = NULL};
    uint8_t digest[AW_SHA256_SIZE];
    aw_err err = aw_file_read(path, FILE_MAX, &data, l->host);

    if (err == AW_OK) {
        aw_sha256(aw_blob_bytes(&data), digest);
        aw_sha256_update(l->h, (aw_bytes){digest, sizeof(digest)});
    }
    aw_blob_free(&data);
    return err;
}

/* The folders above a path. */
static aw_err make_parents(const char *to, const char *path,
                           struct aw_host_diag *host)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? snprintf(folder, sizeof(folder), "%s", to)
                          : snprintf(folder, sizeof(folder), "%s/%.*s", to,
                                     (int)(slash - path), path);

    return n > 0 && (size_t)n < sizeof(folder)
               ? rb_dir(folder, host)
               : aw_fail(aw_host_say(host, "--cache: the path is too long"),
                         AW_ERR_PRECONDITION, "parts: path", 0);
}

/* @param whole  cleared by what a part cannot have */
static aw_err take(const struct linking *l, const FTSENT *entry, bool *whole)
{
    const char *name = entry->fts_path + strlen(l->from) + 1;
    char to[PATH_MAX];

    *whole = join(to, l->to, name) &&
             (entry->fts_info == FTS_D || entry->fts_info == FTS_F ||
              entry->fts_info == FTS_DP);
    if (!*whole || entry->fts_info == FTS_DP) {
        return AW_OK;
    }
    if (entry->fts_info == FTS_D) {
        return rb_dir(to, l->host);
    }
    add(l->h, name);
    add(l->h, (entry->fts_statp->st_mode & S_IXUSR) != 0 ? "x" : "-");
    if (link(entry->fts_path, to) != 0) {
        return aw_host_fail_errno(l->host, "parts: link", errno, to);
    }
    return add_file(l, to);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static aw_err take_path(const struct linking *l, const char *path, bool *whole)
{
    char from[PATH_MAX];
    char *roots[] = {from, NULL};
    FTSENT *entry = NULL;
    aw_err err = AW_OK;

    *whole = join(from, l->from, path);
    FTS *walk =
        *whole ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;

    if (walk == NULL) {
        *whole = false;
        return AW_OK;
    }
    while (err == AW_OK && *whole && (entry = fts_read(walk)) != NULL) {
        err = take(l, entry, whole);
    }
    (void)fts_close(walk);
    return err;
}

/* A folder above a path that is a link would lead elsewhere in the tree. */
static bool straight(const char *from, const char *path)
{
    char place[PATH_MAX];
    struct stat st;
    bool ok = true;

    for (const char *slash = strchr(path, '/'); ok && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        int n = snprintf(place, sizeof(place), "%s/%.*s", from,
                         (int)(slash - path), path);

        ok = n > 0 && (size_t)n < sizeof(place) && lstat(place, &st) == 0 &&
             S_ISDIR(st.st_mode);
    }
    return ok;
}

aw_err rb_part_files(const char *from, const char *const *paths, const char *to,
                     struct aw_sha256 *h, bool *whole,
                     struct aw_host_diag *host)
{
    const struct linking l = {from, to, h, host};
    aw_err err = rb_dir(to, host);

    *whole = true;
    for (size_t i = 0; paths[i] != NULL && err == AW_OK && *whole; i++) {
        *whole = straight(from, paths[i]);
        if (*whole) {
            err = make_parents(to, paths[i], host);
        }
        if (*whole && err == AW_OK) {
            err = take_path(&l, paths[i], whole);
        }
    }
    return err;
}
