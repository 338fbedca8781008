/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wrap.h"

/* Content of a file, or the entries of a folder. */
struct entry {
    char *name;
    ino_t ino;
    char *target; /* of a link; NULL for others */
    struct entry *next;
};

struct node {
    ino_t ino;
    bool is_dir;
    mode_t mode; /* of a file that was synced; 0: it never was */
    char *data;
    size_t n;
    struct entry *entries;
    struct node *next;
};

enum { BUCKETS = 4096 };

static struct node *table[BUCKETS];
static char root[PATH_MAX];
static uint64_t chance;

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

/* Zeroed memory. */
static void *fresh(size_t size)
{
    void *p = calloc(1, size);

    if (p == NULL) {
        abort();
    }
    return p;
}

static struct node *find(ino_t ino)
{
    struct node *n = table[ino % BUCKETS];

    while (n != NULL && n->ino != ino) {
        n = n->next;
    }
    return n;
}

static struct node *make(ino_t ino)
{
    struct node *n = find(ino);

    if (n == NULL) {
        n = fresh(sizeof(*n));
        n->ino = ino;
        n->next = table[ino % BUCKETS];
        table[ino % BUCKETS] = n;
    }
    return n;
}

static void forget(struct node *n)
{
    while (n->entries != NULL) {
        struct entry *e = n->entries;

        n->entries = e->next;
        free(e->name);
        free(e->target);
        free(e);
    }
    free(n->data);
    n->data = NULL;
    n->n = 0;
}

/* Content of an open file, through a descriptor of its own. */
static void take_file(struct node *n, int fd, size_t size)
{
    char path[64];

    forget(n);
    n->data = fresh(size + 1);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int own = open(path, O_RDONLY | O_CLOEXEC);

    must(own >= 0, path);
    ssize_t got = pread(own, n->data, size, 0);
    struct stat st;

    must(fstat(own, &st) == 0, path);
    n->mode = st.st_mode & 0777;

    must(got >= 0 && (size_t)got == size, "pread");
    (void)close(own);
    n->n = size;
}

static void take_entry(struct node *n, int dir, const char *name)
{
    struct entry *e = fresh(sizeof(*e));
    char target[PATH_MAX];
    struct stat st;

    must(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0, name);
    e->name = strdup(name);
    e->ino = st.st_ino;
    if (S_ISDIR(st.st_mode)) {
        make(st.st_ino)->is_dir = true; /* an empty one until it is synced */
    }
    if (S_ISLNK(st.st_mode)) {
        ssize_t got = readlinkat(dir, name, target, sizeof(target) - 1);

        must(got > 0, name);
        target[got] = '\0';
        e->target = strdup(target);
    }
    e->next = n->entries;
    n->entries = e;
}

static DIR *list_of(int fd)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = own < 0 ? NULL : fdopendir(own);

    must(list != NULL, "folder");
    return list;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void take_folder(struct node *n, int fd)
{
    DIR *list = list_of(fd);
    const struct dirent *d = NULL;

    forget(n);
    n->is_dir = true;
    while ((d = readdir(list)) != NULL) {
        if (!is_dots(d->d_name)) {
            take_entry(n, dirfd(list), d->d_name);
        }
    }
    (void)closedir(list);
}

void disk_synced(int fd)
{
    struct stat st;

    must(fstat(fd, &st) == 0, "fstat");
    if (S_ISDIR(st.st_mode)) {
        take_folder(make(st.st_ino), fd);
    } else {
        take_file(make(st.st_ino), fd, (size_t)st.st_size);
    }
}

/* The folder and everything below it. */
static void take_tree(int fd)
{
    DIR *list = list_of(fd);
    const struct dirent *d = NULL;
    struct stat st;

    disk_synced(fd);
    while ((d = readdir(list)) != NULL) {
        must(fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0, "fstatat");
        if (is_dots(d->d_name) || S_ISLNK(st.st_mode)) {
            continue;
        }
        int child = openat(fd, d->d_name, O_RDONLY | O_CLOEXEC);

        must(child >= 0, d->d_name);
        if (S_ISDIR(st.st_mode)) {
            take_tree(child);
        } else {
            disk_synced(child);
        }
        (void)close(child);
    }
    (void)closedir(list);
}

