/* SPDX-License-Identifier: Apache-2.0 */
#include "prepare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/ct.h"
#include "aw/hostio/artefacts.h"
#include "child.h"
#include "lock.h"

enum { LOCK_MAX = 1024 * 1024 };

/* Folders of runs that were killed: nobody has their lock. A number of a
 * process would not tell, which another machine or container may have, too. */
static void sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        char lock[PATH_MAX];
        int fd = -1;

        if (entry->d_name[0] == '.' ||
            rb_path(path, NULL, "%s/%s", folder, entry->d_name) != AW_OK ||
            rb_path(lock, NULL, "%s/lock", path) != AW_OK ||
            !rb_lock_left(lock, &fd)) {
            continue;
        }
        rb_remove(path);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static aw_err make_folder(struct rb_prepared *p, const char *folder,
                          struct aw_host_diag *host)
{
    char path[PATH_MAX];
    char lock[PATH_MAX];
    aw_err err = rb_path(path, host, "%s/XXXXXX", folder);

    if (err == AW_OK && mkdtemp(path) == NULL) {
        err = aw_host_fail_errno(host, "rebuild: folder", errno, folder);
    }
    if (err != AW_OK) {
        return err;
    }
    memcpy(p->work, path, sizeof(path));
    if (chmod(path, 0755) != 0) {
        return aw_host_fail_errno(host, "rebuild: folder", errno, path);
    }
    err = rb_path(lock, host, "%s/lock", path);
    return err == AW_OK ? rb_lock(lock, true, p->setup->stopped, &p->lock, host)
                        : err;
}

/* Whoever sweeps or makes one does it alone: a new folder has no lock yet. */
static aw_err make_work(struct rb_prepared *p, struct aw_host_diag *host)
{
    char folder[PATH_MAX];
    char lock[PATH_MAX];
    int fd = -1;
    aw_err err = rb_path(folder, host, "%s/work", p->setup->cache);

    if (err == AW_OK) {
        err = rb_dir(folder, host);
    }
    if (err == AW_OK) {
        err = rb_path(lock, host, "%s.lock", folder);
    }
    if (err == AW_OK) {
        err = rb_lock(lock, true, p->setup->stopped, &fd, host);
    }
    if (err == AW_OK) {
        sweep(folder);
        err = make_folder(p, folder, host);
        (void)close(fd);
    }
    return err;
}

static const char *repository_of(const struct rb_prepared *p)
{
    return p->setup->repository != NULL
               ? p->setup->repository
               : aw_rb_recipe_repository(p->job->recipe, p->job->component);
}

static aw_err name_mirror(struct rb_prepared *p, const char *url,
                          struct aw_host_diag *host)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_artefact_name hex;
    char folder[PATH_MAX];

    aw_sha256(aw_text(url), digest);
    aw_artefact_name(digest, &hex);
    aw_err err = rb_path(folder, host, "%s/git", p->setup->cache);

    if (err == AW_OK) {
        err = rb_dir(folder, host);
    }
    return err == AW_OK
               ? rb_path(p->mirror, host, "%s/%s.git", folder, hex.text)
               : err;
}

static struct aw_rb_source source_of(const struct rb_prepared *p)
{
    return (struct aw_rb_source){
        .url = repository_of(p),
        .commit = p->job->commit,
        .mirror = p->mirror,
        .offline = p->setup->offline,
        .limits = p->setup->source_limits,
        .stopped = p->setup->stopped,
    };
}

static aw_err get_source(struct rb_prepared *p, struct aw_host_diag *host)
{
    struct aw_rb_source source = source_of(p);

    if (source.url == NULL) {
        return aw_fail(aw_host_say(host, "no repository is known: give "
                                         "--repository"),
                       AW_ERR_NOT_FOUND, "rebuild: repository", 0);
    }
    aw_err err = name_mirror(p, source.url, host);

    if (err == AW_OK) {
        err = aw_rb_source_use(&source, &p->use, host);
    }
    if (err == AW_OK) {
        err = rb_path(p->source, host, "%s/source", p->work);
    }
    return err == AW_OK ? aw_rb_source_get(&source, p->use, p->source, host)
                        : err;
}

