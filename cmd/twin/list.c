/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twin/twin.h"

static int compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

static void show(struct aw_ctx *ctx, const char *path)
{
    long pid = 0;
    bool runs = aw_twin_runs(path, &pid);

    aw_out_begin(&ctx->out, NULL);
    aw_out_text(&ctx->out, "twin", path);
    aw_out_bool(&ctx->out, "runs", runs);
    aw_out_u64(&ctx->out, "pid", (uint64_t)pid);
    aw_out_end(&ctx->out);
}

static bool is_twin(struct aw_ctx *ctx, const char *path)
{
    return access(aw_pool_printf(&ctx->pool, "%s/board.json", path), F_OK) == 0;
}

/* Twins of a folder, by name. */
static void show_below(struct aw_ctx *ctx, const char *folder, DIR *dir)
{
    enum { MAX = 4096 };
    const char **found = aw_pool_alloc(&ctx->pool, MAX, sizeof(found[0]));
    size_t n = 0;
    const struct dirent *entry = NULL;

    while (n < MAX && (entry = readdir(dir)) != NULL) {
        const char *path =
            aw_pool_printf(&ctx->pool, "%s/%s", folder, entry->d_name);

        if (entry->d_name[0] != '.' && is_twin(ctx, path)) {
            found[n++] = path;
        }
    }
    qsort(found, n, sizeof(found[0]), compare);
    for (size_t i = 0; i < n; i++) {
        show(ctx, found[i]);
    }
}

static int run_list(struct aw_ctx *ctx, const void *values)
{
    const char *folder = ctx->operands.n == 0 ? "." : ctx->operands.item[0];
    DIR *dir = opendir(folder);

    (void)values;
    if (dir == NULL) {
        struct aw_host_diag host = {.network = false};

        return twin_report(
            ctx, aw_host_fail_errno(&host, "twin: folder", errno, folder),
            folder, &host);
    }
    aw_out_begin_list(&ctx->out, "twins");
    if (is_twin(ctx, folder)) {
        show(ctx, folder);
    }
    show_below(ctx, folder, dir);
    aw_out_end_list(&ctx->out);
    (void)closedir(dir);
    return AW_EXIT_OK;
}

const struct aw_cmd twin_cmd_list = {
    .name = "list",
    .summary = "twins in a folder, and which of them run",
    .operands = "[DIR]",
    .min_operands = 0,
    .max_operands = 1,
    .run = run_list,
};
