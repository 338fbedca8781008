/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/folder.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/term.h"

int bench_folder_make(struct aw_ctx *ctx, const struct bench_place *where,
                      const char **dir)
{
    const char *tmp = getenv("TMPDIR");
    const char *base = where->dir;

    if (base == NULL) {
        base = where->memory ? "/dev/shm" : tmp;
    }
    char *path = aw_pool_printf(&ctx->pool, "%s/aw-bench-XXXXXX",
                                base == NULL ? "/tmp" : base);

    if (mkdtemp(path) == NULL) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = aw_host_err(errno),
                                  .on = AW_ON_INPUT,
                                  .what = "the log cannot be made",
                                  .subject = path,
                                  .expected = "a folder to make it in",
                                  .got = strerror(errno),
                              });
    }
    *dir = path;
    return AW_EXIT_OK;
}

int bench_folder_room(struct aw_ctx *ctx, const char *dir, uint64_t n,
                      uint64_t each)
{
    struct statvfs fs;

    if (statvfs(dir, &fs) != 0) {
        return AW_EXIT_OK; /* the first write will tell */
    }
    uint64_t fits = (uint64_t)fs.f_bavail * fs.f_frsize / each;

    if (n <= fits) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_RESOURCE,
            .on = AW_ON_LOCAL,
            .what = "the log would not fit",
            .subject = dir,
            .expected =
                aw_pool_printf(&ctx->pool, "room for %" PRIu64 " leaves", n),
            .got = aw_pool_printf(&ctx->pool, "room for about %" PRIu64, fits),
        });
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    (void)remove(path); /* what cannot go does not keep the rest */
    return 0;
}

void bench_folder_end(const struct bench_place *where, const char *dir)
{
    enum { DESCRIPTORS = 16 };

    if (!where->keep) {
        aw_say(0, "removing %s", dir);
        (void)nftw(dir, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    }
}
