/* SPDX-License-Identifier: Apache-2.0 */
#include "memfs.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A state of a path: nothing, bytes, or a link. */
struct content {
    bool there;
    bool is_link;
    uint8_t *p; /* bytes, or the target as text */
    size_t n;
};

struct memfs_file {
    char *path; /* NULL: free slot */
    struct content now;
    struct content disk;
    bool changed; /* since the last sync */
};

static void *must(void *p)
{
    ck_assert_ptr_nonnull(p);
    return p;
}

static struct content content_of(const void *p, size_t n, bool is_link)
{
    struct content c = {true, is_link, must(malloc(n + 1)), n};

    if (n > 0) {
        memcpy(c.p, p, n);
    }
    c.p[n] = 0;
    return c;
}

static struct content content_copy(const struct content *c)
{
    return c->there ? content_of(c->p, c->n, c->is_link) : *c;
}

static void content_free(struct content *c)
{
    free(c->p);
    *c = (struct content){0};
}

static size_t hash_of(const char *path)
{
    uint64_t h = 0xcbf29ce484222325U;

    for (; *path != '\0'; path++) {
        h = (h ^ (uint8_t)*path) * 0x100000001b3U;
    }
    return (size_t)(h ^ h >> 32);
}

/* The slot of a path, or the free one where it belongs, in a table that has
 * room. */
static struct memfs_file *slot_of(const struct memfs *fs, const char *path)
{
    size_t at = hash_of(path) & (fs->room - 1);

    while (fs->slot[at].path != NULL && strcmp(fs->slot[at].path, path) != 0) {
        at = (at + 1) & (fs->room - 1);
    }
    return &fs->slot[at];
}

static void grow(struct memfs *fs)
{
    struct memfs old = *fs;

    fs->room = old.room == 0 ? 256 : 2 * old.room;
    fs->slot = must(calloc(fs->room, sizeof(*fs->slot)));
    for (size_t i = 0; i < old.room; i++) {
        if (old.slot[i].path != NULL) {
            *slot_of(fs, old.slot[i].path) = old.slot[i];
        }
    }
    free(old.slot);
}

static struct memfs_file *make(struct memfs *fs, const char *path)
{
    if (2 * fs->n >= fs->room) {
        grow(fs);
    }
    struct memfs_file *f = slot_of(fs, path);

    if (f->path == NULL) {
        f->path = must(strdup(path));
        fs->n++;
    }
    return f;
}

static const struct memfs_file *find(const struct memfs *fs, const char *path)
{
    if (fs->room == 0) {
        return NULL;
    }
    const struct memfs_file *f = slot_of(fs, path);

    return f->path != NULL && f->now.there ? f : NULL;
}

bool memfs_get(const struct memfs *fs, const char *path, aw_bytes *data)
{
    const struct memfs_file *f = find(fs, path);

    if (f != NULL && f->now.is_link) {
        f = find(fs, (const char *)f->now.p);
    }
    if (f == NULL) {
        return false;
    }
    ck_assert(!f->now.is_link);
    *data = (aw_bytes){f->now.p, f->now.n};
    return true;
}

const char *memfs_link(const struct memfs *fs, const char *path)
{
    const struct memfs_file *f = find(fs, path);

    return f != NULL && f->now.is_link ? (const char *)f->now.p : NULL;
}

static void set_now(struct memfs_file *f, struct content c)
{
    content_free(&f->now);
    f->now = c;
    f->changed = true;
}

/* Now is what the disk has, or the disk has what is now. */
static void settle(struct memfs_file *f, bool keep)
{
    if (!f->changed) {
        return;
    }
    struct content c = content_copy(keep ? &f->now : &f->disk);

    content_free(keep ? &f->disk : &f->now);
    if (keep) {
        f->disk = c;
    } else {
        f->now = c;
    }
    f->changed = false;
}

void memfs_set(struct memfs *fs, const char *path, aw_bytes data)
{
    struct memfs_file *f = make(fs, path);

    set_now(f, content_of(data.p, data.n, false));
    settle(f, true);
}

