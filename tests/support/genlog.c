/* SPDX-License-Identifier: Apache-2.0 */
#include "genlog.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

static void put_tile(enum aw_layout layout, const struct aw_tile_id *id,
                     struct aw_wr *buf)
{
    struct aw_tile tile;

    gen_tile(id, &tile);
    aw_tile_write(layout, &tile, buf);
}

static void put_bundle(const struct aw_tile_id *id, struct aw_wr *buf)
{
    char text[16];

    aw_err err = AW_OK;

    for (unsigned i = 0; i < id->width && err == AW_OK; i++) {
        uint64_t index = id->index * AW_TILE_WIDTH + i;

        err = aw_entries_put(gen_entry(index, text, sizeof(text)), buf);
    }
}

/* The file that names the index of a leaf hash. */
static bool put_index(const struct genlog *g, aw_bytes path, struct aw_wr *buf)
{
    struct aw_log_path p;

    for (uint64_t i = 0; i < g->size; i++) {
        aw_leaf_path(gen_node(0, i), &p);
        if (aw_bytes_is(path, p.text)) {
            aw_wr_hex_u64(buf, i, 0);
            return true;
        }
    }
    return false;
}

static bool put_file(const struct genlog *g, aw_bytes path, struct aw_wr *buf)
{
    enum aw_tile_kind kind = AW_TILE_OF_HASHES;
    struct aw_tile_id id;
    uint64_t index = 0;
    char text[16];

    if (g->layout == AW_LAYOUT_SERVERLESS) {
        if (aw_seq_path_parse(path, &index) == AW_OK && index < g->size) {
            aw_wr_put(buf, gen_entry(index, text, sizeof(text)));
            return true;
        }
        if (aw_bytes_starts(path, "leaves/")) {
            return put_index(g, path, buf);
        }
    }
    if (aw_tile_path_parse(g->layout, path, &kind, &id) != AW_OK ||
        aw_tile_width(id.level, id.index, g->size) != id.width) {
        return false;
    }
    if (kind == AW_TILE_OF_ENTRIES) {
        put_bundle(&id, buf);
    } else {
        put_tile(g->layout, &id, buf);
    }
    return true;
}

static bool named(const char *name, const char *path)
{
    return name != NULL && strcmp(name, path) == 0;
}

static void count_unannounced(struct genlog *g, const char *path)
{
    for (size_t i = 0; i < COUNT(g->announced); i++) {
        if (strcmp(g->announced[i], path) == 0) {
            return;
        }
    }
    g->unannounced++;
}

static aw_err genlog_get(void *ctx, const char *path, struct aw_wr *buf,
                         struct aw_diag *diag)
{
    struct genlog *g = ctx;
    struct aw_wr w = *buf;

    g->gets++;
    count_unannounced(g, path);
    if (named(g->failing, path)) {
        return aw_fail(diag, AW_ERR_NET, "test", 0);
    }
    if (named(g->missing, path) || !put_file(g, aw_text(path), &w)) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "test", 0);
    }
    if (w.failed) {
        return aw_fail(diag, AW_ERR_SPACE, "test", 0);
    }
    if (named(g->broken, path) && w.n > buf->n) {
        size_t n = w.n - buf->n;

        w.p[buf->n + (g->at < n ? g->at : n - 1)] ^= 1;
    }
    *buf = w;
    return AW_OK;
}

static void genlog_hint(void *ctx, const char *const *paths, size_t n)
{
    struct genlog *g = ctx;

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(g->announced[g->hinted % COUNT(g->announced)],
                       AW_LOG_PATH_MAX, "%s", paths[i]);
        g->hinted++;
    }
}

struct aw_store genlog_store(struct genlog *log)
{
    return (struct aw_store){log, genlog_get, genlog_hint};
}

static aw_err veclog_get(void *ctx, const char *path, struct aw_wr *buf,
                         struct aw_diag *diag)
{
    const struct veclog *log = ctx;
    char full[256];
    aw_bytes file;

    (void)snprintf(full, sizeof(full), "%s/%s", log->folder, path);
    if (!vec_try_file(full, &file)) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "test", 0);
    }
    if (file.n > buf->cap - buf->n) {
        return aw_fail(diag, AW_ERR_SPACE, "test", 0);
    }
    aw_wr_put(buf, file);
    return AW_OK;
}

struct aw_store veclog_store(struct veclog *log)
{
    return (struct aw_store){log, veclog_get, NULL};
}
