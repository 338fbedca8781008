/* SPDX-License-Identifier: Apache-2.0 */
#include "log/scan.h"

#include "aw/ftlog/bundle.h"
#include "common/progress.h"
#include "common/stop.h"

/* A scan under way, with the buffers that it fills again and again. */
struct scan {
    struct log_view *view;
    void (*each)(void *ctx, const struct log_entry *entry);
    void *ctx;
    struct aw_wr buf;
    struct aw_wr work;
    aw_bytes entry[AW_TILE_WIDTH];
};

static void take(struct scan *scan, uint64_t index, aw_bytes leaf)
{
    struct aw_manifest manifest;
    struct log_entry entry = {.index = index, .leaf = leaf};

    entry.err = aw_leaf_open(leaf, &scan->view->trust->use.policy, &scan->work,
                             &manifest, &entry.diag);
    entry.manifest = entry.err == AW_OK ? &manifest : NULL;
    scan->each(scan->ctx, &entry);
}

/* The entries of one tile of leaves. */
static int take_tile(struct scan *scan, uint64_t first, size_t n)
{
    struct log_view *view = scan->view;
    struct aw_host_diag why = {0};

    if (aw_cancelled()) {
        return log_view_fail(view, AW_ERR_CANCELLED, NULL, NULL);
    }
    scan->buf.n = 0;
    aw_err err =
        aw_log_batch(view->log, first, n, &scan->buf, scan->entry, &why.diag);

    if (err != AW_OK) {
        return log_view_read_fail(view, err, &why);
    }
    for (size_t i = 0; i < n; i++) {
        take(scan, first + i, scan->entry[i]);
    }
    return AW_EXIT_OK;
}

int log_scan(struct log_view *view,
             void (*each)(void *ctx, const struct log_entry *entry), void *ctx)
{
    struct aw_pool *pool = &view->ctx->pool;
    struct scan *scan = aw_pool_alloc(pool, 1, sizeof(*scan));
    struct aw_progress *progress = aw_progress_begin(
        view->ctx, &(struct aw_step){.name = "read entries",
                                     .unit = "entries",
                                     .total = view->tree.size});
    int code = AW_EXIT_OK;

    *scan = (struct scan){.view = view, .each = each, .ctx = ctx};
    scan->buf =
        aw_wr_init(aw_pool_alloc(pool, AW_ENTRIES_MAX, 1), AW_ENTRIES_MAX);
    scan->work =
        aw_wr_init(aw_pool_alloc(pool, AW_MANIFEST_WORK, 1), AW_MANIFEST_WORK);
    for (uint64_t at = 0; at < view->tree.size && code == AW_EXIT_OK;
         at += AW_TILE_WIDTH) {
        uint64_t left = view->tree.size - at;
        size_t n = left < AW_TILE_WIDTH ? (size_t)left : AW_TILE_WIDTH;

        code = take_tile(scan, at, n);
        aw_progress_add(progress, n);
    }
    aw_progress_end(progress, code == AW_EXIT_OK);
    return code;
}
