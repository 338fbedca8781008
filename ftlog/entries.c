/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/ftlog/tile.h"
#include "aw/sha256.h"

aw_err aw_entries_next(struct aw_rd *r, aw_bytes *entry)
{
    size_t n = aw_rd_be16(r);
    aw_bytes e = aw_rd_take(r, n);

    if (r->failed) {
        return AW_ERR_SHORT;
    }
    *entry = e;
    return AW_OK;
}

aw_err aw_entries_split(aw_bytes file, unsigned width, aw_bytes *entries,
                        struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(file);

    if (width < 1 || width > AW_TILE_WIDTH) {
        return aw_fail(diag, AW_ERR_FORMAT, "entries: width", width);
    }
    for (unsigned i = 0; i < width; i++) {
        aw_err err = aw_entries_next(&r, &entries[i]);

        if (err != AW_OK) {
            return aw_fail(diag, err, "entries: entry", i);
        }
    }
    if (aw_rd_left(&r) > 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "entries: after the last", r.at);
    }
    return AW_OK;
}

aw_err aw_entries_hash(aw_bytes file, unsigned width, aw_hash *leaves,
                       struct aw_diag *diag)
{
    aw_bytes entries[AW_TILE_WIDTH];
    aw_err err = aw_entries_split(file, width, entries, diag);

    if (err != AW_OK) {
        return err;
    }
    aw_sha256_prefixed(0, entries, width, &leaves->b);
    return AW_OK;
}

aw_err aw_entries_put(aw_bytes entry, struct aw_wr *w)
{
    if (entry.n > AW_ENTRY_MAX) {
        return AW_ERR_RANGE;
    }
    if (w->failed || entry.n + 2 > w->cap - w->n) {
        w->failed = true;
        return AW_ERR_SPACE;
    }
    aw_wr_be16(w, (uint16_t)entry.n);
    aw_wr_put(w, entry);
    return AW_OK;
}
