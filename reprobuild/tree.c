/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/text.h"
#include "child.h"
#include "git.h"

/* Files of a commit, written by us: git only hands out its objects. */
enum { OID = 40, LIST_MAX = 16 * 1024 * 1024, LINK_MAX = 1024 };

/* A row of git ls-tree -r -l -z: mode, kind, object, size, path. */
struct entry {
    bool link;
    bool program;
    aw_bytes oid;
    uint64_t size;
    aw_bytes path;
};

struct tree {
    const struct aw_rb_source *source;
    const char *folder;
    struct aw_host_diag *host;
    aw_bytes list;
    aw_bytes objects; /* as git cat-file --batch writes them */
    uint64_t n;
    uint64_t bytes;
};

static aw_err refuse(const struct tree *t, aw_err err, aw_bytes path,
                     const char *why)
{
    return aw_fail(aw_host_say(t->host, "%.*s: %s",
                               (int)(path.n > 200 ? 200 : path.n),
                               path.n == 0 ? "" : (const char *)path.p, why),
                   err, "source: tree", t->n);
}

static aw_bytes word(struct aw_rd *r)
{
    while (aw_rd_left(r) > 0 && r->b.p[r->at] == ' ') {
        (void)aw_rd_u8(r);
    }
    return aw_rd_until(r, ' ');
}

static aw_err kind_of(struct tree *t, aw_bytes mode, struct entry *e)
{
    e->link = aw_bytes_is(mode, "120000");
    e->program = aw_bytes_is(mode, "100755");
    if (aw_bytes_is(mode, "160000")) {
        return refuse(t, AW_ERR_UNSUPPORTED, e->path,
                      "a submodule, of which no hash is signed");
    }
    return e->link || e->program || aw_bytes_is(mode, "100644") ||
                   aw_bytes_is(mode, "100664")
               ? AW_OK
               : refuse(t, AW_ERR_FORMAT, e->path, "a mode that is unknown");
}

/* No part may lead up, be git's own or empty. */
static bool path_ok(aw_bytes path)
{
    struct aw_rd r = aw_rd_init(path);
    bool ok = path.n > 0 && path.n < PATH_MAX / 2 && path.p[path.n - 1] != '/';

    while (ok && aw_rd_left(&r) > 0) {
        size_t end = aw_bytes_find(path, r.at, '/');
        aw_bytes part = aw_rd_take(&r, end - r.at);

        (void)(end < path.n ? aw_rd_u8(&r) : 0);
        ok =
            part.n > 0 && part.n <= NAME_MAX && !aw_bytes_is(part, ".") &&
            !aw_bytes_is(part, "..") &&
            !(part.n == 4 && strncasecmp((const char *)part.p, ".git", 4) == 0);
    }
    return ok;
}

/* The next entry, checked. */
static aw_err entry_next(struct tree *t, struct aw_rd *r, struct entry *e)
{
    aw_bytes row = aw_rd_until(r, '\0');
    struct aw_rd w = aw_rd_init(row);
    aw_bytes mode = word(&w);
    aw_bytes kind = word(&w);

    e->oid = word(&w);
    while (aw_rd_left(&w) > 0 && w.b.p[w.at] == ' ') {
        (void)aw_rd_u8(&w);
    }
    aw_bytes size = aw_rd_until(&w, '\t');

    e->path = aw_rd_rest(&w);
    if (r->failed || w.failed || e->oid.n != OID) {
        return refuse(t, AW_ERR_FORMAT, row, "a list that git does not write");
    }
    aw_err err = kind_of(t, mode, e);

    if (err != AW_OK) {
        return err;
    }
    if (!path_ok(e->path) || !aw_bytes_is(kind, "blob") ||
        aw_dec_parse(size, &e->size) != AW_OK) {
        return refuse(t, AW_ERR_FORMAT, e->path,
                      "a path that no tree may have");
    }
    return AW_OK;
}