void disk_synced_all(void)
{
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    must(fd >= 0, root);
    take_tree(fd);
    (void)close(fd);
}

void disk_start(const char *path)
{
    (void)snprintf(root, sizeof(root), "%s", path);
    disk_synced_all();
}

void disk_pin(int dir, const char *path)
{
    /* Never closed: the process is about to die. */
    (void)openat(dir, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

void disk_created(int fd)
{
    struct stat st;

    must(fstat(fd, &st) == 0, "fstat");
    forget(make(st.st_ino));
}

static bool coin(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (chance >> 33 & 1) != 0;
}

static struct entry *named(struct node *n, const char *name)
{
    struct entry *e = n->entries;

    while (e != NULL && strcmp(e->name, name) != 0) {
        e = e->next;
    }
    return e;
}

/* Takes an entry out of its folder; NULL is allowed. */
static void drop(struct node *n, const struct entry *e)
{
    struct entry **at = &n->entries;

    while (*at != NULL && *at != e) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = (*at)->next;
    }
}

/* Some new names in a folder got to the disk all the same. */
static void keep_added(struct node *n, int fd)
{
    struct node now = {.is_dir = true};

    take_folder(&now, fd);
    while (now.entries != NULL) {
        struct entry *e = now.entries;
        const struct entry *old = named(n, e->name);

        now.entries = e->next;
        if (coin() && (old == NULL || old->ino != e->ino)) {
            drop(n, old);
            e->next = n->entries;
            n->entries = e;
        }
    }
}

/* And some names are gone. */
static void lose_removed(struct node *n, int fd)
{
    struct entry *next = NULL;

    for (struct entry *e = n->entries; e != NULL; e = next) {
        struct stat st;

        next = e->next;
        if (fstatat(fd, e->name, &st, AT_SYMLINK_NOFOLLOW) != 0 && coin()) {
            drop(n, e);
        }
    }
}

static void keep_some_everywhere(int fd)
{
    DIR *list = list_of(fd);
    const struct dirent *d = NULL;
    struct stat st;

    must(fstat(fd, &st) == 0, "fstat");
    keep_added(make(st.st_ino), fd);
    lose_removed(make(st.st_ino), fd);
    while ((d = readdir(list)) != NULL) {
        must(fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0, "fstatat");
        if (is_dots(d->d_name) || S_ISLNK(st.st_mode)) {
            continue;
        }
        int child = openat(fd, d->d_name, O_RDONLY | O_CLOEXEC);

        must(child >= 0, d->d_name);
        if (S_ISDIR(st.st_mode)) {
            make(st.st_ino)->is_dir = true;
            keep_some_everywhere(child);
        } else if (coin()) {
            disk_synced(child);
        }
        (void)close(child);
    }
    (void)closedir(list);
}

static void restore(int dir, const char *name, const struct node *n);

static void restore_folder(int fd, const struct node *n)
{
    for (const struct entry *e = n->entries; e != NULL; e = e->next) {
        if (e->target != NULL) {
            must(__real_symlinkat(e->target, fd, e->name) == 0, e->name);
        } else {
            restore(fd, e->name, find(e->ino));
        }
    }
}

/* A file that was never synced is empty. */
static void restore(int dir, const char *name, const struct node *n)
{
    if (n != NULL && n->is_dir) {
        must(__real_mkdirat(dir, name, 0755) == 0, name);
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        must(fd >= 0, name);
        restore_folder(fd, n);
        (void)close(fd);
        return;
    }
    int fd =
        __real_openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    size_t size = n == NULL ? 0 : n->n;

    must(fd >= 0, name);
    must(size == 0 || __real_write(fd, n->data, size) == (ssize_t)size, name);
    must(n == NULL || n->mode == 0 || fchmod(fd, n->mode) == 0, name);
    (void)close(fd);
}

void disk_restore(const char *to, bool some, unsigned seed)
{
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    must(fd >= 0 && fstat(fd, &st) == 0, root);
    chance = seed * 0x9e3779b97f4a7c15U + 1;
    if (some) {
        keep_some_everywhere(fd);
    }
    restore(AT_FDCWD, to, make(st.st_ino));
    (void)close(fd);
}
