/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "store_private.h"

enum {
    OPEN_TRIES = 8,  /* openat2 asks for another try after a rename */
    DEPTH_MAX = 32,  /* folders in folders */
    NAMES_START = 64 /* first size of a list of names */
};

aw_err folder_open(struct folder *f, const char *path,
                   struct aw_host_diag *host)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return aw_host_fail_errno(host, "store: open", errno, path);
    }
    char *real = realpath(path, NULL);

    if (real == NULL) {
        aw_err err = aw_host_fail_errno(host, "store: path", errno, path);

        (void)close(fd);
        return err;
    }
    *f = (struct folder){fd, real};
    return AW_OK;
}

void folder_close(struct folder *f)
{
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    free(f->real);
    *f = (struct folder){-1, NULL};
}

/* True when `path`, free of links, lies below `root`, also free of links. */
static bool is_below(const char *root, const char *path)
{
    size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);

    return strncmp(root, path, n) == 0 && path[n] == '/';
}

/*
 * For links with an absolute target below the root, as old serverless
 * writers made them, and for kernels without openat2. Somebody who changes
 * links between check and open can win here; the files are untrusted anyway.
 */
static int open_checked(const struct folder *f, const char *path, int flags)
{
    char full[PATH_MAX];
    char real[PATH_MAX];
    int n = snprintf(full, sizeof(full), "%s/%s", f->real, path);

    if (n < 0 || (size_t)n >= sizeof(full)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (realpath(full, real) == NULL) {
        return -1;
    }
    if (!is_below(f->real, real)) {
        errno = EXDEV;
        return -1;
    }
    return open(real, flags | O_NOFOLLOW);
}

/* Opens what lies below the root after links are followed; else -1, errno. */
static int open_below(const struct folder *f, const char *path, int more)
{
    /* A pipe must not block us; it is refused after the open. */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | more;
    struct open_how how = {.flags = (unsigned)flags,
                           .resolve = RESOLVE_BENEATH};

    for (int i = 0; i < OPEN_TRIES; i++) {
        long fd = syscall(SYS_openat2, f->fd, path, &how, sizeof(how));

        if (fd >= 0) {
            return (int)fd;
        }
        if (errno != EAGAIN) {
            break;
        }
    }
    if (errno == EXDEV || errno == ENOSYS || errno == EPERM ||
        errno == EAGAIN) {
        return open_checked(f, path, flags);
    }
    return -1;
}

int folder_open_file(const struct folder *f, const char *path)
{
    return open_below(f, path, 0);
}

static aw_err fail_at(const struct aw_host_store *store, const char *path,
                      int error, struct aw_host_diag *host)
{
    char full[PATH_MAX];

    (void)snprintf(full, sizeof(full), "%s/%s", store->folder.real, path);
    if (error == EXDEV) {
        return aw_fail(aw_host_say(host, "%s: leads out of the store", full),
                       AW_ERR_IO, "store: path", 0);
    }
    return aw_host_fail_errno(host, "store: file", error, full);
}

/* Reads to the end; up to room bytes. Errors: errno, EMSGSIZE when there are
 * more. */
static int read_whole(int fd, uint8_t *p, size_t room, size_t *n)
{
    uint8_t more = 0;
    size_t have = 0;

    for (;;) {
        bool full = have == room;
        ssize_t got =
            full ? read(fd, &more, 1) : read(fd, p + have, room - have);

        if (got == 0) {
            *n = have;
            return 0;
        }
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        if (got > 0 && full) {
            return EMSGSIZE;
        }
        have += got > 0 ? (size_t)got : 0;
    }
}

static aw_err read_file(const struct aw_host_store *store, int fd,
                        const char *path, struct aw_wr *buf,
                        struct aw_host_diag *host)
{
    size_t room = buf->cap - buf->n;
    size_t n = 0;
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return fail_at(store, path, errno, host);
    }
    if (!S_ISREG(st.st_mode)) {
        return aw_fail(aw_host_say(host, "%s/%s: is no regular file",
                                   store->folder.real, path),
                       AW_ERR_IO, "store: file kind", 0);
    }
    if (room > store->options.file_max) {
        room = store->options.file_max;
    }
    int error = st.st_size < 0 || (uintmax_t)st.st_size > room
                    ? EMSGSIZE
                    : read_whole(fd, buf->p + buf->n, room, &n);

    if (error == EMSGSIZE) {
        return aw_fail(aw_host_say(host, "%s/%s: longer than %zu bytes",
                                   store->folder.real, path, room),
                       AW_ERR_SPACE, "store: file size", room);
    }
    if (error != 0) {
        return fail_at(store, path, error, host);
    }
    buf->n += n;
    return AW_OK;
}

