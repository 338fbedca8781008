/* SPDX-License-Identifier: Apache-2.0 */
#include "gob_reader.h"

void gob_rd_fail(struct gob_reader *g, aw_err err, const char *where)
{
    if (g->err == AW_OK) {
        g->err = err;
        g->where = where;
    }
}

static uint64_t rd_number(struct gob_reader *g, struct aw_rd *r)
{
    uint8_t first = aw_rd_u8(r);
    uint64_t v = 0;

    if (first < 0x80) {
        v = first;
    } else if (first < 0xf8) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: integer");
    } else {
        aw_bytes b = aw_rd_take(r, 0x100U - first);

        for (size_t i = 0; i < b.n; i++) {
            v = v << 8 | b.p[i];
        }
    }
    if (r->failed) {
        gob_rd_fail(g, AW_ERR_SHORT, "gob: integer");
    }
    return g->err == AW_OK ? v : 0;
}

uint64_t gob_rd_uint(struct gob_reader *g)
{
    return rd_number(g, &g->message);
}

int64_t gob_rd_int(struct gob_reader *g)
{
    uint64_t v = gob_rd_uint(g);
    int64_t half = (int64_t)(v >> 1);

    return (v & 1) == 0 ? half : -1 - half;
}

aw_bytes gob_rd_bytes(struct gob_reader *g)
{
    uint64_t n = gob_rd_uint(g);

    if (n > aw_rd_left(&g->message)) {
        gob_rd_fail(g, AW_ERR_SHORT, "gob: length of bytes");
    }
    return aw_rd_take(&g->message, g->err == AW_OK ? (size_t)n : 0);
}

bool gob_rd_element(struct gob_reader *g, uint64_t *left)
{
    if (*left == 0 || g->err != AW_OK) {
        return false;
    }
    if (aw_rd_left(&g->message) == 0) {
        gob_rd_fail(g, AW_ERR_SHORT, "gob: number of elements");
        return false;
    }
    --*left;
    return true;
}

bool gob_rd_field(struct gob_reader *g, struct gob_walk *walk)
{
    if (g->err != AW_OK || aw_rd_left(&g->message) == 0) {
        return false;
    }
    uint64_t step = gob_rd_uint(g);

    if (step > walk->n - walk->next) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: field number");
        return false;
    }
    walk->next += (size_t)step;
    return step > 0;
}

bool gob_rd_message(struct gob_reader *g)
{
    bool first = g->stream.at == 0;
    uint64_t n = rd_number(g, &g->stream);

    if (g->err != AW_OK) {
        return false;
    }
    if (n == 0) {
        gob_rd_fail(g, first ? AW_ERR_NOT_FOUND : AW_ERR_SHORT,
                    "gob: empty message");
        return false;
    }
    if (n > aw_rd_left(&g->stream)) {
        gob_rd_fail(g, AW_ERR_SHORT, "gob: message length");
        return false;
    }
    g->message = aw_rd_init(aw_rd_take(&g->stream, (size_t)n));
    return true;
}
