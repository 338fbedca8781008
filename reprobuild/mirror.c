/* SPDX-License-Identifier: Apache-2.0 */
#include "mirror.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "git.h"
#include "lock.h"

bool rb_mirror_is(const char *mirror)
{
    char head[PATH_MAX];

    return rb_path(head, NULL, "%s/HEAD", mirror) == AW_OK &&
           access(head, F_OK) == 0;
}

/* Names that git gives to files under way; no branch or tag may end so. */
static int tidy_one(const char *path, const struct stat *st, int kind,
                    struct FTW *at)
{
    static const char lock[] = ".lock";
    static const char part[] = "tmp_";
    const char *name = path + at->base;
    size_t n = strlen(name);

    (void)st;
    if (kind == FTW_F && ((n >= sizeof(lock) &&
                           strcmp(name + n - (sizeof(lock) - 1), lock) == 0) ||
                          (strncmp(name, part, sizeof(part) - 1) == 0 &&
                           strstr(path, "/objects/") != NULL))) {
        (void)unlink(path);
    }
    return 0;
}

void rb_mirror_tidy(const char *mirror)
{
    enum { OPEN_FOLDERS = 16 };

    (void)nftw(mirror, tidy_one, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
}

aw_err rb_mirror_check(const struct aw_rb_source *source, bool *sound,
                       struct aw_host_diag *host)
{
    struct aw_rb_ran ran;
    aw_err err = rb_git(
        &(struct rb_git){.source = source,
                         .arg = {"rev-list", "--all", "--objects", "--quiet"}},
        &ran, host);

    if (err == AW_OK) {
        *sound = ran.status == 0;
        aw_rb_ran_free(&ran);
    }
    return err;
}

bool rb_mirror_drop(const char *mirror, int use)
{
    if (!rb_lock_alone(use)) {
        return false;
    }
    rb_remove(mirror);
    rb_lock_share(use);
    return true;
}

aw_err aw_rb_source_use(const struct aw_rb_source *source, int *use,
                        struct aw_host_diag *host)
{
    char path[PATH_MAX];
    aw_err err = rb_path(path, host, "%s.use", source->mirror);

    return err == AW_OK ? rb_lock(path, false, source->stopped, use, host)
                        : err;
}

void aw_rb_source_done(const struct aw_rb_source *source, int use, bool cleanup)
{
    if (cleanup) {
        (void)rb_mirror_drop(source->mirror, use);
    }
    (void)close(use);
}

/* --- Both steps, whatever state the mirror is in --------------------------- */

static aw_err bring(const struct aw_rb_source *source, const char *folder,
                    struct aw_host_diag *host)
{
    aw_err err = aw_rb_source_fetch(source, host);

    return err == AW_OK ? aw_rb_source_export(source, folder, host) : err;
}

/* Whether it may be our mirror that is to blame, not the repository. */
static aw_err doubt(const struct aw_rb_source *source, aw_err failed,
                    bool *damaged)
{
    bool sound = true;
    aw_err err = AW_OK;

    *damaged = failed == AW_ERR_STATE;
    if (failed == AW_ERR_FORMAT || failed == AW_ERR_NET ||
        failed == AW_ERR_NOT_FOUND) {
        err = rb_mirror_check(source, &sound, NULL);
        *damaged = err == AW_OK && !sound;
    }
    return err == AW_ERR_CANCELLED ? err : AW_OK;
}

static aw_err say_damaged(const struct aw_rb_source *source,
                          struct aw_host_diag *host)
{
    return aw_fail(aw_host_say(host,
                               "%s: this copy of the repository is damaged: "
                               "remove it",
                               source->mirror),
                   AW_ERR_IO, "source: mirror", 0);
}

aw_err aw_rb_source_get(const struct aw_rb_source *source, int use,
                        const char *folder, struct aw_host_diag *host)
{
    bool had = rb_mirror_is(source->mirror);
    bool damaged = false;
    aw_err err = bring(source, folder, host);

    if (err == AW_OK || !had) {
        return err == AW_ERR_STATE ? say_damaged(source, host) : err;
    }
    if (doubt(source, err, &damaged) != AW_OK) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_CANCELLED,
                       "source: mirror", 0);
    }
    if (!damaged) {
        return err;
    }
    /* Without a network it is all that there is. */
    if (source->offline || !rb_mirror_drop(source->mirror, use)) {
        return say_damaged(source, host);
    }
    rb_remove(folder);
    err = bring(source, folder, host);
    return err == AW_ERR_STATE ? say_damaged(source, host) : err;
}