aw_err folder_get(const struct aw_host_store *store, const char *path,
                  struct aw_wr *buf, struct aw_host_diag *host)
{
    int fd = open_below(&store->folder, path, 0);

    if (fd < 0) {
        return fail_at(store, path, errno, host);
    }
    aw_err err = read_file(store, fd, path, buf, host);

    (void)close(fd);
    return err;
}

/* A walk through all folders. */
struct walk {
    const struct aw_host_store *store;
    aw_err (*each)(void *ctx, const char *path);
    void *ctx;
    struct aw_host_diag *host;
    char path[PATH_MAX]; /* of the entry at hand, relative to the root */
};

struct names {
    char **list;
    size_t n;
    size_t room;
};

static void names_add(struct names *names, const char *name)
{
    if (names->n == names->room) {
        size_t room = names->room == 0 ? NAMES_START : names->room * 2;

        names->list = aw_grow(names->list, names->room, room, sizeof(char *));
        names->room = room;
    }
    names->list[names->n++] = host_strdup(name);
}

static void names_free(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->list[i]);
    }
    free(names->list);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted; takes over the descriptor. */
static int names_read(int fd, struct names *names)
{
    DIR *dir = fdopendir(fd);

    if (dir == NULL) {
        int error = errno;

        (void)close(fd);
        return error;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);

        if (entry == NULL) {
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            names_add(names, entry->d_name);
        }
    }
    int error = errno;

    (void)closedir(dir);
    if (names->n > 0) {
        qsort(names->list, names->n, sizeof(char *), by_name);
    }
    return error;
}

static aw_err walk_folder(struct walk *w, unsigned depth);

/* w->path names something inside a folder: a folder itself, or a file. */
static aw_err walk_entry(struct walk *w, unsigned depth)
{
    struct stat st;

    if (fstatat(w->store->folder.fd, w->path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail_at(w->store, w->path, errno, w->host);
    }
    if (S_ISDIR(st.st_mode)) {
        return walk_folder(w, depth + 1);
    }
    return w->each(w->ctx, w->path);
}

static aw_err walk_names(struct walk *w, const struct names *names,
                         unsigned depth)
{
    size_t base = strlen(w->path);
    aw_err err = AW_OK;

    for (size_t i = 0; i < names->n && err == AW_OK; i++) {
        size_t room = sizeof(w->path) - base;
        int n = snprintf(w->path + base, room, "%s%s", base == 0 ? "" : "/",
                         names->list[i]);

        if (n < 0 || (size_t)n >= room) {
            err = fail_at(w->store, names->list[i], ENAMETOOLONG, w->host);
        } else {
            err = walk_entry(w, depth);
        }
    }
    w->path[base] = '\0';
    return err;
}

static aw_err walk_folder(struct walk *w, unsigned depth)
{
    struct names names = {NULL, 0, 0};

    if (depth > DEPTH_MAX) {
        return aw_fail(aw_host_say(w->host, "%s/%s: too many folders deep",
                                   w->store->folder.real, w->path),
                       AW_ERR_RANGE, "store: depth", depth);
    }
    int fd = open_below(&w->store->folder, w->path[0] == '\0' ? "." : w->path,
                        O_DIRECTORY);

    if (fd < 0) {
        return fail_at(w->store, w->path, errno, w->host);
    }
    int error = names_read(fd, &names);
    aw_err err = error != 0 ? fail_at(w->store, w->path, error, w->host)
                            : walk_names(w, &names, depth);

    names_free(&names);
    return err;
}

aw_err aw_store_walk(struct aw_host_store *store, const char *folder,
                     aw_err (*each)(void *ctx, const char *path), void *ctx,
                     struct aw_host_diag *host)
{
    struct walk w = {.store = store, .each = each, .ctx = ctx, .host = host};
    size_t n = strlen(folder);

    if (store->http != NULL) {
        return aw_fail(aw_host_say(host, "%s: a server shows no list of files",
                                   store->name),
                       AW_ERR_UNSUPPORTED, "store: walk", 0);
    }
    if ((n > 0 && !store_path_ok(folder)) || n >= sizeof(w.path)) {
        return aw_fail(aw_host_say(host, "%s: not a path in a store", folder),
                       AW_ERR_RANGE, "store: path", 0);
    }
    memcpy(w.path, folder, n + 1);
    return walk_folder(&w, 0);
}