/* No link in the tree leads us elsewhere. */
static aw_err read_lock(const struct rb_prepared *p, struct aw_blob *lock,
                        struct aw_host_diag *host)
{
    int tree = open(p->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int folder =
        openat(tree, "cmake", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int fd = openat(folder, "sources.lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    aw_err err = fd < 0 ? aw_fail(aw_host_say(host, "the commit has no "
                                                    "cmake/sources.lock"),
                                  AW_ERR_FORMAT, "rebuild: sources.lock", 0)
                        : aw_file_read_fd(fd, "cmake/sources.lock", LOCK_MAX,
                                          lock, host);
    const int fds[] = {tree, folder, fd};

    for (size_t i = 0; i < 3; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    return err;
}

static aw_err get_archives(struct rb_prepared *p, struct aw_host_diag *host)
{
    struct aw_blob lock = {.p = NULL};
    uint8_t digest[AW_SHA256_SIZE];
    aw_err err = read_lock(p, &lock, host);

    if (err != AW_OK) {
        return err;
    }
    aw_sha256(aw_blob_bytes(&lock), digest);
    if (!aw_ct_equal(digest, p->job->sources_sha256, sizeof(digest))) {
        err = aw_fail(aw_host_say(host, "the commit's cmake/sources.lock is "
                                        "not the one that the manifest names"),
                      AW_ERR_POLICY, "manifest: build.sources_sha256", 0);
    }
    if (err == AW_OK) {
        err = rb_path(p->archives, host, "%s/archives", p->work);
    }
    if (err == AW_OK) {
        err = rb_dir(p->archives, host);
    }
    if (err == AW_OK) {
        err = aw_rb_archives(&p->setup->inputs, aw_blob_bytes(&lock),
                             p->archives, host);
    }
    aw_blob_free(&lock);
    return err;
}

static aw_err get_toolchain(struct rb_prepared *p, struct aw_host_diag *host)
{
    const struct aw_rb_job *job = p->job;

    if (job->has_toolchain_sha256) {
        return aw_rb_toolchain(&p->setup->inputs, job->toolchain_sha256,
                               job->toolchain, p->toolchain, host);
    }
    if (p->setup->tamago == NULL) {
        return aw_fail(aw_host_say(host, "no TamaGo toolchain: give "
                                         "--tamago-dir"),
                       AW_ERR_NOT_FOUND, "rebuild: toolchain", 0);
    }
    aw_err err = rb_path(p->toolchain, host, "%s/%.*s", p->setup->tamago,
                         (int)job->toolchain.n, (const char *)job->toolchain.p);

    if (err == AW_OK && access(p->toolchain, F_OK) != 0) {
        err = aw_fail(aw_host_say(host, "%s: no such toolchain", p->toolchain),
                      AW_ERR_NOT_FOUND, "rebuild: toolchain", 0);
    }
    return err;
}

/* A commit without go.sum needs no modules. */
static aw_err get_modules(struct rb_prepared *p, struct aw_host_diag *host)
{
    struct aw_blob sums = {.p = NULL};
    int tree = open(p->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(tree, "go.sum", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    aw_err err = rb_path(p->modules, host, "%s/modules", p->setup->cache);

    if (err == AW_OK && fd >= 0) {
        err = aw_file_read_fd(fd, "go.sum", LOCK_MAX, &sums, host);
    }
    if (err == AW_OK) {
        err = rb_modules(p->setup->modules, aw_blob_bytes(&sums), p->modules,
                         host);
    }
    aw_blob_free(&sums);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (tree >= 0) {
        (void)close(tree);
    }
    return err;
}

static aw_err get_all(struct rb_prepared *p, struct aw_host_diag *host)
{
    aw_err err = get_source(p, host);

    if (err != AW_OK || p->job->recipe == AW_RB_HOST_1) {
        return err;
    }
    if (p->job->recipe == AW_RB_TAMAGO_1) {
        err = get_modules(p, host);
        /* The build wants a clone; the tree was looked at all the same. */
        memcpy(p->source, p->mirror, sizeof(p->source));
    } else {
        err = get_archives(p, host);
    }
    return err == AW_OK ? get_toolchain(p, host) : err;
}

/* What an error says of the release. One that asks for what we were not told
 * where to get is not to be had: it must not keep us from the others. */
static bool judge(aw_err err, enum aw_rb_verdict *verdict)
{
    switch (err) {
    case AW_OK:
        *verdict = AW_RB_REPRODUCED;
        return true;
    case AW_ERR_NOT_FOUND:
    case AW_ERR_NET:
    case AW_ERR_TIMEOUT:
    case AW_ERR_DIGEST:
    case AW_ERR_USAGE:
        *verdict = AW_RB_UNAVAILABLE;
        return true;
    /* Of this machine, and of those who run it: no verdict. */
    case AW_ERR_PRECONDITION:
    case AW_ERR_CANCELLED:
    case AW_ERR_RESOURCE:
    case AW_ERR_IO:
        return false;
    default:
        *verdict = AW_RB_REFUSED;
        return true;
    }
}

aw_err rb_prepare(struct rb_prepared *prepared, enum aw_rb_verdict *verdict,
                  struct aw_host_diag *host)
{
    aw_err err = aw_rb_sandbox_probe(host);

    prepared->lock = prepared->use = -1;
    if (err == AW_OK) {
        err = make_work(prepared, host);
    }
    if (err != AW_OK) {
        return err;
    }
    err = get_all(prepared, host);
    return judge(err, verdict) ? AW_OK : err;
}

void rb_prepared_end(const struct rb_prepared *prepared)
{
    const struct aw_rb_source source = source_of(prepared);

    if (prepared->use >= 0) {
        aw_rb_source_done(&source, prepared->use, prepared->setup->cleanup);
    }
    if (prepared->work[0] != '\0') {
        rb_remove(prepared->work);
    }
    if (prepared->lock >= 0) {
        (void)close(prepared->lock);
    }
}
