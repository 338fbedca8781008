/* SPDX-License-Identifier: Apache-2.0 */
#include "log/reads.h"

#include <string.h>

static bool begins(const char *path, const char *with)
{
    return strncmp(path, with, strlen(with)) == 0;
}

static uint64_t *counter(struct log_read_counts *n, const char *path)
{
    if (begins(path, "seq/") || begins(path, "tile/entries/")) {
        return &n->entries;
    }
    if (begins(path, "leaves/")) {
        return &n->indices;
    }
    return begins(path, "tile/") ? &n->tiles : &n->others;
}

static aw_err get(void *ctx, const char *path, struct aw_wr *buf,
                  struct aw_diag *diag)
{
    struct log_reads *reads = ctx;
    aw_err err = reads->inner.get(reads->inner.ctx, path, buf, diag);

    /* A probe has room for a byte, so what is there does not fit. */
    ++*(err == AW_OK ? counter(&reads->n, path) : &reads->n.probes);
    return err;
}

static void hint(void *ctx, const char *const *paths, size_t n)
{
    const struct log_reads *reads = ctx;

    if (reads->inner.hint != NULL) {
        reads->inner.hint(reads->inner.ctx, paths, n);
    }
}

struct aw_store log_reads_count(struct log_reads *reads,
                                const struct aw_store *inner)
{
    *reads = (struct log_reads){.inner = *inner};
    return (struct aw_store){
        .ctx = reads,
        .get = get,
        .hint = inner->hint == NULL ? NULL : hint,
    };
}
