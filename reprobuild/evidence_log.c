/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a log out of evidence. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "aw/hostio/alloc.h"
#include "aw/reprobuild/build.h"

enum {
    GZIP = 15 + 16,
    PACKED_MAX = 32 * 1024 * 1024,
    UNPACKED_MAX = 64 * 1024 * 1024,
    CHUNK = 64 * 1024
};

/* The last bytes of what went by. */
struct tail {
    uint8_t *p;
    size_t max;
    size_t n;
    uint64_t all;
};

static void add(struct tail *t, aw_bytes b)
{
    t->all += b.n;
    if (b.n > t->max) {
        b.p += b.n - t->max;
        b.n = t->max;
    }
    if (t->n + b.n > t->max) {
        size_t drop = t->n + b.n - t->max;

        memmove(t->p, t->p + drop, t->n - drop);
        t->n -= drop;
    }
    memcpy(t->p + t->n, b.p, b.n);
    t->n += b.n;
}

static aw_err unpack(aw_bytes packed, struct tail *t)
{
    uint8_t chunk[CHUNK];
    z_stream z;
    int rc = Z_OK;

    memset(&z, 0, sizeof(z));
    if (inflateInit2(&z, GZIP) != Z_OK) {
        return AW_ERR_RESOURCE;
    }
    z.next_in = packed.p;
    z.avail_in = (uInt)packed.n;
    while (rc == Z_OK && t->all <= UNPACKED_MAX) {
        z.next_out = chunk;
        z.avail_out = sizeof(chunk);
        rc = inflate(&z, Z_NO_FLUSH);
        add(t, (aw_bytes){chunk, sizeof(chunk) - z.avail_out});
    }
    (void)inflateEnd(&z);
    if (rc == Z_OK) {
        return AW_ERR_SPACE;
    }
    return rc == Z_STREAM_END ? AW_OK : AW_ERR_FORMAT;
}

/* Begins with a whole line. */
static aw_bytes from_line(const struct tail *t)
{
    aw_bytes b = {t->p, t->n};
    size_t at = t->all > t->n ? aw_bytes_find(b, 0, '\n') + 1 : 0;
    aw_bytes rest = b;

    return at < b.n && aw_slice(b, at, b.n - at, &rest) ? rest : b;
}

aw_err aw_rb_evidence_log(const char *path, size_t max, struct aw_blob *text,
                          bool *cut, struct aw_host_diag *host)
{
    struct aw_blob packed = {.p = NULL};
    struct tail t = {.max = max};
    aw_err err = aw_file_read(path, PACKED_MAX, &packed, host);

    if (err != AW_OK) {
        return err;
    }
    t.p = aw_alloc(max + 1, 1);
    err = unpack(aw_blob_bytes(&packed), &t);
    aw_blob_free(&packed);
    if (err != AW_OK) {
        free(t.p);
        return aw_fail(aw_host_say(host, "%s: no log of a build", path), err,
                       "evidence: log", 0);
    }
    aw_bytes rest = from_line(&t);

    *cut = t.all > t.n;
    *text = (struct aw_blob){.p = aw_alloc(rest.n + 1, 1), .n = rest.n};
    memcpy(text->p, rest.p, rest.n);
    free(t.p);
    return AW_OK;
}