static aw_err measure(struct tree *t)
{
    struct aw_rd r = aw_rd_init(t->list);

    while (aw_rd_left(&r) > 0) {
        struct entry e;
        aw_err err = entry_next(t, &r, &e);

        if (err != AW_OK) {
            return err;
        }
        t->n++;
        t->bytes +=
            e.size < t->source->limits.bytes ? e.size : t->source->limits.bytes;
        if (t->n > t->source->limits.files ||
            t->bytes >= t->source->limits.bytes) {
            return refuse(t, AW_ERR_SPACE, e.path,
                          "the tree is larger than the limit");
        }
    }
    return AW_OK;
}

/* Folders above a path. */
static size_t depth_of(aw_bytes path)
{
    size_t n = 0;

    for (size_t i = 0; i < path.n; i++) {
        n += path.p[i] == '/' ? 1 : 0;
    }
    return n;
}

/* A link's target, seen from the link: it may not leave the tree. It goes up
 * first, from a folder that is where its name says, and then only down: behind
 * the name of another link, `..` would lead from where that one points to. */
static bool link_ok(aw_bytes path, aw_bytes target)
{
    size_t depth = depth_of(path);
    bool down = false;
    struct aw_rd r = aw_rd_init(target);

    if (target.n == 0 || target.n > LINK_MAX || target.p[0] == '/' ||
        memchr(target.p, '\0', target.n) != NULL) {
        return false;
    }
    while (aw_rd_left(&r) > 0) {
        size_t end = aw_bytes_find(target, r.at, '/');
        aw_bytes part = aw_rd_take(&r, end - r.at);

        (void)(end < target.n ? aw_rd_u8(&r) : 0);
        bool up = aw_bytes_is(part, "..");

        down = down || (!up && part.n > 0 && !aw_bytes_is(part, "."));
        if (up && (down || depth == 0)) {
            return false;
        }
        depth -= up ? 1 : 0;
    }
    return true;
}

static aw_err make_parents(const struct tree *t, char *path, size_t from)
{
    for (char *slash = strchr(path + from, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0755) == 0;
        int error = errno;

        if (made) {
            (void)chmod(path, 0755);
        }
        if (!made && error != EEXIST) {
            return aw_host_fail_errno(t->host, "source: folder", error, path);
        }
        *slash = '/';
    }
    return AW_OK;
}

static aw_err put_file(const struct tree *t, const char *path, bool program,
                       aw_bytes data)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    size_t at = 0;

    while (fd >= 0 && at < data.n) {
        ssize_t n = write(fd, data.p + at, data.n - at);

        if (n < 0 && errno != EINTR) {
            break;
        }
        at += n < 0 ? 0 : (size_t)n;
    }
    bool ok = fd >= 0 && at == data.n && fchmod(fd, program ? 0755 : 0644) == 0;
    int error = errno;

    ok = (fd < 0 || close(fd) == 0) && ok;
    return ok ? AW_OK
              : aw_host_fail_errno(t->host, "source: write", error, path);
}

/* Links come last: no file is ever written through one. */
static aw_err put_entry(const struct tree *t, const struct entry *e,
                        aw_bytes data, bool links)
{
    char path[PATH_MAX];
    size_t from = strlen(t->folder) + 1;
    int n = snprintf(path, sizeof(path), "%s/%.*s", t->folder, (int)e->path.n,
                     (const char *)e->path.p);

    if (e->link && !link_ok(e->path, data)) {
        return refuse(t, AW_ERR_UNSUPPORTED, e->path,
                      "a link that leads out of the tree");
    }
    if (links != e->link) {
        return AW_OK;
    }
    if (n < 0 || (size_t)n >= sizeof(path)) {
        return refuse(t, AW_ERR_SPACE, e->path, "too long a path");
    }
    aw_err err = make_parents(t, path, from);

    if (err != AW_OK) {
        return err;
    }
    if (e->link) {
        char target[LINK_MAX + 1];

        memcpy(target, data.p, data.n);
        target[data.n] = '\0';
        return symlink(target, path) == 0
                   ? AW_OK
                   : aw_host_fail_errno(t->host, "source: link", errno, path);
    }
    return put_file(t, path, e->program, data);
}

