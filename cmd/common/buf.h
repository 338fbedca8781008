/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "aw/bytes.h"
#include "aw/sink.h"

/* A growing run of bytes. Zeroed is empty; end with aw_buf_wipe. */
struct aw_buf {
    uint8_t *p;
    size_t n;
    size_t cap; /* private */
};

void aw_buf_put(struct aw_buf *buf, aw_bytes b);
/** Sink that appends to buf, which must outlive it. */
struct aw_sink aw_buf_sink(struct aw_buf *buf);
/** What is in buf, borrowed until the next put. */
aw_bytes aw_buf_bytes(const struct aw_buf *buf);
void aw_buf_wipe(struct aw_buf *buf);

#endif
