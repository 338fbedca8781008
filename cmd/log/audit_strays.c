/* SPDX-License-Identifier: Apache-2.0 */
#include "log/audit_strays.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "common/stop.h"
#include "log/audit_unit.h"

/* A walk over tile/: one reader walks, another reads. */
struct walk {
    const struct audit_plan *plan;
    struct audit_reader *reader;
    struct audit_strays *strays;
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void report_stray(struct walk *walk, const char *path, aw_err err,
                         const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .exit = err == AW_ERR_IO ? AW_EXIT_STORAGE : AW_EXIT_MISMATCH,
        .subject = path,
        .expected = "the same hashes as in the signed tree",
        .diag = diag,
        .remedy = "get the file again from the log, or delete it: the signed "
                  "tree does not need it",
    };

    (void)aw_report(walk->plan->ctx, &finding);
}

/* Leaf row of a stray file. */
static aw_err stray_row(struct walk *walk, const char *path,
                        enum aw_tile_kind kind, const struct aw_tile_id *id,
                        struct aw_tile *tile, struct aw_diag *diag)
{
    aw_bytes file = {0};
    size_t max = kind == AW_TILE_OF_ENTRIES ? (size_t)AW_ENTRIES_MAX
                                            : (size_t)AW_TILE_TEXT_MAX;
    aw_err err = audit_read(walk->reader, path, max, &file, diag);

    if (err != AW_OK) {
        return err;
    }
    if (kind == AW_TILE_OF_ENTRIES) {
        err = aw_entries_hash(file, id->width, tile->leaf, diag);
    } else {
        err = aw_tile_parse(walk->plan->layout, id, file, tile, diag);
    }
    /* The file was read: whatever is wrong now is its content. */
    return err == AW_OK ? AW_OK : AW_ERR_FORMAT;
}

/* True when the stray's first n hashes belong to the signed tree. Where they
 * are not those of the tile that the main pass has audited, that one may be
 * the wrong one. */
static bool fits(struct walk *walk, const struct aw_tile *known,
                 const aw_hash *stray, unsigned n)
{
    struct aw_tile_id id = {known->level, known->index, known->width};
    aw_hash row[AW_TILE_WIDTH];
    bool same = true;

    for (unsigned i = 0; i < n; i++) {
        same = same && aw_hash_equal(&known->leaf[i], &stray[i]);
    }
    if (same) {
        return true;
    }
    memcpy(row, known->leaf, sizeof(row));
    memcpy(row, stray, n * sizeof(row[0]));
    return audit_row_fits(walk->reader, &id, row);
}

/* Compares a stray with the tile that the main pass has audited. */
static aw_err compare(struct walk *walk, const char *path,
                      enum aw_tile_kind kind, const struct aw_tile_id *id,
                      unsigned width)
{
    struct aw_tile_id known_id = {id->level, id->index, width};
    struct aw_tile stray;
    struct aw_tile known;
    struct aw_diag diag = {0};
    aw_err err = audit_read_tile(walk->reader, &known_id, &known, &diag);

    if (err != AW_OK) {
        /* The main pass has said what is wrong with it. */
        return AW_OK;
    }
    err = stray_row(walk, path, kind, id, &stray, &diag);
    if (err == AW_ERR_NOT_FOUND) {
        walk->strays->dangling++;
        return AW_OK;
    }
    /* A link that leads out of the log, a folder: the next file counts, too. */
    if (err == AW_ERR_FORMAT || err == AW_ERR_IO) {
        report_stray(walk, path, err, &diag);
        return AW_OK;
    }
    if (err == AW_OK &&
        !fits(walk, &known, stray.leaf, least(width, id->width))) {
        report_stray(walk, path, AW_ERR_DIGEST, NULL);
    }
    return err;
}

static void note_first(const struct walk *walk, const char **first,
                       const char *path)
{
    if (*first == NULL) {
        *first = aw_pool_text(&walk->plan->ctx->pool, path);
    }
}

static aw_err each_file(void *ctx, const char *path)
{
    struct walk *walk = ctx;
    struct audit_strays *strays = walk->strays;
    enum aw_tile_kind kind = AW_TILE_OF_HASHES;
    struct aw_tile_id id = {0};

    if (aw_cancelled() || audit_enough(walk->plan->ctx)) {
        return AW_ERR_CANCELLED;
    }
    if (aw_tile_path_parse(walk->plan->layout, aw_text(path), &kind, &id) !=
        AW_OK) {
        strays->foreign++;
        note_first(walk, &strays->first_foreign, path);
        return AW_OK;
    }
    unsigned width = aw_tile_width(id.level, id.index, walk->plan->tree.size);

    if (width == 0) {
        strays->beyond++;
        note_first(walk, &strays->first_beyond, path);
        return AW_OK;
    }
    if (width == id.width) {
        return AW_OK;
    }
    if (id.width < width) {
        strays->older++;
    } else {
        strays->newer++;
    }
    return compare(walk, path, kind, &id, width);
}

aw_err audit_strays_run(const struct audit_plan *plan,
                        struct audit_strays *strays,
                        struct audit_result *result)
{
    struct audit_reader *reader = aw_alloc(1, sizeof(*reader));
    struct aw_host_store *store = NULL;
    struct walk walk = {.plan = plan, .reader = reader, .strays = strays};

    memset(strays, 0, sizeof(*strays));
    aw_err err = audit_reader_open(plan, reader, &result->why);

    if (err == AW_OK) {
        err = aw_store_open(plan->source, plan->store_options, &store,
                            &result->why);
    }
    if (err == AW_OK) {
        err = aw_store_walk(store, "tile", each_file, &walk, &result->why);
        if (err == AW_ERR_NOT_FOUND && plan->tree.size == 0) {
            err = AW_OK;
        }
    }
    aw_store_close(store);
    audit_reader_close(reader);
    free(reader);
    return err;
}