/* Goes through list and objects side by side. */
static aw_err write_all(struct tree *t, bool links)
{
    struct aw_rd list = aw_rd_init(t->list);
    struct aw_rd objects = aw_rd_init(t->objects);

    while (aw_rd_left(&list) > 0) {
        struct entry e;
        aw_err err = entry_next(t, &list, &e);

        if (err != AW_OK) {
            return err;
        }
        aw_bytes oid = aw_rd_until(&objects, ' ');
        aw_bytes kind = aw_rd_until(&objects, ' ');

        (void)aw_rd_line(&objects); /* the size, which the list has, too */
        aw_bytes data = aw_rd_take(&objects, (size_t)e.size);

        if (aw_rd_u8(&objects) != '\n' || objects.failed ||
            !aw_bytes_equal(oid, e.oid) || !aw_bytes_is(kind, "blob")) {
            return refuse(t, AW_ERR_STATE, e.path, "its object is missing");
        }
        err = put_entry(t, &e, data, links);
        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

static aw_err ask(struct tree *t, struct rb_git git, struct aw_rb_ran *ran)
{
    aw_err err = rb_git(&git, ran, t->host);

    if (err == AW_OK && ran->status != 0) {
        char said[200];

        rb_git_said(ran, said, sizeof(said));
        aw_rb_ran_free(ran);
        return aw_fail(aw_host_say(t->host, "%s: %s", t->source->mirror, said),
                       AW_ERR_STATE, "source: objects", 0);
    }
    return err;
}

static aw_err get_objects(struct tree *t, struct aw_rb_ran *ran)
{
    enum { LINE = OID + 1, HEADER = OID + 64 };
    size_t cap = (size_t)t->n * LINE;
    uint8_t *names = aw_alloc(cap + 1, 1);
    struct aw_wr w = aw_wr_init(names, cap);
    struct aw_rd r = aw_rd_init(t->list);
    aw_err err = AW_OK;

    while (err == AW_OK && aw_rd_left(&r) > 0) {
        struct entry e = {.size = 0};

        err = entry_next(t, &r, &e);
        aw_wr_put(&w, e.oid);
        aw_wr_u8(&w, '\n');
    }
    if (err == AW_OK) {
        err = ask(t,
                  (struct rb_git){.source = t->source,
                                  .arg = {"cat-file", "--batch"},
                                  .in = aw_wr_done(&w),
                                  .out_max = t->bytes + t->n * HEADER},
                  ran);
    }
    free(names);
    return err;
}

static aw_err export_objects(struct tree *t)
{
    struct aw_rb_ran ran;

    if (t->n == 0) {
        return AW_OK;
    }
    aw_err err = get_objects(t, &ran);

    if (err != AW_OK) {
        return err;
    }
    t->objects = aw_blob_bytes(&ran.result[0]);
    err = write_all(t, false);
    if (err == AW_OK) {
        err = write_all(t, true);
    }
    aw_rb_ran_free(&ran);
    return err;
}

aw_err aw_rb_source_export(const struct aw_rb_source *source,
                           const char *folder, struct aw_host_diag *host)
{
    struct tree t = {.source = source, .folder = folder, .host = host};
    struct aw_rb_ran ran;
    char commit[OID + 1];

    memcpy(commit, source->commit.p, OID);
    commit[OID] = '\0';
    aw_err err = ask(&t,
                     (struct rb_git){.source = source,
                                     .arg = {"ls-tree", "-r", "-l", "-z",
                                             "--full-tree", commit},
                                     .out_max = LIST_MAX},
                     &ran);

    if (err != AW_OK) {
        return err;
    }
    t.list = aw_blob_bytes(&ran.result[0]);
    err = measure(&t);
    if (err == AW_OK &&
        (mkdir(folder, 0755) != 0 || chmod(folder, 0755) != 0)) {
        err = aw_host_fail_errno(host, "source: folder", errno, folder);
    }
    if (err == AW_OK) {
        err = export_objects(&t);
    }
    aw_rb_ran_free(&ran);
    return err;
}
