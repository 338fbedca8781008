/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/source.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "git.h"
#include "lock.h"
#include "mirror.h"

enum { SAID = 200 };

void aw_rb_source_limits_default(struct aw_rb_source_limits *limits)
{
    *limits = (struct aw_rb_source_limits){
        .time_ms = 10ULL * 60 * 1000,
        .memory = 2ULL << 30,
        .pack = 1ULL << 30,
        .files = 20000,
        .bytes = 512ULL << 20,
    };
}

static bool address_ok(const char *url)
{
    static const char *const kinds[] = {"https://", "http://", "file:///",
                                        "/",        "./",      "../"};
    bool ok = false;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ok = ok || strncmp(url, kinds[i], strlen(kinds[i])) == 0;
    }
    for (const char *p = url; *p != '\0'; p++) {
        ok = ok && *p > ' ' && *p < 0x7f;
    }
    return ok;
}

static aw_err run_quietly(const struct rb_git *git, int *status,
                          struct aw_host_diag *host)
{
    struct aw_rb_ran ran;
    aw_err err = rb_git(git, &ran, host);

    if (err == AW_OK) {
        *status = ran.status;
        aw_rb_ran_free(&ran);
    }
    return err;
}

/* A tag leads to a commit, and is none. */
static aw_err has_commit(const struct aw_rb_source *source, bool *has,
                         struct aw_host_diag *host)
{
    char name[64];
    struct aw_rb_ran ran;

    (void)snprintf(name, sizeof(name), "%.40s^{commit}",
                   (const char *)source->commit.p);
    aw_err err = rb_git(
        &(struct rb_git){.source = source,
                         .arg = {"rev-parse", "--quiet", "--verify", name},
                         .out_max = sizeof(name)},
        &ran, host);

    if (err == AW_OK) {
        struct aw_rd r = aw_rd_init(aw_blob_bytes(&ran.result[0]));

        *has =
            ran.status == 0 && aw_bytes_equal(aw_rd_line(&r), source->commit);
        aw_rb_ran_free(&ran);
    }
    return err;
}

/* No fault of the repository. */
static aw_err fail_full(const struct aw_rb_source *source,
                        struct aw_host_diag *host)
{
    return aw_fail(aw_host_say(host, "%s: no space left", source->mirror),
                   AW_ERR_RESOURCE, "source: space", 0);
}

static aw_err make_mirror(const struct aw_rb_source *source,
                          struct aw_host_diag *host)
{
    int status = 1;

    if (rb_mirror_is(source->mirror)) {
        return AW_OK;
    }
    rb_remove(source->mirror); /* without its HEAD it is a half of one */
    aw_err err = rb_dir(source->mirror, host);

    if (err == AW_OK) {
        err = rb_give(source->mirror, host);
    }
    if (err == AW_OK) {
        err = run_quietly(&(struct rb_git){.source = source,
                                           .arg = {"init", "-q", "--bare",
                                                   "--template=", "."}},
                          &status, host);
    }
    if (err == AW_OK && status != 0 && rb_full(source->mirror)) {
        err = fail_full(source, host);
    } else if (err == AW_OK && status != 0) {
        err = aw_fail(aw_host_say(host, "%s: git cannot make a mirror there",
                                  source->mirror),
                      AW_ERR_IO, "git: init", (uint64_t)status);
    }
    return err;
}

static bool has_text(aw_bytes log, const char *text)
{
    size_t n = strlen(text);

    return log.n >= n && memmem(log.p, log.n, text, n) != NULL;
}

/* Why git could not fetch. */
static aw_err judge_fetch(const struct aw_rb_source *source,
                          const struct aw_rb_ran *ran,
                          struct aw_host_diag *host)
{
    aw_bytes log = aw_blob_bytes(&ran->log);
    char said[SAID];

