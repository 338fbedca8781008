/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void bench_folder_end(const struct bench_place *where, const char *dir)
{
    enum { DESCRIPTORS = 16 };

    if (!where->keep) {
        aw_say(0, "removing %s", dir);
        (void)nftw(dir, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    }
}
