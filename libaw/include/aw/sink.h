/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SINK_H
#define AW_SINK_H

#include "aw/bytes.h"

/*
 * Where a streaming writer puts its bytes. `put` takes any number of bytes,
 * which are borrowed for the call, and cannot fail: a sink that can remembers
 * its first failure and drops the rest, as struct aw_wr does.
 */
struct aw_sink {
    void *ctx;
    void (*put)(void *ctx, aw_bytes b);
};

/** Sink that appends to w, which must outlive it. */
struct aw_sink aw_sink_wr(struct aw_wr *w);

/** Sink that adds up the number of bytes in *n, which must outlive it. */
struct aw_sink aw_sink_count(size_t *n);

/** Puts bytes, and the characters of a text, into a sink. */
void aw_sink_put(const struct aw_sink *sink, aw_bytes b);
void aw_sink_text(const struct aw_sink *sink, const char *text);

#endif