void memfs_walk(const struct memfs *fs,
                void (*each)(void *ctx, const char *path), void *ctx)
{
    for (size_t i = 0; i < fs->room; i++) {
        if (fs->slot[i].path != NULL && fs->slot[i].now.there) {
            each(ctx, fs->slot[i].path);
        }
    }
}

void memfs_copy(struct memfs *fs, const struct memfs *from)
{
    for (size_t i = 0; i < from->room; i++) {
        const struct memfs_file *f = &from->slot[i];

        if (f->path != NULL) {
            struct memfs_file *to = make(fs, f->path);

            set_now(to, content_copy(&f->now));
            settle(to, true);
        }
    }
}

void memfs_crash(struct memfs *fs, enum memfs_crash how, unsigned seed)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15U + 1;

    for (size_t i = 0; i < fs->room; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bool keep = how == MEMFS_KEEP_ALL ||
                    (how == MEMFS_KEEP_SOME && (x >> 33 & 1) != 0);

        if (fs->slot[i].path != NULL && how != MEMFS_KEEP_ALL) {
            settle(&fs->slot[i], keep);
        }
    }
}

void memfs_free(struct memfs *fs)
{
    for (size_t i = 0; i < fs->room; i++) {
        free(fs->slot[i].path);
        content_free(&fs->slot[i].now);
        content_free(&fs->slot[i].disk);
    }
    free(fs->slot);
    memset(fs, 0, sizeof(*fs));
}

static aw_err store_get(void *ctx, const char *path, struct aw_wr *buf,
                        struct aw_diag *diag)
{
    struct memfs *fs = ctx;
    aw_bytes data;

    if (!memfs_get(fs, path, &data)) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "memfs: get", 0);
    }
    if (data.n > buf->cap - buf->n) {
        return aw_fail(diag, AW_ERR_SPACE, "memfs: get", data.n);
    }
    fs->gets++;
    fs->tiles +=
        strncmp(path, "tile/", 5) == 0 && strncmp(path, "tile/entries", 12) != 0
            ? 1
            : 0;
    aw_wr_put(buf, data);
    return AW_OK;
}

struct aw_store memfs_store(struct memfs *fs)
{
    return (struct aw_store){fs, store_get, NULL};
}

/* Counts a change; true when it is the one that fails. */
static bool fails(struct memfs *fs)
{
    return ++fs->changes == fs->fail_at;
}

static aw_err files_put(void *ctx, const char *path, aw_bytes data,
                        struct aw_diag *diag)
{
    struct memfs *fs = ctx;

    if (fails(fs)) {
        return aw_fail(diag, fs->fail_err, "memfs: put", 0);
    }
    set_now(make(fs, path), content_of(data.p, data.n, false));
    return AW_OK;
}

static aw_err files_alias(void *ctx, const char *path, const char *target,
                          struct aw_diag *diag)
{
    struct memfs *fs = ctx;
    const struct memfs_file *to = find(fs, target);

    if (fails(fs)) {
        return aw_fail(diag, fs->fail_err, "memfs: alias", 0);
    }
    /* The interface asks for a target that is on the disk. */
    ck_assert(to != NULL && !to->changed && !to->now.is_link);
    set_now(make(fs, path), content_of(target, strlen(target), true));
    return AW_OK;
}

static aw_err files_remove(void *ctx, const char *path, struct aw_diag *diag)
{
    struct memfs *fs = ctx;

    if (fails(fs)) {
        return aw_fail(diag, fs->fail_err, "memfs: remove", 0);
    }
    if (find(fs, path) != NULL) {
        set_now(make(fs, path), (struct content){0});
    }
    return AW_OK;
}

static aw_err files_sync(void *ctx, struct aw_diag *diag)
{
    struct memfs *fs = ctx;

    if (fails(fs)) {
        return aw_fail(diag, fs->fail_err, "memfs: sync", 0);
    }
    for (size_t i = 0; i < fs->room; i++) {
        if (fs->slot[i].path != NULL) {
            settle(&fs->slot[i], true);
        }
    }
    return AW_OK;
}

struct aw_files memfs_files(struct memfs *fs)
{
    return (struct aw_files){fs, files_put, files_alias, files_remove,
                             files_sync};
}
