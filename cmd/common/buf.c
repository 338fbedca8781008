/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

enum { FIRST_CAP = 4096 };

void aw_buf_put(struct aw_buf *buf, aw_bytes b)
{
    size_t cap = buf->cap == 0 ? FIRST_CAP : buf->cap;

    if (b.n == 0) {
        return;
    }
    AW_BUG_ON(b.n > SIZE_MAX / 4 - buf->n);
    while (cap < buf->n + b.n) {
        cap *= 2;
    }
    if (cap > buf->cap) {
        buf->p = aw_grow(buf->p, buf->cap, cap, 1);
        buf->cap = cap;
    }
    memcpy(buf->p + buf->n, b.p, b.n);
    buf->n += b.n;
}

static void put(void *ctx, aw_bytes b)
{
    aw_buf_put(ctx, b);
}

struct aw_sink aw_buf_sink(struct aw_buf *buf)
{
    return (struct aw_sink){.ctx = buf, .put = put};
}

aw_bytes aw_buf_bytes(const struct aw_buf *buf)
{
    return (aw_bytes){buf->p, buf->n};
}

void aw_buf_wipe(struct aw_buf *buf)
{
    free(buf->p);
    *buf = (struct aw_buf){.n = 0};
}