    rb_git_said(ran, said, sizeof(said));
    if (has_text(log, "fsck error") || has_text(log, "error: object ") ||
        has_text(log, "did not send all necessary objects")) {
        return aw_fail(
            aw_host_say(host, "%s: malformed objects: %s", source->url, said),
            AW_ERR_FORMAT, "source: objects", 0);
    }
    if (has_text(log, "ut of memory")) {
        return aw_fail(aw_host_say(host, "%s needs more memory than the limit",
                                   source->url),
                       AW_ERR_SPACE, "source: memory", source->limits.memory);
    }
    /* Not all that git says of it has these words. */
    if (has_text(log, "No space left") || rb_full(source->mirror)) {
        return fail_full(source, host);
    }
    /* What writes the pack is ended at the limit; git calls it this. */
    if (has_text(log, "signal 25") || has_text(log, "File too large") ||
        has_text(log, "invalid index-pack output")) {
        return aw_fail(
            aw_host_say(host, "%s is larger than the limit", source->url),
            AW_ERR_SPACE, "source: size", source->limits.pack);
    }
    return aw_fail(aw_host_say(host, "%s: %s", source->url, said), AW_ERR_NET,
                   "source: fetch", (uint64_t)ran->status);
}

/* @param prune  without what is gone there */
static aw_err call_fetch(const struct aw_rb_source *source, bool prune,
                         struct aw_rb_ran *ran, struct aw_host_diag *host)
{
    return rb_git(
        &(struct rb_git){
            .source = source,
            .arg = {"fetch", "-q", prune ? "--prune" : "--no-prune",
                    "--no-write-fetch-head", "--no-tags",
                    "--no-recurse-submodules", "--end-of-options", source->url,
                    "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"},
            .out_max = 65536,
            .fetches = true,
        },
        ran, host);
}

/* A branch that is gone there stays here, and with it what it leads to; unless
 * it is in the way of what has come: `release` of `release/1`. */
static aw_err fetch(const struct aw_rb_source *source,
                    struct aw_host_diag *host)
{
    struct aw_rb_ran ran;
    aw_err err = call_fetch(source, false, &ran, host);

    if (err == AW_OK && ran.status != 0 &&
        has_text(aw_blob_bytes(&ran.log), "refs could not be updated")) {
        aw_rb_ran_free(&ran);
        err = call_fetch(source, true, &ran, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (ran.status != 0) {
        err = judge_fetch(source, &ran, host);
    }
    aw_rb_ran_free(&ran);
    return err;
}

static aw_err bring(const struct aw_rb_source *source,
                    struct aw_host_diag *host)
{
    bool has = false;
    bool had = rb_mirror_is(source->mirror);
    aw_err err = make_mirror(source, host);

    if (err == AW_OK) {
        err = has_commit(source, &has, host);
    }
    if (err != AW_OK || has) {
        return err;
    }
    if (!source->offline) {
        rb_mirror_tidy(source->mirror);
        err = fetch(source, host);
        if (err != AW_OK) {
            rb_mirror_tidy(source->mirror);
        }
        if (err == AW_ERR_SPACE && !had) {
            rb_remove(source->mirror); /* it has nothing but what was refused */
        }
    }
    if (err == AW_OK) {
        err = has_commit(source, &has, host);
    }
    if (err == AW_OK && !has) {
        err = aw_fail(aw_host_say(host, "%s: no branch or tag leads to %.40s",
                                  source->url, (const char *)source->commit.p),
                      AW_ERR_NOT_FOUND, "source: commit", 0);
    }
    return err;
}

aw_err aw_rb_source_fetch(const struct aw_rb_source *source,
                          struct aw_host_diag *host)
{
    char lock[PATH_MAX];
    int fd = -1;

    if (!address_ok(source->url)) {
        return aw_fail(aw_host_say(host,
                                   "%s: not an address of a repository "
                                   "that is fetched from",
                                   source->url),
                       AW_ERR_USAGE, "source: address", 0);
    }
    aw_err err = rb_path(lock, host, "%s.lock", source->mirror);

    /* Two rebuilds at once fetch once. */
    if (err == AW_OK) {
        err = rb_lock(lock, true, source->stopped, &fd, host);
    }
    if (err == AW_OK) {
        err = bring(source, host);
        (void)close(fd);
    }
    return err;
}
