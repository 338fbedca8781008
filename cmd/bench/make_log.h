/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MAKE_LOG_H
#define BENCH_MAKE_LOG_H

#include "aw/ftlog/merkle.h"
#include "aw/hostio/diag.h"

/* A log for measurements: tiled layout, entries of one size with contents
 * that follow from their index. Not durable, not for real logs. */
struct bench_log {
    const char *dir; /* exists */
    uint64_t leaves;
    size_t entry_size;                            /* bytes, 16 to 65,535 */
    void (*progress)(void *ctx, uint64_t leaves); /* more done; may be NULL */
    void *progress_ctx;
};

/** Origin of such a log, and its public verifier key. */
#define BENCH_ORIGIN "example.com/bench"
extern const char bench_vkey[];

/**
 * Writes entries, tiles and the signed checkpoint.
 *
 * @param root  of the tree
 * @return AW_OK; AW_ERR_RESOURCE, AW_ERR_IO; AW_ERR_CANCELLED.
 */
AW_MUST_CHECK aw_err bench_make_log(const struct bench_log *log, aw_hash *root,
                                    struct aw_host_diag *why);

#endif
