/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sink.h"

static void put_wr(void *ctx, aw_bytes b)
{
    aw_wr_put(ctx, b);
}

struct aw_sink aw_sink_wr(struct aw_wr *w)
{
    return (struct aw_sink){.ctx = w, .put = put_wr};
}

static void count(void *ctx, aw_bytes b)
{
    size_t *n = ctx;

    *n += b.n;
}

struct aw_sink aw_sink_count(size_t *n)
{
    return (struct aw_sink){.ctx = n, .put = count};
}

void aw_sink_put(const struct aw_sink *sink, aw_bytes b)
{
    if (b.n > 0) {
        sink->put(sink->ctx, b);
    }
}

void aw_sink_text(const struct aw_sink *sink, const char *text)
{
    aw_sink_put(sink, aw_text(text));
}
